/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/redis_wire.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/redis_expect.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static redisReply *next(struct redis_wire *wire)
{
	redisReply *reply = NULL;

	ck_assert_int_eq(redis_wire_next(wire, &reply), 1);
	return reply;
}

START_TEST(test_next_when_split_anywhere_then_the_same_replies)
{
	static const char octets[] = "+OK\r\n:42\r\n$-1\r\n*2\r\n$3\r\nabc\r\n*0\r\n-ERR no\r\n";
	static const int types[] = { REDIS_REPLY_STATUS, REDIS_REPLY_INTEGER, REDIS_REPLY_NIL,
				     REDIS_REPLY_ARRAY, REDIS_REPLY_ERROR };
	size_t len = sizeof(octets) - 1;

	for (size_t cut = 0; cut <= len; cut++) {
		void *root = talloc_new(NULL);
		struct redis_wire *wire = redis_wire_create(root);
		redisReply *reply = NULL;
		size_t seen = 0;

		for (int half = 0; half < 2; half++) {
			ck_assert_int_eq(redis_wire_feed(wire, half ? octets + cut : octets,
							 half ? len - cut : cut),
					 0);
			while (redis_wire_next(wire, &reply) == 1) {
				ck_assert_int_eq(reply->type, types[seen++]);
				freeReplyObject(reply);
			}
		}
		ck_assert_uint_eq(seen, COUNT(types));
		talloc_free(root);
	}
}
END_TEST

START_TEST(test_next_when_no_reply_or_too_large_then_refused_from_then_on)
{
	static const char *const wrong[] = {
		"HTTP/1.1 200 OK\r\n",
		"*2147483647\r\n",
		"*1048577\r\n",
		"*2\r\n*1048577\r\n",
		"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
		"$99999999999999999999\r\n",
		"\r\n",
	};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		void *root = talloc_new(NULL);
		struct redis_wire *wire = redis_wire_create(root);
		redisReply *reply;

		ck_assert_int_eq(redis_wire_feed(wire, wrong[i], strlen(wrong[i])), 0);
		ck_assert_msg(redis_wire_next(wire, &reply) == -EBADMSG, "%s", wrong[i]);
		ck_assert_int_gt(strlen(redis_wire_error(wire)), 0);
		ck_assert_int_eq(redis_wire_feed(wire, "+OK\r\n", 5), -EBADMSG);
		ck_assert_int_eq(redis_wire_next(wire, &reply), -EBADMSG);
		talloc_free(root);
	}
}
END_TEST

START_TEST(test_feed_when_a_text_never_ends_then_bounded)
{
	static char much[1 << 20];
	struct redis_wire *wire = redis_wire_create(NULL);
	redisReply *reply;
	int rc = redis_wire_feed(wire, "$536870911\r\n", 12);
	size_t fed = 0;

	memset(much, 'x', sizeof(much));
	while (rc == 0) {
		ck_assert_int_eq(redis_wire_next(wire, &reply), 0);
		rc = redis_wire_feed(wire, much, sizeof(much));
		fed += sizeof(much);
	}
	ck_assert_int_eq(rc, -EBADMSG);
	ck_assert_uint_le(fed, (size_t)REDIS_WIRE_WAITING_MAX + sizeof(much));
	ck_assert_str_eq(redis_wire_error(wire), "a reply that is too long");
	talloc_free(wire);
}
END_TEST

START_TEST(test_expect_when_of_another_kind_then_no_answer)
{
	static const struct {
		const char *command;
		const char *fits;
		const char *not_fits;
	} rows[] = {
		{ "HGET %s%s %s", "$3\r\nabc\r\n", "+OK\r\n" },
		{ "HGET", "$-1\r\n", ":1\r\n" },
		{ "HGETALL %s", "*0\r\n", "$-1\r\n" },
		{ "SET %s %s", "+OK\r\n", "+PONG\r\n" },
		{ "DEL", ":0\r\n", "*0\r\n" },
		{ "PING", "+PONG\r\n", "+OK\r\n" },
		{ "XADD", "$3\r\n1-0\r\n", "$-1\r\n" },
		{ "XREADGROUP GROUP", "$-1\r\n", ":0\r\n" },
		{ "CLIENT ID", ":7\r\n", "*0\r\n" },
		{ "EVALSHA", ":1\r\n", "$-1\r\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct redis_expect *expect = redis_expect_find(rows[i].command);
		struct redis_wire *wire = redis_wire_create(NULL);
		const char *const replies[] = { rows[i].fits, rows[i].not_fits, "-ERR\r\n" };

		ck_assert_ptr_nonnull(expect);
		for (size_t j = 0; j < COUNT(replies); j++) {
			ck_assert_int_eq(redis_wire_feed(wire, replies[j], strlen(replies[j])), 0);
			redisReply *reply = next(wire);

			ck_assert_msg(redis_expect_fits(expect, reply) == (j != 1), "%s: %s",
				      rows[i].command, replies[j]);
			freeReplyObject(reply);
		}
		talloc_free(wire);
	}
	ck_assert_ptr_null(redis_expect_find("HGETA"));
	ck_assert_ptr_null(redis_expect_find("HG"));
	ck_assert_ptr_null(redis_expect_find(""));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("redis_wire");
	TCase *tcase = tcase_create("wire");

	tcase_add_test(tcase, test_next_when_split_anywhere_then_the_same_replies);
	tcase_add_test(tcase, test_next_when_no_reply_or_too_large_then_refused_from_then_on);
	tcase_add_test(tcase, test_feed_when_a_text_never_ends_then_bounded);
	tcase_add_test(tcase, test_expect_when_of_another_kind_then_no_answer);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
