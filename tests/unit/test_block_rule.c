/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/block_rule.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "blocklist/block_prefix.h"
#include "blocklist/block_set.h"
#include "blocklist/block_time.h"
#include "tests/unit/tables.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { RANDOM_RULES = 100000, RANDOM_LINES = 200000 };

static const struct reading {
	const char *name;
	const char *line;
	const char *canonical; /* NULL: no rule */
} readings[] = {
	{ "empty", "", NULL },
	{ "spaces", " \t\r\n", NULL },
	{ "comment", "  # block call from any", NULL },
	{ "comment in any encoding", "# \xff\xfe \xe5\xb1\x8f", NULL },
	{ "plain", "block call from any", "block call from any" },
	{ "behind a comment", "block call from any# \xe5\xb1\x8f", "block call from any" },
	{ "capitals", "BLOCK Call,SMS From International AT 22:00-07:00 ON Mon-FRI",
	  "block call,sms from international at 22:00-07:00 on mon-fri" },
	{ "repeated spaces", "  block\t call ,  sms   from  hmt  ", "block call,sms from hmt" },
	{ "crlf", "block call from any\r\n", "block call from any" },
	{ "byte order mark",
	  "\xef\xbb\xbf"
	  "block call from any",
	  "block call from any" },
	{ "full-width space",
	  "block\xe3\x80\x80"
	  "call\xe3\x80\x80"
	  "from any",
	  "block call from any" },
	{ "full-width forms",
	  "block \xef\xbd\x83\xef\xbd\x81\xef\xbd\x8c\xef\xbd\x8c\xef\xbc\x8csms from "
	  "\xef\xbc\x9d\xef\xbc\x91\xef\xbc\x91\xef\xbc\x90",
	  "block call,sms from =110" },
	{ "no-break space",
	  "block\xc2\xa0"
	  "call from any",
	  "block call from any" },
	{ "channels turned", "label sms,call from any", "label call,sms from any" },
	{ "channel twice", "label sms,sms from any", "label sms from any" },
	{ "spaced hours", "block call from any at 22:00 - 07:00",
	  "block call from any at 22:00-07:00" },
	{ "spaced number", "block call from = 110", "block call from =110" },
	{ "clauses turned", "block call from any until 2026-12-31T00:00Z on sun at 01:00-02:00",
	  "block call from any at 01:00-02:00 on sun until 2026-12-31T08:00+08:00" },
	{ "to midnight", "block call from any at 22:00-24:00",
	  "block call from any at 22:00-24:00" },
	{ "over midnight", "block call from any at 22:00-00:00",
	  "block call from any at 22:00-00:00" },
	{ "whole week", "block call from any on mon-sun", "block call from any" },
	{ "week's end", "block call from any on fri-mon", "block call from any on mon,fri-sun" },
	{ "two days", "block call from any on sat-sun", "block call from any on sat,sun" },
	{ "single days", "block call from any on sun,mon,wed",
	  "block call from any on mon,wed,sun" },
	{ "overlapping days", "block call from any on mon-wed,tue-thu",
	  "block call from any on mon-thu" },
	{ "beginning and end turned",
	  "allow call from +81 until 2026-10-08T00:00+08:00 since 2026-09-30T16:00Z",
	  "allow call from +81 since 2026-10-01T00:00+08:00 until 2026-10-08T00:00+08:00" },
	{ "beginning alone", "block sms from hmt since 2026-10-01T00:00+08:00",
	  "block sms from hmt since 2026-10-01T00:00+08:00" },
	{ "seconds", "block call from any until 2026-12-31T00:00:05+08:00",
	  "block call from any until 2026-12-31T00:00:05+08:00" },
	{ "fraction", "block call from any until 2026-12-31T00:00:00.25+0800",
	  "block call from any until 2026-12-31T00:00:00.250+08:00" },
	{ "western offset", "block call from any until 2026-12-31T00:00-05:30",
	  "block call from any until 2026-12-31T13:30+08:00" },
	{ "leap day", "block call from any until 2028-02-29T23:59+08:00",
	  "block call from any until 2028-02-29T23:59+08:00" },
	{ "leap century", "block call from any until 2400-02-29T00:00+08:00",
	  "block call from any until 2400-02-29T00:00+08:00" },
	{ "last moment", "block call from any until 9999-12-31T23:59:59.999+08:00",
	  "block call from any until 9999-12-31T23:59:59.999+08:00" },
	{ "country", "allow call from +1", "allow call from +1" },
	{ "country with 00", "allow call from 0044", "allow call from +44" },
	{ "foreign number", "allow call from 00442079460111", "allow call from +442079460111" },
	{ "ports", "block sms from 106", "block sms from 106" },
	{ "mobile", "block sms from =138-0013-8000", "block sms from =+8613800138000" },
	{ "mobile prefix", "block sms from 1700", "block sms from +861700" },
	{ "86 and prefix", "block sms from 86170", "block sms from +86170" },
	{ "area", "block sms from 0755", "block sms from +86755" },
	{ "area behind +86", "block sms from +860755", "block sms from +86755" },
	{ "fixed number", "block sms from (010)85321234", "block sms from +861085321234" },
	{ "shared number", "block call from 400-123-4567", "block call from 4001234567" },
	{ "shared number behind a 0", "block call from 04001234567", "block call from 4001234567" },
	{ "home of all", "block call from +86", "block call from +86" },
	{ "longest as dialled", "block sms from 10690000000000000001",
	  "block sms from 10690000000000000001" },
};

START_TEST(test_parse_when_valid_then_canonical)
{
	for (size_t i = 0; i < COUNT(readings); i++) {
		const struct reading *row = &readings[i];
		struct block_rule rule, again;
		struct block_fault fault = { 0 };
		char text[BLOCK_RULE_TEXT_MAX];
		int rc = block_rule_parse(test_plan(), row->line, strlen(row->line), &rule, &fault);

		ck_assert_msg(rc == (row->canonical ? 1 : 0), "%s: %d, %zu: %s", row->name, rc,
			      fault.column, fault.text);
		if (!row->canonical)
			continue;
		size_t len = block_rule_format(&rule, text);

		ck_assert_msg(strcmp(text, row->canonical) == 0, "%s: '%s'", row->name, text);
		ck_assert_uint_eq(len, strlen(text));
		ck_assert_msg(block_rule_parse(test_plan(), text, len, &again, NULL) == 1 &&
				      block_rule_equal(&rule, &again),
			      "%s: does not read back", row->name);
	}
}
END_TEST

static const struct refusal {
	const char *name;
	const char *line;
	size_t column;
	const char *says;
} refusals[] = {
	{ "action", "blok call from any", 1, "found 'blok'" },
	{ "action alone", "block", 6, "expected call, sms or call,sms, but here it ends" },
	{ "channel", "block fax from any", 7, "found 'fax'" },
	{ "second channel", "block call,fax from any", 12, "found 'fax'" },
	{ "channel missing", "block call, from any", 13, "found 'from'" },
	{ "from", "block call to any", 12, "expected 'from', found 'to'" },
	{ "origin missing", "block call from", 16, "here it ends" },
	{ "origin", "block call from abroad", 17, "found 'abroad'" },
	{ "number cut", "block call from =1380013800", 17, "a whole number" },
	{ "number too long", "block call from +1234567890123456", 17,
	  "found '+123456789012345...'" },
	{ "equals nothing", "block call from =", 17, "found '='" },
	{ "plus", "block call from +", 17, "found '+'" },
	{ "plus zero", "block call from +01", 17, "found '+01'" },
	{ "double zero", "block call from 00", 17, "found '00'" },
	{ "letters in a number", "block call from 106x", 17, "found '106x'" },
	{ "unknown clause", "block call from any and sms", 21, "expected at, on, since or until" },
	{ "clause twice", "block call from any at 01:00-02:00 at 03:00-04:00", 36,
	  "each clause once" },
	{ "hours missing", "block call from any at", 23, "expected hours" },
	{ "hour 25", "block call from any at 25:00-07:00", 24, "expected hours" },
	{ "minute 60", "block call from any at 22:60-07:00", 24, "expected hours" },
	{ "end past midnight", "block call from any at 22:00-24:01", 30, "found '24:01'" },
	{ "from 24:00", "block call from any at 24:00-07:00", 24, "expected hours" },
	{ "empty span", "block call from any at 07:00-07:00", 30, "found '07:00'" },
	{ "hours without end", "block call from any at 22:00-", 24, "expected hours" },
	{ "more behind hours", "block call from any at 22:00-07:00x", 35, "found 'x'" },
	{ "day", "block call from any on mon,fry", 28, "found 'fry'" },
	{ "day span open", "block call from any on mon-", 28, "here it ends" },
	{ "day span of three", "block call from any on mon-tue-wed", 28, "found 'tue-wed'" },
	{ "time without offset", "block call from any until 2026-12-31T00:00", 43, "here it ends" },
	{ "date alone", "block call from any until 2026-12-31", 37, "here it ends" },
	{ "month 13", "block call from any until 2026-13-01T00:00Z", 32, "found '13-01t00:00z'" },
	{ "no leap day", "block call from any until 2026-02-29T00:00Z", 35, "found '29t00:00z'" },
	{ "no leap century", "block call from any until 2100-02-29T00:00Z", 35, "found '29" },
	{ "before 1970", "block call from any until 1969-12-31T00:00Z", 27, "found '1969" },
	{ "moment 0 says for ever", "block call from any until 1970-01-01T00:00Z", 27,
	  "found '1970" },
	{ "year 10000 in +08:00", "block call from any until 9999-12-31T23:59Z", 27,
	  "found '9999" },
	{ "ends as it begins",
	  "block call from any since 2026-01-02T00:00Z until 2026-01-02T00:00Z", 45,
	  "expected an end later than its beginning" },
	{ "ends before it begins",
	  "block call from any until 2026-01-01T00:00Z since 2026-01-02T00:00Z", 45,
	  "expected an end later than its beginning" },
	{ "hour 24", "block call from any until 2026-12-31T24:00Z", 38, "expected a time" },
	{ "other script", "block call from \xe5\xa2\x83\xe5\xa4\x96", 17, "unexpected character" },
	{ "column in characters",
	  "block\xe3\x80\x80"
	  "call from abroad",
	  17, "found 'abroad'" },
	{ "broken UTF-8", "block \xe3\x80", 7, "unexpected character" },
	{ "line feed inside", "block call\nfrom any", 11, "unexpected character" },
};

START_TEST(test_parse_when_wrong_then_column_and_text)
{
	for (size_t i = 0; i < COUNT(refusals); i++) {
		const struct refusal *row = &refusals[i];
		struct block_rule rule, before;
		struct block_fault fault = { 0 };

		memset(&rule, 0x5a, sizeof(rule));
		before = rule;
		int rc = block_rule_parse(test_plan(), row->line, strlen(row->line), &rule, &fault);

		ck_assert_msg(rc == -EBADMSG, "%s: %d", row->name, rc);
		ck_assert_msg(fault.column == row->column && strstr(fault.text, row->says),
			      "%s: column %zu: %s", row->name, fault.column, fault.text);
		ck_assert_msg(strlen(fault.text) < BLOCK_FAULT_MAX - 1, "%s is cut", row->name);
		ck_assert_msg(memcmp(&rule, &before, sizeof(rule)) == 0, "%s wrote", row->name);
		ck_assert_int_eq(
			block_rule_parse(test_plan(), row->line, strlen(row->line), &rule, NULL),
			rc);
	}
}
END_TEST

START_TEST(test_parse_when_line_holds_nul_or_is_long_then_refused)
{
	static const char nul[] = "block call\0from any";
	char line[600];
	struct block_rule rule;
	struct block_fault fault;

	ck_assert_int_eq(block_rule_parse(test_plan(), nul, sizeof(nul) - 1, &rule, &fault),
			 -EBADMSG);
	ck_assert_uint_eq(fault.column, 11);
	memset(line, 'x', sizeof(line));
	ck_assert_int_eq(block_rule_parse(test_plan(), line, sizeof(line), &rule, &fault),
			 -EBADMSG);
	ck_assert_uint_eq(fault.column, 257);
	memset(line, ' ', sizeof(line));
	memcpy(line + sizeof(line) - 19, "block call from any", 19);
	ck_assert_int_eq(block_rule_parse(test_plan(), line, sizeof(line), &rule, &fault), 1);
}
END_TEST

static uint64_t random_state = 20250730;

static unsigned pick(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 32) % below;
}

/* Digits of any length behind any beginning; what block_prefix_read makes of them is canonical. */
static void random_number(struct block_rule *rule)
{
	static const char *const leads[] = { "",    "+", "00",	"0",  "86",
					     "+86", "1", "106", "95", "400" };
	char text[40];
	int n;

	rule->origin = pick(2) ? BLOCK_ORIGIN_PREFIX : BLOCK_ORIGIN_NUMBER;
	do {
		n = sprintf(text, "%s", leads[pick(COUNT(leads))]);
		for (unsigned more = pick(14); more > 0; more--)
			text[n++] = (char)('0' + pick(10));
	} while (block_prefix_read(test_plan(), text, (size_t)n,
				   rule->origin == BLOCK_ORIGIN_NUMBER, &rule->prefix) != 0);
}

/* Any moment of the years 1970 to 9999, mostly round ones. */
static int64_t random_moment(void)
{
	static const int64_t units[] = { 1, 1000, 60000, 86400000 };
	int64_t unit = units[pick(4)];
	int64_t ms = (int64_t)(((uint64_t)pick(UINT32_MAX) << 15) % 253402271999999);

	ms = ms / unit * unit + (unit == 86400000 ? 57600000 : 0);
	return ms > 253402271999999 ? 253402271999999 : ms;
}

static struct block_rule random_rule(void)
{
	struct block_rule rule = {
		.action = (enum block_action)pick(BLOCK_ACTION_COUNT),
		.channels = (uint8_t)(1 + pick(3)),
		.origin = (enum block_origin)(BLOCK_ORIGIN_INTERNATIONAL + pick(6)),
		.weekdays = pick(2) ? 0 : (uint8_t)pick(0x7f),
		.has_hours = pick(2),
	};

	if (pick(2))
		random_number(&rule);
	while (rule.has_hours && rule.from_minute == rule.to_minute) {
		rule.from_minute = (uint16_t)pick(1440);
		rule.to_minute = (uint16_t)pick(1441);
	}
	if (pick(2))
		rule.until_ms = random_moment();
	if (pick(2))
		rule.since_ms = random_moment();
	if (rule.until_ms != 0 && rule.until_ms <= rule.since_ms)
		rule.since_ms = 0;
	return rule;
}

START_TEST(test_format_when_random_rules_then_read_back_equal)
{
	for (int i = 0; i < RANDOM_RULES; i++) {
		struct block_rule rule = random_rule(), again = { 0 };
		struct block_fault fault = { 0 };
		char text[BLOCK_RULE_TEXT_MAX], second[BLOCK_RULE_TEXT_MAX];
		size_t len = block_rule_format(&rule, text);

		ck_assert_uint_lt(len, BLOCK_RULE_TEXT_MAX - 1);
		ck_assert_msg(block_rule_parse(test_plan(), text, len, &again, &fault) == 1,
			      "%s: %zu: %s", text, fault.column, fault.text);
		block_rule_format(&again, second);
		ck_assert_msg(block_rule_equal(&rule, &again), "'%s' became '%s'", text, second);
		ck_assert_str_eq(text, second);
	}
}
END_TEST

/* Words in any order, and octets changed: a rule that is accepted must read back. */
START_TEST(test_parse_when_random_lines_then_never_unstable)
{
	static const char *const words[] = {
		"block",
		"allow",
		"call",
		"sms",
		"call,sms",
		"from",
		"+1",
		"=110",
		"0755",
		"any",
		"hmt",
		"at",
		"22:00-07:00",
		"on",
		"mon-fri",
		"since",
		"until",
		"2026-12-31T00:00Z",
		"2026-12-31T00:01Z",
		",",
		"-",
		"#",
	};
	size_t accepted = 0;

	for (int i = 0; i < RANDOM_LINES; i++) {
		char line[512] = "block call from any";
		size_t n = pick(2) ? strlen(line) : 0;
		struct block_rule rule, again;
		char text[BLOCK_RULE_TEXT_MAX];

		for (unsigned more = pick(6); more > 0; more--)
			n += (size_t)sprintf(line + n, " %s", words[pick(COUNT(words))]);
		if (n > 0 && pick(4) == 0)
			line[pick((unsigned)n)] = (char)pick(256);
		if (block_rule_parse(test_plan(), line, n, &rule, NULL) != 1)
			continue;
		accepted++;
		size_t len = block_rule_format(&rule, text);

		ck_assert_msg(block_rule_parse(test_plan(), text, len, &again, NULL) == 1 &&
				      block_rule_equal(&rule, &again),
			      "'%s'", text);
	}
	ck_assert_uint_gt(accepted, 1000);
}
END_TEST

START_TEST(test_equal_when_one_field_differs_then_not_equal)
{
	static const char *const unlike[] = {
		"block call from +1 at 01:00-02:00 on mon until 2026-12-31T00:00Z",
		"allow call from +1 at 01:00-02:00 on mon until 2026-12-31T00:00Z",
		"block sms from +1 at 01:00-02:00 on mon until 2026-12-31T00:00Z",
		"block call from +12 at 01:00-02:00 on mon until 2026-12-31T00:00Z",
		"block call from any at 01:00-02:00 on mon until 2026-12-31T00:00Z",
		"block call from +1 at 01:01-02:00 on mon until 2026-12-31T00:00Z",
		"block call from +1 at 01:00-02:01 on mon until 2026-12-31T00:00Z",
		"block call from +1 on mon until 2026-12-31T00:00Z",
		"block call from +1 at 01:00-02:00 on tue until 2026-12-31T00:00Z",
		"block call from +1 at 01:00-02:00 until 2026-12-31T00:00Z",
		"block call from +1 at 01:00-02:00 on mon until 2026-12-31T00:01Z",
		"block call from +1 at 01:00-02:00 on mon",
		"block call from +1 at 01:00-02:00 on mon since 2026-12-30T00:00Z until "
		"2026-12-31T00:00Z",
		"block call from +1 at 01:00-02:00 on mon since 2026-12-30T00:01Z until "
		"2026-12-31T00:00Z",
		"block call from +1 at 01:00-02:00 on mon since 2026-12-30T00:00Z",
	};

	for (size_t i = 0; i < COUNT(unlike) * COUNT(unlike); i++) {
		const char *left = unlike[i / COUNT(unlike)], *right = unlike[i % COUNT(unlike)];
		struct block_rule a, b;

		ck_assert_int_eq(block_rule_parse(test_plan(), left, strlen(left), &a, NULL), 1);
		ck_assert_int_eq(block_rule_parse(test_plan(), right, strlen(right), &b, NULL), 1);
		ck_assert_msg(block_rule_equal(&a, &b) == (left == right), "%s / %s", left, right);
	}
}
END_TEST

START_TEST(test_time_when_every_day_of_a_cycle_then_reads_back)
{
	char text[BLOCK_TIME_TEXT_MAX];
	unsigned weekday, minute;

	for (int64_t day = 0; day < 146097 + 400; day++) {
		int64_t ms = day * 86400000 + 57600000, read = -1; /* midnight in +08:00 */
		size_t len = block_time_format(ms, text);

		ck_assert_msg(!block_time_read(text, len, &read) && read == ms, "%s", text);
		block_time_local(ms, &weekday, &minute);
		ck_assert_msg(weekday == (day + 4) % 7 && minute == 0, "%s", text);
	}
	block_time_format(INT64_MAX, text);
	ck_assert_str_eq(text, "9999-12-31T23:59:59.999+08:00");
	block_time_format(INT64_MIN, text);
	ck_assert_str_eq(text, "1970-01-01T08:00+08:00");
	block_time_local(-57600001, &weekday, &minute); /* 1969-12-31T15:59:59.999+08:00 */
	ck_assert_uint_eq(weekday, 2);
	ck_assert_uint_eq(minute, 959);
}
END_TEST

/* ---- sets ---- */

static struct block_set *compile(void *ctx, const char *text)
{
	struct block_set *set = NULL;
	struct block_fault fault = { 0 };
	int rc = block_set_compile(ctx, test_plan(), text, strlen(text), &set, NULL, &fault);

	ck_assert_msg(rc == 0, "%zu: %s in %s", fault.column, fault.text, text);
	return set;
}

START_TEST(test_set_when_compiled_then_text_keeps_its_order)
{
	void *root = talloc_new(NULL);
	struct block_set *set = compile(root, "# mine\r\nBLOCK call from  any\r\n\r\n"
					      "allow call from =110 # police\nlabel sms from +44");
	char *text = block_set_format(root, set);

	ck_assert_uint_eq(block_set_count(set), 3);
	ck_assert_str_eq(text, "block call from any\nallow call from =110\nlabel sms from +44\n");
	ck_assert_int_eq(block_set_rule(set, 2)->action, BLOCK_ACTION_LABEL);
	ck_assert_ptr_null(block_set_rule(set, 3));
	struct block_set *again = compile(root, text);

	ck_assert(block_set_equal(set, again));
	ck_assert_uint_eq(block_set_hash(set), block_set_hash(again));
	ck_assert(!block_set_equal(set, compile(root, "block call from any")));
	ck_assert_str_eq(block_set_format(root, compile(root, "")), "");
	talloc_free(root);
}
END_TEST

START_TEST(test_set_when_a_line_is_wrong_then_named_and_nothing_built)
{
	static const char text[] = "block call from any\n# fine\n\nblock call from nowhere\nmore";
	void *root = talloc_new(NULL);
	struct block_set *set = NULL;
	struct block_fault fault;
	size_t line;

	ck_assert_int_eq(
		block_set_compile(root, test_plan(), text, strlen(text), &set, &line, &fault),
		-EBADMSG);
	ck_assert_uint_eq(line, 4);
	ck_assert_uint_eq(fault.column, 17);
	ck_assert_ptr_null(set);
	ck_assert_uint_eq(talloc_total_blocks(root), 1);
	talloc_free(root);
}
END_TEST

START_TEST(test_set_when_over_the_limit_then_too_big)
{
	void *root = talloc_new(NULL);
	char *text = talloc_strdup(root, "# comments do not count\n");
	struct block_set *set = NULL;
	struct block_fault fault;
	size_t line;

	for (int i = 0; i < BLOCK_SET_MAX; i++)
		text = talloc_asprintf_append_buffer(text, "block call from 106%d\n", i);
	ck_assert_uint_eq(block_set_count(compile(root, text)), BLOCK_SET_MAX);
	text = talloc_strdup_append_buffer(text, "# nor here\nblock call from any\n");
	ck_assert_int_eq(
		block_set_compile(root, test_plan(), text, strlen(text), &set, &line, &fault),
		-E2BIG);
	ck_assert_uint_eq(line, BLOCK_SET_MAX + 3);
	ck_assert_str_eq(fault.text, "more than 1000 rules");
	ck_assert_ptr_null(set);
	talloc_free(root);
}
END_TEST

static const struct switching {
	const char *name;
	const char *before; /* NULL: no set */
	uint8_t channels;
	bool on;
	const char *after;
	uint8_t switched;
} switchings[] = {
	{ "on from nothing", NULL, BLOCK_CALL | BLOCK_SMS, true,
	  "block call,sms from international\n", 3 },
	{ "off from nothing", NULL, BLOCK_CALL, false, "", 0 },
	{ "one more channel", "block sms from international", BLOCK_CALL, true,
	  "block call,sms from international\n", 3 },
	{ "one channel off", "block call,sms from international", BLOCK_SMS, false,
	  "block call from international\n", 1 },
	{ "all off", "block call,sms from international", BLOCK_CALL | BLOCK_SMS, false, "", 0 },
	{ "others stay", "allow call from +1\nblock call from international\nblock sms from 106",
	  BLOCK_SMS, true,
	  "allow call from +1\nblock call,sms from international\nblock sms from 106\n", 3 },
	{ "on goes first", "allow call from +1", BLOCK_CALL, true,
	  "block call from international\nallow call from +1\n", 1 },
	{ "hours stay", "block call from international at 22:00-07:00", BLOCK_CALL, false,
	  "block call from international at 22:00-07:00\n", 0 },
	{ "days stay", "block call from international on sun", BLOCK_CALL, true,
	  "block call from international\nblock call from international on sun\n", 1 },
	{ "an end stays", "block call from international until 2026-12-31T00:00+08:00", BLOCK_CALL,
	  false, "block call from international until 2026-12-31T00:00+08:00\n", 0 },
	{ "written twice",
	  "block call from international\nblock sms from any\nblock sms from international",
	  BLOCK_CALL, false, "block sms from international\nblock sms from any\n", 2 },
	{ "on beats a plain allow", "allow call,sms from international", BLOCK_CALL, true,
	  "block call from international\nallow sms from international\n", 1 },
	{ "on removes a plain label", "label call from international", BLOCK_CALL, true,
	  "block call from international\n", 1 },
	{ "off leaves a plain allow", "allow call from international", BLOCK_CALL, false,
	  "allow call from international\n", 0 },
	{ "unknown channels", "block call from international", 0xf8, true,
	  "block call from international\n", 1 },
};

START_TEST(test_switch_when_set_then_only_the_plain_rule_changes)
{
	for (size_t i = 0; i < COUNT(switchings); i++) {
		const struct switching *row = &switchings[i];
		void *root = talloc_new(NULL);
		struct block_set *set = row->before ? compile(root, row->before) : NULL;
		char *text = block_set_switch(root, set, row->channels, row->on);

		ck_assert_msg(strcmp(text, row->after) == 0, "%s: '%s'", row->name, text);
		struct block_set *after = compile(root, text);

		ck_assert_msg(block_set_switched(after) == row->switched, "%s: %u", row->name,
			      block_set_switched(after));
		char *twice = block_set_switch(root, after, row->channels, row->on);

		ck_assert_msg(strcmp(twice, text) == 0, "%s again: '%s'", row->name, twice);
		talloc_free(root);
	}
	void *root = talloc_new(NULL);

	ck_assert_uint_eq(block_set_switched(compile(root, "block call,sms from international\n"
							   "label sms from international")),
			  BLOCK_CALL);
	talloc_free(root);
}
END_TEST

static const struct {
	const char *name, *before; /* NULL: no rules */
	enum block_action action;
	const char *after;
} puttings[] = {
	{ "into nothing", NULL, BLOCK_ACTION_BLOCK, "block call,sms from =+8613912345678\n" },
	{ "behind others", "block call from international\nallow call from +1", BLOCK_ACTION_ALLOW,
	  "block call from international\nallow call from +1\nallow call,sms from "
	  "=+8613912345678\n" },
	{ "in the place of its own",
	  "allow call from =+8613912345678\nblock sms from 106\nblock sms from =+8613912345678",
	  BLOCK_ACTION_BLOCK, "block sms from 106\nblock call,sms from =+8613912345678\n" },
	{ "hours and an end go too, for they would win",
	  "allow call from =+8613912345678 at 22:00-07:00\n"
	  "allow sms from =+8613912345678 until 2026-12-31T00:00+08:00",
	  BLOCK_ACTION_BLOCK, "block call,sms from =+8613912345678\n" },
	{ "prefixes and other numbers stay",
	  "block call from +86139\nallow call from =+8613912345679", BLOCK_ACTION_ALLOW,
	  "block call from +86139\nallow call from =+8613912345679\nallow call,sms from "
	  "=+8613912345678\n" },
};

START_TEST(test_put_number_when_put_then_one_rule_for_it)
{
	const struct number number = { "+8613912345678" };

	for (size_t i = 0; i < COUNT(puttings); i++) {
		void *root = talloc_new(NULL);
		struct block_set *set =
			puttings[i].before ? compile(root, puttings[i].before) : NULL;
		char *text = block_set_put_number(root, set, &number, puttings[i].action);

		ck_assert_msg(strcmp(text, puttings[i].after) == 0, "%s: '%s'", puttings[i].name,
			      text);
		char *twice = block_set_put_number(root, compile(root, text), &number,
						   puttings[i].action);

		ck_assert_msg(strcmp(twice, text) == 0, "%s again: '%s'", puttings[i].name, twice);
		talloc_free(root);
	}
}
END_TEST

START_TEST(test_unblock_number_when_named_then_what_blocks_it_goes)
{
	static const struct {
		const char *name, *before, *after;
	} table[] = {
		{ "no rules", "", "" },
		{ "alone", "block call,sms from =+8613912345678\n", "" },
		{ "each channel",
		  "block call from =+8613912345678\nblock sms from =+8613912345678\n", "" },
		{ "let through stays", "allow sms from =+8613912345678\n",
		  "allow sms from =+8613912345678\n" },
		{ "others stay",
		  "block call from international\nblock call,sms from =+8613912345678\nblock call "
		  "from "
		  "+86139\nblock call from =+8613912345679\n",
		  "block call from international\nblock call from +86139\nblock call from "
		  "=+8613912345679\n" },
	};
	const struct number number = { "+8613912345678" };

	for (size_t i = 0; i < COUNT(table); i++) {
		void *root = talloc_new(NULL);
		char *text =
			block_set_unblock_number(root, compile(root, table[i].before), &number);

		ck_assert_msg(strcmp(text, table[i].after) == 0, "%s: '%s'", table[i].name, text);
		talloc_free(root);
	}
	char *none = block_set_unblock_number(NULL, NULL, &number);
	ck_assert_str_eq(none, "");
	talloc_free(none);
}
END_TEST

/* Deprecated, but the only way to make talloc fail. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static void limit_memory(void *ctx, size_t octets)
{
	ck_assert_int_eq(talloc_set_memlimit(ctx, octets), 0);
}
#pragma GCC diagnostic pop

/* Memory runs out at every point in turn: success or -ENOMEM, and nothing is left behind. */
START_TEST(test_set_when_memory_runs_out_then_enomem_and_no_leak)
{
	char *many = talloc_strdup(NULL, "");
	bool built = false;

	for (int i = 0; i < 20; i++)
		many = talloc_asprintf_append_buffer(many, "block call from 106%d\n", i);
	for (size_t limit = 16; !built; limit += 48) {
		void *root = talloc_named_const(NULL, 0, "root");
		struct block_set *set = NULL;

		limit_memory(root, limit);
		int rc = block_set_compile(root, test_plan(), many, strlen(many), &set, NULL, NULL);

		ck_assert_msg(rc == 0 || rc == -ENOMEM, "at %zu octets: %d", limit, rc);
		ck_assert_uint_eq(talloc_total_blocks(root), rc == 0 ? 2 : 1);
		if (rc == 0) {
			char *out = block_set_format(root, set);
			char *switched = block_set_switch(root, set, BLOCK_CALL, true);

			ck_assert_uint_eq(talloc_total_blocks(root),
					  2u + (out != NULL) + (switched != NULL));
			built = out && switched;
		}
		ck_assert_uint_lt(limit, 100000);
		talloc_free(root);
	}
	talloc_free(many);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("block_rule");
	TCase *rules = tcase_create("rules");
	TCase *sets = tcase_create("sets");

	tcase_add_test(rules, test_parse_when_valid_then_canonical);
	tcase_add_test(rules, test_parse_when_wrong_then_column_and_text);
	tcase_add_test(rules, test_parse_when_line_holds_nul_or_is_long_then_refused);
	tcase_add_test(rules, test_format_when_random_rules_then_read_back_equal);
	tcase_add_test(rules, test_parse_when_random_lines_then_never_unstable);
	tcase_add_test(rules, test_equal_when_one_field_differs_then_not_equal);
	tcase_add_test(rules, test_time_when_every_day_of_a_cycle_then_reads_back);
	tcase_add_test(sets, test_set_when_compiled_then_text_keeps_its_order);
	tcase_add_test(sets, test_set_when_a_line_is_wrong_then_named_and_nothing_built);
	tcase_add_test(sets, test_set_when_over_the_limit_then_too_big);
	tcase_add_test(sets, test_switch_when_set_then_only_the_plain_rule_changes);
	tcase_add_test(sets, test_put_number_when_put_then_one_rule_for_it);
	tcase_add_test(sets, test_unblock_number_when_named_then_what_blocks_it_goes);
	tcase_add_test(sets, test_set_when_memory_runs_out_then_enomem_and_no_leak);
	tcase_set_timeout(rules, 60);
	suite_add_tcase(suite, rules);
	suite_add_tcase(suite, sets);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
