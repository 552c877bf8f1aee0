/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whose message an id means, and the receipts that wait for a hub. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/hub_route_row.h"

#define COUNT_OF(rows) (int)(sizeof(rows) / sizeof((rows)[0]))

enum { SENT_MS = 1000, EXPIRES_MS = 5000, LATER_MS = 9000 };

static char folder[64];
static void *root;
static struct db *db;

static void setup(void)
{
	char path[96];

	strcpy(folder, "/tmp/mianrao-route-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t.db", folder);
	root = talloc_new(NULL);
	ck_assert_msg(db_open(root, path, DB_WRITER, &db) == 0, "%s", db_open_error());
	ck_assert_int_eq(db_begin(db), 0);
}

static void teardown(void)
{
	char command[128];

	ck_assert_int_eq(db_commit(db), 0);
	talloc_free(root);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void write_key(struct smpp_id_key *key, const char *id)
{
	ck_assert_int_eq(smpp_receipt_id_key(SMPP_ID_AS_IS, smpp_octets_of(id), key), 0);
}

static int put(const char *scope, const char *id, const char *account, int64_t expires_ms)
{
	struct hub_route route = { .sent_ms = SENT_MS, .expires_ms = expires_ms };

	strcpy(route.scope, scope);
	strcpy(route.account, account);
	write_key(&route.key, id);
	return hub_route_put(db, &route, hub_route_any_early(db) > 0);
}

static void fill(struct text_receipt *receipt, const char *scope, const char *id, const char *pdu)
{
	*receipt = (struct text_receipt){ .state = SMPP_MESSAGE_DELIVERED,
					  .received_ms = SENT_MS,
					  .pdu = smpp_octets_of(pdu) };
	strcpy(receipt->scope, scope);
	write_key(&receipt->key, id);
}

/* The account, or "" when it is nobody's. */
static const char *receive(const char *scope, const char *id, bool last, const char *pdu)
{
	static char account[PEER_NAME_MAX];
	struct text_receipt receipt;
	int rc;

	fill(&receipt, scope, id, pdu);
	account[0] = '\0';
	rc = hub_route_receipt(db, &receipt, last, LATER_MS, account);
	ck_assert_int_eq(rc, account[0] != '\0');
	return account;
}

/* What waits for the account, one after the other: "first second ". */
static const char *waiting(const char *account)
{
	static char list[256];
	struct db_stmt *stmt = db_query(db, Q_HUB_RECEIPT_NEXT);
	int64_t last = 0;
	size_t len;

	list[0] = '\0';
	db_bind_text(stmt, 1, account);
	db_bind_int(stmt, 2, 0);
	db_bind_int(stmt, 3, 100);
	while (db_step(stmt) == 1) {
		ck_assert_int_gt(db_int(stmt, 0), last);
		last = db_int(stmt, 0);
		strncat(list, db_blob(stmt, 2, &len), 64);
		strcat(list, " ");
	}
	return list;
}

START_TEST(test_receipt_when_route_is_known_then_waits_for_its_hub)
{
	ck_assert_int_eq(put("smsc a", "1", "east", EXPIRES_MS), 0);
	ck_assert_int_eq(put("smsc a", "2", "west", EXPIRES_MS), 0);
	ck_assert_int_eq(put("smsc b", "1", "west", EXPIRES_MS), 0);
	ck_assert_str_eq(receive("smsc a", "1", false, "a1-on-its-way"), "east");
	ck_assert_str_eq(receive("smsc b", "1", true, "b1"), "west");
	ck_assert_str_eq(receive("smsc a", "1", true, "a1"), "east");
	ck_assert_str_eq(receive("smsc a", "1", true, "a1"), "");
	ck_assert_str_eq(receive("smsc b", "2", true, "b2"), "");
	ck_assert_str_eq(receive("smsc a", "2", true, "a2"), "west");
	ck_assert_str_eq(waiting("east"), "a1-on-its-way a1 ");
	ck_assert_str_eq(waiting("west"), "b1 a2 ");
}
END_TEST

START_TEST(test_route_when_id_is_used_again_then_it_is_the_later_message)
{
	ck_assert_int_eq(put("smsc a", "1", "east", EXPIRES_MS), 0);
	ck_assert_int_eq(put("smsc a", "1", "west", EXPIRES_MS), 0);
	ck_assert_str_eq(receive("smsc a", "1", true, "a1"), "west");
}
END_TEST

struct early {
	const char *name;
	int64_t received_ms;
	const char *pdu;
	bool its;
};
static const struct early earlies[] = {
	{ "after it was sent", SENT_MS, "early", true },
	{ "of an id that was used before", SENT_MS - 1, "early", false },
	{ "of a version that did not keep it", SENT_MS, "", false },
};
START_TEST(test_receipt_when_it_comes_first_then_waits_with_its_route)
{
	const struct early *early = &earlies[_i];
	struct text_policy policy = { .now_ms = SENT_MS };
	struct text_counts counts = { 0 };
	struct text_receipt receipt;

	fill(&receipt, "smsc a", "1", early->pdu);
	receipt.received_ms = early->received_ms;
	ck_assert_int_eq(text_row_receipt(db, &receipt, &policy, &counts), 0);
	ck_assert_uint_eq(counts.unmatched, 1);
	ck_assert_msg(put("smsc a", "1", "east", EXPIRES_MS) == early->its, "%s", early->name);
	ck_assert_str_eq(waiting("east"), early->its ? "early " : "");
	/* What was its end leaves nothing behind; else it is awaited. */
	ck_assert_str_eq(receive("smsc a", "1", true, "late"), early->its ? "" : "east");
}
END_TEST

static void notice(const char *scope, const char *id, int64_t received_ms, const char *pdu)
{
	struct text_receipt receipt;

	fill(&receipt, scope, id, pdu);
	receipt.state = SMPP_MESSAGE_ENROUTE;
	receipt.received_ms = received_ms;
	ck_assert_int_eq(hub_route_notice(db, &receipt), 0);
}

static void end_early(const char *scope, const char *id, const char *pdu)
{
	struct text_policy policy = { .now_ms = SENT_MS };
	struct text_counts counts = { 0 };
	struct text_receipt receipt;

	fill(&receipt, scope, id, pdu);
	ck_assert_int_eq(text_row_receipt(db, &receipt, &policy, &counts), 0);
}

START_TEST(test_notices_when_they_come_first_then_wait_in_order_before_the_end)
{
	end_early("smsc a", "1", "end");
	notice("smsc a", "1", SENT_MS, "one");
	notice("smsc a", "2", SENT_MS, "other");
	notice("smsc a", "1", SENT_MS + 1, "two");
	notice("smsc b", "1", SENT_MS, "elsewhere");
	ck_assert_int_eq(put("smsc a", "1", "east", EXPIRES_MS), 3);
	ck_assert_str_eq(waiting("east"), "one two end ");
	ck_assert_str_eq(receive("smsc a", "1", true, "late"), "");
	/* Without an end, that is awaited; none is taken twice. */
	ck_assert_int_eq(put("smsc a", "2", "west", EXPIRES_MS), 1);
	ck_assert_int_eq(put("smsc a", "2", "west", EXPIRES_MS), 0);
	ck_assert_str_eq(receive("smsc a", "2", true, "its-end"), "west");
	ck_assert_str_eq(waiting("west"), "other its-end ");
}
END_TEST

START_TEST(test_notice_when_of_an_id_that_was_used_before_then_is_nobodys)
{
	notice("smsc a", "1", SENT_MS - 1, "before");
	notice("smsc a", "1", SENT_MS, "its");
	ck_assert_int_eq(put("smsc a", "1", "east", EXPIRES_MS), 1);
	ck_assert_str_eq(waiting("east"), "its ");
	ck_assert_int_eq(hub_route_any_early(db), 0);
}
END_TEST

START_TEST(test_notices_when_too_many_or_too_large_then_the_newest_stay)
{
	static char large[TEXT_EARLY_PDU_MAX + 2];
	char id[16];

	memset(large, 'x', sizeof(large) - 1);
	notice("smsc a", "large", SENT_MS, large);
	ck_assert_int_eq(hub_route_any_early(db), 0);
	notice("smsc b", "0", SENT_MS, "of-b");
	for (int i = 0; i < TEXT_EARLY_MAX + 500; i++) {
		snprintf(id, sizeof(id), "%d", i);
		notice("smsc a", id, SENT_MS, id);
	}
	ck_assert_int_eq(put("smsc a", "0", "east", EXPIRES_MS), 0);
	ck_assert_int_eq(put("smsc a", "300", "east", EXPIRES_MS), 0);
	ck_assert_int_eq(put("smsc a", "600", "east", EXPIRES_MS), 1);
	ck_assert_int_eq(put("smsc a", "10499", "east", EXPIRES_MS), 1);
	ck_assert_int_eq(put("smsc b", "0", "east", EXPIRES_MS), 1);
}
END_TEST

START_TEST(test_notices_when_time_is_over_then_go_in_steps)
{
	const int64_t over_ms = SENT_MS + TEXT_EARLY_KEEP_MS;
	uint64_t receipts;

	for (int i = 0; i < 3; i++)
		notice("smsc a", "1", SENT_MS, "one");
	ck_assert_int_eq(hub_route_purge(db, over_ms, 2, &receipts), 0);
	ck_assert_int_eq(hub_route_purge(db, over_ms + 1, 2, &receipts), 1);
	ck_assert_int_eq(hub_route_any_early(db), 1);
	ck_assert_int_eq(hub_route_purge(db, over_ms + 1, 2, &receipts), 0);
	ck_assert_int_eq(hub_route_any_early(db), 0);
	ck_assert_uint_eq(receipts, 0);
}
END_TEST

START_TEST(test_purge_when_time_is_over_then_both_kinds_go_in_steps)
{
	char id[16];
	uint64_t receipts;

	for (int i = 0; i < 5; i++) {
		snprintf(id, sizeof(id), "%d", i);
		ck_assert_int_eq(put("smsc a", id, "east", i < 3 ? EXPIRES_MS : LATER_MS), 0);
	}
	receive("smsc a", "3", true, "a3");
	receive("smsc a", "4", true, "a4");
	ck_assert_int_eq(hub_route_purge(db, EXPIRES_MS, 2, &receipts), 0);
	ck_assert_int_eq(hub_route_purge(db, EXPIRES_MS + 1, 2, &receipts), 1);
	ck_assert_int_eq(hub_route_purge(db, EXPIRES_MS + 1, 2, &receipts), 0);
	ck_assert_uint_eq(receipts, 0);
	ck_assert_str_eq(receive("smsc a", "0", true, "a0"), "");
	ck_assert_str_eq(waiting("east"), "a3 a4 ");
	ck_assert_int_eq(hub_route_purge(db, LATER_MS + 1, 2, &receipts), 1);
	ck_assert_uint_eq(receipts, 2);
	ck_assert_str_eq(waiting("east"), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hub_route_row");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int rc;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_receipt_when_route_is_known_then_waits_for_its_hub);
	tcase_add_test(tcase, test_route_when_id_is_used_again_then_it_is_the_later_message);
	tcase_add_loop_test(tcase, test_receipt_when_it_comes_first_then_waits_with_its_route, 0,
			    COUNT_OF(earlies));
	tcase_add_test(tcase, test_notices_when_they_come_first_then_wait_in_order_before_the_end);
	tcase_add_test(tcase, test_notice_when_of_an_id_that_was_used_before_then_is_nobodys);
	tcase_add_test(tcase, test_notices_when_too_many_or_too_large_then_the_newest_stay);
	tcase_add_test(tcase, test_notices_when_time_is_over_then_go_in_steps);
	tcase_add_test(tcase, test_purge_when_time_is_over_then_both_kinds_go_in_steps);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	rc = srunner_ntests_failed(runner);
	srunner_free(runner);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
