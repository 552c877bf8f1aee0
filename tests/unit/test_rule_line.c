/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/rule_line.h"
#include "gateway/line_source.h"
#include "tests/unit/tables.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { CSV = RULE_FORMAT_CSV, JSONL = RULE_FORMAT_JSONL };

static const struct {
	const char *line;
	int format;
	int rc;
	const char *subscriber; /* or what the error has */
	const char *rule;	/* NULL: none */
} rows[] = {
	{ "+8613800138000,block call from +1", CSV, 1, "+8613800138000", "block call from +1" },
	{ "138-0013-8000,\"block call, sms from international\"\r", CSV, 1, "+8613800138000",
	  "block call,sms from international" },
	{ "\xef\xbb\xbf\"13800138000\",block sms from 106", CSV, 1, "+8613800138000",
	  "block sms from 106" },
	{ "13800138000,", CSV, 1, "+8613800138000", NULL },
	{ "13800138000,# nothing", CSV, 1, "+8613800138000", NULL },
	{ "subscriber,rule", CSV, 0, NULL, NULL },
	{ "\xef\xbb\xbfsubscriber,rule\r", CSV, 0, NULL, NULL },
	{ "", CSV, 0, NULL, NULL },
	{ " \t\r", JSONL, 0, NULL, NULL },
	{ "13800138000", CSV, -EBADMSG, "not two fields", NULL },
	{ "13800138000,block call,sms from +1", CSV, -EBADMSG, "has to be quoted", NULL },
	{ "1380013,block call from +1", CSV, -EBADMSG, "subscriber: '1380013' is no number", NULL },
	{ "13800138000,block fax from +1", CSV, -EBADMSG, "rule: column 7: ", NULL },
	{ "13800138000,\"block", CSV, -EBADMSG, "column 13: quote not closed", NULL },
	{ "{\"subscriber\":\"13800138000\",\"rule\":\"label call from hmt\"}", JSONL, 1,
	  "+8613800138000", "label call from hmt" },
	{ "{\"rule\":\"label call from hmt\",\"subscriber\":\"13800138000\"}", JSONL, 1,
	  "+8613800138000", "label call from hmt" },
	{ " { \"subscriber\" : \"1380\\u0030138000\" , \"rule\" : \"\" }", JSONL, 1,
	  "+8613800138000", NULL },
	{ "{\"subscriber\":\"13800138000\"}", JSONL, -EBADMSG, "not an object of two texts", NULL },
	{ "{\"subscriber\":\"13800138000\",\"rules\":\"block call from any\"}", JSONL, -EBADMSG,
	  "not an object of two texts", NULL },
	{ "{\"subscriber\":13800138000,\"rule\":\"block call from any\"}", JSONL, -EBADMSG,
	  "not an object of two texts", NULL },
	{ "{\"subscriber\":\"13800138000\",\"rule\":\"x\",\"rule\":\"y\"}", JSONL, -EBADMSG,
	  "octet ", NULL },
	{ "[]", JSONL, -EBADMSG, "not an object of two texts", NULL },
	{ "13800138000,block call from +1", JSONL, -EBADMSG, "octet ", NULL },
};

START_TEST(test_line_rows)
{
	char error[RULE_LINE_ERROR_MAX] = "";
	char text[BLOCK_RULE_TEXT_MAX] = "";
	struct rule_line out;
	char line[512];
	int rc;

	strcpy(line, rows[_i].line);
	rc = rule_line_read(test_plan(), (enum rule_format)rows[_i].format, line, strlen(line),
			    &out, error);
	ck_assert_msg(rc == rows[_i].rc, "%s: %d, %s", rows[_i].line, rc, error);
	if (rc == -EBADMSG)
		ck_assert_msg(strstr(error, rows[_i].subscriber) != NULL, "%s: %s", rows[_i].line,
			      error);
	if (rc != 1)
		return;
	ck_assert_str_eq(out.subscriber.text, rows[_i].subscriber);
	ck_assert_int_eq(out.has_rule, rows[_i].rule != NULL);
	if (!out.has_rule)
		return;
	block_rule_format(&out.rule, text);
	ck_assert_str_eq(text, rows[_i].rule);
	/* What is written is read again. */
	for (int format = 0; format < RULE_FORMAT_COUNT; format++) {
		char written[RULE_LINE_OUT_MAX];
		struct rule_line again;
		size_t len = rule_line_write((enum rule_format)format, out.subscriber.text, text,
					     strlen(text), written);

		ck_assert_int_eq(written[len - 1], '\n');
		ck_assert_int_eq(rule_line_read(test_plan(), (enum rule_format)format, written,
						len - 1, &again, error),
				 1);
		ck_assert(block_rule_equal(&again.rule, &out.rule));
		ck_assert_str_eq(again.subscriber.text, out.subscriber.text);
	}
}
END_TEST

START_TEST(test_format_by_name)
{
	enum rule_format format;

	ck_assert_int_eq(rule_format_of("a.csv"), RULE_FORMAT_CSV);
	ck_assert_int_eq(rule_format_of("a.jsonl"), RULE_FORMAT_JSONL);
	ck_assert_int_eq(rule_format_of("-"), RULE_FORMAT_CSV);
	ck_assert_int_eq(rule_format_read("jsonl", &format), 0);
	ck_assert_int_eq(format, RULE_FORMAT_JSONL);
	ck_assert_int_eq(rule_format_read("xml", &format), -EINVAL);
}
END_TEST

/* ---- line_source.h ---- */

struct told {
	size_t count;
	size_t line;
	const char *what;
};

static void on_bad(void *user, size_t line, const char *what)
{
	struct told *told = user;

	told->count++;
	told->line = line;
	told->what = what;
}

static FILE *file_of(const char *octets, size_t len)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(octets, 1, len, file), len);
	rewind(file);
	return file;
}

static struct line_chunk chunk;

START_TEST(test_source_when_lines_are_bad_then_their_places_stay_empty)
{
	static const char octets[] = "one\nt\0wo\nth\xffree\nfour";
	struct told told = { 0 };
	struct line_source source = { .bad = on_bad, .user = &told };
	FILE *file = file_of(octets, sizeof(octets) - 1);

	line_source_begin(&source, file);
	ck_assert_int_eq(line_source_next(&source, &chunk), 1);
	ck_assert_str_eq(chunk.text, "one\n\n\nfour\n");
	ck_assert_uint_eq(chunk.first_line, 1);
	ck_assert_uint_eq(chunk.lines, 4);
	ck_assert_uint_eq(told.count, 2);
	ck_assert_uint_eq(told.line, 3);
	ck_assert_str_eq(told.what, "is not UTF-8");
	ck_assert_int_eq(line_source_next(&source, &chunk), 0);
	fclose(file);
}
END_TEST

START_TEST(test_source_when_a_line_is_endless_then_it_is_told_and_left_out)
{
	enum { LEN = 10 * LINE_MAX_OCTETS };
	char *octets = malloc(LEN);
	struct told told = { 0 };
	struct line_source source = { .bad = on_bad, .user = &told };
	FILE *file;

	memset(octets, 'x', LEN);
	memcpy(octets + LEN - 5, "\nlast", 5);
	file = file_of(octets, LEN);
	line_source_begin(&source, file);
	ck_assert_int_eq(line_source_next(&source, &chunk), 1);
	ck_assert_str_eq(chunk.text, "\nlast\n");
	ck_assert_uint_eq(told.line, 1);
	ck_assert_str_eq(told.what, "is too long");
	fclose(file);
	free(octets);
}
END_TEST

/* As JSON text a chunk fits, however many octets of it have to be escaped. */
START_TEST(test_source_when_much_is_escaped_then_chunks_are_smaller)
{
	enum { LINES = 3000 };
	FILE *file = tmpfile();
	struct told told = { 0 };
	struct line_source source = { .bad = on_bad, .user = &told };
	size_t lines = 0, chunks = 0;

	for (int i = 0; i < LINES; i++)
		fputs("\"\"\"\"\\\\\x01\x02\x03\n", file);
	rewind(file);
	line_source_begin(&source, file);
	while (line_source_next(&source, &chunk) == 1) {
		ck_assert_uint_eq(chunk.first_line, lines + 1);
		ck_assert_uint_eq(chunk.len, chunk.lines * 10);
		ck_assert_uint_le(chunk.lines * 32, CHUNK_OCTETS);
		lines += chunk.lines;
		chunks++;
	}
	ck_assert_uint_eq(lines, LINES);
	ck_assert_uint_eq(chunks, 3);
	ck_assert_uint_eq(told.count, 0);
	fclose(file);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rule_line");
	TCase *cases = tcase_create("all");
	int failed;

	tcase_add_loop_test(cases, test_line_rows, 0, COUNT(rows));
	tcase_add_test(cases, test_format_by_name);
	tcase_add_test(cases, test_source_when_lines_are_bad_then_their_places_stay_empty);
	tcase_add_test(cases, test_source_when_a_line_is_endless_then_it_is_told_and_left_out);
	tcase_add_test(cases, test_source_when_much_is_escaped_then_chunks_are_smaller);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
