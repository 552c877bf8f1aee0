/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_record.c - the 14 octets that the call index keeps of a call record.
 *
 * Packed, most significant bit first:
 *   8 octets  the caller as number_pack gives it; 0 for withheld
 *   4 bits    form of the record, now 1
 *   1 bit     answered
 *   2 bits    enum call_entry
 *   17 bits   second of the day in +08:00
 *   3 bits    0
 *   1 bit     the network asserted another number than the caller
 *   20 bits   seconds of talk, at most DURATION_MAX_S
 */
#include "rules/call_record.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "rules/calendar.h"

enum {
	DURATION_BITS = 20,
	DURATION_MAX_S = CALL_DURATION_MAX_S,
	SECOND_BITS = 17,
	PACKED_FORM = 1,
	PACKED_DIGITS = 15,
	SAME_CALL_MS = 1000,
	BUCKET_DIGITS_MIN = 5,
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const entry_names[] = {
	[CALL_ENTRY_UNKNOWN] = "unknown",
	[CALL_ENTRY_OWN] = "own",
	[CALL_ENTRY_NATIONAL] = "national",
	[CALL_ENTRY_INTERNATIONAL] = "international",
};
static_assert(COUNT_OF(entry_names) == CALL_ENTRY_COUNT, "a name for each entry");

const char *call_entry_name(enum call_entry entry)
{
	return entry < CALL_ENTRY_COUNT ? entry_names[entry] : "unknown";
}

int call_bucket(const char *called, struct number *bucket, char field[3])
{
	enum number_form form = number_form(called);
	size_t len = strnlen(called, NUMBER_MAX);

	if (form == NUMBER_FORM_NONE || form == NUMBER_FORM_ALPHA || form == NUMBER_FORM_WITHHELD ||
	    len - (called[0] == '+') < BUCKET_DIGITS_MIN)
		return -EINVAL;
	struct number head = { "" };
	memcpy(head.text, called, len - 2);
	memcpy(field, called + len - 2, 3);
	*bucket = head;
	return 0;
}

/* The number with no more digits than number_pack takes. */
static struct number shorten(const struct number *number)
{
	struct number head = { "" };

	memcpy(head.text, number->text,
	       strnlen(number->text, PACKED_DIGITS + (number->text[0] == '+')));
	return head;
}

static void put_bits(uint8_t *out, size_t octets, uint64_t value)
{
	for (size_t i = octets; i-- > 0; value >>= 8)
		out[i] = (uint8_t)value;
}

static uint64_t get_bits(const uint8_t *in, size_t octets)
{
	uint64_t value = 0;

	for (size_t i = 0; i < octets; i++)
		value = value << 8 | in[i];
	return value;
}

int call_record_pack(const struct call_record *record, uint8_t out[CALL_PACKED_SIZE])
{
	struct number caller = shorten(&record->caller);
	uint64_t key = number_pack(caller.text);

	if ((key == 0 && number_form(record->caller.text) != NUMBER_FORM_WITHHELD) ||
	    record->entry >= CALL_ENTRY_COUNT)
		return -EINVAL;
	int64_t in_day_ms = record->start_ms - call_day_start(record->start_ms);
	if (in_day_ms < 0 || in_day_ms >= (int64_t)CALENDAR_DAY_S * 1000)
		return -EINVAL; /* outside the calendar */
	uint32_t talk_s = record->answered ? record->duration_s : 0;
	if (talk_s > DURATION_MAX_S)
		talk_s = DURATION_MAX_S;
	uint32_t head = (uint32_t)PACKED_FORM << 20 | (uint32_t)record->answered << 19 |
			(uint32_t)record->entry << SECOND_BITS | (uint32_t)(in_day_ms / 1000);
	put_bits(out, 8, key);
	put_bits(out + 8, 3, head);
	put_bits(out + 11, 3, (uint32_t)record->caller_differs << DURATION_BITS | talk_s);
	return 0;
}

int call_record_unpack(const uint8_t in[CALL_PACKED_SIZE], int64_t day_start_ms,
		       struct call_record *out)
{
	struct call_record record;
	uint64_t key = get_bits(in, 8);
	uint32_t head = (uint32_t)get_bits(in + 8, 3);
	uint32_t second = head & ((1u << SECOND_BITS) - 1);

	memset(&record, 0, sizeof(record));
	record.answered = head >> 19 & 1;
	record.entry = (enum call_entry)(head >> SECOND_BITS & 3);
	uint32_t tail = (uint32_t)get_bits(in + 11, 3);
	record.duration_s = tail & DURATION_MAX_S;
	record.caller_differs = tail >> DURATION_BITS & 1;
	if (head >> 20 != PACKED_FORM || second >= CALENDAR_DAY_S || tail >> DURATION_BITS > 1 ||
	    record.duration_s > (record.answered ? DURATION_MAX_S : 0))
		return -EBADMSG;
	if (key == 0)
		record.caller = (struct number){ "withheld" };
	else if (number_unpack(key, &record.caller) != 0)
		return -EBADMSG;
	record.start_ms = day_start_ms + (int64_t)second * 1000;
	*out = record;
	return 0;
}

/* Equal as far as a packed record can tell. */
static bool same_caller(const struct number *a, const struct number *b)
{
	struct number x = shorten(a), y = shorten(b);

	return strcmp(x.text, y.text) == 0;
}

bool call_record_same(const struct call_record *a, const struct call_record *b)
{
	if (a->called.text[0] && b->called.text[0] && strcmp(a->called.text, b->called.text) != 0)
		return false;
	/* Unsigned, so that no pair of times can overflow. */
	uint64_t apart = a->start_ms > b->start_ms ? (uint64_t)a->start_ms - (uint64_t)b->start_ms
						   : (uint64_t)b->start_ms - (uint64_t)a->start_ms;
	return apart <= SAME_CALL_MS && same_caller(&a->caller, &b->caller);
}

struct call_run_match call_run_search(const uint8_t *run, size_t len, int64_t day_start_ms,
				      const struct call_run_query *query)
{
	struct call_run_match match;
	struct call_record record;

	memset(&match, 0, sizeof(match));
	for (; len >= CALL_PACKED_SIZE; run += CALL_PACKED_SIZE, len -= CALL_PACKED_SIZE) {
		if (call_record_unpack(run, day_start_ms, &record) != 0) {
			match.broken++;
			continue;
		}
		if (record.start_ms < query->from_ms || record.start_ms >= query->to_ms ||
		    (query->caller && !same_caller(&record.caller, query->caller)))
			continue;
		if (match.found++ == 0 || record.start_ms >= match.latest.start_ms)
			match.latest = record;
	}
	if (len > 0)
		match.broken++;
	return match;
}
