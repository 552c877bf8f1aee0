/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/api_document.h"
#include "rules/embedded.h"

EMBEDDED(openapi_json);

static const struct {
	const char *schema;
	const char *value;
	const char *field; /* NULL: it fits */
	const char *text;
} values[] = {
	{ "{'type':'integer','minimum':1,'maximum':9}", "1", NULL, NULL },
	{ "{'type':'integer','minimum':1,'maximum':9}", "10", "a", "is not from 1 to 9" },
	{ "{'type':'integer'}", "1.0", "a", "wants an integer" },
	{ "{'type':['string','null']}", "null", NULL, NULL },
	{ "{'type':'string','maxLength':2}", "'\xe4\xb8\xad\xe6\x96\x87'", NULL, NULL },
	{ "{'type':'string','maxLength':2}", "'abc'", "a", "is longer than 2 characters" },
	{ "{'type':'string','minLength':1}", "''", "a", "is shorter than 1 characters" },
	{ "{'type':'string','pattern':'^[0-9]+$'}", "'1x'", "a", "is not of the form ^[0-9]+$" },
	{ "{'type':'string','enum':['x','y']}", "'z'", "a", "is none of x, y" },
	{ "{'type':'string','format':'date'}", "'2026-02-30'", "a", "wants a day, as 2026-01-01" },
	{ "{'type':'string','format':'date-time'}", "'2026-01-01T00:00:00Z'", NULL, NULL },
	{ "{'type':'array','items':{'type':'integer'}}", "[1,'x']", "a[1]", "wants an integer" },
	{ "{'type':'array','maxItems':1}", "[1,2]", "a", "has more than 1 entries" },
	{ "{'type':'object','required':['b']}", "{}", "a.b", "is missing" },
	{ "{'type':'object','additionalProperties':false}", "{'c':1}", "a.c", "is not known here" },
	{ "{'type':'object','properties':{'b':{'type':'string'}}}", "{'b':1}", "a.b",
	  "wants a string" },
};

static json_t *load(const char *text)
{
	char *copy = strdup(text);
	json_t *json;

	for (char *c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	json = json_loads(copy, JSON_DECODE_ANY, NULL);
	free(copy);
	ck_assert_msg(json != NULL, "%s", text);
	return json;
}

START_TEST(test_value_is_checked)
{
	json_t *schema = load(values[_i].schema);
	json_t *value = load(values[_i].value);
	struct api_fault fault = { 0 };
	char error[API_FAULT_MAX] = "";
	int rc = api_schema_check(schema, value, "a", &fault);

	ck_assert_msg(api_schema_supported(schema, error) == 0, "%s", error);
	ck_assert_int_eq(rc, values[_i].field ? -EBADMSG : 0);
	if (values[_i].field) {
		ck_assert_str_eq(fault.field, values[_i].field);
		ck_assert_str_eq(fault.text, values[_i].text);
	}
	json_decref(schema);
	json_decref(value);
}
END_TEST

static const char *const unsupported[] = {
	"{'oneOf':[]}",	       "{'type':'text'}",     "{'pattern':'['}",
	"{'format':'email'}",  "{'minLength':'1'}",   "{'properties':{'a':{'const':1}}}",
	"{'items':{'not':1}}", "{'uniqueItems':true}"
};

START_TEST(test_keyword_is_refused_when_it_is_not_checked)
{
	json_t *schema = load(unsupported[_i]);
	char error[API_FAULT_MAX];

	ck_assert_int_eq(api_schema_supported(schema, error), -ENOTSUP);
	ck_assert_str_ne(error, "");
	json_decref(schema);
}
END_TEST

static const struct {
	const char *query;
	const char *field; /* NULL: it can be read */
} queries[] = {
	{ "", NULL },	  { "a=1&b=%2B86+1", NULL }, { "a", NULL },    { "a=1&a=2", "a" },
	{ "a=%4", "a" },  { "a=%zz", "a" },	     { "a=%00", "a" }, { "=1", "" },
	{ "a=%ff", "a" }, { "%ff=1", "" },
};

START_TEST(test_query_is_taken_apart)
{
	struct api_fault fault = { 0 };
	json_t *out = NULL;
	int rc = api_query_parse(queries[_i].query, &out, &fault);

	ck_assert_int_eq(rc, queries[_i].field ? -EBADMSG : 0);
	if (rc < 0)
		ck_assert_str_eq(fault.field, queries[_i].field);
	else
		json_decref(out);
}
END_TEST

START_TEST(test_document_finds_its_operations)
{
	char error[API_FAULT_MAX] = "";
	struct api_document *document =
		api_document_load(NULL, embedded_openapi_json, EMBEDDED_LEN(openapi_json), error);
	const struct api_operation *found;
	struct api_path path;
	bool known;

	ck_assert_msg(document != NULL, "%s", error);
	found = api_document_find(document, "HEAD", "/v1/reports/R%31/why", &path, &known);
	ck_assert_str_eq(found->id, "getReportWhy");
	ck_assert_str_eq(api_operation_segment(found, &path, "id"), "R1");
	ck_assert_ptr_null(api_document_find(document, "PUT", "/v1/reports/R1", &path, &known));
	ck_assert(known);
	ck_assert_ptr_null(api_document_find(document, "GET", "/v1//reports", &path, &known));
	ck_assert(!known);
	talloc_free(document);
	ck_assert_ptr_null(api_document_load(NULL, "{}", 2, error));
	ck_assert_str_ne(error, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api_schema");
	TCase *all = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(all, test_value_is_checked, 0, sizeof(values) / sizeof(*values));
	tcase_add_loop_test(all, test_keyword_is_refused_when_it_is_not_checked, 0,
			    sizeof(unsupported) / sizeof(*unsupported));
	tcase_add_loop_test(all, test_query_is_taken_apart, 0, sizeof(queries) / sizeof(*queries));
	tcase_add_test(all, test_document_finds_its_operations);
	suite_add_tcase(suite, all);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
