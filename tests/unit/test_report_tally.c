/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_report_tally.c - whatever happens to reports, in any order and undone or not, the counters
 * of days are what counting gives. */
#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/db.h"
#include "gateway/report_row.h"
#include "gateway/report_tally.h"
#include "tests/unit/day_counters.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { HOUR_MS = 3600000 };
static const int64_t start_ms = 1763778600000;

static char folder[] = "/tmp/mianrao-tally-XXXXXX";
static char path[64];
static void *ctx;
static struct db *db;

static void open_store(void)
{
	ck_assert_int_eq(db_open(ctx, path, DB_WRITER, &db), 0);
}

static void set_up(void)
{
	memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/store.db", folder);
	ctx = talloc_new(NULL);
	open_store();
}

static void tear_down(void)
{
	char command[96];

	talloc_free(ctx);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* ---- what counting gives ---- */

static sqlite3 *open_reader(void)
{
	sqlite3 *handle;

	ck_assert_int_eq(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	return handle;
}

static void same(const char *one, const char *other)
{
	sqlite3 *handle = open_reader();

	same_rows(handle, one, other);
	sqlite3_close(handle);
}

static void check_counters(void)
{
	sqlite3 *handle = open_reader();

	check_day_counters(handle);
	sqlite3_close(handle);
}

/* ---- what happens ---- */

static const char *const numbers[] = { "", "+8613712345678", "10086", "95533", "+85298765432" };

static struct number some_number(void)
{
	struct number number = { "" };

	/* Now and then one of very many, so that the memory is too small. */
	if (random() % 3 == 0)
		snprintf(number.text, sizeof(number.text), "+86139%08ld", random() % 5000);
	else
		snprintf(number.text, sizeof(number.text), "%s",
			 numbers[random() % COUNT(numbers)]);
	return number;
}

static void insert(int64_t id)
{
	struct report_row row = { .id = id,
				  .text = "x",
				  .category = (enum report_category)(random() % 9),
				  .received_ms = start_ms + random() % 100 * HOUR_MS,
				  .number = some_number(),
				  .state = (enum report_state)(random() % REPORT_STATE_COUNT),
				  .deadline_ms = start_ms + 200 * (int64_t)HOUR_MS };

	snprintf(row.subscriber.text, sizeof(row.subscriber.text), "+86138%08ld", random() % 5);
	ck_assert_int_eq(report_row_insert(db, &row), 0);
}

static void change(int64_t id)
{
	static const enum report_state to[] = { REPORT_STATE_PENDING,  REPORT_STATE_VERIFIED,
						REPORT_STATE_REJECTED, REPORT_STATE_UNPROVED,
						REPORT_STATE_REVIEW,   REPORT_STATE_APPEALED };
	struct report_row row;

	if (report_row_get(ctx, db, id, &row) < 0)
		return;
	row.category = (enum report_category)(random() % 9);
	switch (random() % 4) {
	case 0:
		ck_assert_int_eq(report_row_write_reading(db, &row, NULL), 0);
		break;
	case 1:
		row.number = some_number();
		ck_assert_int_eq(report_row_write_reading(db, &row, "more"), 0);
		(void)!report_transition(db, &row, to[random() % 6], start_ms, "", "");
		break;
	case 2:
		ck_assert_int_eq(report_row_erase(db, &row, &(struct number){ "erased" },
						  &(struct number){ "erased too" }, start_ms),
				 0);
		break;
	default: /* not every state follows every other */
		(void)!report_transition(db, &row, to[random() % 6], start_ms, "", "");
	}
}

static void some_changes(int64_t *next, int64_t last)
{
	for (int i = 0; i < 40; i++) {
		insert((*next)++);
		change(1 + random() % (last > 0 ? last : 1));
	}
}

START_TEST(test_counters_when_anything_happens_then_as_counting_gives)
{
	int64_t next = 1;

	srandom(17 + (unsigned)_i);
	for (int round = 0; round < 25; round++) {
		int64_t kept = next;

		ck_assert_int_eq(db_begin(db), 0);
		some_changes(&next, kept);
		if (round % 3 == 1) {
			int64_t marked = next;

			ck_assert_int_eq(db_savepoint(db), 0);
			some_changes(&next, marked);
			ck_assert_int_eq(round % 2 ? db_undo(db) : db_release(db), 0);
			next = round % 2 ? marked : next;
			some_changes(&next, next - 1);
		}
		if (round % 5 == 4) {
			db_rollback(db);
			next = kept;
		} else {
			ck_assert_int_eq(db_commit(db), 0);
		}
		if (round % 7 == 6) { /* as after a start */
			TALLOC_FREE(db);
			open_store();
		}
		check_counters();
	}
	same("SELECT 1", "SELECT COUNT(*)>100 FROM caller_day");
}
END_TEST

START_TEST(test_answers_when_given_then_in_time_or_late)
{
	struct report_row row = { .id = 1,
				  .text = "",
				  .received_ms = start_ms,
				  .deadline_ms = start_ms + 10,
				  .state = REPORT_STATE_PENDING,
				  .number = { "10086" } };
	struct report_row at_once = {
		.id = 2, .text = "", .received_ms = start_ms, .deadline_ms = start_ms + 10
	};

	ck_assert_int_eq(db_begin(db), 0);
	ck_assert_int_eq(report_row_insert(db, &row), 0);
	ck_assert_int_eq(report_row_begin(db, &at_once, REPORT_STATE_PENDING, start_ms, ""), 0);
	ck_assert_int_eq(report_transition(db, &at_once, REPORT_STATE_VERIFIED, start_ms, "", ""),
			 0);
	/* In time; reopened, and late. */
	ck_assert_int_eq(report_transition(db, &row, REPORT_STATE_UNPROVED, start_ms + 10, "", ""),
			 0);
	ck_assert_int_eq(report_transition(db, &row, REPORT_STATE_PENDING, start_ms + 11, "", ""),
			 0);
	ck_assert_int_eq(report_transition(db, &row, REPORT_STATE_REJECTED, start_ms + 11, "", ""),
			 0);
	ck_assert_int_eq(db_commit(db), 0);
	same("SELECT * FROM (SELECT 1000,1 UNION SELECT 1001,1)",
	     "SELECT kind,n FROM day_count WHERE kind>=1000");
	same("SELECT 1", "SELECT SUM(n) FROM day_count WHERE kind<1000 AND kind/10%10=1");
	check_counters();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_tally");
	TCase *tcase = tcase_create("report_tally");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, test_counters_when_anything_happens_then_as_counting_gives, 0,
			    10);
	tcase_add_test(tcase, test_answers_when_given_then_in_time_or_late);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
