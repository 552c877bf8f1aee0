/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/rule_cache.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/operator_rules.h"
#include "gateway/redis_client.h"
#include "gateway/rule_changes.h"
#include "gateway/rule_keeper.h"
#include "gateway/rule_store.h"
#include "gateway/store.h"

enum { SCAN_MAX = 1000, AHEAD = 16, EPOCH_MAX = 128, RUN_ID_MAX = 17, WATCH_S = 1 };

enum scan_purpose { SCAN_LOAD, SCAN_REBUILD, SCAN_PURPOSE_COUNT };

struct rule_cache {
	struct gateway *gateway;
	struct near_cache *near;
	struct fixed_rules *fixed;
	struct rule_keeper *keeper;
	struct redis_client *tracker; /* told of changes */
	long long tracker_id;
	struct event *timer;
	char epoch[EPOCH_MAX];
	char run_id[RUN_ID_MAX]; /* of the Redis that we speak to, its beginning; "" not known */
	const char *key_prefix;	 /* <prefix>rules:{ */
	char *operator_text;	 /* as operations set it; NULL: the configuration's hold */
	int64_t operator_version;
	bool scanning[SCAN_PURPOSE_COUNT];
	struct tables *tables; /* held: what is loaded is read by */
	int64_t mark;	       /* of the audit: what is known is at least as new */
	int64_t mark_loading;  /* and will be, after the load */
	bool catching_up;
	bool catch_up_again;	/* it was asked for meanwhile */
	bool compare;		/* with the store, all of it, at the next turn of the timer */
	size_t rebuild_waiting; /* replies to come */
	bool rebuild_failed;
	bool rebuild_read; /* everything was read and sent */
	bool rebuild_more; /* the next page is read when the last one is answered */
	char rebuild_after[NUMBER_MAX];
	void (*loaded)(void *user, int rc);
	void *loaded_user;
};

/* ---- scanning the store ---- */

struct scanned {
	const char *subscriber;
	const char *rules;
};

struct scan_op {
	struct store_op op; /* first */
	struct rule_cache *cache;
	enum scan_purpose purpose;
	char after[NUMBER_MAX];
	int64_t mark; /* of the audit, before the first page */
	void *memory;
	struct scanned *rows;
	size_t count;
};

static int run_scan(struct db *db, struct store_op *op)
{
	struct scan_op *scan = (struct scan_op *)op;
	struct db_stmt *stmt = db_query(db, Q_AUDIT_MARK);
	int rc = db_step(stmt);

	if (rc < 0)
		return rc;
	scan->mark = rc > 0 ? db_int(stmt, 0) : 0;
	stmt = db_query(db, Q_RULE_SCAN);
	talloc_free(scan->memory);
	scan->memory = talloc_pool(NULL, SCAN_MAX * 128);
	scan->rows = talloc_array(scan->memory, struct scanned, SCAN_MAX);
	scan->count = 0;
	if (!scan->memory || !scan->rows)
		return -ENOMEM;
	db_bind_text(stmt, 1, scan->after);
	db_bind_int(stmt, 2, SCAN_MAX);
	while ((rc = db_step(stmt)) > 0) {
		struct scanned *row = &scan->rows[scan->count];

		row->subscriber = talloc_strdup(scan->memory, db_text(stmt, 0));
		row->rules = talloc_strdup(scan->memory, db_text(stmt, 1));
		if (!row->subscriber || !row->rules)
			return -ENOMEM;
		scan->count++;
	}
	return rc;
}

static void scan_done(struct store_op *op);

static void scan_submit(struct rule_cache *cache, enum scan_purpose purpose, const char *after)
{
	struct scan_op *scan = talloc_zero(NULL, struct scan_op);

	if (!scan) {
		cache->scanning[purpose] = false;
		return;
	}
	scan->op.run = run_scan;
	scan->op.done = scan_done;
	scan->cache = cache;
	scan->purpose = purpose;
	snprintf(scan->after, sizeof(scan->after), "%s", after);
	store_submit(cache->gateway->store, &scan->op);
}

static void check_put(const char *subscriber, int rc)
{
	char mask[NUMBER_MAX];

	if (rc < 0)
		LOGP(LOG_BLOCK, LOGL_ERROR, "rules of %s not taken: %s\n",
		     log_number(mask, subscriber),
		     rc == -EBADMSG ? "they do not compile" : strerror(-rc));
}

/* What was read just now. */
static void put_near(struct rule_cache *cache, const char *subscriber, const char *text, size_t len)
{
	check_put(subscriber, near_cache_put(cache->near, cache->gateway->live->tables->numbering,
					     subscriber, text, len));
}

/* What the scan read: it yields to a change made meanwhile. */
static void load_row(struct rule_cache *cache, const struct scanned *row)
{
	check_put(row->subscriber,
		  near_cache_rebuild_put(cache->near, cache->tables->numbering, row->subscriber,
					 row->rules, strlen(row->rules)));
}

static void rebuild_end(struct rule_cache *cache);
static void scan_end(struct rule_cache *cache, enum scan_purpose purpose, int rc);

/* A page at a time, so that a Redis that is slower than the store is not buried. */
static void rebuild_next(struct rule_cache *cache)
{
	cache->rebuild_more = false;
	if (cache->rebuild_failed)
		scan_end(cache, SCAN_REBUILD, 0);
	else
		scan_submit(cache, SCAN_REBUILD, cache->rebuild_after);
}

static void on_rebuilt(void *user, const redisReply *reply)
{
	struct rule_cache *cache = user;

	cache->rebuild_waiting--;
	cache->rebuild_failed = cache->rebuild_failed || !redis_reply_ok(reply);
	if (cache->rebuild_waiting > 0)
		return;
	if (cache->rebuild_more)
		rebuild_next(cache);
	else
		rebuild_end(cache);
}

static void rebuild_row(struct rule_cache *cache, const struct scanned *row)
{
	struct redis_client *redis = cache->gateway->redis;
	int rc;

	/* A Redis that was behind may still have what is gone. */
	if (row->rules[0])
		rc = redis_commandf(redis, on_rebuilt, cache, "SET %s%s} %s", cache->key_prefix,
				    row->subscriber, row->rules);
	else
		rc = redis_commandf(redis, on_rebuilt, cache, "DEL %s%s}", cache->key_prefix,
				    row->subscriber);
	if (rc < 0)
		cache->rebuild_failed = true;
	else
		cache->rebuild_waiting++;
}

static void on_epoch_set(void *user, const redisReply *reply)
{
	(void)user;
	if (redis_reply_ok(reply))
		LOGP(LOG_BLOCK, LOGL_NOTICE, "rules in Redis rebuilt\n");
}

/* As operator_store.h publishes a version. */
static void rebuild_operator(struct rule_cache *cache)
{
	const struct operator_version live = { .version = cache->operator_version,
					       .configured = !cache->operator_text,
					       .text = cache->operator_text ? cache->operator_text
									    : "" };
	char *text = live.version > 0 ? operator_store_published(cache, &live) : NULL;

	if (text)
		redis_commandf(cache->gateway->redis, NULL, NULL, "SET %s" OPERATOR_TARGET "} %s",
			       cache->key_prefix, text);
	talloc_free(text);
}

static void rebuild_end(struct rule_cache *cache)
{
	if (!cache->rebuild_read || cache->rebuild_waiting > 0)
		return;
	cache->rebuild_read = false;
	cache->scanning[SCAN_REBUILD] = false;
	if (cache->rebuild_failed)
		return; /* the watch finds the epoch missing and begins again */
	rebuild_operator(cache);
	cache->gateway->metrics.redis_rebuilds_total++;
	redis_commandf(cache->gateway->redis, on_epoch_set, cache, "SET %srules:epoch %s-%lld-%s",
		       cache->gateway->config->redis.prefix, cache->gateway->config->instance,
		       (long long)clock_now_ms(), cache->run_id);
}

static void catch_up(struct rule_cache *cache);

static void load_begin(struct rule_cache *cache)
{
	tables_release(cache->tables);
	cache->tables = tables_hold(cache->gateway->live->tables);
	near_cache_rebuild_begin(cache->near);
}

static void load_end(struct rule_cache *cache, int rc)
{
	cache->scanning[SCAN_LOAD] = false;
	if (rc == 0) {
		near_cache_rebuild_end(cache->near);
		cache->mark = cache->mark_loading;
		rule_keeper_start(cache->keeper);
	} else {
		cache->compare = true;
	}
	if (cache->loaded)
		cache->loaded(cache->loaded_user, rc);
	cache->loaded = NULL;
	if (cache->catch_up_again)
		catch_up(cache);
}

static void scan_end(struct rule_cache *cache, enum scan_purpose purpose, int rc)
{
	if (purpose == SCAN_LOAD) {
		load_end(cache, rc);
		return;
	}
	cache->rebuild_failed = cache->rebuild_failed || rc < 0;
	cache->rebuild_read = true;
	rebuild_end(cache);
}

static void scan_next(struct rule_cache *cache, enum scan_purpose purpose, const char *after)
{
	if (purpose == SCAN_LOAD) {
		scan_submit(cache, purpose, after);
		return;
	}
	snprintf(cache->rebuild_after, sizeof(cache->rebuild_after), "%s", after);
	cache->rebuild_more = true;
	if (cache->rebuild_waiting == 0)
		rebuild_next(cache);
}

static void scan_done(struct store_op *op)
{
	struct scan_op *scan = (struct scan_op *)op;
	struct rule_cache *cache = scan->cache;

	if (op->rc < 0)
		LOGP(LOG_STORE, LOGL_ERROR, "rules not read: %s\n", strerror(-op->rc));
	if (scan->purpose == SCAN_LOAD && !scan->after[0])
		cache->mark_loading = scan->mark;
	for (size_t i = 0; op->rc == 0 && i < scan->count; i++) {
		if (scan->purpose == SCAN_LOAD && i + AHEAD < scan->count)
			rule_cache_prefetch(cache, scan->rows[i + AHEAD].subscriber);
		if (scan->purpose == SCAN_LOAD)
			load_row(cache, &scan->rows[i]);
		else
			rebuild_row(cache, &scan->rows[i]);
	}
	if (op->rc == 0 && scan->count == SCAN_MAX)
		scan_next(cache, scan->purpose, scan->rows[SCAN_MAX - 1].subscriber);
	else
		scan_end(cache, scan->purpose, op->rc);
	talloc_free(scan->memory);
	talloc_free(scan);
}

static void load_from_store(struct rule_cache *cache)
{
	cache->compare = false;
	cache->scanning[SCAN_LOAD] = true;
	load_begin(cache);
	scan_submit(cache, SCAN_LOAD, "");
}

/* ---- the start ---- */

static void on_change(void *user, const char *subscriber, const char *text)
{
	rule_cache_put(user, subscriber, text);
}

static void on_kept_ahead(void *user, const char *subscriber)
{
	rule_cache_prefetch(user, subscriber);
}

static void on_kept(void *user, const char *subscriber, const char *text, size_t len)
{
	struct rule_cache *cache = user;

	check_put(subscriber, near_cache_rebuild_put(cache->near, cache->tables->numbering,
						     subscriber, text, len));
}

static void on_kept_all(void *user, int rc, int64_t mark)
{
	struct rule_cache *cache = user;

	if (rc < 0) {
		load_from_store(cache);
		return;
	}
	/* Whoever changed the store by other means than ours left no mark. */
	cache->compare = true;
	cache->mark_loading = mark;
	load_end(cache, 0);
}

void rule_cache_start(struct rule_cache *cache, void (*done)(void *user, int rc), void *user)
{
	cache->loaded = done;
	cache->loaded_user = user;
	cache->scanning[SCAN_LOAD] = true;
	load_begin(cache);
	rule_keeper_load(cache->keeper, &(struct rule_keeper_user){ .change = on_change,
								    .ahead = on_kept_ahead,
								    .row = on_kept,
								    .end = on_kept_all,
								    .user = cache });
}

static void rebuild_redis(struct rule_cache *cache, const char *why)
{
	if (cache->scanning[SCAN_REBUILD] || cache->gateway->draining)
		return;
	LOGP(LOG_BLOCK, LOGL_NOTICE, "%s: rebuilding the rules in Redis\n", why);
	cache->scanning[SCAN_REBUILD] = true;
	cache->rebuild_failed = false;
	cache->rebuild_read = false;
	cache->rebuild_more = false;
	scan_submit(cache, SCAN_REBUILD, "");
}

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
		rebuild_redis(cache, "the epoch is gone");
	} else if (!is_of_run(reply->str, cache->run_id)) {
		if (!cache->scanning[SCAN_REBUILD])
			redis_commandf(cache->gateway->redis, NULL, NULL, "DEL %srules:epoch",
				       cache->gateway->config->redis.prefix);
		rebuild_redis(cache, "Redis began anew or is another");
	} else {
		snprintf(cache->epoch, sizeof(cache->epoch), "%s", reply->str);
	}
}

static void check_epoch(struct rule_cache *cache)
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
		check_epoch(cache);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct rule_cache *cache = arg;

	(void)fd;
	(void)what;
	check_epoch(cache);
	if (cache->gateway->draining || cache->scanning[SCAN_LOAD])
		return;
	if (cache->compare)
		load_from_store(cache);
	else if (cache->catch_up_again)
		catch_up(cache);
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
	if (rc < 0) {
		LOGP(LOG_STORE, LOGL_ERROR, "changed rules not read: %s\n", strerror(-rc));
		cache->catch_up_again = true; /* by the timer */
	} else if (cache->catch_up_again) {
		catch_up(cache);
	}
}

static void catch_up(struct rule_cache *cache)
{
	cache->catch_up_again = cache->scanning[SCAN_LOAD] || cache->catching_up;
	if (cache->catch_up_again)
		return;
	cache->catching_up = true;
	rule_changes_read(cache->gateway, cache->mark,
			  &(struct rule_changes_user){
				  .row = on_change, .end = on_caught_up, .user = cache });
}

/* Only what happens from now on is told: what happened before is read. */
static void on_tracking(void *user, const redisReply *reply)
{
	if (redis_reply_ok(reply))
		catch_up(user);
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
		check_epoch(cache);
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

static void on_tracker_state(void *user, bool connected)
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

/* ---- the rest ---- */

void rule_cache_put(struct rule_cache *cache, const char *subscriber, const char *text)
{
	put_near(cache, subscriber, text, strlen(text));
}

void rule_cache_prefetch(const struct rule_cache *cache, const char *subscriber)
{
	near_cache_prefetch(cache->near, subscriber);
}

struct block_context rule_cache_context(struct rule_cache *cache, const char *subscriber)
{
	struct block_context context = { .operator_rules = cache->fixed->operator_rules,
					 .protected_numbers = cache->fixed->protected_numbers };
	enum near_cache_answer answer =
		near_cache_find(cache->near, subscriber, &context.subscriber);

	context.subscriber_known = answer != NEAR_CACHE_NOT_KNOWN;
	if (answer != NEAR_CACHE_RULES)
		context.subscriber = NULL;
	return context;
}

uint8_t rule_cache_operator_blocks(const struct rule_cache *cache)
{
	static const uint8_t channels[] = { BLOCK_CALL, BLOCK_SMS };
	struct block_context context = { .subscriber_known = true,
					 .operator_rules = cache->fixed->operator_rules };
	uint8_t blocked = 0;

	for (size_t i = 0; i < sizeof(channels); i++) {
		struct block_attempt attempt = { .channel = channels[i],
						 .caller = { "withheld" },
						 .entry = BLOCK_ENTRY_INTERNATIONAL,
						 .now_ms = clock_now_ms() };

		if (block_decide(&attempt, &context).verdict == BLOCK_DENY)
			blocked |= channels[i];
	}
	return blocked;
}

static int compile_lines(struct rule_cache *cache, void *ctx, char *text, struct block_set **out)
{
	struct block_fault fault;
	size_t line;
	int rc;

	if (!text)
		return -ENOMEM;
	rc = block_set_compile(ctx, cache->gateway->live->tables->numbering, text, strlen(text),
			       out, &line, &fault);
	if (rc < 0)
		LOGP(LOG_BLOCK, LOGL_ERROR,
		     "operator's rules or protected numbers, line %zu, column %zu: %s\n", line,
		     fault.column, fault.text);
	return rc;
}

struct fixed_rules *rule_cache_hold(struct rule_cache *cache)
{
	cache->fixed->holds++;
	return cache->fixed;
}

void fixed_rules_release(struct fixed_rules *rules)
{
	if (rules && --rules->holds == 0)
		talloc_free(rules);
}

static int compile_fixed(struct rule_cache *cache, struct fixed_rules *fixed)
{
	const struct config_blocking *blocking = &cache->gateway->live->blocking;
	const char *set = cache->operator_text;
	char *rules = set ? talloc_strdup(fixed, set) : operator_configured_text(fixed, blocking);
	char *protected = talloc_strdup(fixed, "");
	int rc;

	fixed->version = cache->operator_version;
	fixed->configured = !set;
	for (unsigned i = 0; i < blocking->protected_numbers_count && protected; i++)
	protected = talloc_asprintf_append(protected, "allow call,sms from =%s\n",
					   blocking->protected_numbers[i]);
	rc = compile_lines(cache, fixed, rules, &fixed->operator_rules);
	if (rc == 0)
		rc = compile_lines(cache, fixed, protected, &fixed->protected_numbers);
	talloc_free(rules);
	talloc_free(protected);
	return rc;
}

int rule_cache_configure(struct rule_cache *cache)
{
	struct fixed_rules *fixed = talloc_zero(NULL, struct fixed_rules);
	int rc = fixed ? compile_fixed(cache, fixed) : -ENOMEM;

	if (rc < 0) {
		talloc_free(fixed);
		return rc;
	}
	fixed->holds = 1;
	fixed_rules_release(cache->fixed);
	cache->fixed = fixed;
	return 0;
}

int rule_cache_set_operator(struct rule_cache *cache, int64_t version, const char *text)
{
	const int64_t version_before = cache->operator_version;
	char *before = cache->operator_text;
	int rc = 0;

	cache->operator_text = text ? talloc_strdup(cache, text) : NULL;
	cache->operator_version = version;
	if (text && !cache->operator_text)
		rc = -ENOMEM;
	if (rc == 0)
		rc = rule_cache_configure(cache);
	if (rc == 0) {
		talloc_free(before);
		return 0;
	}
	talloc_free(cache->operator_text);
	cache->operator_text = before;
	cache->operator_version = version_before;
	return rc;
}

int64_t rule_cache_operator_version(const struct rule_cache *cache)
{
	return cache->operator_version;
}

struct near_cache_stats rule_cache_stats(const struct rule_cache *cache)
{
	return near_cache_stats(cache->near);
}

const char *rule_cache_epoch(const struct rule_cache *cache)
{
	return cache->epoch;
}

static int cache_destroy(struct rule_cache *cache)
{
	if (cache->timer)
		event_free(cache->timer);
	fixed_rules_release(cache->fixed);
	tables_release(cache->tables);
	return 0;
}

struct rule_cache *rule_cache_create(void *ctx, struct gateway *gateway)
{
	struct rule_cache *cache = talloc_zero(ctx, struct rule_cache);
	struct timeval every = { WATCH_S, 0 };

	if (!cache)
		return NULL;
	talloc_set_destructor(cache, cache_destroy);
	cache->gateway = gateway;
	cache->near = near_cache_create(cache, gateway->config->blocking.near_cache_entries);
	cache->key_prefix = talloc_asprintf(cache, "%srules:{", gateway->config->redis.prefix);
	cache->keeper = rule_keeper_create(cache, gateway);
	cache->timer = event_new(gateway->base, -1, EV_PERSIST, on_timer, cache);
	cache->tracker =
		redis_client_create(cache, gateway->base, "redis (tracking)", REDIS_BLOCKING,
				    &gateway->config->redis, &gateway->metrics);
	if (!cache->near || !cache->key_prefix || !cache->timer || !cache->keeper ||
	    !cache->tracker || event_add(cache->timer, &every) < 0 ||
	    rule_cache_configure(cache) < 0) {
		talloc_free(cache);
		return NULL;
	}
	redis_client_on_state(cache->tracker, on_tracker_state, cache);
	return cache;
}
