/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_screen_ask.c - questions by HTTP as attempts, or which field is to blame; batches. */
#include "gateway/screen_ask.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tables.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *query;
	int rc;
	const char *want; /* "from to channel entry flags", or "field: text" */
} queries[] = {
	{ "channel=call&from=13912345678&to=13800138000", 0,
	  "+8613912345678 +8613800138000 1 unknown enforce" },
	{ "channel=SMS&from=SHOP&to=%2B8613800138000&entry=international&why=1", 0,
	  "SHOP +8613800138000 2 international enforce why" },
	{ "to=86-138-0013-8000&from=+852+9876+5432&channel=call&enforce=false", 0,
	  "+85298765432 +8613800138000 1 unknown" },
	{ "to=+8613800138000&from=0085298765432&channel=call&roaming=yes", 0,
	  "+85298765432 +8613800138000 1 unknown enforce roaming" },
	{ "channel=call&from=anonymous&to=13800138000&verstat=tn-validation-failed", 0,
	  "withheld +8613800138000 1 unknown enforce failed" },
	{ "channel=call&from=&to=13800138000&verstat=TN-Validation-Passed", 0,
	  "withheld +8613800138000 1 unknown enforce" },
	{ "", -EBADMSG, "channel: is missing" },
	{ "channel=call&to=13800138000", -EBADMSG, "from: is missing" },
	{ "channel=call&from=1&to=13800138000", -EBADMSG,
	  "from: '1' is not a telephone number, or withheld" },
	{ "channel=call&from=SHOP&to=13800138000", -EBADMSG,
	  "from: 'SHOP' is not a telephone number, or withheld" },
	{ "channel=fax&from=13912345678&to=13800138000", -EBADMSG,
	  "channel: 'fax' is not call or sms" },
	{ "channel=call&from=13912345678&to=%00", -EBADMSG, "to: is not a telephone number" },
	{ "channel=call&from=13912345678&to=%E5%B0%8F", -EBADMSG, "to: is not a telephone number" },
	{ "channel=call&from=%FF&to=13800138000", -EBADMSG, "from: is not UTF-8" },
	{ "channel=call&form=13912345678&to=13800138000", -EBADMSG,
	  "form: is no field of a question" },
	{ "channel=call&channel=sms", -EBADMSG, "channel: comes twice" },
	{ "channel=call&from=13912345678&to=13800138000&entry=abroad", -EBADMSG,
	  "entry: 'abroad' is not unknown, national or international" },
	{ "channel=call&from=13912345678&to=13800138000&why=maybe", -EBADMSG,
	  "why: 'maybe' is not true or false" },
	{ "%E5%B0%8F=1", -EBADMSG, "%E5%B0%8F: is no field of a question" },
	{ "a=b=c&&=", -EBADMSG, ": the query is not name=value&name=value" },
};

static void describe(const struct screen_ask *ask, char out[160])
{
	const struct block_attempt *attempt = &ask->attempt;

	snprintf(out, 160, "%s %s %d %s%s%s%s%s", attempt->caller.text, attempt->called.text,
		 attempt->channel, block_entry_name(attempt->entry), ask->enforce ? " enforce" : "",
		 ask->why ? " why" : "", attempt->roaming_home ? " roaming" : "",
		 ask->validation_failed ? " failed" : "");
}

START_TEST(test_query_when_read_then_attempt_or_field_to_blame)
{
	struct screen_fault fault = { "", "" };
	struct screen_ask ask;
	char text[256];
	json_t *object;
	int rc = screen_ask_from_query(queries[_i].query, &object, &fault);

	if (rc == 0) {
		rc = screen_ask_read(test_plan(), object, &ask, &fault);
		json_decref(object);
	}
	if (rc == 0)
		describe(&ask, text);
	else
		snprintf(text, sizeof(text), "%s: %s", fault.field, fault.text);
	ck_assert_msg(rc == queries[_i].rc, "%s: %d, %s", queries[_i].query, rc, text);
	ck_assert_str_eq(text, queries[_i].want);
}
END_TEST

static const struct {
	const char *text;
	bool lines;
	const char *want; /* a letter a question: o object, x no JSON; or what is wrong */
} batches[] = {
	{ "[{},{}]", false, "oo" },
	{ "{}\n\n  \r\n{}\r\n{}", true, "ooo" },
	{ "{\n{}\n[1]\n", true, "xoo" },
	{ "{\"a\":1,\"a\":2}\n", true, "x" },
	{ "[{}", false, "is no JSON (line 1, column 3)" },
	{ "[]", false, "there is no question" },
	{ "\n \n", true, "there is no question" },
	{ "", false, "is no JSON (line 1, column 0)" },
	{ "7", false, "is no array of questions" },
};

START_TEST(test_batch_when_read_then_every_question_in_its_place)
{
	struct screen_fault fault;
	struct screen_batch batch;
	char seen[16] = "";
	json_t *object;
	int rc = screen_batch_open(batches[_i].lines, batches[_i].text, strlen(batches[_i].text),
				   &batch, &fault);

	if (rc < 0) {
		ck_assert_str_eq(fault.text, batches[_i].want);
		return;
	}
	while ((rc = screen_batch_next(&batch, &object, &fault)) != 0) {
		strcat(seen, rc > 0 ? "o" : "x");
		if (rc > 0)
			json_decref(object);
	}
	ck_assert_uint_eq(batch.count, strlen(seen));
	screen_batch_close(&batch);
	ck_assert_str_eq(seen, batches[_i].want);
}
END_TEST

START_TEST(test_batch_when_too_many_then_refused)
{
	char text[2 * (SCREEN_ASK_MAX + 1) + 1];
	struct screen_fault fault;
	struct screen_batch batch;

	for (size_t i = 0; i <= SCREEN_ASK_MAX; i++)
		memcpy(text + 2 * i, "1\n", 2);
	ck_assert_int_eq(screen_batch_open(true, text, sizeof(text) - 1, &batch, &fault), -EBADMSG);
	ck_assert_str_eq(fault.text, "501 questions are more than 500");
	ck_assert_int_eq(screen_batch_open(true, text, sizeof(text) - 3, &batch, &fault), 0);
	screen_batch_close(&batch);
}
END_TEST

START_TEST(test_question_when_values_are_of_json_then_read)
{
	static const struct {
		const char *json;
		int rc;
		const char *field;
	} table[] = {
		{ "{\"channel\":\"call\",\"from\":13912345678,\"to\":8613800138000,\"why\":true}",
		  0, "" },
		{ "{\"channel\":\"call\",\"from\":[],\"to\":8613800138000}", -EBADMSG, "from" },
		{ "{\"channel\":\"call\",\"from\":1.5,\"to\":8613800138000}", -EBADMSG, "from" },
		{ "{\"channel\":\"call\",\"from\":null,\"to\":8613800138000}", -EBADMSG, "from" },
		{ "[]", -EBADMSG, "" },
	};

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		json_t *object = json_loads(table[i].json, 0, NULL);
		struct screen_fault fault = { "", "" };
		struct screen_ask ask;

		ck_assert_int_eq(screen_ask_read(test_plan(), object, &ask, &fault), table[i].rc);
		ck_assert_str_eq(fault.field, table[i].field);
		json_decref(object);
	}
}
END_TEST

static Suite *screen_ask_suite(void)
{
	Suite *suite = suite_create("screen_ask");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, test_query_when_read_then_attempt_or_field_to_blame, 0,
			    COUNT_OF(queries));
	tcase_add_loop_test(tc, test_batch_when_read_then_every_question_in_its_place, 0,
			    COUNT_OF(batches));
	tcase_add_test(tc, test_batch_when_too_many_then_refused);
	tcase_add_test(tc, test_question_when_values_are_of_json_then_read);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(screen_ask_suite());

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
