/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/reward_desk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/answer.h"
#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/outbox.h"
#include "gateway/reward_book.h"
#include "gateway/store.h"
#include "gateway/stream_reader.h"
#include "rules/report_id.h"

enum { BATCH = 200, REPEAT_MAX = 200, TICK_S = 1, BAD_MAX = 100000 };

/* What became of one answer. */
enum ack_result {
	ACK_SETTLED,
	ACK_REPEATED,
	ACK_CONFLICT,
	ACK_UNKNOWN,
	ACK_NO_ID,
	ACK_NO_STATUS,
	ACK_RESULT_COUNT
};

static const char *const ack_errors[] = {
	[ACK_SETTLED] = NULL,
	[ACK_REPEATED] = NULL,
	[ACK_CONFLICT] = "status: contradicts the answer that was given before",
	[ACK_UNKNOWN] = "id: no such reward",
	[ACK_NO_ID] = "id: missing",
	[ACK_NO_STATUS] = "status: not 'credited' or 'failed'",
};
_Static_assert(sizeof(ack_errors) / sizeof(*ack_errors) == ACK_RESULT_COUNT, "one text a result");

struct ack {
	const char *id; /* NULL when missing */
	enum reward_state state;
	bool has_state;
	const char *reason;
	enum ack_result result;
	struct reward_row row;
};

struct ack_op {
	struct store_op op; /* first */
	struct reward_desk *desk;
	struct reply_manner manner;
	struct quiet_hours quiet;
	int64_t now_ms;
	size_t count;
	struct ack *acks;
	void *memory;
};

struct reward_desk {
	struct gateway *gateway;
	struct stream_reader *reader;
	const char *bad_stream;
	struct event *timer;
	bool repeating;
	const struct stream_batch *batch; /* under way */
	size_t waiting;			  /* bad entries being set aside */
	bool failed;
	int64_t bad_logged_ms;
};

/* ---- answers, in the store ---- */

static int tell_credit(struct db *db, const struct ack_op *op, const struct ack *ack, void *memory)
{
	enum reply_kind kind =
		ack->state == REWARD_STATE_CREDITED ? REPLY_CREDITED : REPLY_CREDIT_FAILED;
	struct reply_values values = { .amount_mb = ack->row.amount_mb,
				       .day_ms = ack->row.call_start_ms };
	struct outbox_row out = { .told = TOLD_CREDIT, .created_ms = op->now_ms };
	struct report_row report;
	int rc = report_row_get(memory, db, ack->row.report_id, &report);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	values.number = report.number.text;
	out.target = report.subscriber.text;
	out.report_id = report.id;
	out.route = report.route;
	return answer_put_gently(db, kind, &op->manner, &values, &out, &op->quiet);
}

static int settle(struct db *db, const struct ack_op *op, struct ack *ack, void *memory)
{
	struct db_stmt *stmt = db_query(db, Q_REWARD_GET);
	int rc;

	db_bind_text(stmt, 1, ack->id);
	rc = db_step(stmt);
	if (rc <= 0) {
		ack->result = ACK_UNKNOWN;
		return rc;
	}
	reward_row_load(stmt, &ack->row);
	db_finish(stmt);
	if (ack->row.state != REWARD_STATE_DUE && ack->row.state != REWARD_STATE_REQUESTED) {
		ack->result = ack->row.state == ack->state ? ACK_REPEATED : ACK_CONFLICT;
		return 0;
	}
	stmt = db_query(db, Q_REWARD_SETTLE);
	db_bind_int(stmt, 1, ack->state);
	db_bind_text(stmt, 2, ack->reason);
	db_bind_int(stmt, 3, op->now_ms);
	db_bind_text(stmt, 4, ack->id);
	rc = db_run(stmt);
	ack->result = ACK_SETTLED;
	return rc < 0 ? rc : tell_credit(db, op, ack, memory);
}

static int run_acks(struct db *db, struct store_op *base)
{
	struct ack_op *op = (struct ack_op *)base;
	int rc = 0;

	talloc_free(op->memory);
	op->memory = talloc_new(op);
	if (!op->memory)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < op->count; i++) {
		struct ack *ack = &op->acks[i];

		if (!ack->id)
			ack->result = ACK_NO_ID;
		else if (!ack->has_state)
			ack->result = ACK_NO_STATUS;
		else
			rc = settle(db, op, ack, op->memory);
	}
	return rc;
}

/* ---- answers, on the loop ---- */

static void batch_end(struct reward_desk *desk)
{
	if (desk->waiting > 0)
		return;
	desk->batch = NULL;
	stream_batch_done(desk->reader, !desk->failed);
}

static void on_set_aside(void *user, const redisReply *reply)
{
	struct reward_desk *desk = user;

	desk->waiting--;
	desk->failed = desk->failed || !redis_reply_ok(reply);
	batch_end(desk);
}

static void set_aside(struct reward_desk *desk, const struct stream_entry *entry, const char *error)
{
	if (log_seldom(&desk->bad_logged_ms)) /* all of them are in the stream of bad ones */
		LOGP(LOG_REWARD, LOGL_NOTICE, "answer %s: %s\n", entry->id, error);
	desk->gateway->metrics.reward_acks_bad_total++;
	if (stream_entry_set_aside(desk->gateway->redis, desk->bad_stream, BAD_MAX, entry, error,
				   on_set_aside, desk) < 0)
		desk->failed = true;
	else
		desk->waiting++;
}

static void count_settled(struct reward_desk *desk, const struct ack *ack)
{
	struct metrics *metrics = &desk->gateway->metrics;
	char id[REPORT_ID_MAX];

	report_id_format(ack->row.report_id, id);
	LOGP(LOG_REWARD, LOGL_INFO, "%s %s %s\n", id, ack->id, reward_state_name(ack->state));
	metrics->rewards_credited_total += ack->state == REWARD_STATE_CREDITED;
	metrics->rewards_failed_total += ack->state == REWARD_STATE_FAILED;
	if (metrics->rewards_open > 0)
		metrics->rewards_open--;
}

static void acks_done(struct store_op *base)
{
	struct ack_op *op = (struct ack_op *)base;
	struct reward_desk *desk = op->desk;

	desk->failed = base->rc < 0;
	desk->waiting = 1; /* ours */
	if (base->rc < 0)
		LOGP(LOG_STORE, LOGL_ERROR, "answers not stored: %s\n", strerror(-base->rc));
	for (size_t i = 0; base->rc == 0 && i < op->count; i++) {
		const struct ack *ack = &op->acks[i];

		if (ack->result == ACK_SETTLED)
			count_settled(desk, ack);
		else if (ack_errors[ack->result])
			set_aside(desk, &desk->batch->entries[i], ack_errors[ack->result]);
	}
	talloc_free(op);
	outbox_kick(desk->gateway->outbox);
	desk->waiting--;
	batch_end(desk);
}

static void read_ack(const struct stream_entry *entry, struct ack *ack)
{
	const struct stream_field *id = stream_entry_field(entry, "id");
	const struct stream_field *status = stream_entry_field(entry, "status");
	const struct stream_field *reason = stream_entry_field(entry, "reason");

	memset(ack, 0, sizeof(*ack));
	ack->id = id && id->len ? id->value : NULL;
	ack->reason = reason ? reason->value : "";
	if (!status)
		return;
	ack->has_state = true;
	if (strcmp(status->value, "credited") == 0)
		ack->state = REWARD_STATE_CREDITED;
	else if (strcmp(status->value, "failed") == 0)
		ack->state = REWARD_STATE_FAILED;
	else
		ack->has_state = false;
}

static void on_batch(void *user, struct stream_reader *reader, const struct stream_batch *batch)
{
	struct reward_desk *desk = user;
	struct ack_op *op = talloc_zero(NULL, struct ack_op);

	if (op)
		op->acks = talloc_array(op, struct ack, batch->count + 1);
	if (!op || !op->acks || answer_manner(op, desk->gateway->live, &op->manner) < 0) {
		talloc_free(op);
		stream_batch_done(reader, false);
		return;
	}
	op->op.run = run_acks;
	op->op.done = acks_done;
	op->desk = desk;
	op->quiet = desk->gateway->live->reports.quiet;
	op->now_ms = clock_now_ms();
	op->count = batch->count;
	for (size_t i = 0; i < batch->count; i++)
		read_ack(&batch->entries[i], &op->acks[i]);
	desk->batch = batch;
	store_submit(desk->gateway->store, &op->op);
}

/* ---- repeats ---- */

struct repeat_op {
	struct store_op op; /* first */
	struct reward_desk *desk;
	int64_t now_ms;
	size_t count;
	struct reward_row rows[REPEAT_MAX];
};

static int ask_again(struct db *db, const struct reward_row *row, int64_t now_ms)
{
	struct db_stmt *stmt = db_query(db, Q_REWARD_ASKED);
	int rc;

	db_bind_text(stmt, 1, row->id);
	rc = db_run(stmt);
	return rc < 0 ? rc : reward_book_request(db, row, now_ms);
}

static int run_repeat(struct db *db, struct store_op *base)
{
	struct repeat_op *op = (struct repeat_op *)base;
	struct db_stmt *stmt = db_query(db, Q_REWARD_REPEAT);
	int rc;

	op->count = 0;
	db_bind_int(stmt, 1, op->now_ms);
	db_bind_int(stmt, 2, REPEAT_MAX);
	while ((rc = db_step(stmt)) > 0)
		reward_row_load(stmt, &op->rows[op->count++]);
	for (size_t i = 0; rc == 0 && i < op->count; i++)
		rc = ask_again(db, &op->rows[i], op->now_ms);
	return rc;
}

static void repeat_done(struct store_op *base)
{
	struct repeat_op *op = (struct repeat_op *)base;
	struct reward_desk *desk = op->desk;

	desk->repeating = false;
	if (base->rc == 0 && op->count > 0) {
		LOGP(LOG_REWARD, LOGL_NOTICE, "%zu requests got no answer and are repeated\n",
		     op->count);
		outbox_kick(desk->gateway->outbox);
	}
	talloc_free(op);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct reward_desk *desk = arg;
	struct repeat_op *op;

	(void)fd;
	(void)what;
	if (desk->repeating || desk->gateway->draining)
		return;
	op = talloc_zero(NULL, struct repeat_op);
	if (!op)
		return;
	op->op.run = run_repeat;
	op->op.done = repeat_done;
	op->desk = desk;
	op->now_ms = clock_now_ms();
	desk->repeating = true;
	store_submit(desk->gateway->store, &op->op);
}

static int desk_destroy(struct reward_desk *desk)
{
	if (desk->timer)
		event_free(desk->timer);
	return 0;
}

struct reward_desk *reward_desk_create(void *ctx, struct gateway *gateway)
{
	const struct config *config = gateway->config;
	struct reward_desk *desk = talloc_zero(ctx, struct reward_desk);
	struct timeval every = { TICK_S, 0 };
	char *stream;

	if (!desk)
		return NULL;
	talloc_set_destructor(desk, desk_destroy);
	desk->gateway = gateway;
	stream = talloc_asprintf(desk, "%srewards:acks", config->redis.prefix);
	desk->bad_stream = talloc_asprintf(desk, "%srewards:acks:bad", config->redis.prefix);
	desk->timer = event_new(gateway->base, -1, EV_PERSIST, on_timer, desk);
	if (stream && desk->bad_stream && desk->timer && event_add(desk->timer, &every) == 0)
		desk->reader =
			stream_reader_create(desk, gateway->base, &config->redis, &gateway->metrics,
					     "redis (reward answers)", stream, config->feed.group,
					     config->instance, BATCH, on_batch, desk);
	if (!desk->reader) {
		talloc_free(desk);
		return NULL;
	}
	return desk;
}

void reward_desk_stop(struct reward_desk *desk)
{
	stream_reader_stop(desk->reader);
	event_del(desk->timer);
}
