/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/block_decide.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "blocklist/block_time.h"
#include "tests/unit/tables.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { ATTEMPTS_EACH = 220, FEW_RULES = 6 };

static const char noon[] = "2026-03-02T12:00+08:00"; /* a monday */

static char *read_file(void *ctx, const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = talloc_strdup(ctx, "");
	char line[1024];

	ck_assert_msg(file != NULL, "%s cannot be opened (run from the project's root)", path);
	while (fgets(line, sizeof(line), file))
		text = talloc_strdup_append_buffer(text, line);
	fclose(file);
	return text;
}

static struct block_set *compile(void *ctx, const char *text, const char *name)
{
	struct block_set *set = NULL;
	struct block_fault fault = { 0 };
	size_t line = 0;
	int rc = block_set_compile(ctx, test_plan(), text, strlen(text), &set, &line, &fault);

	ck_assert_msg(rc == 0, "%s:%zu:%zu: %s", name, line, fault.column, fault.text);
	return set;
}

/* ---- tables: tests/data/block/NAME.rules and NAME.eval ---- */

/* The rules of one section. Lines of others are kept empty, so that line numbers hold. */
static struct block_set *read_section(void *ctx, const char *text, const char *section,
				      const char *path)
{
	char *header = talloc_asprintf(ctx, "[%s]", section), *rules = talloc_strdup(ctx, "");
	bool inside = false;

	for (const char *line = text, *end; *line; line = end + (*end != '\0')) {
		end = strchrnul(line, '\n');
		if (line[0] == '[')
			inside = strncmp(line, header, strlen(header)) == 0;
		rules = talloc_asprintf_append_buffer(
			rules, "%.*s\n", inside && line[0] != '[' ? (int)(end - line) : 0, line);
	}
	return compile(ctx, rules, path);
}

static struct block_context read_rules(void *ctx, const char *path)
{
	char *text = read_file(ctx, path);

	return (struct block_context){
		.subscriber = read_section(ctx, text, "subscriber", path),
		.subscriber_known = true,
		.operator_rules = read_section(ctx, text, "operator", path),
		.protected_numbers = read_section(ctx, text, "protected", path),
	};
}

struct eval_line {
	char channel[8], caller[NUMBER_MAX], entry[16], flags[32], time[40], verdict[16], tier[24];
	char rule[BLOCK_RULE_TEXT_MAX];
};

static struct block_attempt attempt_of(const struct eval_line *line)
{
	struct block_attempt attempt = {
		.channel = strcmp(line->channel, "sms") == 0 ? BLOCK_SMS : BLOCK_CALL,
		.roaming_home = strstr(line->flags, "roaming") != NULL,
		.reported = strstr(line->flags, "reported") != NULL,
	};
	const char *time = strcmp(line->time, "-") == 0 ? noon : line->time;

	memcpy(attempt.caller.text, line->caller, NUMBER_MAX);
	strcpy(attempt.called.text, "+8613900139000");
	while (attempt.entry < BLOCK_ENTRY_INTERNATIONAL &&
	       strcmp(line->entry, block_entry_name(attempt.entry)) != 0)
		attempt.entry++;
	ck_assert_str_eq(line->entry, block_entry_name(attempt.entry));
	ck_assert_msg(!block_time_read(time, strlen(time), &attempt.now_ms), "time %s", time);
	return attempt;
}

static void check_line(const struct eval_line *line, const struct block_context *rules,
		       const char *where)
{
	struct block_context context = *rules;
	struct block_attempt attempt = attempt_of(line);
	char named[BLOCK_RULE_TEXT_MAX] = "";

	context.subscriber_known = strstr(line->flags, "notknown") == NULL;
	struct block_decision decision = block_decide(&attempt, &context);

	if (decision.rule)
		block_rule_format(decision.rule, named);
	ck_assert_msg(strcmp(line->verdict, block_verdict_name(decision.verdict)) == 0 &&
			      strcmp(line->tier, block_tier_name(decision.tier)) == 0,
		      "%s expected %s %s, was %s %s (%s)", where, line->verdict, line->tier,
		      block_verdict_name(decision.verdict), block_tier_name(decision.tier), named);
	ck_assert_msg(!line->rule[0] || strcmp(line->rule, named) == 0,
		      "%s expected the rule '%s', was '%s'", where, line->rule, named);
}

static size_t check_table(const char *eval_path)
{
	void *root = talloc_new(NULL);
	int stem = (int)(strrchr(eval_path, '.') - eval_path);
	struct block_context rules =
		read_rules(root, talloc_asprintf(root, "%.*s.rules", stem, eval_path));
	size_t checked = 0, number = 0;
	char *save = NULL;
	FILE *file = fopen(eval_path, "r");
	char text[512];

	ck_assert_ptr_nonnull(file);
	while (fgets(text, sizeof(text), file)) {
		struct eval_line line = { .rule = "" };
		char *where = talloc_asprintf(root, "%s:%zu: %s", eval_path, ++number, text);
		char *body = strtok_r(text, "#\n", &save);

		if (text[0] == '#' || !body || strspn(body, " \t") == strlen(body))
			continue;
		int fields = sscanf(body, "%7s %23s %15s %31s %39s %15s %23s %159[^\n]",
				    line.channel, line.caller, line.entry, line.flags, line.time,
				    line.verdict, line.tier, line.rule);

		ck_assert_msg(fields >= 7, "%s has %d of 7 fields", where, fields);
		check_line(&line, &rules, where);
		checked++;
	}
	fclose(file);
	talloc_free(root);
	return checked;
}

START_TEST(test_tables_when_evaluated_then_verdicts_agree)
{
	glob_t found = { 0 };
	size_t checked = 0;

	ck_assert_int_eq(glob("tests/data/block/*.eval", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		checked += check_table(found.gl_pathv[i]);
	ck_assert_uint_ge(checked, 100);
	globfree(&found);
}
END_TEST

START_TEST(test_protected_table_when_all_is_blocked_then_numbers_pass)
{
	static const char *const numbers[] = { "110",	"119",	 "120",	  "122",   "12110",
					       "12381", "96110", "10086", "10085", "10086999" };
	static const char *const others[] = { "1008611", "12111", "95110", "+8610110" };
	static const char path[] = "deploy/protected-numbers.rules";
	void *root = talloc_new(NULL);
	struct block_context context = {
		.subscriber = compile(root, "block call,sms from any", "any"),
		.subscriber_known = true,
		.protected_numbers = compile(root, read_file(root, path), path),
	};

	for (size_t i = 0; i < COUNT(numbers) + COUNT(others); i++) {
		bool is_protected = i < COUNT(numbers);
		const char *number = is_protected ? numbers[i] : others[i - COUNT(numbers)];

		for (uint8_t channel = BLOCK_CALL; channel <= BLOCK_SMS; channel++) {
			struct block_attempt attempt = { .channel = channel };

			strcpy(attempt.caller.text, number);
			struct block_decision decision = block_decide(&attempt, &context);

			ck_assert_msg(decision.verdict == (is_protected ? BLOCK_ALLOW : BLOCK_DENY),
				      "%s: %s", number, block_verdict_name(decision.verdict));
		}
	}
	ck_assert_uint_eq(block_set_count(context.protected_numbers), COUNT(numbers));
	talloc_free(root);
}
END_TEST

START_TEST(test_names_when_asked_then_unlike)
{
	for (int i = 0; i < BLOCK_VERDICT_COUNT; i++)
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(block_verdict_name((enum block_verdict)i),
					 block_verdict_name((enum block_verdict)j));
	for (int i = 0; i < BLOCK_TIER_COUNT; i++)
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(block_tier_name((enum block_tier)i),
					 block_tier_name((enum block_tier)j));
	ck_assert_str_eq(block_tier_name(BLOCK_TIER_SUBSCRIBER_CLASS), "subscriber_class");
	ck_assert_str_eq(block_entry_name(BLOCK_ENTRY_INTERNATIONAL), "international");
}
END_TEST

START_TEST(test_decide_when_no_rules_at_all_then_allowed_or_unknown)
{
	struct block_attempt attempt = { .channel = BLOCK_CALL, .caller = { "+442079460111" } };
	struct block_context context = { .subscriber_known = true };
	struct block_decision decision = block_decide(&attempt, &context);

	ck_assert_int_eq(decision.verdict, BLOCK_ALLOW);
	ck_assert_int_eq(decision.tier, BLOCK_TIER_NONE);
	ck_assert_ptr_null(decision.rule);
	ck_assert(decision.international);
	context.subscriber_known = false;
	decision = block_decide(&attempt, &context);
	ck_assert_int_eq(decision.verdict, BLOCK_UNKNOWN);
	attempt.caller.text[0] = '\0'; /* no caller at all reads as withheld */
	void *root = talloc_new(NULL);

	context.subscriber = compile(root, "block call from withheld", "withheld");
	context.subscriber_known = true;
	decision = block_decide(&attempt, &context);
	ck_assert_int_eq(decision.verdict, BLOCK_DENY);
	ck_assert(!decision.international);
	talloc_free(root);
}
END_TEST

/* ---- the reference: the published order, written down one rule at a time ---- */

static bool reference_starts(const struct block_attempt *attempt, const char *prefix)
{
	return strncmp(attempt->caller.text, prefix, strlen(prefix)) == 0;
}

static bool reference_is_number(const struct block_attempt *attempt)
{
	const char *text = attempt->caller.text;
	size_t plus = text[0] == '+';

	return text[plus] && strspn(text + plus, "0123456789") == strlen(text + plus);
}

static bool reference_origin(const struct block_rule *rule, const struct block_attempt *attempt)
{
	bool number = reference_is_number(attempt);
	bool foreign =
		number && reference_starts(attempt, "+") && !reference_starts(attempt, "+86");
	bool entered = attempt->entry == BLOCK_ENTRY_INTERNATIONAL && !attempt->roaming_home;
	bool withheld = !attempt->caller.text[0] || reference_starts(attempt, "withheld");

	switch (rule->origin) {
	case BLOCK_ORIGIN_PREFIX:
		return number && reference_starts(attempt, rule->prefix.text);
	case BLOCK_ORIGIN_NUMBER:
		return number && strcmp(attempt->caller.text, rule->prefix.text) == 0;
	case BLOCK_ORIGIN_INTERNATIONAL:
		return foreign || entered;
	case BLOCK_ORIGIN_HMT:
		return number &&
		       (reference_starts(attempt, "+852") || reference_starts(attempt, "+853") ||
			reference_starts(attempt, "+886"));
	case BLOCK_ORIGIN_WITHHELD:
		return withheld;
	case BLOCK_ORIGIN_REPORTED:
		return attempt->reported;
	case BLOCK_ORIGIN_ALPHANUMERIC:
		return !number && !withheld;
	case BLOCK_ORIGIN_ANY:
		return true;
	case BLOCK_ORIGIN_COUNT:
		break;
	}
	return false;
}

/* Goes through the week minute by minute of the span rather than by comparing ends. */
static bool reference_time(const struct block_rule *rule, int64_t now_ms)
{
	int64_t minutes = now_ms / 60000 + 8 * 60;
	int64_t day = minutes / 1440, minute = minutes % 1440;
	int length = rule->to_minute - rule->from_minute;

	if (rule->since_ms > now_ms || (rule->until_ms != 0 && rule->until_ms <= now_ms))
		return false;
	if (length < 0)
		length += 1440;
	for (int64_t began = day - 1; began <= day; began++) {
		int64_t start = began * 1440 + (rule->has_hours ? rule->from_minute : 0);
		int64_t end = start + (rule->has_hours ? length : 1440);
		bool on_day = rule->weekdays == 0 || rule->weekdays & 1 << (began + 3) % 7;

		if (on_day && day * 1440 + minute >= start && day * 1440 + minute < end)
			return true;
	}
	return false;
}

/* Greater is more specific; the action breaks ties. */
static int reference_weight(const struct block_rule *rule)
{
	int specific = 0;

	if (rule->origin == BLOCK_ORIGIN_NUMBER)
		specific = 1000;
	else if (rule->origin == BLOCK_ORIGIN_PREFIX)
		specific = 100 + (int)strlen(rule->prefix.text);
	else if (rule->origin == BLOCK_ORIGIN_HMT)
		specific = 20;
	else if (rule->origin != BLOCK_ORIGIN_ANY)
		specific = 10;
	return specific * 3 + (rule->action == BLOCK_ACTION_ALLOW   ? 2
			       : rule->action == BLOCK_ACTION_LABEL ? 1
								    : 0);
}

static const struct block_rule *reference_best(const struct block_set *set, bool numbers,
					       const struct block_attempt *attempt)
{
	const struct block_rule *best = NULL;

	for (size_t i = 0; set && i < block_set_count(set); i++) {
		const struct block_rule *rule = block_set_rule(set, i);
		bool is_number =
			rule->origin == BLOCK_ORIGIN_NUMBER || rule->origin == BLOCK_ORIGIN_PREFIX;

		if (is_number != numbers || !(rule->channels & attempt->channel) ||
		    !reference_time(rule, attempt->now_ms) || !reference_origin(rule, attempt))
			continue;
		if (!best || reference_weight(rule) > reference_weight(best))
			best = rule;
	}
	return best;
}

static struct block_decision reference_decide(const struct block_attempt *attempt,
					      const struct block_context *context)
{
	struct block_decision d = { BLOCK_ALLOW, BLOCK_TIER_PROTECTED, NULL, false };
	static const struct block_rule international = { .origin = BLOCK_ORIGIN_INTERNATIONAL };

	d.international = reference_origin(&international, attempt);
	d.rule = reference_best(context->protected_numbers, true, attempt);
	if (d.rule)
		return d;
	if (!context->subscriber_known)
		return (struct block_decision){ BLOCK_UNKNOWN, BLOCK_TIER_NONE, NULL,
						d.international };
	if ((d.rule = reference_best(context->subscriber, true, attempt)))
		d.tier = d.rule->action == BLOCK_ACTION_BLOCK ? BLOCK_TIER_SUBSCRIBER_BLOCKED
							      : BLOCK_TIER_SUBSCRIBER_ALLOWED;
	else if ((d.rule = reference_best(context->operator_rules, true, attempt)))
		d.tier = d.rule->action == BLOCK_ACTION_BLOCK ? BLOCK_TIER_OPERATOR_BLOCKED
							      : BLOCK_TIER_OPERATOR_ALLOWED;
	else if ((d.rule = reference_best(context->subscriber, false, attempt)))
		d.tier = BLOCK_TIER_SUBSCRIBER_CLASS;
	else if ((d.rule = reference_best(context->operator_rules, false, attempt)))
		d.tier = BLOCK_TIER_OPERATOR_DEFAULT;
	else
		d.tier = BLOCK_TIER_NONE;
	if (d.rule)
		d.verdict = d.rule->action == BLOCK_ACTION_BLOCK   ? BLOCK_DENY
			    : d.rule->action == BLOCK_ACTION_LABEL ? BLOCK_LABEL
								   : BLOCK_ALLOW;
	return d;
}

/* ---- random cases ---- */

static uint64_t random_state = 20260302;

static unsigned pick(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 32) % below;
}

/* Few numbers that share many beginnings, so that rules and attempts meet. */
static const char *const callers[] = {
	"+8613800138000",
	"+8613800138001",
	"+8613812345678",
	"+861085321234",
	"+442079460111",
	"+442079460112",
	"+441632960000",
	"+12025550123",
	"+85291234567",
	"+85366123456",
	"+886912345678",
	"110",
	"10086",
	"10086999",
	"95533",
	"95013388899",
	"4001234567",
	"10690001",
	"1069055123",
	"withheld",
	"BANK",
	"106ABC",
	"",
};

static const char *const times[] = { "",
				     " at 22:00-07:00",
				     " at 09:00-18:00",
				     " at 00:00-24:00",
				     " on mon-fri",
				     " on sat,sun",
				     " at 22:00-07:00 on fri",
				     " at 23:59-00:01 on sun",
				     " until 2026-03-05T12:34+08:00",
				     " since 2026-03-04T12:34+08:00",
				     " since 2026-03-03T00:00+08:00 until 2026-03-06T00:00+08:00",
				     " at 12:00-12:01 on wed until 2026-03-08T00:00Z" };

static void random_origin(char out[NUMBER_MAX + 1])
{
	static const char *const words[] = { "international", "hmt",	      "withheld",
					     "reported",      "alphanumeric", "any" };
	const char *caller = callers[pick(19)]; /* those that are numbers */
	int plus = caller[0] == '+';
	int len = plus + 1 + (int)pick((unsigned)strlen(caller) - (unsigned)plus);

	if (pick(3) == 0)
		strcpy(out, words[pick(COUNT(words))]);
	else if (pick(4) == 0)
		sprintf(out, "=%s", caller);
	else
		sprintf(out, "%.*s", len, caller);
}

static struct block_set *random_set(void *ctx, unsigned max)
{
	static const char *const actions[] = { "allow", "label", "block" };
	static const char *const channels[] = { "call", "sms", "call,sms" };
	char *text = talloc_strdup(ctx, "");
	char origin[NUMBER_MAX + 1];

	for (unsigned n = pick(max + 1); n > 0; n--) {
		random_origin(origin);
		text = talloc_asprintf_append_buffer(text, "%s %s from %s%s\n", actions[pick(3)],
						     channels[pick(3)], origin,
						     pick(2) ? "" : times[pick(COUNT(times))]);
	}
	return compile(ctx, text, text);
}

static struct block_attempt random_attempt(void)
{
	static const int64_t monday_ms = 1772380800000; /* 2026-03-02T00:00+08:00 */
	struct block_attempt attempt = {
		.channel = (uint8_t)(1 + pick(2)),
		.entry = (enum block_entry)pick(3),
		.roaming_home = pick(4) == 0,
		.reported = pick(4) == 0,
		.now_ms = monday_ms + (int64_t)pick(9 * 1440) * 60000 + pick(60000),
	};

	strcpy(attempt.caller.text, callers[pick(COUNT(callers))]);
	return attempt;
}

/* The first step with a rule is the one that decides. */
static void check_explanation(const struct block_attempt *attempt,
			      const struct block_context *context,
			      const struct block_decision *decision)
{
	struct block_step steps[BLOCK_STEP_COUNT];
	size_t i = 0;

	block_explain(attempt, context, steps);
	while (i < BLOCK_STEP_COUNT && !steps[i].rule)
		i++;
	if (decision->verdict == BLOCK_UNKNOWN) {
		ck_assert_ptr_null(steps[0].rule);
	} else if (!decision->rule) {
		ck_assert_uint_eq(i, BLOCK_STEP_COUNT);
	} else {
		ck_assert_uint_lt(i, BLOCK_STEP_COUNT);
		ck_assert_ptr_eq(steps[i].rule, decision->rule);
		ck_assert_int_eq(steps[i].tier, decision->tier);
		ck_assert_int_eq(steps[i].verdict, decision->verdict);
	}
}

static void check_against_reference(const struct block_attempt *attempt,
				    const struct block_context *context)
{
	struct block_decision got = block_decide(attempt, context);
	struct block_decision want = reference_decide(attempt, context);

	check_explanation(attempt, context, &got);
	if (got.verdict == want.verdict && got.tier == want.tier && got.rule == want.rule &&
	    got.international == want.international)
		return;
	char got_rule[BLOCK_RULE_TEXT_MAX] = "-", want_rule[BLOCK_RULE_TEXT_MAX] = "-";

	if (got.rule)
		block_rule_format(got.rule, got_rule);
	if (want.rule)
		block_rule_format(want.rule, want_rule);
	ck_abort_msg("%s at %lld: %s %s '%s', the reference says %s %s '%s'", attempt->caller.text,
		     (long long)attempt->now_ms, block_verdict_name(got.verdict),
		     block_tier_name(got.tier), got_rule, block_verdict_name(want.verdict),
		     block_tier_name(want.tier), want_rule);
}

START_TEST(test_decide_when_random_then_agrees_with_reference)
{
	/* `make decide-long` asks for ten times as many. */
	const char *wish = getenv("TIMES");
	size_t wanted = 1000000 * (wish ? strtoul(wish, NULL, 10) : 1);
	size_t cases = 0;

	for (int i = 0; cases < wanted; i++) {
		void *root = talloc_new(NULL);
		unsigned max = i % 50 == 0 ? 100 : FEW_RULES;
		struct block_context context = {
			.subscriber = pick(8) ? random_set(root, max) : NULL,
			.subscriber_known = pick(16) != 0,
			.operator_rules = pick(8) ? random_set(root, FEW_RULES) : NULL,
			.protected_numbers = pick(4) == 0 ? random_set(root, 2) : NULL,
		};

		for (int j = 0; j < ATTEMPTS_EACH; j++, cases++) {
			struct block_attempt attempt = random_attempt();

			check_against_reference(&attempt, &context);
		}
		talloc_free(root);
	}
	ck_assert_uint_ge(cases, 1000000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("block_decide");
	TCase *tables = tcase_create("tables");
	TCase *random = tcase_create("reference");

	tcase_add_test(tables, test_tables_when_evaluated_then_verdicts_agree);
	tcase_add_test(tables, test_protected_table_when_all_is_blocked_then_numbers_pass);
	tcase_add_test(tables, test_names_when_asked_then_unlike);
	tcase_add_test(tables, test_decide_when_no_rules_at_all_then_allowed_or_unknown);
	tcase_add_test(random, test_decide_when_random_then_agrees_with_reference);
	tcase_set_timeout(random, 120);
	suite_add_tcase(suite, tables);
	suite_add_tcase(suite, random);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
