/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/csv.h"

static const struct {
	const char *name;
	const char *line;
	char delimiter;
	ssize_t count;
	const char *fields[4];
	const char *error;
	size_t column;
} rows[] = {
	{ "plain", "a,b,c", ',', 3, { "a", "b", "c" }, NULL, 0 },
	{ "empty line", "", ',', 1, { "" }, NULL, 0 },
	{ "empty fields", ",,", ',', 3, { "", "", "" }, NULL, 0 },
	{ "other delimiter", "a;b,c", ';', 2, { "a", "b,c" }, NULL, 0 },
	{ "quoted", "\"a,b\",c", ',', 2, { "a,b", "c" }, NULL, 0 },
	{ "doubled quote", "\"a\"\"b\"", ',', 1, { "a\"b" }, NULL, 0 },
	{ "empty quotes", "\"\",x", ',', 2, { "", "x" }, NULL, 0 },
	{ "quote within", "a\"b,c", ',', 2, { "a\"b", "c" }, NULL, 0 },
	{ "quote not closed", "x,\"abc", ',', -EBADMSG, { NULL }, "quote not closed", 3 },
	{ "text behind a quote",
	  "\"a\"b,c",
	  ',',
	  -EBADMSG,
	  { NULL },
	  "text behind a closed quote",
	  1 },
};

START_TEST(test_csv_split_when_line_then_fields_or_fault)
{
	struct csv_field fields[CSV_FIELDS_MAX];
	const char *error;
	size_t column;
	char line[64];
	ssize_t count;

	strcpy(line, rows[_i].line);
	count = csv_split(line, strlen(rows[_i].line), rows[_i].delimiter, fields, &column, &error);
	ck_assert_msg(count == rows[_i].count, "%s: %zd", rows[_i].name, count);
	for (ssize_t i = 0; i < count; i++)
		ck_assert_msg(fields[i].len == strlen(rows[_i].fields[i]) &&
				      memcmp(fields[i].text, rows[_i].fields[i], fields[i].len) ==
					      0,
			      "%s: field %zd", rows[_i].name, i);
	if (count < 0) {
		ck_assert_str_eq(error, rows[_i].error);
		ck_assert_msg(column == rows[_i].column, "%s: column %zu", rows[_i].name, column);
	}
}
END_TEST

START_TEST(test_csv_split_when_too_many_fields_then_refused)
{
	struct csv_field fields[CSV_FIELDS_MAX];
	char line[CSV_FIELDS_MAX + 1];
	const char *error;
	size_t column;

	memset(line, ',', sizeof(line));
	ck_assert_int_eq(csv_split(line, CSV_FIELDS_MAX - 1, ',', fields, &column, &error),
			 CSV_FIELDS_MAX);
	ck_assert_int_eq(csv_split(line, CSV_FIELDS_MAX, ',', fields, &column, &error), -EBADMSG);
	ck_assert_str_eq(error, "too many fields");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("csv");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, test_csv_split_when_line_then_fields_or_fault, 0,
			    sizeof(rows) / sizeof(*rows));
	tcase_add_test(tcase, test_csv_split_when_too_many_fields_then_refused);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
