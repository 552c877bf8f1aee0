/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What those who may not see numbers see of an answer. */
#include "gateway/conceal.h"
#include "gateway/conceal_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *text, *want;
} rows[] = {
	{ "+8613800138000", "138****8000" },
	{ "block call from +85298765432 # why", "block call from +852****5432 # why" },
	{ "13800138000,13900139000", "138****8000,139****9000" },
	{ "13712345678卖房", "137****5678卖房" },
	{ "95533 10086999 1008699", "95533 100***99 100**99" },
	{ "123456", "123456" },
	{ "2026-11-25T08:00:00.000+08:00", "2026-11-25T08:00:00.000+08:00" },
	{ "R01234567890123 W0123456789abcdef", "R01234567890123 W0123456789abcdef" },
	{ "a13800138000 13800138000a _13800138000", "a13800138000 13800138000a _13800138000" },
	{ "12345678901234567890123456789012345678901234567890",
	  "**************************************************" },
	{ "++13800138000+", "++138****8000+" },
	{ "", "" },
};

START_TEST(test_numbers_in_a_text)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *got = conceal_numbers(rows[i].text);

		ck_assert_str_eq(got, rows[i].want);
		free(got);
	}
}
END_TEST

static const struct {
	const char *text, *want;
} written[] = {
	{ "举报13712345678骚扰", "举报137****5678骚扰" },
	{ "137-1234-5678 打来，又是137 1234 5678", "137-****-5678 打来，又是137 **** 5678" },
	{ "１３７１２３４５６７８*推销", "１３７****５６７８*推销" },
	{ "+8613712345678, 0571-88886666", "+861******5678, 057*-****6666" },
	{ "95533和10086999", "95533和100***99" },
	{ "2026-11-25 10:51 和 11.25 15:30 来电", "2026-11-25 10:51 和 11.25 15:30 来电" },
	{ "12-34-56-78-90-12", "12-34-56-78-90-12" },
	{ "1234567", "123**67" },
	{ "123456", "123456" },
	{ "1371234567", "137*****67" },
	{ "R7K3M9Q2 １", "R7K3M9Q2 １" },
	{ "\xef\xbc", "\xef\xbc" },
	{ "", "" },
};

START_TEST(test_numbers_in_what_was_written)
{
	for (size_t i = 0; i < sizeof(written) / sizeof(*written); i++) {
		char *got = conceal_text(written[i].text);

		ck_assert_str_eq(got, written[i].want);
		free(got);
	}
}
END_TEST

START_TEST(test_an_answer_for_readers)
{
	json_t *answer = json_loads(
		"{\"rules\":[\"block call from 13800138000\"],\"text\":\"举报13712345678\","
		"\"events\":[{\"detail\":\"13712345678\"},{\"detail\":{\"by\":\"li\"}}]}",
		0, NULL);
	json_t *want = json_loads(
		"{\"rules\":[\"block call from 13800138000\"],\"text\":\"举报137****5678\","
		"\"events\":[{\"detail\":\"137****5678\"},{\"detail\":{\"by\":\"li\"}}]}",
		0, NULL);

	ck_assert_int_eq(conceal_written(answer), 0);
	ck_assert(json_equal(answer, want));
	json_decref(answer);
	json_decref(want);
}
END_TEST

START_TEST(test_an_answer)
{
	json_t *answer = json_loads(
		"{\"id\":\"R7K3M9Q2\",\"count\":13800138000,\"text\":\"举报\",\"rows\":"
		"[{\"sender\":\"+8613800138000\",\"detail\":\"x\",\"numbers\":[\"13800138000\",7]},"
		"{\"detail\":{\"number\":\"138****8000\"},\"text\":null}]}",
		0, NULL);
	json_t *want = json_loads(
		"{\"id\":\"R7K3M9Q2\",\"count\":13800138000,\"text\":null,\"rows\":"
		"[{\"sender\":\"138****8000\",\"detail\":null,\"numbers\":[\"138****8000\",7]},"
		"{\"detail\":{\"number\":\"138****8000\"},\"text\":null}]}",
		0, NULL);

	ck_assert_int_eq(conceal(answer), 0);
	ck_assert(json_equal(answer, want));
	json_decref(answer);
	json_decref(want);
}
END_TEST

/* A reference reveals nothing, and half of one is none; a cursor is no number. */
START_TEST(test_references_and_cursors_stay)
{
	static const char text[] = "{\"sender_ref\":\"~ab-1234567-cdefghijklmn\","
				   "\"next\":\"c1763778600000x4711471147z\"}";
	json_t *answer = json_loads(text, 0, NULL);
	json_t *want = json_loads(text, 0, NULL);

	json_object_set_new(answer, "_ref", json_string("~13800138000"));
	json_object_set_new(want, "_ref", json_string("~138****8000"));
	ck_assert_int_eq(conceal(answer), 0);
	ck_assert(json_equal(answer, want));
	json_decref(answer);
	json_decref(want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conceal");
	TCase *tests = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, test_numbers_in_a_text);
	tcase_add_test(tests, test_an_answer);
	tcase_add_test(tests, test_an_answer_for_readers);
	tcase_add_test(tests, test_numbers_in_what_was_written);
	tcase_add_test(tests, test_references_and_cursors_stay);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
