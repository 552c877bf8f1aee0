/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The audit's chain by itself: what somebody did to it is named, row and kind. */
#include "gateway/audit_verify.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/audit_text.h"
#include "tests/unit/ledger_world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
enum { ROWS = 12 };

static void setup(void)
{
	ledger_open();
	ck_assert_int_eq(db_begin(world.db), 0);
	for (int i = 1; i <= ROWS; i++) {
		char object[24];

		snprintf(object, sizeof(object), "+86138%08d", i);
		ck_assert_int_eq(audit_put(world.db, 1000 * i, "uid 0 pid 1", "rules", object, "",
					   "block call"),
				 0);
	}
	ck_assert_int_eq(db_commit(world.db), 0);
}

static void teardown(void)
{
	ledger_close();
}

static struct audit_tip tip_of(int64_t id)
{
	struct audit_tip tip = { .id = id };
	struct db_stmt *stmt = db_query(world.db, Q_AUDIT_HASH);
	size_t len;
	const void *hash;

	db_bind_int(stmt, 1, id);
	ck_assert_int_eq(db_step(stmt), 1);
	hash = db_blob(stmt, 0, &len);
	memcpy(tip.hash, hash, sizeof(tip.hash));
	db_finish(stmt);
	return tip;
}

static struct audit_verify verify(const struct audit_tip *head, size_t step)
{
	struct audit_verify verify = { .after = 0 };
	int rc;

	audit_verify_head(&verify, head ? 0 : -ENOENT, head);
	while ((rc = audit_verify_step(world.db, step, &verify)) == 0)
		;
	ck_assert_int_eq(rc, -EALREADY);
	return verify;
}

START_TEST(test_what_nobody_touched_is_whole)
{
	struct audit_tip head = tip_of(ROWS - 2);

	for (size_t step = 1; step < ROWS + 3; step++) {
		struct audit_verify found = verify(&head, step);

		ck_assert_int_eq(found.faults, 0);
		ck_assert_int_eq(found.rows, ROWS);
		ck_assert_int_eq(found.after, ROWS);
		ck_assert_int_eq(verify(NULL, step).faults, 0);
	}
}
END_TEST

/* The head is that of row 10, two rows behind the newest. */
static const struct {
	const char *name, *sql;
	enum audit_fault fault;
	int64_t id;
} changes[] = {
	{ "who", "UPDATE audit SET actor='uid 1' WHERE id=5", AUDIT_CHANGED, 5 },
	{ "when", "UPDATE audit SET at_ms=at_ms+1 WHERE id=5", AUDIT_CHANGED, 5 },
	{ "what", "UPDATE audit SET action='rule' WHERE id=1", AUDIT_CHANGED, 1 },
	{ "of whom", "UPDATE audit_text SET object='+8613900000005' WHERE id=5", AUDIT_CHANGED, 5 },
	{ "before", "UPDATE audit_text SET before='x' WHERE id=12", AUDIT_CHANGED, 12 },
	{ "a text moved on", "UPDATE audit_text SET before='block',after=' call' WHERE id=12",
	  AUDIT_CHANGED, 12 },
	{ "its hash", "UPDATE audit SET hash=zeroblob(32) WHERE id=5", AUDIT_CHANGED, 5 },
	{ "a short hash", "UPDATE audit SET hash=x'00' WHERE id=5", AUDIT_CHANGED, 5 },
	{ "an older form", "UPDATE audit SET form=0 WHERE id=5", AUDIT_CHANGED, 5 },
	{ "an older form with its id as salt",
	  "UPDATE audit SET form=0 WHERE id=5;"
	  "UPDATE audit_text SET salt=salt||x'0500000000000000' WHERE id=5",
	  AUDIT_CHANGED, 5 },
	{ "a row taken away", "DELETE FROM audit WHERE id=5", AUDIT_MISSING, 6 },
	{ "the first", "DELETE FROM audit WHERE id=1", AUDIT_MISSING, 2 },
	{ "a row taken away, the others closing up",
	  "DELETE FROM audit WHERE id=5;DELETE FROM audit_text WHERE id=5;"
	  "UPDATE audit SET id=id-1 WHERE id>5;UPDATE audit_text SET id=id-1 WHERE id>5",
	  AUDIT_CHANGED, 5 },
	{ "its texts alone", "DELETE FROM audit_text WHERE id=5", AUDIT_CHANGED, 5 },
	{ "a row put in",
	  "UPDATE audit SET id=-id WHERE id>4;UPDATE audit SET id=1-id WHERE id<0;"
	  "UPDATE audit_text SET id=-id WHERE id>4;UPDATE audit_text SET id=1-id WHERE id<0;"
	  "INSERT INTO audit SELECT 5,at_ms,actor,action,hash,form FROM audit WHERE id=4;"
	  "INSERT INTO audit_text SELECT 5,salt,object,before,after,NULL FROM audit_text WHERE "
	  "id=4",
	  AUDIT_CHANGED, 5 },
	{ "a row put in at the end",
	  "INSERT INTO audit VALUES(13,13000,'uid 0 pid 1','rules',zeroblob(32),1);"
	  "INSERT INTO audit_text VALUES(13,zeroblob(16),'','','',NULL)",
	  AUDIT_CHANGED, 13 },
	{ "two rows exchanged",
	  "UPDATE audit SET id=99 WHERE id=5;UPDATE audit SET id=5 WHERE id=6;"
	  "UPDATE audit SET id=6 WHERE id=99;UPDATE audit_text SET id=99 WHERE id=5;"
	  "UPDATE audit_text SET id=5 WHERE id=6;UPDATE audit_text SET id=6 WHERE id=99",
	  AUDIT_CHANGED, 5 },
	{ "the newest taken away, also that of which the file tells",
	  "DELETE FROM audit WHERE id>9;DELETE FROM audit_text WHERE id>9", AUDIT_CUT, 10 },
	{ "all of them", "DELETE FROM audit;DELETE FROM audit_text", AUDIT_CUT, 10 },
};

START_TEST(test_what_was_done_is_named)
{
	struct audit_tip head = tip_of(10);
	struct audit_verify found;

	ledger_tamper(changes[_i].sql);
	for (size_t step = 1; step < ROWS + 3; step += 4) {
		found = verify(&head, step);
		ck_assert_msg(found.faults > 0, "%s: not seen", changes[_i].name);
		ck_assert_msg(found.fault == changes[_i].fault && found.fault_id == changes[_i].id,
			      "%s: row %lld, %s", changes[_i].name, (long long)found.fault_id,
			      audit_fault_text(found.fault));
	}
}
END_TEST

/* Without the tool's help the database refuses. */
START_TEST(test_the_triggers_refuse)
{
	static const char *const refused[] = {
		"UPDATE audit SET actor='x' WHERE id=5",
		"DELETE FROM audit WHERE id=12",
		"DELETE FROM audit",
		"REPLACE INTO audit VALUES(5,1,'x','y',zeroblob(32),1)",
		"UPDATE audit_text SET after='x' WHERE id=5",
		"UPDATE audit_text SET after='' WHERE id=5",
		"UPDATE audit_text SET erased=12 WHERE id=5",
		"DELETE FROM audit_text WHERE id=5",
		"REPLACE INTO audit_text VALUES(5,x'','','','',NULL)",
	};
	struct audit_tip head = tip_of(ROWS);
	sqlite3 *handle;

	ck_assert_int_eq(sqlite3_open(world.path, &handle), SQLITE_OK);
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		ck_assert_msg(sqlite3_exec(handle, refused[i], NULL, NULL, NULL) ==
					      SQLITE_CONSTRAINT &&
				      strstr(sqlite3_errmsg(handle), "of the audit is never"),
			      "%s: %s", refused[i], sqlite3_errmsg(handle));
	sqlite3_close(handle);
	ck_assert_int_eq(verify(&head, 100).faults, 0);
}
END_TEST

/* The newest rows gone with the file, and the chain going on: the ids tell. */
START_TEST(test_new_rows_behind_a_cut_show_it)
{
	struct audit_verify found;

	ledger_tamper("DELETE FROM audit WHERE id>9;DELETE FROM audit_text WHERE id>9");
	ck_assert_int_eq(verify(NULL, 100).faults, 0);
	ck_assert_int_eq(db_begin(world.db), 0);
	ck_assert_int_eq(audit_put(world.db, 1, "a", "b", "c", "d", "e"), 0);
	ck_assert_int_eq(db_commit(world.db), 0);
	found = verify(NULL, 100);
	ck_assert_int_eq(found.fault, AUDIT_MISSING);
	ck_assert_int_eq(found.fault_id, ROWS + 1);
	ck_assert_str_eq(found.fault_action, "b");
	ck_assert_int_eq(found.fault_at_ms, 1);
}
END_TEST

/* A chain that holds, and is another: only the file knows. */
START_TEST(test_a_chain_written_anew_is_another)
{
	struct audit_tip head = tip_of(10);
	struct audit_verify found;

	head.hash[31] ^= 1;
	found = verify(&head, 3);
	ck_assert_int_eq(found.fault, AUDIT_REWRITTEN);
	ck_assert_int_eq(found.fault_id, 10);
	ck_assert_int_eq(found.faults, 1);
}
END_TEST

/* Rows of before: their ids are not in their hashes. */
START_TEST(test_rows_of_earlier_versions_stay_good)
{
	uint8_t chain[AUDIT_CHAIN_SIZE] = { 0 };
	char sql[512], hex[AUDIT_HEX_MAX];
	struct audit_verify found;

	ledger_tamper("DELETE FROM audit;DELETE FROM audit_text;DELETE FROM sqlite_sequence");
	for (int i = 1; i <= 3; i++) {
		audit_chain_next(chain, i, (const char *const[5]){ "a", "b", "c", "d", "e" }, NULL,
				 0, 0);
		snprintf(sql, sizeof(sql),
			 "INSERT INTO audit VALUES(%d,%d,'a','b',x'%s',0);"
			 "INSERT INTO audit_text VALUES(%d,x'','c','d','e',NULL)",
			 i, i, audit_hash_hex(chain, hex), i);
		ledger_sql(sql);
	}
	ck_assert_int_eq(db_begin(world.db), 0);
	ck_assert_int_eq(audit_put(world.db, 1, "a", "b", "c", "d", "e"), 0);
	ck_assert_int_eq(db_commit(world.db), 0);
	found = verify(NULL, 2);
	ck_assert_int_eq(found.faults, 0);
	ck_assert_int_eq(found.rows, 4);
	ledger_sql("DELETE FROM audit WHERE id=2");
	found = verify(NULL, 2);
	ck_assert_int_eq(found.fault, AUDIT_CHANGED);
	ck_assert_int_eq(found.fault_id, 3);
}
END_TEST

START_TEST(test_erased_texts_leave_it_whole)
{
	const int64_t ids[] = { 2, 3, 7 };
	struct audit_tip head = tip_of(ROWS);

	ck_assert_int_eq(db_begin(world.db), 0);
	ck_assert_int_eq(audit_text_erase(world.db, ids, 3, 5, "retention", "age"), 0);
	ck_assert_int_eq(db_commit(world.db), 0);
	ck_assert_int_eq(verify(&head, 4).faults, 0);
}
END_TEST

/* ---- the file ---- */

START_TEST(test_the_line_of_the_file)
{
	static const char hash[] =
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	static const struct {
		const char *head, *hash, *tail;
		int rc;
	} rows[] = {
		{ "7 ", hash, "\n", 0 },
		{ "7 ", hash, "", 0 },
		{ "999999999999999999 ", hash, "\n", 0 },
		{ "9999999999999999999 ", hash, "\n", -EBADMSG },
		{ "0 ", hash, "\n", -EBADMSG },
		{ "-7 ", hash, "\n", -EBADMSG },
		{ "7  ", hash, "\n", -EBADMSG },
		{ "7", hash, "\n", -EBADMSG },
		{ "", hash, "\n", -EBADMSG },
		{ "7 ", hash, "\n\n", -EBADMSG },
		{ "7 ", hash, "0", -EBADMSG },
		{ "7 ", hash + 1, "\n", -EBADMSG },
		{ "7 ", hash + 2, "FF\n", -EBADMSG },
		{ "7 ", "", "", -EBADMSG },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct audit_tip tip = { .id = -1 };
		char text[AUDIT_HEAD_TEXT_MAX], hex[AUDIT_HEX_MAX];
		int len = snprintf(text, sizeof(text), "%s%s%s", rows[i].head, rows[i].hash,
				   rows[i].tail);
		int rc = audit_head_parse(text, (size_t)len, &tip);

		ck_assert_msg(rc == rows[i].rc, "%zu: %d", i, rc);
		if (rc == 0)
			ck_assert_str_eq(audit_hash_hex(tip.hash, hex), hash);
		else
			ck_assert_int_eq(tip.id, -1);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("audit_verify");
	TCase *tests = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_what_nobody_touched_is_whole);
	tcase_add_loop_test(tests, test_what_was_done_is_named, 0, COUNT_OF(changes));
	tcase_add_test(tests, test_the_triggers_refuse);
	tcase_add_test(tests, test_new_rows_behind_a_cut_show_it);
	tcase_add_test(tests, test_a_chain_written_anew_is_another);
	tcase_add_test(tests, test_rows_of_earlier_versions_stay_good);
	tcase_add_test(tests, test_erased_texts_leave_it_whole);
	tcase_add_test(tests, test_the_line_of_the_file);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
