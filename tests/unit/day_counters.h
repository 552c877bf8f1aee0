/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* day_counters.h - what the counters of days have to be: what counting gives (report_tally.h). */
#pragma once

#include <check.h>
#include <sqlite3.h>

/* Two queries give the same rows. */
static void same_rows(sqlite3 *db, const char *one, const char *other)
{
	char *sql = sqlite3_mprintf("SELECT (SELECT COUNT(*) FROM (%s EXCEPT %s))+"
				    "(SELECT COUNT(*) FROM (%s EXCEPT %s))",
				    one, other, other, one);
	sqlite3_stmt *stmt;

	ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK, "%s: %s", one,
		      sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	ck_assert_msg(sqlite3_column_int(stmt, 0) == 0, "%s", one);
	sqlite3_finalize(stmt);
	sqlite3_free(sql);
}

#define RECEIVED_DAY "(received_ms-(received_ms+28800000)%86400000)"

static void check_day_counters(sqlite3 *db)
{
	same_rows(db,
		  "SELECT " RECEIVED_DAY " d,state*100+category,COUNT(*) FROM report "
		  "GROUP BY d,state,category",
		  "SELECT day_ms,kind-kind/10%10*10 k,SUM(n) FROM day_count WHERE kind<1000 "
		  "GROUP BY day_ms,k HAVING SUM(n)<>0");
	same_rows(db,
		  "SELECT " RECEIVED_DAY " d,number,COUNT(*),SUM(state=3) "
		  "FROM report WHERE number<>'' GROUP BY d,number",
		  "SELECT * FROM caller_day");
}
