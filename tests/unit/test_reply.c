/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_reply.c - every template: its form, its length at the longest values, its promises. */
#include "rules/reply.h"

#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/embedded.h"
#include "rules/reply_book.h"
#include "rules/reply_form.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* 2025-11-22T10:30:00+08:00, and a day with the longest date. */
static const int64_t day_ms = INT64_C(1763778600000);
static const int64_t longest_day_ms = INT64_C(1766977200000); /* 29 December */

/* So many callers, all of the day with the longest date, at the longest time of day. */
/* Numbers that differ in their last digits. */
static struct call_list make_choices(size_t count, const char *canonical)
{
	struct call_list list = { .count = count };

	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(canonical);

		snprintf(list.entries[i].number.text, NUMBER_MAX, "%s", canonical);
		if (len > 0)
			list.entries[i].number.text[len - 1] = (char)('0' + i);
		list.entries[i].start_ms = longest_day_ms;
	}
	return list;
}

/* So many senders, blocked very often at that time. */
static struct blocked_list make_blocked(size_t count, const char *canonical)
{
	struct blocked_list list = { .count = count };

	for (size_t i = 0; canonical && i < count; i++) {
		snprintf(list.entries[i].sender.text, NUMBER_MAX, "%s", canonical);
		list.entries[i].channel = i % 2 ? BLOCKED_CALL : BLOCKED_SMS;
		list.entries[i].last_ms = longest_day_ms;
		list.entries[i].count = 9999;
	}
	return list;
}

/* One value for each placeholder. */
static struct reply_values usual_values(void)
{
	return (struct reply_values){
		.id = "R3ATN05B",
		.number = "+8613600005678",
		.day_ms = day_ms,
		.reason = VERDICT_CALL_FOUND,
		.outcome = REWARD_CAP_DAY,
		.amount_mb = 1024,
		.note = "given twice",
		.state = REPORT_STATE_PENDING,
	};
}

static size_t ucs2_length(const char *utf8)
{
	size_t n = 0;
	for (; *utf8; utf8++) {
		unsigned char c = (unsigned char)*utf8;
		n += (c & 0xc0) != 0x80;
		n += c >= 0xf0; /* a surrogate pair */
	}
	return n;
}

static struct reply_book *book;
static enum reply_style style; /* in which the tests speak */

static void make_book(void)
{
	const struct reply_source sources[REPLY_TONGUES] = {
		{ "zh.txt", embedded_replies_zh_txt, EMBEDDED_LEN(replies_zh_txt) },
		{ "en.txt", embedded_replies_en_txt, EMBEDDED_LEN(replies_en_txt) },
	};
	struct reply_fault fault = { .text = "" };
	int rc = reply_book_compile(sources, &book, &fault);

	ck_assert_msg(rc == 0, "%s:%zu: %s", fault.file, fault.line, fault.text);
	style = REPLY_STANDARD;
}

static void free_book(void)
{
	reply_book_unref(book);
}

static const char *format(enum reply_kind kind, enum reply_language language,
			  const struct reply_values *values, char out[REPLY_MAX])
{
	const struct reply_manner manner = { book, language, style };
	ssize_t n = reply_format(kind, &manner, values, out, REPLY_MAX);
	ck_assert_msg(n > 0 && (size_t)n == strlen(out), "kind %d: %zd", kind, n);
	return out;
}

/* The characters that GSM 03.38 sends in one septet and ASCII writes alike. */
START_TEST(test_english_when_any_then_in_gsm_alphabet)
{
	struct reply_values values = usual_values();
	char out[REPLY_MAX];

	struct call_list nine = make_choices(9, "+8613600005678");
	values.near = "+8613600005679";
	values.choices = &nine;
	struct blocked_list blocked = make_blocked(9, "+8613600005678");
	values.blocked = &blocked;
	values.channels = BLOCKED_CALL | BLOCKED_SMS;
	for (int i = 0; i < 2 * REPLY_KIND_COUNT; i++) {
		style = i < REPLY_KIND_COUNT ? REPLY_STANDARD : REPLY_PLAIN;
		format((enum reply_kind)(i % REPLY_KIND_COUNT), REPLY_EN, &values, out);
		for (const char *c = out; *c; c++)
			ck_assert_msg(*c == '\n' ||
					      (*c >= ' ' && *c <= 'z' && !strchr("[\\]^`", *c)),
				      "kind %d: '%c'", i, *c);
	}
}
END_TEST

/* ---- places, spans, rules ---- */

#define DAY_MS INT64_C(86400000)

/* Of 2025-11-22T10:30+08:00. */
START_TEST(test_span_when_told_then_days_or_moments)
{
	static const int64_t now = INT64_C(1763778600000), midnight = INT64_C(1763740800000);
	static const struct {
		int64_t since_ms, until_ms;
		const char *zh, *en;
	} table[] = {
		{ 0, midnight + DAY_MS, "现在至11月22日", "now to 22 Nov" },
		{ 0, now + 7200000, "现在至今天12:30", "now to today 12:30" },
		{ 0, now + DAY_MS, "现在至明天10:30", "now to tomorrow 10:30" },
		{ 0, now + 3 * DAY_MS, "现在至11月25日10:30", "now to 25 Nov 10:30" },
		{ midnight, now + DAY_MS, "现在至明天10:30", "now to tomorrow 10:30" },
		{ midnight + 9 * DAY_MS, midnight + 16 * DAY_MS, "12月1日至12月7日",
		  "1 Dec to 7 Dec" },
	};
	char out[REPLY_MAX];

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const struct reply_values values = { .place = { "日本", "Japan" },
						     .channels = BLOCKED_CALL,
						     .now_ms = now,
						     .since_ms = table[i].since_ms,
						     .until_ms = table[i].until_ms };
		char want[REPLY_MAX];

		snprintf(want, sizeof(want), "日本的来电%s放行", table[i].zh);
		ck_assert_msg(strstr(format(REPLY_OPENED, REPLY_ZH, &values, out), want), "%s",
			      out);
		snprintf(want, sizeof(want), "Japan, calls: let through, %s;", table[i].en);
		ck_assert_msg(strstr(format(REPLY_OPENED, REPLY_EN, &values, out), want), "%s",
			      out);
	}
}
END_TEST

START_TEST(test_rules_when_told_then_short_list)
{
	static const int64_t now = INT64_C(1763778600000), midnight = INT64_C(1763740800000);
	struct reply_rules rules = {
		.list = { { { "日本", "Japan" },
			    false,
			    3,
			    midnight + 9 * DAY_MS,
			    midnight + 16 * DAY_MS },
			  { { "境外", "abroad" }, false, BLOCKED_CALL, 0, now + 7200000 },
			  { { "港澳台", "Hong Kong" }, true, BLOCKED_SMS, 0, 0 } },
		.count = 3,
		.total = 3,
	};
	const struct reply_values values = { .calls_blocked = true,
					     .now_ms = now,
					     .rules = &rules };
	char out[REPLY_MAX];

	ck_assert_str_eq(format(REPLY_SHIELD_RULES, REPLY_ZH, &values, out),
			 "现在：境外来电已屏蔽，境外短信未屏蔽。另有：日本放行12月1日至12月7日；"
			 "境外来电放行至今天12:30；港澳台短信屏蔽。");
	rules.total = 5;
	rules.count = 2;
	ck_assert_str_eq(format(REPLY_SHIELD_RULES, REPLY_EN, &values, out),
			 "Now: calls from abroad blocked, SMS from abroad not blocked. And: Japan "
			 "let through "
			 "1 Dec to 7 Dec; abroad calls let through to today 12:30; 5 in all.");
}
END_TEST

/* ---- lengths ---- */

enum { ONE_PART_ZH = 70, TWO_PARTS_ZH = 2 * 67, ONE_PART_EN = 160, TWO_PARTS_EN = 2 * 153 };

static void keep_longest(enum reply_kind kind, enum reply_language language,
			 const struct reply_values *values, char worst[REPLY_MAX], size_t *max)
{
	char out[REPLY_MAX];
	size_t n = ucs2_length(format(kind, language, values, out));

	if (n > *max) {
		*max = n;
		strcpy(worst, out);
	}
}

/* The longest of all reasons, outcomes, states, wishes and switches. */
static size_t longest(enum reply_kind kind, enum reply_language language,
		      struct reply_values values, char worst[REPLY_MAX])
{
	size_t max = 0;

	for (int i = 0; i < VERDICT_REASON_COUNT * REWARD_OUTCOME_COUNT; i++) {
		values.reason = (enum verdict_reason)(i % VERDICT_REASON_COUNT);
		values.outcome = (enum reward_outcome)(i / VERDICT_REASON_COUNT);
		keep_longest(kind, language, &values, worst, &max);
	}
	for (int i = 0; i < REPORT_STATE_COUNT * REPLY_WISH_COUNT * 4; i++) {
		values.calls_blocked = i & 1;
		values.sms_blocked = i & 2;
		values.state = (enum report_state)(i / 4 % REPORT_STATE_COUNT);
		values.wish = (enum reply_wish)(i / 4 / REPORT_STATE_COUNT);
		keep_longest(kind, language, &values, worst, &max);
	}
	return max;
}

struct length_row {
	const char *name;
	enum reply_kind kind;
	const char *number, *near;
	size_t choices, max_zh, max_en;
};

static void check_length(const struct length_row *row, enum reply_style in_style)
{
	char out[REPLY_MAX] = "";
	struct call_list choices = make_choices(row->choices, row->near);
	struct blocked_list blocked = make_blocked(row->choices, row->near);
	struct reply_values values = {
		.id = "R99999999999992",
		.number = row->number,
		.near = row->choices ? NULL : row->near,
		.day_ms = longest_day_ms,
		.amount_mb = 102400,
		.choices = &choices,
		.word = "KTJWLDPB",
		.note = "一二三四五六七八九十一二三四五六七八九十"
			"一二三四五六七八九十一二三四五六七八九十",
		.blocked = &blocked,
		.channels = BLOCKED_CALL | BLOCKED_SMS,
		.count = 100,
		.call_count = 9999,
		.sms_count = 9999,
		.hour = 23,
		.place = { "一二三四五六七八九十一二", "Twenty-four characters 24" },
		.now_ms = longest_day_ms - INT64_C(40) * 86400000,
		.until_ms = longest_day_ms + 86340000,
		.tells_reported = true,
	};
	const char *name = in_style == REPLY_PLAIN ? "plain" : "standard";

	style = in_style;
	size_t zh = longest(row->kind, REPLY_ZH, values, out);
	ck_assert_msg(zh <= row->max_zh, "%s, %s: %zu characters: %s", row->name, name, zh, out);
	size_t en = longest(row->kind, REPLY_EN, values, out);
	ck_assert_msg(en <= row->max_en, "%s, %s: %zu characters: %s", row->name, name, en, out);
	longest(row->kind, REPLY_BOTH, values, out);
}

/* A port of 20 digits is the longest number; no reply names it together with a near miss. */
START_TEST(test_length_when_values_are_longest_then_within_parts)
{
	static const struct length_row table[] = {
#define PORT "10690001234567890123"
#define FOREIGN "+882123456789012"
#define MOBILE "+8613600005678"
		{ "received", REPLY_RECEIVED, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "joined", REPLY_JOINED, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "duplicate", REPLY_DUPLICATE, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "needs number", REPLY_NEEDS_NUMBER, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "choose, as many as by default", REPLY_CHOOSE_NUMBER, NULL, FOREIGN, 5,
		  TWO_PARTS_ZH, TWO_PARTS_EN },
		{ "choose, nine", REPLY_CHOOSE_NUMBER, NULL, PORT, 9, 3 * 67, 3 * 153 },
		{ "rules", REPLY_SHIELD_RULES, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "opened", REPLY_OPENED, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "shut", REPLY_SHUT, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "place", REPLY_PLACE_STATE, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "place wish", REPLY_PLACE_WISH, NULL, NULL, 0, ONE_PART_ZH, TWO_PARTS_EN },
		{ "opening over", REPLY_OPENING_OVER, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "opening when", REPLY_OPENING_WHEN, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "no such choice", REPLY_NO_SUCH_CHOICE, NULL, PORT, 9, ONE_PART_ZH, ONE_PART_EN },
		{ "verified", REPLY_VERIFIED, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "verified, capped", REPLY_VERIFIED_CAPPED, PORT, NULL, 0, ONE_PART_ZH,
		  ONE_PART_EN },
		{ "verified and blocked", REPLY_VERIFIED_BLOCKED, MOBILE, NULL, 0, ONE_PART_ZH,
		  ONE_PART_EN },
		{ "verified, capped, blocked", REPLY_VERIFIED_CAPPED_BLOCKED, MOBILE, NULL, 0,
		  ONE_PART_ZH, TWO_PARTS_EN },
		{ "a port, verified and blocked", REPLY_VERIFIED_BLOCKED, PORT, NULL, 0,
		  TWO_PARTS_ZH, TWO_PARTS_EN },
		{ "a port, verified, capped, blocked", REPLY_VERIFIED_CAPPED_BLOCKED, PORT, NULL, 0,
		  TWO_PARTS_ZH, TWO_PARTS_EN },
		{ "rejected", REPLY_REJECTED, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "rejected, near miss", REPLY_REJECTED, "+8613600005678", "+8613600005679", 0,
		  ONE_PART_ZH, ONE_PART_EN },
		{ "rejected, near miss on a fixed line", REPLY_REJECTED, "+8675583210987",
		  "+8675583210988", 0, ONE_PART_ZH, ONE_PART_EN },
		{ "rejected, foreign near miss", REPLY_REJECTED, FOREIGN, FOREIGN, 0, TWO_PARTS_ZH,
		  ONE_PART_EN },
		{ "unproved", REPLY_UNPROVED, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "review", REPLY_REVIEW, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "credited", REPLY_CREDITED, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "credit failed", REPLY_CREDIT_FAILED, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "reversed", REPLY_REWARD_REVERSED, PORT, NULL, 0, 2 * 67, 2 * 153 },
		{ "reversed", REPLY_REWARD_REVERSED, PORT, NULL, 0, TWO_PARTS_ZH, TWO_PARTS_EN },
		{ "status", REPLY_STATUS, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "status, none", REPLY_STATUS_NONE, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "appealed", REPLY_APPEALED, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "appeal refused", REPLY_APPEAL_REFUSED, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "block state", REPLY_BLOCK_STATE, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "reported, on", REPLY_REPORTED_ON, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "reported, off", REPLY_REPORTED_OFF, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "reported, never", REPLY_REPORTED_NEVER, NULL, NULL, 0, ONE_PART_ZH,
		  ONE_PART_EN },
		{ "number state", REPLY_NUMBER_STATE, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "number protected", REPLY_NUMBER_PROTECTED, PORT, NULL, 0, ONE_PART_ZH,
		  ONE_PART_EN },
		{ "number unread", REPLY_NUMBER_UNREAD, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "rules full", REPLY_RULES_FULL, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "number wish", REPLY_NUMBER_WISH, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "did you mean", REPLY_DID_YOU_MEAN, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "undone", REPLY_UNDONE, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "undone, number", REPLY_UNDONE_NUMBER, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "nothing to undo", REPLY_NOTHING_TO_UNDO, NULL, NULL, 0, ONE_PART_ZH,
		  ONE_PART_EN },
		{ "thanks", REPLY_THANKS, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "subscribed", REPLY_SUBSCRIBED, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "style, plain", REPLY_STYLE_PLAIN, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "style, standard", REPLY_STYLE_STANDARD, NULL, NULL, 0, ONE_PART_ZH,
		  ONE_PART_EN },
		/* What help tells is more than one SMS holds; a list of callers, too. */
		{ "help", REPLY_HELP, NULL, NULL, 0, TWO_PARTS_ZH, TWO_PARTS_EN },
		{ "chat", REPLY_CHAT, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "empty", REPLY_EMPTY, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "flood", REPLY_FLOOD, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "unsubscribed", REPLY_UNSUBSCRIBED, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		/* Who sends it takes no more places than fit. */
		{ "blocked, four", REPLY_BLOCKED_LIST, NULL, PORT, 4, TWO_PARTS_ZH, TWO_PARTS_EN },
		{ "blocked, none", REPLY_BLOCKED_NONE, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "no such place", REPLY_NO_SUCH_PLACE, NULL, PORT, 9, ONE_PART_ZH, ONE_PART_EN },
		{ "released", REPLY_RELEASED, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "released once", REPLY_RELEASED_ONCE, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "allowed", REPLY_RELEASE_ALLOWED, PORT, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "released already", REPLY_RELEASED_ALREADY, PORT, NULL, 0, ONE_PART_ZH,
		  ONE_PART_EN },
		{ "nothing to release", REPLY_RELEASE_UNKNOWN, PORT, NULL, 0, ONE_PART_ZH,
		  ONE_PART_EN },
		{ "no number", REPLY_RELEASE_REFUSED, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "digest on", REPLY_DIGEST_ON, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "digest off", REPLY_DIGEST_OFF, NULL, NULL, 0, ONE_PART_ZH, ONE_PART_EN },
		{ "digest, three", REPLY_DIGEST, NULL, PORT, 3, TWO_PARTS_ZH, TWO_PARTS_EN },
	};
	bool seen[REPLY_KIND_COUNT] = { false };

	for (size_t i = 0; i < 2 * COUNT_OF(table); i++) {
		check_length(&table[i % COUNT_OF(table)],
			     i < COUNT_OF(table) ? REPLY_STANDARD : REPLY_PLAIN);
		seen[table[i % COUNT_OF(table)].kind] = true;
	}
	for (int kind = 0; kind < REPLY_KIND_COUNT; kind++)
		ck_assert_msg(seen[kind], "kind %d has no row", kind);
}
END_TEST
/* ---- promises ---- */

START_TEST(test_choices_when_alike_or_named_by_the_sender_then_whole)
{
	struct call_list list = { .count = 3,
				  .entries = { { { "+8613712345678" }, longest_day_ms },
					       { { "+8613799995678" }, longest_day_ms },
					       { { "+8613600001234" }, 0 } } };
	struct reply_values values = { .choices = &list, .now_ms = longest_day_ms };
	char out[REPLY_MAX];

	format(REPLY_CHOOSE_NUMBER, REPLY_ZH, &values, out);
	ck_assert_msg(strstr(out, "\n1)13712345678 ") && strstr(out, "\n2)13799995678 "), "%s",
		      out);
	ck_assert_msg(strstr(out, "\n3)13600001234") && !strstr(out, "13600001234 "), "%s", out);
	list.count = 1;
	format(REPLY_CHOOSE_NUMBER, REPLY_ZH, &values, out);
	ck_assert_msg(strstr(out, "\n1)137*5678 "), "%s", out);
}
END_TEST

START_TEST(test_closing_when_formatted_then_number_day_verdict_and_reason)
{
	static const struct {
		const char *name;
		enum reply_kind kind;
		enum verdict_reason reason;
		const char *zh[4], *en[4];
	} table[] = {
		{ "verified",
		  REPLY_VERIFIED,
		  VERDICT_CALL_FOUND,
		  { "13600005678", "11月22日", "成立", "通话记录有此来电" },
		  { "13600005678", "22 Nov", "verified", "records show the call" } },
		{ "forged",
		  REPLY_VERIFIED,
		  VERDICT_FORGED_NUMBER,
		  { "13600005678", "11月22日", "成立", "冒用" },
		  { "13600005678", "22 Nov", "verified", "forged" } },
		{ "capped",
		  REPLY_VERIFIED_CAPPED,
		  VERDICT_SALES_WORDS,
		  { "13600005678", "11月22日", "成立", "今日奖励已满" },
		  { "13600005678", "22 Nov", "verified", "today's limit" } },
		{ "rejected",
		  REPLY_REJECTED,
		  VERDICT_NO_SUCH_CALL,
		  { "13600005678", "11月22日", "未成立", "无此来电" },
		  { "13600005678", "22 Nov", "not upheld", "no such call" } },
		{ "unproved",
		  REPLY_UNPROVED,
		  VERDICT_FEED_INCOMPLETE,
		  { "13600005678", "11月22日", "未能查实", "还没到齐" },
		  { "13600005678", "22 Nov", "could not be proved", "incomplete" } },
		{ "review",
		  REPLY_REVIEW,
		  VERDICT_SMS_NOT_CHECKABLE,
		  { "13600005678", "11月22日", "专人核查", "没有记录可查" },
		  { "13600005678", "22 Nov", "our staff", "no call record" } },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct reply_values values = usual_values();
		char zh[REPLY_MAX], en[REPLY_MAX];
		values.reason = table[i].reason;
		format(table[i].kind, REPLY_ZH, &values, zh);
		format(table[i].kind, REPLY_EN, &values, en);
		for (size_t j = 0; j < 4; j++) {
			ck_assert_msg(strstr(zh, table[i].zh[j]) != NULL, "%s: no %s in %s",
				      table[i].name, table[i].zh[j], zh);
			ck_assert_msg(strstr(en, table[i].en[j]) != NULL, "%s: no %s in %s",
				      table[i].name, table[i].en[j], en);
		}
	}
}
END_TEST

START_TEST(test_block_state_when_switched_then_both_states_and_the_way_back)
{
	static const struct {
		bool calls, sms;
		const char *zh, *en_calls, *en_sms;
	} table[] = {
		{ false, false, "来电未屏蔽，境外短信未屏蔽", "calls from abroad not blocked",
		  "SMS from abroad not blocked" },
		{ true, false, "来电已屏蔽，境外短信未屏蔽", "calls from abroad blocked",
		  "SMS from abroad not blocked" },
		{ false, true, "来电未屏蔽，境外短信已屏蔽", "calls from abroad not blocked",
		  "SMS from abroad blocked" },
		{ true, true, "来电已屏蔽，境外短信已屏蔽", "calls from abroad blocked",
		  "SMS from abroad blocked" },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct reply_values values = { .calls_blocked = table[i].calls,
					       .sms_blocked = table[i].sms };
		char out[REPLY_MAX];
		format(REPLY_BLOCK_STATE, REPLY_BOTH, &values, out);
		ck_assert_msg(strstr(out, table[i].zh) && strstr(out, table[i].en_calls) &&
				      strstr(out, table[i].en_sms),
			      "row %zu: %s", i, out);
		ck_assert(strstr(out, "KTJWPB") && strstr(out, "QXJWPB"));
	}
}
END_TEST

/* Now is 22 November 2025, 10:30. */
START_TEST(test_choose_when_choices_then_numbered_with_hint_and_moment)
{
	static const struct {
		const char *number;
		int64_t minutes_ago;
		const char *zh, *en;
	} table[] = {
		{ "+8613600005678", 0, "136*5678 今天10:30", "136*5678 today 10:30" },
		{ "+861085321234", 10 * 60 + 30, "010*1234 今天0:00", "010*1234 today 0:00" },
		{ "+442079460111", 10 * 60 + 31, "+44*0111 昨天23:59", "+44*0111 yesterday 23:59" },
		{ "4001234567", 34 * 60 + 25, "400*4567 昨天0:05", "400*4567 yesterday 0:05" },
		{ "95533", 34 * 60 + 31, "95533 20日23:59", "95533 20 Nov 23:59" },
		{ "+8613600005678", 22 * 24 * 60, "136*5678 31日10:30", "136*5678 31 Oct 10:30" },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct call_list list = { .count = 2 };
		struct reply_values values = { .choices = &list, .now_ms = day_ms };
		char out[REPLY_MAX], want[REPLY_MAX];

		list.entries[0] = (struct call_list_entry){ { "10010" }, day_ms };
		list.entries[1].start_ms = day_ms - table[i].minutes_ago * 60000;
		snprintf(list.entries[1].number.text, NUMBER_MAX, "%s", table[i].number);
		snprintf(want, sizeof(want), "：\n1)10010 今天10:30\n2)%s", table[i].zh);
		format(REPLY_CHOOSE_NUMBER, REPLY_ZH, &values, out);
		ck_assert_msg(strstr(out, want) != NULL, "%s", out);
		snprintf(want, sizeof(want), ":\n1)10010 today 10:30\n2)%s", table[i].en);
		format(REPLY_CHOOSE_NUMBER, REPLY_EN, &values, out);
		ck_assert_msg(strstr(out, want) != NULL, "%s", out);
	}
}
END_TEST

START_TEST(test_blocked_when_listed_then_hint_moment_kind_and_how_often)
{
	static const struct {
		const char *sender;
		enum blocked_channel channel;
		uint32_t count;
		const char *zh, *en;
	} table[] = {
		{ "+85298765432", BLOCKED_SMS, 3, "+85*5432 今天10:30短信×3",
		  "+85*5432 today 10:30 SMS x3" },
		{ "+85298765432", BLOCKED_CALL, 1, "+85*5432 今天10:30来电",
		  "+85*5432 today 10:30 call" },
		{ "withheld", BLOCKED_CALL, 2, "未显号 今天10:30来电×2",
		  "withheld today 10:30 call x2" },
		{ "SHOP", BLOCKED_SMS, 1, "SHOP 今天10:30短信", "SHOP today 10:30 SMS" },
		{ "HELLO WORLD", BLOCKED_SMS, 1, "HEL*ORLD 今天10:30短信",
		  "HEL*ORLD today 10:30 SMS" },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct blocked_list list = { .count = 1 };
		struct reply_values values = { .blocked = &list, .now_ms = day_ms };
		char out[REPLY_MAX], want[REPLY_MAX];

		list.entries[0] = (struct blocked_entry){ .channel = table[i].channel,
							  .last_ms = day_ms,
							  .count = table[i].count };
		snprintf(list.entries[0].sender.text, NUMBER_MAX, "%s", table[i].sender);
		snprintf(want, sizeof(want), "：\n1)%s", table[i].zh);
		format(REPLY_BLOCKED_LIST, REPLY_ZH, &values, out);
		ck_assert_msg(strcmp(strstr(out, "：\n"), want) == 0, "%s", out);
		snprintf(want, sizeof(want), ":\n1)%s", table[i].en);
		format(REPLY_BLOCKED_LIST, REPLY_EN, &values, out);
		ck_assert_msg(strcmp(strstr(out, ":\n"), want) == 0, "%s", out);
	}
}
END_TEST

START_TEST(test_no_such_choice_when_list_is_short_then_its_places)
{
	static const char *const places[] = { "回复1，", "回复1-2，", "回复1-9，" };
	static const size_t counts[] = { 1, 2, 9 };

	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		struct call_list list = make_choices(counts[i], "+8613600005678");
		struct reply_values values = { .choices = &list };
		char out[REPLY_MAX];

		format(REPLY_NO_SUCH_CHOICE, REPLY_ZH, &values, out);
		ck_assert_msg(strstr(out, places[i]) != NULL, "%s", out);
	}
}
END_TEST

START_TEST(test_format_when_values_are_missing_then_no_hole)
{
	struct reply_values nothing = { .word = "LH" }; /* always given */
	struct reply_values no_day = usual_values();
	char out[REPLY_MAX];

	/* What a part left out takes with it, a bracket or a blank, must not stay behind. */
	static const char *const holes[] = { "()", "，，",   "：。",   "  ", " .",
					     " ,", "编号，", "编号。", "<",  ">",
					     "{",  "}",	     "(null)" };
	for (int kind = 0; kind < 2 * REPLY_KIND_COUNT; kind++) {
		style = kind < REPLY_KIND_COUNT ? REPLY_STANDARD : REPLY_PLAIN;
		format((enum reply_kind)(kind % REPLY_KIND_COUNT), REPLY_BOTH, &nothing, out);
		for (size_t i = 0; i < COUNT_OF(holes); i++)
			ck_assert_msg(!strstr(out, holes[i]), "kind %d: '%s' in %s", kind, holes[i],
				      out);
	}
	style = REPLY_STANDARD;
	no_day.day_ms = 0;
	format(REPLY_REJECTED, REPLY_ZH, &no_day, out);
	ck_assert_str_eq(out, "13600005678的举报未成立：通话记录有此来电。不服可回“申诉”。");
}
END_TEST

START_TEST(test_rejected_when_near_miss_then_asked)
{
	struct reply_values values = usual_values();
	char out[REPLY_MAX];

	values.near = "+8613600005679";
	values.reason = VERDICT_NO_SUCH_CALL;
	format(REPLY_REJECTED, REPLY_BOTH, &values, out);
	ck_assert_msg(strstr(out, "是否13600005679？") && strstr(out, "Was it 13600005679?"), "%s",
		      out);
}
END_TEST

START_TEST(test_both_when_formatted_then_chinese_newline_english)
{
	struct reply_values values = usual_values();

	for (int kind = 0; kind < REPLY_KIND_COUNT; kind++) {
		char zh[REPLY_MAX], en[REPLY_MAX], both[REPLY_MAX], joined[2 * REPLY_MAX];
		format((enum reply_kind)kind, REPLY_ZH, &values, zh);
		format((enum reply_kind)kind, REPLY_EN, &values, en);
		format((enum reply_kind)kind, REPLY_BOTH, &values, both);
		snprintf(joined, sizeof(joined), "%s\n%s", zh, en);
		ck_assert_str_eq(both, joined);
	}
}
END_TEST

START_TEST(test_amount_when_any_then_shortest_unit)
{
	static const struct {
		uint32_t mb;
		const char *text;
	} table[] = { { 1, "1MB" },	  { 500, "500MB" },  { 1024, "1GB" },
		      { 1536, "1536MB" }, { 10240, "10GB" }, { UINT32_MAX, "4294967295MB" } };
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct reply_values values = usual_values();
		char out[REPLY_MAX], want[40];
		values.amount_mb = table[i].mb;
		snprintf(want, sizeof(want), "奖励的%s流量", table[i].text);
		format(REPLY_CREDITED, REPLY_ZH, &values, out);
		ck_assert_msg(strstr(out, want) != NULL, "%s: %s", table[i].text, out);
	}
}
END_TEST

/* One octet too few fails whole; no octet beyond the capacity is written. */
START_TEST(test_format_when_capacity_is_short_then_emsgsize)
{
	const struct reply_manner both = { book, REPLY_BOTH, REPLY_STANDARD };
	struct reply_values values = usual_values();
	char whole[REPLY_MAX];

	for (int kind = 0; kind < REPLY_KIND_COUNT; kind++) {
		size_t need = strlen(format((enum reply_kind)kind, REPLY_BOTH, &values, whole)) + 1;
		for (size_t cap = 0; cap <= need; cap++) {
			char *out = malloc(cap ? cap : 1);
			ck_assert_ptr_nonnull(out);
			ssize_t n = reply_format((enum reply_kind)kind, &both, &values, out, cap);
			ck_assert_msg(n == (cap == need ? (ssize_t)need - 1 : -EMSGSIZE),
				      "kind %d, %zu octets: %zd", kind, cap, n);
			if (cap > 0)
				ck_assert_str_eq(out, cap == need ? whole : "");
			free(out);
		}
	}
}
END_TEST

START_TEST(test_format_when_enum_out_of_range_then_einval)
{
	const struct reply_manner zh = { book, REPLY_ZH, REPLY_STANDARD };
	const struct reply_manner nobody = { book, REPLY_LANGUAGE_COUNT, REPLY_STANDARD };
	const struct reply_manner odd = { book, REPLY_ZH, REPLY_STYLE_COUNT };
	struct reply_values values = usual_values(), bad = usual_values();
	char out[REPLY_MAX] = "x";

	ck_assert_int_eq(reply_format(REPLY_KIND_COUNT, &zh, &values, out, sizeof(out)), -EINVAL);
	ck_assert_str_eq(out, "");
	ck_assert_int_eq(reply_format(REPLY_HELP, &nobody, &values, out, sizeof(out)), -EINVAL);
	ck_assert_int_eq(reply_format(REPLY_HELP, &odd, &values, out, sizeof(out)), -EINVAL);
	bad.reason = VERDICT_REASON_COUNT;
	ck_assert_int_eq(reply_format(REPLY_REJECTED, &zh, &bad, out, sizeof(out)), -EINVAL);
	bad = values;
	bad.wish = REPLY_WISH_COUNT;
	ck_assert_int_eq(reply_format(REPLY_DID_YOU_MEAN, &zh, &bad, out, sizeof(out)), -EINVAL);
}
END_TEST

START_TEST(test_state_when_named_then_parsed_back)
{
	enum report_state state;

	for (int i = 0; i < REPORT_STATE_COUNT; i++) {
		ck_assert_int_eq(
			report_state_parse(report_state_name((enum report_state)i), &state), 0);
		ck_assert_int_eq(state, i);
	}
	ck_assert_str_eq(report_state_name(REPORT_STATE_NEEDS_NUMBER), "needs_number");
	ck_assert_str_eq(report_state_name(REPORT_STATE_COUNT), "unknown");
	state = REPORT_STATE_REVIEW;
	ck_assert_int_eq(report_state_parse("unknown", &state), -EINVAL);
	ck_assert_int_eq(report_state_parse("", &state), -EINVAL);
	ck_assert_int_eq(state, REPORT_STATE_REVIEW);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reply");
	TCase *tc = tcase_create("core");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, make_book, free_book);
	tcase_add_test(tc, test_span_when_told_then_days_or_moments);
	tcase_add_test(tc, test_rules_when_told_then_short_list);
	tcase_add_test(tc, test_english_when_any_then_in_gsm_alphabet);
	tcase_add_test(tc, test_length_when_values_are_longest_then_within_parts);
	tcase_add_test(tc, test_closing_when_formatted_then_number_day_verdict_and_reason);
	tcase_add_test(tc, test_block_state_when_switched_then_both_states_and_the_way_back);
	tcase_add_test(tc, test_choose_when_choices_then_numbered_with_hint_and_moment);
	tcase_add_test(tc, test_blocked_when_listed_then_hint_moment_kind_and_how_often);
	tcase_add_test(tc, test_no_such_choice_when_list_is_short_then_its_places);
	tcase_add_test(tc, test_format_when_values_are_missing_then_no_hole);
	tcase_add_test(tc, test_rejected_when_near_miss_then_asked);
	tcase_add_test(tc, test_both_when_formatted_then_chinese_newline_english);
	tcase_add_test(tc, test_amount_when_any_then_shortest_unit);
	tcase_add_test(tc, test_format_when_capacity_is_short_then_emsgsize);
	tcase_add_test(tc, test_format_when_enum_out_of_range_then_einval);
	tcase_add_test(tc, test_choices_when_alike_or_named_by_the_sender_then_whole);
	tcase_add_test(tc, test_state_when_named_then_parsed_back);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
