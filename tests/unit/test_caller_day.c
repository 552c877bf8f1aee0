/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_caller_day.c - how a number called on a day: its two forms, and people of several days. */
#include "rules/caller_day.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t few[] = { 0xff, 0xff, 0, 7, 1, 0, 2, 0, 0, 0, 9, 0xfe, 0, 0, 1 };
static const uint8_t many[] = { 0, 1, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0, 3 };

START_TEST(few_people_are_listed)
{
	struct caller_day day;

	ck_assert_int_eq(caller_day_read(few, sizeof(few), &day), 0);
	ck_assert_uint_eq(day.attempts, 65535);
	ck_assert_uint_eq(day.answered, 7);
	ck_assert_uint_eq(day.seconds, 65538);
	ck_assert(!day.many);
	ck_assert_uint_eq(day.count, 2);
	ck_assert_uint_eq(day.people[0], 9);
	ck_assert_uint_eq(day.people[1], 0xfe000001);
}
END_TEST

START_TEST(many_are_counted_elsewhere)
{
	struct caller_day day;

	ck_assert_int_eq(caller_day_read(many, sizeof(many), &day), 0);
	ck_assert_uint_eq(day.attempts, 65536);
	ck_assert_uint_eq(day.answered, 512);
	ck_assert_uint_eq(day.seconds, UINT64_C(1) << 40 | 3);
	ck_assert(day.many);
	ck_assert_uint_eq(day.count, 0);
}
END_TEST

/* No other length is one of the forms: without people, with a cut one, with too many. */
START_TEST(many_have_hours)
{
	uint8_t hourly[62] = { [3] = 20, [14] = 1, [15] = 2, [60] = 0xff, [61] = 0xff };
	struct caller_day day;

	ck_assert_int_eq(caller_day_read(hourly, sizeof(hourly), &day), 0);
	ck_assert(day.many && day.hourly);
	ck_assert_uint_eq(day.attempts, 20);
	ck_assert_uint_eq(day.count, 0);
	ck_assert_uint_eq(day.hours[0], 258);
	ck_assert_uint_eq(day.hours[1], 0);
	ck_assert_uint_eq(day.hours[23], 65535);
	ck_assert_int_eq(caller_day_read(many, sizeof(many), &day), 0);
	ck_assert(!day.hourly);
	ck_assert_uint_eq(day.hours[23], 0);
}
END_TEST

START_TEST(every_other_length_is_refused)
{
	uint8_t value[80] = { 0 };

	for (size_t len = 0; len <= sizeof(value); len++) {
		bool listed = len >= 11 && len <= 63 && len % 4 == 3;
		struct caller_day day = { .seconds = 42 };
		int rc = caller_day_read(value, len, &day);

		ck_assert_int_eq(rc, listed || len == 14 || len == 62 ? 0 : -EBADMSG);
		if (rc < 0)
			ck_assert_uint_eq(day.seconds, 42);
	}
}
END_TEST

START_TEST(people_of_several_days_count_once)
{
	uint32_t people[] = { 7, 3, UINT32_MAX, 7, 3, 7, 1 };
	const uint32_t united[] = { 1, 3, 7, UINT32_MAX };

	ck_assert_uint_eq(caller_day_unite(people, 7), 4);
	ck_assert_mem_eq(people, united, sizeof(united));
	ck_assert_uint_eq(caller_day_unite(people, 0), 0);
}
END_TEST

/* The index of every gateway holds them: what they are may not change. */
START_TEST(a_person_is_the_same_for_ever)
{
	ck_assert_uint_eq(caller_day_person("+8613800138000"), 0x5b48eefcu);
	ck_assert_uint_eq(caller_day_person("+8613800138001"), 0x5b48eb8fu);
	ck_assert_uint_ne(caller_day_person(""), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("caller_day");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, few_people_are_listed);
	tcase_add_test(tcase, many_are_counted_elsewhere);
	tcase_add_test(tcase, many_have_hours);
	tcase_add_test(tcase, every_other_length_is_refused);
	tcase_add_test(tcase, people_of_several_days_count_once);
	tcase_add_test(tcase, a_person_is_the_same_for_ever);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
