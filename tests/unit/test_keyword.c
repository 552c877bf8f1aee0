/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_keyword.c - the table of keywords: what each default word asks for, what stands with it,
 * what is only like one, what a table may not hold, and senses of single service codes. */
#include "rules/keyword.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "tests/unit/keywords.h"
#include "tests/unit/tables.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define BOTH REPORT_SCOPE_BOTH
#define CALL REPORT_SCOPE_CALL
#define SMS REPORT_SCOPE_SMS

static const int64_t now_ms = INT64_C(1758076200000);

static struct report_reading read_with(const struct keyword_set *set, const char *text)
{
	struct report_reading r;

	ck_assert_int_eq(report_parse_text(test_language(), set, text, strlen(text), now_ms, &r),
			 0);
	return r;
}

static struct report_reading read_text(const char *text)
{
	return read_with(test_keywords(), text);
}

/* ---- the defaults ---- */

static const struct {
	const char *text;
	enum keyword_sense sense;
	enum report_scope scope;
	enum report_intent intent;
} defaults[] = {
	{ "BZ", KEYWORD_HELP, BOTH, REPORT_HELP },
	{ " help. ", KEYWORD_HELP, BOTH, REPORT_HELP },
	{ "幫助", KEYWORD_HELP, BOTH, REPORT_HELP },
	{ "CXJB", KEYWORD_STATUS, BOTH, REPORT_STATUS_QUERY },
	{ "cxjb R7K3M9Q2", KEYWORD_STATUS, BOTH, REPORT_STATUS_QUERY },
	{ "查 R7K3M9Q2", KEYWORD_STATUS, BOTH, REPORT_STATUS_QUERY },
	{ "R7K3M9Q2", KEYWORD_STATUS, BOTH, REPORT_STATUS_QUERY },
	{ "查", KEYWORD_NONE, BOTH, REPORT_CHAT },
	{ "SS R7K3M9Q2", KEYWORD_APPEAL, BOTH, REPORT_APPEAL },
	{ "申诉", KEYWORD_APPEAL, BOTH, REPORT_APPEAL },
	{ "KTJWPB", KEYWORD_SHIELD_ON, BOTH, REPORT_BLOCK_ON },
	{ "ｋｔｇｊｐｂ", KEYWORD_SHIELD_ON, BOTH, REPORT_BLOCK_ON },
	{ "kt-jw-ld-pb", KEYWORD_SHIELD_ON, CALL, REPORT_BLOCK_ON },
	{ "开通境外短信屏蔽！", KEYWORD_SHIELD_ON, SMS, REPORT_BLOCK_ON },
	{ "Block calls abroad", KEYWORD_SHIELD_ON, CALL, REPORT_BLOCK_ON },
	{ "GBGJDXPB", KEYWORD_SHIELD_OFF, SMS, REPORT_BLOCK_OFF },
	{ "取消境外屏蔽", KEYWORD_SHIELD_OFF, BOTH, REPORT_BLOCK_OFF },
	{ "CXPB", KEYWORD_SHIELD_STATE, BOTH, REPORT_BLOCK_QUERY },
	{ "CXGJLDPB", KEYWORD_SHIELD_STATE, CALL, REPORT_BLOCK_QUERY },
	{ "撤销", KEYWORD_UNDO, BOTH, REPORT_CHAT },
	{ "undo", KEYWORD_UNDO, BOTH, REPORT_CHAT },
	/* Its words say "report"; the sense is what is done. */
	{ "ktjblh", KEYWORD_REPORTED_ON, BOTH, REPORT_CHAT },
	{ "开通举报拉黑。", KEYWORD_REPORTED_ON, BOTH, REPORT_CALL },
	{ "block reported", KEYWORD_REPORTED_ON, BOTH, REPORT_CHAT },
	{ "QXJBLH", KEYWORD_REPORTED_OFF, BOTH, REPORT_CHAT },
	{ "取消举报拉黑", KEYWORD_REPORTED_OFF, BOTH, REPORT_CHAT },
	{ "Unblock Reported", KEYWORD_REPORTED_OFF, BOTH, REPORT_CHAT },
	{ "CXJBLH", KEYWORD_REPORTED_STATE, BOTH, REPORT_CHAT },
	{ "查询举报拉黑", KEYWORD_REPORTED_STATE, BOTH, REPORT_CALL },
	{ "CXLJ", KEYWORD_BLOCKED_LIST, BOTH, REPORT_CHAT },
	{ "谢谢", KEYWORD_THANKS, BOTH, REPORT_CHAT },
	{ "THANK YOU!", KEYWORD_THANKS, BOTH, REPORT_CHAT },
	{ "T", KEYWORD_UNSUBSCRIBE, BOTH, REPORT_UNSUBSCRIBE },
	{ "回复TD", KEYWORD_UNSUBSCRIBE, BOTH, REPORT_UNSUBSCRIBE },
	{ "简单", KEYWORD_PLAIN_TEXTS, BOTH, REPORT_CHAT },
	{ "standard", KEYWORD_STANDARD_TEXTS, BOTH, REPORT_CHAT },
	{ "【自动回复】我在开会", KEYWORD_MACHINE, BOTH, REPORT_SPAM_FORWARD },
	{ "I am away (auto-reply)", KEYWORD_MACHINE, BOTH, REPORT_CHAT },
	/* With other words the words decide. */
	{ "R7K3M9Q2 不服，申请复议", KEYWORD_NONE, BOTH, REPORT_APPEAL },
	{ "请帮我 KTJWLDPB 一下", KEYWORD_NONE, CALL, REPORT_BLOCK_ON },
	{ "KTJWPB怎么用", KEYWORD_NONE, BOTH, REPORT_HELP },
	{ "你好", KEYWORD_NONE, BOTH, REPORT_CHAT },
	{ "13912345678", KEYWORD_NONE, BOTH, REPORT_CALL },
	/* A pasted text that only holds a machine's words is what it is. */
	{ "【银行】尊敬的客户，您有积分即将清零，点击 http://x.cn/a 兑换，系统自动发送",
	  KEYWORD_NONE, BOTH, REPORT_SPAM_FORWARD },
};

START_TEST(test_read_when_default_word_then_its_sense)
{
	struct report_reading r = read_text(defaults[_i].text);

	ck_assert_msg(r.keyword.sense == defaults[_i].sense && !r.keyword.near, "%s: %s%s",
		      defaults[_i].text, keyword_sense_name(r.keyword.sense),
		      r.keyword.near ? ", near" : "");
	ck_assert_msg(r.intent == defaults[_i].intent, "%s: %s", defaults[_i].text,
		      report_intent_name(r.intent));
	if (r.keyword.sense != KEYWORD_NONE)
		ck_assert_int_eq(r.keyword.scope, defaults[_i].scope);
	if (r.intent == REPORT_BLOCK_ON || r.intent == REPORT_BLOCK_OFF)
		ck_assert_int_eq(r.scope, defaults[_i].scope);
}
END_TEST

/* Without a table nothing is a keyword but a receipt number, and every text is read all the same.
 */
START_TEST(test_read_when_no_table_then_words_decide)
{
	ck_assert_int_eq(read_with(NULL, "KTJWPB").keyword.sense, KEYWORD_NONE);
	ck_assert_int_eq(read_with(NULL, "KTJWPB").intent, REPORT_CHAT);
	ck_assert_int_eq(read_with(NULL, "开通境外屏蔽").intent, REPORT_BLOCK_ON);
	ck_assert_int_eq(read_with(NULL, "R7K3M9Q2").keyword.sense, KEYWORD_STATUS);
}
END_TEST

/* ---- numbers and places behind a word ---- */

static const struct {
	const char *text;
	enum keyword_sense sense;
	const char *number; /* "": one is wanted and none reads */
	unsigned place;
} arguments[] = {
	{ "LH 13912345678", KEYWORD_BLOCK_NUMBER, "+8613912345678", 0 },
	{ "lh139-1234-5678。", KEYWORD_BLOCK_NUMBER, "+8613912345678", 0 },
	{ "拉黑一三九 1234 五六七八", KEYWORD_BLOCK_NUMBER, "+8613912345678", 0 },
	{ "13912345678拉黑", KEYWORD_BLOCK_NUMBER, "+8613912345678", 0 },
	{ "拉黑 (010)85321234", KEYWORD_BLOCK_NUMBER, "+861085321234", 0 },
	{ "拉黑10690001112223", KEYWORD_BLOCK_NUMBER, "10690001112223", 0 },
	{ "拉黑 110", KEYWORD_BLOCK_NUMBER, "110", 0 },
	{ "block +44 20 7946 0111", KEYWORD_BLOCK_NUMBER, "+442079460111", 0 },
	{ "YX +85298765432", KEYWORD_ALLOW_NUMBER, "+85298765432", 0 },
	{ "允许13912345678", KEYWORD_ALLOW_NUMBER, "+8613912345678", 0 },
	{ "撤销 13912345678", KEYWORD_UNDO, "+8613912345678", 0 },
	{ "撤销13912345678", KEYWORD_UNDO, "+8613912345678", 0 },
	{ "UNDO 13912345678", KEYWORD_UNDO, "+8613912345678", 0 },
	{ "undo13912345678", KEYWORD_UNDO, "+8613912345678", 0 },
	{ "撤回“0755-83210987”", KEYWORD_UNDO, "+8675583210987", 0 },
	{ "撤销", KEYWORD_UNDO, "", 0 },
	/* Not the latest change instead of what does not read. */
	{ "撤销139", KEYWORD_NONE, "", 0 },
	{ "撤销13912345678和13912345679", KEYWORD_NONE, "", 0 },
	{ "LH", KEYWORD_BLOCK_NUMBER, "", 0 },
	{ "拉黑 1391234", KEYWORD_BLOCK_NUMBER, "", 0 },
	{ "拉黑 139123456789", KEYWORD_BLOCK_NUMBER, "", 0 },
	{ "拉黑 13912345678 13712345678", KEYWORD_BLOCK_NUMBER, "", 0 },
	{ "FX", KEYWORD_RELEASE, "", 0 },
	{ "FX 2", KEYWORD_RELEASE, "", 2 },
	{ "放行12", KEYWORD_RELEASE, "", 12 },
	{ "放行 13912345678", KEYWORD_RELEASE, "+8613912345678", 0 },
	/* Other words round it: a report, or whatever else they make of it. */
	{ "拉黑13912345678，推销宽带的", KEYWORD_NONE, "", 0 },
	{ "13912345678打电话推销宽带，请拉黑", KEYWORD_NONE, "", 0 },
	{ "KTJWPB 13912345678", KEYWORD_NONE, "", 0 },
	{ "LH R7K3M9Q2", KEYWORD_NONE, "", 0 },
};

START_TEST(test_read_when_argument_then_number_or_place)
{
	struct report_reading r = read_text(arguments[_i].text);

	ck_assert_msg(r.keyword.sense == arguments[_i].sense, "%s: %s", arguments[_i].text,
		      keyword_sense_name(r.keyword.sense));
	ck_assert_msg(strcmp(r.keyword.number.text, arguments[_i].number) == 0, "%s: %s",
		      arguments[_i].text, r.keyword.number.text);
	ck_assert_uint_eq(r.keyword.place, arguments[_i].place);
}
END_TEST

/* ---- near misses ---- */

static const struct {
	const char *text;
	enum keyword_sense sense; /* KEYWORD_NONE: nothing is like it */
	enum report_scope scope;
} nears[] = {
	{ "KTJWBP", KEYWORD_SHIELD_ON, BOTH },	 /* exchanged */
	{ "KTJWPN", KEYWORD_SHIELD_ON, BOTH },	 /* one wrong */
	{ "KTJWP", KEYWORD_SHIELD_ON, BOTH },	 /* one missing */
	{ "KTJJWPB", KEYWORD_SHIELD_ON, BOTH },	 /* one too many */
	{ "QXJWLDP", KEYWORD_SHIELD_OFF, CALL }, /* one missing */
	{ "取消境外屏壁", KEYWORD_SHIELD_OFF, BOTH },
	{ "UNSUBSCRIB", KEYWORD_UNSUBSCRIBE, BOTH },
	{ "UNDOO", KEYWORD_UNDO, BOTH },
	{ "KTJBL", KEYWORD_REPORTED_ON, BOTH },
	{ "取消举报拉里", KEYWORD_REPORTED_OFF, BOTH },
	{ "KTPB", KEYWORD_NONE, BOTH },	  /* two edits */
	{ "KTWJBP", KEYWORD_NONE, BOTH }, /* exchanged twice */
	{ "TDD", KEYWORD_NONE, BOTH },	  /* short words have no neighbours */
	{ "CXJJB", KEYWORD_NONE, BOTH },  /* changes nothing */
	{ "KTJWPBKTJWPB", KEYWORD_NONE, BOTH },
};

START_TEST(test_read_when_one_edit_away_then_near)
{
	struct report_reading r = read_text(nears[_i].text);

	ck_assert_msg(r.keyword.sense == nears[_i].sense &&
			      r.keyword.near == (nears[_i].sense != KEYWORD_NONE),
		      "%s: %s, near %d", nears[_i].text, keyword_sense_name(r.keyword.sense),
		      r.keyword.near);
	ck_assert_int_eq(r.keyword.scope, nears[_i].scope);
}
END_TEST

/* One word between several of the shield's: nothing in particular is meant. */
START_TEST(test_read_when_like_several_then_asks_for_the_state)
{
	struct report_reading r = read_text("KTJWDPB");

	ck_assert_int_eq(r.keyword.sense, KEYWORD_SHIELD_STATE);
	ck_assert(!r.keyword.near);
}
END_TEST

/* Every single edit of every destructive default word: itself another word, or like that word, or
 * nothing; never something that would be done. */
START_TEST(test_read_when_any_edit_then_never_another_change)
{
	static const char letters[] = "ktjwpbldxqg";
	size_t checked = 0;

	for (size_t i = 0; i < keyword_set_count(test_keywords()); i++) {
		const struct keyword_word *word = keyword_set_word(test_keywords(), i);
		char text[KEYWORD_UNITS_MAX + 2];

		bool wish =
			word->sense == KEYWORD_REPORTED_ON || word->sense == KEYWORD_REPORTED_OFF;

		if ((!keyword_is_shield(word->sense) && !wish) ||
		    !keyword_is_destructive(word->sense) || word->unit[0] > 'z')
			continue;
		for (size_t at = 0; at < word->len; at++) {
			for (const char *c = letters; *c; c++) {
				for (size_t k = 0; k < word->len; k++)
					text[k] = (char)word->unit[k];
				text[word->len] = '\0';
				text[at] = *c;
				struct report_reading r = read_text(text);
				bool exact = r.keyword.sense != KEYWORD_NONE && !r.keyword.near;
				ck_assert_msg(!exact || !keyword_is_destructive(r.keyword.sense) ||
						      r.keyword.sense == word->sense ||
						      word->unit[0] != (char16_t)text[0] ||
						      word->unit[1] != (char16_t)text[1],
					      "%s became %s", word->shown, text);
				checked++;
			}
		}
	}
	ck_assert_uint_gt(checked, 1000);
}
END_TEST

/* ---- tables ---- */

#define WORDS(...)                                                                                 \
	.words = (const char *const[]){ __VA_ARGS__ },                                             \
	.word_count = sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *)
#define CODES(...)                                                                                 \
	.codes = (const char *const[]){ __VA_ARGS__ },                                             \
	.code_count = sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *)

static const struct {
	const char *name;
	struct keyword_source sources[3];
	size_t count;
	size_t source, word; /* of the fault */
	const char *says;
} faults[] = {
	{ "twice in an entry",
	  { { KEYWORD_HELP, WORDS("A1", "a 1") } },
	  1,
	  0,
	  1,
	  "'a 1' is a word of help already" },
	{ "twice in two",
	  { { KEYWORD_HELP, WORDS("X", "BZ") }, { KEYWORD_UNDO, WORDS("撤销", "ＢＺ") } },
	  2,
	  1,
	  1,
	  "is a word of help already" },
	{ "twice on one code",
	  { { KEYWORD_HELP, WORDS("KT"), CODES("1", "2") },
	    { KEYWORD_SHIELD_ON, WORDS("QQ", "kt"), CODES("2") } },
	  2,
	  1,
	  1,
	  "is a word of help already" },
	{ "folds to nothing", { { KEYWORD_HELP, WORDS("？！") } }, 1, 0, 0, "holds no letter" },
	{ "empty", { { KEYWORD_HELP, WORDS("") } }, 1, 0, 0, "holds no letter" },
	{ "too long",
	  { { KEYWORD_HELP, WORDS("abcdefghijklmnopqrstuvwxyz") } },
	  1,
	  0,
	  0,
	  "longer than 24" },
	{ "much too long",
	  { { KEYWORD_HELP,
	      WORDS("屏蔽屏蔽屏蔽屏蔽屏蔽屏蔽屏蔽屏蔽屏蔽屏蔽屏蔽屏蔽屏蔽屏蔽屏蔽屏蔽屏蔽屏蔽") } },
	  1,
	  0,
	  0,
	  "longer than 24" },
	{ "one character that changes something",
	  { { KEYWORD_SHIELD_ON, WORDS("K") } },
	  1,
	  0,
	  0,
	  "too short for what changes" },
	{ "one ideograph to undo", { { KEYWORD_UNDO, WORDS("撤") } }, 1, 0, 0, "too short" },
	{ "an answer", { { KEYWORD_SHIELD_ON, WORDS("是的") } }, 1, 0, 0, "answer to questions" },
	{ "a choice", { { KEYWORD_SHIELD_OFF, WORDS("第2") } }, 1, 0, 0, "answer to questions" },
	{ "digit before the number",
	  { { KEYWORD_BLOCK_NUMBER, WORDS("LH1") } },
	  1,
	  0,
	  0,
	  "reads as a digit" },
	{ "letter that reads as one",
	  { { KEYWORD_BLOCK_NUMBER, WORDS("DELO") } },
	  1,
	  0,
	  0,
	  "reads as a digit" },
	{ "numeral that reads as one",
	  { { KEYWORD_RELEASE, WORDS("放一") } },
	  1,
	  0,
	  0,
	  "reads as a digit" },
	{ "machine of one character", { { KEYWORD_MACHINE, WORDS("A") } }, 1, 0, 0, "too short" },
	{ "no words", { { KEYWORD_HELP, .words = NULL } }, 1, 0, 0, "has no words" },
	{ "scope of help",
	  { { KEYWORD_HELP, REPORT_SCOPE_SMS, WORDS("BZ") } },
	  1,
	  0,
	  1,
	  "help has no scope" },
	{ "receipt of undo",
	  { { KEYWORD_UNDO, .needs_receipt = true, WORDS("撤销") } },
	  1,
	  0,
	  1,
	  "knows no receipt" },
	{ "all else on all codes",
	  { { KEYWORD_HELP, WORDS("*") } },
	  1,
	  0,
	  0,
	  "wants the service codes" },
	{ "all else changes something",
	  { { KEYWORD_SHIELD_ON, WORDS("*"), CODES("1") } },
	  1,
	  0,
	  0,
	  "'*' cannot stand for shield_on" },
	{ "all else twice",
	  { { KEYWORD_HELP, WORDS("*"), CODES("1") },
	    { KEYWORD_SHIELD_STATE, WORDS("CX", "*"), CODES("1") } },
	  2,
	  1,
	  1,
	  "'*' is a word of help already" },
};

START_TEST(test_compile_when_faulty_then_told_which_word)
{
	struct keyword_fault fault = { .text = "" };
	struct keyword_table *table = NULL;
	void *ctx = talloc_new(NULL);
	int rc = keyword_table_compile(ctx, test_language(), faults[_i].sources, faults[_i].count,
				       &table, &fault);

	ck_assert_msg(rc == -EBADMSG && !table, "%s: %d", faults[_i].name, rc);
	ck_assert_msg(strstr(fault.text, faults[_i].says) != NULL, "%s: %s", faults[_i].name,
		      fault.text);
	ck_assert_msg(fault.source == faults[_i].source && fault.word == faults[_i].word,
		      "%s: entry %zu, word %zu", faults[_i].name, fault.source, fault.word);
	ck_assert_uint_eq(talloc_total_blocks(ctx), 1);
	talloc_free(ctx);
}
END_TEST

static struct keyword_table *two_codes(void *ctx)
{
	const struct keyword_source sources[] = {
		{ KEYWORD_SHIELD_ON, WORDS("KTPB", "0000") },
		{ KEYWORD_SHIELD_STATE, WORDS("CXPB") },
		{ KEYWORD_SHIELD_OFF, REPORT_SCOPE_CALL, WORDS("ktpb", "KTGJLH"), CODES("0000") },
		{ KEYWORD_SHIELD_ON, REPORT_SCOPE_SMS, WORDS("KTGJLH"), CODES("00000", "96110") },
		{ KEYWORD_SHIELD_STATE, WORDS("*"), CODES("0000") },
	};
	struct keyword_fault fault = { .text = "" };
	struct keyword_table *table;

	ck_assert_msg(keyword_table_compile(ctx, test_language(), sources, COUNT_OF(sources),
					    &table, &fault) == 0,
		      "%s", fault.text);
	return table;
}

START_TEST(test_set_when_service_codes_differ_then_senses_do)
{
	static const struct {
		const char *code, *text;
		enum keyword_sense sense;
		enum report_scope scope;
	} rows[] = {
		{ "10086999", "KTPB", KEYWORD_SHIELD_ON, BOTH },
		{ "10086999", "KTGJLH", KEYWORD_NONE, BOTH },
		{ "10086999", "你好", KEYWORD_NONE, BOTH },
		{ "0000", "KTPB", KEYWORD_SHIELD_OFF, CALL },
		{ "0000", "KTGJLH", KEYWORD_SHIELD_OFF, CALL },
		{ "0000", "0000", KEYWORD_SHIELD_ON, BOTH },
		{ "0000", "你好", KEYWORD_SHIELD_STATE, BOTH },
		{ "0000", "13912345678推销宽带", KEYWORD_SHIELD_STATE, BOTH },
		{ "0000", "", KEYWORD_SHIELD_STATE, BOTH },
		{ "0000", "我不想接国外的电话", KEYWORD_NONE, BOTH }, /* its words say enough */
		{ "00000", "KTGJLH", KEYWORD_SHIELD_ON, SMS },
		{ "96110", "KTGJLH", KEYWORD_SHIELD_ON, SMS },
		{ "00000", "CXPB", KEYWORD_SHIELD_STATE, BOTH },
	};
	void *ctx = talloc_new(NULL);
	struct keyword_table *table = two_codes(ctx);

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct report_reading r =
			read_with(keyword_table_set(table, rows[i].code), rows[i].text);
		ck_assert_msg(r.keyword.sense == rows[i].sense && r.keyword.scope == rows[i].scope,
			      "%s to %s: %s", rows[i].text, rows[i].code,
			      keyword_sense_name(r.keyword.sense));
	}
	talloc_free(ctx);
}
END_TEST

START_TEST(test_shown_when_asked_then_first_word_of_the_sense)
{
	const struct keyword_set *set = test_keywords();

	ck_assert_str_eq(keyword_set_shown(set, KEYWORD_SHIELD_ON, BOTH), "KTJWPB");
	ck_assert_str_eq(keyword_set_shown(set, KEYWORD_SHIELD_OFF, SMS), "QXJWDXPB");
	ck_assert_str_eq(keyword_set_shown(set, KEYWORD_BLOCK_NUMBER, BOTH), "LH");
	ck_assert_ptr_null(keyword_set_shown(set, KEYWORD_HELP, SMS));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keyword");
	TCase *tc = tcase_create("core");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_read_when_default_word_then_its_sense, 0,
			    (int)COUNT_OF(defaults));
	tcase_add_test(tc, test_read_when_no_table_then_words_decide);
	tcase_add_loop_test(tc, test_read_when_argument_then_number_or_place, 0,
			    (int)COUNT_OF(arguments));
	tcase_add_loop_test(tc, test_read_when_one_edit_away_then_near, 0, (int)COUNT_OF(nears));
	tcase_add_test(tc, test_read_when_like_several_then_asks_for_the_state);
	tcase_add_test(tc, test_read_when_any_edit_then_never_another_change);
	tcase_add_loop_test(tc, test_compile_when_faulty_then_told_which_word, 0,
			    (int)COUNT_OF(faults));
	tcase_add_test(tc, test_set_when_service_codes_differ_then_senses_do);
	tcase_add_test(tc, test_shown_when_asked_then_first_word_of_the_sense);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
