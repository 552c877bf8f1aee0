/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is too old goes, what is open stays, and the audit adds up before and after. */
#include "gateway/retention_row.h"

#include <errno.h>

#include "gateway/audit_text.h"
#include "gateway/audit_walk.h"
#include "tests/unit/ledger_world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct reward_policy policy = { .amount_mb = 400, .cap_month = 4, .budget_mb = 5000 };
static const int64_t day_ms = 86400000;

static void balanced(const char *when)
{
	struct audit_line lines[AUDIT_LINES];
	struct audit_walk walk = { .phase = AUDIT_RECORDS };

	while (walk.phase != AUDIT_DONE) {
		ck_assert_int_eq(db_begin(world.db), 0);
		ck_assert_int_eq(audit_walk_step(world.ctx, world.db, 3, &walk), 0);
		ck_assert_int_eq(db_commit(world.db), 0);
	}
	audit_walk_lines(&walk, lines);
	for (size_t i = 0; i < AUDIT_LINES; i++)
		ck_assert_msg(lines[i].left == lines[i].right, "%s: %s: %lld, %lld", when,
			      lines[i].name, (long long)lines[i].left, (long long)lines[i].right);
}

static void reverse(const char *id)
{
	struct reward_settings settings = ledger_settings(ledger_now_ms);
	struct reward_row row, reversal;

	ck_assert_int_eq(reward_row_get(world.db, id, &row), 0);
	ck_assert_int_eq(reward_book_reverse(world.db, &settings, &row, "x", "y", &reversal), 1);
	ledger_settle(reversal.id, REWARD_STATE_CREDITED, "");
}

/* Reports 1 to 4 with entries (credited; failed; credited and reversed; open), 5 withheld, 6
 * waits, 7 joined 1, 8 is none, 9 is not read. */
static void setup(void)
{
	static const int64_t other[] = { 7, 8, 9 };
	struct reward_row rows[5];

	ledger_open();
	ck_assert_int_eq(db_begin(world.db), 0);
	for (int i = 0; i < 4; i++)
		rows[i] = ledger_enter(i + 1, &policy, REWARD_DUE);
	ledger_enter(5, &policy, REWARD_CAP_MONTH);
	ledger_settle(rows[0].id, REWARD_STATE_CREDITED, "");
	ledger_settle(rows[1].id, REWARD_STATE_FAILED, "x");
	ledger_settle(rows[2].id, REWARD_STATE_CREDITED, "");
	reverse(rows[2].id);
	ledger_report(6, REPORT_STATE_PENDING);
	for (size_t i = 0; i < COUNT_OF(other); i++) {
		struct message_row row = { .id = other[i],
					   .received_ms = ledger_now_ms,
					   .account = "a",
					   .source = "+8613800138000",
					   .state = other[i] == 9 ? MESSAGE_NEW : MESSAGE_DONE,
					   .report_id = other[i] == 7,
					   .raw = "x",
					   .len = 1 };

		ck_assert_int_eq(message_row_insert(world.db, &row), 0);
	}
	ck_assert_int_eq(db_commit(world.db), 0);
	ledger_sql("UPDATE report SET told=7; DELETE FROM outbox WHERE channel=0");
	balanced("before");
}

static void teardown(void)
{
	ledger_close();
}

/* Steps until nothing more is said to be there; what was removed. */
static struct retention_step run_kind(enum retention_kind kind, int64_t before_ms)
{
	struct retention_limits limits = { .now_ms = ledger_now_ms + 800 * day_ms };
	struct retention_step step, sum = { 0 };

	limits.before_ms[kind] = before_ms;
	do {
		ck_assert_int_eq(db_begin(world.db), 0);
		ck_assert_int_eq(retention_row_step(world.ctx, world.db, kind, &limits, &step), 0);
		ck_assert_int_eq(db_commit(world.db), 0);
		sum.removed += step.removed;
		sum.held += step.held;
	} while (step.more);
	return sum;
}

START_TEST(test_messages_when_old_then_emptied_up_to_the_first_open_one)
{
	int64_t oldest_ms;

	ck_assert_uint_eq(run_kind(RETENTION_MESSAGES, ledger_now_ms).removed, 0);
	/* 6 is of a report that waits. */
	ck_assert_uint_eq(run_kind(RETENTION_MESSAGES, ledger_now_ms + 1).removed, 5);
	ck_assert_int_eq(retention_row_oldest(world.db, RETENTION_MESSAGES, &oldest_ms), 0);
	ck_assert_int_eq(oldest_ms, ledger_now_ms);
	balanced("emptied");
	ledger_sql("UPDATE report SET state=5 WHERE id=6");
	/* 9 is not read: 6 and 7 are emptied, 8 is removed. */
	ck_assert_uint_eq(run_kind(RETENTION_MESSAGES, ledger_now_ms + 1).removed, 3);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM message_in"), 8);
	ck_assert_int_eq(ledger_figure("SELECT id FROM message_in WHERE source<>''"), 9);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM message_in WHERE raw=x'00'"), 7);
	ck_assert_uint_eq(run_kind(RETENTION_MESSAGES, ledger_now_ms + 1).removed, 0);
	ck_assert_int_eq(ledger_figure("SELECT removed FROM retention WHERE kind=0"), 8);
}
END_TEST

START_TEST(test_reports_when_old_then_removed_but_for_open_ones)
{
	struct retention_step step = run_kind(RETENTION_REPORTS, ledger_now_ms + day_ms);

	/* 4 waits for its reward, 6 for its verdict. */
	ck_assert_uint_eq(step.removed, 4);
	ck_assert_uint_eq(step.held, 2);
	ck_assert_int_eq(ledger_figure("SELECT SUM(id) FROM report"), 10);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(DISTINCT report_id) FROM report_event"), 2);
	ck_assert_int_eq(ledger_figure("SELECT SUM(earned) FROM reward"), 4);
	ck_assert_int_eq(ledger_figure("SELECT SUM(id) FROM message_in"), 4 + 6 + 8 + 9);
	balanced("removed");
	step = run_kind(RETENTION_REPORTS, ledger_now_ms + day_ms);
	ck_assert_uint_eq(step.removed, 0);
	ck_assert_uint_eq(step.held, 2);
}
END_TEST

START_TEST(test_reports_when_moved_lately_or_changed_by_others_then_they_stay)
{
	ck_assert_uint_eq(run_kind(RETENTION_REPORTS, ledger_now_ms + 1).removed, 4);
	balanced("removed");
}
END_TEST

START_TEST(test_reports_when_their_history_was_changed_then_they_stay)
{
	ledger_sql("UPDATE report_event SET detail='x' WHERE report_id=1 AND seq=2");
	ck_assert_uint_eq(run_kind(RETENTION_REPORTS, ledger_now_ms + day_ms).removed, 3);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM report WHERE id=1"), 1);
}
END_TEST

START_TEST(test_rewards_when_old_then_only_those_whose_report_is_gone)
{
	ck_assert_uint_eq(run_kind(RETENTION_REWARDS, ledger_now_ms + day_ms).removed, 0);
	run_kind(RETENTION_REPORTS, ledger_now_ms + day_ms);
	ck_assert_uint_eq(run_kind(RETENTION_REWARDS, ledger_now_ms).removed, 0);
	/* The second was settled a minute later. */
	ck_assert_uint_eq(run_kind(RETENTION_REWARDS, ledger_now_ms + 1).removed, 1);
	ck_assert_uint_eq(run_kind(RETENTION_REWARDS, ledger_now_ms + day_ms).removed, 3);
	ck_assert_int_eq(ledger_figure("SELECT report_id FROM reward"), 4);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM reversal"), 0);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM reward_gone"), 5);
	ck_assert_int_eq(ledger_figure("SELECT SUM(amount_mb) FROM ledger_gone WHERE state=2 AND "
				       "kind=0"),
			 800);
	ck_assert_int_eq(ledger_figure("SELECT gone_mb FROM budget"), 400);
	balanced("removed");
}
END_TEST

START_TEST(test_rewards_when_removed_then_their_call_is_never_rewarded_again)
{
	struct reward_decision decision;
	struct report_row report;
	struct reward_row row;

	run_kind(RETENTION_REPORTS, ledger_now_ms + day_ms);
	run_kind(RETENTION_REWARDS, ledger_now_ms + day_ms);
	ck_assert_int_eq(db_begin(world.db), 0);
	report = ledger_report(20, REPORT_STATE_VERIFIED);
	report.call_start_ms = ledger_now_ms - 1 * LEDGER_MINUTE_MS;
	ck_assert_int_eq(reward_book_enter(world.db, &report, &policy, OUTBOX_REWARD, ledger_now_ms,
					   &decision, &row),
			 0);
	ck_assert_int_eq(decision.outcome, REWARD_CALL_REWARDED);
	ck_assert_int_eq(db_commit(world.db), 0);
	ledger_sql("UPDATE report SET told=7,call_start_ms=1789999940000 WHERE id=20");
	balanced("reported again");
}
END_TEST

START_TEST(test_dialogues_when_old_then_removed_but_for_open_ones)
{
	ledger_sql("INSERT INTO question VALUES(1,'+86138',0,1,NULL,100,NULL,'');"
		   "INSERT INTO question VALUES(6,'+86138',0,1,NULL,100,NULL,'');"
		   "INSERT INTO question VALUES(70,'+86138',3,1,NULL,100,NULL,'');"
		   "INSERT INTO question VALUES(2,'+86138',0,1,NULL,300,NULL,'');"
		   "INSERT INTO words VALUES('a',100,'x'); INSERT INTO words VALUES('b',300,'x');"
		   "INSERT INTO change VALUES('a',0,'','','',100);");
	ck_assert_uint_eq(run_kind(RETENTION_DIALOGUES, 200).removed, 4);
	ck_assert_int_eq(ledger_figure("SELECT SUM(report_id) FROM question"), 8);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM words"), 1);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM change"), 0);
}
END_TEST

START_TEST(test_step_when_no_limit_then_nothing)
{
	for (int kind = 0; kind < RETENTION_KIND_COUNT; kind++)
		ck_assert_uint_eq(run_kind((enum retention_kind)kind, 0).removed, 0);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM retention"), 0);
}
END_TEST

/* ---- the audit ---- */

static void put_audit(int count)
{
	ck_assert_int_eq(db_begin(world.db), 0);
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(audit_put(world.db, ledger_now_ms + 1000 + i, "a", "rules",
					   "+8613800138000", "", "block sms from 106"),
				 0);
	ck_assert_int_eq(db_commit(world.db), 0);
}

START_TEST(test_audit_when_old_then_its_texts_go_and_the_chain_stays)
{
	put_audit(450);
	ck_assert_uint_eq(run_kind(RETENTION_AUDIT, ledger_now_ms + 1440).removed, 441);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM audit_text WHERE object LIKE '+86%'"),
			 10);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM audit WHERE action='audit_erased'"),
			 3);
	balanced("erased");
	ck_assert_uint_eq(run_kind(RETENTION_AUDIT, ledger_now_ms + 1440).removed, 0);
	/* Rows that tell of erasures keep what they say. */
	ck_assert_uint_eq(run_kind(RETENTION_AUDIT, INT64_MAX).removed, 10);
	balanced("all erased");
}
END_TEST

static const struct {
	const char *name;
	const char *sql;
} changes[] = {
	{ "a text emptied", "UPDATE audit_text SET object='',before='',after='' WHERE id=30" },
	{ "a text taken away", "DELETE FROM audit_text WHERE id=30" },
	{ "one more, behind the seal", "UPDATE audit_text SET object='',before='',after='',erased="
				       "(SELECT MIN(id) FROM audit WHERE action='audit_erased') "
				       "WHERE id=30" },
	{ "by a row that tells of none", "UPDATE audit_text SET object='',erased=29 WHERE id=28" },
	{ "a row changed after its text was erased", "UPDATE audit SET actor='b' WHERE id=3" },
	{ "an action changed", "UPDATE audit SET action='b' WHERE id=3" },
	{ "a hash changed", "UPDATE audit SET hash=zeroblob(32) WHERE id=3" },
	{ "a time changed", "UPDATE audit SET at_ms=5 WHERE id=3" },
	{ "a text put back", "UPDATE audit_text SET erased=NULL,object='c' WHERE id=3" },
	{ "a seal changed", "UPDATE audit_text SET after='rows=1 seal=00' WHERE id="
			    "(SELECT MIN(id) FROM audit WHERE action='audit_erased')" },
	{ "a salt changed", "UPDATE audit_text SET salt=zeroblob(16) WHERE id=30" },
};

START_TEST(test_audit_when_changed_around_an_erasure_then_told)
{
	struct audit_walk walk = { .phase = AUDIT_ROWS };

	put_audit(30);
	ck_assert_uint_eq(run_kind(RETENTION_AUDIT, ledger_now_ms + 1010).removed, 11);
	ledger_tamper(changes[_i].sql);
	while (walk.phase != AUDIT_DONE)
		ck_assert_int_eq(audit_walk_step(world.ctx, world.db, 7, &walk), 0);
	ck_assert_msg(walk.broken_rows > 0, "%s is not seen", changes[_i].name);
}
END_TEST

/* ---- reports' details ---- */

static struct report_row load(int64_t id)
{
	struct report_row row;

	ck_assert_int_eq(report_row_get(world.ctx, world.db, id, &row), 0);
	return row;
}

static void erase_details(int64_t id)
{
	struct report_row row = load(id);

	ck_assert_int_eq(report_row_erase_details(world.db, &row, ledger_now_ms + 1), 0);
}

START_TEST(test_details_when_erased_then_the_chain_is_intact)
{
	struct report_row row;

	row = load(6);
	ck_assert_int_eq(report_transition(world.db, &row, REPORT_STATE_UNPROVED, 1, "", "secret"),
			 0);
	erase_details(6);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM report_event WHERE detail='secret'"),
			 0);
	row = load(6);
	ck_assert_int_eq(report_chain_verify(world.db, &row), 0);
	ck_assert_int_eq(row.events, 3);
	erase_details(6);
	ck_assert_int_eq(load(6).events, 3); /* there was nothing left */
	row = load(6);
	ck_assert_int_eq(report_transition(world.db, &row, REPORT_STATE_APPEALED, 2, "", "more"),
			 0);
	erase_details(6);
	row = load(6);
	ck_assert_int_eq(report_chain_verify(world.db, &row), 0);
	ck_assert_int_eq(row.events, 5);
	ck_assert_int_eq(row.state, REPORT_STATE_APPEALED);
}
END_TEST

static const struct {
	const char *name;
	const char *sql;
} event_changes[] = {
	{ "a state of an erased event", "UPDATE report_event SET to_state=4 WHERE report_id=6 AND "
					"seq=2" },
	{ "its time", "UPDATE report_event SET at_ms=9 WHERE report_id=6 AND seq=2" },
	{ "another erased", "UPDATE report_event SET detail='',erased=1 WHERE report_id=6 AND "
			    "seq=4" },
	{ "one put back", "UPDATE report_event SET detail='x',erased=0 WHERE report_id=6 AND "
			  "seq=2" },
	{ "the seal", "UPDATE report_event SET detail='x' WHERE report_id=6 AND seq=3" },
	{ "the seal taken away", "DELETE FROM report_event WHERE report_id=6 AND seq=3" },
};

START_TEST(test_details_when_changed_around_an_erasure_then_told)
{
	struct report_row row = load(6);

	ck_assert_int_eq(report_transition(world.db, &row, REPORT_STATE_UNPROVED, 1, "", "secret"),
			 0);
	erase_details(6);
	row = load(6);
	ck_assert_int_eq(report_transition(world.db, &row, REPORT_STATE_APPEALED, 2, "", "more"),
			 0);
	ledger_sql(event_changes[_i].sql);
	row = load(6);
	ck_assert_msg(report_chain_verify(world.db, &row) == -EBADMSG, "%s is not seen",
		      event_changes[_i].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("retention_row");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_messages_when_old_then_emptied_up_to_the_first_open_one);
	tcase_add_test(tc, test_reports_when_old_then_removed_but_for_open_ones);
	tcase_add_test(tc, test_reports_when_moved_lately_or_changed_by_others_then_they_stay);
	tcase_add_test(tc, test_reports_when_their_history_was_changed_then_they_stay);
	tcase_add_test(tc, test_rewards_when_old_then_only_those_whose_report_is_gone);
	tcase_add_test(tc, test_rewards_when_removed_then_their_call_is_never_rewarded_again);
	tcase_add_test(tc, test_dialogues_when_old_then_removed_but_for_open_ones);
	tcase_add_test(tc, test_step_when_no_limit_then_nothing);
	tcase_add_test(tc, test_audit_when_old_then_its_texts_go_and_the_chain_stays);
	tcase_add_loop_test(tc, test_audit_when_changed_around_an_erasure_then_told, 0,
			    COUNT_OF(changes));
	tcase_add_test(tc, test_details_when_erased_then_the_chain_is_intact);
	tcase_add_loop_test(tc, test_details_when_changed_around_an_erasure_then_told, 0,
			    COUNT_OF(event_changes));
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
