/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rules/cue.h"
#include "rules/lexicon.h"
#include "rules/number_find.h"
#include "rules/report_parse.h"
#include "rules/text_fold.h"
#include "rules/text_fold_table.h"
#include "tests/unit/keywords.h"
#include "tests/unit/tables.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { SUMMARY_MAX = 512 };

/* Wednesday, 2025-09-17 10:30 in +08:00 */
static const int64_t wednesday_ms = 1758076200000;

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void append(char *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append(char *out, const char *format, ...)
{
	size_t len = strlen(out);
	va_list args;
	va_start(args, format);
	vsnprintf(out + len, SUMMARY_MAX - len, format, args);
	va_end(args);
}

static void append_time(char *out, const char *sign, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000 + 8 * 3600);
	struct tm tm;
	gmtime_r(&seconds, &tm);
	append(out, "%s%04d-%02d-%02d %02d:%02d", sign, tm.tm_year + 1900, tm.tm_mon + 1,
	       tm.tm_mday, tm.tm_hour, tm.tm_min);
}

/* Intent, numbers, then what is not the usual: category, scope, receipt, flags, window. */
static void summarize(const struct report_reading *r, char out[SUMMARY_MAX])
{
	out[0] = '\0';
	append(out, "%s", report_intent_name(r->intent));
	for (size_t i = 0; i < r->number_count; i++)
		append(out, " %s", r->numbers[i].text);
	if (r->category != REPORT_UNKNOWN)
		append(out, " %s", report_category_name(r->category));
	if (r->scope != REPORT_SCOPE_BOTH)
		append(out, " %s", report_scope_name(r->scope));
	if (r->receipt[0])
		append(out, " %s", r->receipt);
	for (size_t i = 0; i < r->number_count; i++) {
		if (r->alike[i].kind)
			append(out, " %s=%s", number_alike_name(r->alike[i].kind),
			       r->alike[i].official);
	}
	if (r->unread.kind)
		append(out, " unread %s=%s", number_alike_name(r->unread.kind), r->unread.official);
	append(out, "%s%s%s%s", r->either ? " either" : "", r->official ? " official" : "",
	       r->international ? " abroad" : "", r->needs_number ? " needs" : "");
	if (r->has_call_time) {
		append_time(out, " ", r->call_from_ms);
		append_time(out, "/", r->call_to_ms);
	}
}

struct row {
	const char *text;
	const char *reading;
};

static const struct row rows[] = {
	/* numbers in every writing */
	{ "13812345678", "report_call +8613812345678" },
	{ "１３８１２３４５６７８", "report_call +8613812345678" },
	{ "㈠㈢㈧㈠㈡㈢㈣㈤㈥㈦㈧", "report_call +8613812345678" },
	{ "⑴⑶⑻⑴⑵⑶⑷⑸⑹⑺⑻", "report_call +8613812345678" },
	{ "¹³⁸¹²³⁴⁵⁶⁷⁸", "report_call +8613812345678" },
	{ "𝟏𝟑𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖", "report_call +8613812345678" },
	{ "幺叁捌幺二三四五六七八", "report_call +8613812345678" },
	{ "l38I2345678", "report_call +8613812345678" },
	{ "138\n1234\t5678", "report_call +8613812345678" },
	{ "138\xc2\xad"
	  "1234\xe2\x80\xae"
	  "5678",
	  "report_call +8613812345678" },
	{ "+86 10 6222 1112", "report_call +861062221112" },
	{ "10-68083018", "report_call +861068083018" },
	{ "1068083018", "report_sms 1068083018" },
	{ "010-62221113转8001", "report_call +861062221113" },
	{ "400-123-4567-802", "report_call 4001234567" },
	{ "00 81 (0)3 5123 0104", "report_call +81351230104 abroad" },
	{ "sip:+8613812345678@ims.example.org 推销", "report_call +8613812345678" },
	{ "10086999 13812345678", "report_call +8613812345678" },
	/* imitations of official numbers keep their canonical form */
	{ "1OO85打来推销套餐", "report_call 10085 plan_upgrade letters=10085 official" },
	{ "ЮO85推销", "report_call needs" },
	{ "1ОО86打来推销", "report_call 10086 letters=10086 official" },
	{ "丨3812345678推销", "report_call +8613812345678" },
	{ "+8610085打电话推销宽带", "report_call 10085 broadband country=10085 official" },
	{ "0086-10086打电话推销", "report_call 10086 country=10086 official" },
	{ "10085打来，+8610085又打来推销", "report_call 10085 country=10085 official" },
	{ "100851234推销宽带", "report_call 100851234 broadband longer=10085" },
	{ "100855推销宽带", "report_call 100855 broadband repeated=10085" },
	{ "010085打电话推销宽带", "report_call broadband unread zero=10085 needs" },
	{ "13812345678冒充010086推销", "report_call +8613812345678 unread zero=10086" },
	{ "02110086打来推销", "report_call 10086 official" },
	{ "１００８５打来推销", "report_call 10085 official" },
	/* prefixes that are numbers by themselves */
	{ "17951", "report_call 17951" },
	{ "17951 138 1234 5678推销", "report_call +8613812345678" },
	{ "11808-13812345678推销", "report_call +8613812345678" },
	{ "12583113812345678推销", "report_call +8613812345678" },
	{ "125832 13812345678推销", "report_call +8613812345678" },
	/* digits in several writings that touch are one number */
	{ "投诉 1829o963930 强行推销", "report_call +8618290963930" },
	{ "推销的是10692862780o312", "report_sms 106928627800312" },
	{ "捌零零二二96523骚扰", "report_call 8002296523" },
	{ "九五零壹九177骚扰", "report_call 95019177" },
	{ "95013四六三打电话推销", "report_call 95013463" },
	{ "⑷00⑼⑸⑺⑴⑸⑵⑴骚扰", "report_call 4009571521" },
	{ "10085一直打电话推销", "report_call 10085 official" },
	{ "13812345678一天打三次", "report_call +8613812345678" },
	{ "195-86966026推销", "report_call +8619586966026" },
	{ "1-0-6-5-3-1-1-9-1-7-2-9推销", "report_sms 106531191729" },
	{ "8-5-3-6-6-1-2-3-2-6-0推销", "report_call needs" },
	/* what stands before a code */
	{ "我要举报95510", "report_call 95510" },
	{ "举报：95012512，卖保险", "report_call 95012512 insurance" },
	{ "昨天晚上95147打来推销", "report_call 95147 2025-09-16 18:00/2025-09-17 00:00" },
	{ "接到(96277)打来的推销电话", "report_call 96277" },
	{ "打10086也没人管，13812345678又打来", "report_call +8613812345678" },
	{ "13812345678推销，我已经报10086了", "report_call +8613812345678" },
	/* the end of a number is no amount, a word before it no receipt, a number before a time
	 * none of it
	 */
	{ "1 3 8 1 2 3 4 5 6 7 8个人推销", "report_call +8613812345678" },
	{ "10085 3次打来推销", "report_call 10085 official" },
	{ "report 4 0 0 9 9 5 0 1 3 9 spam call", "report_call 4009950139" },
	{ "r7k3 m9q2", "status_query R7K3M9Q2" },
	{ "13812345678半小时前推销",
	  "report_call +8613812345678 2025-09-17 09:45/2025-09-17 10:15" },
	{ "10085昨天三点打来推销", "report_call 10085 official 2025-09-16 14:30/2025-09-16 15:30" },
	{ "10085三点打来推销", "report_call 10085 official 2025-09-17 02:30/2025-09-17 03:30" },
	/* division of runs */
	{ "①13812345678②13900139000", "report_call +8613812345678 +8613900139000" },
	{ "1、138 1234 5678 2、139 0013 9000", "report_call +8613812345678 +8613900139000" },
	{ "13812345678/13900139000", "report_call +8613812345678 +8613900139000" },
	{ "13812345678，13812345678", "report_call +8613812345678" },
	{ "138-1234-5678-1", "report_call needs" },
	{ "138123456789", "report_call needs" },
	{ "1381234567813900139000", "report_call needs" },
	{ "10690****1234 推销", "report_call needs" },
	{ "88001234 推销", "report_call needs" },
	/* digits that are no number */
	{ "13812345678推销98元套餐含30GB", "report_call +8613812345678 plan_upgrade" },
	{ "13812345678 工号10086 推销", "report_call +8613812345678" },
	{ "卡号6222 0212 3456 7890 123，13812345678骗我", "report_call +8613812345678 other" },
	{ "13812345678 QQ号2345678901 贷款", "report_call +8613812345678 loan" },
	{ "加微信13812345678 推销", "report_call needs" },
	{ "微信同号13812345678 推销", "report_call +8613812345678" },
	{ "http://a.example.cn/13812345678 推销", "report_call needs" },
	/* roles */
	{ "不是13812345678，是13900139000", "report_call +8613900139000" },
	{ "13812345678号码写错了，应该是13900139000", "report_call +8613900139000" },
	{ "除了13812345678还有13900139000都推销", "report_call +8613812345678 +8613900139000" },
	{ "用我妈的号13812345678举报13900139000推销", "report_call +8613900139000" },
	{ "13900139000推销，请联系我13812345678", "report_call +8613900139000" },
	{ "13900139000自称10086推销", "report_call +8613900139000" },
	{ "10086又打来推销套餐", "report_call 10086 plan_upgrade official" },
	{ "13900139000骚扰，打12315也没用", "report_call +8613900139000" },
	/* intents */
	{ "", "empty" },
	{ "……！🙂", "empty" },
	{ "7", "chat" },
	{ "你好呀", "chat" },
	{ "我不是要举报，问个事", "chat" },
	{ "我要办宽带", "chat" },
	{ "ＫＴＪＷＰＢ", "block_on" },
	{ "kt jw ld pb", "block_on call" },
	{ "QXGJDXPB。", "block_off sms" },
	{ "cxpb", "block_query" },
	{ "國外短信我都不想收", "block_on sms" },
	{ "帮我把国际电话屏蔽关了", "block_off call" },
	{ "境外短信屏蔽开了吗", "block_query sms" },
	{ "怎么取消境外来电屏蔽", "help" },
	{ "举报成功给多少流量", "help" },
	{ "对处理结果不满意", "appeal" },
	{ "ss r7k3 m9q2", "appeal R7K3M9Q2" },
	{ "R20250730000123", "status_query R20250730000123" },
	{ "上次举报13812345678查实了没有", "status_query +8613812345678" },
	{ "R7K3M9Q2 13812345678又推销宽带", "report_call +8613812345678 broadband R7K3M9Q2" },
	{ "td", "unsubscribe" },
	{ "请停止发送短信", "unsubscribe" },
	{ "老接到骚扰电话", "report_call needs" },
	{ "13812345678发短信又打电话", "report_call +8613812345678" },
	{ "10690001234打电话给我", "report_call 10690001234" },
	{ "10690001234发来：【XX】致电4001234567领奖", "report_sms 10690001234 other" },
	{ "转发：【XX】致电4001234567领奖", "spam_forward 4001234567 other" },
	{ "【XX银行】额度待领取，点击 http://a.example.cn/x", "spam_forward loan needs" },
	/* categories */
	{ "13812345678办宽带送手机", "report_call +8613812345678 broadband" },
	{ "13812345678送手机", "report_call +8613812345678 device" },
	{ "13812345678升级千兆", "report_call +8613812345678 broadband" },
	{ "13812345678升级", "report_call +8613812345678 plan_upgrade" },
	{ "13812345678 5G手机", "report_call +8613812345678 device" },
	{ "13812345678推销电话卡", "report_call +8613812345678 other" },
	{ "13812345678信用卡", "report_call +8613812345678 loan" },
	{ "13812345678冒充移动", "report_call +8613812345678" },
	{ "13812345678很危险", "report_call +8613812345678" },
/* times, from Wednesday 2025-09-17 10:30 */
#define TIME_ROW(text, window)                                                                     \
	{                                                                                          \
		"13812345678 " text, "report_call +8613812345678 " window                          \
	}
	TIME_ROW("9:20", "2025-09-17 09:10/2025-09-17 09:30"),
	TIME_ROW("约9:20", "2025-09-17 09:05/2025-09-17 09:35"),
	TIME_ROW("下午三点半", "2025-09-16 15:15/2025-09-16 15:45"),
	TIME_ROW("下午三点", "2025-09-16 14:30/2025-09-16 15:30"),
	TIME_ROW("昨天三点", "2025-09-16 14:30/2025-09-16 15:30"),
	TIME_ROW("15点整", "2025-09-16 14:50/2025-09-16 15:10"),
	TIME_ROW("8点多", "2025-09-17 08:00/2025-09-17 09:00"),
	TIME_ROW("不到九点", "2025-09-17 08:30/2025-09-17 09:00"),
	TIME_ROW("刚过九点", "2025-09-17 09:00/2025-09-17 09:30"),
	TIME_ROW("两点到三点半", "2025-09-17 02:00/2025-09-17 03:30"),
	TIME_ROW("上午9-10点", "2025-09-17 09:00/2025-09-17 10:00"),
	TIME_ROW("昨天上午", "2025-09-16 08:00/2025-09-16 12:00"),
	TIME_ROW("傍黑", "2025-09-16 17:00/2025-09-16 20:00"),
	TIME_ROW("昨晚12点", "2025-09-16 23:30/2025-09-17 00:30"),
	TIME_ROW("昨晚半夜一点", "2025-09-17 00:30/2025-09-17 01:30"),
	TIME_ROW("昨天中午一点", "2025-09-16 12:30/2025-09-16 13:30"),
	TIME_ROW("刚刚", "2025-09-17 09:30/2025-09-17 10:30"),
	TIME_ROW("5分钟前", "2025-09-17 10:15/2025-09-17 10:30"),
	TIME_ROW("几分钟前", "2025-09-17 10:15/2025-09-17 10:30"),
	TIME_ROW("十几分钟前", "2025-09-17 10:10/2025-09-17 10:20"),
	TIME_ROW("半个钟头前", "2025-09-17 09:45/2025-09-17 10:15"),
	TIME_ROW("一个半小时前", "2025-09-17 08:30/2025-09-17 09:30"),
	TIME_ROW("两三个小时前", "2025-09-17 07:30/2025-09-17 08:30"),
	TIME_ROW("三天前", "2025-09-14 00:00/2025-09-15 00:00"),
	TIME_ROW("上周", "2025-09-08 00:00/2025-09-15 00:00"),
	TIME_ROW("上周五", "2025-09-12 00:00/2025-09-13 00:00"),
	TIME_ROW("周四", "2025-09-11 00:00/2025-09-12 00:00"),
	TIME_ROW("周末", "2025-09-13 00:00/2025-09-15 00:00"),
	TIME_ROW("上周末", "2025-09-13 00:00/2025-09-15 00:00"),
	TIME_ROW("12月31号", "2024-12-31 00:00/2025-01-01 00:00"),
	TIME_ROW("31号", "2025-08-31 00:00/2025-09-01 00:00"),
	TIME_ROW("元旦", "2025-01-01 00:00/2025-01-02 00:00"),
	TIME_ROW("8/30", "2025-08-30 00:00/2025-08-31 00:00"),
	TIME_ROW("30/08/2025", "2025-08-30 00:00/2025-08-31 00:00"),
	TIME_ROW("2025-09-16T01:30:00Z", "2025-09-16 09:20/2025-09-16 09:40"),
	TIME_ROW("last Friday 3 pm", "2025-09-12 14:30/2025-09-12 15:30"),
	TIME_ROW("今天", "2025-09-17 00:00/2025-09-17 10:30"),
	TIME_ROW("大概下午三点，昨天", "2025-09-16 14:30/2025-09-16 15:30"),
	TIME_ROW("昨天下午四点打过，今天又打", "2025-09-17 00:00/2025-09-17 10:30"),
#undef TIME_ROW
	{ "13812345678 今天下午三点", "report_call +8613812345678" },
	{ "13812345678 每天早上八点", "report_call +8613812345678" },
	{ "13812345678 最近老打", "report_call +8613812345678" },
	{ "13812345678 响了3分钟", "report_call +8613812345678" },
	{ "13812345678 一点都不懂", "report_call +8613812345678" },
	{ "13812345678 有三点意见", "report_call +8613812345678" },
	/* letters for digits, each set apart */
	{ "l 3 8 - O O l 2 - 3 4 5 6 卖宽带", "report_call +8613800123456 broadband" },
	{ "I O U 推销宽带", "report_call broadband needs" },
	/* what stands round digits */
	{ "【13812345678】*【装修】", "report_call +8613812345678 other" },
	{ "①13812345678②今天9:05③宽带",
	  "report_call +8613812345678 broadband 2025-09-17 08:55/2025-09-17 09:15" },
	{ "1、13812345678，2、13912345678，推销的，俩号",
	  "report_call +8613812345678 +8613912345678" },
	{ "on May 6 at 9:30 13812345678 called about broadband",
	  "report_call +8613812345678 broadband 2025-05-06 09:20/2025-05-06 09:40" },
	{ "it may be broadband, 13812345678 called", "report_call +8613812345678 broadband" },
	{ "【银行】恭喜您获得贷款额度，致电95588领取", "spam_forward 95588 loan" },
	/* one of two */
	{ "13812345678或者13912345678打来推销的",
	  "report_call +8613812345678 +8613912345678 either" },
	{ "好像是13812345678，要么就是13912345678，卖宽带",
	  "report_call +8613812345678 +8613912345678 broadband either" },
	{ "13812345678 or 13912345678 called me",
	  "report_call +8613812345678 +8613912345678 either" },
	{ "13812345678和13912345678打来推销的", "report_call +8613812345678 +8613912345678" },
	{ "13812345678 或 13812345678 打来推销的", "report_call +8613812345678" },
	{ "13812345678推销，回复TD或者拨打13912345678都没用", "report_call +8613812345678" },
};

START_TEST(test_parse_when_any_text_then_read_by_contract)
{
	struct report_reading r;
	char summary[SUMMARY_MAX];

	ck_assert_int_eq(report_parse_text(test_language(), test_keywords(), rows[_i].text,
					   strlen(rows[_i].text), wednesday_ms, &r),
			 0);
	summarize(&r, summary);
	ck_assert_msg(strcmp(summary, rows[_i].reading) == 0, "row '%s': got '%s', not '%s'",
		      rows[_i].text, summary, rows[_i].reading);
}
END_TEST

/* Nobody reports themselves, however the text puts it. */
static const struct {
	const char *text;
	const char *reading;
} forget_rows[] = {
	{ "我13812345678，被13912345678骚扰，还有+85291234567",
	  "report_call +8613912345678 +85291234567 abroad" },
	{ "13812345678或者13912345678打来推销的", "report_call +8613912345678" },
	{ "13812345678 推销保险", "report_call insurance needs" },
	{ "13912345678 推销保险", "report_call +8613912345678 insurance" },
	{ "【银行】恭喜您获得贷款额度，致电13812345678领取", "spam_forward loan needs" },
	{ "谢谢", "chat" },
};

START_TEST(test_forget_when_number_was_read_then_as_if_it_were_not_there)
{
	struct report_reading r;
	char summary[SUMMARY_MAX];

	ck_assert_int_eq(report_parse_text(test_language(), test_keywords(), forget_rows[_i].text,
					   strlen(forget_rows[_i].text), wednesday_ms, &r),
			 0);
	report_forget_number(&r, "+8613812345678");
	summarize(&r, summary);
	ck_assert_msg(strcmp(summary, forget_rows[_i].reading) == 0, "row '%s': got '%s', not '%s'",
		      forget_rows[_i].text, summary, forget_rows[_i].reading);
}
END_TEST

/* Texts over the stack buffer take the other way through the allocator. */
START_TEST(test_parse_when_text_is_long_then_read_alike)
{
	enum { PADDING = 4000 };
	struct report_reading r;
	char *text = malloc(PADDING + SUMMARY_MAX), summary[SUMMARY_MAX];

	ck_assert_ptr_nonnull(text);
	memset(text, ' ', PADDING);
	strcpy(text + PADDING, rows[_i].text);
	ck_assert_int_eq(report_parse_text(test_language(), test_keywords(), text, strlen(text),
					   wednesday_ms, &r),
			 0);
	free(text);
	summarize(&r, summary);
	ck_assert_msg(strcmp(summary, rows[_i].reading) == 0, "row '%s': got '%s'", rows[_i].text,
		      summary);
}
END_TEST

START_TEST(test_parse_when_memory_is_out_then_enomem_and_output_untouched)
{
	struct report_reading r, before;
	memset(&r, 0x5a, sizeof(r));
	before = r;
	/* More than any address space has: refused before the text is looked at. */
	ck_assert_int_eq(report_parse_text(test_language(), test_keywords(), "1", (size_t)1 << 47,
					   wednesday_ms, &r),
			 -ENOMEM);
	ck_assert_mem_eq(&r, &before, sizeof(r));
}
END_TEST

START_TEST(test_parse_when_text_holds_nul_and_broken_utf8_then_number_still_read)
{
	static const char text[] = "138\0001234\xff 5678\x04 \xe4\xb8 \xf0\x9f";
	struct report_reading r;
	char summary[SUMMARY_MAX];

	ck_assert_int_eq(report_parse_text(test_language(), test_keywords(), "13812345678\0*1", 14,
					   wednesday_ms, &r),
			 0);
	summarize(&r, summary);
	ck_assert_str_eq(summary, "report_call +8613812345678");
	ck_assert_int_eq(report_parse_text(test_language(), test_keywords(), text, sizeof(text) - 1,
					   wednesday_ms, &r),
			 0);
	ck_assert_uint_le(r.number_count, REPORT_NUMBERS_MAX);
}
END_TEST

START_TEST(test_parse_when_garbage_is_huge_then_time_stays_linear)
{
	static const char *const patterns[] = { "1 ", "138-", "一", "1",  "+",	   "三点半昨天",
						"l1", "(0)",  "*1", "r1", "a.cn ", "不是10086" };
	enum { HUGE_LEN = 100000 };
	char *text = malloc(HUGE_LEN);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < COUNT(patterns); i++) {
		struct report_reading r;
		size_t len = strlen(patterns[i]);
		for (size_t k = 0; k < HUGE_LEN; k++)
			text[k] = patterns[i][k % len];
		clock_t start = clock();
		ck_assert_int_eq(report_parse_text(test_language(), test_keywords(), text, HUGE_LEN,
						   wednesday_ms, &r),
				 0);
		double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
		/* Measured at 0.2 s optimised; a quadratic reader takes minutes. */
		ck_assert_msg(seconds < 5, "'%s' repeated: %.1f s", patterns[i], seconds);
	}
	free(text);
}
END_TEST

START_TEST(test_lexicon_when_listed_then_sorted_and_without_duplicates)
{
	for (size_t p = 0; p < LEXICON_PAGE_COUNT; p++) {
		const struct lexicon_page *page = &test_language()->lexicon.pages[p];
		for (size_t i = 0; i < page->count; i++) {
			const char16_t *a = i ? page->words[i - 1].text : u"";
			const char16_t *b = page->words[i].text;
			ck_assert_msg(lexicon_page_of(*b) == p, "page %02zx, row %zu: other page",
				      p, i);
			while (*a && *a == *b) {
				a++;
				b++;
			}
			ck_assert_msg(*a < *b, "page %02zx, row %zu", p, i);
		}
	}
}
END_TEST

START_TEST(test_cue_when_listed_then_sorted_by_the_unit_that_touches)
{
	for (size_t k = 0; k < CUE_KIND_COUNT; k++) {
		const struct cue_list *list = &test_language()->cues[k];
		char16_t last = 0;
		for (size_t i = 0; i < list->count; i++) {
			const struct cue *c = &list->cue[i];
			ck_assert_uint_gt(c->len, 0);
			char16_t key = c->text[list->side == CUE_STANDS_BEFORE ? c->len - 1 : 0];
			ck_assert_msg(last <= key, "kind %zu, row %zu is out of order", k, i);
			last = key;
		}
	}
}
END_TEST

START_TEST(test_cue_when_several_stand_then_the_longest_first)
{
	char16_t unit[] = u"我的手机号码";
	struct text text = { .language = test_language(), .unit = unit, .len = 6 };
	const struct cue *first = cue_find(&text, text.len, CUE_THING);
	ck_assert_ptr_nonnull(first);
	ck_assert_uint_eq(first->len, 4);
	const struct cue *next = cue_find_next(&text, text.len, CUE_THING, first);
	ck_assert_ptr_nonnull(next);
	ck_assert_uint_eq(next->len, 2);
	ck_assert_ptr_null(cue_find_next(&text, text.len, CUE_THING, next));
	ck_assert_ptr_null(cue_find(&text, 0, CUE_THING));
	ck_assert_ptr_null(cue_find(&text, text.len, CUE_UNIT));
}
END_TEST

START_TEST(test_fold_when_tables_listed_then_sorted)
{
	const struct fold_table *fold = &test_language()->fold;
	ck_assert_uint_gt(fold->range_count, 0);
	for (size_t i = 0; i < fold->range_count; i++) {
		ck_assert_uint_le(fold->ranges[i].from, fold->ranges[i].to);
		ck_assert_msg(i == 0 || fold->ranges[i - 1].to < fold->ranges[i].from, "range %zu",
			      i);
	}
}
END_TEST

START_TEST(test_fold_when_character_simplified_then_stays)
{
	for (uint32_t c = FOLD_HAN_FROM; c <= FOLD_HAN_TO; c++) {
		char16_t once[2], twice[2];
		uint8_t mark;
		ck_assert_uint_eq(text_fold_char(test_language(), c, once, &mark), 1);
		ck_assert_uint_eq(text_fold_char(test_language(), once[0], twice, &mark), 1);
		ck_assert_msg(once[0] == twice[0], "U+%04X folds twice", (unsigned)c);
	}
}
END_TEST

START_TEST(test_fold_when_chinese_numeral_then_valued)
{
	static const char16_t numerals[] = u"〇零一壹幺二贰三叁四肆五伍六陆七柒八捌九玖";
	static const char values[] = "001112233445566778899";
	size_t found = 0;
	for (uint32_t c = 0; c <= 0xffff; c++)
		found += language_digit(test_language(), (char16_t)c) >= 0;
	ck_assert_uint_eq(found, strlen(values));
	for (size_t i = 0; numerals[i]; i++)
		ck_assert_int_eq(language_digit(test_language(), numerals[i]), values[i] - '0');
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_parse");
	TCase *tc = tcase_create("report_parse");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_parse_when_any_text_then_read_by_contract, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_forget_when_number_was_read_then_as_if_it_were_not_there, 0,
			    COUNT(forget_rows));
	tcase_add_loop_test(tc, test_parse_when_text_is_long_then_read_alike, 0, COUNT(rows));
	tcase_add_test(tc, test_parse_when_memory_is_out_then_enomem_and_output_untouched);
	tcase_add_test(tc, test_parse_when_text_holds_nul_and_broken_utf8_then_number_still_read);
	tcase_add_test(tc, test_parse_when_garbage_is_huge_then_time_stays_linear);
	tcase_add_test(tc, test_lexicon_when_listed_then_sorted_and_without_duplicates);
	tcase_add_test(tc, test_cue_when_listed_then_sorted_by_the_unit_that_touches);
	tcase_add_test(tc, test_cue_when_several_stand_then_the_longest_first);
	tcase_add_test(tc, test_fold_when_tables_listed_then_sorted);
	tcase_add_test(tc, test_fold_when_character_simplified_then_stays);
	tcase_add_test(tc, test_fold_when_chinese_numeral_then_valued);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
