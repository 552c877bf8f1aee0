/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_calendar.c - the calendar against the C library's, and at its edges. */
#include "rules/calendar.h"

#include <check.h>
#include <stdlib.h>
#include <time.h>

static const int64_t day_ms = INT64_C(86400000);

START_TEST(test_date_when_any_day_then_as_the_c_library_says)
{
	/* From the year 1 to 9999 by steps of 13 days and some hours, so that all kinds come. */
	for (int64_t ms = INT64_C(-62135500000000); ms < INT64_C(253402200000000);
	     ms += 13 * day_ms + 12345678) {
		time_t local_s =
			(time_t)((ms - (ms % 1000 + 1000) % 1000) / 1000 + CALENDAR_OFFSET_S);
		struct tm tm;
		ck_assert(gmtime_r(&local_s, &tm) != NULL);
		struct calendar_date date = calendar_date_at(ms);
		ck_assert_int_eq(date.year, tm.tm_year + 1900);
		ck_assert_int_eq(date.month, tm.tm_mon + 1);
		ck_assert_int_eq(date.day, tm.tm_mday);
		ck_assert(calendar_date_valid(date));
		int64_t start = calendar_date_start(date);
		ck_assert_int_eq(start, calendar_day_start(ms));
		ck_assert(start <= ms && ms < start + day_ms);
	}
}
END_TEST

START_TEST(test_date_when_instant_beyond_the_years_then_nearest_end)
{
	struct calendar_date first = calendar_date_at(INT64_MIN);
	struct calendar_date last = calendar_date_at(INT64_MAX);

	ck_assert_int_eq(first.year * 10000 + first.month * 100 + first.day, 10101);
	ck_assert_int_eq(last.year * 10000 + last.month * 100 + last.day, 99991231);
}
END_TEST

START_TEST(test_valid_when_date_exists_or_not_then_told)
{
	static const struct {
		const char *name;
		struct calendar_date date;
		bool valid;
	} table[] = {
		{ "plain", { 2025, 11, 22 }, true },
		{ "leap day", { 2024, 2, 29 }, true },
		{ "no leap day", { 2025, 2, 29 }, false },
		{ "century", { 1900, 2, 29 }, false },
		{ "fourth century", { 2000, 2, 29 }, true },
		{ "30 February", { 2024, 2, 30 }, false },
		{ "31 April", { 2025, 4, 31 }, false },
		{ "month 13", { 2025, 13, 1 }, false },
		{ "month 0", { 2025, 0, 1 }, false },
		{ "day 0", { 2025, 1, 0 }, false },
		{ "year 0", { 0, 1, 1 }, false },
		{ "year 10000", { 10000, 1, 1 }, false },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		ck_assert_msg(calendar_date_valid(table[i].date) == table[i].valid, "%s",
			      table[i].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("calendar");
	TCase *tc = tcase_create("core");
	tcase_set_timeout(tc, 60); /* every day of many years, also on a busy machine */
	tcase_add_test(tc, test_date_when_any_day_then_as_the_c_library_says);
	tcase_add_test(tc, test_date_when_instant_beyond_the_years_then_nearest_end);
	tcase_add_test(tc, test_valid_when_date_exists_or_not_then_told);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
