/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Texts to one subscriber keep their order, those to others do not wait for them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/sms_turn.h"

enum { TEXTS = 6, PEOPLE = 5000 };

START_TEST(test_turns_when_for_one_subscriber_then_one_after_the_other)
{
	struct sms_turns turns;
	struct sms_turn text[TEXTS];

	sms_turns_init(&turns);
	for (int i = 0; i < TEXTS; i++)
		ck_assert_int_eq(sms_turns_enter(&turns, &text[i], "+8613800138000"), i == 0);
	for (int i = 0; i + 1 < TEXTS; i++)
		ck_assert_ptr_eq(sms_turns_leave(&turns, &text[i]), &text[i + 1]);
	ck_assert_ptr_null(sms_turns_leave(&turns, &text[TEXTS - 1]));
	/* The next one begins anew. */
	ck_assert(sms_turns_enter(&turns, &text[0], "+8613800138000"));
	ck_assert_ptr_null(sms_turns_leave(&turns, &text[0]));
}
END_TEST

START_TEST(test_turns_when_one_comes_back_then_it_is_behind_those_that_passed_it)
{
	struct sms_turns turns;
	struct sms_turn text[3];

	sms_turns_init(&turns);
	for (int i = 0; i < 3; i++)
		sms_turns_enter(&turns, &text[i], "+8613800138000");
	ck_assert_ptr_eq(sms_turns_leave(&turns, &text[0]), &text[1]);
	ck_assert(!sms_turns_enter(&turns, &text[0], "+8613800138000"));
	ck_assert_ptr_eq(sms_turns_leave(&turns, &text[1]), &text[2]);
	ck_assert_ptr_eq(sms_turns_leave(&turns, &text[2]), &text[0]);
	ck_assert_ptr_null(sms_turns_leave(&turns, &text[0]));
}
END_TEST

START_TEST(test_turns_when_for_many_then_nobody_waits_for_another)
{
	struct sms_turns turns;
	struct sms_turn *text = calloc(2 * PEOPLE, sizeof(*text));
	char(*number)[32] = calloc(PEOPLE, sizeof(*number));

	sms_turns_init(&turns);
	for (int i = 0; i < PEOPLE; i++) {
		snprintf(number[i], sizeof(number[i]), "+86139%08d", i);
		ck_assert(sms_turns_enter(&turns, &text[i], number[i]));
	}
	for (int i = 0; i < PEOPLE; i++)
		ck_assert(!sms_turns_enter(&turns, &text[PEOPLE + i], number[i]));
	for (int i = PEOPLE - 1; i >= 0; i--)
		ck_assert_ptr_eq(sms_turns_leave(&turns, &text[i]), &text[PEOPLE + i]);
	for (int i = 0; i < PEOPLE; i++)
		ck_assert_ptr_null(sms_turns_leave(&turns, &text[PEOPLE + i]));
	free(number);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sms_turn");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, test_turns_when_for_one_subscriber_then_one_after_the_other);
	tcase_add_test(tcase,
		       test_turns_when_one_comes_back_then_it_is_behind_those_that_passed_it);
	tcase_add_test(tcase, test_turns_when_for_many_then_nobody_waits_for_another);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
