/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_blocked_list.c - the list of what was blocked, stored and read back; what asks for it. */
#include "rules/blocked_list.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules/blocked_keyword.h"
#include "tests/unit/keywords.h"
#include "tests/unit/tables.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct blocked_list make_list(size_t count)
{
	static const char *const senders[] = { "+85298765432", "withheld", "MY BANK", "10690001",
					       "+882123456789012" };
	struct blocked_list list = { .count = count };

	for (size_t i = 0; i < count; i++) {
		struct blocked_entry *entry = &list.entries[i];

		strcpy(entry->sender.text, senders[i % COUNT_OF(senders)]);
		entry->channel = i % 2 ? BLOCKED_SMS : BLOCKED_CALL;
		entry->last_ms = INT64_MAX - (int64_t)i;
		entry->count = BLOCKED_COUNT_MAX - (uint32_t)i;
	}
	return list;
}

START_TEST(test_list_when_written_then_read_back)
{
	for (size_t count = 0; count <= BLOCKED_LIST_MAX; count++) {
		struct blocked_list list = make_list(count), got;
		char text[BLOCKED_LIST_TEXT_MAX], again[BLOCKED_LIST_TEXT_MAX];

		blocked_list_write(&list, text);
		ck_assert_int_eq(blocked_list_read(text, &got), 0);
		ck_assert_uint_eq(got.count, count);
		for (size_t i = 0; i < count; i++) {
			ck_assert_str_eq(got.entries[i].sender.text, list.entries[i].sender.text);
			ck_assert_int_eq(got.entries[i].channel, list.entries[i].channel);
			ck_assert_int_eq(got.entries[i].last_ms, list.entries[i].last_ms);
			ck_assert_uint_eq(got.entries[i].count, list.entries[i].count);
		}
		blocked_list_write(&got, again);
		ck_assert_str_eq(again, text);
	}
}
END_TEST

START_TEST(test_list_when_text_is_broken_then_refused_and_untouched)
{
	static const char *const broken[] = {
		"2 3 1000 +85298765432",
		"2 3 1000 \n",
		"2 3 +85298765432\n",
		"3 3 1000 +85298765432\n",
		"0 3 1000 +85298765432\n",
		"2 0 1000 +85298765432\n",
		"2 -1 1000 +85298765432\n",
		"2 3 99999999999999999999 +85298765432\n",
		"2 1000000001 1000 +85298765432\n",
		"2 3 1000 +852987654321098765432109\n",
		"2 3 1000 +0\n",
		"\n",
		"x",
		"2 1 1 1\n2 1 1 1\n2 1 1 1\n2 1 1 1\n2 1 1 1\n2 1 1 1\n2 1 1 1\n2 1 1 1\n2 1 1 1\n"
		"2 1 1 1\n",
	};
	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		struct blocked_list list = { .count = 77 };

		ck_assert_msg(blocked_list_read(broken[i], &list) == -EBADMSG, "%s", broken[i]);
		ck_assert_uint_eq(list.count, 77);
	}
}
END_TEST

START_TEST(test_keyword_when_read_then_sense_and_argument)
{
	static const struct {
		const char *text;
		enum keyword_sense sense;
		int place;
		const char *sender;
	} table[] = {
		{ "CXLJ", KEYWORD_BLOCKED_LIST, 0, "" },
		{ " cxlj。", KEYWORD_BLOCKED_LIST, 0, "" },
		{ "ＣＸＬＪ", KEYWORD_BLOCKED_LIST, 0, "" },
		{ "拦截记录", KEYWORD_BLOCKED_LIST, 0, "" },
		{ "攔截記錄", KEYWORD_BLOCKED_LIST, 0, "" },
		{ "查询拦截记录！", KEYWORD_BLOCKED_LIST, 0, "" },
		{ "Blocked?", KEYWORD_BLOCKED_LIST, 0, "" },
		{ "FX", KEYWORD_RELEASE, 0, "" },
		{ "FX2", KEYWORD_RELEASE, 2, "" },
		{ "fx ２", KEYWORD_RELEASE, 2, "" },
		{ "放行②", KEYWORD_RELEASE, 2, "" },
		{ "放行第2个", KEYWORD_RELEASE, 2, "" },
		{ "放行第3条。", KEYWORD_RELEASE, 3, "" },
		{ "FX+85298765432", KEYWORD_RELEASE, 0, "+85298765432" },
		{ "放行：00852 9876 5432", KEYWORD_RELEASE, 0, "+85298765432" },
		{ "release 139-1234-5678", KEYWORD_RELEASE, 0, "+8613912345678" },
		{ "FX 10086", KEYWORD_RELEASE, 0, "10086" },
		{ "FX MyBank", KEYWORD_RELEASE, 0, "mybank" },
		{ "ZB", KEYWORD_DIGEST_ON, 0, "" },
		{ "每日汇总", KEYWORD_DIGEST_ON, 0, "" },
		{ "取消每日汇总", KEYWORD_DIGEST_OFF, 0, "" },
		{ "QXZB", KEYWORD_DIGEST_OFF, 0, "" },
		{ "digest off", KEYWORD_DIGEST_OFF, 0, "" },
		{ "", KEYWORD_NONE, 0, "" },
		{ "CXLJ 1", KEYWORD_NONE, 0, "" },
		{ "fxck", KEYWORD_NONE, 0, "" },
		{ "zbs", KEYWORD_NONE, 0, "" },
		{ "放行张三的电话", KEYWORD_NONE, 0, "" },
		{ "请放行2", KEYWORD_NONE, 0, "" },
		{ "拦截记录怎么查", KEYWORD_NONE, 0, "" },
		{ "国际短信我不要收，帮我拦截", KEYWORD_NONE, 0, "" },
		{ "CXPB", KEYWORD_NONE, 0, "" },
		{ "放行12", KEYWORD_NONE, 0, "" },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct blocked_request got = blocked_keyword_read(
			test_language(), test_keywords(), table[i].text, strlen(table[i].text));

		ck_assert_msg(got.sense == table[i].sense && got.place == table[i].place &&
				      strcmp(got.sender.text, table[i].sender) == 0,
			      "%s: %d %d '%s'", table[i].text, got.sense, got.place,
			      got.sender.text);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("blocked_list");
	TCase *tc = tcase_create("core");
	tcase_add_test(tc, test_list_when_written_then_read_back);
	tcase_add_test(tc, test_list_when_text_is_broken_then_refused_and_untouched);
	tcase_add_test(tc, test_keyword_when_read_then_sense_and_argument);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
