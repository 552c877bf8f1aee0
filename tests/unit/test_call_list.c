/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_call_list.c - the numbered list of a subscriber's callers: who is on it, its order, its
 * written form. */
#include "rules/call_list.h"

#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { DAY_MS = 86400000, RUN_CALLS_MAX = 64 };

/* 2025-11-22T00:00:00+08:00 */
static const int64_t day_ms = INT64_C(1763740800000);

struct run {
	size_t len;
	uint8_t octets[RUN_CALLS_MAX * CALL_PACKED_SIZE];
};

static void add(struct run *run, const char *caller, int64_t second)
{
	struct call_record record = { .start_ms = day_ms + second * 1000,
				      .duration_s = 20,
				      .answered = true,
				      .entry = CALL_ENTRY_OWN };

	snprintf(record.caller.text, sizeof(record.caller.text), "%s", caller);
	ck_assert_int_eq(call_record_pack(&record, run->octets + run->len), 0);
	run->len += CALL_PACKED_SIZE;
}

static struct callers whole_day(void)
{
	return (struct callers){ .from_ms = day_ms, .to_ms = day_ms + DAY_MS };
}

/* The list as "number@second ...". */
static void show(const struct callers *callers, size_t max, char out[512])
{
	struct call_list list;
	size_t at = 0;

	call_list_make(callers, max, &list);
	out[0] = '\0';
	for (size_t i = 0; i < list.count; i++)
		at += (size_t)snprintf(out + at, 512 - at, "%s%s@%" PRId64, i ? " " : "",
				       list.entries[i].number.text,
				       (list.entries[i].start_ms - day_ms) / 1000);
}

START_TEST(test_callers_when_gathered_then_who_can_be_reported_newest_first)
{
	static const struct {
		const char *name;
		struct {
			const char *caller;
			int64_t second;
		} calls[6];
		size_t max;
		const char *want;
	} table[] = {
		{ "none", { { 0 } }, 9, "" },
		{ "newest first",
		  { { "+8613700000001", 60 },
		    { "+8613700000002", 180 },
		    { "+8613700000003", 120 } },
		  9,
		  "+8613700000002@180 +8613700000003@120 +8613700000001@60" },
		{ "one entry a caller, with its newest call",
		  { { "+8613700000001", 60 },
		    { "+8613700000002", 120 },
		    { "+8613700000001", 300 },
		    { "+8613700000001", 200 } },
		  9,
		  "+8613700000001@300 +8613700000002@120" },
		{ "only so many",
		  { { "+8613700000001", 60 },
		    { "+8613700000002", 180 },
		    { "+8613700000003", 120 } },
		  2,
		  "+8613700000002@180 +8613700000003@120" },
		{ "withheld ones are left out, services are not",
		  { { "10085", 10 },
		    { "10086", 20 },
		    { "withheld", 30 },
		    { "95533", 40 },
		    { "4001234567", 50 } },
		  9,
		  "4001234567@50 95533@40" },
		{ "partners and the like are left out",
		  { { "4009999999", 10 }, { "+8613700000001", 20 }, { "10086999", 30 } },
		  9,
		  "+8613700000001@20" },
		{ "foreign ones and fixed lines are shown",
		  { { "+442079460111", 10 }, { "+861085321234", 20 } },
		  9,
		  "+861085321234@20 +442079460111@10" },
	};
	static const char *const except[] = { "4009999999", "10086999", "10085", "10086" };

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct callers callers = whole_day();
		struct run run = { 0 };
		char got[512];

		callers.except = except;
		callers.except_count = COUNT_OF(except);
		for (size_t k = 0; k < 6 && table[i].calls[k].caller; k++)
			add(&run, table[i].calls[k].caller, table[i].calls[k].second);
		callers_add_run(&callers, run.octets, run.len, day_ms);
		show(&callers, table[i].max, got);
		ck_assert_msg(strcmp(got, table[i].want) == 0, "%s: %s", table[i].name, got);
	}
}
END_TEST

START_TEST(test_callers_when_outside_the_window_then_left_out)
{
	struct callers callers = { .from_ms = day_ms + 60000, .to_ms = day_ms + 120000 };
	struct run run = { 0 };
	char got[512];

	add(&run, "+8613700000001", 59);
	add(&run, "+8613700000002", 60);
	add(&run, "+8613700000003", 119);
	add(&run, "+8613700000004", 120);
	callers_add_run(&callers, run.octets, run.len, day_ms);
	show(&callers, 9, got);
	ck_assert_str_eq(got, "+8613700000003@119 +8613700000002@60");
}
END_TEST

/* More callers than are kept, the oldest first or last: the newest are kept. */
START_TEST(test_callers_when_too_many_then_the_newest_are_kept)
{
	for (int turn = 0; turn < 2; turn++) {
		struct callers callers = whole_day();
		struct run run = { 0 };
		char caller[NUMBER_MAX];

		for (int i = 0; i < RUN_CALLS_MAX; i++) {
			int second = turn ? i : RUN_CALLS_MAX - 1 - i;
			snprintf(caller, sizeof(caller), "+86137000000%02d", second);
			add(&run, caller, second);
		}
		callers_add_run(&callers, run.octets, run.len, day_ms);
		ck_assert_uint_eq(callers.count, CALLERS_MAX);
		for (size_t i = 0; i < CALLERS_MAX; i++)
			ck_assert_int_eq(callers.list[i].start_ms,
					 day_ms + (RUN_CALLS_MAX - 1 - (int64_t)i) * 1000);
	}
}
END_TEST

START_TEST(test_callers_when_dropped_then_the_rest_stays_in_order)
{
	struct callers callers = whole_day();
	struct run run = { 0 };
	char got[512];

	add(&run, "+8613700000001", 10);
	add(&run, "+8613700000002", 20);
	add(&run, "+8613700000003", 30);
	callers_add_run(&callers, run.octets, run.len, day_ms);
	callers_drop(&callers, "+8613700000002");
	callers_drop(&callers, "+8613700000009");
	show(&callers, 9, got);
	ck_assert_str_eq(got, "+8613700000003@30 +8613700000001@10");
}
END_TEST

START_TEST(test_run_when_broken_then_what_is_whole_is_read)
{
	struct callers callers = whole_day();
	struct run run = { 0 };
	char got[512];

	add(&run, "+8613700000001", 10);
	memset(run.octets + run.len, 0xff, CALL_PACKED_SIZE);
	run.len += CALL_PACKED_SIZE;
	add(&run, "+8613700000002", 20);
	callers_add_run(&callers, run.octets, run.len + 5, day_ms);
	show(&callers, 9, got);
	ck_assert_str_eq(got, "+8613700000002@20 +8613700000001@10");
}
END_TEST

START_TEST(test_list_when_written_then_reads_back)
{
	for (size_t count = 0; count <= CALL_LIST_MAX; count++) {
		struct call_list list = { .count = count }, again;
		char text[CALL_LIST_TEXT_MAX];

		for (size_t i = 0; i < count; i++) {
			snprintf(list.entries[i].number.text, NUMBER_MAX, "1069000123456789012%zu",
				 i);
			list.entries[i].start_ms = i ? INT64_MAX - (int64_t)i : 0;
		}
		call_list_write(&list, text);
		ck_assert_int_eq(call_list_read(text, &again), 0);
		ck_assert_uint_eq(again.count, count);
		for (size_t i = 0; i < count; i++) {
			ck_assert_str_eq(again.entries[i].number.text, list.entries[i].number.text);
			ck_assert_int_eq(again.entries[i].start_ms, list.entries[i].start_ms);
		}
	}
}
END_TEST

START_TEST(test_list_when_text_is_broken_then_ebadmsg)
{
	static const char *const table[] = {
		"+8613712345678",
		"+8613712345678 1",
		"+8613712345678\n",
		"+8613712345678 \n",
		"+8613712345678 -1\n",
		"+8613712345678 x\n",
		"+8613712345678 1 2\n",
		"+8613712345678 99999999999999999999\n",
		" 1\n",
		"\n",
		"+86 1\n",
		"+86137123456781371234567813712345678 1\n",
		"10010 1\n10010 1\n10010 1\n10010 1\n10010 1\n10010 1\n10010 1\n10010 1\n10010 1\n"
		"10010 1\n",
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct call_list list = { .count = 7 };
		ck_assert_msg(call_list_read(table[i], &list) == -EBADMSG, "'%s'", table[i]);
		ck_assert_uint_eq(list.count, 7);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("call_list");
	TCase *tc = tcase_create("core");
	tcase_add_test(tc, test_callers_when_gathered_then_who_can_be_reported_newest_first);
	tcase_add_test(tc, test_callers_when_outside_the_window_then_left_out);
	tcase_add_test(tc, test_callers_when_too_many_then_the_newest_are_kept);
	tcase_add_test(tc, test_callers_when_dropped_then_the_rest_stays_in_order);
	tcase_add_test(tc, test_run_when_broken_then_what_is_whole_is_read);
	tcase_add_test(tc, test_list_when_written_then_reads_back);
	tcase_add_test(tc, test_list_when_text_is_broken_then_ebadmsg);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
