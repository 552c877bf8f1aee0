/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/call_index.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_key.h"
#include "gateway/call_manner.h"
#include "gateway/log.h"
#include "rules/call_near.h"

enum { CALL_FIELD_NAME_MAX = 4 };
enum { DAY_MS = 86400000, QUERY_DAYS_MAX = 40 };

struct call_index {
	struct redis_client *redis;
	const char *prefix;
	struct call_manners *manners;
};

struct call_index *call_index_create(void *ctx, struct redis_client *redis, const char *prefix)
{
	struct call_index *index = talloc_zero(ctx, struct call_index);

	if (!index)
		return NULL;
	index->redis = redis;
	index->prefix = talloc_strdup(index, prefix);
	index->manners = call_manners_create(index, redis, index->prefix);
	if (!index->prefix || !index->manners) {
		talloc_free(index);
		return NULL;
	}
	return index;
}

struct call_manners *call_index_manners(struct call_index *index)
{
	return index->manners;
}

/* Plain commands, made by hand. A script for a week is one command instead of eight, and costs more
 * in Redis (2.3 us the eight, 4.5 us the script) than it saves here.
 *
 * Two questions, one after the other: was there a call; then, only where the answer counts, how the
 * number calls others (call_manner.h) and whether the subscriber calls it as well.
 */

struct lookup;

/* One look-up of one day. */
struct lookup_day {
	struct lookup *lookup;
	int64_t start_ms;
	char date[CALL_DAY_MAX];
};

struct lookup {
	struct call_index *index;
	struct call_query query;
	struct evidence evidence;
	call_index_found_cb *cb;
	void *user;
	size_t waiting;
	bool failed;
	bool sending; /* replies cannot end it while commands are still being sent */
	bool rest_asked;
	size_t day_count;
	struct lookup_day days[QUERY_DAYS_MAX];
	/* Whether the subscriber called the number, before the call that was found. */
	bool outgoing; /* looked for with the subscriber, not with the number */
	int64_t back_from_ms;
	int64_t back_to_ms;
	size_t back_count;
	struct lookup_day back[QUERY_DAYS_MAX];
	struct manner_wish wish;
};

static void ask_rest(struct lookup *lookup);

/* What there is beside the call weighs a call that was found; without one it is only read. */
static bool wants_rest(const struct lookup *lookup)
{
	return !lookup->failed && !lookup->rest_asked &&
	       (lookup->evidence.calls_in_window > 0 || lookup->query.whole);
}

static void lookup_next(struct lookup *lookup)
{
	struct evidence *evidence = &lookup->evidence;

	if (lookup->waiting > 0 || lookup->sending)
		return;
	if (wants_rest(lookup))
		ask_rest(lookup);
	if (lookup->waiting > 0)
		return;
	if (lookup->failed)
		evidence->call = EVIDENCE_CALL_UNKNOWN;
	else if (evidence->calls_in_window > 0)
		evidence->call = EVIDENCE_CALL_FOUND;
	else
		evidence->call = EVIDENCE_CALL_NONE;
	lookup->cb(lookup->user, evidence);
	talloc_free(lookup);
}

/* Whether it brought a run of calls. Anything but that or nothing is no answer. */
static bool lookup_reply(struct lookup *lookup, const redisReply *reply)
{
	bool run = redis_reply_ok(reply) && reply->type == REDIS_REPLY_STRING;

	lookup->waiting--;
	if (!redis_reply_ok(reply) || (run && !call_run_sound((size_t)reply->len)))
		lookup->failed = true;
	return run && !lookup->failed;
}

static void on_calls(void *user, const redisReply *reply)
{
	struct lookup_day *day = user;
	struct lookup *lookup = day->lookup;
	struct evidence *evidence = &lookup->evidence;
	const struct call_query *query = &lookup->query;

	if (lookup_reply(lookup, reply)) {
		const uint8_t *run = (const uint8_t *)reply->str;
		size_t len = (size_t)reply->len;
		struct call_run_query want = { &query->caller, query->from_ms, query->to_ms };
		struct call_run_match match = call_run_search(run, len, day->start_ms, &want);

		if (match.found > 0 && (evidence->calls_in_window == 0 ||
					match.latest.start_ms > evidence->record.start_ms))
			evidence->record = match.latest;
		evidence->calls_in_window += match.found;
		call_run_near(run, len, day->start_ms, query->caller.text, query->from_ms,
			      query->to_ms, evidence);
	}
	lookup_next(lookup);
}

/* Calls of the subscriber's before the call that is complained of; all, when there is none. */
static void on_calls_back(void *user, const redisReply *reply)
{
	struct lookup_day *day = user;
	struct lookup *lookup = day->lookup;
	const struct call_query *query = &lookup->query;

	if (lookup_reply(lookup, reply)) {
		struct call_run_query want = { lookup->outgoing ? &query->caller
								: &query->subscriber,
					       lookup->back_from_ms, lookup->back_to_ms };

		lookup->evidence.calls_back +=
			call_run_search((const uint8_t *)reply->str, (size_t)reply->len,
					day->start_ms, &want)
				.found;
	}
	lookup_next(lookup);
}

static void ask(struct lookup *lookup, redis_reply_cb *cb, void *user, size_t argc,
		const char *const *argv, const size_t *len)
{
	if (redis_command(lookup->index->redis, cb, user, (int)argc, argv, len) < 0)
		lookup->failed = true;
	else
		lookup->waiting++;
}

/* The field of a number in its bucket, for each of the days. */
static void ask_days(struct lookup *lookup, const char *number, bool outgoing,
		     struct lookup_day *days, size_t count, redis_reply_cb *cb)
{
	char key[CALL_KEY_MAX];
	char field[CALL_FIELD_NAME_MAX] = "o";
	const char *const argv[] = { "HGET", key, field };
	struct number bucket;
	size_t stem;

	if (call_bucket(number, &bucket, field + outgoing) < 0)
		return;
	stem = call_key_stem(key, lookup->index->prefix, "calls", bucket.text, "");
	const size_t len[] = { 4, stem + CALL_DAY_MAX - 1, strlen(field) };
	for (size_t i = 0; i < count; i++) {
		memcpy(key + stem, days[i].date, CALL_DAY_MAX);
		ask(lookup, cb, &days[i], 3, argv, len);
	}
}

static void on_manner(struct manner_wish *wish, bool ok)
{
	struct lookup *lookup = container_of(wish, struct lookup, wish);

	lookup->waiting--;
	lookup->failed = lookup->failed || !ok;
	lookup_next(lookup);
}

static void ask_fanout(struct lookup *lookup)
{
	/* Of the days up to the call, whenever it was reported. */
	const struct manner_question question = {
		.caller = lookup->query.caller,
		.days = lookup->query.fanout_days,
		.to_ms = lookup->evidence.calls_in_window > 0 ? lookup->evidence.record.start_ms
							      : lookup->query.fanout_to_ms,
	};

	lookup->wish.evidence = &lookup->evidence;
	lookup->wish.done = on_manner;
	lookup->waiting++;
	call_manner_ask(lookup->index->manners, &question, &lookup->wish);
}

/* The days that the window touches; -E2BIG when not all of them have room. */
static int set_days(struct lookup *lookup, int64_t from_ms, int64_t to_ms,
		    struct lookup_day days[QUERY_DAYS_MAX], size_t *count)
{
	int64_t day_ms = call_day_start(from_ms);

	for (*count = 0; *count < QUERY_DAYS_MAX && day_ms < to_ms; day_ms += DAY_MS) {
		struct lookup_day *day = &days[(*count)++];

		day->lookup = lookup;
		day->start_ms = day_ms;
		call_day_format(day_ms, day->date);
	}
	return day_ms < to_ms ? -E2BIG : 0;
}

/* Calls to the number of another subscriber, of any bucket, are there; calls to other numbers are
 * with who made them. */
static void ask_back(struct lookup *lookup)
{
	const struct call_query *query = &lookup->query;

	lookup->outgoing = !call_key_subscriber(&query->caller);
	lookup->back_to_ms = lookup->evidence.calls_in_window > 0 ? lookup->evidence.record.start_ms
								  : query->to_ms;
	lookup->back_from_ms = lookup->back_to_ms - (int64_t)query->acquaintance_days * DAY_MS;
	if (set_days(lookup, lookup->back_from_ms, lookup->back_to_ms, lookup->back,
		     &lookup->back_count) < 0)
		lookup->failed = true;
	ask_days(lookup, lookup->outgoing ? query->subscriber.text : query->caller.text,
		 lookup->outgoing, lookup->back, lookup->back_count, on_calls_back);
}

static void ask_rest(struct lookup *lookup)
{
	lookup->rest_asked = true;
	lookup->sending = true;
	ask_back(lookup);
	ask_fanout(lookup);
	lookup->sending = false;
}

int call_index_find(struct call_index *index, const struct call_query *query,
		    call_index_found_cb *cb, void *user)
{
	struct lookup *lookup;

	if (!redis_client_connected(index->redis))
		return -ENOTCONN;
	lookup = talloc_zero(index, struct lookup);
	if (!lookup)
		return -ENOMEM;
	lookup->index = index;
	lookup->query = *query;
	lookup->cb = cb;
	lookup->user = user;
	lookup->sending = true;
	/* Days that were not asked for are not known. */
	lookup->failed = set_days(lookup, query->from_ms, query->to_ms, lookup->days,
				  &lookup->day_count) < 0;
	ask_days(lookup, query->subscriber.text, false, lookup->days, lookup->day_count, on_calls);
	lookup->sending = false;
	lookup_next(lookup);
	return 0;
}
