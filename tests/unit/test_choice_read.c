/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_choice_read.c - short answers to our questions, and texts that are none. */
#include "rules/choice_read.h"
#include "tests/unit/tables.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(test_choice_when_written_in_any_way_then_its_place)
{
	static const struct {
		const char *text;
		int want;
	} table[] = {
		{ "1", 1 },
		{ "9", 9 },
		{ " 2 ", 2 },
		{ "2.", 2 },
		{ "2）", 2 },
		{ "(2)", 2 },
		{ "２", 2 },
		{ "②", 2 },
		{ "❷", 2 },
		{ "⒉", 2 },
		{ "2️⃣", 2 },
		{ "二", 2 },
		{ "贰", 2 },
		{ "第2个", 2 },
		{ "第二个", 2 },
		{ "选2", 2 },
		{ "選２", 2 },
		{ "我选第3个吧", 3 },
		{ "我要举报第3个", 3 },
		{ "是3号", 3 },
		{ "序号：4", 4 },
		{ "回复 5，谢谢", 5 },
		{ "就是第六个那个", 6 },
		{ "No.7", 7 },
		{ "number 8 please", 8 },
		{ "the 2nd one", 2 },
		{ "Option 3", 3 },
		{ "2，推销宽带的", 2 },
		{ "第2个。说是送流量", 2 },
		{ "2 推销宽带", 2 },
		/* None. */
		{ "", 0 },
		{ "0", 0 },
		{ "10", 0 },
		{ "12", 0 },
		{ "十二", 0 },
		{ "二十", 0 },
		{ "第", 0 },
		{ "选", 0 },
		{ "4G", 0 },
		{ "4 g", 0 },
		{ "3点", 0 },
		{ "3 点打来的", 0 },
		{ "三个月", 0 },
		{ "2 个人打来", 0 },
		{ "8月3日", 0 },
		{ "1/2", 0 },
		{ "1 2", 0 },
		{ "1、2", 0 },
		{ "110", 0 },
		{ "13712345678", 0 },
		{ "2 13712345678", 0 },
		{ "一直打电话推销", 0 },
		{ "我要举报推销电话", 0 },
		{ "你好", 0 },
		{ "CXJB", 0 },
		{ "\xff\xfe", 0 },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		int got = choice_read(test_language(), table[i].text, strlen(table[i].text));
		ck_assert_msg(got == table[i].want, "'%s': %d", table[i].text, got);
	}
}
END_TEST

START_TEST(test_consent_when_written_in_any_way_then_read)
{
	static const struct {
		const char *text;
		bool want;
	} table[] = {
		{ "是", true },
		{ "是的。", true },
		{ " 对！", true },
		{ "對的", true },
		{ "Y", true },
		{ "ｙｅｓ", true },
		{ "OK", true },
		{ "嗯", true },
		{ "没错", true },
		{ "就是这个", true },
		{ "", false },
		{ "不是", false },
		{ "是吗", false },
		{ "对不起", false },
		{ "N", false },
		{ "no", false },
		{ "你好", false },
		{ "yesterday", false },
		{ "是13712345678", false },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++)
		ck_assert_msg(consent_read(test_language(), table[i].text, strlen(table[i].text)) ==
				      table[i].want,
			      "'%s'", table[i].text);
}
END_TEST

/* A long text is not cut to one that reads as an answer; one of the greatest length is read. */
START_TEST(test_answer_when_text_is_long_then_only_within_the_bound)
{
	char text[CHOICE_TEXT_MAX + 2];

	memset(text, ' ', sizeof(text));
	text[0] = '2';
	ck_assert_int_eq(choice_read(test_language(), text, CHOICE_TEXT_MAX), 2);
	ck_assert_int_eq(choice_read(test_language(), text, CHOICE_TEXT_MAX + 1), 0);
	text[0] = 'y';
	ck_assert(consent_read(test_language(), text, CHOICE_TEXT_MAX));
	ck_assert(!consent_read(test_language(), text, CHOICE_TEXT_MAX + 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("choice_read");
	TCase *tc = tcase_create("core");
	tcase_add_test(tc, test_choice_when_written_in_any_way_then_its_place);
	tcase_add_test(tc, test_consent_when_written_in_any_way_then_read);
	tcase_add_test(tc, test_answer_when_text_is_long_then_only_within_the_bound);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
