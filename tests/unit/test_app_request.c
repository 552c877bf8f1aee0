/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_app_request.c - keys with their answers, and texts of the App as messages. */
#include "gateway/app_request.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/app_message.h"
#include "smpp/smpp_pdu.h"
#include "smpp/smpp_text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const int64_t now_ms = INT64_C(1763778600000);
static const int64_t days_ms = (int64_t)APP_REQUEST_DAYS * 86400000;

static void *ctx;
static struct db *db;

static void set_up(void)
{
	ctx = talloc_new(NULL);
	ck_assert_msg(db_open(ctx, ":memory:", DB_WRITER, &db) == 0, "%s", db_open_error());
	ck_assert_int_eq(db_begin(db), 0);
}

static void tear_down(void)
{
	talloc_free(ctx);
}

START_TEST(test_key_is_of_printable_characters)
{
	static const struct {
		const char *key;
		bool valid;
	} rows[] = {
		{ "a", true },
		{ "7b0c9f3e-8d52-4c1c-9b43-0d6cf0a5b9f1", true },
		{ "~!\"#%'", true },
		{ "1234567890123456789012345678901234567890123456789012345678901234", true },
		{ "12345678901234567890123456789012345678901234567890123456789012345", false },
		{ "", false },
		{ "two words", false },
		{ "a\n", false },
		{ "a\x7f", false },
		{ "钥", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_msg(app_key_valid(rows[i].key) == rows[i].valid, "%s", rows[i].key);
}
END_TEST

static struct app_request request_of(const char *owner, const char *key, const char *body)
{
	struct app_request request = { .owner = owner, .key = key };
	const char *const texts[] = { "+8613800138000", body, NULL };

	app_request_hash(&request, texts, COUNT(texts));
	return request;
}

START_TEST(test_key_has_one_answer_of_its_owner)
{
	struct app_request mine = request_of("app", "k", "text");
	struct app_request other_body = request_of("app", "k", "another");
	struct app_request other_owner = request_of("", "k", "another");
	char answer[APP_ANSWER_MAX];

	ck_assert_int_eq(app_request_find(db, &mine, now_ms, answer), 0);
	ck_assert_int_eq(app_request_put(db, &mine, now_ms, "{\"id\":1}"), 0);
	ck_assert_int_eq(app_request_find(db, &mine, now_ms + 5, answer), 1);
	ck_assert_str_eq(answer, "{\"id\":1}");
	ck_assert_int_eq(app_request_find(db, &other_body, now_ms, answer), -EEXIST);
	ck_assert_int_eq(app_request_find(db, &other_owner, now_ms, answer), 0);
	ck_assert_int_eq(app_request_find(db, &mine, now_ms + days_ms, answer), 0);
}
END_TEST

/* Old ones go as new ones come: never many at a time, and always more than came. */
START_TEST(test_old_keys_are_forgotten)
{
	char key[16];

	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		struct app_request request = request_of("", key, "x");

		ck_assert_int_eq(app_request_put(db, &request, now_ms, "{}"), 0);
	}
	for (int i = 0; i < 5; i++) {
		snprintf(key, sizeof(key), "n%d", i);
		struct app_request request = request_of("", key, "y");

		ck_assert_int_eq(app_request_put(db, &request, now_ms + days_ms, "{}"), 0);
	}
	struct app_request old = request_of("", "k99", "x");
	char answer[APP_ANSWER_MAX];

	ck_assert_int_eq(app_request_find(db, &old, 0, answer), 0);
}
END_TEST

/* No part of a body can be taken for another. */
START_TEST(test_hash_tells_the_parts_apart)
{
	static const char *const bodies[][2] = { { "ab", "c" }, { "a", "bc" },	 { "", "abc" },
						 { "abc", "" }, { "abc", NULL }, { NULL, "abc" } };
	struct app_request requests[COUNT(bodies)] = { { 0 } };

	for (size_t i = 0; i < COUNT(bodies); i++) {
		requests[i].key = "k";
		app_request_hash(&requests[i], bodies[i], 2);
		for (size_t k = 0; k < i; k++)
			ck_assert_msg(memcmp(requests[i].hash, requests[k].hash, APP_HASH_SIZE) !=
					      0,
				      "%zu %zu", i, k);
	}
}
END_TEST

static const char *const texts[] = { "",
				     "13712345678*推销宽带",
				     "plain ASCII, and nothing else",
				     "😀🈲 𠀀 é ß €",
				     "line\r\nline",
				     "%_'\";--" };

START_TEST(test_text_is_read_from_the_message_as_it_was)
{
	uint8_t octets[APP_PDU_MAX];
	struct smpp_octets body;
	struct smpp_fault fault;
	struct smpp_pdu pdu;
	char text[4096];
	ssize_t len = app_message_encode("+8613800138000", "10086999", texts[_i], octets);

	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(smpp_pdu_decode(octets, (size_t)len, &pdu, &fault), 0);
	ck_assert_uint_eq(pdu.command_id, SMPP_DELIVER_SM);
	ck_assert_int_eq(pdu.source_addr_ton, 1);
	ck_assert_mem_eq(pdu.source_addr.data, "8613800138000", pdu.source_addr.len);
	ck_assert_int_eq(pdu.dest_addr_ton, 0);
	ck_assert_mem_eq(pdu.destination_addr.data, "10086999", pdu.destination_addr.len);
	body = smpp_pdu_message(&pdu);
	text[smpp_text_decode(pdu.data_coding, body.data, body.len, text, sizeof(text) - 1, NULL)] =
		'\0';
	ck_assert_str_eq(text, texts[_i]);
}
END_TEST

START_TEST(test_longest_text_fits_and_no_longer_one)
{
	uint8_t octets[APP_PDU_MAX];
	char text[4 * (APP_TEXT_MAX + 1) + 1] = "";

	for (int i = 0; i < APP_TEXT_MAX; i++)
		strcat(text, "😀");
	ck_assert_int_gt(app_message_encode("+8613800138000", "10086999", text, octets), 0);
	strcat(text, "a");
	ck_assert_int_eq(app_message_encode("+8613800138000", "10086999", text, octets), -EMSGSIZE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("app_request");
	TCase *tcase = tcase_create("app_request");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_key_is_of_printable_characters);
	tcase_add_test(tcase, test_key_has_one_answer_of_its_owner);
	tcase_add_test(tcase, test_old_keys_are_forgotten);
	tcase_add_test(tcase, test_hash_tells_the_parts_apart);
	tcase_add_loop_test(tcase, test_text_is_read_from_the_message_as_it_was, 0,
			    (int)COUNT(texts));
	tcase_add_test(tcase, test_longest_text_fits_and_no_longer_one);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
