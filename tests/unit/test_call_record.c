/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_call_record.c - call records: fields, times, buckets, the packed form and its search. */
#include "rules/call_record.h"
#include "tests/unit/tables.h"

#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* 2025-11-22T10:30:00+08:00, and the midnight before it. */
static const int64_t morning_ms = INT64_C(1763778600000);
static const int64_t midnight_ms = INT64_C(1763740800000);

static const struct call_trunk trunks[] = {
	{ "IGW-*", CALL_ENTRY_INTERNATIONAL },
	{ "*-POI-?", CALL_ENTRY_NATIONAL },
	{ "*", CALL_ENTRY_UNKNOWN },
};

/* A source in +08:00 whose calls are from its own network, but for those over two trunks. */
static const struct call_origin origin = {
	.entry = CALL_ENTRY_OWN,
	.trunks = trunks,
	.trunk_count = 2,
	.utc_offset_s = 8 * 3600,
};

static struct call_fields fields_of(const char *const text[CALL_FIELD_COUNT])
{
	struct call_fields fields;

	for (size_t i = 0; i < CALL_FIELD_COUNT; i++) {
		fields.text[i] = text[i];
		fields.len[i] = text[i] ? strlen(text[i]) : 0;
	}
	return fields;
}

START_TEST(test_read_when_fields_are_good_then_record)
{
	static const struct {
		const char *name;
		const char *text[CALL_FIELD_COUNT];
		const char *want;
	} table[] = {
		{ "all fields",
		  { "13600005678", "+8613800138000", "2025-11-22T10:30:00+08:00", "35", "1",
		    "national" },
		  "+8613600005678 at 1763778600000 answered 35 s national" },
		{ "only what must be",
		  { "10085", "13800138000", "1763778600", NULL, NULL, NULL },
		  "10085 at 1763778600000 unanswered 0 s own" },
		{ "duration tells that it was answered",
		  { "4001234567", "13800138000", "1763778600123", "7", "", "" },
		  "4001234567 at 1763778600123 answered 7 s own" },
		{ "answered and hung up at once",
		  { "00442079460111", "13800138000", "1763778600", "0", "YES", "International" },
		  "+442079460111 at 1763778600000 answered 0 s international" },
		{ "ringing is no talk",
		  { "010-85321234", "13800138000", "1763778600", "25", "no", "own" },
		  "+861085321234 at 1763778600000 unanswered 0 s own" },
		{ "blanks round the values",
		  { " 13600005678 ", "13800138000\r\n", "\t1763778600", " 5", "true ",
		    " unknown " },
		  "+8613600005678 at 1763778600000 answered 5 s unknown" },
		{ "withheld: empty",
		  { "", "13800138000", "1763778600", NULL, NULL, NULL },
		  "withheld at 1763778600000 unanswered 0 s own" },
		{ "withheld: anonymous",
		  { "Anonymous", "13800138000", "1763778600", NULL, NULL, NULL },
		  "withheld at 1763778600000 unanswered 0 s own" },
		{ "withheld: withheld",
		  { "withheld", "13800138000", "1763778600", NULL, NULL, NULL },
		  "withheld at 1763778600000 unanswered 0 s own" },
		{ "withheld: unknown",
		  { "unknown", "13800138000", "1763778600", NULL, NULL, NULL },
		  "withheld at 1763778600000 unanswered 0 s own" },
		{ "longest duration",
		  { "95533", "13800138000", "1763778600", "1048575", "1", NULL },
		  "95533 at 1763778600000 answered 1048575 s own" },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct call_fields fields = fields_of(table[i].text);
		struct call_error error = { .text = "untouched" };
		struct call_record got;
		char shown[128];
		int rc = call_record_read(test_plan(), &fields, &origin, &got, &error);
		ck_assert_msg(rc == 0, "%s: %s", table[i].name, error.text);
		ck_assert_str_eq(error.text, "untouched");
		ck_assert_str_eq(got.called.text, "+8613800138000");
		snprintf(shown, sizeof(shown), "%s at %" PRId64 " %s %u s %s", got.caller.text,
			 got.start_ms, got.answered ? "answered" : "unanswered", got.duration_s,
			 call_entry_name(got.entry));
		ck_assert_msg(strcmp(shown, table[i].want) == 0, "%s: %s", table[i].name, shown);
	}
}
END_TEST

START_TEST(test_read_when_a_field_is_bad_then_error_names_field_and_value)
{
	static const struct {
		const char *name;
		enum call_field field;
		const char *value;
		const char *error;
	} table[] = {
		{ "caller absent", CALL_FIELD_CALLER, NULL, "caller: is missing" },
		{ "caller letters", CALL_FIELD_CALLER, "Bank", "caller: 'Bank' is no number" },
		{ "caller masked", CALL_FIELD_CALLER, "138????0000",
		  "caller: '138????0000' is no number" },
		{ "called absent", CALL_FIELD_CALLED, NULL, "called: is missing" },
		{ "called empty", CALL_FIELD_CALLED, "  ", "called: is missing" },
		{ "called withheld", CALL_FIELD_CALLED, "anonymous",
		  "called: 'anonymous' is no number" },
		{ "called too short", CALL_FIELD_CALLED, "7", "called: '7' is no number" },
		{ "start absent", CALL_FIELD_START, NULL, "start: is missing" },
		{ "start month", CALL_FIELD_START, "2025-13-01", "start: '2025-13-01' is no time" },
		{ "start long", CALL_FIELD_START, "2025-11-22T10:30:00+08:00 and more of it",
		  "start: '2025-11-22T10:30:00+08:0...' is no time" },
		{ "start not printable", CALL_FIELD_START, "\x01'\xe4\xb8\x8a\\\x7f",
		  "start: '\\x01\\x27\\xE4\\xB8\\x8A\\x5C\\x7F' is no time" },
		{ "duration sign", CALL_FIELD_DURATION, "-5",
		  "duration: '-5' is no number of seconds" },
		{ "duration part", CALL_FIELD_DURATION, "5.5",
		  "duration: '5.5' is no number of seconds" },
		{ "duration long", CALL_FIELD_DURATION, "1048576",
		  "duration: '1048576' is too long" },
		{ "duration huge", CALL_FIELD_DURATION, "99999999999999999999999999",
		  "duration: '999999999999999999999999...' is too long" },
		{ "answered", CALL_FIELD_ANSWERED, "maybe",
		  "answered: 'maybe' is neither yes nor no" },
		{ "entry", CALL_FIELD_ENTRY, "moon",
		  "entry: 'moon' is not own, national or international" },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		const char *text[CALL_FIELD_COUNT] = { "13600005678", "13800138000", "1763778600",
						       "5",	      "1",	     "own" };
		text[table[i].field] = table[i].value;
		struct call_fields fields = fields_of(text);
		struct call_record out = { .duration_s = 77 };
		struct call_error error;
		int rc = call_record_read(test_plan(), &fields, &origin, &out, &error);
		ck_assert_msg(rc == -EBADMSG, "%s: %d", table[i].name, rc);
		ck_assert_msg(error.field == table[i].field, "%s: field %s", table[i].name,
			      call_field_name(error.field));
		ck_assert_msg(strcmp(error.text, table[i].error) == 0, "%s: %s", table[i].name,
			      error.text);
		ck_assert_int_eq(out.duration_s, 77);
	}
}
END_TEST

START_TEST(test_read_when_worst_value_then_error_ends_whole)
{
	char worst[200];
	const char *text[CALL_FIELD_COUNT] = { "13600005678", "13800138000", "1763778600",
					       "5",	      "1",	     worst };
	struct call_error error;
	struct call_record out;

	memset(worst, 0x01, sizeof(worst) - 1);
	worst[sizeof(worst) - 1] = '\0';
	struct call_fields fields = fields_of(text);
	ck_assert_int_eq(call_record_read(test_plan(), &fields, &origin, &out, &error), -EBADMSG);
	ck_assert_uint_lt(strlen(error.text), CALL_ERROR_MAX);
	ck_assert_ptr_nonnull(strstr(error.text, "...'"));
}
END_TEST

START_TEST(test_time_when_any_form_then_ms)
{
	static const struct {
		const char *text;
		int64_t ms;
	} table[] = {
		{ "2025-11-22T10:30:00+08:00", 1763778600000 },
		{ "2025-11-22T02:30:00Z", 1763778600000 },
		{ "2025-11-22 10:30:00", 1763778600000 },
		{ "2025-11-22 02:30:00Z", 1763778600000 },
		{ "2025-11-22 10:30:00.5", 1763778600500 },
		{ "2025-11-21T21:00:00-05:30", 1763778600000 },
		{ "2025-11-22T16:30:00+14:00", 1763778600000 },
		{ "2025-11-22T02:30:00-00:00", 1763778600000 },
		{ "2025-11-22T10:30:00.1234+08:00", 1763778600123 },
		{ "2025-11-22T10:30:00,04+08:00", 1763778600040 },
		{ "2024-02-29T23:59:59.999+08:00", 1709222399999 },
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01 08:00:00", 0 },
		{ "9999-12-31T23:59:59Z", 253402300799000 },
		{ "1763778600", 1763778600000 },
		{ "1763778600042", 1763778600042 },
		{ "0000000000", 0 },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		int64_t ms = -1;
		int rc = call_time_read(table[i].text, strlen(table[i].text), &ms);
		ck_assert_msg(rc == 0 && ms == table[i].ms, "%s: %d, %" PRId64, table[i].text, rc,
			      ms);
	}
}
END_TEST

START_TEST(test_time_when_not_a_time_then_refused)
{
	static const char *const table[] = {
		"",
		" ",
		"now",
		"176377860",
		"17637786000",
		"17637786000421",
		"-1763778600",
		"2025-11-22",
		"2025-11-22T10:30:00",
		"2025-11-22T10:30+08:00",
		"2025-11-22T10:30:00+08",
		"2025-11-22T10:30:00+14:01",
		"2025-11-22T10:30:00+08:60",
		"2025-11-22T10:30:00z",
		"2025-11-22t10:30:00Z",
		"2025-11-22  10:30:00",
		"2025-11-22 10:30:00 ",
		"2025-11-22 10:30:00 +08:00",
		"2025-02-29 10:30:00",
		"2025-11-31 10:30:00",
		"2025-00-10 10:30:00",
		"2025-01-00 10:30:00",
		"2025-11-22 24:00:00",
		"2025-11-22 23:60:00",
		"2025-11-22 23:59:60",
		"2025-11-22 10:30:00.",
		"2025-11-22 10:30:00.1234567890",
		"2025/11/22 10:30:00",
		"2025-11-22 10.30.00",
		"25-11-22 10:30:00",
		"2025-1-22 10:30:00",
		"02025-11-22 10:30:00",
		"1969-12-31T23:59:59Z",
		"1970-01-01 07:59:59",
		"2025-11-22T10:30:00+08:00Z",
		"+025-11-22 10:30:00",
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		int64_t ms = 77;
		int rc = call_time_read(table[i], strlen(table[i]), &ms);
		ck_assert_msg(rc == -EBADMSG && ms == 77, "%s: %d", table[i], rc);
	}
}
END_TEST

/* Each beginning of a good time lies at the end of its memory, where the sanitizer would see a
 * read too far. Three of them are times of their own. */
START_TEST(test_time_when_cut_anywhere_then_refused_and_nothing_read_beyond)
{
	static const char whole[] = "2025-11-22 10:30:00.25+08:00";

	for (size_t len = 0; len < strlen(whole); len++) {
		char *cut = malloc(len ? len : 1);
		int64_t ms;
		ck_assert_ptr_nonnull(cut);
		memcpy(cut, whole, len);
		bool good = len == 19 || len == 21 || len == 22;
		ck_assert_msg((call_time_read(cut, len, &ms) == 0) == good, "%zu octets", len);
		free(cut);
	}
}
END_TEST

START_TEST(test_day_when_near_midnight_then_day_of_plus_eight)
{
	static const struct {
		int64_t ms;
		const char *day;
	} table[] = {
		{ 1763740800000, "20251122" }, { 1763740799999, "20251121" },
		{ 1763827199999, "20251122" }, { 0, "19700101" },
		{ -28800001, "19691231" },     { 1709136000000, "20240229" },
		{ 1735660800000, "20250101" }, { INT64_MAX, "99991231" },
		{ INT64_MIN, "00010101" },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		char day[CALL_DAY_MAX];
		call_day_format(table[i].ms, day);
		ck_assert_msg(strcmp(day, table[i].day) == 0, "%" PRId64 ": %s", table[i].ms, day);
	}
	ck_assert_int_eq(call_day_start(morning_ms), midnight_ms);
	ck_assert_int_eq(call_day_start(midnight_ms), midnight_ms);
	ck_assert_int_eq(call_day_start(midnight_ms - 1), midnight_ms - 86400000);
}
END_TEST

START_TEST(test_bucket_when_number_then_split_before_last_two_digits)
{
	static const struct {
		const char *called, *bucket, *field;
	} table[] = {
		{ "+8613800138000", "+86138001380", "00" },
		{ "+861085321299", "+8610853212", "99" },
		{ "10086", "100", "86" },
		{ "10690001234567890123", "106900012345678901", "23" },
		{ "110", NULL, NULL },
		{ "withheld", NULL, NULL },
		{ "Mianrao", NULL, NULL },
		{ "", NULL, NULL },
		{ "+86", NULL, NULL },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct number bucket = { "untouched" };
		char field[3] = "-";
		int rc = call_bucket(table[i].called, &bucket, field);
		ck_assert_msg(rc == (table[i].bucket ? 0 : -EINVAL), "%s: %d", table[i].called, rc);
		ck_assert_str_eq(bucket.text, table[i].bucket ? table[i].bucket : "untouched");
		ck_assert_str_eq(field, table[i].field ? table[i].field : "-");
	}
}
END_TEST

static struct call_record call_from(const char *caller, int64_t start_ms, uint32_t duration_s,
				    enum call_entry entry)
{
	struct call_record record;

	memset(&record, 0, sizeof(record));
	strcpy(record.caller.text, caller);
	record.start_ms = start_ms;
	record.duration_s = duration_s;
	record.answered = duration_s > 0;
	record.entry = entry;
	return record;
}

START_TEST(test_pack_when_unpacked_then_same_record)
{
	static const char *const callers[] = {
		"+8613600005678", "+861085321234",    "4001234567", "10086", "95533", "110",
		"+442079460111",  "+882123456789012", "withheld"
	};
	static const int64_t seconds[] = { 0, 1, 37800, 65535, 65536, 86399 };
	static const uint32_t durations[] = { 0, 1, 65536, 1048575 };

	for (size_t c = 0; c < COUNT_OF(callers); c++)
		for (size_t s = 0; s < COUNT_OF(seconds); s++)
			for (size_t d = 0; d < COUNT_OF(durations); d++)
				for (int entry = 0; entry < CALL_ENTRY_COUNT; entry++) {
					struct call_record in = call_from(
						callers[c], midnight_ms + seconds[s] * 1000,
						durations[d], (enum call_entry)entry);
					struct call_record out;
					uint8_t packed[CALL_PACKED_SIZE];
					ck_assert_msg(call_record_pack(&in, packed) == 0, "%s",
						      callers[c]);
					ck_assert_int_eq(
						call_record_unpack(packed, midnight_ms, &out), 0);
					ck_assert_msg(memcmp(&in, &out, sizeof(in)) == 0,
						      "%s at %" PRId64 " for %u", callers[c],
						      seconds[s], durations[d]);
				}
}
END_TEST

/* The octets are in Redis: another release must read them. */
START_TEST(test_pack_when_released_then_octets_never_change)
{
	static const uint8_t want[CALL_PACKED_SIZE] = {
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x4e, 0xcc, 0x1c, 0x93, 0xa8, 0x00, 0x00, 0x23,
	};
	struct call_record record =
		call_from("10086", midnight_ms + 37800999, 35, CALL_ENTRY_NATIONAL);
	uint8_t packed[CALL_PACKED_SIZE];

	ck_assert_int_eq(call_record_pack(&record, packed), 0);
	ck_assert_mem_eq(packed, want, sizeof(want));
}
END_TEST

START_TEST(test_pack_when_caller_is_long_then_first_fifteen_digits_and_same_call)
{
	struct call_record in = call_from("10690001234567890123", morning_ms, 3, CALL_ENTRY_OWN);
	struct call_record out;
	uint8_t packed[CALL_PACKED_SIZE];

	ck_assert_int_eq(call_record_pack(&in, packed), 0);
	ck_assert_int_eq(call_record_unpack(packed, midnight_ms, &out), 0);
	ck_assert_str_eq(out.caller.text, "106900012345678");
	ck_assert(call_record_same(&in, &out));
}
END_TEST

START_TEST(test_pack_when_it_cannot_be_kept_then_refused)
{
	uint8_t packed[CALL_PACKED_SIZE];
	struct call_record alpha = call_from("Mianrao", morning_ms, 3, CALL_ENTRY_OWN);
	struct call_record none = call_from("", morning_ms, 3, CALL_ENTRY_OWN);
	struct call_record never = call_from("10086", INT64_MAX, 3, CALL_ENTRY_OWN);
	struct call_record before = call_from("10086", INT64_MIN, 3, CALL_ENTRY_OWN);
	struct call_record nowhere = call_from("10086", morning_ms, 3, CALL_ENTRY_COUNT);

	ck_assert_int_eq(call_record_pack(&alpha, packed), -EINVAL);
	ck_assert_int_eq(call_record_pack(&none, packed), -EINVAL);
	ck_assert_int_eq(call_record_pack(&never, packed), -EINVAL);
	ck_assert_int_eq(call_record_pack(&before, packed), -EINVAL);
	ck_assert_int_eq(call_record_pack(&nowhere, packed), -EINVAL);
}
END_TEST

START_TEST(test_pack_when_values_are_out_of_form_then_put_in_form)
{
	struct call_record endless =
		call_from("10086", morning_ms + 999, UINT32_MAX, CALL_ENTRY_OWN);
	struct call_record ringing = call_from("10086", morning_ms, 20, CALL_ENTRY_OWN);
	struct call_record out;
	uint8_t packed[CALL_PACKED_SIZE];

	ck_assert_int_eq(call_record_pack(&endless, packed), 0);
	ck_assert_int_eq(call_record_unpack(packed, midnight_ms, &out), 0);
	ck_assert_uint_eq(out.duration_s, 1048575);
	ck_assert_int_eq(out.start_ms, morning_ms);
	ringing.answered = false;
	ck_assert_int_eq(call_record_pack(&ringing, packed), 0);
	ck_assert_int_eq(call_record_unpack(packed, midnight_ms, &out), 0);
	ck_assert_uint_eq(out.duration_s, 0);
}
END_TEST

START_TEST(test_unpack_when_octets_are_not_ours_then_refused)
{
	static const struct {
		const char *name;
		size_t at;
		uint8_t octet;
	} table[] = {
		{ "number of 17 digits", 0, 0xff },
		{ "another form", 8, 0x20 },
		{ "no form", 8, 0x00 },
		{ "second 86400 and more", 9, 0xff },
		{ "bits above the facts", 11, 0x20 },
		{ "talk without answer", 8, 0x10 },
	};
	struct call_record good = call_from("10086", midnight_ms + 80000000, 9, CALL_ENTRY_UNKNOWN);

	good.entry = CALL_ENTRY_OWN;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		uint8_t packed[CALL_PACKED_SIZE];
		struct call_record out = { .duration_s = 77 };
		ck_assert_int_eq(call_record_pack(&good, packed), 0);
		packed[table[i].at] = table[i].octet;
		if (table[i].at == 9)
			packed[8] |= 1; /* bit 16 of the second */
		ck_assert_msg(call_record_unpack(packed, midnight_ms, &out) == -EBADMSG, "%s",
			      table[i].name);
		ck_assert_uint_eq(out.duration_s, 77);
	}
}
END_TEST

/* What unpacks is exactly what packs to the same octets, whichever octet is changed how. */
START_TEST(test_unpack_when_an_octet_changes_then_refused_or_one_to_one)
{
	struct call_record record =
		call_from("+8613600005678", morning_ms, 35, CALL_ENTRY_NATIONAL);
	uint8_t packed[CALL_PACKED_SIZE], again[CALL_PACKED_SIZE];

	ck_assert_int_eq(call_record_pack(&record, packed), 0);
	for (size_t at = 0; at < CALL_PACKED_SIZE; at++) {
		uint8_t saved = packed[at];
		for (int octet = 0; octet < 256; octet++) {
			struct call_record out;
			packed[at] = (uint8_t)octet;
			if (call_record_unpack(packed, midnight_ms, &out) != 0)
				continue;
			ck_assert_int_eq(call_record_pack(&out, again), 0);
			ck_assert_mem_eq(packed, again, sizeof(again));
		}
		packed[at] = saved;
	}
}
END_TEST

START_TEST(test_same_when_caller_and_second_agree_then_same)
{
	static const struct {
		const char *name;
		const char *caller, *called;
		int64_t later_ms;
		bool same;
	} table[] = {
		{ "equal", "10086", "+8613800138000", 0, true },
		{ "a second later", "10086", "+8613800138000", 1000, true },
		{ "a second earlier", "10086", "+8613800138000", -1000, true },
		{ "more than a second", "10086", "+8613800138000", 1001, false },
		{ "called not known", "10086", "", 0, true },
		{ "another called", "10086", "+8613800138001", 0, false },
		{ "another caller", "10085", "+8613800138000", 0, false },
		{ "withheld", "withheld", "+8613800138000", 0, false },
		{ "times at both ends", "10086", "+8613800138000", INT64_MIN, false },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct call_record a = call_from("10086", morning_ms, 3, CALL_ENTRY_OWN);
		struct call_record b =
			call_from(table[i].caller, morning_ms, 99, CALL_ENTRY_UNKNOWN);
		strcpy(a.called.text, "+8613800138000");
		strcpy(b.called.text, table[i].called);
		b.start_ms =
			table[i].later_ms == INT64_MIN ? INT64_MIN : morning_ms + table[i].later_ms;
		ck_assert_msg(call_record_same(&a, &b) == table[i].same, "%s", table[i].name);
		ck_assert_msg(call_record_same(&b, &a) == table[i].same, "%s, swapped",
			      table[i].name);
	}
}
END_TEST

START_TEST(test_search_when_run_holds_calls_then_counts_and_latest)
{
	static const struct {
		const char *caller;
		int second;
	} calls[] = { { "10086", 100 },
		      { "+8613600005678", 900 },
		      { "10086", 500 },
		      { "withheld", 300 },
		      { "10086", 200 } };
	static const struct {
		const char *name;
		const char *caller;
		int from, to;
		uint32_t found;
		int latest;
	} table[] = {
		{ "of one caller", "10086", 0, 86400, 3, 500 },
		{ "from anyone", NULL, 0, 86400, 5, 900 },
		{ "end is not in the window", "10086", 100, 500, 2, 200 },
		{ "withheld", "withheld", 0, 86400, 1, 300 },
		{ "none in the window", "10086", 501, 86400, 0, 0 },
		{ "no such caller", "10085", 0, 86400, 0, 0 },
	};
	uint8_t run[COUNT_OF(calls) * CALL_PACKED_SIZE + CALL_PACKED_SIZE + 3];

	for (size_t i = 0; i < COUNT_OF(calls); i++) {
		struct call_record record = call_from(
			calls[i].caller, midnight_ms + calls[i].second * 1000, 3, CALL_ENTRY_OWN);
		ck_assert_int_eq(call_record_pack(&record, run + i * CALL_PACKED_SIZE), 0);
	}
	memset(run + COUNT_OF(calls) * CALL_PACKED_SIZE, 0xff, CALL_PACKED_SIZE + 3);
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct number caller = { "" };
		struct call_run_query query = { table[i].caller ? &caller : NULL,
						midnight_ms + table[i].from * 1000,
						midnight_ms + table[i].to * INT64_C(1000) };
		if (table[i].caller)
			strcpy(caller.text, table[i].caller);
		struct call_run_match match =
			call_run_search(run, sizeof(run), midnight_ms, &query);
		ck_assert_msg(match.found == table[i].found, "%s: %u", table[i].name, match.found);
		ck_assert_msg(match.broken == 2, "%s: %u broken", table[i].name, match.broken);
		if (match.found > 0)
			ck_assert_msg(match.latest.start_ms == midnight_ms + table[i].latest * 1000,
				      "%s: %" PRId64, table[i].name, match.latest.start_ms);
	}
}
END_TEST

START_TEST(test_name_when_out_of_range_then_unknown)
{
	ck_assert_str_eq(call_entry_name(CALL_ENTRY_INTERNATIONAL), "international");
	ck_assert_str_eq(call_entry_name(CALL_ENTRY_COUNT), "unknown");
	ck_assert_str_eq(call_field_name(CALL_FIELD_START), "start");
	ck_assert_str_eq(call_field_name(CALL_FIELD_COUNT), "unknown");
}
END_TEST

/* What a source may write beside the six first fields. */
START_TEST(test_read_when_more_is_told_then_facts)
{
	static const struct {
		const char *name;
		const char *caller, *asserted, *trunk, *entry, *written;
		const char *want;
	} table[] = {
		{ "nothing more", "13600005678", NULL, NULL, NULL, NULL, "+8613600005678 own 35" },
		{ "the same number, written otherwise", "13600005678", "tel:+86-136-0000-5678",
		  NULL, NULL, NULL, "+8613600005678 own 35" },
		{ "another number", "13600005678", "sip:+8613600009999@ims.example;user=phone",
		  NULL, NULL, NULL, "+8613600005678 differs own 35" },
		{ "the subscriber saw none", "anonymous", "13600009999", NULL, NULL, NULL,
		  "withheld own 35" },
		{ "the network vouches for none", "13600005678", "Anonymous", NULL, NULL, NULL,
		  "+8613600005678 own 35" },
		{ "asserted cannot be read", "13600005678", "sip:pbx@ims.example", NULL, NULL, NULL,
		  "+8613600005678 own 35" },
		{ "trunk from abroad", "13600005678", NULL, "IGW-07", NULL, NULL,
		  "+8613600005678 international 35" },
		{ "trunk of another operator", "13600005678", NULL, "GZ-POI-2", "", NULL,
		  "+8613600005678 national 35" },
		{ "trunk of no rule", "13600005678", NULL, "GZ-POI-22", NULL, NULL,
		  "+8613600005678 own 35" },
		{ "the record knows better than the trunk", "13600005678", NULL, "IGW-07",
		  "national", NULL, "+8613600005678 national 35" },
		{ "written later", "13600005678", NULL, NULL, NULL, "1763778700",
		  "+8613600005678 own 100" },
		{ "written before the end", "13600005678", NULL, NULL, NULL, "1763778601",
		  "+8613600005678 own 35" },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		const char *text[CALL_FIELD_COUNT] = {
			[CALL_FIELD_CALLER] = table[i].caller,
			[CALL_FIELD_CALLED] = "13800138000",
			[CALL_FIELD_START] = "1763778600",
			[CALL_FIELD_DURATION] = "35",
			[CALL_FIELD_ENTRY] = table[i].entry,
			[CALL_FIELD_ASSERTED] = table[i].asserted,
			[CALL_FIELD_TRUNK] = table[i].trunk,
			[CALL_FIELD_WRITTEN] = table[i].written,
		};
		struct call_fields fields = fields_of(text);
		uint8_t packed[CALL_PACKED_SIZE];
		struct call_record got, back;
		struct call_error error;
		char shown[128];

		ck_assert_msg(call_record_read(test_plan(), &fields, &origin, &got, &error) == 0,
			      "%s: %s", table[i].name, error.text);
		snprintf(shown, sizeof(shown), "%s%s %s %d", got.caller.text,
			 got.caller_differs ? " differs" : "", call_entry_name(got.entry),
			 (int)((got.written_ms - got.start_ms) / 1000));
		ck_assert_msg(strcmp(shown, table[i].want) == 0, "%s: %s", table[i].name, shown);
		ck_assert_int_eq(call_record_pack(&got, packed), 0);
		ck_assert_int_eq(call_record_unpack(packed, midnight_ms, &back), 0);
		ck_assert_int_eq(back.caller_differs, got.caller_differs);
		ck_assert_uint_eq(back.duration_s, got.duration_s);
	}
}
END_TEST

START_TEST(test_read_when_source_has_a_clock_of_its_own_then_true_times)
{
	static const struct {
		const char *name;
		const char *start;
		int32_t utc_offset_s;
		int64_t clock_ahead_ms;
	} table[] = {
		{ "local time of the source", "2025-11-22 02:30:00", 0, 0 },
		{ "west of Greenwich", "2025-11-21 21:00:00", -(5 * 60 + 30) * 60, 0 },
		{ "an offset of its own wins", "2025-11-22T10:30:00+08:00", 0, 0 },
		{ "offset without a colon", "2025-11-22T10:30:00+0800", 0, 0 },
		{ "offset behind a blank time", "2025-11-22 03:30:00+0100", 8 * 3600, 0 },
		{ "a minute ahead", "2025-11-22 10:31:00", 8 * 3600, 60000 },
		{ "a minute behind", "2025-11-22T02:29:00Z", 8 * 3600, -60000 },
		{ "Unix seconds with a fraction, ahead", "1763778660.000", 0, 60000 },
		{ "ms, ahead", "1763778601000", 0, 1000 },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		const char *text[CALL_FIELD_COUNT] = { "13600005678", "13800138000",
						       table[i].start };
		struct call_origin own = { .utc_offset_s = table[i].utc_offset_s,
					   .clock_ahead_ms = table[i].clock_ahead_ms };
		struct call_fields fields = fields_of(text);
		struct call_record got;
		struct call_error error;

		ck_assert_msg(call_record_read(test_plan(), &fields, &own, &got, &error) == 0,
			      "%s: %s", table[i].name, error.text);
		ck_assert_msg(got.start_ms == morning_ms, "%s: %" PRId64, table[i].name,
			      got.start_ms);
	}
}
END_TEST

START_TEST(test_party_when_written_in_many_ways_then_one_number)
{
	static const struct {
		const char *text;
		const char *want; /* NULL: no number */
	} table[] = {
		{ "13800138000", "+8613800138000" },
		{ "+86 138-0013-8000", "+8613800138000" },
		{ "008613800138000", "+8613800138000" },
		{ "8613800138000", "+8613800138000" },
		{ "013800138000", "+8613800138000" },
		{ "tel:+86-138-0013-8000", "+8613800138000" },
		{ "TEL:13800138000;phone-context=+86", "+8613800138000" },
		{ "sip:+8613800138000@ims.example", "+8613800138000" },
		{ "sips:13800138000;npdi@ims.example:5061;user=phone", "+8613800138000" },
		{ "sip:13800138000:secret@ims.example", "+8613800138000" },
		{ "<sip:+8613800138000@ims.example>;tag=9", "+8613800138000" },
		{ "\"Li <Ming>\" <tel:+8613800138000>", "+8613800138000" },
		{ "sip:anonymous@anonymous.invalid", "withheld" },
		{ "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1", "withheld" },
		{ "Restricted", "withheld" },
		{ "sip:ims.example", NULL },
		{ "sip:@ims.example", NULL },
		{ "sip:alice@ims.example", NULL },
		{ "tel:", NULL },
		{ "<>", NULL },
		{ "", NULL },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct number got = { "untouched" };
		int rc = call_party_read(test_plan(), table[i].text, strlen(table[i].text), &got);

		ck_assert_msg((rc == 0) == (table[i].want != NULL), "%s: %d", table[i].text, rc);
		ck_assert_msg(strcmp(got.text, table[i].want ? table[i].want : "untouched") == 0,
			      "%s: %s", table[i].text, got.text);
	}
}
END_TEST

START_TEST(test_trunk_when_matched_then_first_rule)
{
	static const struct {
		const char *match, *trunk;
		bool want;
	} table[] = {
		{ "*", "", false }, /* no trunk is told */
		{ "*", "x", true },	      { "IGW-*", "IGW-", true },
		{ "IGW-*", "igw-1", false },  { "IGW-*", "XIGW-1", false },
		{ "*7", "1717", true },	      { "*7", "1718", false },
		{ "a*b*c", "a-b-b-c", true }, { "a*b*c", "a-c-b", false },
		{ "??", "ab", true },	      { "??", "abc", false },
		{ "**", "abc", true },	      { "[a]", "a", false },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct call_trunk rule = { table[i].match, CALL_ENTRY_NATIONAL };
		struct call_origin own = { .trunks = &rule, .trunk_count = 1 };
		const char *text[CALL_FIELD_COUNT] = {
			"13600005678", "13800138000",
			"1763778600", [CALL_FIELD_TRUNK] = table[i].trunk
		};
		struct call_fields fields = fields_of(text);
		struct call_record got;
		struct call_error error;

		ck_assert_int_eq(call_record_read(test_plan(), &fields, &own, &got, &error), 0);
		ck_assert_msg((got.entry == CALL_ENTRY_NATIONAL) == table[i].want, "%s %s",
			      table[i].match, table[i].trunk);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("call_record");
	TCase *tc = tcase_create("core");
	tcase_add_test(tc, test_read_when_fields_are_good_then_record);
	tcase_add_test(tc, test_read_when_more_is_told_then_facts);
	tcase_add_test(tc, test_read_when_source_has_a_clock_of_its_own_then_true_times);
	tcase_add_test(tc, test_party_when_written_in_many_ways_then_one_number);
	tcase_add_test(tc, test_trunk_when_matched_then_first_rule);
	tcase_add_test(tc, test_read_when_a_field_is_bad_then_error_names_field_and_value);
	tcase_add_test(tc, test_read_when_worst_value_then_error_ends_whole);
	tcase_add_test(tc, test_time_when_any_form_then_ms);
	tcase_add_test(tc, test_time_when_not_a_time_then_refused);
	tcase_add_test(tc, test_time_when_cut_anywhere_then_refused_and_nothing_read_beyond);
	tcase_add_test(tc, test_day_when_near_midnight_then_day_of_plus_eight);
	tcase_add_test(tc, test_bucket_when_number_then_split_before_last_two_digits);
	tcase_add_test(tc, test_pack_when_unpacked_then_same_record);
	tcase_add_test(tc, test_pack_when_released_then_octets_never_change);
	tcase_add_test(tc, test_pack_when_caller_is_long_then_first_fifteen_digits_and_same_call);
	tcase_add_test(tc, test_pack_when_it_cannot_be_kept_then_refused);
	tcase_add_test(tc, test_pack_when_values_are_out_of_form_then_put_in_form);
	tcase_add_test(tc, test_unpack_when_octets_are_not_ours_then_refused);
	tcase_add_test(tc, test_unpack_when_an_octet_changes_then_refused_or_one_to_one);
	tcase_add_test(tc, test_same_when_caller_and_second_agree_then_same);
	tcase_add_test(tc, test_search_when_run_holds_calls_then_counts_and_latest);
	tcase_add_test(tc, test_name_when_out_of_range_then_unknown);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
