/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The audit: a ledger that adds up, and what it says when somebody changes it. */
#include "gateway/audit_walk.h"

#include "gateway/rule_store.h"
#include "tests/unit/ledger_world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct reward_policy policy = { .amount_mb = 400, .cap_month = 4, .budget_mb = 5000 };

static void message(int64_t id, enum message_state state, int64_t report_id, const char *raw)
{
	struct message_row row = { .id = id,
				   .received_ms = ledger_now_ms,
				   .account = "a",
				   .source = "+8613800138000",
				   .state = state,
				   .report_id = report_id,
				   .raw = raw,
				   .len = strlen(raw) };

	ck_assert_int_eq(message_row_insert(world.db, &row), 0);
}

/* Entries in each state, a reversal, messages of each kind, and some rows of the audit. */
static void setup(void)
{
	struct reward_settings settings = ledger_settings(ledger_now_ms);
	struct reward_row rows[5];
	struct reward_row reversal;

	ledger_open();
	ck_assert_int_eq(db_begin(world.db), 0);
	for (int i = 0; i < 4; i++)
		rows[i] = ledger_enter(i + 1, &policy, REWARD_DUE);
	ledger_enter(5, &policy, REWARD_CAP_MONTH);
	ledger_settle(rows[0].id, REWARD_STATE_CREDITED, "");
	ledger_settle(rows[1].id, REWARD_STATE_FAILED, "x");
	ledger_settle(rows[2].id, REWARD_STATE_CREDITED, "");
	ck_assert_int_eq(reward_row_get(world.db, rows[2].id, &rows[2]), 0);
	ck_assert_int_eq(reward_book_reverse(world.db, &settings, &rows[2], "x", "y", &reversal),
			 1);
	ledger_settle(reversal.id, REWARD_STATE_CREDITED, "");
	ledger_report(6, REPORT_STATE_PENDING);
	message(7, MESSAGE_DONE, 1, "a duplicate");
	message(8, MESSAGE_DONE, 0, "a keyword");
	message(9, MESSAGE_NEW, 0, "not read yet");
	ck_assert_int_eq(audit_put(world.db, 1, "a", "b", "c", "d", "e"), 0);
	ck_assert_int_eq(db_commit(world.db), 0);
	/* Everybody was told. */
	ledger_sql("UPDATE report SET told=7");
}

static void teardown(void)
{
	ledger_close();
}

static void walk_all(struct audit_walk *walk, size_t limit)
{
	memset(walk, 0, sizeof(*walk));
	while (walk->phase != AUDIT_DONE) {
		ck_assert_int_eq(db_begin(world.db), 0);
		ck_assert_int_eq(audit_walk_step(world.ctx, world.db, limit, walk), 0);
		ck_assert_int_eq(db_commit(world.db), 0);
	}
	ck_assert_int_lt(audit_walk_step(world.ctx, world.db, limit, walk), 0);
}

START_TEST(test_walk_when_nothing_is_wrong_then_all_lines_balance)
{
	static const size_t limits[] = { 1, 2, 3, 1000 };
	struct audit_line lines[AUDIT_LINES];
	struct audit_walk walk;

	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		walk_all(&walk, limits[i]);
		audit_walk_lines(&walk, lines);
		for (size_t j = 0; j < AUDIT_LINES; j++)
			ck_assert_msg(lines[j].left == lines[j].right, "%zu a step: %s: %lld, %lld",
				      limits[i], lines[j].name, (long long)lines[j].left,
				      (long long)lines[j].right);
		ck_assert_int_eq(walk.accepted, 9);
		ck_assert_int_eq(walk.joined, 1);
		ck_assert_int_eq(walk.other, 1);
		ck_assert_int_eq(walk.unread, 1);
		ck_assert_int_eq(walk.rewards[REWARD_STATE_CREDITED], 2);
		ck_assert_int_eq(walk.rewards[REWARD_STATE_WITHHELD], 1);
		ck_assert_int_eq(walk.reversals[REWARD_STATE_CREDITED], 1);
		ck_assert_int_eq(walk.audit_rows, 2);
		ck_assert_uint_eq(walk.name_count, 0);
	}
}
END_TEST

static const struct {
	const char *name;
	const char *sql;
	const char *line; /* that has to differ */
} changes[] = {
	{ "a message taken away", "DELETE FROM message_in WHERE id=3", "accepted =" },
	{ "the report of a message taken away", "DELETE FROM report WHERE id=6",
	  "messages that joined" },
	{ "a report made up",
	  "INSERT INTO report SELECT 99,subscriber,number,intent,category,text,"
	  "received_ms,call_from_ms,call_to_ms,state,check_at,checks,"
	  "deadline_ms,route,score,reasons,call_start_ms,forged,events,chain,"
	  "told,appealed FROM report WHERE id=6",
	  "reports = messages" },
	{ "a duplicate of nothing", "UPDATE message_in SET report_id=77 WHERE id=7",
	  "messages that joined" },
	{ "a reward taken away", "DELETE FROM reward WHERE report_id=1", "verified reports whose" },
	{ "a reward for nothing", "UPDATE reward SET report_id=6 WHERE report_id=4",
	  "never verified" },
	{ "a second reward for a call",
	  "UPDATE reward SET call_start_ms=(SELECT call_start_ms FROM reward WHERE report_id=1) "
	  "WHERE report_id=4",
	  "under a key" },
	{ "a state that does not exist", "UPDATE reward SET state=9 WHERE report_id=1",
	  "rewards = credited" },
	{ "a failure that kept what it took", "UPDATE reward SET returned=0 WHERE report_id=2",
	  "gave back" },
	{ "a credit that gave back", "UPDATE reward SET returned=1 WHERE report_id=1",
	  "gave back" },
	{ "another amount", "UPDATE reward SET amount_mb=4000 WHERE report_id=1", "budgets" },
	{ "a budget with more room", "UPDATE budget SET spent_mb=0", "budgets" },
	{ "the reversal of another amount", "UPDATE reversal SET amount_mb=1", "gave back" },
	{ "the reversal of nothing", "UPDATE reversal SET report_id=6", "under a key" },
	{ "a request lost", "DELETE FROM outbox WHERE channel=2", "not asked for" },
	{ "a report that nobody answers",
	  "UPDATE report SET told=1 WHERE id=1;"
	  "DELETE FROM outbox WHERE report_id=1",
	  "not be told" },
	{ "a verdict changed", "UPDATE report SET state=3 WHERE id=6", "history" },
	{ "evidence changed", "UPDATE report_event SET detail='x' WHERE report_id=1 AND seq=2",
	  "history" },
	{ "an audit row changed", "UPDATE audit SET actor='b' WHERE id=1", "audit rows" },
	{ "an audit row taken away", "DELETE FROM audit WHERE id=1", "audit rows" },
};

START_TEST(test_walk_when_something_was_changed_then_its_line_differs)
{
	struct audit_line lines[AUDIT_LINES];
	struct audit_walk walk;
	bool found = false;

	ledger_tamper(changes[_i].sql);
	walk_all(&walk, 4);
	audit_walk_lines(&walk, lines);
	for (size_t j = 0; j < AUDIT_LINES; j++)
		if (strstr(lines[j].name, changes[_i].line) && lines[j].left != lines[j].right)
			found = true;
	ck_assert_msg(found, "%s: no difference in '%s'", changes[_i].name, changes[_i].line);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("audit_walk");
	TCase *tc = tcase_create("core");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_walk_when_nothing_is_wrong_then_all_lines_balance);
	tcase_add_loop_test(tc, test_walk_when_something_was_changed_then_its_line_differs, 0,
			    COUNT_OF(changes));
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
