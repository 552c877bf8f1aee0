/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cli_progress.h"

static const struct {
	const char *name;
	const char *doing;
	uint64_t done, whole, count;
	int64_t took_ms;
	int columns;
	const char *line;
} lines[] = {
	{ "at the beginning", "writing", 0, 100, 0, 0, 0,
	  "writing [>                             ]   0 %  0 lines, 0/s" },
	{ "half", "taking in", 50, 100, 1234567, 10000, 0,
	  "taking in [===============>              ]  50 %  1,234,567 lines, 123,456/s, 10 s "
	  "left" },
	{ "done", "x", 100, 100, 7, 500, 0,
	  "x [==============================] 100 %  7 lines, 14/s" },
	{ "more than there was", "x", 300, 100, 7, 500, 0,
	  "x [==============================] 100 %  7 lines, 14/s" },
	{ "nobody knows of how much", "erasing", 5, 0, 999, 1000, 0, "erasing 999 lines, 999/s" },
	{ "narrow: a short bar", "x", 50, 100, 10, 100, 44,
	  "x [========>       ]  50 %  10 lines, 100/s" },
	{ "narrower: none", "x", 50, 100, 10, 100, 30, "x  50 %  10 lines, 100/s" },
	{ "narrowest: cut", "x", 50, 100, 10, 100, 10, "x  50 %  " },
};

START_TEST(test_line_when_any_size_then_fits)
{
	const struct cli_progress progress = { .doing = lines[_i].doing };
	char out[CLI_PROGRESS_MAX];

	cli_progress_line(out, &progress, lines[_i].done, lines[_i].whole, lines[_i].count, "lines",
			  lines[_i].took_ms, lines[_i].columns);
	ck_assert_msg(strcmp(out, lines[_i].line) == 0, "%s: '%s'", lines[_i].name, out);
}
END_TEST

START_TEST(test_show_when_no_terminal_then_nothing)
{
	char text[256] = "";
	FILE *errors = tmpfile();
	struct cli cli = { .errors = errors };
	struct cli_progress progress;

	cli_progress_begin(&progress, &cli, "writing");
	cli_progress_show(&progress, 1, 2, 3, "lines");
	cli_progress_clear(&progress);
	ck_assert_int_eq(ftell(errors), 0);
	rewind(errors);
	ck_assert_ptr_null(fgets(text, sizeof text, errors));
	fclose(errors);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cli_progress");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, test_line_when_any_size_then_fits, 0,
			    sizeof lines / sizeof lines[0]);
	tcase_add_test(tc, test_show_when_no_terminal_then_nothing);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
