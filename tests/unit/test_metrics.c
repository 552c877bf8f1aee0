/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/metrics.h"

#define ONE(name, help) +1
enum { COUNTERS = 0 METRICS_COUNTERS(ONE), GAUGES = 0 METRICS_GAUGES(ONE) };

/* Each line one of the three forms, each name with its help and type before its value. */
START_TEST(test_format_when_any_values_then_each_metric_once)
{
	void *root = talloc_new(NULL);
	struct metrics metrics = { .messages_in_total = 7,
				   .smpp_links = 2,
				   .cdrs_total = UINT64_MAX };
	char *text = metrics_format(root, &metrics);
	int values = 0, helps = 0, types = 0;
	char last[80] = "";
	char *save;
	ck_assert_uint_eq(text[strlen(text) - 1], '\n');
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char name[80], type[16];
		unsigned long long value;
		if (sscanf(line, "# HELP %79s %*s", name) == 1) {
			strcpy(last, name);
			helps++;
		} else if (sscanf(line, "# TYPE %79s %15s", name, type) == 2) {
			ck_assert_str_eq(name, last);
			ck_assert_str_eq(type, strcmp(name + strlen(name) - 6, "_total") == 0
						       ? "counter"
						       : "gauge");
			types++;
		} else {
			ck_assert_msg(sscanf(line, "%79s %llu", name, &value) == 2, "%s", line);
			ck_assert_str_eq(name, last);
			ck_assert_int_eq(strncmp(name, "mianrao_", 8), 0);
			values++;
		}
	}
	ck_assert_int_eq(helps, COUNTERS + GAUGES);
	ck_assert_int_eq(types, COUNTERS + GAUGES);
	ck_assert_int_eq(values, COUNTERS + GAUGES);
	talloc_free(root);
}
END_TEST

START_TEST(test_format_when_value_set_then_line_shows_it)
{
	static const char *const lines[] = {
		"\nmianrao_messages_in_total 7\n",
		"\nmianrao_smpp_links 2\n",
		"\nmianrao_cdrs_total 18446744073709551615\n",
		"\nmianrao_reports_total 0\n",
	};
	void *root = talloc_new(NULL);
	struct metrics metrics = { .messages_in_total = 7,
				   .smpp_links = 2,
				   .cdrs_total = UINT64_MAX };
	char *text = metrics_format(root, &metrics);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		ck_assert_msg(strstr(text, lines[i]) != NULL, "%s", lines[i]);
	talloc_free(text);
	ck_assert_uint_eq(talloc_total_blocks(root), 1);
	talloc_free(root);
}
END_TEST

static void add(void *user, const char *name, uint64_t value)
{
	uint64_t *sums = user;
	sums[0]++;
	sums[1] += value;
	ck_assert_uint_gt(strlen(name), 0);
}

START_TEST(test_each_when_walked_then_sees_all)
{
	struct metrics metrics = { .screened_total = 40, .near_cache_complete = 2 };
	uint64_t sums[2] = { 0, 0 };
	metrics_each(&metrics, add, sums);
	ck_assert_uint_eq(sums[0], COUNTERS + GAUGES);
	ck_assert_uint_eq(sums[1], 42);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tc = tcase_create("all");
	tcase_add_test(tc, test_format_when_any_values_then_each_metric_once);
	tcase_add_test(tc, test_format_when_value_set_then_line_shows_it);
	tcase_add_test(tc, test_each_when_walked_then_sees_all);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
