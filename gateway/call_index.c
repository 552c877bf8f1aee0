/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/call_index.h"

#include <errno.h>
#include <stdio.h>
#include <osmocom/core/utils.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_manner.h"
#include "gateway/log.h"
#include "rules/call_near.h"

enum { DAY_MS = 86400000, SHA_MAX = 41, RUN_MAX = 2000 };

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
	struct call_manners *manners;
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
	index->manners = call_manners_create(index, redis, index->prefix);
	if (!index->prefix || !index->manners) {
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
	if (number_form(addition->record.caller.text) == NUMBER_FORM_WITHHELD)
		addition_end(addition, addition->is_new);
	else if (add_caller(addition) < 0)
		addition_end(addition, -EIO);
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

	if (!call_is_subscriber(&record->called) ||
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

/* Plain commands, made by hand. A script for a week is one command instead of eight, and costs more
 * in Redis (2.3 us the eight, 4.5 us the script) than it saves here.
 *
 * Two questions, one after the other: was there a call; then, only where the answer counts, how the
 * number calls others and whether the subscriber calls it as well (call_manner.h). */

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
	struct lookup_day days[CALL_DAYS_MAX];
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

/* All calls to the subscriber in the days of the look-up. */
static void ask_calls(struct lookup *lookup)
{
	char key[CALL_KEY_MAX];
	char field[3];
	const char *const argv[] = { "HGET", key, field };
	struct number bucket;
	size_t stem;

	if (call_bucket(lookup->query.subscriber.text, &bucket, field) < 0)
		return;
	stem = call_key_stem(key, lookup->index->prefix, "calls", bucket.text);
	const size_t len[] = { 4, stem + CALL_DAY_MAX - 1, 2 };
	for (size_t i = 0; i < lookup->day_count; i++) {
		memcpy(key + stem, lookup->days[i].date, CALL_DAY_MAX);
		ask(lookup, on_calls, &lookup->days[i], 3, argv, len);
	}
}

static void on_rest(struct manner_wish *wish, bool ok)
{
	struct lookup *lookup = container_of(wish, struct lookup, wish);

	lookup->waiting--;
	lookup->failed = lookup->failed || !ok;
	lookup_next(lookup);
}

static void ask_rest(struct lookup *lookup)
{
	struct manner_question question = { .caller = lookup->query.caller,
					    .fanout_days = lookup->query.fanout_days,
					    .fanout_to_ms = lookup->query.fanout_to_ms };

	question.days.count = lookup->day_count;
	for (size_t i = 0; i < lookup->day_count; i++)
		question.days.start_ms[i] = lookup->days[i].start_ms;
	lookup->wish.subscriber = lookup->query.subscriber;
	lookup->wish.evidence = &lookup->evidence;
	lookup->wish.done = on_rest;
	lookup->rest_asked = true;
	lookup->sending = true;
	lookup->waiting++;
	call_manner_ask(lookup->index->manners, &question, &lookup->wish);
	lookup->sending = false;
}

static void set_days(struct lookup *lookup)
{
	int64_t day_ms = call_day_start(lookup->query.from_ms);

	for (; lookup->day_count < CALL_DAYS_MAX && day_ms < lookup->query.to_ms;
	     day_ms += DAY_MS) {
		struct lookup_day *day = &lookup->days[lookup->day_count++];

		day->lookup = lookup;
		day->start_ms = day_ms;
		call_day_format(day_ms, day->date);
	}
	/* Days that were not asked for are not known. */
	lookup->failed = day_ms < lookup->query.to_ms;
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
	set_days(lookup);
	ask_calls(lookup);
	lookup->sending = false;
	lookup_next(lookup);
	return 0;
}
