/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_reward.c - caps, policies by date, keys and calendar starts. */
#include "rules/reward.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(test_decide_when_history_then_due_or_why_not)
{
	static const struct reward_policy capped = { 0, 1024, 3, 10, 60, 5, 10240 };
	static const struct reward_policy open = { 0, 500, 0, 0, 0, 0, 0 };
	static const struct reward_policy nothing = { 0, 0, 3, 10, 60, 0, 0 };
	static const struct reward_policy small_budget = { 0, 1024, 0, 0, 0, 0, 1000 };
	static const struct reward_policy one_a_day = { 0, 1024, 1, 1, 1, 0, 0 };
	static const struct {
		const char *name;
		const struct reward_policy *policy;
		struct reward_history history;
		enum reward_outcome outcome;
	} table[] = {
		{ "first ever", &capped, { 0, 0, 0, 0, 0 }, REWARD_DUE },
		{ "just below every cap", &capped, { 2, 9, 59, 4, 9216 }, REWARD_DUE },
		{ "day full", &capped, { 3, 3, 3, 0, 0 }, REWARD_CAP_DAY },
		{ "day more than full", &capped, { 4, 4, 4, 0, 0 }, REWARD_CAP_DAY },
		{ "month full", &capped, { 0, 10, 20, 0, 0 }, REWARD_CAP_MONTH },
		{ "year full", &capped, { 0, 0, 60, 0, 0 }, REWARD_CAP_YEAR },
		{ "day and month full", &capped, { 3, 10, 20, 0, 0 }, REWARD_CAP_MONTH },
		{ "all full", &capped, { 3, 10, 60, 9, 0 }, REWARD_CAP_YEAR },
		{ "five others first", &capped, { 0, 0, 0, 5, 0 }, REWARD_NOT_AMONG_FIRST },
		{ "budget has one left", &capped, { 0, 0, 0, 0, 9216 }, REWARD_DUE },
		{ "budget has less than one", &capped, { 0, 0, 0, 0, 9217 }, REWARD_BUDGET_SPENT },
		{ "budget overspent", &capped, { 0, 0, 0, 0, UINT64_MAX }, REWARD_BUDGET_SPENT },
		{ "budget below the amount", &small_budget, { 0 }, REWARD_BUDGET_SPENT },
		{ "budget goes before caps",
		  &capped,
		  { 3, 10, 60, 9, 10240 },
		  REWARD_BUDGET_SPENT },
		{ "no caps",
		  &open,
		  { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT64_MAX },
		  REWARD_DUE },
		{ "cap of one, none yet", &one_a_day, { 0 }, REWARD_DUE },
		{ "cap of one, one had", &one_a_day, { 1, 1, 1, 0, 0 }, REWARD_CAP_YEAR },
		{ "no amount", &nothing, { 0 }, REWARD_NO_POLICY },
		{ "no policy", NULL, { 0 }, REWARD_NO_POLICY },
		{ "default policy", &reward_policy_default, { 0 }, REWARD_DUE },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct reward_decision got = reward_decide(table[i].policy, &table[i].history);
		uint32_t amount = got.outcome == REWARD_DUE ? table[i].policy->amount_mb : 0;
		ck_assert_msg(got.outcome == table[i].outcome, "%s: %s", table[i].name,
			      reward_outcome_name(got.outcome));
		ck_assert_msg(got.amount_mb == amount, "%s: %u MB", table[i].name, got.amount_mb);
	}
}
END_TEST

START_TEST(test_policy_at_when_several_then_the_one_in_force)
{
	static const struct reward_policy policies[] = {
		{ .effective_ms = 2000, .amount_mb = 1 },
		{ .effective_ms = 1000, .amount_mb = 2 },
		{ .effective_ms = 2000, .amount_mb = 3 },
	};
	static const struct {
		int64_t at_ms;
		uint32_t amount_mb;
	} table[] = { { 999, 0 }, { 1000, 2 }, { 1999, 2 }, { 2000, 3 }, { INT64_MAX, 3 } };

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		const struct reward_policy *policy =
			reward_policy_at(policies, COUNT_OF(policies), table[i].at_ms);
		ck_assert_msg((policy ? policy->amount_mb : 0) == table[i].amount_mb, "row %zu", i);
	}
	ck_assert_ptr_null(reward_policy_at(NULL, 0, 5000));
}
END_TEST

START_TEST(test_key_when_released_then_never_changes)
{
	char key[REWARD_KEY_MAX];

	/* sha256sum of "mianrao reward", subscriber, caller, seconds, each with a NUL behind it */
	reward_key("+8613800138000", "+8613600005678", 1763778600123, key);
	ck_assert_str_eq(key, "Wc9bfee3ea9e65973b1a73ff9b0f0d353");
}
END_TEST

START_TEST(test_key_when_anything_differs_then_another_key)
{
	static const struct {
		const char *name, *subscriber, *caller;
		int64_t start_ms;
		bool same;
	} table[] = {
		{ "same second", "+8613800138000", "10086", 1763778600999, true },
		{ "next second", "+8613800138000", "10086", 1763778601000, false },
		{ "second before", "+8613800138000", "10086", 1763778599999, false },
		{ "another subscriber", "+8613800138001", "10086", 1763778600000, false },
		{ "another caller", "+8613800138000", "10085", 1763778600000, false },
		{ "the two exchanged", "10086", "+8613800138000", 1763778600000, false },
		{ "cut elsewhere", "+86138001380001", "0086", 1763778600000, false },
	};
	char first[REWARD_KEY_MAX], key[REWARD_KEY_MAX];

	reward_key("+8613800138000", "10086", 1763778600000, first);
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		reward_key(table[i].subscriber, table[i].caller, table[i].start_ms, key);
		ck_assert_msg((strcmp(first, key) == 0) == table[i].same, "%s", table[i].name);
		ck_assert_uint_eq(strlen(key), 33);
		ck_assert_uint_eq(strspn(key + 1, "0123456789abcdef"), 32);
	}
	/* Seconds before the epoch round down as well. */
	reward_key("a", "b", -1, first);
	reward_key("a", "b", -1000, key);
	ck_assert_str_eq(first, key);
	reward_key("a", "b", 0, key);
	ck_assert_str_ne(first, key);
}
END_TEST

START_TEST(test_start_when_near_an_edge_then_of_plus_eight)
{
	/* 2025-12-31T16:00:00Z is the first instant of 2026 in +08:00. */
	static const int64_t new_year = 1767196800000;
	static const struct {
		const char *name;
		int64_t at_ms, day, month, year;
	} table[] = {
		{ "new year", 1767196800000, 1767196800000, 1767196800000, 1767196800000 },
		{ "the ms before", 1767196799999, 1767110400000, 1764518400000, 1735660800000 },
		{ "leap day", 1709222399999, 1709136000000, 1706716800000, 1704038400000 },
		{ "the epoch", 0, -28800000, -28800000, -28800000 },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		int64_t at = table[i].at_ms;
		ck_assert_msg(reward_day_start(at) == table[i].day, "%s: day %" PRId64,
			      table[i].name, reward_day_start(at));
		ck_assert_msg(reward_month_start(at) == table[i].month, "%s: month %" PRId64,
			      table[i].name, reward_month_start(at));
		ck_assert_msg(reward_year_start(at) == table[i].year, "%s: year %" PRId64,
			      table[i].name, reward_year_start(at));
	}
	for (int64_t at = new_year - 86400000; at < new_year + 400 * INT64_C(86400000);
	     at += 7654321)
		ck_assert(reward_year_start(at) <= reward_month_start(at) &&
			  reward_month_start(at) <= reward_day_start(at) &&
			  reward_day_start(at) <= at && at - reward_day_start(at) < 86400000);
}
END_TEST

START_TEST(test_name_when_any_outcome_then_text_of_its_own)
{
	for (int i = 0; i < REWARD_OUTCOME_COUNT; i++)
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(reward_outcome_name((enum reward_outcome)i),
					 reward_outcome_name((enum reward_outcome)j));
	ck_assert_str_eq(reward_outcome_name(REWARD_CAP_DAY), "cap_day");
	ck_assert_str_eq(reward_outcome_name(REWARD_OUTCOME_COUNT), "unknown");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reward");
	TCase *tc = tcase_create("core");
	tcase_add_test(tc, test_decide_when_history_then_due_or_why_not);
	tcase_add_test(tc, test_policy_at_when_several_then_the_one_in_force);
	tcase_add_test(tc, test_key_when_released_then_never_changes);
	tcase_add_test(tc, test_key_when_anything_differs_then_another_key);
	tcase_add_test(tc, test_start_when_near_an_edge_then_of_plus_eight);
	tcase_add_test(tc, test_name_when_any_outcome_then_text_of_its_own);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
