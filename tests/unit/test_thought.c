/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_thought.c - when two texts are one thought. */
#include "rules/thought.h"
#include "tests/unit/keywords.h"
#include "tests/unit/tables.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* 2025-11-22T10:30:00+08:00 */
static const int64_t now_ms = INT64_C(1763778600000);

static void read(const char *text, struct report_reading *out)
{
	ck_assert_int_eq(report_parse_text(test_language(), test_keywords(), text, strlen(text),
					   now_ms, out),
			 0);
}

static bool goes_on(const char *first, const char *second, struct report_reading *whole)
{
	struct report_reading one, two;

	read(first, &one);
	read(second, &two);
	ck_assert_msg(one.number_count == 1, "'%s' names %zu numbers", first, one.number_count);
	const struct thought thought = {
		.first = first,
		.number = &one.numbers[0],
		.has_topic = one.category != REPORT_UNKNOWN,
		.has_time = one.has_call_time,
	};
	return thought_goes_on(test_language(), &thought, second, &two, now_ms, whole);
}

START_TEST(test_thought_when_split_then_read_as_one)
{
	static const struct {
		const char *first, *second;
		enum report_category category;
		bool has_time;
	} table[] = {
		{ "13712345678", "推销宽带的", REPORT_BROADBAND, false },
		{ "13712345678", "昨天下午三点打电话推销宽带", REPORT_BROADBAND, true },
		{ "举报13712345678", "昨天下午三点打来的", REPORT_UNKNOWN, true },
		{ "13712345678", "我要举报骚扰电话", REPORT_UNKNOWN, false },
		{ "13712345678 推销宽带", "昨天下午三点打来的电话", REPORT_BROADBAND, true },
		{ "137 1234 5678", "broadband sales call", REPORT_BROADBAND, false },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct report_reading whole;
		ck_assert_msg(goes_on(table[i].first, table[i].second, &whole), "'%s' + '%s'",
			      table[i].first, table[i].second);
		ck_assert_str_eq(whole.numbers[0].text, "+8613712345678");
		ck_assert_msg(whole.category == table[i].category &&
				      whole.has_call_time == table[i].has_time,
			      "'%s' + '%s': %s, time %d", table[i].first, table[i].second,
			      report_category_name(whole.category), whole.has_call_time);
	}
}
END_TEST

START_TEST(test_thought_when_another_then_not_joined)
{
	static const struct {
		const char *first, *second;
	} table[] = {
		{ "13712345678", "13787654321" },
		{ "13712345678", "还有一个推销保险的" },
		{ "13712345678", "CXJB" },
		{ "13712345678", "帮助" },
		{ "13712345678", "谢谢" },
		{ "13712345678", "你好" },
		{ "13712345678", "申诉" },
		{ "13712345678", "" },
		{ "13712345678", "2" },
		{ "13712345678 昨天推销宽带", "我要举报推销电话" },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct report_reading whole = { .scope = REPORT_SCOPE_SMS };
		ck_assert_msg(!goes_on(table[i].first, table[i].second, &whole), "'%s' + '%s'",
			      table[i].first, table[i].second);
		ck_assert_int_eq(whole.scope, REPORT_SCOPE_SMS);
	}
}
END_TEST

static bool ends(const char *first, const char *second, struct report_reading *whole)
{
	struct report_reading number;

	read(second, &number);
	return thought_ends(test_language(), first, second, &number, now_ms, whole);
}

START_TEST(test_thought_when_words_come_first_then_read_as_one)
{
	static const struct {
		const char *first, *second;
		enum report_category category;
		bool has_time;
	} table[] = {
		{ "推销宽带", "13712345678", REPORT_BROADBAND, false },
		{ "昨天下午三点", "13712345678", REPORT_UNKNOWN, true },
		{ "您好,有人昨天下午三点说宽带优惠", "号码是13712345678", REPORT_BROADBAND, true },
		{ "broadband", "137-1234-5678", REPORT_BROADBAND, false },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct report_reading whole;
		ck_assert_msg(ends(table[i].first, table[i].second, &whole), "'%s' + '%s'",
			      table[i].first, table[i].second);
		ck_assert_str_eq(whole.numbers[0].text, "+8613712345678");
		ck_assert_msg(whole.category == table[i].category &&
				      whole.has_call_time == table[i].has_time,
			      "'%s' + '%s': %s, time %d", table[i].first, table[i].second,
			      report_category_name(whole.category), whole.has_call_time);
	}
}
END_TEST

START_TEST(test_thought_when_words_add_nothing_then_the_number_stands_alone)
{
	static const struct {
		const char *first, *second;
	} table[] = {
		{ "你好", "13712345678" },	 { "谢谢", "13712345678" },
		{ "帮助", "13712345678" },	 { "推销宽带", "还有一个13712345678" },
		{ "推销宽带", "谢谢" },		 { "推销宽带13787654321", "13712345678" },
		{ "我的号码是", "13712345678" },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct report_reading whole = { .scope = REPORT_SCOPE_SMS };
		ck_assert_msg(!ends(table[i].first, table[i].second, &whole), "'%s' + '%s'",
			      table[i].first, table[i].second);
		ck_assert_int_eq(whole.scope, REPORT_SCOPE_SMS);
	}
}
END_TEST

START_TEST(test_thought_when_too_long_then_two)
{
	char second[THOUGHT_TEXT_MAX + 1];
	struct report_reading whole;
	size_t room = THOUGHT_TEXT_MAX - strlen("13712345678\n");

	memset(second, ' ', sizeof(second));
	memcpy(second, "推销宽带", strlen("推销宽带"));
	second[room] = '\0';
	ck_assert(goes_on("13712345678", second, &whole));
	second[room] = ' ';
	second[room + 1] = '\0';
	ck_assert(!goes_on("13712345678", second, &whole));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("thought");
	TCase *tc = tcase_create("core");
	tcase_add_test(tc, test_thought_when_split_then_read_as_one);
	tcase_add_test(tc, test_thought_when_another_then_not_joined);
	tcase_add_test(tc, test_thought_when_words_come_first_then_read_as_one);
	tcase_add_test(tc, test_thought_when_words_add_nothing_then_the_number_stands_alone);
	tcase_add_test(tc, test_thought_when_too_long_then_two);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
