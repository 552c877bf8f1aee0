/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_shield_read.c - what texts let through or block by place and time, at one moment. */
#include "rules/shield_read.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blocklist/block_time.h"
#include "tests/unit/tables.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* 2025-11-22T10:30:00+08:00, a Saturday. */
static const int64_t now_ms = INT64_C(1763778600000);

static const struct {
	const char *text;
	const char
		*want; /* "act[?] scope places [since] [until]" without the year's century; "-" */
} rows[] = {
	/* for a while */
	{ "开放2小时", "allow both abroad until 25-11-22T12:30" },
	{ "境外来电开放2小时", "allow call abroad until 25-11-22T12:30" },
	{ "开放两个小时", "allow both abroad until 25-11-22T12:30" },
	{ "开放两个半小时", "allow both abroad until 25-11-22T13:00" },
	{ "开放半小时", "allow both abroad until 25-11-22T11:00" },
	{ "临时开放境外短信30分钟", "allow sms abroad until 25-11-22T11:00" },
	{ "open 2h", "allow both abroad until 25-11-22T12:30" },
	{ "Open 2 hours", "allow both abroad until 25-11-22T12:30" },
	{ "open calls from Japan for two hours", "allow call 81 until 25-11-22T12:30" },
	{ "开放三天", "allow both abroad until 25-11-25T10:30" },
	{ "開放２小時", "allow both abroad until 25-11-22T12:30" },
	{ "开放到明天", "allow both abroad until 25-11-24T00:00" },
	{ "允许日本来电到12月1日", "allow call 81 until 25-12-02T00:00" },
	{ "开放到22:00", "allow both abroad until 25-11-22T22:00" },
	{ "开放到今晚10点", "allow both abroad until 25-11-22T22:00" },
	{ "开放到晚上10点", "allow both abroad until 25-11-22T22:00" },
	{ "开放到9:00", "allow both abroad until 25-11-23T09:00" },
	{ "开放到明天9点", "allow both abroad until 25-11-23T09:00" },
	{ "开放到11点", "allow? both abroad until 25-11-22T11:00" },
	{ "屏蔽港澳台短信到12月1日", "block sms hmt until 25-12-02T00:00" },
	{ "屏蔽日本3天", "block both 81 until 25-11-25T10:30" },
	/* trips */
	{ "出国 12.1-12.7", "allow both abroad since 25-12-01T00:00 until 25-12-08T00:00" },
	{ "出国12月1日到7日", "allow both abroad since 25-12-01T00:00 until 25-12-08T00:00" },
	{ "出国12月1日到12月7日", "allow both abroad since 25-12-01T00:00 until 25-12-08T00:00" },
	{ "12月1日到7日出国", "allow both abroad since 25-12-01T00:00 until 25-12-08T00:00" },
	{ "行程：日本 12.1-12.7", "allow both 81 since 25-12-01T00:00 until 25-12-08T00:00" },
	{ "trip 12/1-12/7", "allow both abroad since 25-12-01T00:00 until 25-12-08T00:00" },
	{ "trip 12/1-7", "allow both abroad since 25-12-01T00:00 until 25-12-08T00:00" },
	{ "Trip to Japan Dec 1 - Dec 7",
	  "allow both 81 since 25-12-01T00:00 until 25-12-08T00:00" },
	{ "trip Dec 1-7 Hong Kong", "allow both 852 since 25-12-01T00:00 until 25-12-08T00:00" },
	{ "trip 1 Dec to 7 Dec", "allow both abroad since 25-12-01T00:00 until 25-12-08T00:00" },
	{ "trip 2025-12-01 to 2025-12-07",
	  "allow both abroad since 25-12-01T00:00 until 25-12-08T00:00" },
	{ "出国20251201-20251207", "allow both abroad since 25-12-01T00:00 until 25-12-08T00:00" },
	{ "出国明天到11月30日", "allow both abroad since 25-11-23T00:00 until 25-12-01T00:00" },
	{ "出国明天三天", "allow both abroad since 25-11-23T00:00 until 25-11-26T00:00" },
	{ "出国12.28-1.3", "allow both abroad since 25-12-28T00:00 until 26-01-04T00:00" },
	{ "出国11.20-11.25", "allow both abroad until 25-11-26T00:00" },
	{ "出国11.22-11.22", "allow both abroad until 25-11-23T00:00" },
	{ "出国25号到28号", "allow both abroad since 25-11-25T00:00 until 25-11-29T00:00" },
	{ "出国10.1-10.7", "allow? both abroad since 26-10-01T00:00 until 26-10-08T00:00" },
	{ "出国三天", "allow? both abroad until 25-11-25T00:00" },
	{ "我明天去香港三天", "allow? both 852 since 25-11-23T00:00 until 25-11-26T00:00" },
	{ "12月1日到7日去日本", "allow? both 81 since 25-12-01T00:00 until 25-12-08T00:00" },
	{ "我12.1-12.7去日本和韩国旅游",
	  "allow? both 81,82 since 25-12-01T00:00 until 25-12-08T00:00" },
	{ "I am going to Japan tomorrow for 3 days",
	  "allow? both 81 since 25-11-23T00:00 until 25-11-26T00:00" },
	{ "出国", "when both abroad" },
	{ "trip", "when both abroad" },
	{ "出国12月1日", "when both abroad" },
	{ "出国12.7-12.1", "allow? both abroad since 25-12-07T00:00 until 26-12-02T00:00" },
	{ "出国2.30-3.2", "when both abroad" },
	{ "出国2024-12-01到2024-12-07", "when both abroad" },
	{ "开放500天", "when both abroad" },
	{ "开放2小时3天", "when both abroad" },
	{ "去日本", "-" },
	{ "明天出差三天", "-" },
	/* places for good */
	{ "允许日本", "allow both 81" },
	{ "放行日本来电", "allow call 81" },
	{ "allow Japan", "allow both 81" },
	{ "unblock SMS from the UK", "allow sms 44" },
	{ "block calls from Hong Kong", "block call 852" },
	{ "拦截香港", "block both 852" },
	{ "屏蔽港澳台短信", "block sms hmt" },
	{ "港澳台放行", "allow both hmt" },
	{ "港澳臺放行", "allow both hmt" },
	{ "取消屏蔽香港", "allow both 852" },
	{ "不屏蔽美国", "allow both 1" },
	{ "允许日本、韩国、新加坡的来电和短信", "allow both 81,82,65" },
	{ "删除日本", "drop both 81" },
	{ "取消允许日本", "drop both 81" },
	{ "remove Japan", "drop both 81" },
	{ "我想允许日本来电", "allow? call 81" },
	{ "可以放行日本吗", "allow? both 81" },
	{ "允许一下日本呀", "allow? both 81" },
	{ "不要放行日本", "-" },
	{ "别允许日本", "-" },
	{ "屏蔽日本并允许韩国", "-" },
	{ "允许日本、韩国、新加坡、泰国", "-" },
	/* the end */
	{ "结束行程", "end both" },
	{ "取消行程", "end both" },
	{ "End trip", "end both" },
	{ "恢复屏蔽", "end both" },
	{ "我回国了", "end? both" },
	{ "我已经回来了", "end? both" },
	/* others' business */
	{ "", "-" },
	{ "开放", "-" },
	{ "屏蔽境外来电", "-" },
	{ "允许境外来电", "-" },
	{ "屏蔽2小时", "-" },
	{ "日本", "-" },
	{ "10.1-10.7", "-" },
	{ "允许13812345678", "-" },
	{ "拦截香港打来的推销电话骚扰我好多次了", "-" },
	{ "13912345678推销宽带", "-" },
	{ "openness in Japan", "-" },
	{ "KTJWPB", "-" },
};

static void put_moment(char *out, const char *name, int64_t ms)
{
	char text[BLOCK_TIME_TEXT_MAX];

	if (ms == 0)
		return;
	block_time_format(ms, text);
	sprintf(out + strlen(out), " %s %.14s", name, text + 2);
}

static void describe(const struct shield_reading *reading, char out[256])
{
	static const char *const acts[] = { "-", "allow", "block", "drop", "end", "when" };
	static const char *const scopes[] = { "both", "call", "sms" };

	sprintf(out, "%s", acts[reading->act]);
	if (reading->act == SHIELD_NONE)
		return;
	sprintf(out + strlen(out), "%s %s", reading->near && reading->act != SHIELD_WHEN ? "?" : "",
		scopes[reading->scope]);
	for (size_t i = 0; i < reading->place_count; i++) {
		uint16_t code = reading->places[i]->code;
		const char *mark = i ? "," : " ";

		if (code == PLACE_ABROAD || code == PLACE_HMT)
			sprintf(out + strlen(out), "%s%s", mark, code ? "hmt" : "abroad");
		else
			sprintf(out + strlen(out), "%s%u", mark, code);
	}
	put_moment(out, "since", reading->since_ms);
	put_moment(out, "until", reading->until_ms);
}

START_TEST(test_text_when_read_then_what_it_wants)
{
	struct shield_reading reading =
		shield_read(test_language(), rows[_i].text, strlen(rows[_i].text), now_ms);
	char text[256];

	describe(&reading, text);
	ck_assert_msg(strcmp(text, rows[_i].want) == 0, "'%s': '%s', not '%s'", rows[_i].text, text,
		      rows[_i].want);
}
END_TEST

/* Every name of the table that is built in is read, and names its own place. */
START_TEST(test_place_when_named_then_found)
{
	const struct place_table *table = &test_language()->places;
	char text[64];

	ck_assert_uint_gt(table->place_count, 180);
	for (size_t i = 0; i < table->place_count; i++) {
		const struct place *place = &table->places[i];

		for (int tongue = 0; tongue < 2 && place->code != PLACE_ABROAD; tongue++) {
			struct shield_reading reading;

			snprintf(text, sizeof(text), tongue ? "allow %s" : "允许%s",
				 tongue ? place->en : place->zh);
			reading = shield_read(test_language(), text, strlen(text), now_ms);
			ck_assert_msg(reading.act == SHIELD_ALLOW && !reading.near &&
					      reading.place_count == 1 &&
					      reading.places[0] == place,
				      "%s", text);
		}
	}
}
END_TEST

static Suite *shield_read_suite(void)
{
	Suite *suite = suite_create("shield_read");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, test_text_when_read_then_what_it_wants, 0, COUNT_OF(rows));
	tcase_add_test(tc, test_place_when_named_then_found);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(shield_read_suite());

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
