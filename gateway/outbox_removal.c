/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/outbox_removal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/hub_receipts.h"
#include "gateway/log.h"
#include "gateway/receipt_desk.h"
#include "gateway/report_row.h"
#include "gateway/reward_row.h"
#include "gateway/text_row.h"
#include "rules/reward.h"

enum { ROWS_FIRST = 64, RETRY_S = 1 };

struct removal {
	enum outbox_channel channel;
	struct outbox_row row; /* id, report_id, told, text_id */
	const struct text_handed *handed;
	const struct release_end *end;
	char reward[REWARD_KEY_MAX]; /* whose request was published, or "" */
};

/* What goes in one transaction. */
struct batch {
	struct store_op op; /* first */
	struct outbox_removals *removals;
	int64_t repeat_ms;
	int64_t repeat_max_ms;
	struct text_policy policy;
	struct text_counts counts;
	struct release_counts released;
	bool urgent;
	size_t count;
	size_t cap;
	struct removal *rows;
	struct event *retry;
};

struct outbox_removals {
	struct gateway *gateway;
	struct batch *batch; /* being collected, or NULL */
	size_t under_way;
	struct event *end_of_turn;
	int64_t logged_ms;
};

/* ---- in the store ---- */

static int set_told(struct db *db, int64_t report_id, unsigned told)
{
	struct db_stmt *stmt;

	if (!report_id || !told)
		return 0;
	stmt = db_query(db, Q_REPORT_TOLD);
	db_bind_int(stmt, 1, told);
	db_bind_int(stmt, 2, report_id);
	return db_run(stmt);
}

static int set_requested(struct db *db, const struct batch *batch, const struct removal *row)
{
	static const enum db_query requested[] = { Q_REWARD_REQUESTED, Q_REVERSAL_REQUESTED };
	struct db_stmt *stmt;

	if (!row->reward[0])
		return 0;
	stmt = db_query(db, requested[reward_kind_of(row->reward)]);
	db_bind_int(stmt, 1, batch->policy.now_ms);
	db_bind_int(stmt, 2, batch->repeat_ms);
	db_bind_int(stmt, 3, batch->repeat_max_ms);
	db_bind_text(stmt, 4, row->reward);
	return db_run(stmt);
}

static bool has_text_row(const struct removal *row)
{
	return row->handed || row->row.text_id;
}

static int settle_text(struct db *db, struct batch *batch, const struct removal *row)
{
	static const struct text_handed nothing_owed = { .count = 0 };

	return text_row_handed(db, &row->row, row->handed ? row->handed : &nothing_owed,
			       &batch->policy, &batch->counts);
}

static int by_report(const void *left, const void *right)
{
	const struct removal *a = left;
	const struct removal *b = right;

	return (a->row.report_id > b->row.report_id) - (a->row.report_id < b->row.report_id);
}

/* A report that was told several things is written once. */
static int settle_rows(struct db *db, struct batch *batch)
{
	unsigned told = TOLD_NOTHING;
	int rc = 0;

	qsort(batch->rows, batch->count, sizeof(*batch->rows), by_report);
	for (size_t i = 0; rc == 0 && i < batch->count; i++) {
		const struct removal *row = &batch->rows[i];

		if (has_text_row(row))
			rc = settle_text(db, batch, row);
		else
			told |= row->row.told;
		if (rc == 0 && row->end)
			rc = release_end_store(db, row->end, &batch->released);
		if (rc == 0)
			rc = set_requested(db, batch, row);
		if (rc < 0 || (i + 1 < batch->count && row[1].row.report_id == row->row.report_id))
			continue;
		rc = set_told(db, row->row.report_id, told);
		told = TOLD_NOTHING;
	}
	return rc;
}

static int by_id(const void *left, const void *right)
{
	const struct removal *a = left;
	const struct removal *b = right;

	if (a->channel != b->channel)
		return a->channel < b->channel ? -1 : 1;
	return (a->row.id > b->row.id) - (a->row.id < b->row.id);
}

static int delete_run(struct db *db, const struct removal *first, const struct removal *last)
{
	struct db_stmt *stmt = db_query(db, Q_OUTBOX_DELETE);

	db_bind_int(stmt, 1, first->channel);
	db_bind_int(stmt, 2, first->row.id);
	db_bind_int(stmt, 3, last->row.id);
	return db_run(stmt);
}

/* Rows whose ids follow on each other, of which none can lie between, go with one statement. */
static int delete_rows(struct db *db, struct batch *batch)
{
	struct removal *rows = batch->rows;
	size_t first = 0;
	int rc = 0;

	qsort(rows, batch->count, sizeof(*rows), by_id);
	for (size_t i = 0; rc == 0 && i < batch->count; i++) {
		if (i + 1 < batch->count && rows[i + 1].row.id == rows[i].row.id + 1 &&
		    rows[i + 1].channel == rows[i].channel)
			continue;
		rc = delete_run(db, &rows[first], &rows[i]);
		first = i + 1;
	}
	return rc;
}

/* Texts are settled before their rows go: they are copied from there. */
static int run_batch(struct db *db, struct store_op *op)
{
	struct batch *batch = (struct batch *)op;
	int rc;

	batch->counts = (struct text_counts){ 0 };
	batch->released = (struct release_counts){ 0 };
	rc = settle_rows(db, batch);
	return rc < 0 ? rc : delete_rows(db, batch);
}

/* ---- on the loop ---- */

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct batch *batch = arg;

	(void)fd;
	(void)what;
	event_free(batch->retry);
	batch->retry = NULL;
	talloc_steal(NULL, batch); /* from now on the store thread's */
	store_submit(batch->removals->gateway->store, &batch->op);
}

static int batch_destroy(struct batch *batch)
{
	if (batch->retry)
		event_free(batch->retry);
	return 0;
}

/* The store could not write (a full disk, say): the rows stay until it can. */
static void retry_later(struct batch *batch)
{
	struct outbox_removals *removals = batch->removals;
	struct timeval tv = { RETRY_S, 0 };

	if (log_seldom(&removals->logged_ms))
		LOGP(LOG_STORE, LOGL_ERROR, "outbox rows not removed: %s\n",
		     strerror(-batch->op.rc));
	talloc_set_destructor(batch, batch_destroy);
	talloc_steal(removals, batch); /* while it waits, to go with everything else */
	batch->retry = event_new(removals->gateway->base, -1, 0, on_retry, batch);
	if (!batch->retry || event_add(batch->retry, &tv) < 0) {
		removals->under_way--;
		talloc_free(batch); /* delivered a second time after the next start */
	}
}

static void submit(struct outbox_removals *removals);

static void count_batch(struct gateway *gateway, const struct batch *batch)
{
	const struct release_counts *released = &batch->released;
	struct metrics *metrics = &gateway->metrics;

	receipt_desk_count(gateway, &batch->counts);
	metrics->hub_routes_total += released->routes;
	metrics->receipts_early_total += released->early;
	metrics->hub_receipts_total += released->receipts;
	if (released->early || released->receipts)
		hub_receipts_kick_all(gateway->hub_receipts);
}

static void batch_done(struct store_op *op)
{
	struct batch *batch = (struct batch *)op;
	struct outbox_removals *removals = batch->removals;
	struct gateway *gateway = removals->gateway;

	if (op->rc == 0)
		count_batch(gateway, batch);
	if (op->rc < 0 && !gateway->draining) {
		retry_later(batch);
		return;
	}
	talloc_free(batch);
	removals->under_way--;
	if (removals->batch)
		submit(removals);
}

static void submit(struct outbox_removals *removals)
{
	const struct config *live = removals->gateway->live;
	struct batch *batch = removals->batch;

	removals->batch = NULL;
	removals->under_way++;
	batch->policy = receipt_desk_policy(removals->gateway);
	batch->repeat_ms = (int64_t)live->rewards.repeat_s * 1000;
	batch->repeat_max_ms = (int64_t)live->rewards.repeat_max_s * 1000;
	batch->op.weight = batch->count;
	batch->op.lazy = !batch->urgent;
	store_submit(removals->gateway->store, &batch->op);
}

static void on_end_of_turn(evutil_socket_t fd, short what, void *arg)
{
	struct outbox_removals *removals = arg;

	(void)fd;
	(void)what;
	if (removals->batch && (removals->under_way == 0 || removals->batch->urgent))
		submit(removals);
}

static struct batch *batch_get(struct outbox_removals *removals)
{
	struct batch *batch = removals->batch;

	if (!batch)
		batch = talloc_zero(NULL, struct batch);
	if (!batch)
		return NULL;
	batch->op.run = run_batch;
	batch->op.done = batch_done;
	batch->removals = removals;
	removals->batch = batch;
	if (removals->under_way == 0 || batch->urgent)
		event_active(removals->end_of_turn, 0, 0);
	return batch;
}

static bool has_room(struct batch *batch)
{
	size_t cap = batch->cap ? batch->cap * 2 : ROWS_FIRST;
	struct removal *rows;

	if (batch->count < batch->cap)
		return true;
	rows = talloc_realloc(batch, batch->rows, struct removal, cap);
	if (!rows)
		return false;
	batch->rows = rows;
	batch->cap = cap;
	return true;
}

/* NULL without memory. */
static struct removal *add(struct outbox_removals *removals, enum outbox_channel channel,
			   const struct outbox_row *row)
{
	struct batch *batch = batch_get(removals);
	struct removal *removal;

	if (!batch || !has_room(batch))
		return NULL;
	removal = &batch->rows[batch->count++];
	*removal = (struct removal){ .channel = channel };
	removal->row.id = row->id;
	removal->row.report_id = row->report_id;
	removal->row.told = row->told;
	removal->row.text_id = row->text_id;
	return removal;
}

/* With what was collected for it, which does not wait. */
static void hurry(struct outbox_removals *removals, void *collected)
{
	struct batch *batch = removals->batch;

	talloc_steal(batch, collected);
	if (!batch->urgent)
		event_active(removals->end_of_turn, 0, 0);
	batch->urgent = true;
}

void outbox_removals_add(struct outbox_removals *removals, enum outbox_channel channel,
			 const struct outbox_row *row)
{
	struct removal *removal = add(removals, channel, row);

	if (removal && (channel == OUTBOX_REWARD || channel == OUTBOX_WEBHOOK))
		snprintf(removal->reward, sizeof(removal->reward), "%s", row->target);
}

void outbox_removals_add_text(struct outbox_removals *removals, const struct outbox_row *row,
			      struct text_handed *handed)
{
	struct removal *removal = add(removals, OUTBOX_SMS, row);

	if (!removal) {
		talloc_free(handed);
		return;
	}
	removal->handed = handed;
	hurry(removals, handed);
}

void outbox_removals_add_release(struct outbox_removals *removals, const struct outbox_row *row,
				 struct release_end *end)
{
	struct removal *removal = add(removals, OUTBOX_RELEASE, row);

	if (!removal) {
		talloc_free(end);
		return;
	}
	removal->end = end;
	hurry(removals, end);
}

static int removals_destroy(struct outbox_removals *removals)
{
	if (removals->end_of_turn)
		event_free(removals->end_of_turn);
	talloc_free(removals->batch);
	return 0;
}

struct outbox_removals *outbox_removals_create(void *ctx, struct gateway *gateway)
{
	struct outbox_removals *removals = talloc_zero(ctx, struct outbox_removals);

	if (!removals)
		return NULL;
	talloc_set_destructor(removals, removals_destroy);
	removals->gateway = gateway;
	removals->end_of_turn = event_new(gateway->base, -1, 0, on_end_of_turn, removals);
	if (!removals->end_of_turn) {
		talloc_free(removals);
		return NULL;
	}
	return removals;
}
