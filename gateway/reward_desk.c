/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/reward_desk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/outbox.h"
#include "gateway/reward_answer.h"
#include "gateway/reward_book.h"
#include "gateway/store.h"
#include "gateway/stream_reader.h"

enum { BATCH = 200, REPEAT_MAX = 200, TICK_S = 1, BAD_MAX = 100000 };

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

/* ---- answers ---- */

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
	if (stream_entry_set_aside(desk->gateway->redis, desk->bad_stream, BAD_MAX, entry, error,
				   on_set_aside, desk) < 0)
		desk->failed = true;
	else
		desk->waiting++;
}

static void on_taken(void *user, int rc, const struct reward_answer *answers, size_t count)
{
	struct reward_desk *desk = user;

	desk->failed = rc < 0;
	desk->waiting = 1; /* ours */
	for (size_t i = 0; rc == 0 && i < count; i++) {
		const char *fault = reward_answer_fault(answers[i].result);

		if (fault)
			set_aside(desk, &desk->batch->entries[i], fault);
	}
	desk->waiting--;
	batch_end(desk);
}

static const char *field(const struct stream_entry *entry, const char *name)
{
	const struct stream_field *found = stream_entry_field(entry, name);

	return found ? found->value : NULL;
}

static void on_batch(void *user, struct stream_reader *reader, const struct stream_batch *batch)
{
	struct reward_desk *desk = user;
	struct reward_answer *answers = talloc_array(desk, struct reward_answer, batch->count);

	for (size_t i = 0; answers && i < batch->count; i++) {
		const struct stream_entry *entry = &batch->entries[i];

		reward_answer_read(field(entry, "id"), field(entry, "status"),
				   field(entry, "reason"), &answers[i]);
	}
	desk->batch = batch;
	if (!answers ||
	    reward_answers_take(desk->gateway, answers, batch->count, on_taken, desk) < 0) {
		desk->batch = NULL;
		stream_batch_done(reader, false);
	}
	talloc_free(answers);
}

/* ---- repeats ---- */

struct repeat_op {
	struct store_op op; /* first */
	struct reward_desk *desk;
	enum outbox_channel channel;
	int64_t now_ms;
	size_t count;
	struct reward_row rows[REPEAT_MAX];
};

static int load_due(struct db *db, struct repeat_op *op, enum db_query query)
{
	struct db_stmt *stmt = db_query(db, query);
	int rc;

	db_bind_int(stmt, 1, op->now_ms);
	db_bind_int(stmt, 2, (int64_t)(REPEAT_MAX - op->count));
	while ((rc = db_step(stmt)) > 0)
		reward_row_load(stmt, &op->rows[op->count++]);
	return rc;
}

static int run_repeat(struct db *db, struct store_op *base)
{
	struct repeat_op *op = (struct repeat_op *)base;
	int rc;

	op->count = 0;
	rc = load_due(db, op, Q_REWARD_REPEAT);
	if (rc == 0)
		rc = load_due(db, op, Q_REVERSAL_REPEAT);
	for (size_t i = 0; rc == 0 && i < op->count; i++)
		rc = reward_book_ask_again(db, &op->rows[i], op->channel, op->now_ms);
	return rc;
}

static void repeat_done(struct store_op *base)
{
	struct repeat_op *op = (struct repeat_op *)base;
	struct reward_desk *desk = op->desk;

	desk->repeating = false;
	if (base->rc == 0 && op->count > 0) {
		desk->gateway->metrics.reward_repeats_total += op->count;
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
	op->channel = reward_channel(desk->gateway->config);
	op->now_ms = clock_now_ms();
	desk->repeating = true;
	store_submit(desk->gateway->store, &op->op);
}

/* ---- the way of requests ---- */

struct reroute_op {
	struct store_op op; /* first */
	struct gateway *gateway;
	enum outbox_channel channel;
	size_t moved;
};

static int run_reroute(struct db *db, struct store_op *base)
{
	struct reroute_op *op = (struct reroute_op *)base;

	return reward_book_reroute(db, op->channel, &op->moved);
}

static void reroute_done(struct store_op *base)
{
	struct reroute_op *op = (struct reroute_op *)base;

	if (base->rc < 0)
		LOGP(LOG_STORE, LOGL_ERROR, "requests stay where they were put: %s\n",
		     strerror(-base->rc));
	else if (op->moved > 0)
		LOGP(LOG_REWARD, LOGL_NOTICE, "%zu waiting requests now go by %s\n", op->moved,
		     outbox_channel_name(op->channel));
	talloc_free(op);
}

/* What an earlier run put for another transport. */
static void reroute(struct gateway *gateway)
{
	struct reroute_op *op = talloc_zero(NULL, struct reroute_op);

	if (!op)
		return; /* they go by the way they were put for, or with the next start */
	op->op.run = run_reroute;
	op->op.done = reroute_done;
	op->gateway = gateway;
	op->channel = reward_channel(gateway->config);
	store_submit(gateway->store, &op->op);
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
	reroute(gateway);
	return desk;
}

void reward_desk_stop(struct reward_desk *desk)
{
	stream_reader_stop(desk->reader);
	event_del(desk->timer);
}
