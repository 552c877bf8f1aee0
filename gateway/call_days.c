/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/call_days.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_key.h"

enum { DAY_MS = 86400000 };

struct asked {
	struct inquiry *inquiry;
	struct call_day *day;
};

struct inquiry {
	struct redis_client *redis;
	const char *prefix;
	struct caller_place place;
	call_days_cb *end;
	void *user;
	size_t holds; /* replies to come, and one while commands are being sent */
	bool failed;
	size_t count;
	struct call_day days[CALL_DAYS_MAX];
	struct asked asked[CALL_DAYS_MAX];
};

static void inquiry_release(struct inquiry *inquiry)
{
	if (--inquiry->holds > 0)
		return;
	talloc_steal(NULL, inquiry); /* what it hangs below may go in `end` */
	inquiry->end(inquiry->user, inquiry->days, inquiry->count, !inquiry->failed);
	talloc_free(inquiry);
}

static const char *day_key(const struct inquiry *inquiry, const char *kind, const char *tail,
			   int64_t day_ms, char key[CALL_KEY_MAX])
{
	size_t stem = call_key_stem(key, inquiry->prefix, kind, inquiry->place.bucket.text, tail);

	call_day_format(day_ms, key + stem);
	return key;
}

static void ask(struct inquiry *inquiry, redis_reply_cb *cb, void *user, int argc,
		const char *const *argv)
{
	inquiry->holds++;
	if (redis_command(inquiry->redis, cb, user, argc, argv, NULL) == 0)
		return;
	inquiry->holds--;
	inquiry->failed = true;
}

static void on_people(void *user, const redisReply *reply)
{
	struct asked *asked = user;

	if (redis_reply_ok(reply) && reply->type == REDIS_REPLY_INTEGER)
		asked->day->people = (uint32_t)reply->integer;
	else
		asked->inquiry->failed = true;
	inquiry_release(asked->inquiry);
}

static void ask_people(struct asked *asked)
{
	struct inquiry *inquiry = asked->inquiry;
	char key[CALL_KEY_MAX];
	const char *const argv[] = { "PFCOUNT", day_key(inquiry, "caller", inquiry->place.field,
							asked->day->day_ms, key) };

	ask(inquiry, on_people, asked, 2, argv);
}

static void take_day(struct asked *asked, const redisReply *reply)
{
	struct call_day *day = asked->day;
	struct caller_day calls;

	if (reply->type == REDIS_REPLY_NIL)
		return;
	if (reply->type != REDIS_REPLY_STRING ||
	    caller_day_read((const uint8_t *)reply->str, (size_t)reply->len, &calls) < 0) {
		asked->inquiry->failed = true;
		return;
	}
	day->attempts = calls.attempts;
	day->answered = calls.answered;
	day->seconds = calls.seconds;
	day->people = (uint32_t)caller_day_unite(calls.people, calls.count);
	day->hourly = calls.hourly;
	memcpy(day->hours, calls.hours, sizeof(day->hours));
	if (calls.many)
		ask_people(asked);
}

static void on_day(void *user, const redisReply *reply)
{
	struct asked *asked = user;

	if (redis_reply_ok(reply))
		take_day(asked, reply);
	else
		asked->inquiry->failed = true;
	inquiry_release(asked->inquiry);
}

static void ask_day(struct inquiry *inquiry, size_t i)
{
	char key[CALL_KEY_MAX];
	const char *const argv[] = { "HGET",
				     day_key(inquiry, "callers", "", inquiry->days[i].day_ms, key),
				     inquiry->place.field };

	inquiry->asked[i] = (struct asked){ inquiry, &inquiry->days[i] };
	ask(inquiry, on_day, &inquiry->asked[i], 3, argv);
}

int call_days_ask(void *ctx, struct redis_client *redis, const struct call_days_query *query,
		  call_days_cb *end, void *user)
{
	int64_t last_ms = call_day_start(query->last_ms);
	struct inquiry *inquiry;

	if (query->days > CALL_DAYS_MAX)
		return -EINVAL;
	if (!redis_client_connected(redis))
		return -ENOTCONN;
	inquiry = talloc_zero(ctx, struct inquiry);
	if (!inquiry)
		return -ENOMEM;
	inquiry->redis = redis;
	inquiry->prefix = query->prefix;
	inquiry->end = end;
	inquiry->user = user;
	inquiry->holds = 1;
	inquiry->count = query->days;
	call_key_caller(query->caller.text, &inquiry->place);
	for (size_t i = 0; i < query->days; i++)
		inquiry->days[i].day_ms = last_ms - (int64_t)(query->days - 1 - i) * DAY_MS;
	for (size_t i = 0; i < query->days; i++)
		ask_day(inquiry, i);
	inquiry_release(inquiry);
	return 0;
}
