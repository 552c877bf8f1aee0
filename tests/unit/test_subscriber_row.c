/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_subscriber_row.c - what the store keeps of subscribers, and their latest change. */
#include "gateway/reported_row.h"
#include "gateway/subscriber_row.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#define SUBSCRIBER "+8613800138000"
#define OTHER "+8613800138001"

static char folder[64];
static void *ctx;
static struct db *db;

static void set_up(void)
{
	char path[96];

	strcpy(folder, "/tmp/mianrao-subscriber-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t.db", folder);
	ctx = talloc_new(NULL);
	ck_assert_msg(db_open(ctx, path, DB_WRITER, &db) == 0, "%s", db_open_error());
	ck_assert_int_eq(db_begin(db), 0);
}

static void tear_down(void)
{
	char command[128];

	db_rollback(db);
	talloc_free(ctx);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(test_subscriber_when_unknown_then_as_of_nobody)
{
	struct subscriber_row row;
	enum reply_style style = REPLY_PLAIN;

	ck_assert_int_eq(subscriber_row_get(db, SUBSCRIBER, &row), 0);
	ck_assert_int_eq(row.style, SUBSCRIBER_STYLE_UNSET);
	ck_assert_int_eq(row.asked_sense, KEYWORD_NONE);
	ck_assert_int_eq(row.reported_wish, REPORTED_NOT_CHOSEN);
	ck_assert_int_eq(row.unsubscribed_ms + row.chat_answered + row.chat_unanswered, 0);
	ck_assert_int_eq(subscriber_row_style(db, SUBSCRIBER, &style), 0);
	ck_assert_int_eq(style, REPLY_PLAIN);
	ck_assert_int_eq(subscriber_row_close(db, SUBSCRIBER), 0);
}
END_TEST

START_TEST(test_subscriber_when_put_then_got_and_closed)
{
	const struct subscriber_row row = {
		REPLY_STANDARD, 11, KEYWORD_SHIELD_OFF, REPORT_SCOPE_SMS, "出国三天", 22, 33, 4, 5,
		REPORTED_OFF
	};
	struct subscriber_row got;
	enum reply_style style = REPLY_PLAIN;

	ck_assert_int_eq(subscriber_row_put(db, SUBSCRIBER, &row), 0);
	ck_assert_int_eq(subscriber_row_get(db, SUBSCRIBER, &got), 1);
	ck_assert(got.style == row.style && got.unsubscribed_ms == 11 &&
		  got.asked_sense == row.asked_sense && got.asked_scope == row.asked_scope &&
		  got.asked_ms == 22 && got.chat_day_ms == 33 && got.chat_answered == 4 &&
		  got.chat_unanswered == 5 && strcmp(got.asked_text, row.asked_text) == 0 &&
		  got.reported_wish == REPORTED_OFF);
	ck_assert_int_eq(subscriber_row_style(db, SUBSCRIBER, &style), 0);
	ck_assert_int_eq(style, REPLY_STANDARD);
	ck_assert_int_eq(subscriber_row_close(db, SUBSCRIBER), 0);
	ck_assert_int_eq(subscriber_row_get(db, SUBSCRIBER, &got), 1);
	ck_assert_int_eq(got.asked_sense, KEYWORD_NONE);
	ck_assert_str_eq(got.asked_text, "");
	ck_assert_int_eq(got.chat_unanswered, 5);
	ck_assert_int_eq(got.reported_wish, REPORTED_OFF);
	ck_assert_int_eq(subscriber_row_get(db, OTHER, &got), 0);
}
END_TEST

START_TEST(test_change_when_put_then_the_latest_alone)
{
	struct change_row row = { CHANGE_RULES, { "+8613912345678" }, "a\n", "b\n", 1 };
	struct change_row got;

	ck_assert_int_eq(change_row_get(ctx, db, SUBSCRIBER, &got), 0);
	ck_assert_int_eq(change_row_put(db, SUBSCRIBER, &row), 0);
	row = (struct change_row){ CHANGE_STYLE, { "" }, "-1", "1", 2 };
	ck_assert_int_eq(change_row_put(db, SUBSCRIBER, &row), 0);
	ck_assert_int_eq(change_row_get(ctx, db, SUBSCRIBER, &got), 1);
	ck_assert(got.kind == CHANGE_STYLE && got.at_ms == 2 && !got.number.text[0]);
	ck_assert_str_eq(got.before, "-1");
	ck_assert_str_eq(got.after, "1");
	ck_assert_int_eq(change_row_get(ctx, db, OTHER, &got), 0);
	ck_assert_int_eq(change_row_drop(db, SUBSCRIBER), 0);
	ck_assert_int_eq(change_row_get(ctx, db, SUBSCRIBER, &got), 0);
}
END_TEST

/* ---- numbers that reports blocked ---- */

static int note(void *arg, const char *number, int64_t at_ms)
{
	char *out = arg;

	snprintf(out + strlen(out), 64 - strlen(out), "%s@%d ", number, (int)at_ms);
	return 0;
}

static int stop(void *arg, const char *number, int64_t at_ms)
{
	(void)number;
	(void)at_ms;
	++*(int *)arg;
	return -ECANCELED;
}

START_TEST(test_reported_when_taken_back_then_for_good)
{
	const struct number one = { "+8613912345678" }, two = { "+8613912345679" };
	char all[64] = "";
	int calls = 0;
	uint32_t count;

	ck_assert_int_eq(reported_row_take_back(db, SUBSCRIBER, &one, 1), 0);
	ck_assert_int_eq(reported_row_is_taken_back(db, SUBSCRIBER, &one), 0);
	ck_assert_int_eq(reported_row_put(db, SUBSCRIBER, &two, 2), 0);
	ck_assert_int_eq(reported_row_put(db, SUBSCRIBER, &one, 2), 0);
	ck_assert_int_eq(reported_row_is_taken_back(db, SUBSCRIBER, &one), 0);
	ck_assert_int_eq(reported_row_take_back(db, SUBSCRIBER, &two, 3), 0);
	ck_assert_int_eq(reported_row_take_back(db, SUBSCRIBER, &one, 4), 0);
	ck_assert_int_eq(reported_row_take_back(db, SUBSCRIBER, &one, 5), 0);
	ck_assert_int_eq(reported_row_is_taken_back(db, SUBSCRIBER, &one), 1);
	ck_assert_int_eq(reported_row_is_taken_back(db, OTHER, &one), 0);
	ck_assert_int_eq(reported_row_put(db, SUBSCRIBER, &one, 6), 0);
	ck_assert_int_eq(reported_row_is_taken_back(db, SUBSCRIBER, &one), 1);
	ck_assert_int_eq(reported_row_count(db, SUBSCRIBER, &count), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(reported_row_count(db, OTHER, &count), 0);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(reported_row_each(db, SUBSCRIBER, note, all), 0);
	ck_assert_str_eq(all, "+8613912345678@4 +8613912345679@3 ");
	ck_assert_int_eq(reported_row_each(db, SUBSCRIBER, stop, &calls), -ECANCELED);
	ck_assert_int_eq(calls, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("subscriber_row");
	TCase *tc = tcase_create("core");
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, test_subscriber_when_unknown_then_as_of_nobody);
	tcase_add_test(tc, test_subscriber_when_put_then_got_and_closed);
	tcase_add_test(tc, test_change_when_put_then_the_latest_alone);
	tcase_add_test(tc, test_reported_when_taken_back_then_for_good);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
