/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_verdict.c - the table of tests/data/verdict, and what holds for all evidence. */
#include "rules/verdict.h"
#include "rules/verdict_why.h"
#include "tests/unit/tables.h"

#include <check.h>
#include <errno.h>
#include <glob.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the table's lines ---- */

struct eval_case {
	const char *where; /* file, for messages */
	unsigned line;
	const char *name;
	struct evidence evidence;
	struct verdict_policy policy;
	const char *verdict;
	char *reasons;
};

static char *trim(char *text)
{
	text += strspn(text, " \t");
	size_t len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]))
		text[--len] = '\0';
	return text;
}

static long read_int(const struct eval_case *c, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);
	ck_assert_msg(*value && !*end, "%s:%u: '%s' is no number", c->where, c->line, value);
	return n;
}

/* The place of `value` in `names`, a list with blanks between. */
static int read_word(const struct eval_case *c, const char *names, const char *value)
{
	size_t len = strlen(value);
	int place = 0;
	for (const char *at = names; *at; place++) {
		size_t n = strcspn(at, " ");
		if (n == len && memcmp(at, value, n) == 0)
			return place;
		at += n + (at[n] == ' ');
	}
	ck_abort_msg("%s:%u: '%s' is none of %s", c->where, c->line, value, names);
}

static void set_policy(struct eval_case *c, const char *key, const char *value)
{
	ck_assert_msg(verdict_policy_set(&c->policy, key, value) == 0,
		      "%s:%u: no policy key '%s', or it cannot be '%s'", c->where, c->line, key,
		      value);
}

static const char yes_no[] = "no yes";

static void set_intent(struct eval_case *c, const char *value)
{
	static const enum report_intent intents[] = { REPORT_CALL, REPORT_SMS,
						      REPORT_SPAM_FORWARD };
	c->evidence.intent = intents[read_word(c, "report_call report_sms spam_forward", value)];
}

static void set_category(struct eval_case *c, const char *value)
{
	static const char names[] = "broadband plan_upgrade data_pack points device insurance loan "
				    "other unknown";
	c->evidence.category = (enum report_category)read_word(c, names, value);
}

static void set_number(struct eval_case *c, const char *value)
{
	memset(&c->evidence.number, 0, sizeof(c->evidence.number));
	ck_assert_msg(number_classify(test_plan(), value) != NUMBER_NONE,
		      "%s:%u: '%s' is not canonical", c->where, c->line, value);
	strcpy(c->evidence.number.text, value);
	c->evidence.class = number_classify(test_plan(), value);
	c->evidence.official = number_is_official(test_plan(), value);
}

static void set_call(struct eval_case *c, const char *value)
{
	c->evidence.call = (enum evidence_call)read_word(c, "unknown none found", value);
}

static void set_entry(struct eval_case *c, const char *value)
{
	c->evidence.record.entry =
		(enum call_entry)read_word(c, "unknown own national international", value);
}

static void set_answered(struct eval_case *c, const char *value)
{
	c->evidence.record.answered = read_word(c, yes_no, value);
}

static void set_distinct(struct eval_case *c, const char *value)
{
	c->evidence.distinct_called = (uint32_t)read_int(c, value);
}

static void set_reporters(struct eval_case *c, const char *value)
{
	c->evidence.reporters = (uint32_t)read_int(c, value);
}

static void set_calls_back(struct eval_case *c, const char *value)
{
	c->evidence.calls_back = (uint32_t)read_int(c, value);
}

static void set_seconds(struct eval_case *c, const char *value)
{
	c->evidence.record.duration_s = (uint32_t)read_int(c, value);
}

static void set_fanout_attempts(struct eval_case *c, const char *value)
{
	c->evidence.attempts = (uint32_t)read_int(c, value);
}

static void set_fanout_answered(struct eval_case *c, const char *value)
{
	c->evidence.answered = (uint32_t)read_int(c, value);
}

static void set_fanout_seconds(struct eval_case *c, const char *value)
{
	c->evidence.seconds = (uint64_t)read_int(c, value);
}

static void set_partner(struct eval_case *c, const char *value)
{
	c->evidence.partner = read_word(c, yes_no, value);
}

static void set_deadline(struct eval_case *c, const char *value)
{
	c->evidence.deadline_passed = read_word(c, "open passed", value);
}

static void set_records(struct eval_case *c, const char *value)
{
	c->evidence.partial = read_word(c, "whole partial", value);
}

static void set_value(struct eval_case *c, char *pair)
{
	static const struct {
		const char *key;
		void (*set)(struct eval_case *c, const char *value);
	} keys[] = {
		{ "intent", set_intent },
		{ "category", set_category },
		{ "number", set_number },
		{ "call", set_call },
		{ "entry", set_entry },
		{ "answered", set_answered },
		{ "seconds", set_seconds },
		{ "distinct", set_distinct },
		{ "of_calls", set_fanout_attempts },
		{ "taken", set_fanout_answered },
		{ "talk", set_fanout_seconds },
		{ "reporters", set_reporters },
		{ "calls_back", set_calls_back },
		{ "partner", set_partner },
		{ "deadline", set_deadline },
		{ "records", set_records },
	};
	char *value = strchr(pair, '=');

	ck_assert_msg(value != NULL, "%s:%u: '%s' has no value", c->where, c->line, pair);
	*value++ = '\0';
	if (strncmp(pair, "policy.", 7) == 0) {
		set_policy(c, pair + 7, value);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		if (strcmp(pair, keys[i].key) == 0) {
			keys[i].set(c, value);
			return;
		}
	}
	ck_abort_msg("%s:%u: no key '%s'", c->where, c->line, pair);
}

static struct evidence plain_evidence(void)
{
	struct evidence evidence;

	memset(&evidence, 0, sizeof(evidence));
	evidence.intent = REPORT_CALL;
	evidence.category = REPORT_UNKNOWN;
	strcpy(evidence.number.text, "+8613600005678");
	evidence.record.entry = CALL_ENTRY_NATIONAL;
	evidence.class = NUMBER_MOBILE;
	evidence.record.answered = true;
	evidence.record.duration_s = 30;
	return evidence;
}

/* False for remarks and empty lines. `line` is taken apart. */
static bool read_case(char *line, struct eval_case *c)
{
	char *parts[4], *rest = trim(line);

	if (*rest == '\0' || *rest == '#')
		return false;
	for (size_t i = 0; i < 4; i++) {
		char *part = strsep(&rest, "|");
		ck_assert_msg(part != NULL, "%s:%u: fewer than four parts", c->where, c->line);
		parts[i] = trim(part);
	}
	ck_assert_msg(rest == NULL, "%s:%u: more than four parts", c->where, c->line);
	c->name = parts[0];
	c->evidence = plain_evidence();
	c->policy = verdict_policy_default;
	c->verdict = parts[2];
	c->reasons = parts[3];
	while (parts[1]) {
		char *pair = strsep(&parts[1], " \t");
		if (*pair)
			set_value(c, pair);
	}
	return true;
}

static void check_case(const struct eval_case *c)
{
	struct verdict verdict = verdict_decide(&c->evidence, &c->policy);
	char kind[40], reasons[400] = "";

	snprintf(kind, sizeof(kind), "%s%s", verdict_kind_name(verdict.kind),
		 verdict.forged ? " forged" : "");
	for (size_t i = 0; i < verdict.reason_count; i++) {
		size_t n = strlen(reasons);
		snprintf(reasons + n, sizeof(reasons) - n, "%s%s", i ? " " : "",
			 verdict_reason_name(verdict.reasons[i]));
	}
	ck_assert_msg(strcmp(kind, c->verdict) == 0 && strcmp(reasons, c->reasons) == 0,
		      "%s:%u: %s: is '%s' (%s), should be '%s' (%s)", c->where, c->line, c->name,
		      kind, reasons, c->verdict, c->reasons);
}

static unsigned check_file(const char *path)
{
	FILE *file = fopen(path, "r");
	struct eval_case c = { .where = path };
	char line[512];
	unsigned cases = 0;

	ck_assert_msg(file != NULL, "%s cannot be read", path);
	while (fgets(line, sizeof(line), file)) {
		c.line++;
		ck_assert_msg(strchr(line, '\n') != NULL, "%s:%u: too long", path, c.line);
		if (read_case(line, &c)) {
			check_case(&c);
			cases++;
		}
	}
	fclose(file);
	return cases;
}

START_TEST(test_decide_when_line_of_the_table_then_its_verdict)
{
	glob_t files;
	unsigned cases = 0;

	ck_assert_int_eq(glob("tests/data/verdict/*.eval", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		unsigned n = check_file(files.gl_pathv[i]);
		ck_assert_msg(n > 0, "%s holds no case", files.gl_pathv[i]);
		cases += n;
	}
	globfree(&files);
	ck_assert_uint_ge(cases, 60);
}
END_TEST

/* ---- what holds for all evidence ---- */

static struct evidence evidence_of_bits(unsigned bits)
{
	static const char *const numbers[] = { "+8613600005678", "10085", "+442079460111",
					       "95533" };
	static const enum report_intent intents[] = { REPORT_CALL, REPORT_SMS, REPORT_SPAM_FORWARD,
						      REPORT_CALL };
	struct evidence evidence = plain_evidence();

	strcpy(evidence.number.text, numbers[bits & 3]);
	evidence.class = number_classify(test_plan(), numbers[bits & 3]);
	evidence.official = number_is_official(test_plan(), numbers[bits & 3]);
	evidence.call = (enum evidence_call)((bits >> 2 & 3) % 3);
	evidence.record.entry = (enum call_entry)(bits >> 4 & 3);
	evidence.intent = intents[bits >> 6 & 3];
	evidence.category = bits >> 8 & 1 ? REPORT_LOAN : REPORT_UNKNOWN;
	evidence.distinct_called = bits >> 9 & 1 ? 99 : 1;
	evidence.reporters = bits >> 10 & 1 ? 99 : 1;
	evidence.calls_back = bits >> 11 & 1;
	evidence.partner = bits >> 12 & 1;
	evidence.deadline_passed = bits >> 13 & 1;
	evidence.record.answered = bits >> 14 & 1;
	return evidence;
}

START_TEST(test_decide_when_any_evidence_then_promises_hold)
{
	for (unsigned bits = 0; bits < 1u << 15; bits++) {
		struct evidence evidence = evidence_of_bits(bits);
		struct verdict verdict = verdict_decide(&evidence, &verdict_policy_default);
		bool is_call = evidence.intent == REPORT_CALL;
		unsigned seen = 0;

		ck_assert_msg(verdict.reason_count > 0, "%#x: no reason", bits);
		for (size_t i = 0; i < verdict.reason_count; i++) {
			ck_assert_msg(!(seen >> verdict.reasons[i] & 1), "%#x: twice", bits);
			seen |= 1u << verdict.reasons[i];
		}
		if (evidence.deadline_passed)
			ck_assert_msg(verdict.kind != VERDICT_WAIT &&
					      verdict.kind != VERDICT_REVIEW,
				      "%#x: does not end", bits);
		if (evidence.call == EVIDENCE_CALL_UNKNOWN)
			ck_assert_msg(!(seen >> VERDICT_NO_SUCH_CALL & 1), "%#x: unknown is none",
				      bits);
		if (is_call && verdict.kind == VERDICT_VERIFIED)
			ck_assert_msg(evidence.call == EVIDENCE_CALL_FOUND, "%#x: no call", bits);
		if (is_call && verdict.kind == VERDICT_VERIFIED && evidence.calls_back > 0)
			ck_assert_msg(verdict.forged, "%#x: acquaintance verified", bits);
		if (verdict.forged)
			ck_assert_msg(evidence.record.entry == CALL_ENTRY_INTERNATIONAL &&
					      !number_is_foreign(evidence.number.text),
				      "%#x: forged", bits);
	}
}
END_TEST

START_TEST(test_decide_when_scores_overflow_then_clamped)
{
	struct verdict_policy policy = verdict_policy_default;
	struct evidence evidence = plain_evidence();

	evidence.call = EVIDENCE_CALL_FOUND;
	evidence.category = REPORT_LOAN;
	evidence.calls_back = 1;
	ck_assert_int_eq(verdict_policy_set(&policy, "score_words", "-2147483648"), 0);
	policy.score_acquaintance = INT32_MIN;
	struct verdict verdict = verdict_decide(&evidence, &policy);
	ck_assert_int_eq(verdict.kind, VERDICT_REJECTED);
	ck_assert_int_eq(verdict.score, INT32_MIN);
	ck_assert_int_eq(verdict_policy_set(&policy, "score_words", "2147483647"), 0);
	policy.score_acquaintance = INT32_MAX;
	verdict = verdict_decide(&evidence, &policy);
	ck_assert_int_eq(verdict.kind, VERDICT_VERIFIED);
	ck_assert_int_eq(verdict.score, INT32_MAX);
}
END_TEST

/* ---- policies as text ---- */

START_TEST(test_policy_when_written_and_read_then_the_same)
{
	char text[VERDICT_POLICY_TEXT_MAX], hash[VERDICT_HASH_MAX], other[VERDICT_HASH_MAX];
	struct verdict_policy policy = verdict_policy_default, read;

	policy.effective_ms = -5;
	for (size_t i = 0; verdict_policy_key(i); i++) {
		char value[VERDICT_VALUE_MAX], changed[VERDICT_VALUE_MAX];
		const char *const values[] = { "1", "0", "review", "verified" };
		size_t n = 0;

		/* Each key changes the value that bears its name, and the hash. */
		verdict_policy_hash(&policy, hash);
		verdict_policy_value(&policy, i, value);
		while (n < COUNT_OF(values) &&
		       (strcmp(values[n], value) == 0 ||
			verdict_policy_set(&policy, verdict_policy_key(i), values[n]) < 0))
			n++;
		ck_assert_msg(n < COUNT_OF(values), "%s", verdict_policy_key(i));
		verdict_policy_value(&policy, i, changed);
		ck_assert_str_eq(changed, values[n]);
		verdict_policy_hash(&policy, other);
		ck_assert_str_ne(hash, other);
	}
	verdict_policy_format(&policy, text);
	ck_assert_int_eq(verdict_policy_parse(text, &read), 0);
	ck_assert_mem_eq(&read, &policy, sizeof(policy));
}
END_TEST

START_TEST(test_policy_parse_when_broken_then_refused_and_untouched)
{
	static const char *const texts[] = { "window_days",   "window_days x",
					     "colour 3",      "window_days -1",
					     "verify_at 1e9", "classes.mobile.outcome perhaps",
					     "effective_ms",  "effective_ms 1x" };
	struct verdict_policy policy = verdict_policy_default;

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		ck_assert_msg(verdict_policy_parse(texts[i], &policy) == -EBADMSG, "%s", texts[i]);
	ck_assert_mem_eq(&policy, &verdict_policy_default, sizeof(policy));
	/* What an older text lacks is as it is by default. */
	ck_assert_int_eq(verdict_policy_parse("verify_at 7\n", &policy), 0);
	ck_assert_int_eq(policy.verify_at, 7);
	ck_assert_uint_eq(policy.window_days, verdict_policy_default.window_days);
}
END_TEST

/* ---- what would have changed a verdict ---- */

static enum verdict_kind kind_if(const struct evidence *evidence, const char *what)
{
	struct verdict_change changes[VERDICT_CHANGES_MAX];
	size_t count = verdict_changes(evidence, &verdict_policy_default, changes);

	for (size_t i = 0; i < count; i++)
		if (strcmp(changes[i].what, what) == 0)
			return changes[i].kind;
	return VERDICT_KIND_COUNT;
}

START_TEST(test_changes_when_one_thing_had_been_otherwise_then_the_other_verdict)
{
	struct evidence evidence = plain_evidence();

	evidence.call = EVIDENCE_CALL_FOUND;
	ck_assert_int_eq(kind_if(&evidence, "the text had named what was offered"),
			 VERDICT_VERIFIED);
	ck_assert_int_eq(kind_if(&evidence, "the number had called many people"), VERDICT_REVIEW);
	ck_assert_int_eq(kind_if(&evidence, "many others had reported the number"), VERDICT_REVIEW);
	/* What changes nothing is not told. */
	ck_assert_int_eq(kind_if(&evidence, "the call had been answered"), VERDICT_KIND_COUNT);
	evidence.category = REPORT_LOAN;
	ck_assert_int_eq(kind_if(&evidence, "the subscriber had called the number before"),
			 VERDICT_REJECTED);
	ck_assert_int_eq(kind_if(&evidence, "the number were a registered partner's"),
			 VERDICT_REJECTED);
}
END_TEST

START_TEST(test_changes_when_any_evidence_then_each_differs)
{
	for (unsigned bits = 0; bits < 1u << 15; bits++) {
		struct evidence evidence = evidence_of_bits(bits);
		struct verdict verdict = verdict_decide(&evidence, &verdict_policy_default);
		struct verdict_change changes[VERDICT_CHANGES_MAX];
		size_t count = verdict_changes(&evidence, &verdict_policy_default, changes);

		ck_assert_uint_le(count, VERDICT_CHANGES_MAX);
		for (size_t i = 0; i < count; i++)
			ck_assert_msg(changes[i].kind != verdict.kind ||
					      changes[i].forged != verdict.forged,
				      "%#x: %s", bits, changes[i].what);
	}
}
END_TEST

START_TEST(test_policy_at_when_several_then_the_one_in_force)
{
	static const struct verdict_policy policies[] = {
		{ .effective_ms = 2000, .window_days = 1 },
		{ .effective_ms = 1000, .window_days = 2 },
		{ .effective_ms = 3000, .window_days = 3 },
		{ .effective_ms = 3000, .window_days = 4 },
	};
	static const struct {
		int64_t at_ms;
		uint32_t window_days;
	} table[] = { { 999, 0 },  { 1000, 2 }, { 1999, 2 },	  { 2000, 1 },
		      { 2999, 1 }, { 3000, 4 }, { INT64_MAX, 4 }, { INT64_MIN, 0 } };

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		const struct verdict_policy *policy =
			verdict_policy_at(policies, COUNT_OF(policies), table[i].at_ms);
		ck_assert_msg((policy ? policy->window_days : 0) == table[i].window_days, "row %zu",
			      i);
	}
	ck_assert_ptr_null(verdict_policy_at(NULL, 0, 5000));
	ck_assert_ptr_nonnull(verdict_policy_at(&verdict_policy_default, 1, 0));
}
END_TEST

START_TEST(test_name_when_any_value_then_text_of_its_own)
{
	for (int i = 0; i < VERDICT_REASON_COUNT; i++)
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(verdict_reason_name((enum verdict_reason)i),
					 verdict_reason_name((enum verdict_reason)j));
	for (int i = 0; i < VERDICT_KIND_COUNT; i++)
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(verdict_kind_name((enum verdict_kind)i),
					 verdict_kind_name((enum verdict_kind)j));
	ck_assert_str_eq(verdict_kind_name(VERDICT_KIND_COUNT), "unknown");
	ck_assert_str_eq(verdict_reason_name(VERDICT_REASON_COUNT), "unknown");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verdict");
	TCase *tc = tcase_create("core");
	tcase_add_test(tc, test_decide_when_line_of_the_table_then_its_verdict);
	tcase_add_test(tc, test_decide_when_any_evidence_then_promises_hold);
	tcase_add_test(tc, test_decide_when_scores_overflow_then_clamped);
	tcase_add_test(tc, test_policy_when_written_and_read_then_the_same);
	tcase_add_test(tc, test_policy_parse_when_broken_then_refused_and_untouched);
	tcase_add_test(tc, test_changes_when_one_thing_had_been_otherwise_then_the_other_verdict);
	tcase_add_test(tc, test_changes_when_any_evidence_then_each_differs);
	tcase_add_test(tc, test_policy_at_when_several_then_the_one_in_force);
	tcase_add_test(tc, test_name_when_any_value_then_text_of_its_own);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
