/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* All rules out of the store, page by page: into the near cache, and into a Redis that lost them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/operator_rules.h"
#include "gateway/rule_cache_priv.h"
#include "gateway/store.h"

enum { SCAN_MAX = 1000, AHEAD = 16 };

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

/* What the scan read: it yields to a change made meanwhile. */
static void load_row(struct rule_cache *cache, const struct scanned *row)
{
	rule_cache_check_put(row->subscriber,
			     near_cache_rebuild_put(cache->near, cache->tables->numbering,
						    row->subscriber, row->rules,
						    strlen(row->rules)));
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
		rule_cache_catch_up(cache);
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

void rule_cache_load(struct rule_cache *cache)
{
	cache->compare = false;
	cache->scanning[SCAN_LOAD] = true;
	load_begin(cache);
	scan_submit(cache, SCAN_LOAD, "");
}

/* ---- the start ---- */

static void on_kept_ahead(void *user, const char *subscriber)
{
	rule_cache_prefetch(user, subscriber);
}

static void on_kept(void *user, const char *subscriber, const char *text, size_t len)
{
	struct rule_cache *cache = user;

	rule_cache_check_put(subscriber,
			     near_cache_rebuild_put(cache->near, cache->tables->numbering,
						    subscriber, text, len));
}

static void on_kept_all(void *user, int rc, int64_t mark)
{
	struct rule_cache *cache = user;

	if (rc < 0) {
		rule_cache_load(cache);
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
	rule_keeper_load(cache->keeper, &(struct rule_keeper_user){ .change = rule_cache_on_change,
								    .ahead = on_kept_ahead,
								    .row = on_kept,
								    .end = on_kept_all,
								    .user = cache });
}

void rule_cache_rebuild(struct rule_cache *cache, const char *why)
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
