/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/parse_explain.h"
#include "rules/report_explain.h"
#include "tests/unit/keywords.h"
#include "tests/unit/tables.h"

/* Wednesday, 2025-09-17 10:30 in +08:00 */
static const int64_t wednesday_ms = 1758076200000;

static const struct {
	const char *text;
	const char *line; /* one of those that tell why */
} rows[] = {
	/* numbers */
	{ "１３８-1234-5678推销", "\"138-1234-5678\" (0-13) is +8613812345678, mobile, caller: "
				  "nothing says otherwise" },
	{ "用我妈的号13812345678举报13900139000", "is +8613812345678, mobile, own: the sender's "
						  "own \"我妈\"; not counted" },
	{ "不是13812345678，是13900139000", "mentioned: said not to be it \"不是\"; not counted" },
	{ "13812345678号码写错了，应该是13900139000", "mentioned: taken back \"写错\"" },
	{ "13900139000自称10086推销", "is 10086, operator, mentioned: somebody passes for it "
				      "\"自称\"; not counted" },
	{ "10086又打来推销套餐", "is 10086, operator, caller: code that begins the text" },
	{ "13900139000骚扰，打12315也没用", "mentioned: authority called for help" },
	{ "10086999 13812345678", "mentioned: number of this service" },
	{ "1OO85打来推销", "is 10085, operator, caller: code that begins the text; looks like "
			   "10085 by letters" },
	{ "010085打来推销", "unread     digits that look like 10085 by zero" },
	/* digits that are none */
	{ "13812345678推销98元套餐", "no number  \"98\" (13-15): unit behind it \"元\"" },
	{ "13812345678推销¥98", "no number  \"98\" (14-16): currency before it" },
	{ "13812345678第3次推销", "no number  \"3\" (12-13): ordinal" },
	{ "13812345678工号10086", "no number  \"10086\" (13-18): label before it \"工号\"" },
	{ "http://a.cn/13812345678 推销", "(4-23): web or mail address" },
	{ "R7K3M9Q2怎么样了", "no number  \"r7k3m9q2\" (0-8): receipt number" },
	{ "010-62221113转8001推销", "no number  \"8001\" (13-17): extension" },
	{ "138****5678推销", "unread     \"138\" (0-3): masked" },
	{ "1380013800推销", "unread     \"1380013800\" (0-10): no whole number" },
	/* times */
	{ "13812345678昨天下午三点推销", "call time  2025-09-16T14:30:00+08:00 to "
					 "2025-09-16T15:30:00+08:00: whole hour: half an hour "
					 "before and after" },
	{ "13812345678昨天下午三点推销", "time       \"三点\" (15-17): clock" },
	{ "13812345678昨天推销", "time       \"昨天\" (11-13): day" },
	{ "13812345678昨天推销", ": the whole day" },
	{ "13812345678 8月5号推销", "time       \"8月5号\" (12-16): date" },
	{ "13812345678 半小时前推销", "(12-16): so long ago" },
	{ "13812345678刚才推销", ": a moment told by itself" },
	{ "13812345678上周推销", ": several days" },
	{ "今天8:05缴话费", "call time  exact minute: 10 minutes before and after; not counted" },
	/* words, intent, category */
	{ "13812345678推销宽带", "word       \"宽带\" (13-15): broadband (full)" },
	{ "13812345678推销宽带", "intent     report_call: names who called or wrote \"推销\" "
				 "(nuisance)" },
	{ "13812345678推销宽带", "category   broadband: right behind a word for selling \"宽带\"" },
	{ "13812345678换套餐送路由器", "category   plan_upgrade: named first \"换套餐\"" },
	{ "老接到骚扰电话", "intent     report_call: complains of a call or message" },
	{ "td", "intent     unsubscribe: keyword" },
	{ "我不是要举报", "intent     chat: says that it is no report" },
	{ "怎么举报", "intent     help: asks about this service" },
	{ "国外短信我都不想收", "intent     block_on: speaks of blocking what is from abroad" },
	{ "对处理结果不满意", "intent     appeal: disputes an outcome \"处理结果不\" (appeal)" },
	{ "……", "intent     empty: no letter, digit or ideograph" },
	{ "你好呀", "intent     chat: no other rule fits" },
	/* nothing that would steer a terminal */
	{ "a\x1b[2J\xe2\x80\xae", "text       a[2j\n" },
};

START_TEST(test_explain_when_text_read_then_rule_and_word_told)
{
	char *shown = NULL;
	size_t size;
	FILE *out = open_memstream(&shown, &size);
	json_t *explained = parse_explain(test_language(), test_keywords(), NULL, rows[_i].text,
					  strlen(rows[_i].text), wednesday_ms);
	ck_assert_ptr_nonnull(explained);
	parse_explain_show(out, explained);
	fclose(out);
	ck_assert_msg(strstr(shown, rows[_i].line) != NULL, "'%s' is not told in\n%s",
		      rows[_i].line, shown);
	json_decref(explained);
	free(shown);
}
END_TEST

START_TEST(test_explain_when_json_then_id_and_text_as_given)
{
	json_t *id = json_pack("[i,s]", 1, "x"), *text;
	json_t *explained =
		parse_explain(test_language(), test_keywords(), id, "a\0b", 3, wednesday_ms);
	ck_assert(json_equal(json_object_get(explained, "id"), id));
	text = json_object_get(explained, "text");
	ck_assert_uint_eq(json_string_length(text), 3);
	ck_assert_str_eq(json_string_value(json_object_get(explained, "folded")), "ab");
	json_decref(explained);
	json_decref(id);
}
END_TEST

struct compared {
	struct report_reading reading;
	int calls;
	size_t left_out;
};

static void keep(void *user, const struct report_explained *e)
{
	struct compared *compared = user;
	compared->reading = *e->reading;
	compared->left_out = e->notes->left_out;
	compared->calls++;
	for (size_t i = 0; i < e->notes->count; i++) {
		ck_assert_uint_le(e->notes->list[i].from, e->notes->list[i].to);
		ck_assert_uint_le(e->notes->list[i].to, e->text->len);
		ck_assert_uint_le(e->notes->list[i].word_to, e->text->len);
	}
}

/* Field by field: there is padding between them. */
static bool same_reading(const struct report_reading *a, const struct report_reading *b)
{
	bool same = a->number_count == b->number_count &&
		    strcmp(a->unread.official, b->unread.official) == 0;
	for (size_t i = 0; same && i < a->number_count; i++)
		same = strcmp(a->numbers[i].text, b->numbers[i].text) == 0 &&
		       strcmp(a->alike[i].official, b->alike[i].official) == 0;
	return same && a->intent == b->intent && a->category == b->category &&
	       a->scope == b->scope && a->has_call_time == b->has_call_time &&
	       a->call_from_ms == b->call_from_ms && a->call_to_ms == b->call_to_ms &&
	       a->official == b->official && a->international == b->international &&
	       a->needs_number == b->needs_number && strcmp(a->receipt, b->receipt) == 0;
}

static void same_as_plain(const char *text, size_t len, struct compared *compared)
{
	struct report_reading plain;
	*compared = (struct compared){ .calls = 0 };
	ck_assert_int_eq(report_parse_text(test_language(), test_keywords(), text, len,
					   wednesday_ms, &plain),
			 0);
	ck_assert_int_eq(report_explain_text(test_language(), test_keywords(), text, len,
					     wednesday_ms, keep, compared),
			 0);
	ck_assert_int_eq(compared->calls, 1);
	ck_assert_msg(same_reading(&plain, &compared->reading), "'%.*s'", (int)len, text);
}

START_TEST(test_explain_when_development_set_then_reading_as_without)
{
	struct compared compared;
	json_t *row;
	FILE *file = fopen("tests/data/reports-dev.jsonl", "r");
	ck_assert_ptr_nonnull(file);
	while ((row = json_loadf(file, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL))) {
		json_t *text = json_object_get(row, "text");
		same_as_plain(json_string_value(text), json_string_length(text), &compared);
		json_decref(row);
	}
	fclose(file);
}
END_TEST

START_TEST(test_explain_when_notes_do_not_fit_then_counted)
{
	static const char once[] = "98元，";
	enum { TIMES = EXPLAIN_NOTES_MAX + 10 };
	size_t len = sizeof(once) - 1;
	char *text = malloc(len * TIMES);
	struct compared compared;
	for (size_t i = 0; i < TIMES; i++)
		memcpy(text + i * len, once, len);
	same_as_plain(text, len * TIMES, &compared);
	ck_assert_uint_ge(compared.left_out, 10);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("parse_explain");
	TCase *tc = tcase_create("all");
	tcase_add_loop_test(tc, test_explain_when_text_read_then_rule_and_word_told, 0,
			    sizeof rows / sizeof rows[0]);
	tcase_add_test(tc, test_explain_when_json_then_id_and_text_as_given);
	tcase_add_test(tc, test_explain_when_development_set_then_reading_as_without);
	tcase_add_test(tc, test_explain_when_notes_do_not_fit_then_counted);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
