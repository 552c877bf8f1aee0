/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* JSON as it is published: read back by jansson, bounded, whatever the texts hold. */
#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/json_out.h"

static int write_all(char *text, size_t size, const char *value)
{
	struct json_out out;

	json_out_begin(&out, text, size);
	json_out_open(&out, NULL, '{');
	json_out_text(&out, "text", value);
	json_out_int(&out, "least", INT64_MIN);
	json_out_open(&out, "list", '[');
	json_out_text(&out, NULL, "a");
	json_out_int(&out, NULL, 7);
	json_out_open(&out, NULL, '{');
	json_out_close(&out, '}');
	json_out_close(&out, ']');
	json_out_open(&out, "empty", '[');
	json_out_close(&out, ']');
	json_out_bool(&out, "yes", true);
	json_out_bool(&out, "no", false);
	json_out_close(&out, '}');
	return json_out_end(&out);
}

static const struct {
	const char *name;
	const char *value;
	const char *read; /* NULL: the same */
} texts[] = {
	{ "empty", "", NULL },
	{ "plain", "+8613800138000", NULL },
	{ "quotes and backslashes", "a\"b\\c\\", NULL },
	{ "controls", "\x01\t\n\r\x1f\x7f", NULL },
	{ "Chinese", "\xe6\x8e\xa8\xe9\x94\x80", NULL },
	{ "beyond the basic plane", "\xf0\x9f\x90\x9f", NULL },
	{ "a lone octet", "a\xff", "a\xef\xbf\xbd" },
	{ "a surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "a cut character", "\xe6\x8e", "\xef\xbf\xbd" },
};

START_TEST(test_json_out_when_any_text_then_read_back_by_jansson)
{
	const char *want = texts[_i].read ? texts[_i].read : texts[_i].value;
	char text[512];
	json_error_t error;
	json_t *json;

	ck_assert_int_eq(write_all(text, sizeof(text), texts[_i].value), 0);
	json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(json != NULL, "%s: %s in %s", texts[_i].name, error.text, text);
	ck_assert_str_eq(json_string_value(json_object_get(json, "text")), want);
	ck_assert_int_eq(json_integer_value(json_object_get(json, "least")), INT64_MIN);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "list")), 3);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "empty")), 0);
	ck_assert(json_is_true(json_object_get(json, "yes")));
	ck_assert(json_is_false(json_object_get(json, "no")));
	ck_assert_uint_eq(json_object_size(json), 6);
	json_decref(json);
}
END_TEST

START_TEST(test_json_out_when_room_is_short_then_told_and_nothing_written_behind)
{
	char whole[256];
	size_t len;

	ck_assert_int_eq(write_all(whole, sizeof(whole), "x\"\xe6\x8e\xa8"), 0);
	len = strlen(whole);
	for (size_t size = 1; size <= len + 1; size++) {
		char *text = malloc(size); /* on the heap, for the sanitizer to watch its end */

		ck_assert_int_eq(write_all(text, size, "x\"\xe6\x8e\xa8"),
				 size > len ? 0 : -EMSGSIZE);
		free(text);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json_out");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, test_json_out_when_any_text_then_read_back_by_jansson, 0,
			    sizeof(texts) / sizeof(*texts));
	tcase_add_test(tcase,
		       test_json_out_when_room_is_short_then_told_and_nothing_written_behind);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
