/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <stdlib.h>

#include "gateway/receipt_policy.h"

#define COUNT_OF(rows) (int)(sizeof(rows) / sizeof((rows)[0]))

static struct config_smsc smscs[] = {
	{ .name = "centre", .receipts = { RECEIPTS_ALL, SMPP_ID_HEX, SMPP_ID_DECIMAL } },
	{ .name = "east", .receipts = { RECEIPTS_FAILURE, SMPP_ID_AS_IS, SMPP_ID_AS_IS } },
};
static struct config_account accounts[] = {
	{ .system_id = "centre", .receipts = { RECEIPTS_NONE, SMPP_ID_AS_IS, SMPP_ID_AS_IS } },
	{ .system_id = "centre#1", .receipts = { RECEIPTS_ALL, SMPP_ID_AS_IS, SMPP_ID_AS_IS } },
};
static const struct config config = {
	.smscs = smscs,
	.smscs_count = COUNT_OF(smscs),
	.accounts = accounts,
	.accounts_count = COUNT_OF(accounts),
};

static const struct {
	const char *name;
	enum peer_side side;
	const char *link;
	const char *scope;
	enum receipts_wanted wanted;
} peers[] = {
	{ "link", PEER_CLIENT, "centre#1", "smsc centre", RECEIPTS_ALL },
	{ "another link", PEER_CLIENT, "centre#12r", "smsc centre", RECEIPTS_ALL },
	{ "another SMSC", PEER_CLIENT, "east#1", "smsc east", RECEIPTS_FAILURE },
	{ "unknown SMSC", PEER_CLIENT, "west#1", "smsc west", RECEIPTS_NONE },
	{ "account", PEER_SERVER, "centre", "account centre", RECEIPTS_NONE },
	{ "account named like a link", PEER_SERVER, "centre#1", "account centre#1", RECEIPTS_ALL },
	{ "unknown account", PEER_SERVER, "nobody", "account nobody", RECEIPTS_NONE },
};

START_TEST(test_receipt_policy_of_when_peer_then_its_own)
{
	struct receipt_policy policy;

	receipt_policy_of(&config, peers[_i].side, peers[_i].link, &policy);
	ck_assert_msg(policy.receipts.wanted == peers[_i].wanted, "%s", peers[_i].name);
	ck_assert_str_eq(policy.scope, peers[_i].scope);
}
END_TEST

static const struct {
	uint32_t seconds;
	const char *text;
} validities[] = {
	{ 0, "" },
	{ 1, "000000000001000R" },
	{ 3661, "000000010101000R" },
	{ 86400, "000001000000000R" },
	{ 30 * 86400, "000030000000000R" },
};

START_TEST(test_receipt_policy_validity_when_seconds_then_relative_time)
{
	char text[VALIDITY_MAX];

	receipt_policy_validity(validities[_i].seconds, text);
	ck_assert_str_eq(text, validities[_i].text);
}
END_TEST

static const struct {
	const char *name;
	int64_t attempts;
	int64_t wait_ms;
} retries[] = {
	{ "first", 1, 5000 },		{ "second", 2, 10000 },		{ "third", 3, 20000 },
	{ "up to the most", 4, 30000 }, { "and no further", 9, 30000 }, { "the last", 10, -1 },
	{ "behind it", 11, -1 },
};

START_TEST(test_receipt_policy_retry_when_attempts_then_doubled_and_ended)
{
	static const struct config_answers answers = { .attempts = 10,
						       .retry_s = 5,
						       .retry_max_s = 30 };

	ck_assert_msg(receipt_policy_retry_ms(&answers, retries[_i].attempts) ==
			      retries[_i].wait_ms,
		      "%s", retries[_i].name);
}
END_TEST

START_TEST(test_receipt_policy_request_when_wanted_then_registered_delivery)
{
	ck_assert_uint_eq(receipt_policy_request(RECEIPTS_NONE), 0);
	ck_assert_uint_eq(receipt_policy_request(RECEIPTS_ALL), 1);
	ck_assert_uint_eq(receipt_policy_request(RECEIPTS_FAILURE), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("receipt_policy");
	TCase *tcase = tcase_create("receipt_policy");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_receipt_policy_of_when_peer_then_its_own, 0,
			    COUNT_OF(peers));
	tcase_add_loop_test(tcase, test_receipt_policy_validity_when_seconds_then_relative_time, 0,
			    COUNT_OF(validities));
	tcase_add_loop_test(tcase, test_receipt_policy_retry_when_attempts_then_doubled_and_ended,
			    0, COUNT_OF(retries));
	tcase_add_test(tcase, test_receipt_policy_request_when_wanted_then_registered_delivery);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
