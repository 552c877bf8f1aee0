/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/call_manner.h"

#include <assert.h>
#include <osmocom/core/hashtable.h>
#include <osmocom/core/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_key.h"
#include "rules/caller_day.h"

enum { DAY_MS = 86400000, OPEN_BITS = 8, DAYS_MAX = 90, PEOPLE_MAX = DAYS_MAX * CALLER_DAY_PEOPLE };

struct call_manners {
	struct redis_client *redis;
	const char *prefix;
	/* Those of which no reply has come yet: whoever joins now misses nothing. */
	DECLARE_HASHTABLE(open, OPEN_BITS);
};

/* One day of a number. */
struct manner_day {
	struct inquiry *inquiry;
	int64_t day_ms;
};

struct inquiry {
	struct call_manners *manners;
	struct hlist_node node; /* while it is open */
	bool open;
	struct manner_question question;
	struct llist_head wishes;
	size_t waiting;
	bool failed;
	struct caller_place place;
	struct manner_day days[DAYS_MAX];
	int64_t many[DAYS_MAX]; /* days on which it called many */
	size_t many_count;
	uint32_t people[PEOPLE_MAX]; /* of the other days */
	size_t people_count;
	uint32_t distinct_called;
	uint32_t attempts;
	uint32_t answered;
	uint64_t seconds;
};

/* ---- replies ---- */

static void close_door(struct inquiry *inquiry)
{
	if (inquiry->open)
		hash_del(&inquiry->node);
	inquiry->open = false;
}

static void answer_all(struct inquiry *inquiry)
{
	struct manner_wish *wish;
	struct manner_wish *next;

	close_door(inquiry);
	llist_for_each_entry_safe(wish, next, &inquiry->wishes, list) {
		struct evidence *evidence = wish->evidence;

		evidence->distinct_called = inquiry->distinct_called;
		evidence->attempts = inquiry->attempts;
		evidence->answered = inquiry->answered;
		evidence->seconds = inquiry->seconds;
		llist_del(&wish->list);
		wish->done(wish, !inquiry->failed);
	}
	talloc_free(inquiry);
}

static void take_reply(struct inquiry *inquiry, const redisReply *reply)
{
	close_door(inquiry);
	inquiry->waiting--;
	inquiry->failed = inquiry->failed || !redis_reply_ok(reply);
}

static void on_distinct(void *user, const redisReply *reply)
{
	struct inquiry *inquiry = user;

	take_reply(inquiry, reply);
	if (redis_reply_ok(reply) && reply->type == REDIS_REPLY_INTEGER)
		inquiry->distinct_called = (uint32_t)reply->integer;
	else
		inquiry->failed = true;
	answer_all(inquiry);
}

/* ---- many people: counted in Redis ---- */

static const char *day_key(struct inquiry *inquiry, const char *kind, const char *tail,
			   int64_t day_ms, char key[CALL_KEY_MAX])
{
	size_t stem = call_key_stem(key, inquiry->manners->prefix, kind, inquiry->place.bucket.text,
				    tail);

	call_day_format(day_ms, key + stem);
	return key;
}

/* KEYS: one to work in, and those of the days with many. ARGV: the people of the other days. */
static const char unite_script[] = "redis.call('PFADD', KEYS[1], unpack(ARGV))\n"
				   "local n = redis.call('PFCOUNT', unpack(KEYS))\n"
				   "redis.call('DEL', KEYS[1])\n"
				   "return n\n";

/* What may be asked: PFCOUNT, or the script with its head and its working key. */
enum { UNITE_HEAD = 4, UNITE_ARGS = UNITE_HEAD + DAYS_MAX + PEOPLE_MAX, COUNT_DIGITS = 12 };

struct unite {
	size_t argc;
	const char *argv[UNITE_ARGS];
	size_t len[UNITE_ARGS];
	char keys[1 + DAYS_MAX][CALL_KEY_MAX];
	char key_count[COUNT_DIGITS];
	uint8_t people[PEOPLE_MAX][CALL_PERSON_SIZE];
};

static void put(struct unite *unite, const void *octets, size_t len)
{
	unite->argv[unite->argc] = octets;
	unite->len[unite->argc++] = len;
}

static void put_text(struct unite *unite, const char *text)
{
	put(unite, text, strlen(text));
}

static void put_script(struct unite *unite, struct inquiry *inquiry)
{
	char *work = unite->keys[DAYS_MAX];
	size_t stem = call_key_stem(work, inquiry->manners->prefix, "caller",
				    inquiry->place.bucket.text, inquiry->place.field);

	strcpy(work + stem, "now");
	snprintf(unite->key_count, COUNT_DIGITS, "%zu", 1 + inquiry->many_count);
	put_text(unite, "EVAL");
	put(unite, unite_script, sizeof(unite_script) - 1);
	put_text(unite, unite->key_count);
	put_text(unite, work);
}

static void ask_many(struct inquiry *inquiry)
{
	struct unite *unite = talloc(inquiry, struct unite);
	int rc;

	if (!unite) {
		inquiry->failed = true;
		answer_all(inquiry);
		return;
	}
	unite->argc = 0;
	if (inquiry->people_count > 0)
		put_script(unite, inquiry);
	else
		put_text(unite, "PFCOUNT");
	for (size_t i = 0; i < inquiry->many_count; i++)
		put_text(unite, day_key(inquiry, "caller", inquiry->place.field, inquiry->many[i],
					unite->keys[i]));
	for (size_t i = 0; i < inquiry->people_count; i++) {
		call_person_write(inquiry->people[i], unite->people[i]);
		put(unite, unite->people[i], CALL_PERSON_SIZE);
	}
	rc = redis_command(inquiry->manners->redis, on_distinct, inquiry, (int)unite->argc,
			   unite->argv, unite->len);
	talloc_free(unite);
	if (rc < 0) {
		inquiry->failed = true;
		answer_all(inquiry);
	}
}

/* ---- a day ---- */

static void days_taken(struct inquiry *inquiry)
{
	if (inquiry->waiting > 0)
		return;
	inquiry->people_count = caller_day_unite(inquiry->people, inquiry->people_count);
	inquiry->distinct_called = (uint32_t)inquiry->people_count;
	if (inquiry->many_count > 0 && !inquiry->failed)
		ask_many(inquiry);
	else
		answer_all(inquiry);
}

static void take_day(struct manner_day *day, const redisReply *reply)
{
	struct inquiry *inquiry = day->inquiry;
	struct caller_day calls;

	if (reply->type == REDIS_REPLY_NIL)
		return;
	if (reply->type != REDIS_REPLY_STRING ||
	    caller_day_read((const uint8_t *)reply->str, (size_t)reply->len, &calls) < 0) {
		inquiry->failed = true;
		return;
	}
	inquiry->attempts += calls.attempts;
	inquiry->answered += calls.answered;
	inquiry->seconds += calls.seconds;
	if (calls.many)
		inquiry->many[inquiry->many_count++] = day->day_ms;
	memcpy(inquiry->people + inquiry->people_count, calls.people,
	       calls.count * sizeof(*calls.people));
	inquiry->people_count += calls.count;
}

static void on_day(void *user, const redisReply *reply)
{
	struct manner_day *day = user;

	take_reply(day->inquiry, reply);
	if (redis_reply_ok(reply))
		take_day(day, reply);
	days_taken(day->inquiry);
}

/* ---- asking ---- */

static void ask_day(struct manner_day *day)
{
	struct inquiry *inquiry = day->inquiry;
	char key[CALL_KEY_MAX];
	const char *const argv[] = { "HGET", day_key(inquiry, "callers", "", day->day_ms, key),
				     inquiry->place.field };

	if (redis_command(inquiry->manners->redis, on_day, day, 3, argv, NULL) < 0)
		inquiry->failed = true;
	else
		inquiry->waiting++;
}

static void ask_days(struct inquiry *inquiry)
{
	const struct manner_question *question = &inquiry->question;
	int64_t day_ms = call_day_start(question->to_ms);

	call_key_caller(question->caller.text, &inquiry->place);
	for (size_t i = 0; i < question->days && i < DAYS_MAX; i++, day_ms -= DAY_MS) {
		inquiry->days[i] = (struct manner_day){ inquiry, day_ms };
		ask_day(&inquiry->days[i]);
	}
}

static bool same_question(const struct manner_question *a, const struct manner_question *b)
{
	return strcmp(a->caller.text, b->caller.text) == 0 && a->days == b->days &&
	       call_day_start(a->to_ms) == call_day_start(b->to_ms);
}

static struct inquiry *find_open(struct call_manners *manners,
				 const struct manner_question *question)
{
	struct inquiry *inquiry;

	hash_for_each_possible(manners->open, inquiry, node,
			       caller_day_person(question->caller.text))
	{
		if (same_question(&inquiry->question, question))
			return inquiry;
	}
	return NULL;
}

static struct inquiry *begin(struct call_manners *manners, const struct manner_question *question)
{
	struct inquiry *inquiry = talloc_zero(manners, struct inquiry);

	if (!inquiry)
		return NULL;
	inquiry->manners = manners;
	inquiry->question = *question;
	INIT_LLIST_HEAD(&inquiry->wishes);
	inquiry->open = true;
	hash_add(manners->open, &inquiry->node, caller_day_person(question->caller.text));
	ask_days(inquiry);
	return inquiry;
}

void call_manner_ask(struct call_manners *manners, const struct manner_question *question,
		     struct manner_wish *wish)
{
	struct inquiry *inquiry = find_open(manners, question);

	if (!inquiry)
		inquiry = begin(manners, question);
	if (!inquiry) {
		wish->done(wish, false);
		return;
	}
	llist_add_tail(&wish->list, &inquiry->wishes);
	if (inquiry->waiting == 0)
		answer_all(inquiry);
}

struct call_manners *call_manners_create(void *ctx, struct redis_client *redis, const char *prefix)
{
	struct call_manners *manners = talloc_zero(ctx, struct call_manners);

	if (!manners)
		return NULL;
	manners->redis = redis;
	manners->prefix = prefix;
	hash_init(manners->open);
	return manners;
}
