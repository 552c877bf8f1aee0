/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A number erased step by step: nothing of it is left, what rests on it still adds up; and audits
 * of before the texts lay beside them. */
#include "gateway/erasure_row.h"

#include <errno.h>

#include "gateway/audit_text.h"
#include "gateway/audit_walk.h"
#include "gateway/tables.h"
#include "tests/unit/ledger_world.h"

#define SUBSCRIBER "+8613800138000"
#define CALLER "+8613712345678"

static const struct reward_policy policy = { .amount_mb = 400, .cap_month = 9, .budget_mb = 5000 };
static struct tables *tables;

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

/* Three verified reports, of which the third is of a call that the first had rewarded. */
static void setup(void)
{
	char error[256];
	struct reward_row rows[2];

	ck_assert_int_eq(tables_load("", "", &tables, error, sizeof(error)), 0);
	ledger_open();
	ck_assert_int_eq(db_begin(world.db), 0);
	for (int i = 0; i < 2; i++) {
		rows[i] = ledger_enter(i + 1, &policy, REWARD_DUE);
		ledger_settle(rows[i].id, REWARD_STATE_CREDITED, "to " SUBSCRIBER);
	}
	ledger_report(3, REPORT_STATE_VERIFIED);
	ck_assert_int_eq(db_commit(world.db), 0);
	ledger_sql("UPDATE report SET told=7,call_start_ms="
		   "(SELECT call_start_ms FROM reward WHERE report_id=1) WHERE id IN (1,3);"
		   "UPDATE report SET told=7,call_start_ms="
		   "(SELECT call_start_ms FROM reward WHERE report_id=2) WHERE id=2;"
		   "DELETE FROM outbox;"
		   "INSERT INTO words VALUES('" SUBSCRIBER "',1,'x');"
		   "INSERT INTO reported_block VALUES('" SUBSCRIBER "','" CALLER "',1,NULL);"
		   "INSERT INTO change VALUES('+8613900139000',0,'" CALLER "','','',1);"
		   "INSERT INTO block_rule VALUES('" SUBSCRIBER "',1,'block sms from 106',1);"
		   "INSERT INTO block_rule VALUES('+8613900139000',1,'block sms from =" CALLER
		   "',1);"
		   "INSERT INTO attempt VALUES(1,'+8613900139000',0,2,'" CALLER
		   "',1,1,1,3,'',1,'a',NULL);");
	ck_assert_int_eq(db_begin(world.db), 0);
	ck_assert_int_eq(audit_put(world.db, 1, "a", "erase_calls", SUBSCRIBER, "", "x"), 0);
	ck_assert_int_eq(audit_put(world.db, 2, "a", "rules", "+8613900139000", "",
				   "block sms from =" CALLER),
			 0);
	ck_assert_int_eq(db_commit(world.db), 0);
	balanced("before");
}

static void teardown(void)
{
	ledger_close();
	tables_release(tables);
}

static struct personal_subject subject_of(const char *number)
{
	struct personal_subject subject = { 0 };

	snprintf(subject.number.text, NUMBER_MAX, "%s", number);
	personal_digits(number, subject.digits);
	ck_assert_int_eq(pseudonym_make(subject.pseudonym), 0);
	return subject;
}

static int64_t begin(const char *number)
{
	struct personal_subject subject = subject_of(number);
	int64_t id = 0;

	ck_assert_int_eq(db_begin(world.db), 0);
	ck_assert_int_eq(erasure_row_begin(world.ctx, world.db, tables->numbering, &subject, 5,
					   "uid 0", &id),
			 0);
	ck_assert_int_eq(db_commit(world.db), 0);
	ck_assert_int_gt(id, 0);
	return id;
}

/* One step, in a transaction that may not come to its end. */
static void step(int64_t id, bool commits, struct erasure_row *row)
{
	ck_assert_int_eq(db_begin(world.db), 0);
	ck_assert_int_eq(erasure_row_get(world.db, id, row), 0);
	ck_assert_int_eq(erasure_row_step(world.ctx, world.db, row, 6), 0);
	if (commits)
		ck_assert_int_eq(db_commit(world.db), 0);
	else
		db_rollback(world.db);
}

static void erase(const char *number)
{
	struct erasure_row row = { .stage = 0 };
	int64_t id = begin(number);

	while (row.stage < ERASURE_CALLS) {
		step(id, false, &row);
		step(id, true, &row);
	}
	ck_assert_int_eq(db_begin(world.db), 0);
	ck_assert_int_eq(erasure_row_move(world.db, &row, ERASURE_END), 0);
	ck_assert_int_eq(db_commit(world.db), 0);
	ledger_sql("DELETE FROM outbox");
	ck_assert_int_eq(db_begin(world.db), 0);
	ck_assert_int_eq(erasure_row_end(world.db, &row, 7), 0);
	ck_assert_int_eq(db_commit(world.db), 0);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM erasure"), 0);
}

/* Lines of `sqlite3 .dump` that hold the text. */
static int dumped(const char *text)
{
	char command[256];
	FILE *pipe;
	int count = 0;

	snprintf(command, sizeof(command), "sqlite3 %s .dump | grep -c '%s'", world.path, text);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	ck_assert_int_eq(fscanf(pipe, "%d", &count), 1);
	pclose(pipe);
	return count;
}

START_TEST(test_erase_when_a_subscriber_then_nothing_is_left_and_all_adds_up)
{
	struct reward_decision decision;
	struct report_row report;
	struct reward_row row;

	ck_assert_int_gt(dumped("13800138000"), 10);
	erase(SUBSCRIBER);
	ck_assert_int_eq(dumped("13800138000"), 0);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(DISTINCT subscriber) FROM reward"), 1);
	ck_assert_int_eq(ledger_figure("SELECT SUM(amount_mb) FROM reward"), 800);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM report WHERE subscriber LIKE '~%' "
				       "AND number='" CALLER "'"),
			 3);
	balanced("erased");
	/* The same number is somebody new; but that call was rewarded. */
	ck_assert_int_eq(db_begin(world.db), 0);
	report = ledger_report(20, REPORT_STATE_VERIFIED);
	report.call_start_ms = ledger_now_ms - 1 * LEDGER_MINUTE_MS;
	ck_assert_int_eq(reward_book_enter(world.db, &report, &policy, OUTBOX_REWARD, ledger_now_ms,
					   &decision, &row),
			 0);
	ck_assert_int_eq(db_commit(world.db), 0);
	ck_assert_int_eq(decision.outcome, REWARD_CALL_REWARDED);
	ledger_sql("UPDATE report SET told=7,call_start_ms="
		   "(SELECT call_start_ms FROM reward WHERE report_id=1) WHERE id=20");
	balanced("reported again");
	erase(SUBSCRIBER);
	balanced("erased again");
}
END_TEST

START_TEST(test_erase_when_a_caller_then_only_the_rules_of_others_name_it)
{
	erase(CALLER);
	ck_assert_int_eq(dumped("13712345678"), 2); /* the rule, and what the audit says of it */
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM attempt"), 0);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM change"), 0);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM report WHERE number LIKE '~%'"), 3);
	balanced("the caller");
	erase(SUBSCRIBER);
	ck_assert_int_eq(dumped("13800138000"), 0);
	balanced("both");
}
END_TEST

START_TEST(test_end_when_redis_has_the_rules_still_then_later)
{
	struct erasure_row row = { .stage = 0 };
	int64_t id = begin(SUBSCRIBER);
	struct personal_subject again = subject_of(SUBSCRIBER);
	int64_t same = 0;

	ck_assert_int_eq(
		erasure_row_begin(world.ctx, world.db, tables->numbering, &again, 5, "x", &same),
		-EALREADY);
	ck_assert_int_eq(same, id);
	while (row.stage < ERASURE_CALLS)
		step(id, true, &row);
	ck_assert_int_eq(erasure_row_end(world.db, &row, 7), -EAGAIN);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM outbox WHERE channel=3 AND "
				       "payload=''"),
			 1);
	ck_assert_int_eq(erasure_row_get(world.db, id + 1, &row), -ENOENT);
}
END_TEST

static int count_line(void *user, const char *line)
{
	ck_assert_int_eq(line[0], '{');
	++*(int *)user;
	return 0;
}

START_TEST(test_open_when_something_is_then_it_is_named)
{
	struct personal_subject subject = subject_of(SUBSCRIBER);
	int lines = 0;

	ck_assert_int_eq(personal_open(world.db, &subject, true, count_line, &lines), 0);
	ck_assert_int_eq(lines, 0);
	ledger_sql("UPDATE reward SET state=1 WHERE report_id=1;"
		   "UPDATE report SET state=6 WHERE id=2;"
		   "UPDATE message_in SET state=0 WHERE id=3;"
		   "INSERT INTO outbox VALUES(1,9,'','about 13800138000',NULL,0,'',1,NULL);"
		   "INSERT INTO held VALUES(1,1,'" SUBSCRIBER "','x',0,0,'',1);");
	ck_assert_int_eq(personal_open(world.db, &subject, false, count_line, &lines), 0);
	ck_assert_int_eq(lines, 3);
	ck_assert_int_eq(personal_open(world.db, &subject, true, count_line, &lines), 0);
	ck_assert_int_eq(lines, 3 + 5);
}
END_TEST

/* ---- the audit as earlier versions wrote it ---- */

static void old_row(FILE *file, uint8_t chain[AUDIT_CHAIN_SIZE], int i, const char *object)
{
	audit_chain_next(chain, i, (const char *const[5]){ "a", "rules", object, "", "b" }, NULL, 0,
			 0);
	fprintf(file, "INSERT INTO audit VALUES(%d,%d,'a','rules','%s','','b',x'", i, i, object);
	for (int j = 0; j < AUDIT_CHAIN_SIZE; j++)
		fprintf(file, "%02x", chain[j]);
	fputs("');\n", file);
}

/* A store of the version before the texts lay beside, with three rows. */
static void make_old(const char *path)
{
	uint8_t chain[AUDIT_CHAIN_SIZE] = { 0 };
	char command[256];
	size_t version = 0;
	FILE *pipe;

	snprintf(command, sizeof(command), "sqlite3 %s", path);
	pipe = popen(command, "w");
	ck_assert_ptr_nonnull(pipe);
	while (!strstr(store_migrations[version], "CREATE TABLE audit_text"))
		fprintf(pipe, "%s\n", store_migrations[version++]);
	old_row(pipe, chain, 1, SUBSCRIBER);
	old_row(pipe, chain, 2, "+8613900139000");
	old_row(pipe, chain, 3, SUBSCRIBER);
	fprintf(pipe, "PRAGMA user_version=%zu;\n", version);
	ck_assert_int_eq(pclose(pipe), 0);
}

START_TEST(test_audit_when_of_an_earlier_version_then_it_is_valid_and_erasable)
{
	char path[128];
	struct db *before = world.db;

	snprintf(path, sizeof(path), "%s/old.db", world.folder);
	make_old(path);
	ck_assert_msg(db_open(world.ctx, path, DB_WRITER, &world.db) == 0, "%s", db_open_error());
	strcpy(world.path, path);
	balanced("brought to this version");
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM audit_log WHERE object LIKE '+%'"), 3);
	erase(SUBSCRIBER);
	ck_assert_int_eq(dumped("13800138000"), 0);
	ck_assert_int_eq(ledger_figure("SELECT COUNT(*) FROM audit_log WHERE object LIKE '+%'"), 1);
	balanced("erased");
	ledger_tamper("UPDATE audit SET actor='b' WHERE id=1");
	struct audit_walk walk = { .phase = AUDIT_ROWS };
	while (walk.phase != AUDIT_DONE)
		ck_assert_int_eq(audit_walk_step(world.ctx, world.db, 7, &walk), 0);
	ck_assert_int_gt(walk.broken_rows, 0);
	talloc_free(before);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("erasure_row");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_erase_when_a_subscriber_then_nothing_is_left_and_all_adds_up);
	tcase_add_test(tc, test_erase_when_a_caller_then_only_the_rules_of_others_name_it);
	tcase_add_test(tc, test_end_when_redis_has_the_rules_still_then_later);
	tcase_add_test(tc, test_open_when_something_is_then_it_is_named);
	tcase_add_test(tc, test_audit_when_of_an_earlier_version_then_it_is_valid_and_erasable);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
