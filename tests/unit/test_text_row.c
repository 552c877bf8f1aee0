/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Texts that owe a receipt: a story each, told in steps, with what the store shows after it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/report_row.h"
#include "gateway/text_row.h"

#define COUNT_OF(rows) (int)(sizeof(rows) / sizeof((rows)[0]))
#define NUMBER "+8613800138000"

enum { DAY_MS = 86400000, SENT_MS = 1000 };

static char folder[64];
static void *root;
static struct db *db;
static struct text_counts counts;
static struct text_policy policy;
static int64_t report_id;

static void begin(void)
{
	ck_assert_int_eq(db_begin(db), 0);
}

static void commit(void)
{
	ck_assert_int_eq(db_commit(db), 0);
}

static void open_report(void)
{
	struct report_row row = { .received_ms = 1, .deadline_ms = 2, .text = "x" };

	begin();
	ck_assert_int_eq(db_next_id(db, DB_SEQUENCE_MESSAGE, &row.id), 0);
	strcpy(row.subscriber.text, NUMBER);
	ck_assert_int_eq(report_row_open(db, &row, REPORT_STATE_PENDING, 1, ""), 0);
	commit();
	report_id = row.id;
}

static void setup(void)
{
	char path[96];

	strcpy(folder, "/tmp/mianrao-text-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t.db", folder);
	root = talloc_new(NULL);
	ck_assert_msg(db_open(root, path, DB_WRITER, &db) == 0, "%s", db_open_error());
	counts = (struct text_counts){ 0 };
	policy = (struct text_policy){ { .attempts = 3,
					 .retry_s = 10,
					 .retry_max_s = 15,
					 .receipt_wait_s = 100,
					 .keep_days = 2 },
				       SENT_MS };
	open_report();
}

static void teardown(void)
{
	char command[128];

	talloc_free(root);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* ---- what the store shows ---- */

static int64_t number_of(enum db_query query, int column)
{
	struct db_stmt *stmt = db_query(db, query);
	int64_t value = -1;

	db_bind_int(stmt, 1, report_id);
	if (db_step(stmt) == 1)
		value = db_int(stmt, column);
	db_finish(stmt);
	return value;
}

/* -1: there is no row, or it waits in the outbox. */
static int64_t state(void)
{
	return number_of(Q_TEXTS_OF_REPORT, 1);
}

static int64_t attempts(void)
{
	return number_of(Q_TEXTS_OF_REPORT, 2);
}

static unsigned told(void)
{
	struct report_row row;

	ck_assert_int_eq(report_row_get(root, db, report_id, &row), 0);
	return row.told;
}

/* The one row of the outbox; false: it is empty. */
static bool outbox(struct outbox_row *out)
{
	struct db_stmt *stmt = db_query(db, Q_OUTBOX_NEXT);
	bool found;

	db_bind_int(stmt, 1, OUTBOX_SMS);
	db_bind_int(stmt, 2, 0);
	db_bind_int(stmt, 3, 2);
	found = db_step(stmt) == 1;
	if (found) {
		*out = (struct outbox_row){ .id = db_int(stmt, 0),
					    .report_id = db_int(stmt, 3),
					    .told = (unsigned)db_int(stmt, 4),
					    .text_id = db_int(stmt, 7) };
		ck_assert_str_eq(db_text(stmt, 1), NUMBER);
		ck_assert_str_eq(db_text(stmt, 2), "text");
		ck_assert_str_eq(db_text(stmt, 5), "a/10086999");
		ck_assert_int_eq(db_step(stmt), 0);
	}
	db_finish(stmt);
	return found;
}

/* ---- steps ---- */

static void put_text(void)
{
	const struct outbox_row row = { .target = NUMBER,
					.payload = "text",
					.report_id = report_id,
					.told = TOLD_VERDICT,
					.route = "a/10086999",
					.created_ms = 1 };

	begin();
	ck_assert_int_eq(outbox_put(db, OUTBOX_SMS, &row), 0);
	commit();
}

static void set_key(struct smpp_id_key *key, const char *id)
{
	ck_assert_int_eq(smpp_receipt_id_key(SMPP_ID_AS_IS, smpp_octets_of(id), key), 0);
}

/* "a b": ids of the parts. */
static void hand_over(const char *ids, enum receipts_wanted wanted, const char *refused)
{
	struct text_handed handed = { .count = 0 };
	struct outbox_row row;
	struct db_stmt *stmt;
	char list[64];

	snprintf(handed.refused, sizeof(handed.refused), "%s", refused);
	snprintf(list, sizeof(list), "%s", ids);
	for (char *id = strtok(list, " "); id; id = strtok(NULL, " ")) {
		struct text_part *part = &handed.parts[handed.count++];

		strcpy(part->scope, "smsc a");
		set_key(&part->key, id);
		part->wanted = wanted;
		part->sent_ms = policy.now_ms;
	}
	ck_assert(outbox(&row));
	begin();
	ck_assert_int_eq(text_row_handed(db, &row, &handed, &policy, &counts), 0);
	stmt = db_query(db, Q_OUTBOX_DELETE);
	db_bind_int(stmt, 1, OUTBOX_SMS);
	db_bind_int(stmt, 2, row.id);
	db_bind_int(stmt, 3, row.id);
	ck_assert_int_eq(db_run(stmt), 0);
	/* Once more, as after a removal that was repeated: nothing happens. */
	ck_assert_int_eq(text_row_handed(db, &row, &(struct text_handed){ .refused = "x" }, &policy,
					 &(struct text_counts){ 0 }),
			 0);
	commit();
}

static void take(const char *ids)
{
	hand_over(ids, RECEIPTS_ALL, "");
}

static void receipt_of(const char *scope, const char *id, enum smpp_message_state to)
{
	struct text_receipt receipt = { .state = to,
					.reason = "UNDELIV",
					.received_ms = policy.now_ms };

	snprintf(receipt.scope, sizeof(receipt.scope), "%s", scope);
	set_key(&receipt.key, id);
	begin();
	ck_assert_int_eq(text_row_receipt(db, &receipt, &policy, &counts), 0);
	commit();
}

static void receipt(const char *id, enum smpp_message_state to)
{
	receipt_of("smsc a", id, to);
}

static void pass(int64_t ms)
{
	policy.now_ms += ms;
	begin();
	ck_assert_int_eq(text_row_due(db, 100, &policy, &counts), 0);
	commit();
	ck_assert_int_eq(text_row_any_due(db, policy.now_ms), 0);
}

/* ---- stories ---- */

START_TEST(test_text_when_delivered_then_told)
{
	put_text();
	take("7");
	ck_assert_int_eq(state(), TEXT_SENT);
	ck_assert_uint_eq(told(), TOLD_NOTHING);
	receipt("7", SMPP_MESSAGE_DELIVERED);
	ck_assert_int_eq(state(), TEXT_DELIVERED);
	ck_assert_uint_eq(told(), TOLD_VERDICT);
	receipt("7", SMPP_MESSAGE_UNDELIVERABLE);
	ck_assert_int_eq(state(), TEXT_DELIVERED);
	ck_assert_uint_eq(counts.repeated, 1);
	ck_assert_uint_eq(counts.delivered, 1);
}
END_TEST

static const enum smpp_message_state failures[] = {
	SMPP_MESSAGE_EXPIRED, SMPP_MESSAGE_DELETED,  SMPP_MESSAGE_UNDELIVERABLE,
	SMPP_MESSAGE_UNKNOWN, SMPP_MESSAGE_REJECTED,
};

START_TEST(test_text_when_not_delivered_then_out_again_and_given_up)
{
	struct outbox_row row;

	put_text();
	take("1");
	receipt("1", failures[_i]);
	ck_assert_int_eq(state(), TEXT_RETRY);
	pass(9999);
	ck_assert(!outbox(&row));
	pass(1);
	ck_assert(outbox(&row));
	ck_assert_int_eq(number_of(Q_OUTBOX_OF_REPORT, 3), 1);
	take("2");
	ck_assert_int_eq(attempts(), 2);
	/* A receipt for the first attempt says nothing about the second. */
	receipt("1", SMPP_MESSAGE_DELIVERED);
	ck_assert_int_eq(state(), TEXT_SENT);
	receipt("2", failures[_i]);
	pass(14999);
	ck_assert(!outbox(&row));
	pass(1);
	take("3");
	receipt("3", failures[_i]);
	ck_assert_int_eq(state(), TEXT_FAILED);
	ck_assert_int_eq(attempts(), 3);
	ck_assert_uint_eq(counts.retried, 2);
	ck_assert_uint_eq(counts.failed, 1);
	ck_assert_uint_eq(told(), TOLD_NOTHING);
	/* What explains that nobody was told is never forgotten. */
	pass(3 * DAY_MS);
	ck_assert_int_eq(state(), TEXT_FAILED);
}
END_TEST

START_TEST(test_text_when_second_attempt_delivered_then_told_and_forgotten_in_time)
{
	put_text();
	take("1");
	receipt("1", SMPP_MESSAGE_EXPIRED);
	pass(10000);
	take("2");
	receipt("2", SMPP_MESSAGE_DELIVERED);
	ck_assert_int_eq(state(), TEXT_DELIVERED);
	ck_assert_uint_eq(told(), TOLD_VERDICT);
	pass(2 * DAY_MS - 1);
	ck_assert_int_eq(state(), TEXT_DELIVERED);
	pass(1);
	ck_assert_int_eq(state(), -1);
	receipt("2", SMPP_MESSAGE_DELIVERED);
	ck_assert_uint_eq(counts.unmatched, 1);
}
END_TEST

START_TEST(test_text_when_receipt_comes_first_then_applied)
{
	put_text();
	receipt("7", SMPP_MESSAGE_DELIVERED);
	ck_assert_uint_eq(counts.unmatched, 1);
	take("7");
	ck_assert_int_eq(state(), TEXT_DELIVERED);
	ck_assert_uint_eq(counts.early, 1);
	ck_assert_uint_eq(told(), TOLD_VERDICT);
}
END_TEST

START_TEST(test_text_when_receipt_is_older_than_it_then_of_another)
{
	put_text();
	receipt("7", SMPP_MESSAGE_DELIVERED);
	policy.now_ms++;
	take("7");
	ck_assert_int_eq(state(), TEXT_SENT);
	ck_assert_uint_eq(counts.early, 0);
}
END_TEST

START_TEST(test_text_when_receipt_of_another_scope_then_nothing_changes)
{
	static const char *const others[] = { "smsc b", "account a", "smsc a ", "smsc", "" };

	put_text();
	for (int i = 0; i < COUNT_OF(others); i++)
		receipt_of(others[i], "7", SMPP_MESSAGE_DELIVERED);
	take("7");
	for (int i = 0; i < COUNT_OF(others); i++)
		receipt_of(others[i], "7", SMPP_MESSAGE_UNDELIVERABLE);
	ck_assert_int_eq(state(), TEXT_SENT);
	ck_assert_uint_eq(counts.unmatched, 2 * COUNT_OF(others));
}
END_TEST

START_TEST(test_text_when_in_parts_then_delivered_with_the_last)
{
	put_text();
	receipt("b", SMPP_MESSAGE_DELIVERED);
	take("a b c");
	receipt("c", SMPP_MESSAGE_DELIVERED);
	ck_assert_int_eq(state(), TEXT_SENT);
	ck_assert_uint_eq(told(), TOLD_NOTHING);
	receipt("a", SMPP_MESSAGE_DELIVERED);
	ck_assert_int_eq(state(), TEXT_DELIVERED);
	ck_assert_uint_eq(counts.delivered, 1);
}
END_TEST

START_TEST(test_text_when_one_part_failed_then_the_whole_goes_out_again)
{
	put_text();
	receipt("b", SMPP_MESSAGE_REJECTED);
	take("a b");
	ck_assert_int_eq(state(), TEXT_RETRY);
	receipt("a", SMPP_MESSAGE_DELIVERED);
	ck_assert_int_eq(state(), TEXT_RETRY);
	pass(10000);
	take("c d");
	receipt("c", SMPP_MESSAGE_DELIVERED);
	receipt("d", SMPP_MESSAGE_DELIVERED);
	ck_assert_int_eq(state(), TEXT_DELIVERED);
	ck_assert_uint_eq(counts.retried, 1);
}
END_TEST

START_TEST(test_text_when_no_receipt_comes_then_unknown_until_it_does)
{
	put_text();
	take("7");
	pass(99999);
	ck_assert_int_eq(state(), TEXT_SENT);
	pass(1);
	ck_assert_int_eq(state(), TEXT_UNKNOWN);
	ck_assert_uint_eq(counts.unheard, 1);
	ck_assert_uint_eq(told(), TOLD_NOTHING);
	receipt("7", SMPP_MESSAGE_DELIVERED);
	ck_assert_int_eq(state(), TEXT_DELIVERED);
	ck_assert_uint_eq(told(), TOLD_VERDICT);
}
END_TEST

START_TEST(test_text_when_only_failures_are_told_then_assumed)
{
	put_text();
	hand_over("7", RECEIPTS_FAILURE, "");
	ck_assert_uint_eq(told(), TOLD_NOTHING);
	pass(100000);
	ck_assert_int_eq(state(), TEXT_ASSUMED);
	ck_assert_uint_eq(counts.assumed, 1);
	ck_assert_uint_eq(told(), TOLD_VERDICT);
	receipt("7", SMPP_MESSAGE_EXPIRED);
	ck_assert_int_eq(state(), TEXT_RETRY);
}
END_TEST

START_TEST(test_text_when_id_is_used_again_then_it_is_the_later_text)
{
	put_text();
	take("7");
	put_text();
	take("7");
	receipt("7", SMPP_MESSAGE_DELIVERED);
	ck_assert_int_eq(state(), TEXT_SENT); /* the first */
	ck_assert_uint_eq(counts.delivered, 1);
	pass(100000);
	ck_assert_int_eq(state(), TEXT_UNKNOWN);
}
END_TEST

START_TEST(test_text_when_refused_then_failed_with_the_reason)
{
	struct outbox_row row;

	put_text();
	hand_over("", RECEIPTS_NONE, "ESME_RINVDSTADR");
	ck_assert_int_eq(state(), TEXT_FAILED);
	ck_assert(!outbox(&row));
	ck_assert_uint_eq(counts.failed, 1);
	ck_assert_uint_eq(told(), TOLD_NOTHING);
}
END_TEST

START_TEST(test_text_when_nothing_is_owed_then_told_at_once)
{
	put_text();
	take("");
	ck_assert_int_eq(state(), -1);
	ck_assert_uint_eq(told(), TOLD_VERDICT);
}
END_TEST

START_TEST(test_text_when_again_over_a_link_without_receipts_then_assumed)
{
	put_text();
	take("7");
	receipt("7", SMPP_MESSAGE_EXPIRED);
	pass(10000);
	take("");
	ck_assert_int_eq(state(), TEXT_ASSUMED);
	ck_assert_int_eq(attempts(), 2);
	ck_assert_uint_eq(told(), TOLD_VERDICT);
}
END_TEST

START_TEST(test_early_when_many_then_bounded_for_each_scope)
{
	struct text_receipt one = { .scope = "smsc a", .state = SMPP_MESSAGE_DELIVERED };
	struct db_stmt *stmt;
	char id[16];

	begin();
	for (int i = 0; i < 3 * TEXT_EARLY_MAX; i++) {
		one.received_ms = policy.now_ms;
		snprintf(one.scope, sizeof(one.scope), i == 1 ? "smsc b" : "smsc a");
		snprintf(id, sizeof(id), "%d", i);
		set_key(&one.key, id);
		ck_assert_int_eq(text_row_receipt(db, &one, &policy, &counts), 0);
	}
	stmt = db_query(db, Q_EARLY_EXPIRE);
	db_bind_int(stmt, 1, policy.now_ms + 1);
	ck_assert_int_eq(db_run(stmt), 0);
	/* That of the other scope is there still. */
	ck_assert_int_ge(db_changes(db), TEXT_EARLY_MAX + 1);
	ck_assert_int_le(db_changes(db), TEXT_EARLY_MAX + 1 + 128);
	commit();
}
END_TEST

START_TEST(test_early_when_old_then_gone)
{
	receipt("7", SMPP_MESSAGE_DELIVERED);
	ck_assert_int_eq(text_row_any_due(db, policy.now_ms + TEXT_EARLY_KEEP_MS), 0);
	ck_assert_int_eq(text_row_any_due(db, policy.now_ms + TEXT_EARLY_KEEP_MS + 1), 1);
	pass(TEXT_EARLY_KEEP_MS + 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text_row");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int rc;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_text_when_delivered_then_told);
	tcase_add_loop_test(tcase, test_text_when_not_delivered_then_out_again_and_given_up, 0,
			    COUNT_OF(failures));
	tcase_add_test(tcase,
		       test_text_when_second_attempt_delivered_then_told_and_forgotten_in_time);
	tcase_add_test(tcase, test_text_when_receipt_comes_first_then_applied);
	tcase_add_test(tcase, test_text_when_receipt_is_older_than_it_then_of_another);
	tcase_add_test(tcase, test_text_when_receipt_of_another_scope_then_nothing_changes);
	tcase_add_test(tcase, test_text_when_in_parts_then_delivered_with_the_last);
	tcase_add_test(tcase, test_text_when_one_part_failed_then_the_whole_goes_out_again);
	tcase_add_test(tcase, test_text_when_no_receipt_comes_then_unknown_until_it_does);
	tcase_add_test(tcase, test_text_when_only_failures_are_told_then_assumed);
	tcase_add_test(tcase, test_text_when_id_is_used_again_then_it_is_the_later_text);
	tcase_add_test(tcase, test_text_when_refused_then_failed_with_the_reason);
	tcase_add_test(tcase, test_text_when_nothing_is_owed_then_told_at_once);
	tcase_add_test(tcase, test_text_when_again_over_a_link_without_receipts_then_assumed);
	tcase_add_test(tcase, test_early_when_many_then_bounded_for_each_scope);
	tcase_add_test(tcase, test_early_when_old_then_gone);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	rc = srunner_ntests_failed(runner);
	srunner_free(runner);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
