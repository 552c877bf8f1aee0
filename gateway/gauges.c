/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/gauges.h"

#include <errno.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/redis_client.h"
#include "gateway/report_row.h"
#include "gateway/reward_row.h"
#include "gateway/rule_cache.h"
#include "gateway/smpp_server.h"
#include "gateway/store.h"
#include "gateway/watermark.h"

/* Counting what is overdue looks at all that is open. */
enum { OVERDUE_EVERY = 5 };

struct count_op {
	struct store_op op; /* first */
	struct gateway *gateway;
	void (*done)(void *user, int rc);
	void *user;
	uint64_t reports;
	uint64_t rewards;
	uint64_t outbox;
	uint64_t in_review;
	int64_t overdue_before_ms; /* 0: not counted this time */
	uint64_t overdue;
};

static bool report_is_open(int64_t state)
{
	return state != REPORT_STATE_VERIFIED && state != REPORT_STATE_REJECTED &&
	       state != REPORT_STATE_UNPROVED;
}

static bool open_reward(int64_t state)
{
	return reward_is_open((enum reward_state)state);
}

static bool any(int64_t value)
{
	(void)value;
	return true;
}

/* Sums the second column where `wanted` likes the first. */
static int sum(struct db *db, enum db_query sql, bool (*wanted)(int64_t value), uint64_t *out)
{
	struct db_stmt *stmt = db_query(db, sql);
	int rc;

	*out = 0;
	while ((rc = db_step(stmt)) > 0)
		if (wanted(db_int(stmt, 0)))
			*out += (uint64_t)db_int(stmt, 1);
	return rc;
}

static int run_load(struct db *db, struct store_op *op)
{
	struct count_op *count = (struct count_op *)op;
	int rc = db_settle(db);

	if (rc == 0)
		rc = sum(db, Q_REPORT_COUNTS, report_is_open, &count->reports);
	return rc < 0 ? rc : sum(db, Q_REWARD_COUNTS, open_reward, &count->rewards);
}

static void load_done(struct store_op *op)
{
	struct count_op *count = (struct count_op *)op;

	if (op->rc == 0) {
		count->gateway->metrics.reports_open = count->reports;
		count->gateway->metrics.rewards_open = count->rewards;
	}
	count->done(count->user, op->rc);
	talloc_free(count);
}

static int count_overdue(struct db *db, struct count_op *count)
{
	struct db_stmt *stmt = db_query(db, Q_LEDGER_OVERDUE_COUNT);
	int rc;

	db_bind_int(stmt, 1, count->overdue_before_ms);
	rc = db_step(stmt);
	count->overdue = rc > 0 ? (uint64_t)db_int(stmt, 0) : 0;
	db_finish(stmt);
	return rc < 0 ? rc : 0;
}

static int count_one(struct db *db, enum db_query sql, uint64_t *out)
{
	struct db_stmt *stmt = db_query(db, sql);
	int rc = db_step(stmt);

	*out = rc > 0 ? (uint64_t)db_int(stmt, 0) : 0;
	db_finish(stmt);
	return rc < 0 ? rc : 0;
}

static int run_refresh(struct db *db, struct store_op *op)
{
	struct count_op *count = (struct count_op *)op;
	int rc = sum(db, Q_OUTBOX_COUNTS, any, &count->outbox);

	if (rc == 0)
		rc = count_one(db, Q_REVIEW_COUNT, &count->in_review);
	return rc == 0 && count->overdue_before_ms ? count_overdue(db, count) : rc;
}

static void refresh_done(struct store_op *op)
{
	struct count_op *count = (struct count_op *)op;

	count->gateway->counting = false;
	if (op->rc == 0) {
		count->gateway->metrics.outbox_depth = count->outbox;
		count->gateway->metrics.reports_in_review = count->in_review;
		if (count->overdue_before_ms)
			count->gateway->metrics.rewards_overdue = count->overdue;
	}
	talloc_free(count);
}

static struct count_op *create(struct gateway *gateway)
{
	struct count_op *count = talloc_zero(NULL, struct count_op);

	if (count)
		count->gateway = gateway;
	return count;
}

void gauges_load(struct gateway *gateway, void (*done)(void *user, int rc), void *user)
{
	struct count_op *count = create(gateway);

	if (!count) {
		done(user, -ENOMEM);
		return;
	}
	count->op.run = run_load;
	count->op.done = load_done;
	count->done = done;
	count->user = user;
	/* In line with what changes them: answers of the rewards system are taken already. */
	store_submit(gateway->store, &count->op);
}

void gauges_refresh(struct gateway *gateway)
{
	struct count_op *count;

	if (gateway->counting)
		return;
	count = create(gateway);
	if (!count)
		return;
	count->op.run = run_refresh;
	if (gateway->counts++ % OVERDUE_EVERY == 0)
		count->overdue_before_ms =
			clock_now_ms() - (int64_t)gateway->live->rewards.overdue_s * 1000;
	count->op.done = refresh_done;
	gateway->counting = true;
	store_submit(gateway->reader, &count->op);
}

void gauges_sample(struct gateway *gateway)
{
	struct store_counts counts = store_counts(gateway->store);
	struct near_cache_stats near = rule_cache_stats(gateway->rules);
	struct metrics *metrics = &gateway->metrics;

	metrics->start_time_seconds = (uint64_t)(gateway->started_ms / 1000);
	metrics->smpp_locked_out = smpp_server_locked_out(gateway->smpp);
	metrics->store_commits_total = counts.commits;
	metrics->store_operations_total = counts.operations;
	metrics->store_queue = counts.waiting;
	metrics->near_cache_entries = near.entries;
	metrics->near_cache_complete = near.complete;
	metrics->operator_rules_version = (uint64_t)rule_cache_operator_version(gateway->rules);
	metrics->redis_connected = redis_client_connected(gateway->redis);
	metrics->feed_watermark_seconds = (uint64_t)(watermarks_least(gateway->watermarks) / 1000);
}
