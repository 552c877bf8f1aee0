/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_report_id.c - receipt numbers: both ways, and what a slip of the finger does. */
#include "rules/report_id.h"

#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const int64_t first_long = INT64_C(1) << 30;

static const int64_t rows[] = { 0,
				1,
				2,
				3,
				31,
				32,
				1000,
				123456789,
				(INT64_C(1) << 30) - 1,
				INT64_C(1) << 30,
				INT64_C(1) << 40,
				INT64_C(9999999999999) };
enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static bool reads_as(const char *text, int64_t *row)
{
	return report_id_parse(text, strlen(text), row) == 0;
}

START_TEST(test_format_when_parsed_back_then_same_row)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		char id[REPORT_ID_MAX];
		int64_t back = -1;
		report_id_format(rows[i], id);
		ck_assert_uint_eq(strlen(id), rows[i] < first_long ? 8 : 15);
		ck_assert_int_eq(id[0], 'R');
		ck_assert_msg(reads_as(id, &back) && back == rows[i],
			      "row %" PRId64 ": %s -> %" PRId64, rows[i], id, back);
	}
}
END_TEST

START_TEST(test_format_when_many_rows_then_each_has_its_own_id)
{
	/* A stride that is prime to 2^30 visits distinct rows all over the range. */
	int64_t row = 0;
	for (int i = 0; i < 200000; i++) {
		char id[REPORT_ID_MAX];
		int64_t back = -1;
		report_id_format(row, id);
		ck_assert(reads_as(id, &back));
		ck_assert_int_eq(back, row);
		row = (row + 5368709) % first_long;
	}
}
END_TEST

START_TEST(test_format_when_neighbours_then_not_alike)
{
	for (int64_t row = 0; row < 1000; row++) {
		char a[REPORT_ID_MAX], b[REPORT_ID_MAX];
		int same = 0;
		report_id_format(row, a);
		report_id_format(row + 1, b);
		for (size_t i = 1; i < 7; i++)
			same += a[i] == b[i];
		ck_assert_msg(same <= 4, "rows %" PRId64 " and the next: %s %s", row, a, b);
	}
}
END_TEST

START_TEST(test_format_when_released_then_never_changes)
{
	static const struct {
		int64_t row;
		const char *id;
	} table[] = {
		{ 0, "R3ATN05B" },
		{ 1, "RX0RYBEP" },
		{ 1000, "RFDREHBP" },
		{ (INT64_C(1) << 30) - 1, "R9HAB437" },
		{ INT64_C(1) << 30, "R00010737418240" },
		{ INT64_C(9999999999999), "R99999999999992" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char id[REPORT_ID_MAX];
		report_id_format(table[i].row, id);
		ck_assert_str_eq(id, table[i].id);
	}
}
END_TEST

START_TEST(test_format_when_row_out_of_range_then_empty)
{
	static const int64_t outside[] = { -1, INT64_MIN, INT64_C(10000000000000), INT64_MAX };
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		char id[REPORT_ID_MAX] = "x";
		report_id_format(outside[i], id);
		ck_assert_str_eq(id, "");
	}
}
END_TEST

/* Every single wrong letter and every exchange of neighbours is found. */
START_TEST(test_parse_when_one_slip_then_refused)
{
	for (size_t r = 0; r < ROW_COUNT; r++) {
		char id[REPORT_ID_MAX], wrong[REPORT_ID_MAX];
		int64_t row = -7;
		report_id_format(rows[r], id);
		size_t len = strlen(id);
		size_t letters = len == 8 ? 32 : 10;
		for (size_t at = 1; at < len; at++) {
			for (size_t i = 0; i < letters; i++) {
				strcpy(wrong, id);
				wrong[at] = alphabet[i];
				if (strcmp(wrong, id) != 0)
					ck_assert_msg(!reads_as(wrong, &row), "%s for %s", wrong,
						      id);
			}
			strcpy(wrong, id);
			wrong[at] = id[at - 1];
			wrong[at - 1] = id[at];
			if (at > 1 && strcmp(wrong, id) != 0)
				ck_assert_msg(!reads_as(wrong, &row), "%s for %s", wrong, id);
		}
		ck_assert_int_eq(row, -7);
	}
}
END_TEST

/* What people do to a receipt number when they copy it; '1' and '0' stand in the id for a test. */
START_TEST(test_parse_when_written_otherwise_then_same_row)
{
	char id[REPORT_ID_MAX], other[40];
	int64_t row = 0, back = -1;
	for (;; row++) {
		report_id_format(row, id);
		if (strchr(id, '0') && strchr(id, '1'))
			break;
	}
	static const char swaps[][2] = { { '1', 'I' }, { '1', 'l' }, { '0', 'o' }, { '0', 'O' } };
	for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++) {
		strcpy(other, id);
		for (char *c = other; *c; c++)
			*c = *c == swaps[i][0] ? swaps[i][1] : *c;
		ck_assert_msg(reads_as(other, &back) && back == row, "%s for %s", other, id);
	}
	for (size_t i = 0; id[i]; i++)
		other[i] = (char)(id[i] >= 'A' ? id[i] | 32 : id[i]);
	other[strlen(id)] = '\0';
	ck_assert_msg(reads_as(other, &back) && back == row, "%s", other);
	snprintf(other, sizeof(other), " %.4s-%.2s %s ", id, id + 4, id + 6);
	ck_assert_msg(reads_as(other, &back) && back == row, "%s", other);
}
END_TEST

START_TEST(test_parse_when_no_receipt_number_then_refused)
{
	static const struct {
		const char *name, *text;
		size_t len;
	} table[] = {
		{ "empty", "", 0 },
		{ "only R", "R", 1 },
		{ "all zero", "R0000000", 8 },
		{ "no R", "A7K3M9Q2", 8 },
		{ "letter U", "RU000000", 8 },
		{ "NUL inside",
		  "R000\0"
		  "000",
		  8 },
		{ "short", "R7K3M9Q", 7 },
		{ "long of none", "R7K3M9Q2X", 9 },
		{ "long form of a short row", "R00000000000000", 15 },
		{ "letters in the long form", "R2025073000012A", 15 },
		{ "too long", "R202507300001230", 16 },
		{ "blanks without end", "                                        ", 40 },
		{ "high octets", "R\xe4\xb8\xad\xe4\xb8\xad\xe4", 8 },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int64_t row = 99;
		ck_assert_msg(report_id_parse(table[i].text, table[i].len, &row) == -EBADMSG, "%s",
			      table[i].name);
		ck_assert_msg(row == 99, "%s", table[i].name);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_id");
	TCase *tc = tcase_create("core");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_format_when_parsed_back_then_same_row);
	tcase_add_test(tc, test_format_when_many_rows_then_each_has_its_own_id);
	tcase_add_test(tc, test_format_when_neighbours_then_not_alike);
	tcase_add_test(tc, test_format_when_released_then_never_changes);
	tcase_add_test(tc, test_format_when_row_out_of_range_then_empty);
	tcase_add_test(tc, test_parse_when_one_slip_then_refused);
	tcase_add_test(tc, test_parse_when_written_otherwise_then_same_row);
	tcase_add_test(tc, test_parse_when_no_receipt_number_then_refused);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
