/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pumps towards Redis, and the removal of what was delivered. */
#include "gateway/outbox.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/redis_client.h"
#include "gateway/receipt_desk.h"
#include "gateway/release_out.h"
#include "gateway/report_row.h"
#include "gateway/reward_row.h"
#include "gateway/reward_webhook.h"
#include "gateway/sms_out.h"
#include "gateway/text_row.h"

enum { READ_MAX = 500, RETRY_MS = 500, REWARD_FIELDS_MAX = 16, PUMPS_END = OUTBOX_RULES + 1 };

/* Rows delivered since the last turn, on their way out of the store. */
struct removal {
	enum outbox_channel channel;
	struct outbox_row row; /* id, report_id, told, text_id */
	const struct text_handed *handed;
	char reward[REWARD_KEY_MAX]; /* whose request was published, or "" */
};

struct removals {
	struct store_op op; /* first */
	struct outbox *outbox;
	struct gateway *gateway;
	int64_t repeat_ms;
	int64_t repeat_max_ms;
	struct text_policy policy;
	struct text_counts counts;
	size_t count;
	size_t cap;
	struct removal *rows;
	struct event *retry;
};

struct pump {
	struct outbox *outbox;
	enum outbox_channel channel;
	int64_t cursor;	     /* the newest row that was read */
	size_t flying;	     /* commands sent and not answered */
	uint32_t generation; /* replies to commands of an earlier one are late */
	bool reading;
	bool kicked; /* rows may have come since the reading began */
	bool failed;
	struct event *retry;
};

struct outbox {
	struct gateway *gateway;
	struct pump pumps[OUTBOX_CHANNEL_COUNT]; /* of the channels that have a sender */
	struct removals *removals;		 /* being collected, or NULL */
	struct event *end_of_turn;
	struct event *look; /* once a turn, however often it was kicked */
	int64_t removal_logged_ms;
};

/* A command under way. */
struct flight {
	struct pump *pump;
	uint32_t generation;
	struct outbox_row row; /* id, report_id, told and, for rewards, target */
};

static void pump_run(struct pump *pump);

/* ---- removal ---- */

static int settle_row(struct db *db, struct removals *removals, const struct removal *row)
{
	static const struct text_handed nothing_owed = { .count = 0 };
	static const enum db_query requested[] = { Q_REWARD_REQUESTED, Q_REVERSAL_REQUESTED };
	struct db_stmt *stmt;
	int rc = 0;

	if (row->handed || row->row.text_id)
		return text_row_handed(db, &row->row, row->handed ? row->handed : &nothing_owed,
				       &removals->policy, &removals->counts);
	if (row->row.report_id && row->row.told) {
		stmt = db_query(db, Q_REPORT_TOLD);
		db_bind_int(stmt, 1, row->row.told);
		db_bind_int(stmt, 2, row->row.report_id);
		rc = db_run(stmt);
	}
	if (rc == 0 && row->reward[0]) {
		stmt = db_query(db, requested[reward_kind_of(row->reward)]);
		db_bind_int(stmt, 1, removals->policy.now_ms);
		db_bind_int(stmt, 2, removals->repeat_ms);
		db_bind_int(stmt, 3, removals->repeat_max_ms);
		db_bind_text(stmt, 4, row->reward);
		rc = db_run(stmt);
	}
	return rc;
}

static int delete_run(struct db *db, const struct removal *first, const struct removal *last)
{
	struct db_stmt *stmt = db_query(db, Q_OUTBOX_DELETE);

	db_bind_int(stmt, 1, first->channel);
	db_bind_int(stmt, 2, first->row.id);
	db_bind_int(stmt, 3, last->row.id);
	return db_run(stmt);
}

static int by_id(const void *left, const void *right)
{
	const struct removal *a = left;
	const struct removal *b = right;

	if (a->channel != b->channel)
		return a->channel < b->channel ? -1 : 1;
	return (a->row.id > b->row.id) - (a->row.id < b->row.id);
}

/* Rows whose ids follow on each other, of which none can lie between, go with one statement. */
static int run_removals(struct db *db, struct store_op *op)
{
	struct removals *removals = (struct removals *)op;
	struct removal *rows = removals->rows;
	size_t first = 0;
	int rc = 0;

	removals->counts = (struct text_counts){ 0 };
	qsort(rows, removals->count, sizeof(*rows), by_id);
	for (size_t i = 0; rc == 0 && i < removals->count; i++) {
		rc = settle_row(db, removals, &rows[i]);
		if (rc == 0 && i + 1 < removals->count &&
		    rows[i + 1].row.id == rows[i].row.id + 1 &&
		    rows[i + 1].channel == rows[i].channel)
			continue;
		if (rc == 0)
			rc = delete_run(db, &rows[first], &rows[i]);
		first = i + 1;
	}
	return rc;
}

static void on_removals_retry(evutil_socket_t fd, short what, void *arg)
{
	struct removals *removals = arg;

	(void)fd;
	(void)what;
	event_free(removals->retry);
	removals->retry = NULL;
	talloc_steal(NULL, removals); /* from now on the store thread's */
	store_submit(removals->gateway->store, &removals->op);
}

static int removals_destroy(struct removals *removals)
{
	if (removals->retry)
		event_free(removals->retry);
	return 0;
}

/* The store could not write (a full disk, say): the rows stay until it can. */
static void removals_done(struct store_op *op)
{
	struct removals *removals = (struct removals *)op;
	struct timeval tv = { 1, 0 };

	if (op->rc == 0)
		receipt_desk_count(removals->gateway, &removals->counts);
	if (op->rc == 0 || removals->gateway->draining) {
		talloc_free(removals);
		return;
	}
	if (log_seldom(&removals->outbox->removal_logged_ms))
		LOGP(LOG_STORE, LOGL_ERROR, "outbox rows not removed: %s\n", strerror(-op->rc));
	talloc_set_destructor(removals, removals_destroy);
	talloc_steal(removals->outbox, removals); /* while it waits, to go with everything else */
	removals->retry = event_new(removals->gateway->base, -1, 0, on_removals_retry, removals);
	if (!removals->retry || event_add(removals->retry, &tv) < 0)
		talloc_free(removals); /* delivered a second time after the next start */
}

static void on_end_of_turn(evutil_socket_t fd, short what, void *arg)
{
	struct outbox *outbox = arg;
	struct removals *removals = outbox->removals;

	(void)fd;
	(void)what;
	if (!removals)
		return;
	outbox->removals = NULL;
	removals->policy = receipt_desk_policy(outbox->gateway);
	removals->repeat_ms = (int64_t)outbox->gateway->live->rewards.repeat_s * 1000;
	removals->repeat_max_ms = (int64_t)outbox->gateway->live->rewards.repeat_max_s * 1000;
	removals->op.weight = removals->count;
	store_submit(outbox->gateway->store, &removals->op);
}

static struct removals *removals_get(struct outbox *outbox)
{
	struct removals *removals = outbox->removals;

	if (removals)
		return removals;
	removals = talloc_zero(NULL, struct removals);
	if (!removals)
		return NULL;
	removals->op.run = run_removals;
	removals->op.done = removals_done;
	removals->outbox = outbox;
	removals->gateway = outbox->gateway;
	outbox->removals = removals;
	event_active(outbox->end_of_turn, 0, 0);
	return removals;
}

/* NULL without memory: delivered a second time after the next start. */
static struct removal *removal_add(struct outbox *outbox, enum outbox_channel channel,
				   const struct outbox_row *row)
{
	struct removals *removals = removals_get(outbox);
	struct removal *removal;

	if (!removals)
		return NULL;
	if (removals->count == removals->cap) {
		size_t cap = removals->cap ? removals->cap * 2 : 64;
		struct removal *rows =
			talloc_realloc(removals, removals->rows, struct removal, cap);

		if (!rows)
			return NULL;
		removals->rows = rows;
		removals->cap = cap;
	}
	removal = &removals->rows[removals->count++];
	*removal = (struct removal){ .channel = channel };
	removal->row.id = row->id;
	removal->row.report_id = row->report_id;
	removal->row.told = row->told;
	removal->row.text_id = row->text_id;
	return removal;
}

void outbox_delivered(struct outbox *outbox, enum outbox_channel channel,
		      const struct outbox_row *row)
{
	struct removal *removal = removal_add(outbox, channel, row);

	if (removal && (channel == OUTBOX_REWARD || channel == OUTBOX_WEBHOOK))
		snprintf(removal->reward, sizeof(removal->reward), "%s", row->target);
}

void outbox_text_handed(struct outbox *outbox, const struct outbox_row *row,
			struct text_handed *handed)
{
	struct removal *removal = removal_add(outbox, OUTBOX_SMS, row);

	if (removal)
		removal->handed = talloc_steal(outbox->removals, handed);
	else
		talloc_free(handed);
}

/* ---- pumps ---- */

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct pump *pump = arg;

	(void)fd;
	(void)what;
	/* From the oldest row on, so that the order holds. */
	pump->generation++;
	pump->failed = false;
	pump->flying = 0;
	pump->cursor = 0;
	pump->kicked = true;
	pump_run(pump);
}

static void pump_fail(struct pump *pump)
{
	struct timeval tv = { 0, RETRY_MS * 1000 };

	if (pump->failed)
		return;
	pump->failed = true;
	event_add(pump->retry, &tv);
}

static void on_reply(void *user, const redisReply *reply)
{
	struct flight *flight = user;
	struct pump *pump = flight->pump;
	bool current = flight->generation == pump->generation;

	if (redis_reply_ok(reply)) {
		/* Late or not, it was delivered; removing a row twice does no harm. */
		outbox_delivered(pump->outbox, pump->channel, &flight->row);
	} else if (current) {
		if (reply)
			LOGP(LOG_REDIS, LOGL_ERROR, "outbox %s: %s\n",
			     outbox_channel_name(pump->channel), redis_reply_error(reply));
		pump_fail(pump);
	}
	talloc_free(flight);
	if (!current)
		return;
	pump->flying--;
	if (pump->flying == 0)
		pump_run(pump);
}

static int send_event(struct outbox *outbox, const struct outbox_row *row, struct flight *flight)
{
	const char *prefix = outbox->gateway->config->redis.prefix;

	return redis_commandf(outbox->gateway->redis, on_reply, flight, "XADD %sevents * event %s",
			      prefix, row->payload);
}

/* The request's fields, from the payload's members. */
static int send_reward(struct outbox *outbox, const struct outbox_row *row, struct flight *flight)
{
	json_t *fields = json_loads(row->payload, 0, NULL);
	char stream[64];
	const char *argv[3 + 2 * REWARD_FIELDS_MAX] = { "XADD", stream, "*" };
	int argc = 3;
	const char *name;
	json_t *value;
	int rc;

	snprintf(stream, sizeof(stream), "%srewards", outbox->gateway->config->redis.prefix);
	json_object_foreach(fields, name, value)
	{
		if (argc + 2 > 3 + 2 * REWARD_FIELDS_MAX)
			break;
		argv[argc++] = name;
		argv[argc++] = json_string_value(value);
	}
	rc = redis_command(outbox->gateway->redis, on_reply, flight, argc, argv, NULL);
	json_decref(fields);
	return rc;
}

static int send_rules(struct outbox *outbox, const struct outbox_row *row, struct flight *flight)
{
	struct redis_client *redis = outbox->gateway->redis;
	const char *prefix = outbox->gateway->config->redis.prefix;

	if (row->payload[0])
		return redis_commandf(redis, on_reply, flight, "SET %srules:{%s} %s", prefix,
				      row->target, row->payload);
	return redis_commandf(redis, on_reply, flight, "DEL %srules:{%s}", prefix, row->target);
}

typedef int send_fn(struct outbox *outbox, const struct outbox_row *row, struct flight *flight);
static send_fn *const senders[PUMPS_END] = {
	[OUTBOX_EVENT] = send_event,
	[OUTBOX_REWARD] = send_reward,
	[OUTBOX_RULES] = send_rules,
};

static bool pump_send(struct pump *pump, const struct outbox_row *row)
{
	struct flight *flight = talloc(pump->outbox, struct flight);

	if (!flight)
		return false;
	flight->pump = pump;
	flight->generation = pump->generation;
	flight->row = *row;
	flight->row.target = talloc_strdup(flight, row->target);
	flight->row.payload = NULL;
	flight->row.route = NULL;
	if (!flight->row.target || senders[pump->channel](pump->outbox, row, flight) < 0) {
		talloc_free(flight);
		return false;
	}
	pump->flying++;
	pump->cursor = row->id;
	return true;
}

static void on_rows(void *user, int rc, const struct outbox_row *rows, size_t count)
{
	struct pump *pump = user;
	size_t i = 0;

	pump->reading = false;
	if (pump->outbox->gateway->draining || pump->failed)
		return;
	if (rc < 0) {
		pump_fail(pump);
		return;
	}
	if (count == READ_MAX)
		pump->kicked = true;
	while (i < count && pump_send(pump, &rows[i]))
		i++;
	if (i < count)
		pump_fail(pump);
	if (pump->flying == 0)
		pump_run(pump);
}

static void pump_run(struct pump *pump)
{
	struct gateway *gateway = pump->outbox->gateway;

	if (!senders[pump->channel] || pump->reading || pump->failed || pump->flying > 0 ||
	    !pump->kicked || gateway->draining || !redis_client_connected(gateway->redis))
		return;
	pump->kicked = false;
	pump->reading = true;
	if (outbox_read(gateway, pump->channel, pump->cursor, READ_MAX, on_rows, pump) < 0) {
		pump->reading = false;
		pump_fail(pump);
	}
}

void outbox_kick(struct outbox *outbox)
{
	event_active(outbox->look, 0, 0);
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
	struct outbox *outbox = arg;

	(void)fd;
	(void)what;
	for (int i = OUTBOX_EVENT; i < PUMPS_END; i++) {
		outbox->pumps[i].kicked = true;
		pump_run(&outbox->pumps[i]);
	}
	sms_out_kick(outbox->gateway->sms_out);
	release_out_kick(outbox->gateway->release_out);
	if (outbox->gateway->webhook)
		reward_webhook_kick(outbox->gateway->webhook);
}

void outbox_redis_connected(struct outbox *outbox)
{
	for (int i = OUTBOX_EVENT; i < PUMPS_END; i++) {
		/* Or it would begin again once more while the commands are on their way. */
		event_del(outbox->pumps[i].retry);
		on_retry(-1, 0, &outbox->pumps[i]);
	}
}

static int outbox_destroy(struct outbox *outbox)
{
	for (int i = 0; i < OUTBOX_CHANNEL_COUNT; i++)
		if (outbox->pumps[i].retry)
			event_free(outbox->pumps[i].retry);
	if (outbox->end_of_turn)
		event_free(outbox->end_of_turn);
	if (outbox->look)
		event_free(outbox->look);
	talloc_free(outbox->removals);
	return 0;
}

struct outbox *outbox_create(void *ctx, struct gateway *gateway)
{
	struct outbox *outbox = talloc_zero(ctx, struct outbox);
	bool ok;

	if (!outbox)
		return NULL;
	talloc_set_destructor(outbox, outbox_destroy);
	outbox->gateway = gateway;
	outbox->end_of_turn = event_new(gateway->base, -1, 0, on_end_of_turn, outbox);
	outbox->look = event_new(gateway->base, -1, 0, on_look, outbox);
	ok = outbox->end_of_turn && outbox->look;
	for (int i = 0; i < OUTBOX_CHANNEL_COUNT; i++) {
		struct pump *pump = &outbox->pumps[i];

		pump->outbox = outbox;
		pump->channel = (enum outbox_channel)i;
		pump->kicked = true;
		pump->retry = event_new(gateway->base, -1, 0, on_retry, pump);
		ok = ok && pump->retry;
	}
	if (!ok) {
		talloc_free(outbox);
		return NULL;
	}
	return outbox;
}
