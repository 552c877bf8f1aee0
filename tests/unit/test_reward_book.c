/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The ledger: what entries take from budgets and caps and give back, repeats, reversals. */
#include "tests/unit/ledger_world.h"

#include <errno.h>

static void setup(void)
{
	ledger_open();
}

static void teardown(void)
{
	ledger_close();
}

static int64_t spent(void)
{
	return ledger_figure("SELECT COALESCE(SUM(spent_mb),0) FROM budget");
}

static const struct reward_policy budgeted = { .amount_mb = 400, .budget_mb = 1000 };

START_TEST(test_enter_when_budget_is_shared_then_spent_together)
{
	const struct reward_policy later = {
		.effective_ms = 7, .budget_since_ms = 0, .amount_mb = 300, .budget_mb = 1000
	};

	ledger_enter(1, &budgeted, REWARD_DUE);
	ledger_enter(2, &later, REWARD_DUE);
	ledger_enter(3, &later, REWARD_DUE);
	ledger_enter(4, &later, REWARD_BUDGET_SPENT);
	ck_assert_int_eq(spent(), 1000);
}
END_TEST

START_TEST(test_enter_when_caller_cap_is_reached_then_withheld)
{
	const struct reward_policy policy = { .amount_mb = 400,
					      .cap_caller = 2,
					      .caller_days = 30 };
	struct reward_row first = ledger_enter(1, &policy, REWARD_DUE);

	ledger_enter(2, &policy, REWARD_DUE);
	ledger_enter(3, &policy, REWARD_CAP_CALLER);
	/* One that failed does not count. */
	ledger_settle(first.id, REWARD_STATE_FAILED, "no account");
	ledger_enter(4, &policy, REWARD_DUE);
	/* Those of long ago do not either. */
	ledger_sql("UPDATE reward SET created_ms=created_ms-31*86400000");
	ledger_enter(5, &policy, REWARD_DUE);
}
END_TEST

START_TEST(test_enter_when_tier_counts_reports_then_earlier_ones_make_the_amount)
{
	const struct reward_policy policy = {
		.amount_mb = 100,
		.tier_count = 1,
		.tiers = { { .from_reports = 2,
			     .category = REWARD_ANY_CATEGORY,
			     .amount_mb = 900 } },
	};

	ck_assert_uint_eq(ledger_enter(1, &policy, REWARD_DUE).amount_mb, 100);
	ledger_report(2, REPORT_STATE_REJECTED);
	ck_assert_uint_eq(ledger_enter(3, &policy, REWARD_DUE).amount_mb, 100);
	ck_assert_uint_eq(ledger_enter(4, &policy, REWARD_DUE).amount_mb, 900);
}
END_TEST

START_TEST(test_settle_when_failed_then_budget_and_caps_have_room_again)
{
	const struct reward_policy policy = { .amount_mb = 400, .cap_day = 2, .budget_mb = 1000 };
	struct reward_row first = ledger_enter(1, &policy, REWARD_DUE);

	ledger_enter(2, &policy, REWARD_DUE);
	ledger_enter(3, &policy, REWARD_BUDGET_SPENT);
	ledger_settle(first.id, REWARD_STATE_FAILED, "no account");
	ck_assert_int_eq(spent(), 400);
	ledger_enter(4, &policy, REWARD_DUE);
	ck_assert_int_eq(spent(), 800);
}
END_TEST

static enum reward_repeat repeat(const char *id, uint64_t budget_mb)
{
	struct reward_settings settings = ledger_settings(ledger_now_ms + 2 * LEDGER_MINUTE_MS);
	enum reward_repeat result;
	struct reward_row row;

	ck_assert_int_eq(reward_row_get(world.db, id, &row), 0);
	ck_assert_int_eq(reward_book_repeat(world.db, &settings, &row, budget_mb, "uid 0", &result),
			 0);
	return result;
}

START_TEST(test_repeat_when_failed_then_due_again_under_its_id)
{
	struct reward_row row = ledger_enter(1, &budgeted, REWARD_DUE);

	ck_assert_int_eq(repeat(row.id, 1000), REWARD_ON_ITS_WAY);
	ledger_settle(row.id, REWARD_STATE_FAILED, "no account");
	ck_assert_int_eq(repeat(row.id, 1000), REWARD_REPEATED);
	ck_assert_int_eq(reward_row_get(world.db, row.id, &row), 0);
	ck_assert_int_eq(row.state, REWARD_STATE_DUE);
	ck_assert(!row.returned);
	ck_assert_int_eq(spent(), 400);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM outbox WHERE channel=2"), 2);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(DISTINCT target) FROM outbox "
				       "WHERE channel=2"),
			 1);
	/* How it failed is still known, and who asked again. */
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM reward_event WHERE "
				       "what='failed' AND reason='no account'"),
			 1);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM audit WHERE actor='uid 0'"), 1);
	ledger_settle(row.id, REWARD_STATE_CREDITED, "");
	ck_assert_int_eq(repeat(row.id, 1000), REWARD_SETTLED);
	ck_assert_int_eq(spent(), 400);
}
END_TEST

START_TEST(test_repeat_when_budget_went_to_others_then_refused)
{
	struct reward_row row = ledger_enter(1, &budgeted, REWARD_DUE);

	ledger_settle(row.id, REWARD_STATE_FAILED, "no account");
	ledger_enter(2, &budgeted, REWARD_DUE);
	ledger_enter(3, &budgeted, REWARD_DUE);
	ck_assert_int_eq(repeat(row.id, 1000), REWARD_NO_BUDGET);
	ck_assert_int_eq(reward_row_get(world.db, row.id, &row), 0);
	ck_assert_int_eq(row.state, REWARD_STATE_FAILED);
	ck_assert_int_eq(spent(), 800);
	/* The budget was made greater since. */
	ck_assert_int_eq(repeat(row.id, 1200), REWARD_REPEATED);
	ck_assert_int_eq(spent(), 1200);
}
END_TEST

static struct reward_row reverse(const char *id, int expected)
{
	struct reward_settings settings = ledger_settings(ledger_now_ms + 3 * LEDGER_MINUTE_MS);
	struct reward_row credit;
	struct reward_row row;

	ck_assert_int_eq(reward_row_get(world.db, id, &credit), 0);
	ck_assert_int_eq(reward_book_reverse(world.db, &settings, &credit, "误发", "uid 0", &row),
			 expected);
	return row;
}

START_TEST(test_reverse_when_done_then_entry_of_its_own_and_room_again)
{
	struct reward_row credit = ledger_enter(1, &budgeted, REWARD_DUE);
	struct reward_row reversal;
	struct reward_row again;

	ledger_settle(credit.id, REWARD_STATE_CREDITED, "");
	reversal = reverse(credit.id, 1);
	ck_assert_int_eq(reversal.kind, REWARD_REVERSAL);
	ck_assert_uint_eq(reversal.amount_mb, 400);
	ck_assert_int_eq(spent(), 400); /* not before it is done */
	again = reverse(credit.id, 0);
	ck_assert_str_eq(again.id, reversal.id);
	ledger_settle(reversal.id, REWARD_STATE_CREDITED, "");
	ck_assert_int_eq(spent(), 0);
	ck_assert_int_eq(reward_row_get(world.db, credit.id, &credit), 0);
	ck_assert_int_eq(credit.state, REWARD_STATE_CREDITED); /* history stays */
	ck_assert(credit.returned);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM outbox WHERE channel=1 AND "
				       "payload LIKE '%\"type\":\"reward.reversed\"%'"),
			 1);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM outbox WHERE channel=0 AND "
				       "payload LIKE '%400MB%已收回：误发%'"),
			 1);
}
END_TEST

START_TEST(test_reverse_when_refused_then_nothing_comes_back_and_it_can_be_repeated)
{
	struct reward_row credit = ledger_enter(1, &budgeted, REWARD_DUE);
	struct reward_row reversal;

	ledger_settle(credit.id, REWARD_STATE_CREDITED, "");
	reversal = reverse(credit.id, 1);
	ledger_settle(reversal.id, REWARD_STATE_FAILED, "used up");
	ck_assert_int_eq(spent(), 400);
	ck_assert_int_eq(repeat(reversal.id, 1000), REWARD_REPEATED);
	ck_assert_int_eq(spent(), 400);
	ledger_settle(reversal.id, REWARD_STATE_CREDITED, "");
	ck_assert_int_eq(spent(), 0);
}
END_TEST

START_TEST(test_reroute_when_transport_changes_then_requests_move_once)
{
	size_t moved;

	ledger_enter(1, &budgeted, REWARD_DUE);
	ledger_enter(2, &budgeted, REWARD_DUE);
	ck_assert_int_eq(reward_book_reroute(world.db, OUTBOX_REWARD, &moved), 0);
	ck_assert_uint_eq(moved, 0);
	ck_assert_int_eq(reward_book_reroute(world.db, OUTBOX_WEBHOOK, &moved), 0);
	ck_assert_uint_eq(moved, 2);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM outbox WHERE channel=5"), 2);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM outbox WHERE channel=2"), 0);
	ck_assert_int_eq(reward_book_reroute(world.db, OUTBOX_REWARD, &moved), 0);
	ck_assert_uint_eq(moved, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reward_book");
	TCase *tc = tcase_create("core");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_enter_when_budget_is_shared_then_spent_together);
	tcase_add_test(tc, test_enter_when_caller_cap_is_reached_then_withheld);
	tcase_add_test(tc, test_enter_when_tier_counts_reports_then_earlier_ones_make_the_amount);
	tcase_add_test(tc, test_settle_when_failed_then_budget_and_caps_have_room_again);
	tcase_add_test(tc, test_repeat_when_failed_then_due_again_under_its_id);
	tcase_add_test(tc, test_repeat_when_budget_went_to_others_then_refused);
	tcase_add_test(tc, test_reverse_when_done_then_entry_of_its_own_and_room_again);
	tcase_add_test(tc,
		       test_reverse_when_refused_then_nothing_comes_back_and_it_can_be_repeated);
	tcase_add_test(tc, test_reroute_when_transport_changes_then_requests_move_once);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
