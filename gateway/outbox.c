/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pumps towards Redis. */
#include "gateway/outbox.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/json_flat.h"
#include "gateway/log.h"
#include "gateway/outbox_removal.h"
#include "gateway/outbox_stock.h"
#include "gateway/redis_client.h"
#include "gateway/release_out.h"
#include "gateway/reward_webhook.h"
#include "gateway/sms_out.h"

enum { READ_MAX = 500, FLYING_MAX = 2000, RETRY_MS = 500, REWARD_FIELDS_MAX = 16 };
enum { PUMPS_END = OUTBOX_RULES + 1, REWARD_ARGS_MAX = 3 + 2 * REWARD_FIELDS_MAX };

struct pump {
	struct outbox *outbox;
	enum outbox_channel channel;
	int64_t cursor;	     /* the newest row that was sent */
	size_t flying;	     /* commands sent and not answered */
	uint32_t generation; /* replies to commands of an earlier one are late, rows too */
	uint32_t reading_of; /* the generation that asked for the rows being read */
	bool reading;
	bool kicked; /* rows may have come since the reading began */
	bool failed;
	struct event *retry;
};

struct outbox {
	struct gateway *gateway;
	struct pump pumps[OUTBOX_CHANNEL_COUNT]; /* of the channels that have a sender */
	struct outbox_stock *stock;
	struct outbox_removals *removals;
	const char *events; /* the streams */
	const char *rewards;
	struct event *look; /* once a turn, however often it was kicked */
};

/* A command under way. */
struct flight {
	struct pump *pump;
	uint32_t generation;
	struct outbox_row row; /* id, report_id, told and, for rewards, target */
	char target[];
};

static void pump_run(struct pump *pump);

/* ---- pumps ---- */

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct pump *pump = arg;

	(void)fd;
	(void)what;
	/* From the oldest row on, so that the order holds. */
	outbox_stock_cool(pump->outbox->stock, pump->channel);
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
	if (pump->flying == 0 || pump->flying == FLYING_MAX / 2)
		pump_run(pump);
}

static int send_event(struct outbox *outbox, const struct outbox_row *row, struct flight *flight)
{
	const char *argv[] = { "XADD", outbox->events, "*", "event", row->payload };

	return redis_command(outbox->gateway->redis, on_reply, flight, 5, argv, NULL);
}

/* The request's fields, from the payload's members. */
static int send_reward(struct outbox *outbox, const struct outbox_row *row, struct flight *flight)
{
	json_t *fields = json_loads(row->payload, 0, NULL);
	const char *argv[REWARD_ARGS_MAX] = { "XADD", outbox->rewards, "*" };
	int argc = 3;
	const char *name;
	json_t *value;
	int rc;

	json_object_foreach(fields, name, value)
	{
		if (argc + 2 > REWARD_ARGS_MAX)
			break;
		argv[argc++] = name;
		argv[argc++] = json_string_value(value);
	}
	rc = redis_command(outbox->gateway->redis, on_reply, flight, argc, argv, NULL);
	json_decref(fields);
	return rc;
}

/* The same where no text needs its escapes resolved, which is the rule. */
static int send_plain_reward(struct outbox *outbox, const struct outbox_row *row,
			     struct flight *flight)
{
	struct json_member members[REWARD_FIELDS_MAX];
	const char *argv[REWARD_ARGS_MAX] = { "XADD", outbox->rewards, "*" };
	size_t len[REWARD_ARGS_MAX] = { 4, strlen(outbox->rewards), 1 };
	int count = json_flat_read(row->payload, members, REWARD_FIELDS_MAX);
	int argc = 3;

	if (count < 0)
		return send_reward(outbox, row, flight);
	for (int i = 0; i < count; i++) {
		argv[argc] = members[i].name;
		len[argc++] = members[i].name_len;
		argv[argc] = members[i].value;
		len[argc++] = members[i].value_len;
	}
	return redis_command(outbox->gateway->redis, on_reply, flight, argc, argv, len);
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
	[OUTBOX_REWARD] = send_plain_reward,
	[OUTBOX_RULES] = send_rules,
};

static struct flight *make_flight(struct pump *pump, const struct outbox_row *row)
{
	size_t size = strlen(row->target) + 1;
	struct flight *flight = talloc_size(pump->outbox, sizeof(*flight) + size);

	if (!flight)
		return NULL;
	memcpy(flight->target, row->target, size);
	flight->pump = pump;
	flight->generation = pump->generation;
	flight->row = *row;
	flight->row.target = flight->target;
	flight->row.payload = NULL;
	flight->row.route = NULL;
	return flight;
}

static bool pump_send(struct pump *pump, const struct outbox_row *row)
{
	struct flight *flight = make_flight(pump, row);

	if (!flight)
		return false;
	if (senders[pump->channel](pump->outbox, row, flight) < 0) {
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
	if (pump->reading_of != pump->generation) {
		/* It began again meanwhile, at the oldest row; these are further on. */
		outbox_stock_cool(pump->outbox->stock, pump->channel);
		pump_run(pump);
		return;
	}
	if (count == READ_MAX)
		pump->kicked = true;
	while (i < count && pump_send(pump, &rows[i]))
		i++;
	if (i < count)
		pump_fail(pump);
	pump_run(pump);
}

/* What was committed just now need not be read. */
static void send_stock(struct pump *pump)
{
	struct outbox_stock *stock = pump->outbox->stock;
	const struct outbox_row *row;

	while (pump->flying < FLYING_MAX && (row = outbox_stock_first(stock, pump->channel))) {
		if (!pump_send(pump, row)) {
			pump_fail(pump);
			return;
		}
		outbox_stock_drop(stock, pump->channel);
	}
}

static void pump_run(struct pump *pump)
{
	struct gateway *gateway = pump->outbox->gateway;

	if (!senders[pump->channel] || pump->reading || pump->failed || gateway->draining ||
	    !redis_client_connected(gateway->redis))
		return;
	if (outbox_stock_live(pump->outbox->stock, pump->channel)) {
		pump->kicked = false;
		send_stock(pump);
		return;
	}
	if (pump->flying > 0 || !pump->kicked)
		return;
	pump->kicked = false;
	pump->reading = true;
	pump->reading_of = pump->generation;
	if (outbox_read(gateway, pump->channel, pump->cursor, READ_MAX, on_rows, pump) < 0) {
		pump->reading = false;
		pump_fail(pump);
	}
}

struct outbox_stock *outbox_stock(struct outbox *outbox)
{
	return outbox->stock;
}

void outbox_delivered(struct outbox *outbox, enum outbox_channel channel,
		      const struct outbox_row *row)
{
	outbox_removals_add(outbox->removals, channel, row);
}

void outbox_text_handed(struct outbox *outbox, const struct outbox_row *row,
			struct text_handed *handed)
{
	outbox_removals_add_text(outbox->removals, row, handed);
}

void outbox_released(struct outbox *outbox, const struct outbox_row *row, struct release_end *end)
{
	outbox_removals_add_release(outbox->removals, row, end);
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
	outbox_stock_collect(outbox->stock);
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
	if (outbox->look)
		event_free(outbox->look);
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
	outbox->stock = outbox_stock_create(outbox);
	outbox->removals = outbox_removals_create(outbox, gateway);
	outbox->look = event_new(gateway->base, -1, 0, on_look, outbox);
	outbox->events = talloc_asprintf(outbox, "%sevents", gateway->config->redis.prefix);
	outbox->rewards = talloc_asprintf(outbox, "%srewards", gateway->config->redis.prefix);
	ok = outbox->events && outbox->rewards && outbox->stock && outbox->removals && outbox->look;
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
	store_set_watch(gateway->store, outbox_stock_watch(outbox->stock));
	return outbox;
}
