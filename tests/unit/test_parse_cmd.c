/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/parse_cmd.h"
#include "tests/unit/keywords.h"
#include "tests/unit/tables.h"

#define AT ",\"received\":\"2025-10-18T08:51:30+08:00\"}"

static enum parse_form form = PARSE_READING;
static char *out_text, *error_text;

/* Runs the command on the octets; the caller frees the two texts. */
static int run(const char *input, size_t len)
{
	size_t size;
	char path[] = "/tmp/mianrao-parse-XXXXXX";
	int fd = mkstemp(path);
	unlink(path);
	ck_assert_int_eq(write(fd, input, len), (ssize_t)len);
	lseek(fd, 0, SEEK_SET);
	FILE *out = open_memstream(&out_text, &size);
	FILE *errors = open_memstream(&error_text, &size);
	int code = parse_run(test_language(), test_keywords(), fd, form, out, errors);
	fclose(out);
	fclose(errors);
	close(fd);
	return code;
}

static void done(void)
{
	free(out_text);
	free(error_text);
}

static const struct {
	const char *name;
	const char *line;
	const char *output;
} readings[] = {
	{ "a report", "{\"id\":\"a\",\"text\":\"4001234567\"" AT "\n",
	  "{\"id\":\"a\",\"intent\":\"report_call\",\"numbers\":[\"4001234567\"],"
	  "\"call_time\":null,\"official\":false,\"international\":false,"
	  "\"category\":\"unknown\",\"needs_number\":false}\n" },
	{ "a time", "{\"id\":\"a\",\"text\":\"10085今天8:30推销流量包\"" AT "\n",
	  "{\"id\":\"a\",\"intent\":\"report_call\",\"numbers\":[\"10085\"],\"call_time\":"
	  "{\"from\":\"2025-10-18T08:20:00+08:00\",\"to\":\"2025-10-18T08:40:00+08:00\"},"
	  "\"official\":true,\"international\":false,\"category\":\"data_pack\","
	  "\"needs_number\":false}\n" },
	{ "a scope, no line end", "{\"id\":7,\"text\":\"KTJWLDPB\"" AT,
	  "{\"id\":7,\"intent\":\"block_on\",\"numbers\":[],\"call_time\":null,"
	  "\"official\":false,\"international\":false,\"category\":\"unknown\","
	  "\"needs_number\":false,\"scope\":\"call\"}\n" },
	{ "NUL, no id", "{\"text\":\"\\u0000T\\u0000\"" AT "\r\n",
	  "{\"id\":null,\"intent\":\"unsubscribe\",\"numbers\":[],\"call_time\":null,"
	  "\"official\":false,\"international\":false,\"category\":\"unknown\","
	  "\"needs_number\":false}\n" },
	{ "id to be escaped", "{\"id\":\"\\\"\\u0000\",\"text\":\"\"" AT "\n",
	  "{\"id\":\"\\\"\\u0000\",\"intent\":\"empty\",\"numbers\":[],\"call_time\":null,"
	  "\"official\":false,\"international\":false,\"category\":\"unknown\","
	  "\"needs_number\":false}\n" },
	{ "blank lines", "\n  \n\r\n", "" },
};

START_TEST(test_parse_when_line_is_good_then_reading)
{
	int code = run(readings[_i].line, strlen(readings[_i].line));
	ck_assert_msg(strcmp(out_text, readings[_i].output) == 0, "%s: %s", readings[_i].name,
		      out_text);
	ck_assert_str_eq(error_text, "");
	ck_assert_int_eq(code, 0);
	done();
}
END_TEST

static const struct {
	const char *name;
	const char *line;
	const char *error;
} faults[] = {
	{ "no JSON", "x", "line 2: octet 1: '[' or '{' expected near 'x'\n" },
	{ "no object", "[]", "line 2: is not a JSON object\n" },
	{ "no text", "{\"id\":1" AT, "line 2: \"text\" is missing or no text\n" },
	{ "no received", "{\"text\":\"a\"}", "line 2: \"received\" is missing or no text\n" },
	{ "no time", "{\"text\":\"a\",\"received\":\"now\"}",
	  "line 2: received: 'now' is no time\n" },
	{ "not UTF-8", "{\"text\":\"\xff\"" AT, "line 2: octet " },
};

START_TEST(test_parse_when_line_is_bad_then_told_and_next_read)
{
	char input[512];
	int len = snprintf(input, sizeof input, "\n%s\n{\"id\":\"z\",\"text\":\"T\"" AT "\n",
			   faults[_i].line);
	ck_assert_int_eq(run(input, (size_t)len), 1);
	ck_assert_msg(strncmp(error_text, faults[_i].error, strlen(faults[_i].error)) == 0,
		      "%s: %s", faults[_i].name, error_text);
	ck_assert_msg(strncmp(out_text, "{\"id\":\"z\",", 10) == 0, "%s: %s", faults[_i].name,
		      out_text);
	done();
}
END_TEST

START_TEST(test_parse_when_line_is_too_long_then_skipped_as_one)
{
	static const char tail[] = "\n{\"id\":\"z\",\"text\":\"T\"" AT "\n";
	size_t len = 3 << 20;
	char *input = malloc(len + sizeof tail);
	memset(input, 'x', len);
	memcpy(input + len, tail, sizeof tail);
	ck_assert_int_eq(run(input, len + sizeof tail - 1), 1);
	ck_assert_str_eq(error_text, "line 1: is longer than 1048576 octets\n");
	ck_assert_int_eq(strncmp(out_text, "{\"id\":\"z\",", 10), 0);
	done();
	ck_assert_int_eq(run(input, len), 1); /* and without an end */
	ck_assert_str_eq(error_text, "line 1: is longer than 1048576 octets\n");
	free(input);
	done();
}
END_TEST

START_TEST(test_parse_when_explained_then_lines_or_json)
{
	static const char input[] = "{\"id\":\"a\",\"text\":\"4001234567\"" AT "\nx\n"
				    "{\"id\":2,\"text\":\"T\"" AT "\n";
	form = PARSE_EXPLAINED;
	ck_assert_int_eq(run(input, strlen(input)), 1);
	ck_assert_msg(strncmp(out_text, "\"a\"\n  text       4001234567\n", 27) == 0, "%s",
		      out_text);
	ck_assert_ptr_nonnull(strstr(out_text, "\n2\n  text       t\n"));
	ck_assert_int_eq(strncmp(error_text, "line 2: ", 8), 0);
	done();
	form = PARSE_EXPLAINED_JSON;
	ck_assert_int_eq(run(input, strlen(input)), 1);
	json_t *line = json_loads(out_text, JSON_DISABLE_EOF_CHECK, NULL);
	ck_assert_str_eq(json_string_value(json_object_get(line, "id")), "a");
	json_decref(line);
	line = json_loads(strchr(out_text, '\n'), 0, NULL);
	ck_assert_int_eq(json_integer_value(json_object_get(line, "id")), 2);
	json_decref(line);
	done();
}
END_TEST

/* Every output line is JSON with the input's id. */
START_TEST(test_parse_when_development_set_then_each_line_answered)
{
	static char input[1 << 20];
	FILE *file = fopen("tests/data/reports-dev.jsonl", "r");
	ck_assert_ptr_nonnull(file);
	size_t len = fread(input, 1, sizeof input, file);
	fclose(file);
	ck_assert_int_eq(run(input, len), 0);
	char *in_save, *out_save;
	char *line = strtok_r(out_text, "\n", &out_save);
	for (char *in = strtok_r(input, "\n", &in_save); in; in = strtok_r(NULL, "\n", &in_save)) {
		json_t *want = json_loads(in, JSON_ALLOW_NUL, NULL);
		json_t *got = json_loads(line, JSON_ALLOW_NUL, NULL);
		ck_assert(json_equal(json_object_get(want, "id"), json_object_get(got, "id")));
		json_decref(want);
		json_decref(got);
		line = strtok_r(NULL, "\n", &out_save);
	}
	ck_assert_ptr_null(line);
	done();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("parse_cmd");
	TCase *tc = tcase_create("all");
	tcase_add_loop_test(tc, test_parse_when_line_is_good_then_reading, 0,
			    sizeof readings / sizeof readings[0]);
	tcase_add_loop_test(tc, test_parse_when_line_is_bad_then_told_and_next_read, 0,
			    sizeof faults / sizeof faults[0]);
	tcase_add_test(tc, test_parse_when_explained_then_lines_or_json);
	tcase_add_test(tc, test_parse_when_line_is_too_long_then_skipped_as_one);
	tcase_add_test(tc, test_parse_when_development_set_then_each_line_answered);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
