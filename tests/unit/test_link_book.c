/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_link_book.c - counters of links and how they are shown. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/link_book.h"

START_TEST(test_row_when_asked_again_then_the_same)
{
	struct link_book *book = link_book_create(NULL);
	struct link_row *row = link_book_row(book, "centre", "server");

	ck_assert_ptr_eq(link_book_row(book, "centre", "server"), row);
	ck_assert_ptr_ne(link_book_row(book, "centre", "client"), row);
	ck_assert_ptr_ne(link_book_row(book, "centre#1", "server"), row);
	talloc_free(book);
}
END_TEST

START_TEST(test_format_when_names_hold_quotes_then_they_are_escaped)
{
	struct link_book *book = link_book_create(NULL);
	char *text;

	link_book_row(book, "a\"b\\c", "client")->messages_in_total = 7;
	link_book_row(book, "plain", "server")->sessions = 2;
	text = link_book_format(book, talloc_strdup(book, "first 1\n"));
	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(strncmp(text, "first 1\n# HELP mianrao_link_messages_in_total ", 45), 0);
	ck_assert_ptr_nonnull(strstr(
		text, "mianrao_link_messages_in_total{link=\"a\\\"b\\\\c\",side=\"client\"} 7\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "mianrao_link_sessions{link=\"plain\",side=\"server\"} 2\n"));
	ck_assert_ptr_nonnull(strstr(text, "# TYPE mianrao_link_sessions gauge\n"));
	ck_assert_ptr_null(strstr(text, "\"other\""));
	ck_assert_ptr_null(link_book_format(book, NULL));
	talloc_free(book);
}
END_TEST

START_TEST(test_row_when_there_are_too_many_then_the_rest_shares_one)
{
	struct link_book *book = link_book_create(NULL);
	struct link_row *other;
	char name[LINK_NAME_MAX];

	for (int i = 0; i < LINK_BOOK_MAX; i++) {
		snprintf(name, sizeof(name), "link%d", i);
		link_book_row(book, name, "client");
	}
	other = link_book_row(book, "one more", "client");
	ck_assert_ptr_eq(link_book_row(book, "and one more", "server"), other);
	ck_assert_str_eq(other->name, "other");
	ck_assert_str_eq(link_book_row(book, "link5", "client")->name, "link5");
	ck_assert_ptr_nonnull(strstr(link_book_format(book, talloc_strdup(book, "")),
				     "{link=\"other\",side=\"any\"} 0\n"));
	talloc_free(book);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("link_book");
	TCase *tc = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, test_row_when_asked_again_then_the_same);
	tcase_add_test(tc, test_format_when_names_hold_quotes_then_they_are_escaped);
	tcase_add_test(tc, test_row_when_there_are_too_many_then_the_rest_shares_one);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
