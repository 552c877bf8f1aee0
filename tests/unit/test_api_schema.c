/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Each keyword at its edge, and schemas that say more than is checked. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api_schema.h"

static const struct {
	const char *schema;
	const char *value;
	int rc;
	const char *field;
} checks[] = {
	{ "{\"type\":\"string\",\"minLength\":2}", "\"\xe6\x8a\xa5\"", -EBADMSG, "" },
	{ "{\"type\":\"string\",\"minLength\":2}", "\"\xe6\x8a\xa5\xe6\x8a\xa5\"", 0, NULL },
	{ "{\"type\":\"string\",\"maxLength\":2}", "\"\xe6\x8a\xa5\xe6\x8a\xa5\"", 0, NULL },
	{ "{\"type\":\"string\",\"maxLength\":2}", "\"abc\"", -EBADMSG, "" },
	{ "{\"type\":\"string\",\"pattern\":\"^[a-z]+$\"}", "\"abc\"", 0, NULL },
	{ "{\"type\":\"string\",\"pattern\":\"^[a-z]+$\"}", "\"ab1\"", -EBADMSG, "" },
	{ "{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}", "\"b\"", 0, NULL },
	{ "{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}", "\"c\"", -EBADMSG, "" },
	{ "{\"type\":\"integer\",\"minimum\":1,\"maximum\":3}", "0", -EBADMSG, "" },
	{ "{\"type\":\"integer\",\"minimum\":1,\"maximum\":3}", "1", 0, NULL },
	{ "{\"type\":\"integer\",\"minimum\":1,\"maximum\":3}", "3", 0, NULL },
	{ "{\"type\":\"integer\",\"minimum\":1,\"maximum\":3}", "4", -EBADMSG, "" },
	{ "{\"type\":\"integer\"}", "\"1\"", -EBADMSG, "" },
	{ "{\"type\":\"boolean\"}", "1", -EBADMSG, "" },
	{ "{\"type\":[\"string\",\"null\"]}", "null", 0, NULL },
	{ "{\"type\":[\"string\",\"null\"]}", "1", -EBADMSG, "" },
	{ "{\"type\":\"string\",\"format\":\"date-time\"}", "\"2026-01-01T10:00:00+08:00\"", 0,
	  NULL },
	{ "{\"type\":\"string\",\"format\":\"date-time\"}", "\"2026-01-01\"", -EBADMSG, "" },
	{ "{\"type\":\"string\",\"format\":\"date\"}", "\"2026-01-01\"", 0, NULL },
	{ "{\"type\":\"string\",\"format\":\"date\"}", "\"2026-1-1\"", -EBADMSG, "" },
	{ "{\"type\":\"array\",\"minItems\":1,\"maxItems\":2}", "[]", -EBADMSG, "" },
	{ "{\"type\":\"array\",\"minItems\":1,\"maxItems\":2}", "[1,2]", 0, NULL },
	{ "{\"type\":\"array\",\"minItems\":1,\"maxItems\":2}", "[1,2,3]", -EBADMSG, "" },
	{ "{\"type\":\"object\",\"required\":[\"a\"]}", "{}", -EBADMSG, "a" },
	{ "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}", "{\"b\":1}",
	  -EBADMSG, "b" },
	{ "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":true}", "{\"b\":1}", 0,
	  NULL },
	{ "{\"type\":\"object\",\"minProperties\":1,\"maxProperties\":1}", "{}", -EBADMSG, "" },
	{ "{\"type\":\"object\",\"minProperties\":1,\"maxProperties\":1}", "{\"a\":1}", 0, NULL },
	{ "{\"type\":\"object\",\"minProperties\":1,\"maxProperties\":1}", "{\"a\":1,\"b\":2}",
	  -EBADMSG, "" },
	{ "{\"type\":\"object\",\"properties\":{\"rules\":{\"type\":\"array\",\"items\":{"
	  "\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}}}}}}",
	  "{\"rules\":[{},{\"text\":1}]}", -EBADMSG, "rules[1].text" },
};

START_TEST(test_a_value)
{
	json_t *schema = json_loads(checks[_i].schema, 0, NULL);
	json_t *value = json_loads(checks[_i].value, JSON_DECODE_ANY, NULL);
	char error[API_FAULT_MAX] = "";
	struct api_fault fault = { .field = "" };

	ck_assert_ptr_nonnull(schema);
	ck_assert_ptr_nonnull(value);
	ck_assert_msg(api_schema_supported(schema, error) == 0, "%s", error);
	ck_assert_msg(api_schema_check(schema, value, "", &fault) == checks[_i].rc, "%s: %s",
		      checks[_i].schema, checks[_i].value);
	if (checks[_i].field) {
		ck_assert_str_eq(fault.field, checks[_i].field);
		ck_assert_str_ne(fault.text, "");
	}
	json_decref(schema);
	json_decref(value);
}
END_TEST

static const struct {
	const char *schema;
	const char *named;
} refused[] = {
	{ "{\"type\":\"string\",\"const\":\"a\"}", "const" },
	{ "{\"oneOf\":[]}", "oneOf" },
	{ "{\"type\":\"number\",\"multipleOf\":2}", "multipleOf" },
	{ "{\"type\":\"word\"}", "type" },
	{ "{\"type\":[]}", "type" },
	{ "{\"type\":\"string\",\"format\":\"email\"}", "format" },
	{ "{\"type\":\"string\",\"pattern\":\"(\"}", "(" },
	{ "{\"type\":\"string\",\"maxLength\":\"2\"}", "maxLength" },
	{ "{\"type\":\"object\",\"required\":true}", "required" },
	{ "{\"type\":\"object\",\"additionalProperties\":{}}", "additionalProperties" },
	{ "{\"type\":\"array\",\"items\":{\"not\":{}}}", "not" },
	{ "{\"type\":\"object\",\"properties\":{\"a\":{\"allOf\":[]}}}", "allOf" },
};

START_TEST(test_more_than_is_checked)
{
	json_t *schema = json_loads(refused[_i].schema, 0, NULL);
	char error[API_FAULT_MAX] = "";

	ck_assert_ptr_nonnull(schema);
	ck_assert_int_eq(api_schema_supported(schema, error), -ENOTSUP);
	ck_assert_msg(strstr(error, refused[_i].named) != NULL, "%s", error);
	json_decref(schema);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api_schema");
	TCase *tests = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, test_a_value, 0, sizeof(checks) / sizeof(*checks));
	tcase_add_loop_test(tests, test_more_than_is_checked, 0,
			    sizeof(refused) / sizeof(*refused));
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
