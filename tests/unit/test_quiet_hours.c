/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_quiet_hours.c - the hours as written, and when a text may go. */
#include "rules/quiet_hours.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { MINUTE_MS = 60000 };

/* 2025-11-22T00:00:00+08:00 */
static const int64_t day_ms = INT64_C(1763740800000);

START_TEST(test_parse_when_written_then_minutes)
{
	static const struct {
		const char *text;
		int rc;
		unsigned from, to;
	} table[] = {
		{ "", 0, 0, 0 },
		{ "22:00-08:00", 0, 1320, 480 },
		{ "00:00-06:30", 0, 0, 390 },
		{ "12:30-14:00", 0, 750, 840 },
		{ "23:59-00:00", 0, 1439, 0 },
		{ "08:00-08:00", -EINVAL, 0, 0 },
		{ "22:00", -EINVAL, 0, 0 },
		{ "22:00-", -EINVAL, 0, 0 },
		{ "22:00-8:00", -EINVAL, 0, 0 },
		{ "24:00-08:00", -EINVAL, 0, 0 },
		{ "22:60-08:00", -EINVAL, 0, 0 },
		{ "22:00-08:00 ", -EINVAL, 0, 0 },
		{ "22-08", -EINVAL, 0, 0 },
		{ "2", -EINVAL, 0, 0 },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct quiet_hours hours = { 7, 9 };
		ck_assert_msg(quiet_hours_parse(table[i].text, &hours) == table[i].rc, "'%s'",
			      table[i].text);
		ck_assert_uint_eq(hours.from, table[i].rc ? 7 : table[i].from);
		ck_assert_uint_eq(hours.to, table[i].rc ? 9 : table[i].to);
	}
}
END_TEST

START_TEST(test_end_when_quiet_then_when_they_are_over)
{
	static const struct {
		const char *hours;
		int at, want; /* minutes of the day; over 1440: tomorrow */
	} table[] = {
		{ "", 0, 0 },
		{ "", 720, 720 },
		{ "22:00-08:00", 1319, 1319 },
		{ "22:00-08:00", 1320, 1440 + 480 },
		{ "22:00-08:00", 1439, 1440 + 480 },
		{ "22:00-08:00", 0, 480 },
		{ "22:00-08:00", 479, 480 },
		{ "22:00-08:00", 480, 480 },
		{ "22:00-08:00", 720, 720 },
		{ "12:30-14:00", 749, 749 },
		{ "12:30-14:00", 750, 840 },
		{ "12:30-14:00", 839, 840 },
		{ "12:30-14:00", 840, 840 },
		{ "23:00-00:00", 1380, 1440 },
		{ "23:00-00:00", 0, 0 },
		{ "00:00-06:00", 0, 360 },
		{ "00:00-06:00", 1439, 1439 },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		int64_t at_ms = day_ms + (int64_t)table[i].at * MINUTE_MS;
		struct quiet_hours hours;
		ck_assert_int_eq(quiet_hours_parse(table[i].hours, &hours), 0);
		ck_assert_msg(quiet_hours_end(&hours, at_ms) ==
				      day_ms + (int64_t)table[i].want * MINUTE_MS,
			      "'%s' at minute %d", table[i].hours, table[i].at);
		/* Seconds count when they are not quiet, and go when they are. */
		if (table[i].at == table[i].want)
			ck_assert_int_eq(quiet_hours_end(&hours, at_ms + 1234), at_ms + 1234);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("quiet_hours");
	TCase *tc = tcase_create("core");
	tcase_add_test(tc, test_parse_when_written_then_minutes);
	tcase_add_test(tc, test_end_when_quiet_then_when_they_are_over);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
