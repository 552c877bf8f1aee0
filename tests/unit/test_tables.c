/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>

#include "tests/unit/keywords.h"
#include "gateway/tables.h"
#include "rules/language.h"
#include "rules/report_parse.h"

static char folder[64];

static void setup(void)
{
	strcpy(folder, "/tmp/mianrao-test-tables-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *const names[] = { "words.tsv", "words.local.tsv", "mobile.tsv", "word.tsv",
				     "notes.txt", ".words.tsv",	     ".tsv",	   ".local.tsv",
				     "known.tsv", "cues.local.tsv" };

static void path_of(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", folder, name);
}

static void teardown(void)
{
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(names[i], path);
		if (remove(path) < 0)
			ck_assert_int_eq(errno, ENOENT);
	}
	ck_assert_int_eq(rmdir(folder), 0);
}

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	path_of(name, path);
	file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static enum report_category category(const struct tables *tables, const char *text)
{
	struct report_reading r;

	ck_assert_int_eq(
		report_parse_text(tables->language, test_keywords(), text, strlen(text), 0, &r), 0);
	return r.category;
}

static struct tables *load(const char *language_dir, const char *numbering_dir)
{
	struct tables *tables = NULL;
	char error[TABLES_ERROR_MAX];
	int rc = tables_load(language_dir, numbering_dir, &tables, error, sizeof(error));

	ck_assert_msg(rc == 0, "%d: %s", rc, error);
	return tables;
}

/* The faults; "" when there are none. */
static const char *refused(const char *language_dir, const char *numbering_dir, size_t size)
{
	static char error[TABLES_ERROR_MAX];
	struct tables *tables = NULL;

	ck_assert_int_eq(tables_load(language_dir, numbering_dir, &tables, error, size), -EINVAL);
	ck_assert_ptr_null(tables);
	return error;
}

START_TEST(test_load_when_no_directory_then_built_in)
{
	struct tables *tables = load("", NULL);

	ck_assert_int_eq(category(tables, "13900001111推销宽带"), REPORT_BROADBAND);
	ck_assert_ptr_eq(tables->numbering, tables->language->numbering);
	tables_release(tables);
	tables = load(folder, folder); /* empty */
	ck_assert_int_eq(category(tables, "13900001111推销宽带"), REPORT_BROADBAND);
	tables_release(tables);
}
END_TEST

START_TEST(test_load_when_file_is_there_then_it_takes_the_place)
{
	struct tables *tables;

	put("words.tsv", "量子\tbroadband\n推销\tnuisance\n");
	put("notes.txt", "anything");
	put(".words.tsv", "anything");
	tables = load(folder, "");
	ck_assert_int_eq(category(tables, "13900001111推销量子"), REPORT_BROADBAND);
	ck_assert_int_eq(category(tables, "13900001111推销宽带"), REPORT_UNKNOWN);
	tables_release(tables);
}
END_TEST

START_TEST(test_load_when_local_file_is_there_then_it_comes_on_top)
{
	struct tables *tables;

	put("words.local.tsv", "量子\tbroadband\n宽带\tloan\n");
	tables = load(folder, "");
	ck_assert_int_eq(category(tables, "13900001111推销量子"), REPORT_BROADBAND);
	ck_assert_int_eq(category(tables, "13900001111推销宽带"), REPORT_LOAN);
	ck_assert_int_eq(category(tables, "13900001111推销流量包"), REPORT_DATA_PACK);
	tables_release(tables);
	put("words.tsv", "量子\tinsurance\n彩铃\tother\n");
	tables = load(folder, "");
	ck_assert_int_eq(category(tables, "13900001111推销量子"), REPORT_BROADBAND);
	ck_assert_int_eq(category(tables, "13900001111推销彩铃"), REPORT_OTHER);
	ck_assert_int_eq(category(tables, "13900001111推销流量包"), REPORT_UNKNOWN);
	tables_release(tables);
}
END_TEST

START_TEST(test_load_when_files_are_bad_then_all_are_named)
{
	char want[160];
	const char *told;

	put("words.tsv", "量子\tbroadband\n量子\n");
	put("word.tsv", "量子\tbroadband\n");
	told = refused(folder, "/nonexistent/mianrao", TABLES_ERROR_MAX);
	snprintf(want, sizeof(want), "%s/words.tsv:2: a word and its meanings", folder);
	ck_assert_msg(strstr(told, want), "%s", told);
	snprintf(want, sizeof(want), "%s/word.tsv: there is no such table", folder);
	ck_assert_msg(strstr(told, want), "%s", told);
	ck_assert_msg(strstr(told, "/nonexistent/mianrao: No such file"), "%s", told);
}
END_TEST

/* A table of the other folder is none of this one. */
START_TEST(test_load_when_file_is_of_the_other_folder_then_refused)
{
	put("known.tsv", "10085\tofficial\n10086999\tservice\n");
	tables_release(load("", folder));
	ck_assert_ptr_nonnull(strstr(refused(folder, "", TABLES_ERROR_MAX), "no such table"));
}
END_TEST

START_TEST(test_load_when_file_cannot_be_read_then_named)
{
	char path[128];

	path_of("words.tsv", path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_ptr_nonnull(strstr(refused(folder, "", TABLES_ERROR_MAX), "words.tsv: "));
	ck_assert_int_eq(rmdir(path), 0);
	put("words.tsv", "");
	ck_assert_int_eq(truncate(path, 5 << 20), 0);
	ck_assert_ptr_nonnull(strstr(refused(folder, "", TABLES_ERROR_MAX), "words.tsv: File too"));
}
END_TEST

/* A copy that was cut off must not make the gateway forget all words. */
START_TEST(test_load_when_file_has_nothing_in_it_then_refused)
{
	static const char *const blanks[] = { "", "\n", " \t\r\n\n" };

	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
		put("words.tsv", blanks[i]);
		ck_assert_ptr_nonnull(
			strstr(refused(folder, "", TABLES_ERROR_MAX), "words.tsv: is empty"));
	}
	put("words.tsv", "# none\n");
	put("cues.local.tsv", "");
	tables_release(load(folder, ""));
}
END_TEST

START_TEST(test_load_when_faults_do_not_fit_then_counted)
{
	enum { FAULTS = 300, SIZE = 1000 };
	char *lines = talloc_strdup(NULL, "");
	const char *told;

	for (int i = 0; i < FAULTS; i++)
		lines = talloc_asprintf_append(lines, "word%d\n", i);
	put("words.tsv", lines);
	talloc_free(lines);
	told = refused(folder, "", SIZE);
	ck_assert_uint_lt(strlen(told), SIZE);
	ck_assert_ptr_nonnull(strstr(told, "\nand "));
	ck_assert_ptr_nonnull(strstr(told, " more"));
}
END_TEST

START_TEST(test_hold_when_released_as_often_then_freed)
{
	struct tables *tables = load("", "");

	ck_assert_ptr_eq(tables_hold(tables), tables);
	tables_release(tables);
	ck_assert_int_eq(category(tables, "13900001111推销宽带"), REPORT_BROADBAND);
	tables_release(tables); /* a leak, or a use of it, is the sanitizer's to tell */
	tables_release(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tables");
	TCase *tc = tcase_create("tables");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_load_when_no_directory_then_built_in);
	tcase_add_test(tc, test_load_when_file_is_there_then_it_takes_the_place);
	tcase_add_test(tc, test_load_when_local_file_is_there_then_it_comes_on_top);
	tcase_add_test(tc, test_load_when_files_are_bad_then_all_are_named);
	tcase_add_test(tc, test_load_when_file_is_of_the_other_folder_then_refused);
	tcase_add_test(tc, test_load_when_file_cannot_be_read_then_named);
	tcase_add_test(tc, test_load_when_file_has_nothing_in_it_then_refused);
	tcase_add_test(tc, test_load_when_faults_do_not_fit_then_counted);
	tcase_add_test(tc, test_hold_when_released_as_often_then_freed);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
