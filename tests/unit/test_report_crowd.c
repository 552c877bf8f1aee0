/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How many people report a number: what is remembered within a transaction says the same as the
 * table. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/report_crowd.h"
#include "gateway/report_row.h"

#define SELLER "+8613712345678"

static char folder[64];
static struct db *db;
static int64_t next_id;

static void setup(void)
{
	char path[96];

	strcpy(folder, "/tmp/mianrao-crowd-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t.db", folder);
	ck_assert_msg(db_open(NULL, path, DB_WRITER, &db) == 0, "%s", db_open_error());
	next_id = 1;
	ck_assert_int_eq(db_begin(db), 0);
}

static void teardown(void)
{
	char command[128];

	db_rollback(db);
	talloc_free(db);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void begin_anew(void)
{
	ck_assert_int_eq(db_commit(db), 0);
	ck_assert_int_eq(db_begin(db), 0);
}

static void report(struct report_row *row, int person, const char *number, int64_t received_ms)
{
	*row = (struct report_row){
		.id = next_id++, .text = "", .received_ms = received_ms, .deadline_ms = received_ms
	};
	snprintf(row->subscriber.text, NUMBER_MAX, "+861390000%04d", person);
	snprintf(row->number.text, NUMBER_MAX, "%s", number);
	ck_assert_int_eq(report_row_open(db, row, REPORT_STATE_PENDING, received_ms, ""), 0);
}

static uint32_t count_until(int person, int64_t since_ms, int64_t until_ms, size_t enough)
{
	char except[NUMBER_MAX];
	const struct crowd_question question = { SELLER, since_ms, until_ms, except, enough };
	uint32_t found = 0;

	snprintf(except, sizeof(except), "+861390000%04d", person);
	ck_assert_int_eq(report_crowd_count(db, &question, &found), 0);
	return found;
}

static uint32_t count(int person, int64_t since_ms, size_t enough)
{
	return count_until(person, since_ms, INT64_MAX, enough);
}

START_TEST(test_crowd_when_it_is_asked_as_of_a_moment_then_later_reports_do_not_count)
{
	struct report_row row;

	report(&row, 1, SELLER, 100);
	report(&row, 2, SELLER, 200);
	report(&row, 2, SELLER, 400);
	report(&row, 3, SELLER, 500);
	ck_assert_uint_eq(count_until(9, 0, 99, 50), 0);
	ck_assert_uint_eq(count_until(9, 0, 100, 50), 1);
	ck_assert_uint_eq(count_until(9, 0, 300, 50), 2);
	ck_assert_uint_eq(count_until(9, 0, 500, 50), 3);
	/* Somebody who reported before, in between, and after. */
	report(&row, 1, SELLER, 250);
	report(&row, 1, SELLER, 600);
	ck_assert_uint_eq(count_until(9, 150, 300, 50), 2);
	ck_assert_uint_eq(count_until(9, 260, 450, 50), 1);
}
END_TEST

START_TEST(test_crowd_when_reports_come_between_then_they_count)
{
	struct report_row row;

	ck_assert_uint_eq(count(1, 0, 50), 0);
	report(&row, 1, SELLER, 100);
	ck_assert_uint_eq(count(1, 0, 50), 0); /* not oneself */
	ck_assert_uint_eq(count(2, 0, 50), 1);
	report(&row, 2, SELLER, 200);
	report(&row, 2, SELLER, 300);
	report(&row, 3, "+8613700000000", 300);
	ck_assert_uint_eq(count(1, 0, 50), 1); /* each person once */
	ck_assert_uint_eq(count(3, 0, 50), 2);
	begin_anew();
	ck_assert_uint_eq(count(3, 0, 50), 2);
}
END_TEST

START_TEST(test_crowd_when_the_window_moves_on_then_old_reports_do_not_count)
{
	struct report_row row;

	report(&row, 1, SELLER, 100);
	report(&row, 2, SELLER, 200);
	ck_assert_uint_eq(count(9, 50, 50), 2);
	ck_assert_uint_eq(count(9, 100, 50), 1); /* received after it */
	report(&row, 1, SELLER, 300);
	ck_assert_uint_eq(count(9, 200, 50), 1);
	ck_assert_uint_eq(count(9, 20, 50), 2); /* a wider one is asked anew */
}
END_TEST

START_TEST(test_crowd_when_there_are_more_than_enough_then_no_more_are_counted)
{
	struct report_row row;

	for (int person = 0; person < 300; person++)
		report(&row, person, SELLER, 100 + person);
	for (size_t enough = 1; enough < 400; enough += 7) {
		begin_anew();
		ck_assert_uint_eq(count(3, 0, enough), enough < 299 ? enough : 299);
		ck_assert_uint_eq(count(999, 0, enough), enough < 300 ? enough : 300);
		ck_assert_uint_eq(count(3, 250, enough), enough < 149 ? enough : 149);
	}
}
END_TEST

START_TEST(test_crowd_when_writes_are_undone_or_a_number_changes_then_as_in_the_table)
{
	struct report_row row;

	report(&row, 1, SELLER, 100);
	ck_assert_uint_eq(count(9, 0, 50), 1);
	ck_assert_int_eq(db_savepoint(db), 0);
	report(&row, 2, SELLER, 100);
	ck_assert_uint_eq(count(9, 0, 50), 2);
	ck_assert_int_eq(db_undo(db), 0);
	ck_assert_uint_eq(count(9, 0, 50), 1);
	report(&row, 3, "", 100);
	ck_assert_uint_eq(count(9, 0, 50), 1);
	row.state = REPORT_STATE_NEEDS_NUMBER;
	snprintf(row.number.text, NUMBER_MAX, "%s", SELLER);
	ck_assert_int_eq(report_transition(db, &row, REPORT_STATE_PENDING, 200, "", ""), 0);
	ck_assert_uint_eq(count(9, 0, 50), 2);
	db_rollback(db);
	ck_assert_int_eq(db_begin(db), 0);
	ck_assert_uint_eq(count(9, 0, 50), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_crowd");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase,
		       test_crowd_when_it_is_asked_as_of_a_moment_then_later_reports_do_not_count);
	tcase_add_test(tcase, test_crowd_when_reports_come_between_then_they_count);
	tcase_add_test(tcase, test_crowd_when_the_window_moves_on_then_old_reports_do_not_count);
	tcase_add_test(tcase, test_crowd_when_there_are_more_than_enough_then_no_more_are_counted);
	tcase_add_test(tcase,
		       test_crowd_when_writes_are_undone_or_a_number_changes_then_as_in_the_table);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
