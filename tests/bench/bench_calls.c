/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bench_calls - the call index: a feed for it, look-ups in it, and the limits of both.
 *
 *   bench_calls feed PORT CALLS SUBSCRIBERS START_MS DAYS   CALLS records into mr:cdr, in the order
 * of time: people call people, a quarter of all calls is made by one number in 500 bench_calls
 * taken ... the same arguments   the least that an index costs, with hiredis: the same stream read
 * by another group, a record packed, HSET into a bucket and PFADD a record, one round trip a batch,
 * acknowledged. Under keys of its own, bare:* bench_calls find ... LOOKUPS   the gateway's look-up
 * of a week, FLYING at a time, for calls that are there; each must be found bench_calls miss ...
 * LOOKUPS   the same for a number that did not call bench_calls hget ... LOOKUPS   the HGETs of the
 * latter by themselves, pipelined
 *
 * Needs a Redis on 127.0.0.1. Prints one object: count, seconds, CPU seconds, octets of values. */
#include <event2/event.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <time.h>

#include "gateway/call_index.h"
#include "gateway/log.h"
#include "rules/call_record.h"
#include "tests/bench/bench_pdu.h"

enum {
	DAY_MS = 86400000,
	BATCH = 500, /* feed.batch as it comes */
	FLYING = 200,
	WINDOW_DAYS = 7,
	SELLER_OF = 500, /* one seller to so many subscribers */
};

struct bench {
	uint16_t port;
	uint32_t calls;
	uint32_t subscribers;
	int64_t start_ms;
	int64_t span_ms;
	uint32_t lookups;
	redisContext *redis;
	uint64_t octets;
};

/* ---- the calls ---- */

/* The i-th number of a fixed sequence that looks like chance (splitmix64). */
static uint64_t scatter(uint64_t i)
{
	i += 0x9e3779b97f4a7c15u;
	i = (i ^ i >> 30) * 0xbf58476d1ce4e5b9u;
	i = (i ^ i >> 27) * 0x94d049bb133111ebu;
	return i ^ i >> 31;
}

static void call_make(const struct bench *bench, uint32_t i, struct call_record *out)
{
	uint64_t one = scatter(2 * (uint64_t)i);
	uint64_t two = scatter(2 * (uint64_t)i + 1);
	bool seller = two % 4 == 0;
	uint32_t sellers = bench->subscribers / SELLER_OF + 1;
	uint32_t caller =
		(uint32_t)((two >> 8) % (seller ? (uint64_t)sellers : bench->subscribers));

	*out = (struct call_record){
		.start_ms = bench->start_ms +
			    (int64_t)((double)bench->span_ms * i / bench->calls) / 1000 * 1000,
		.duration_s = one >> 60 ? (uint32_t)(one >> 50 & 255) : 0,
		.entry = CALL_ENTRY_OWN,
	};
	out->answered = out->duration_s > 0;
	snprintf(out->caller.text, NUMBER_MAX, "+86%s%08u", seller ? "137" : "139", caller);
	snprintf(out->called.text, NUMBER_MAX, "+86139%08u",
		 (uint32_t)((one & UINT32_MAX) % bench->subscribers));
}

/* ---- plain Redis ---- */

static int take_replies(struct bench *bench, size_t count)
{
	int rc = 0;

	for (size_t i = 0; i < count; i++) {
		redisReply *reply = NULL;

		if (redisGetReply(bench->redis, (void **)&reply) != REDIS_OK)
			return -1;
		if (reply->type == REDIS_REPLY_ERROR) {
			fprintf(stderr, "bench_calls: %s\n", reply->str);
			rc = -1;
		}
		if (reply->type == REDIS_REPLY_STRING)
			bench->octets += reply->len;
		freeReplyObject(reply);
	}
	return rc;
}

static void append_call(struct bench *bench, uint32_t i)
{
	struct call_record call;
	char start[24];
	char duration[12];

	call_make(bench, i, &call);
	snprintf(start, sizeof(start), "%" PRId64, call.start_ms);
	snprintf(duration, sizeof(duration), "%u", call.duration_s);
	const char *argv[] = { "XADD",		 "mr:cdr",   "*",
			       "source",	 "msc",	     "caller",
			       call.caller.text, "called",   call.called.text,
			       "start",		 start,	     "duration",
			       duration,	 "answered", call.answered ? "1" : "0",
			       "entry",		 "own" };

	redisAppendCommandArgv(bench->redis, sizeof(argv) / sizeof(argv[0]), argv, NULL);
}

static int feed_calls(struct bench *bench)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < bench->calls; i += BATCH) {
		uint32_t n = bench->calls - i < BATCH ? bench->calls - i : BATCH;

		for (uint32_t j = 0; j < n; j++)
			append_call(bench, i + j);
		rc = take_replies(bench, n);
	}
	return rc;
}

/* ---- the least that an index costs ---- */

static const redisReply *entry_field(const redisReply *fields, const char *name)
{
	for (size_t i = 0; i + 1 < fields->elements; i += 2)
		if (strcmp(fields->element[i]->str, name) == 0)
			return fields->element[i + 1];
	return NULL;
}

static int append_bare(struct bench *bench, const redisReply *fields)
{
	const redisReply *caller = entry_field(fields, "caller");
	const redisReply *called = entry_field(fields, "called");
	const redisReply *start = entry_field(fields, "start");
	struct call_record call = { 0 };
	uint8_t packed[CALL_PACKED_SIZE];
	struct number bucket;
	char field[3];
	char day[CALL_DAY_MAX];

	if (!caller || !called || !start)
		return -1;
	snprintf(call.caller.text, NUMBER_MAX, "%s", caller->str);
	call.start_ms = strtoll(start->str, NULL, 10);
	if (call_record_pack(&call, packed) < 0 || call_bucket(called->str, &bucket, field) < 0)
		return -1;
	call_day_format(call.start_ms, day);
	redisAppendCommand(bench->redis, "HSET bare:calls:{%s}:%s %s %b", bucket.text, day, field,
			   packed, sizeof(packed));
	redisAppendCommand(bench->redis, "PFADD bare:caller:{%s}:%s %s", call.caller.text, day,
			   called->str);
	return 0;
}

static int take_batch(struct bench *bench, const redisReply *entries)
{
	const char *argv[3 + BATCH] = { "XACK", "mr:cdr", "bare" };

	for (size_t i = 0; i < entries->elements; i++) {
		if (append_bare(bench, entries->element[i]->element[1]) < 0)
			return -1;
		argv[3 + i] = entries->element[i]->element[0]->str;
	}
	redisAppendCommandArgv(bench->redis, (int)(3 + entries->elements), argv, NULL);
	return take_replies(bench, 2 * entries->elements + 1);
}

static int take_calls(struct bench *bench)
{
	uint32_t taken = 0;
	int rc;

	redisAppendCommand(bench->redis, "XGROUP CREATE mr:cdr bare 0");
	rc = take_replies(bench, 1);
	while (rc == 0 && taken < bench->calls) {
		redisReply *reply = redisCommand(
			bench->redis, "XREADGROUP GROUP bare c COUNT %d STREAMS mr:cdr >", BATCH);

		if (!reply || reply->type != REDIS_REPLY_ARRAY)
			return -1;
		taken += (uint32_t)reply->element[0]->element[1]->elements;
		rc = take_batch(bench, reply->element[0]->element[1]);
		freeReplyObject(reply);
	}
	return rc;
}

/* ---- HGETs by themselves ---- */

static size_t append_hgets(struct bench *bench, uint32_t i)
{
	int64_t end_ms = bench->start_ms + bench->span_ms;
	struct call_record call;
	struct number bucket;
	char field[3];
	char day[CALL_DAY_MAX];
	size_t count = 0;

	call_make(bench, (uint32_t)(scatter(i) % bench->calls), &call);
	if (call_bucket(call.called.text, &bucket, field) < 0)
		return 0;
	for (int64_t ms = call_day_start(end_ms - (int64_t)WINDOW_DAYS * DAY_MS); ms < end_ms;
	     ms += DAY_MS, count++) {
		char key[64];
		const char *argv[] = { "HGET", key, field };

		call_day_format(ms, day);
		snprintf(key, sizeof(key), "mr:calls:{%s}:%s", bucket.text, day);
		redisAppendCommandArgv(bench->redis, 3, argv, NULL);
	}
	return count;
}

static int hget_calls(struct bench *bench)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < bench->lookups; i += FLYING) {
		size_t commands = 0;

		for (uint32_t j = i; j < i + FLYING && j < bench->lookups; j++)
			commands += append_hgets(bench, j);
		rc = take_replies(bench, commands);
	}
	return rc;
}

/* ---- the gateway's look-up ---- */

struct finder {
	const struct bench *bench;
	struct call_index *index;
	struct event_base *base;
	struct event *more; /* fills what flies, from the loop: a look-up may end inside its call */
	bool stranger;
	uint32_t asked;
	uint32_t answered;
	uint32_t wrong;
};

static void on_found(void *user, const struct evidence *evidence)
{
	struct finder *finder = user;

	finder->answered++;
	finder->wrong +=
		evidence->call != (finder->stranger ? EVIDENCE_CALL_NONE : EVIDENCE_CALL_FOUND);
	if (finder->answered == finder->bench->lookups)
		event_base_loopbreak(finder->base);
	else if (finder->asked < finder->bench->lookups)
		event_active(finder->more, EV_TIMEOUT, 0);
}

static int find_one(struct finder *finder)
{
	const struct bench *bench = finder->bench;
	struct call_record call;
	struct call_query query = { .to_ms = bench->start_ms + bench->span_ms,
				    .fanout_days = 1,
				    .acquaintance_days = WINDOW_DAYS };

	call_make(bench, (uint32_t)(scatter(finder->asked++) % bench->calls), &call);
	query.from_ms = query.fanout_to_ms = query.to_ms - (int64_t)WINDOW_DAYS * DAY_MS;
	query.subscriber = call.called;
	query.caller = call.caller;
	if (finder->stranger)
		snprintf(query.caller.text, NUMBER_MAX, "+86136%08u", finder->asked);
	return call_index_find(finder->index, &query, on_found, finder);
}

static void on_more(evutil_socket_t fd, short what, void *arg)
{
	struct finder *finder = arg;

	(void)fd;
	(void)what;
	while (finder->asked < finder->bench->lookups && finder->asked - finder->answered < FLYING)
		if (find_one(finder) < 0) {
			event_base_loopbreak(finder->base);
			return;
		}
}

static void on_state(void *user, bool connected)
{
	struct finder *finder = user;

	if (!connected) {
		event_base_loopbreak(finder->base);
		return;
	}
	event_active(finder->more, EV_TIMEOUT, 0);
}

static int find_calls(struct bench *bench, bool stranger)
{
	struct event_base *base = event_base_new();
	struct config_redis config = { .address = "127.0.0.1",
				       .port = bench->port,
				       .password_file = "",
				       .prefix = "mr:",
				       .timeout_ms = 60000 };
	struct finder finder = { .bench = bench, .base = base, .stranger = stranger };
	void *ctx = talloc_new(NULL);
	struct redis_client *redis = redis_client_create(ctx, base, "bench", REDIS_COMMANDS,
							 &config, talloc_zero(ctx, struct metrics));

	finder.index = call_index_create(ctx, redis, config.prefix);
	finder.more = event_new(base, -1, 0, on_more, &finder);
	redis_client_on_state(redis, on_state, &finder);
	event_base_dispatch(base);
	event_free(finder.more);
	talloc_free(ctx);
	event_base_free(base);
	if (finder.wrong > 0 || finder.answered != bench->lookups) {
		fprintf(stderr, "bench_calls: %u answered, %u of them wrong\n", finder.answered,
			finder.wrong);
		return -1;
	}
	return 0;
}

static int find_theirs(struct bench *bench)
{
	return find_calls(bench, false);
}

static int find_none(struct bench *bench)
{
	return find_calls(bench, true);
}

/* ---- what is to be done ---- */

static const struct mode {
	const char *name;
	int (*run)(struct bench *bench);
	bool looks; /* counts look-ups, not calls */
} modes[] = {
	{ "feed", feed_calls, false }, { "taken", take_calls, false },
	{ "find", find_theirs, true }, { "miss", find_none, true },
	{ "hget", hget_calls, true },
};

static const struct mode *mode_find(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	return NULL;
}

static uint32_t number_arg(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
	const struct mode *mode = argc >= 7 ? mode_find(argv[1]) : NULL;
	struct bench bench = { 0 };
	int64_t started_ns;
	int rc;

	if (!mode || argc < 7 + mode->looks || log_setup(NULL, "error", "text") < 0) {
		fprintf(stderr,
			"usage: bench_calls feed|taken|find|miss|hget PORT CALLS SUBSCRIBERS "
			"START_MS DAYS [LOOKUPS]\n");
		return 2;
	}
	bench.port = (uint16_t)number_arg(argv[2]);
	bench.calls = number_arg(argv[3]);
	bench.subscribers = number_arg(argv[4]);
	bench.start_ms = strtoll(argv[5], NULL, 10);
	bench.span_ms = (int64_t)number_arg(argv[6]) * DAY_MS;
	bench.lookups = mode->looks ? number_arg(argv[7]) : 0;
	bench.redis = redisConnect("127.0.0.1", bench.port);
	if (!bench.redis || bench.redis->err || bench.calls == 0 || bench.subscribers == 0)
		return 1;
	started_ns = bench_now_ns();
	rc = mode->run(&bench);
	printf("{\"count\": %u, \"seconds\": %.6f, \"cpu\": %.3f, \"octets\": %" PRIu64 "}\n",
	       mode->looks ? bench.lookups : bench.calls,
	       (double)(bench_now_ns() - started_ns) / 1e9, (double)clock() / CLOCKS_PER_SEC,
	       bench.octets);
	redisFree(bench.redis);
	return rc < 0;
}
