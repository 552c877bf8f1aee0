/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Texts in traditional Chinese and in English: what is read in them is what a text in simplified
 * Chinese would give. */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/unit/keywords.h"
#include "rules/report_parse.h"
#include "tests/unit/tables.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* 2026-01-14T15:30:00+08:00, a Wednesday */
static const int64_t received_ms = INT64_C(1768375800000);

struct row {
	const char *text;
	const char *reading; /* intent, numbers, category */
	const char *window;  /* month-day and clock in +08:00, from and to; "" for none */
};

/* clang-format off */
static const struct row traditional_rows[] = {
	{ "今天早上13900001111打電話給我推銷光纖寬頻", "report_call +8613900001111 broadband", "01-14T06:00/01-14T10:00" },
	{ "這個號碼 13900001111 一直打來問要不要貸款，煩死了", "report_call +8613900001111 loan", "" },
	{ "剛剛有人用13900001111打過來賣保險", "report_call +8613900001111 insurance", "01-14T14:30/01-14T15:30" },
	{ "收到10690001234發來的簡訊，說我中獎了", "report_sms 10690001234 other", "" },
	{ "106900012345傳簡訊叫我辦信用卡", "report_sms 106900012345 loan", "" },
	{ "我要檢舉13900001111，冒充客服叫我升級5G方案", "report_call +8613900001111 plan_upgrade", "" },
	{ "+852 5123 0101 昨晚打來說我的包裹有問題", "report_call +85251230101 other", "01-13T18:00/01-14T00:00" },
	{ "請問怎麼舉報騷擾電話？", "help", "" },
	{ "舉報成功有什麼獎勵嗎", "help", "" },
	{ "我上週的檢舉處理得怎麼樣了", "status_query", "" },
	{ "我不服這個結果，要求重新核查", "appeal", "" },
	{ "請幫我封鎖國際來電", "block_on", "" },
	{ "我不想再收到境外簡訊", "block_on", "" },
	{ "取消國際電話屏蔽", "block_off", "" },
	{ "幫我查一下境外來電屏蔽開了沒", "block_query", "" },
	{ "不要再發簡訊給我了，退訂", "unsubscribe", "" },
	{ "謝謝您，辛苦了", "chat", "" },
	{ "我想查一下這個月話費餘額", "chat", "" },
	{ "我要投訴騷擾電話", "report_call", "" },
	{ "13900001111上個禮拜五下午三點推銷流量包", "report_call +8613900001111 data_pack", "01-09T14:30/01-09T15:30" },
	{ "400-123-4567 說我的積分要過期了叫我兌換禮品", "report_call 4001234567 points", "" },
	{ "(010)85321234 昨天傍晚打來賣手機", "report_call +861085321234 device", "01-13T17:00/01-13T20:00" },
	{ "【某某貸款】尊敬的客戶，您的額度已到賬，點擊鏈接領取 http://a.cn/b 退訂回T", "spam_forward loan", "" },
	{ "10085又打電話推銷流量包", "report_call 10085 data_pack", "" },
	{ "不是13900002222，是13900001111打的騷擾電話", "report_call +8613900001111", "" },
	{ "壹叁玖零零零零壹壹壹壹推銷寬頻", "report_call +8613900001111 broadband", "" },
	{ "138****0101推銷寬頻", "report_call broadband", "" },
	{ "13900001111 昨日下晝打嚟話我中咗獎", "report_call +8613900001111 other", "01-13T12:00/01-13T18:00" },
	{ "13900001111打咗電話俾我推銷貸款", "report_call +8613900001111 loan", "" },
	{ "頭先13900001111打嚟問我借唔借錢", "report_call +8613900001111 loan", "01-14T14:30/01-14T15:30" },
	{ "半小時前13900001111自稱檢察院叫我轉帳", "report_call +8613900001111 other", "01-14T14:45/01-14T15:15" },
	{ "星期日下午13900001111打電話問要不要買保險", "report_call +8613900001111 insurance", "01-11T12:00/01-11T18:00" },
	{ "13900001111這兩天一直叫我換資費方案", "report_call +8613900001111 plan_upgrade", "" },
	{ "前天中午十二點半 13900001111 問要不要借錢周轉", "report_call +8613900001111 loan", "01-12T12:15/01-12T12:45" },
	{ "13900001111說零元換新手機", "report_call +8613900001111 device", "" },
	{ "13900001111 叫我兌換點數", "report_call +8613900001111 points", "" },
	{ "13900001111 推薦股票", "report_call +8613900001111 other", "" },
	{ "這個號碼106900012345發廣告簡訊，辦寬頻送路由器", "report_sms 106900012345 broadband", "" },
	{ "+886 2 2712 0102 打來說我涉及洗錢", "report_call +886227120102 other", "" },
	{ "要怎樣檢舉垃圾簡訊？", "help", "" },
	{ "檢舉要錢嗎", "help", "" },
	{ "請問國際電話屏蔽怎麼開通？", "help", "" },
	{ "我的獎勵什麼時候到帳", "status_query", "" },
	{ "舉報結果出來了嗎", "status_query", "" },
	{ "對結果有異議，申請覆核", "appeal", "" },
	{ "開啟境外來電攔截", "block_on", "" },
	{ "請幫我解除海外簡訊的封鎖", "block_off", "" },
	{ "退訂簡訊", "unsubscribe", "" },
	{ "麻煩幫我開通漫遊", "chat", "" },
	{ "我不是要檢舉，只是問問網路怎麼這麼慢", "chat", "" },
};

static const struct row english_rows[] = {
	{ "13900001111 called me this morning trying to sell broadband", "report_call +8613900001111 broadband", "01-14T08:00/01-14T12:00" },
	{ "I got a call from 13900001111 offering a personal loan", "report_call +8613900001111 loan", "" },
	{ "Please report 139 0000 1111, they keep calling about insurance", "report_call +8613900001111 insurance", "" },
	{ "Got a text message from 10690001234 saying I won a prize", "report_sms 10690001234 other", "" },
	{ "spam SMS from 10690001234 about credit cards", "report_sms 10690001234 loan", "" },
	{ "+44 20 7946 0111 rang me yesterday evening claiming to be the police", "report_call +442079460111 other", "01-13T18:00/01-14T00:00" },
	{ "400-123-4567 phoned about redeeming my bonus points", "report_call 4001234567 points", "" },
	{ "10085 called again selling data packs", "report_call 10085 data_pack", "" },
	{ "10085", "report_call 10085", "" },
	{ "How do I report a nuisance call?", "help", "" },
	{ "What do I get for reporting?", "help", "" },
	{ "how does this service work", "help", "" },
	{ "Any update on my report?", "status_query", "" },
	{ "What happened to my complaint from last week?", "status_query", "" },
	{ "when will I receive my reward", "status_query", "" },
	{ "I disagree with the decision, please review it again", "appeal", "" },
	{ "I am not satisfied with the result", "appeal", "" },
	{ "Please block international calls", "block_on", "" },
	{ "I don't want to receive any SMS from abroad", "block_on", "" },
	{ "turn off the international call blocking", "block_off", "" },
	{ "unblock overseas calls please", "block_off", "" },
	{ "is my international call barring on?", "block_query", "" },
	{ "stop texting me", "unsubscribe", "" },
	{ "thank you very much", "chat", "" },
	{ "hello", "chat", "" },
	{ "How much data do I have left this month?", "chat", "" },
	{ "I want to upgrade my plan", "chat", "" },
	{ "Someone called me yesterday at 3pm about a loan", "report_call loan", "01-13T14:30/01-13T15:30" },
	{ "13900001111 offered me a free phone", "report_call +8613900001111 device", "" },
	{ "the caller 13900001111 wanted me to switch to a 5G plan", "report_call +8613900001111 plan_upgrade", "" },
	{ "not 13900001111, it was 13900002222 who called me", "report_call +8613900002222", "" },
	{ "13900001111 pretended to be customs and asked for my verification code", "report_call +8613900001111 other", "" },
	{ "Nuisance call: 13900001111, two hours ago, fibre broadband", "report_call +8613900001111 broadband", "01-14T13:00/01-14T14:00" },
	{ "13900001111 is harassing me, my number is 13700002222", "report_call +8613900001111", "" },
	{ "Congratulations! Your loan is approved. Click http://x.co/y to claim now. Reply STOP to opt out", "spam_forward loan", "" },
	{ "got a robocall from 13900001111 about buying shares", "report_call +8613900001111 other", "" },
	{ "unwanted call from one three nine 13900001111 re loans", "report_call +8613900001111 loan", "" },
	{ "13900001111 rang at 9:15 this morning re broadband upgrade", "report_call +8613900001111 broadband", "01-14T09:05/01-14T09:25" },
	{ "at about 3 pm yesterday 13900001111 offered me quick cash loans", "report_call +8613900001111 loan", "01-13T14:30/01-13T15:30" },
	{ "last Friday evening, 13900001111, car insurance", "report_call +8613900001111 insurance", "01-09T18:00/01-10T00:00" },
	{ "13900001111 keeps bothering me every day", "report_call +8613900001111", "" },
	{ "both 13900001111 and 13900002222 made nuisance calls to me", "report_call +8613900001111 +8613900002222", "" },
	{ "Scam call from 13900001111, said my parcel was held by customs", "report_call +8613900001111 other", "" },
	{ "13900001111 is selling data packages", "report_call +8613900001111 data_pack", "" },
	{ "landline 010-85321234 telemarketing call half an hour ago", "report_call +861085321234", "01-14T14:45/01-14T15:15" },
	{ "I want to report a spam call", "report_call", "" },
	{ "some guy phoned about broadband, number hidden", "report_call broadband", "" },
	{ "junk text from 10690001234", "report_sms 10690001234", "" },
	{ "13900001111 sent me a text about a loan", "report_sms +8613900001111 loan", "" },
	{ "10690001234 texted me a betting link", "report_sms 10690001234 other", "" },
	{ "what number do I text to report spam?", "help", "" },
	{ "is there a reward for reporting?", "help", "" },
	{ "How can I turn on overseas SMS blocking?", "help", "" },
	{ "has my report been processed yet", "status_query", "" },
	{ "Status of R7K3M9Q2 please", "status_query", "" },
	{ "I want to appeal R7K3M9Q2", "appeal", "" },
	{ "your decision is wrong, please re-check", "appeal", "" },
	{ "stop all foreign calls to my phone", "block_on", "" },
	{ "enable international SMS block", "block_on", "" },
	{ "cancel overseas call blocking", "block_off", "" },
	{ "allow international calls again", "block_off", "" },
	{ "do I have international blocking turned on?", "block_query", "" },
	{ "you are useless", "chat", "" },
	{ "can I buy a data pack", "chat", "" },
	{ "my phone is broken, who can repair it", "chat", "" },
	{ "don't send me messages any more", "unsubscribe", "" },
	{ "Dear customer, you have won a prize of 5000 yuan, click http://t.cn/x to claim", "spam_forward other", "" },
	{ "FW: Cheap car insurance! Call 400-123-4567 now, limited offer", "spam_forward 4001234567 insurance", "" },
	{ "10086 called me to sell broadband", "report_call 10086 broadband", "" },
	{ "Got a strange call from +1 202 555 0177 ten minutes ago", "report_call +12025550177", "01-14T15:10/01-14T15:30" },
	{ "13900001111 wanted me to invest in bitcoin", "report_call +8613900001111 other", "" },
	{ "The caller 13900001111 claimed to be from 10086", "report_call +8613900001111", "" },
};
/* clang-format on */

static int put_time(char *out, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000 + 8 * 3600);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return (int)strftime(out, 16, "%m-%dT%H:%M", &tm);
}

static void check(const struct row *row)
{
	struct report_reading r;
	char reading[256], window[64] = "";

	ck_assert_int_eq(report_parse_text(test_language(), test_keywords(), row->text,
					   strlen(row->text), received_ms, &r),
			 0);
	int at = snprintf(reading, sizeof(reading), "%s", report_intent_name(r.intent));
	for (size_t i = 0; i < r.number_count; i++)
		at += snprintf(reading + at, sizeof(reading) - (size_t)at, " %s",
			       r.numbers[i].text);
	if (r.category != REPORT_UNKNOWN)
		snprintf(reading + at, sizeof(reading) - (size_t)at, " %s",
			 report_category_name(r.category));
	if (r.has_call_time) {
		at = put_time(window, r.call_from_ms);
		window[at++] = '/';
		put_time(window + at, r.call_to_ms);
	}
	ck_assert_msg(strcmp(reading, row->reading) == 0, "%s: %s", row->text, reading);
	ck_assert_msg(strcmp(window, row->window) == 0, "%s: %s", row->text, window);
}

START_TEST(test_read_when_traditional_then_as_simplified)
{
	check(&traditional_rows[_i]);
}
END_TEST

START_TEST(test_read_when_english_then_as_chinese)
{
	check(&english_rows[_i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_tongues");
	TCase *tc = tcase_create("report_tongues");
	test_language(); /* once for all */
	tcase_add_loop_test(tc, test_read_when_traditional_then_as_simplified, 0,
			    COUNT(traditional_rows));
	tcase_add_loop_test(tc, test_read_when_english_then_as_chinese, 0, COUNT(english_rows));
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
