/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_question_row.c - questions in the store: due, asked, found, answered; and those that an
 * earlier version asked. */
#include "gateway/question_row.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#define SUBSCRIBER "+8613800138000"

static char folder[64];
static char path[96];
static void *ctx;
static struct db *db;

static void open_store(void)
{
	ck_assert_msg(db_open(ctx, path, DB_WRITER, &db) == 0, "%s", db_open_error());
	ck_assert_int_eq(db_begin(db), 0);
}

static void set_up(void)
{
	strcpy(folder, "/tmp/mianrao-question-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t.db", folder);
	ctx = talloc_new(NULL);
}

static void tear_down(void)
{
	char command[128];

	talloc_free(ctx);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static struct question_row question(int64_t report_id, enum question_kind kind, int64_t start_ms)
{
	return (struct question_row){
		.report_id = report_id,
		.kind = kind,
		.choices = { 1, { { { "+8613712345678" }, start_ms } } },
	};
}

START_TEST(test_question_when_opened_then_not_to_be_answered_before_it_is_asked)
{
	struct question_row row = question(7, QUESTION_NUMBER, 5000), got;

	open_store();
	ck_assert_int_eq(question_row_get(db, 7, &got), 0);
	row.kind = QUESTION_EITHER;
	ck_assert_int_eq(question_row_open(db, &row, SUBSCRIBER, 100), 0);
	ck_assert_int_eq(question_row_get(db, 7, &got), 1);
	ck_assert_int_eq(got.asked, 0);
	ck_assert_int_eq(got.kind, QUESTION_EITHER);
	ck_assert_uint_eq(got.choices.count, 1);
	row.kind = QUESTION_NUMBER;
	ck_assert_int_eq(question_row_find(db, SUBSCRIBER, 0, &got), 0);
	ck_assert_int_eq(question_row_ask(db, &row, SUBSCRIBER, 200), 0);
	ck_assert_int_eq(question_row_find(db, SUBSCRIBER, 0, &got), 1);
	ck_assert_int_eq(got.report_id, 7);
	ck_assert_int_eq(got.kind, QUESTION_NUMBER);
	ck_assert_int_eq(got.asked, 1);
	ck_assert_int_eq(got.asked_ms, 200);
	ck_assert_uint_eq(got.choices.count, 1);
	ck_assert_str_eq(got.choices.entries[0].number.text, "+8613712345678");
	ck_assert_int_eq(got.choices.entries[0].start_ms, 5000);
}
END_TEST

START_TEST(test_question_when_searched_then_the_latest_open_one_of_that_subscriber)
{
	static const struct {
		const char *name, *subscriber;
		int64_t since_ms, want; /* report, 0: none */
	} table[] = {
		{ "the latest", SUBSCRIBER, 0, 8 },
		{ "within the window", SUBSCRIBER, 299, 8 },
		{ "its window is over", SUBSCRIBER, 300, 0 },
		{ "somebody else's", "+8613800138001", 0, 9 },
		{ "of nobody", "+8613800138002", 0, 0 },
	};
	struct question_row row, got;

	open_store();
	row = question(7, QUESTION_NUMBER, 1);
	ck_assert_int_eq(question_row_ask(db, &row, SUBSCRIBER, 200), 0);
	row = question(8, QUESTION_NEAR, 0);
	ck_assert_int_eq(question_row_ask(db, &row, SUBSCRIBER, 300), 0);
	row = question(9, QUESTION_NUMBER, 1);
	ck_assert_int_eq(question_row_ask(db, &row, "+8613800138001", 400), 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		int rc = question_row_find(db, table[i].subscriber, table[i].since_ms, &got);
		ck_assert_msg(rc == (table[i].want != 0) && (!rc || got.report_id == table[i].want),
			      "%s: %d", table[i].name, rc);
	}
	ck_assert_int_eq(question_row_close(db, 8, 500), 0);
	ck_assert_int_eq(question_row_find(db, SUBSCRIBER, 0, &got), 1);
	ck_assert_int_eq(got.report_id, 7);
}
END_TEST

START_TEST(test_question_when_asked_again_then_counted_and_open_again)
{
	struct question_row row = question(7, QUESTION_NUMBER, 1), got;

	open_store();
	ck_assert_int_eq(question_row_ask(db, &row, SUBSCRIBER, 200), 0);
	ck_assert_int_eq(question_row_close(db, 7, 250), 0);
	row = question(7, QUESTION_NEAR, 0);
	ck_assert_int_eq(question_row_ask(db, &row, SUBSCRIBER, 300), 0);
	ck_assert_int_eq(question_row_find(db, SUBSCRIBER, 0, &got), 1);
	ck_assert_int_eq(got.kind, QUESTION_NEAR);
	ck_assert_int_eq(got.asked, 2);
	ck_assert_int_eq(got.asked_ms, 300);
}
END_TEST

START_TEST(test_question_when_about_what_was_blocked_then_its_list_until_it_is_old)
{
	struct question_row row = { .report_id = 7, .kind = QUESTION_BLOCKED }, got;
	struct question_row other = question(8, QUESTION_NUMBER, 1);

	row.blocked = (struct blocked_list){ 1, { { { "MY BANK" }, BLOCKED_SMS, 5000, 3 } } };
	open_store();
	ck_assert_int_eq(question_row_ask(db, &row, SUBSCRIBER, 200), 0);
	ck_assert_int_eq(question_row_find(db, SUBSCRIBER, 0, &got), 0);
	ck_assert_int_eq(question_row_find_blocked(db, SUBSCRIBER, 0, &got), 1);
	ck_assert_int_eq(got.kind, QUESTION_BLOCKED);
	ck_assert_uint_eq(got.choices.count, 0);
	ck_assert_uint_eq(got.blocked.count, 1);
	ck_assert_str_eq(got.blocked.entries[0].sender.text, "MY BANK");
	ck_assert_uint_eq(got.blocked.entries[0].count, 3);
	ck_assert_int_eq(question_row_later(db, SUBSCRIBER, 200, 7), 0);
	ck_assert_int_eq(question_row_ask(db, &other, "+8613800138001", 300), 0);
	ck_assert_int_eq(question_row_later(db, SUBSCRIBER, 200, 7), 0);
	ck_assert_int_eq(question_row_ask(db, &other, SUBSCRIBER, 200), 0);
	ck_assert_int_eq(question_row_close(db, 8, 250), 0);
	ck_assert_int_eq(question_row_later(db, SUBSCRIBER, 200, 7), 0);
	other.report_id = 9;
	ck_assert_int_eq(question_row_ask(db, &other, SUBSCRIBER, 200), 0);
	ck_assert_int_eq(question_row_close(db, 9, 250), 0);
	ck_assert_int_eq(question_row_later(db, SUBSCRIBER, 200, 7), 1);
}
END_TEST

/* A report that waits for its number since before there were lists can still be answered, and is
 * not asked about again. */
START_TEST(test_question_when_of_version_2_then_it_counts_as_asked)
{
	struct question_row got;
	char script[128];
	char command[256];
	FILE *file;

	snprintf(script, sizeof(script), "%s/v2.sql", folder);
	file = fopen(script, "w");
	ck_assert_ptr_nonnull(file);
	fprintf(file,
		"%s\n%s\nINSERT INTO report VALUES(7,'" SUBSCRIBER "','',8,8,'text',200,NULL,NULL,"
		"1,NULL,0,9,'',0,'',NULL,0,1,x'00',0,0),(8,'" SUBSCRIBER "','10010',8,8,'text',"
		"300,NULL,NULL,2,NULL,0,9,'',0,'',NULL,0,1,x'00',0,0);\nPRAGMA user_version=2;\n",
		store_migrations[0], store_migrations[1]);
	fclose(file);
	snprintf(command, sizeof(command), "sqlite3 %s < %s", path, script);
	ck_assert_int_eq(system(command), 0);
	open_store();
	ck_assert_int_eq(question_row_get(db, 7, &got), 1);
	ck_assert_int_eq(got.asked, 1);
	ck_assert_int_eq(got.asked_ms, 200);
	ck_assert_uint_eq(got.choices.count, 0);
	ck_assert_int_eq(question_row_get(db, 8, &got), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("question_row");
	TCase *tc = tcase_create("core");
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, test_question_when_opened_then_not_to_be_answered_before_it_is_asked);
	tcase_add_test(tc, test_question_when_searched_then_the_latest_open_one_of_that_subscriber);
	tcase_add_test(tc, test_question_when_asked_again_then_counted_and_open_again);
	tcase_add_test(tc, test_question_when_about_what_was_blocked_then_its_list_until_it_is_old);
	tcase_add_test(tc, test_question_when_of_version_2_then_it_counts_as_asked);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
