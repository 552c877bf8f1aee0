/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/call_walk.h"

#include <errno.h>
#include <stdio.h>
#include <talloc.h>

/* KEY_START_MAX: config_check.c allows a prefix of 32 octets. */
enum { DAY_MS = 86400000, WALK_DAYS_MAX = 40, KEY_START_MAX = 128 };

struct walk {
	call_walk_run_cb *run;
	call_walk_end_cb *end;
	void *user;
	size_t holds; /* replies to come, and one while commands are being sent */
	bool failed;
};

struct walk_day {
	struct walk *walk;
	int64_t start_ms;
};

static void walk_release(struct walk *walk)
{
	call_walk_end_cb *end = walk->end;
	void *user = walk->user;
	bool ok = !walk->failed;

	if (--walk->holds > 0)
		return;
	talloc_free(walk); /* first: what it hangs below may go in `end` */
	end(user, ok);
}

static void on_day(void *user, const redisReply *reply)
{
	struct walk_day *day = user;
	struct walk *walk = day->walk;

	bool run = redis_reply_ok(reply) && reply->type == REDIS_REPLY_STRING;

	if (!redis_reply_ok(reply) || (run && !call_run_sound((size_t)reply->len)))
		walk->failed = true;
	else if (run)
		walk->run(walk->user, (const uint8_t *)reply->str, (size_t)reply->len,
			  day->start_ms);
	walk_release(walk);
}

static int ask_day(struct walk *walk, struct redis_client *redis, const char *key_start,
		   const char *field, int64_t day_ms)
{
	struct walk_day *day = talloc(walk, struct walk_day);
	char date[CALL_DAY_MAX];
	int rc;

	if (!day)
		return -ENOMEM;
	*day = (struct walk_day){ walk, day_ms };
	call_day_format(day_ms, date);
	walk->holds++;
	rc = redis_commandf(redis, on_day, day, "HGET %s%s %s", key_start, date, field);
	if (rc < 0)
		walk->holds--;
	return rc;
}

int call_walk(void *ctx, struct redis_client *redis, const struct call_walk_query *query,
	      call_walk_run_cb *run, call_walk_end_cb *end, void *user)
{
	int64_t day_ms = call_day_start(query->from_ms);
	char key_start[KEY_START_MAX];
	struct number bucket;
	struct walk *walk;
	char field[3];
	int rc = 0;

	if (call_bucket(query->called, &bucket, field) < 0)
		return -EINVAL;
	walk = talloc_zero(ctx, struct walk);
	if (!walk)
		return -ENOMEM;
	*walk = (struct walk){ .holds = 1, .run = run, .end = end, .user = user };
	snprintf(key_start, sizeof(key_start), "%scalls:{%s}:", query->prefix, bucket.text);
	for (int i = 0; rc == 0 && i < WALK_DAYS_MAX && day_ms < query->to_ms; i++) {
		rc = ask_day(walk, redis, key_start, field, day_ms);
		day_ms += DAY_MS;
	}
	if (rc < 0 && walk->holds == 1) {
		talloc_free(walk);
		return rc;
	}
	/* What was asked is answered, if only with NULL; the rest is not known. */
	walk->failed = walk->failed || rc < 0 || day_ms < query->to_ms;
	walk_release(walk);
	return 0;
}
