/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/flood.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <talloc.h>

#define SENDER "+8613800138000"

static const struct flood_bound bound = { 1000, 3 };

START_TEST(test_take_when_more_than_bound_then_last_answer_and_silence_until_window_ends)
{
	static const struct {
		int64_t now_ms;
		enum flood_turn turn;
	} table[] = {
		{ 5000, FLOOD_ANSWER }, { 5001, FLOOD_ANSWER }, { 5002, FLOOD_ANSWER },
		{ 5003, FLOOD_LAST },	{ 5004, FLOOD_SILENT }, { 5999, FLOOD_SILENT },
		{ 6000, FLOOD_ANSWER }, { 6001, FLOOD_ANSWER }, { 9000, FLOOD_ANSWER },
		{ 9001, FLOOD_ANSWER }, { 9002, FLOOD_ANSWER }, { 9003, FLOOD_LAST },
		{ 9004, FLOOD_SILENT },
	};
	struct flood *flood = flood_create(NULL, 64);

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		ck_assert_msg(flood_take(flood, SENDER, table[i].now_ms, bound) == table[i].turn,
			      "row %zu", i);
		/* Others are answered all the while. */
		ck_assert_int_eq(flood_take(flood, "+8613900139000", (int64_t)i * 10000, bound),
				 FLOOD_ANSWER);
	}
	talloc_free(flood);
}
END_TEST

START_TEST(test_take_when_no_bound_or_no_number_then_answered)
{
	static const struct flood_bound none = { 1000, 0 };
	struct flood *flood = flood_create(NULL, 64);

	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(flood_take(flood, SENDER, i, none), FLOOD_ANSWER);
		ck_assert_int_eq(flood_take(flood, "ACME", i, bound), FLOOD_ANSWER);
	}
	talloc_free(flood);
}
END_TEST

START_TEST(test_take_when_very_many_senders_then_who_floods_is_still_known)
{
	struct flood *flood = flood_create(NULL, 1024);
	char sender[24];

	/* One text in ten is of the one who floods; the others come once. */
	for (int i = 0; i < 100000; i++) {
		snprintf(sender, sizeof(sender), "+861390%07d", i);
		ck_assert_int_eq(flood_take(flood, sender, i / 200, bound), FLOOD_ANSWER);
		if (i % 10 == 0)
			ck_assert_int_eq(flood_take(flood, SENDER, i / 200, bound),
					 i < 30	   ? FLOOD_ANSWER
					 : i == 30 ? FLOOD_LAST
						   : FLOOD_SILENT);
	}
	talloc_free(flood);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flood");
	TCase *tc = tcase_create("core");
	SRunner *runner;
	int failed;

	tcase_add_test(
		tc, test_take_when_more_than_bound_then_last_answer_and_silence_until_window_ends);
	tcase_add_test(tc, test_take_when_no_bound_or_no_number_then_answered);
	tcase_add_test(tc, test_take_when_very_many_senders_then_who_floods_is_still_known);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
