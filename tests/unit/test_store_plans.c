/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_store_plans.c - lists that people ask for are read off an index, whatever the tables hold;
 * and a store of before has its counters of days after the migration (report_tally.h keeps them).
 */
#include <check.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store_sql.h"
#include "tests/unit/day_counters.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const query_sql[] = {
#define QUERY_SQL(name, sql) [name] = sql,
	DB_QUERIES(QUERY_SQL)
#undef QUERY_SQL
};

static sqlite3 *db;

static void run(const char *sql)
{
	char *error = NULL;

	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &error) == SQLITE_OK, "%s: %s", sql, error);
}

static void set_up(void)
{
	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	for (size_t i = 0; i < store_migrations_count; i++)
		run(store_migrations[i]);
}

static void tear_down(void)
{
	sqlite3_close(db);
}

/* The steps of the plan, one a line. */
static void plan_of(enum db_query query, char out[2048])
{
	char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", query_sql[query]);
	sqlite3_stmt *stmt;
	size_t len = 0;

	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	out[0] = '\0';
	while (sqlite3_step(stmt) == SQLITE_ROW)
		len += (size_t)snprintf(out + len, 2048 - len, "%s\n",
					(const char *)sqlite3_column_text(stmt, 3));
	sqlite3_finalize(stmt);
	sqlite3_free(sql);
}

static const struct {
	enum db_query query;
	const char *index;
	bool sorts; /* rows of one person, or of one moment */
} plans[] = {
	{ Q_REPORTS_ALL, "INDEX report_received (received_ms>? AND received_ms<?)", false },
	{ Q_REPORTS_OPEN, "INDEX report_due (check_at>?)", true },
	{ Q_REPORTS_NUMBER, "INDEX report_number (number=? AND received_ms>? AND received_ms<?)",
	  true },
	{ Q_REPORTS_SUBSCRIBER, "INDEX report_subscriber (subscriber=?)", true },
	{ Q_REPORTS_SUBSCRIBER_NUMBER, "INDEX report_subscriber (subscriber=? AND number=?)",
	  true },
	{ Q_LEDGER_LIST, "INDEX reward_created (created_ms<?)", false },
	{ Q_CALLER_TOP, "INDEX caller_day_top (day_ms=?", false },
	{ Q_CALLER_REST, "PRIMARY KEY (day_ms=?)", false },
	{ Q_CALLER_SUM, "PRIMARY KEY (day_ms=? AND number=?)", false },
	{ Q_CALLER_DAYS, "PRIMARY KEY (day_ms=? AND number=?)", false },
	{ Q_DAY_COUNTS, "PRIMARY KEY (day_ms>?)", false },
	{ Q_REPORT_OPEN_AGES, "INDEX report_due (check_at>?)", false },
	{ Q_ATTEMPT_LIST, "INTEGER PRIMARY KEY (rowid<?)", false },
	/* What was there before goes the way it went. */
	{ Q_REVIEW_NEXT, "SCAN report USING INDEX report_review", false },
	{ Q_REVIEW_QUEUE, "SCAN report USING INDEX report_review", false },
	{ Q_REWARD_VERIFIED, "INDEX report_subscriber (subscriber=?)", false },
	{ Q_REPORT_NUMBERS_VERIFIED, "INDEX report_number (number=?)", false },
};

START_TEST(test_lists_have_an_index)
{
	char plan[2048];

	plan_of(plans[_i].query, plan);
	ck_assert_msg(strstr(plan, plans[_i].index) != NULL, "%s", plan);
	ck_assert_msg(strstr(plan, "SCAN report\n") == NULL, "%s", plan);
	ck_assert_msg(strstr(plan, "SCAN reward\n") == NULL, "%s", plan);
	ck_assert_msg(plans[_i].sorts == (strstr(plan, "TEMP B-TREE") != NULL), "%s", plan);
	/* Never a whole sort of what one number has. */
	if (plans[_i].query == Q_REPORTS_NUMBER)
		ck_assert_msg(strstr(plan, "RIGHT PART OF ORDER BY") != NULL, "%s", plan);
}
END_TEST

/* ---- counters ---- */

static void insert_report(int id, int subscriber, const char *number, int state, int hours)
{
	char *sql = sqlite3_mprintf(
		"INSERT INTO report(id,subscriber,number,intent,category,text,received_ms,state,"
		"checks,deadline_ms,route,score,reasons,forged,events,chain,told,appealed) "
		"VALUES(%d,'+86138%08d',%Q,0,%d,'',1763778600000+%d*3600000,%d,0,"
		"1763778600000,'',0,'',0,0,x'',0,0)",
		id, subscriber, number, id % 9, hours, state);

	run(sql);
	sqlite3_free(sql);
}

/* A store of before has its counters after the migration. */
START_TEST(test_earlier_reports_are_counted)
{
	sqlite3_close(db);
	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	for (size_t i = 0; i < store_migrations_count; i++) {
		if (strstr(store_migrations[i], "CREATE TABLE day_count"))
			for (int id = 1; id <= 50; id++)
				insert_report(id, id % 3, id % 4 ? "10086" : "95533", id % 8,
					      id % 60);
		run(store_migrations[i]);
	}
	check_day_counters(db);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store_plans");
	TCase *tcase = tcase_create("store_plans");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, test_lists_have_an_index, 0, (int)COUNT(plans));
	tcase_add_test(tcase, test_earlier_reports_are_counted);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
