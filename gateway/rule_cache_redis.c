/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What Redis tells of rules that other gateways changed, and whether it still has them all. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/log.h"
#include "gateway/operator_rules.h"
#include "gateway/rule_cache_priv.h"
#include "gateway/rule_changes.h"
#include "gateway/rule_store.h"
#include "gateway/store.h"

/* ---- the epoch ---- */

/* Whether a Redis that has the epoch was filled since it started. One that was killed, or a replica
 * that took over, may lack the last of what it was sent, and have the epoch all the same. */
static bool is_of_run(const char *epoch, const char *run_id)
{
	size_t len = strlen(epoch), end = strlen(run_id);

	return end == 0 || (len >= end && strcmp(epoch + len - end, run_id) == 0);
}

static void on_epoch(void *user, const redisReply *reply)
{
	struct rule_cache *cache = user;

	if (!redis_reply_ok(reply))
		return;
	cache->epoch[0] = '\0';
	if (reply->type != REDIS_REPLY_STRING) {
		rule_cache_rebuild(cache, "the epoch is gone");
	} else if (!is_of_run(reply->str, cache->run_id)) {
		if (!cache->scanning[SCAN_REBUILD])
			redis_commandf(cache->gateway->redis, NULL, NULL, "DEL %srules:epoch",
				       cache->gateway->config->redis.prefix);
		rule_cache_rebuild(cache, "Redis began anew or is another");
	} else {
		snprintf(cache->epoch, sizeof(cache->epoch), "%s", reply->str);
	}
}

void rule_cache_check_epoch(struct rule_cache *cache)
{
	redis_commandf(cache->gateway->redis, on_epoch, cache, "GET %srules:epoch",
		       cache->gateway->config->redis.prefix);
}

static void on_info(void *user, const redisReply *reply)
{
	static const char name[] = "run_id:";
	struct rule_cache *cache = user;
	const char *at =
		reply && reply->type == REDIS_REPLY_STRING ? strstr(reply->str, name) : NULL;
	size_t len = at ? strspn(at + strlen(name), "0123456789abcdef") : 0;

	cache->run_id[0] = '\0';
	if (len >= RUN_ID_MAX - 1)
		snprintf(cache->run_id, sizeof(cache->run_id), "%s", at + strlen(name));
	if (reply)
		rule_cache_check_epoch(cache);
}

/* ---- changes made through other gateways ---- */

/* Redis tells that a rule was changed; what it is now is in the store. A key that Redis evicted, or
 * that somebody overwrote, thus changes no decision. */
struct reread {
	struct store_op op; /* first */
	struct rule_cache *cache;
	struct tables *tables; /* held */
	char subscriber[NUMBER_MAX];
	void *memory;
	struct rule_state state;
};

static int run_reread(struct db *db, struct store_op *op)
{
	struct reread *reread = (struct reread *)op;

	talloc_free(reread->memory);
	reread->memory = talloc_new(NULL);
	if (!reread->memory)
		return -ENOMEM;
	return rule_store_get(reread->memory, db, reread->tables->numbering, reread->subscriber,
			      &reread->state);
}

static void reread_done(struct store_op *op)
{
	struct reread *reread = (struct reread *)op;

	if (op->rc == 0)
		rule_cache_put(reread->cache, reread->subscriber, reread->state.text);
	else
		near_cache_invalidate(reread->cache->near, reread->subscriber);
	tables_release(reread->tables);
	talloc_free(reread->memory);
	talloc_free(reread);
}

static void reread(struct rule_cache *cache, const redisReply *key)
{
	size_t prefix = strlen(cache->key_prefix);
	struct reread *reread;

	if (key->type != REDIS_REPLY_STRING || (size_t)key->len <= prefix + 1 ||
	    (size_t)key->len - prefix > NUMBER_MAX ||
	    strncmp(key->str, cache->key_prefix, prefix) != 0)
		return;
	if (strcmp(key->str + prefix, OPERATOR_TARGET "}") == 0) {
		operator_rules_look(cache->gateway->operator_rules);
		return;
	}
	reread = talloc_zero(NULL, struct reread);
	if (!reread)
		return;
	reread->op.run = run_reread;
	reread->op.done = reread_done;
	reread->cache = cache;
	reread->tables = tables_hold(cache->gateway->live->tables);
	memcpy(reread->subscriber, key->str + prefix, (size_t)key->len - prefix - 1);
	store_submit(cache->gateway->store, &reread->op);
}

/* What was changed while nobody told us is in the store. */
static void on_caught_up(void *user, int rc, int64_t last)
{
	struct rule_cache *cache = user;

	cache->catching_up = false;
	cache->mark = last;
	if (rc == -ESTALE) {
		cache->compare = true;
	} else if (rc < 0) {
		LOGP(LOG_STORE, LOGL_ERROR, "changed rules not read: %s\n", strerror(-rc));
		cache->catch_up_again = true; /* by the timer */
	} else if (cache->catch_up_again) {
		rule_cache_catch_up(cache);
	}
}

void rule_cache_catch_up(struct rule_cache *cache)
{
	cache->catch_up_again = cache->scanning[SCAN_LOAD] || cache->catching_up;
	if (cache->catch_up_again)
		return;
	cache->catching_up = true;
	rule_changes_read(cache->gateway, cache->mark,
			  &(struct rule_changes_user){ .row = rule_cache_on_change,
						       .end = on_caught_up,
						       .user = cache });
}

/* Only what happens from now on is told: what happened before is read. */
static void on_tracking(void *user, const redisReply *reply)
{
	if (redis_reply_ok(reply))
		rule_cache_catch_up(user);
	else if (reply)
		LOGP(LOG_REDIS, LOGL_ERROR, "client tracking: %s\n", redis_reply_error(reply));
}

/* NOLOOP: what we write ourselves is in the near cache already. To read it back would cost a
 * command a rule during a rebuild, and could bring back a rule that was changed in between. */
static void begin_tracking(struct rule_cache *cache)
{
	redis_commandf(cache->gateway->redis, NULL, NULL, "CLIENT TRACKING OFF");
	redis_commandf(cache->gateway->redis, on_tracking, cache,
		       "CLIENT TRACKING ON REDIRECT %lld BCAST PREFIX %srules: NOLOOP",
		       cache->tracker_id, cache->gateway->config->redis.prefix);
}

/* ["message", channel, [key, ...]]; nil instead of the keys after a flush, which the missing epoch
 * tells as well. */
static void on_tracker(void *user, const redisReply *reply)
{
	struct rule_cache *cache = user;
	const redisReply *keys;

	if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements != 3 ||
	    reply->element[0]->type != REDIS_REPLY_STRING)
		return;
	if (strcmp(reply->element[0]->str, "subscribe") == 0)
		begin_tracking(cache);
	if (strcmp(reply->element[0]->str, "message") != 0)
		return;
	keys = reply->element[2];
	if (keys->type != REDIS_REPLY_ARRAY) {
		rule_cache_check_epoch(cache);
		return;
	}
	for (size_t i = 0; i < keys->elements; i++)
		reread(cache, keys->element[i]);
}

static void on_client_id(void *user, const redisReply *reply)
{
	struct rule_cache *cache = user;

	if (!redis_reply_ok(reply) || reply->type != REDIS_REPLY_INTEGER)
		return;
	cache->tracker_id = reply->integer;
	redis_subscribe(cache->tracker, on_tracker, cache, "__redis__:invalidate");
}

void rule_cache_on_tracker_state(void *user, bool connected)
{
	struct rule_cache *cache = user;

	if (connected)
		redis_commandf(cache->tracker, on_client_id, cache, "CLIENT ID");
}

void rule_cache_redis_connected(struct rule_cache *cache)
{
	/* A part of it may have gone to another one. */
	cache->rebuild_failed = true;
	redis_commandf(cache->gateway->redis, on_info, cache, "INFO server");
	/* The redirection was the old connection's: begin again with a new one. */
	if (redis_client_connected(cache->tracker))
		redis_client_reset(cache->tracker, "the commands' connection is new");
}
