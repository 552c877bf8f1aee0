/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Evidence written and read back: what comes out of a verdict is the same. */
#include "gateway/evidence_json.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct evidence_note full_note(void)
{
	struct evidence_note note;

	memset(&note, 0, sizeof(note));
	note.evidence = (struct evidence){
		.intent = REPORT_CALL,
		.category = REPORT_LOAN,
		.number = { "+8613600005678" },
		.class = NUMBER_MOBILE,
		.call = EVIDENCE_CALL_FOUND,
		.record = { .caller = { "+8613600005678" },
			    .start_ms = 1700000000000,
			    .duration_s = 77,
			    .answered = true,
			    .entry = CALL_ENTRY_NATIONAL },
		.calls_in_window = 3,
		.distinct_called = 61,
		.attempts = 64,
		.answered = 21,
		.seconds = 1234567890123,
		.reporters = 4294967295,
		.calls_back = 2,
		.partner = true,
		.near_count = 2,
		.near = { { "+8613600005679" }, { "+8613600005676" } },
		.deadline_passed = true,
	};
	strcpy(note.policy, "0123456789ab");
	note.score = -5;
	note.deadline_ms = 1700000169200;
	return note;
}

static void check_same(const struct evidence_note *note)
{
	char text[EVIDENCE_JSON_MAX], again[EVIDENCE_JSON_MAX];
	struct evidence_note read;

	ck_assert_int_eq(evidence_format(note, text), 0);
	ck_assert_msg(evidence_parse(text, &read) == 0, "%s", text);
	ck_assert_int_eq(evidence_format(&read, again), 0);
	ck_assert_str_eq(text, again);
	struct verdict a = verdict_decide(&note->evidence, &verdict_policy_default);
	struct verdict b = verdict_decide(&read.evidence, &verdict_policy_default);
	ck_assert_int_eq(a.kind, b.kind);
	ck_assert_int_eq(a.score, b.score);
	ck_assert_uint_eq(a.reason_count, b.reason_count);
	ck_assert_mem_eq(a.reasons, b.reasons, a.reason_count * sizeof(a.reasons[0]));
}

START_TEST(test_evidence_when_written_and_read_then_same_text_and_verdict)
{
	for (int call = 0; call <= EVIDENCE_CALL_FOUND; call++)
		for (int class = 0; class < NUMBER_CLASS_COUNT; class ++)
			for (int category = 0; category < REPORT_CATEGORY_COUNT; category++)
				for (int entry = 0; entry < CALL_ENTRY_COUNT; entry++) {
					struct evidence_note note = full_note();

					note.evidence.call = (enum evidence_call)call;
					note.evidence.class = (enum number_class) class;
					note.evidence.category = (enum report_category)category;
					note.evidence.record.entry = (enum call_entry)entry;
					note.evidence.partner = false;
					note.evidence.official = category % 2;
					note.evidence.near_count = (size_t)entry % 3;
					check_same(&note);
				}
}
END_TEST

START_TEST(test_evidence_when_longest_then_it_fits)
{
	struct evidence_note note = full_note();
	char text[EVIDENCE_JSON_MAX];

	note.evidence.near_count = EVIDENCE_NEAR_MAX;
	for (size_t i = 0; i < EVIDENCE_NEAR_MAX; i++)
		memset(note.evidence.near[i].text, '"', NUMBER_MAX - 1);
	memset(note.evidence.number.text, '\\', NUMBER_MAX - 1);
	note.evidence.seconds = INT64_MAX;
	note.evidence.attempts = note.evidence.answered = UINT32_MAX;
	note.evidence.distinct_called = note.evidence.calls_back = UINT32_MAX;
	note.evidence.record.start_ms = note.deadline_ms = INT64_MIN;
	ck_assert_int_eq(evidence_format(&note, text), 0);
	ck_assert_uint_lt(strlen(text), EVIDENCE_JSON_MAX - 100);
}
END_TEST

static void replace(char text[EVIDENCE_JSON_MAX], const char *from, const char *to)
{
	char *at = strstr(text, from);
	char rest[EVIDENCE_JSON_MAX];

	ck_assert_msg(at != NULL, "%s", from);
	strcpy(rest, at + strlen(from));
	strcpy(at, to);
	strcat(at, rest);
}

START_TEST(test_parse_when_broken_then_refused_and_untouched)
{
	static const struct {
		const char *from, *to;
	} table[] = {
		{ "\"v\":1", "\"v\":2" },
		{ "\"v\":1", "\"v\":\"1\"" },
		{ "\"call\":\"found\"", "\"call\":\"maybe\"" },
		{ "\"category\":\"loan\"", "\"category\":null" },
		{ "\"distinct\":61", "\"distinct\":-1" },
		{ "\"distinct\":61", "\"distinct\":4294967296" },
		{ "\"distinct\":61,", "" },
		{ "\"partner\":true", "\"partner\":1" },
		{ "\"near\":[", "\"near\":[\"1\",\"2\"," },
		{ "\"near\":[\"+8613600005679\"", "\"near\":[7" },
		{ "\"number\":\"+8613600005678\"", "\"number\":\"+86136000056781234567890\"" },
		{ "\"start\":1700000000000,", "" },
		{ "\"policy\":\"0123456789ab\"", "\"policy\":\"0123456789abc\"" },
		{ "\"class\":\"mobile\"", "\"class\":\"van\"" },
	};
	struct evidence_note untouched = full_note();

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct evidence_note note = full_note();
		char text[EVIDENCE_JSON_MAX];

		ck_assert_int_eq(evidence_format(&note, text), 0);
		replace(text, table[i].from, table[i].to);
		ck_assert_msg(evidence_parse(text, &note) == -EBADMSG, "row %zu: %s", i, text);
		ck_assert_mem_eq(&note, &untouched, sizeof(note));
	}
}
END_TEST

START_TEST(test_parse_when_no_evidence_then_none)
{
	static const char *const texts[] = { "",    "call=found start=-", "{",	 "{}",
					     "[1]", "{\"by\":\"anna\"}",  "null" };
	struct evidence_note note;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		ck_assert_msg(evidence_parse(texts[i], &note) == -ENOENT, "%s", texts[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("evidence_json");
	TCase *tc = tcase_create("core");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, test_evidence_when_written_and_read_then_same_text_and_verdict);
	tcase_add_test(tc, test_evidence_when_longest_then_it_fits);
	tcase_add_test(tc, test_parse_when_broken_then_refused_and_untouched);
	tcase_add_test(tc, test_parse_when_no_evidence_then_none);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
