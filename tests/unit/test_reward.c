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
	static const struct reward_policy capped = { .amount_mb = 1024,
						     .cap_day = 3,
						     .cap_month = 10,
						     .cap_year = 60,
						     .first_reporters = 5,
						     .cap_caller = 8,
						     .caller_days = 30,
						     .budget_mb = 10240 };
	static const struct reward_policy open = { .amount_mb = 500 };
	static const struct reward_policy nothing = {
		.amount_mb = 0, .cap_day = 3, .cap_month = 10, .cap_year = 60
	};
	static const struct reward_policy small_budget = { .amount_mb = 1024, .budget_mb = 1000 };
	static const struct reward_policy one_a_day = {
		.amount_mb = 1024, .cap_day = 1, .cap_month = 1, .cap_year = 1
	};
	static const struct {
		const char *name;
		const struct reward_policy *policy;
		struct reward_history history;
		enum reward_outcome outcome;
	} table[] = {
		{ "first ever", &capped, { .day = 0 }, REWARD_DUE },
		{ "just below every cap",
		  &capped,
		  { .day = 2, .month = 9, .year = 59, .rewarded_reporters = 4, .spent_mb = 9216 },
		  REWARD_DUE },
		{ "day full", &capped, { .day = 3, .month = 3, .year = 3 }, REWARD_CAP_DAY },
		{ "day more than full",
		  &capped,
		  { .day = 4, .month = 4, .year = 4 },
		  REWARD_CAP_DAY },
		{ "month full", &capped, { .day = 0, .month = 10, .year = 20 }, REWARD_CAP_MONTH },
		{ "year full", &capped, { .day = 0, .year = 60 }, REWARD_CAP_YEAR },
		{ "day and month full",
		  &capped,
		  { .day = 3, .month = 10, .year = 20 },
		  REWARD_CAP_MONTH },
		{ "all full",
		  &capped,
		  { .day = 3, .month = 10, .year = 60, .rewarded_reporters = 9 },
		  REWARD_CAP_YEAR },
		{ "five others first",
		  &capped,
		  { .day = 0, .rewarded_reporters = 5 },
		  REWARD_NOT_AMONG_FIRST },
		{ "seven for this caller", &capped, { .caller = 7 }, REWARD_DUE },
		{ "eight for this caller", &capped, { .caller = 8 }, REWARD_CAP_CALLER },
		{ "caller full, and others first",
		  &capped,
		  { .caller = 8, .rewarded_reporters = 5 },
		  REWARD_NOT_AMONG_FIRST },
		{ "caller and day full", &capped, { .caller = 8, .day = 3 }, REWARD_CAP_DAY },
		{ "budget has one left", &capped, { .day = 0, .spent_mb = 9216 }, REWARD_DUE },
		{ "budget has less than one",
		  &capped,
		  { .day = 0, .spent_mb = 9217 },
		  REWARD_BUDGET_SPENT },
		{ "budget overspent",
		  &capped,
		  { .day = 0, .spent_mb = UINT64_MAX },
		  REWARD_BUDGET_SPENT },
		{ "budget below the amount", &small_budget, { 0 }, REWARD_BUDGET_SPENT },
		{ "budget goes before caps",
		  &capped,
		  { .day = 3, .month = 10, .year = 60, .rewarded_reporters = 9, .spent_mb = 10240 },
		  REWARD_BUDGET_SPENT },
		{ "no caps",
		  &open,
		  { .day = UINT32_MAX,
		    .month = UINT32_MAX,
		    .year = UINT32_MAX,
		    .rewarded_reporters = UINT32_MAX,
		    .spent_mb = UINT64_MAX },
		  REWARD_DUE },
		{ "cap of one, none yet", &one_a_day, { 0 }, REWARD_DUE },
		{ "cap of one, one had",
		  &one_a_day,
		  { .day = 1, .month = 1, .year = 1 },
		  REWARD_CAP_YEAR },
		{ "no amount", &nothing, { 0 }, REWARD_NO_POLICY },
		{ "no policy", NULL, { 0 }, REWARD_NO_POLICY },
		{ "default policy", &reward_policy_default, { 0 }, REWARD_DUE },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct reward_decision got =
			reward_decide(table[i].policy, REPORT_OTHER, &table[i].history);
		uint32_t amount = got.outcome == REWARD_DUE ? table[i].policy->amount_mb : 0;
		ck_assert_msg(got.outcome == table[i].outcome, "%s: %s", table[i].name,
			      reward_outcome_name(got.outcome));
		ck_assert_msg(got.amount_mb == amount, "%s: %u MB", table[i].name, got.amount_mb);
	}
}
END_TEST

static const struct reward_policy tiered = {
	.amount_mb = 1000,
	.budget_mb = 5000,
	.tier_count = 4,
	.tiers = {
		{ .from_reports = 10, .category = REWARD_ANY_CATEGORY, .amount_mb = 2000 },
		{ .from_reports = 50, .category = REWARD_ANY_CATEGORY, .amount_mb = 6000 },
		{ .category = REPORT_LOAN, .amount_mb = 300 },
		{ .category = REPORT_POINTS, .amount_mb = 0 },
	},
};

START_TEST(test_decide_when_tiers_then_the_last_that_fits)
{
	static const struct {
		const char *name;
		enum report_category category;
		uint32_t verified, spent_mb;
		enum reward_outcome outcome;
		uint32_t amount_mb;
	} table[] = {
		{ "none fits", REPORT_BROADBAND, 0, 0, REWARD_DUE, 1000 },
		{ "one too few", REPORT_BROADBAND, 9, 0, REWARD_DUE, 1000 },
		{ "just enough", REPORT_BROADBAND, 10, 0, REWARD_DUE, 2000 },
		{ "between two", REPORT_UNKNOWN, 49, 0, REWARD_DUE, 2000 },
		{ "the highest is beyond the budget", REPORT_OTHER, 50, 0, REWARD_BUDGET_SPENT, 0 },
		{ "a category", REPORT_LOAN, 0, 0, REWARD_DUE, 300 },
		{ "a category behind a number", REPORT_LOAN, 60, 0, REWARD_DUE, 300 },
		{ "a category without", REPORT_POINTS, 60, 0, REWARD_NOT_OFFERED, 0 },
		{ "the budget has room for the small one", REPORT_LOAN, 10, 4700, REWARD_DUE, 300 },
		{ "and none for the usual", REPORT_OTHER, 0, 4700, REWARD_BUDGET_SPENT, 0 },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		const struct reward_history history = { .verified_reports = table[i].verified,
							.spent_mb = table[i].spent_mb };
		struct reward_decision got = reward_decide(&tiered, table[i].category, &history);
		ck_assert_msg(got.outcome == table[i].outcome, "%s: %s", table[i].name,
			      reward_outcome_name(got.outcome));
		ck_assert_msg(got.amount_mb == table[i].amount_mb, "%s: %u MB", table[i].name,
			      got.amount_mb);
	}
	ck_assert_uint_eq(reward_reports_wanted(&tiered), 50);
	ck_assert_uint_eq(reward_reports_wanted(&reward_policy_default), 0);
}
END_TEST

START_TEST(test_reversal_key_when_released_then_never_changes)
{
	char key[REWARD_KEY_MAX];
	char other[REWARD_KEY_MAX];

	/* sha256sum of "mianrao reversal" and the reward's id, each with a NUL behind it */
	reward_reversal_key("Wc9bfee3ea9e65973b1a73ff9b0f0d353", key);
	ck_assert_str_eq(key, "Vb60719cc1610df53843db448f075ad31");
	reward_reversal_key("Wc9bfee3ea9e65973b1a73ff9b0f0d354", other);
	ck_assert_str_ne(key, other);
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
	tcase_add_test(tc, test_decide_when_tiers_then_the_last_that_fits);
	tcase_add_test(tc, test_reversal_key_when_released_then_never_changes);
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
