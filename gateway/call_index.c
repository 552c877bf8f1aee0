/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/call_index.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/log.h"
#include "rules/call_near.h"

enum { DAY_MS = 86400000, KEY_MAX = 128, SHA_MAX = 41, QUERY_DAYS_MAX = 40, RUN_MAX = 2000 };

/* Adds a packed record to its run unless the same call is there: the same caller (8 octets) within
 * a second (the low 17 bits of the next 3). A fuller record of the same call (longer talk, in the
 * last 3 octets) takes the place of the poorer one, but for its second: that is part of the key
 * under which the call is rewarded once. A run has a bound, so that a number that
 * everybody calls costs no more than that. */
static const char add_script[] =
	"local run = redis.call('HGET', KEYS[1], ARGV[1]) or ''\n"
	"local new = ARGV[2]\n"
	"local function second(r, i)\n"
	"  local a, b, c = string.byte(r, i + 8, i + 10)\n"
	"  return (a % 2) * 65536 + b * 256 + c\n"
	"end\n"
	"local at = second(new, 1)\n"
	"for i = 1, #run, 14 do\n"
	"  if string.sub(run, i, i + 7) == string.sub(new, 1, 8) then\n"
	"    local apart = second(run, i) - at\n"
	"    if apart >= -1 and apart <= 1 then\n"
	"      if string.sub(new, 12, 14) > string.sub(run, i + 11, i + 13) then\n"
	"        local old, head = string.byte(run, i + 8), string.byte(new, 9)\n"
	"        local fuller = string.sub(new, 1, 8) ..\n"
	"          string.char(head - head % 2 + old % 2) ..\n"
	"          string.sub(run, i + 9, i + 10) .. string.sub(new, 12, 14)\n"
	"        run = string.sub(run, 1, i - 1) .. fuller .. string.sub(run, i + 14)\n"
	"        redis.call('HSET', KEYS[1], ARGV[1], run)\n"
	"      end\n"
	"      return 0\n"
	"    end\n"
	"  end\n"
	"end\n"
	"if #run >= 14 * tonumber(ARGV[4]) then return 0 end\n"
	"redis.call('HSET', KEYS[1], ARGV[1], run .. new)\n"
	"redis.call('PEXPIREAT', KEYS[1], ARGV[3])\n"
	"return 1\n";

/* KEYS: HyperLogLog, counters. ARGV: called, new (1 or 0), answered, seconds, expiry. */
static const char caller_script[] = "redis.call('PFADD', KEYS[1], ARGV[1])\n"
				    "redis.call('PEXPIREAT', KEYS[1], ARGV[5])\n"
				    "if ARGV[2] == '1' then\n"
				    "  redis.call('HINCRBY', KEYS[2], 'a', 1)\n"
				    "  redis.call('HINCRBY', KEYS[2], 'n', ARGV[3])\n"
				    "  redis.call('HINCRBY', KEYS[2], 's', ARGV[4])\n"
				    "  redis.call('PEXPIREAT', KEYS[2], ARGV[5])\n"
				    "end\n"
				    "return 1\n";

enum script { SCRIPT_ADD, SCRIPT_CALLER, SCRIPT_COUNT };

static const char *const script_text[SCRIPT_COUNT] = {
	[SCRIPT_ADD] = add_script,
	[SCRIPT_CALLER] = caller_script,
};

struct call_index {
	struct redis_client *redis;
	const char *prefix;
	uint32_t retention_days;
	char sha[SCRIPT_COUNT][SHA_MAX];
};

struct script_load {
	struct call_index *index;
	enum script script;
};

struct call_index *call_index_create(void *ctx, struct redis_client *redis, const char *prefix,
				     uint32_t retention_days)
{
	struct call_index *index = talloc_zero(ctx, struct call_index);

	if (!index)
		return NULL;
	index->redis = redis;
	index->prefix = talloc_strdup(index, prefix);
	index->retention_days = retention_days;
	if (!index->prefix) {
		talloc_free(index);
		return NULL;
	}
	return index;
}

static void on_loaded(void *user, const redisReply *reply)
{
	struct script_load *load = user;

	if (redis_reply_ok(reply) && reply->type == REDIS_REPLY_STRING && reply->len < SHA_MAX)
		memcpy(load->index->sha[load->script], reply->str, (size_t)reply->len + 1);
	else if (reply)
		LOGP(LOG_REDIS, LOGL_ERROR, "script not taken: %s\n", redis_reply_error(reply));
	talloc_free(load);
}

static void load_script(struct call_index *index, enum script script)
{
	struct script_load *load = talloc(index, struct script_load);

	if (!load)
		return;
	*load = (struct script_load){ index, script };
	if (redis_commandf(index->redis, on_loaded, load, "SCRIPT LOAD %s", script_text[script]) <
	    0)
		talloc_free(load);
}

void call_index_connected(struct call_index *index)
{
	for (int i = 0; i < SCRIPT_COUNT; i++)
		load_script(index, (enum script)i);
}

/* Redis has forgotten the scripts (SCRIPT FLUSH): teach it again; the record is tried again. */
static void check_scripts(struct call_index *index, const redisReply *reply)
{
	if (reply && reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "NOSCRIPT", 8) == 0)
		call_index_connected(index);
}

/* ---- adding ---- */

struct addition {
	struct call_index *index;
	struct call_record record;
	bool is_new;
	call_index_added_cb *cb;
	void *user;
};

static void addition_end(struct addition *addition, int rc)
{
	addition->cb(addition->user, rc);
	talloc_free(addition);
}

static void on_caller_added(void *user, const redisReply *reply)
{
	struct addition *addition = user;

	check_scripts(addition->index, reply);
	addition_end(addition, redis_reply_ok(reply) ? addition->is_new : -EIO);
}

static int64_t expiry_ms(const struct call_index *index, int64_t start_ms)
{
	return call_day_start(start_ms) + (int64_t)(index->retention_days + 1) * DAY_MS;
}

static int add_caller(struct addition *addition)
{
	struct call_index *index = addition->index;
	const struct call_record *record = &addition->record;
	char day[CALL_DAY_MAX];

	call_day_format(record->start_ms, day);
	return redis_commandf(index->redis, on_caller_added, addition,
			      "EVALSHA %s 2 %scaller:{%s}:%s %scaller:{%s}:%s:n %s %d %d %u %lld",
			      index->sha[SCRIPT_CALLER], index->prefix, record->caller.text, day,
			      index->prefix, record->caller.text, day, record->called.text,
			      addition->is_new, record->answered, record->duration_s,
			      (long long)expiry_ms(index, record->start_ms));
}

static void on_added(void *user, const redisReply *reply)
{
	struct addition *addition = user;

	check_scripts(addition->index, reply);
	if (!redis_reply_ok(reply) || reply->type != REDIS_REPLY_INTEGER) {
		addition_end(addition, -EIO);
		return;
	}
	addition->is_new = reply->integer == 1;
	if (number_classify(addition->record.caller.text) == NUMBER_WITHHELD)
		addition_end(addition, addition->is_new);
	else if (add_caller(addition) < 0)
		addition_end(addition, -EIO);
}

/* Numbers that can be a subscriber's; calls to a service number prove nothing to anybody. */
static bool is_subscriber(const struct number *number)
{
	enum number_class class = number_classify(number->text);

	return class == NUMBER_MOBILE || class == NUMBER_FIXED;
}

static int add_to_run(struct addition *addition, const struct number *bucket, const char field[3],
		      const uint8_t packed[CALL_PACKED_SIZE])
{
	struct call_index *index = addition->index;
	char day[CALL_DAY_MAX];

	call_day_format(addition->record.start_ms, day);
	return redis_commandf(index->redis, on_added, addition,
			      "EVALSHA %s 1 %scalls:{%s}:%s %s %b %lld %d", index->sha[SCRIPT_ADD],
			      index->prefix, bucket->text, day, field, packed,
			      (size_t)CALL_PACKED_SIZE,
			      (long long)expiry_ms(index, addition->record.start_ms), RUN_MAX);
}

int call_index_add(struct call_index *index, const struct call_record *record,
		   call_index_added_cb *cb, void *user)
{
	uint8_t packed[CALL_PACKED_SIZE];
	struct number bucket;
	struct addition *addition;
	char field[3];
	int rc;

	if (!is_subscriber(&record->called) ||
	    call_bucket(record->called.text, &bucket, field) < 0 ||
	    call_record_pack(record, packed) < 0) {
		cb(user, 0);
		return 0;
	}
	if (!index->sha[SCRIPT_ADD][0] || !index->sha[SCRIPT_CALLER][0])
		return -ENOTCONN;
	addition = talloc(index, struct addition);
	if (!addition)
		return -ENOMEM;
	*addition = (struct addition){ .index = index, .record = *record, .cb = cb, .user = user };
	rc = add_to_run(addition, &bucket, field, packed);
	if (rc < 0)
		talloc_free(addition);
	return rc;
}

/* ---- finding ---- */

struct lookup {
	struct call_query query;
	struct evidence evidence;
	call_index_found_cb *cb;
	void *user;
	size_t waiting;
	bool failed;
	bool sending; /* replies cannot end it while commands are still being sent */
};

/* One look-up of one day. */
struct lookup_day {
	struct lookup *lookup;
	int64_t start_ms;
};

static void lookup_end(struct lookup *lookup)
{
	if (lookup->waiting > 0 || lookup->sending)
		return;
	if (lookup->failed)
		lookup->evidence.call = EVIDENCE_CALL_UNKNOWN;
	else if (lookup->evidence.calls_in_window > 0)
		lookup->evidence.call = EVIDENCE_CALL_FOUND;
	else
		lookup->evidence.call = EVIDENCE_CALL_NONE;
	lookup->cb(lookup->user, &lookup->evidence);
	talloc_free(lookup);
}

static void lookup_reply(struct lookup *lookup, const redisReply *reply)
{
	lookup->waiting--;
	lookup->failed = lookup->failed || !redis_reply_ok(reply);
}

static void on_calls(void *user, const redisReply *reply)
{
	struct lookup_day *day = user;
	struct lookup *lookup = day->lookup;
	struct evidence *evidence = &lookup->evidence;
	const struct call_query *query = &lookup->query;

	lookup_reply(lookup, reply);
	if (redis_reply_ok(reply) && reply->type == REDIS_REPLY_STRING) {
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
	lookup_end(lookup);
}

static void on_calls_back(void *user, const redisReply *reply)
{
	struct lookup_day *day = user;
	struct lookup *lookup = day->lookup;

	lookup_reply(lookup, reply);
	if (redis_reply_ok(reply) && reply->type == REDIS_REPLY_STRING) {
		struct call_run_query want = { &lookup->query.subscriber, INT64_MIN, INT64_MAX };

		if (call_run_search((const uint8_t *)reply->str, (size_t)reply->len, day->start_ms,
				    &want)
			    .found > 0)
			lookup->evidence.called_back = true;
	}
	lookup_end(lookup);
}

static void on_distinct(void *user, const redisReply *reply)
{
	struct lookup *lookup = user;

	lookup_reply(lookup, reply);
	if (redis_reply_ok(reply) && reply->type == REDIS_REPLY_INTEGER)
		lookup->evidence.distinct_called = (uint32_t)reply->integer;
	lookup_end(lookup);
}

static long long element_int(const redisReply *reply, size_t i)
{
	const redisReply *element = i < reply->elements ? reply->element[i] : NULL;

	if (!element || element->type != REDIS_REPLY_STRING)
		return 0;
	return strtoll(element->str, NULL, 10);
}

static void on_counters(void *user, const redisReply *reply)
{
	struct lookup *lookup = user;

	lookup_reply(lookup, reply);
	if (redis_reply_ok(reply) && reply->type == REDIS_REPLY_ARRAY) {
		lookup->evidence.attempts += (uint32_t)element_int(reply, 0);
		lookup->evidence.answered += (uint32_t)element_int(reply, 1);
		lookup->evidence.seconds += (uint64_t)element_int(reply, 2);
	}
	lookup_end(lookup);
}

static void sent(struct lookup *lookup, int rc)
{
	if (rc < 0)
		lookup->failed = true;
	else
		lookup->waiting++;
}

/* Calls from one to the other on one day. */
static void ask_calls(struct call_index *index, struct lookup *lookup, int64_t day_ms,
		      const char *called, redis_reply_cb *cb)
{
	struct lookup_day *day;
	struct number bucket;
	char date[CALL_DAY_MAX];
	char field[3];

	if (call_bucket(called, &bucket, field) < 0)
		return;
	day = talloc(lookup, struct lookup_day);
	if (!day) {
		lookup->failed = true;
		return;
	}
	*day = (struct lookup_day){ lookup, day_ms };
	call_day_format(day_ms, date);
	sent(lookup, redis_commandf(index->redis, cb, day, "HGET %scalls:{%s}:%s %s", index->prefix,
				    bucket.text, date, field));
}

static void ask_fanout(struct call_index *index, struct lookup *lookup)
{
	const char *caller = lookup->query.caller.text;
	const char *argv[1 + QUERY_DAYS_MAX] = { "PFCOUNT" };
	char keys[QUERY_DAYS_MAX][KEY_MAX];
	int64_t day_ms = call_day_start(lookup->query.fanout_to_ms);
	char date[CALL_DAY_MAX];
	int argc = 1;

	for (uint32_t i = 0; i < lookup->query.fanout_days && argc <= QUERY_DAYS_MAX; i++) {
		call_day_format(day_ms, date);
		snprintf(keys[argc - 1], KEY_MAX, "%scaller:{%s}:%s", index->prefix, caller, date);
		argv[argc] = keys[argc - 1];
		sent(lookup, redis_commandf(index->redis, on_counters, lookup, "HMGET %s:n a n s",
					    argv[argc]));
		argc++;
		day_ms -= DAY_MS;
	}
	if (argc > 1)
		sent(lookup, redis_command(index->redis, on_distinct, lookup, argc, argv, NULL));
}

static void ask_all(struct call_index *index, struct lookup *lookup)
{
	const struct call_query *query = &lookup->query;
	bool callable = is_subscriber(&query->caller);
	int64_t day_ms = call_day_start(query->from_ms);

	for (int i = 0; i < QUERY_DAYS_MAX && day_ms < query->to_ms; i++, day_ms += DAY_MS) {
		ask_calls(index, lookup, day_ms, query->subscriber.text, on_calls);
		if (callable)
			ask_calls(index, lookup, day_ms, query->caller.text, on_calls_back);
	}
	/* Days that were not asked for are not known. */
	lookup->failed = lookup->failed || day_ms < query->to_ms;
	ask_fanout(index, lookup);
}

int call_index_find(struct call_index *index, const struct call_query *query,
		    call_index_found_cb *cb, void *user)
{
	struct lookup *lookup;

	if (!redis_client_connected(index->redis))
		return -ENOTCONN;
	/* A pool: one allocation for the look-up and all of its days. */
	lookup = talloc_pooled_object(index, struct lookup, 2 * QUERY_DAYS_MAX, 4096);
	if (!lookup)
		return -ENOMEM;
	*lookup = (struct lookup){ .query = *query, .cb = cb, .user = user, .sending = true };
	ask_all(index, lookup);
	lookup->sending = false;
	lookup_end(lookup);
	return 0;
}
