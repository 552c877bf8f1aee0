/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/call_index.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_manner.h"
#include "gateway/log.h"
#include "rules/call_near.h"

enum { CALL_FIELD_NAME_MAX = 4 };
enum { DAY_MS = 86400000, SHA_MAX = 41, QUERY_DAYS_MAX = 40, RUN_MAX = 2000 };

/* Adds a packed record to its run unless the same call is there: the same caller (8 octets) within
 * a second (the low 17 bits of the next 3). A fuller record of the same call (longer talk, in the
 * low 20 bits of the last 3 octets) takes the place of the poorer one, but for its second: that is
 * part of the key under which the call is rewarded once. The facts in the 4 bits before the talk
 * are those of both. A run has a bound, so that a number that
 * everybody calls costs no more than that. */
static const char add_script[] =
	"local run = redis.call('HGET', KEYS[1], ARGV[1]) or ''\n"
	"local new = ARGV[2]\n"
	"local function second(r, i)\n"
	"  local a, b, c = string.byte(r, i + 8, i + 10)\n"
	"  return (a % 2) * 65536 + b * 256 + c\n"
	"end\n"
	"local function talk(r, i)\n"
	"  local a, b, c = string.byte(r, i + 11, i + 13)\n"
	"  return (a % 16) * 65536 + b * 256 + c\n"
	"end\n"
	"local at = second(new, 1)\n"
	"for i = 1, #run, 14 do\n"
	"  if string.sub(run, i, i + 7) == string.sub(new, 1, 8) then\n"
	"    local apart = second(run, i) - at\n"
	"    if apart >= -1 and apart <= 1 then\n"
	"      local old, head = string.byte(run, i + 8), string.byte(new, 9)\n"
	"      local facts, more = string.byte(run, i + 11), string.byte(new, 12)\n"
	"      local best, tail = head, new\n"
	"      if talk(new, 1) <= talk(run, i) then best, tail = old, string.sub(run, i) end\n"
	"      local both = bit.bor(facts - facts % 16, more - more % 16)\n"
	"      local fuller = string.sub(new, 1, 8) ..\n"
	"        string.char(best - best % 2 + old % 2) .. string.sub(run, i + 9, i + 10) ..\n"
	"        string.char(both + string.byte(tail, 12) % 16) .. string.sub(tail, 13, 14)\n"
	"      if fuller ~= string.sub(run, i, i + 13) then\n"
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
	bool outgoing; /* filed with its caller */
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
	if (addition->outgoing || number_form(addition->record.caller.text) == NUMBER_FORM_WITHHELD)
		addition_end(addition, addition->is_new);
	else if (add_caller(addition) < 0)
		addition_end(addition, -EIO);
}

/* Numbers that can be a subscriber's. */
static bool is_subscriber(const struct number *number)
{
	enum number_form form = number_form(number->text);

	return form == NUMBER_FORM_MOBILE || form == NUMBER_FORM_FIXED;
}

/* Where a record is kept, and as what. */
struct filing {
	struct number bucket;
	char field[CALL_FIELD_NAME_MAX];
	uint8_t packed[CALL_PACKED_SIZE];
	bool outgoing;
};

/* Calls to a service number or abroad prove nothing to whom they reach, but that their caller is
 * acquainted with it: they are filed with the caller, the other number in the caller's place. */
static int file_record(const struct call_record *record, struct filing *out)
{
	struct call_record filed = *record;
	char field[3];

	out->outgoing = !is_subscriber(&record->called);
	if (out->outgoing && !is_subscriber(&record->caller))
		return -EINVAL;
	if (out->outgoing)
		filed.caller = record->called;
	if (call_bucket(out->outgoing ? record->caller.text : record->called.text, &out->bucket,
			field) < 0)
		return -EINVAL;
	snprintf(out->field, sizeof(out->field), "%s%s", out->outgoing ? "o" : "", field);
	return call_record_pack(&filed, out->packed);
}

static int add_to_run(struct addition *addition, const struct filing *filing)
{
	struct call_index *index = addition->index;
	char day[CALL_DAY_MAX];

	call_day_format(addition->record.start_ms, day);
	return redis_commandf(index->redis, on_added, addition,
			      "EVALSHA %s 1 %scalls:{%s}:%s %s %b %lld %d", index->sha[SCRIPT_ADD],
			      index->prefix, filing->bucket.text, day, filing->field,
			      filing->packed, (size_t)CALL_PACKED_SIZE,
			      (long long)expiry_ms(index, addition->record.start_ms), RUN_MAX);
}

int call_index_add(struct call_index *index, const struct call_record *record,
		   call_index_added_cb *cb, void *user)
{
	struct addition *addition;
	struct filing filing;
	int rc;

	if (file_record(record, &filing) < 0) {
		cb(user, 0);
		return 0;
	}
	if (!index->sha[SCRIPT_ADD][0] || !index->sha[SCRIPT_CALLER][0])
		return -ENOTCONN;
	addition = talloc(index, struct addition);
	if (!addition)
		return -ENOMEM;
	*addition = (struct addition){ .index = index,
				       .record = *record,
				       .outgoing = filing.outgoing,
				       .cb = cb,
				       .user = user };
	rc = add_to_run(addition, &filing);
	if (rc < 0)
		talloc_free(addition);
	return rc;
}

/* ---- finding ---- */

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
	stem = call_key_stem(key, lookup->index->prefix, "calls", bucket.text);
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

	lookup->outgoing = !is_subscriber(&query->caller);
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
