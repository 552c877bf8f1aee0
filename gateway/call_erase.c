/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/call_erase.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_key.h"
#include "gateway/clock.h"
#include "rules/caller_day.h"

enum { DAY_MS = 86400000, DAYS_AROUND = 2, SCAN_COUNT = 100, KEY_OCTETS = 8 };

/* The fields of a number in a bucket. */
static const char own_script[] = "local gone = 0\n"
				 "for _, field in ipairs(ARGV) do\n"
				 "  gone = gone + redis.call('HSTRLEN', KEYS[1], field) / 14\n"
				 "  redis.call('HDEL', KEYS[1], field)\n"
				 "end\n"
				 "return gone\n";

/* How a number calls. */
static const char manner_script[] =
	"return redis.call('HDEL', KEYS[1], ARGV[1]) + redis.call('DEL', KEYS[2])\n";

/* The records of one other number in all fields of a bucket: it begins each of 14 octets. */
static const char bucket_script[] =
	"local all = redis.call('HGETALL', KEYS[1])\n"
	"local number, gone = ARGV[1], 0\n"
	"for i = 1, #all, 2 do\n"
	"  local run = all[i + 1]\n"
	"  if string.find(run, number, 1, true) then\n"
	"    local kept = {}\n"
	"    for at = 1, #run, 14 do\n"
	"      if string.sub(run, at, at + 7) == number then\n"
	"        gone = gone + 1\n"
	"      else\n"
	"        kept[#kept + 1] = string.sub(run, at, at + 13)\n"
	"      end\n"
	"    end\n"
	"    if #kept == 0 then\n"
	"      redis.call('HDEL', KEYS[1], all[i])\n"
	"    elseif #kept * 14 < #run then\n"
	"      redis.call('HSET', KEYS[1], all[i], table.concat(kept))\n"
	"    end\n"
	"  end\n"
	"end\n"
	"return gone\n";

/* Who was called, in the lists of a bucket's callers: rules/caller_day.h. */
static const char people_script[] =
	"local all = redis.call('HGETALL', KEYS[1])\n"
	"local person, gone = ARGV[1], 0\n"
	"for i = 1, #all, 2 do\n"
	"  local day, kept = all[i + 1], {}\n"
	"  if #day ~= 14 and #day ~= 62 and string.find(day, person, 8, true) then\n"
	"    for at = 8, #day, 4 do\n"
	"      local one = string.sub(day, at, at + 3)\n"
	"      if one ~= person then kept[#kept + 1] = one end\n"
	"    end\n"
	"    if #kept == 0 then\n"
	"      redis.call('HDEL', KEYS[1], all[i])\n"
	"      gone = gone + 1\n"
	"    elseif 7 + #kept * 4 < #day then\n"
	"      redis.call('HSET', KEYS[1], all[i], string.sub(day, 1, 7) .. table.concat(kept))\n"
	"      gone = gone + 1\n"
	"    end\n"
	"  end\n"
	"end\n"
	"return gone\n";

struct erase {
	struct redis_client *redis;
	const char *prefix;
	const struct call_erase_hooks *hooks;
	void *user;
	struct number number;
	struct number bucket; /* "": the number is in none */
	char field[3];
	struct caller_place place;
	uint8_t key[KEY_OCTETS];
	uint8_t person[CALL_PERSON_SIZE];
	int64_t day_ms; /* the next, down to last_day_ms */
	int64_t last_day_ms;
	char cursor[32];
	char **keys; /* of the page of the scan */
	size_t key_count;
	size_t key_next;
	bool scanned; /* the last page is there */
	struct call_erased erased;
};

static void next_day(struct erase *erase);
static void next_bucket(struct erase *erase);

static void finish(struct erase *erase, const char *error)
{
	erase->hooks->end(erase->user, &erase->erased, error);
	talloc_free(erase);
}

/* What was sent is answered, if only with NULL; what could not be sent ends it here. */
static void sent(struct erase *erase, int rc)
{
	if (rc < 0)
		finish(erase, strerror(-rc));
}

/* ---- under its own keys ---- */

static void on_counters(void *user, const redisReply *reply)
{
	struct erase *erase = user;

	if (!redis_reply_ok(reply)) {
		finish(erase, redis_reply_error(reply));
		return;
	}
	erase->erased.counters += (uint64_t)reply->integer;
	erase->day_ms -= DAY_MS;
	next_day(erase);
}

static void ask_counters(struct erase *erase)
{
	char day[CALL_DAY_MAX];

	call_day_format(erase->day_ms, day);
	sent(erase,
	     redis_commandf(erase->redis, on_counters, erase,
			    "EVAL %s 2 %scallers:{%s}:%s %scaller:{%s}%s:%s %s", manner_script,
			    erase->prefix, erase->place.bucket.text, day, erase->prefix,
			    erase->place.bucket.text, erase->place.field, day, erase->place.field));
}

static void on_own(void *user, const redisReply *reply)
{
	struct erase *erase = user;

	if (!redis_reply_ok(reply)) {
		finish(erase, redis_reply_error(reply));
		return;
	}
	erase->erased.to_number += (uint64_t)reply->integer;
	ask_counters(erase);
}

static void next_day(struct erase *erase)
{
	char day[CALL_DAY_MAX];

	if (erase->day_ms < erase->last_day_ms) {
		next_bucket(erase);
		return;
	}
	if (!erase->bucket.text[0]) {
		ask_counters(erase);
		return;
	}
	call_day_format(erase->day_ms, day);
	sent(erase, redis_commandf(erase->redis, on_own, erase, "EVAL %s 1 %scalls:{%s}:%s %s o%s",
				   own_script, erase->prefix, erase->bucket.text, day, erase->field,
				   erase->field));
}

/* ---- with those whom it called ---- */

static void on_bucket(void *user, const redisReply *reply)
{
	struct erase *erase = user;

	if (!redis_reply_ok(reply)) {
		finish(erase, redis_reply_error(reply));
		return;
	}
	erase->erased.by_number += (uint64_t)reply->integer;
	erase->erased.buckets++;
	next_bucket(erase);
}

static void on_people(void *user, const redisReply *reply)
{
	struct erase *erase = user;

	if (!redis_reply_ok(reply)) {
		finish(erase, redis_reply_error(reply));
		return;
	}
	erase->erased.listed += (uint64_t)reply->integer;
	erase->erased.buckets++;
	next_bucket(erase);
}

/* "<prefix>calls:{...", or "<prefix>callers:{...". */
static int ask_bucket(struct erase *erase, const char *key)
{
	if (strncmp(key + strlen(erase->prefix), "callers:", 8) == 0)
		return redis_commandf(erase->redis, on_people, erase, "EVAL %s 1 %s %b",
				      people_script, key, erase->person, sizeof(erase->person));
	return redis_commandf(erase->redis, on_bucket, erase, "EVAL %s 1 %s %b", bucket_script, key,
			      erase->key, sizeof(erase->key));
}

/* What MATCH asked for; anything else Redis made up, and is nobody's bucket. */
static bool is_ours(const struct erase *erase, const redisReply *key)
{
	size_t len = strlen(erase->prefix);

	return key->type == REDIS_REPLY_STRING && strncmp(key->str, erase->prefix, len) == 0 &&
	       strncmp(key->str + len, "call", 4) == 0;
}

static bool take_page(struct erase *erase, const redisReply *reply)
{
	const redisReply *keys;

	if (!redis_reply_ok(reply) || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
	    reply->element[0]->type != REDIS_REPLY_STRING ||
	    reply->element[1]->type != REDIS_REPLY_ARRAY)
		return false;
	snprintf(erase->cursor, sizeof(erase->cursor), "%s", reply->element[0]->str);
	erase->scanned = strcmp(erase->cursor, "0") == 0;
	keys = reply->element[1];
	talloc_free(erase->keys);
	erase->key_count = 0;
	erase->key_next = 0;
	erase->keys = talloc_zero_array(erase, char *, keys->elements + 1);
	for (size_t i = 0; erase->keys && i < keys->elements; i++) {
		if (!is_ours(erase, keys->element[i]))
			return false;
		erase->keys[i] = talloc_strdup(erase->keys, keys->element[i]->str);
		if (!erase->keys[i])
			return false;
		erase->key_count++;
	}
	return erase->keys != NULL;
}

static void on_page(void *user, const redisReply *reply)
{
	struct erase *erase = user;

	if (!take_page(erase, reply)) {
		finish(erase, redis_reply_ok(reply) ? "SCAN found what was not asked for"
						    : redis_reply_error(reply));
		return;
	}
	erase->hooks->progress(erase->user, &erase->erased);
	next_bucket(erase);
}

static void next_bucket(struct erase *erase)
{
	if (erase->key_next < erase->key_count)
		sent(erase, ask_bucket(erase, erase->keys[erase->key_next++]));
	else if (erase->scanned)
		finish(erase, NULL);
	else
		sent(erase, redis_commandf(erase->redis, on_page, erase,
					   "SCAN %s MATCH %scall*s:{* COUNT %d", erase->cursor,
					   erase->prefix, SCAN_COUNT));
}

/* ---- begin ---- */

/* The octets by which the number stands in the records of others. */
static int make_key(const struct number *number, uint8_t out[KEY_OCTETS])
{
	const struct call_record record = { .caller = *number };
	uint8_t packed[CALL_PACKED_SIZE];
	int rc = number_form(number->text) == NUMBER_FORM_WITHHELD
			 ? -EINVAL
			 : call_record_pack(&record, packed);

	if (rc == 0)
		memcpy(out, packed, KEY_OCTETS);
	return rc;
}

int call_erase(void *ctx, struct redis_client *redis, const char *prefix, uint32_t retention_days,
	       const struct number *number, const struct call_erase_hooks *hooks, void *user)
{
	struct erase *erase;

	if (!redis_client_connected(redis))
		return -ENOTCONN;
	erase = talloc_zero(ctx, struct erase);
	if (!erase)
		return -ENOMEM;
	erase->redis = redis;
	erase->prefix = talloc_strdup(erase, prefix);
	erase->hooks = hooks;
	erase->user = user;
	erase->number = *number;
	snprintf(erase->cursor, sizeof(erase->cursor), "0");
	if (!erase->prefix || make_key(number, erase->key) < 0) {
		int rc = erase->prefix ? -EINVAL : -ENOMEM;

		talloc_free(erase);
		return rc;
	}
	if (call_bucket(number->text, &erase->bucket, erase->field) < 0)
		erase->bucket.text[0] = '\0';
	call_key_caller(number->text, &erase->place);
	call_person_write(caller_day_person(number->text), erase->person);
	/* Clocks of switches are ahead, and keys live a day longer than their records. */
	erase->day_ms = clock_now_ms() + DAYS_AROUND * (int64_t)DAY_MS;
	erase->last_day_ms =
		clock_now_ms() - ((int64_t)retention_days + DAYS_AROUND) * (int64_t)DAY_MS;
	next_day(erase);
	return 0;
}
