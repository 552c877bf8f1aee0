/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/call_manner.h"

#include <assert.h>
#include <osmocom/core/hashtable.h>
#include <osmocom/core/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "rules/call_record.h"

enum { DAY_MS = 86400000, OPEN_BITS = 8, DAYS_MAX = 40 };

struct call_manners {
	struct redis_client *redis;
	const char *prefix;
	/* Those of which no reply has come yet: whoever joins now misses nothing. */
	DECLARE_HASHTABLE(open, OPEN_BITS);
};

struct inquiry {
	struct call_manners *manners;
	struct hlist_node node; /* while it is open */
	bool open;
	struct manner_question question;
	struct llist_head wishes;
	size_t waiting;
	bool failed;
	uint32_t distinct_called;
	uint32_t attempts;
	uint32_t answered;
	uint64_t seconds;
};

size_t call_key_stem(char key[CALL_KEY_MAX], const char *prefix, const char *kind,
		     const char *number)
{
	int len = snprintf(key, CALL_KEY_MAX, "%s%s:{%s}:", prefix, kind, number);

	static_assert(CALL_KEY_MAX >
			      32 + sizeof("caller:{}:") + NUMBER_MAX + CALL_DAY_MAX + sizeof(":n"),
		      "config_check.c allows a prefix of 32 octets");
	return (size_t)len;
}

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

static void reply_taken(struct inquiry *inquiry)
{
	if (inquiry->waiting == 0)
		answer_all(inquiry);
}

static void on_distinct(void *user, const redisReply *reply)
{
	struct inquiry *inquiry = user;

	take_reply(inquiry, reply);
	if (redis_reply_ok(reply) && reply->type == REDIS_REPLY_INTEGER)
		inquiry->distinct_called = (uint32_t)reply->integer;
	reply_taken(inquiry);
}

/* A counter that was never counted is nil. */
static bool element_int(const redisReply *reply, size_t i, long long *out)
{
	const redisReply *element = reply->element[i];
	char *end = NULL;

	*out = 0;
	if (element->type == REDIS_REPLY_NIL)
		return true;
	if (element->type != REDIS_REPLY_STRING || element->len == 0)
		return false;
	*out = strtoll(element->str, &end, 10);
	return end == element->str + element->len && *out >= 0;
}

static void on_counters(void *user, const redisReply *reply)
{
	struct inquiry *inquiry = user;

	long long attempts, answered, seconds;

	take_reply(inquiry, reply);
	if (redis_reply_ok(reply) && reply->elements == 3 && element_int(reply, 0, &attempts) &&
	    element_int(reply, 1, &answered) && element_int(reply, 2, &seconds)) {
		inquiry->attempts += (uint32_t)attempts;
		inquiry->answered += (uint32_t)answered;
		inquiry->seconds += (uint64_t)seconds;
	} else {
		inquiry->failed = true;
	}
	reply_taken(inquiry);
}

/* ---- asking ---- */

static void ask(struct inquiry *inquiry, redis_reply_cb *cb, size_t argc, const char *const *argv)
{
	if (redis_command(inquiry->manners->redis, cb, inquiry, (int)argc, argv, NULL) < 0)
		inquiry->failed = true;
	else
		inquiry->waiting++;
}

static void ask_counters(struct inquiry *inquiry, const char *key)
{
	char name[CALL_KEY_MAX + 2];
	const char *const argv[] = { "HMGET", name, "a", "n", "s" };

	snprintf(name, sizeof(name), "%s:n", key);
	ask(inquiry, on_counters, 5, argv);
}

static void ask_fanout(struct inquiry *inquiry)
{
	const struct manner_question *question = &inquiry->question;
	const char *argv[1 + DAYS_MAX] = { "PFCOUNT" };
	char keys[DAYS_MAX][CALL_KEY_MAX];
	int64_t day_ms = call_day_start(question->to_ms);
	size_t count = 0;

	for (; count < question->days && count < DAYS_MAX; count++) {
		char *key = keys[count];
		size_t stem = call_key_stem(key, inquiry->manners->prefix, "caller",
					    question->caller.text);

		call_day_format(day_ms, key + stem);
		ask_counters(inquiry, key);
		argv[1 + count] = key;
		day_ms -= DAY_MS;
	}
	if (count > 0)
		ask(inquiry, on_distinct, 1 + count, argv);
}

static uint64_t key_of(const char *number)
{
	uint64_t key = 14695981039346656037u;

	for (; *number; number++)
		key = (key ^ (unsigned char)*number) * 1099511628211u;
	return key;
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

	hash_for_each_possible(manners->open, inquiry, node, key_of(question->caller.text))
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
	hash_add(manners->open, &inquiry->node, key_of(question->caller.text));
	ask_fanout(inquiry);
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
