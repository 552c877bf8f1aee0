/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_quarantine_row.c - blocked attempts and kept messages in the store, and their release. */
#include "gateway/quarantine_row.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/outbox.h"
#include "gateway/release_book.h"
#include "smpp/smpp_pdu.h"
#include "tests/unit/tables.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SUBSCRIBER "+8613800138000"
#define SENDER "+85298765432"

/* 2025-11-22T10:30:00+08:00 */
static const int64_t now_ms = INT64_C(1763778600000);
static const int64_t day_ms = INT64_C(86400000);

static char folder[64];
static void *ctx;
static struct db *db;

static void set_up(void)
{
	char path[96];

	strcpy(folder, "/tmp/mianrao-kept-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t.db", folder);
	ctx = talloc_new(NULL);
	ck_assert_msg(db_open(ctx, path, DB_WRITER, &db) == 0, "%s", db_open_error());
	ck_assert_int_eq(db_begin(db), 0);
}

static void tear_down(void)
{
	char command[128];

	talloc_free(ctx);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static struct attempt_row attempt(const char *sender, int64_t at_ms)
{
	struct attempt_row row = { .subscriber = { SUBSCRIBER },
				   .channel = BLOCK_SMS,
				   .at_ms = at_ms,
				   .count = 1,
				   .tier = BLOCK_TIER_SUBSCRIBER_CLASS,
				   .rule = "block sms from international",
				   .account = "hub1" };

	snprintf(row.sender.text, NUMBER_MAX, "%s", sender);
	return row;
}

static void add(const char *sender, uint8_t channel, int64_t at_ms, uint32_t count, uint32_t max)
{
	struct attempt_row row = attempt(sender, at_ms);

	row.channel = channel;
	row.count = count;
	ck_assert_int_eq(attempt_row_add(db, &row, max), 0);
}

static struct blocked_list list(int64_t from_ms, int64_t to_ms, bool released)
{
	const struct attempt_span span = { SUBSCRIBER, from_ms, to_ms, released };
	struct blocked_list got;

	ck_assert_int_eq(attempt_row_list(db, &span, &got, NULL), 0);
	return got;
}

/* ---- attempts ---- */

START_TEST(test_attempt_when_repeated_then_one_row_a_day_and_one_entry)
{
	const struct attempt_span span = { SUBSCRIBER, 0, INT64_MAX, false };
	int64_t counts[BLOCK_SMS + 1];
	struct blocked_list got;

	add(SENDER, BLOCK_SMS, now_ms, 2, 50);
	add(SENDER, BLOCK_SMS, now_ms + 1, 3, 50);
	add(SENDER, BLOCK_SMS, now_ms - day_ms, 4, 50);
	add(SENDER, BLOCK_CALL, now_ms - 5, 1, 50);
	ck_assert_int_eq(attempt_row_list(db, &span, &got, counts), 0);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_int_eq(got.entries[0].channel, BLOCKED_SMS);
	ck_assert_uint_eq(got.entries[0].count, 9);
	ck_assert_int_eq(got.entries[0].last_ms, now_ms + 1);
	ck_assert_int_eq(got.entries[1].channel, BLOCKED_CALL);
	ck_assert_int_eq(counts[BLOCK_SMS], 9);
	ck_assert_int_eq(counts[BLOCK_CALL], 1);
	/* One day of it. */
	got = list(now_ms - day_ms, now_ms, false);
	ck_assert_uint_eq(got.entries[0].count, 5);
}
END_TEST

START_TEST(test_attempt_when_count_is_at_its_top_then_stays)
{
	add(SENDER, BLOCK_SMS, now_ms, BLOCKED_COUNT_MAX, 50);
	add(SENDER, BLOCK_SMS, now_ms, BLOCKED_COUNT_MAX, 50);
	add(SENDER, BLOCK_SMS, now_ms - day_ms, BLOCKED_COUNT_MAX, 50);
	ck_assert_uint_eq(list(0, INT64_MAX, false).entries[0].count, BLOCKED_COUNT_MAX);
}
END_TEST

START_TEST(test_attempt_when_many_senders_then_the_newest_stay)
{
	char sender[NUMBER_MAX];
	struct blocked_list got;

	for (int i = 0; i < 30; i++) {
		snprintf(sender, sizeof(sender), "+121255512%02d", i);
		add(sender, BLOCK_SMS, now_ms + i, 1, 4);
	}
	got = list(0, INT64_MAX, false);
	ck_assert_uint_ge(got.count, 4);
	ck_assert_uint_le(got.count, 5);
	ck_assert_str_eq(got.entries[0].sender.text, "+12125551229");
	ck_assert_str_eq(got.entries[3].sender.text, "+12125551226");
}
END_TEST

START_TEST(test_attempt_when_too_old_then_removed_in_steps)
{
	int64_t removed;

	for (int i = 0; i < 10; i++)
		add(SENDER, BLOCK_SMS, now_ms - i * day_ms, 1, 50);
	ck_assert_int_eq(attempt_row_purge(db, now_ms - 6 * day_ms, 2, &removed), 0);
	ck_assert_int_eq(removed, 2);
	ck_assert_int_eq(attempt_row_purge(db, now_ms - 6 * day_ms, 50, &removed), 0);
	ck_assert_int_eq(removed, 2);
	ck_assert_int_eq(attempt_row_purge(db, now_ms - 6 * day_ms, 50, &removed), 0);
	ck_assert_int_eq(removed, 0);
	ck_assert_uint_eq(list(0, INT64_MAX, false).entries[0].count, 6);
}
END_TEST

/* ---- kept messages ---- */

static size_t make_pdu(uint32_t sequence, const char *text, uint8_t *out, size_t cap)
{
	struct smpp_pdu pdu = { .command_id = SMPP_SUBMIT_SM,
				.sequence_number = sequence,
				.source_addr = smpp_octets_of("85298765432"),
				.destination_addr = smpp_octets_of("8613800138000"),
				.short_message = smpp_octets_of(text) };
	ssize_t len = smpp_pdu_encode(&pdu, out, cap);

	ck_assert_int_gt(len, 0);
	return (size_t)len;
}

static enum quarantine_result put(const char *sender, struct quarantine_part part,
				  uint32_t sequence, const char *text, int64_t at_ms, uint32_t max,
				  int64_t *id)
{
	const struct quarantine_limits limits = { max, 50 };
	uint8_t pdu[300];
	struct quarantine_message message = { .attempt = attempt(sender, at_ms),
					      .part = part,
					      .pdu = pdu };
	enum quarantine_result result = QUARANTINE_FULL;

	message.len = make_pdu(sequence, text, pdu, sizeof(pdu));
	ck_assert_int_eq(quarantine_row_put(db, &message, &limits, false, &result, id), 0);
	return result;
}

static const struct quarantine_part whole = { 0, 1, 1 };

START_TEST(test_kept_when_parts_come_then_results_and_one_attempt)
{
	static const struct {
		const char *name;
		const char *sender;
		struct quarantine_part part;
		uint32_t sequence;
		const char *text;
		int64_t after_ms;
		enum quarantine_result want;
		uint32_t count; /* attempts of the sender so far */
	} table[] = {
		{ "first part", SENDER, { 7, 3, 1 }, 1, "a", 0, QUARANTINE_KEPT, 1 },
		{ "out of order", SENDER, { 7, 3, 3 }, 2, "c", 1, QUARANTINE_PART, 1 },
		{ "again", SENDER, { 7, 3, 1 }, 9, "a", 2, QUARANTINE_DUPLICATE, 1 },
		{ "the last", SENDER, { 7, 3, 2 }, 3, "b", 3, QUARANTINE_PART, 1 },
		{ "its reference anew", SENDER, { 7, 3, 1 }, 4, "A", 4, QUARANTINE_KEPT, 2 },
		{ "with the newer", SENDER, { 7, 3, 2 }, 5, "B", 5, QUARANTINE_PART, 2 },
		{ "another total", SENDER, { 7, 2, 1 }, 6, "x", 6, QUARANTINE_KEPT, 3 },
		{ "another reference", SENDER, { 8, 3, 1 }, 7, "x", 7, QUARANTINE_KEPT, 4 },
		{ "another sender", "+12125550123", { 7, 3, 1 }, 8, "a", 8, QUARANTINE_KEPT, 1 },
		{ "a whole one", SENDER, { 0, 1, 1 }, 9, "w", 9, QUARANTINE_KEPT, 5 },
		{ "and its like", SENDER, { 0, 1, 1 }, 9, "w", 9, QUARANTINE_KEPT, 6 },
		{ "much later",
		  SENDER,
		  { 8, 3, 2 },
		  9,
		  "y",
		  7 + QUARANTINE_PART_MS,
		  QUARANTINE_KEPT,
		  7 },
	};
	int64_t first = 0;

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		int64_t id;
		enum quarantine_result got =
			put(table[i].sender, table[i].part, table[i].sequence, table[i].text,
			    now_ms + table[i].after_ms, 50, &id);
		struct blocked_list entries = list(0, INT64_MAX, false);
		uint32_t count = 0;

		for (size_t j = 0; j < entries.count; j++)
			if (strcmp(entries.entries[j].sender.text, table[i].sender) == 0)
				count = entries.entries[j].count;
		ck_assert_msg(got == table[i].want && id > 0, "%s: %d", table[i].name, got);
		ck_assert_msg(count == table[i].count, "%s: %u attempts", table[i].name, count);
		first = i == 0 ? id : first;
		if (got == QUARANTINE_DUPLICATE)
			ck_assert_int_eq(id, first);
	}
}
END_TEST

START_TEST(test_kept_when_full_then_only_parts_of_what_was_begun)
{
	int64_t id;

	ck_assert_int_eq(put(SENDER, (struct quarantine_part){ 7, 2, 1 }, 1, "a", now_ms, 1, &id),
			 QUARANTINE_KEPT);
	ck_assert_int_eq(put(SENDER, whole, 2, "b", now_ms, 1, &id), QUARANTINE_FULL);
	ck_assert_int_eq(id, 0);
	ck_assert_int_eq(put(SENDER, (struct quarantine_part){ 7, 2, 2 }, 3, "c", now_ms, 1, &id),
			 QUARANTINE_PART);
	ck_assert_uint_eq(list(0, INT64_MAX, false).entries[0].count, 2);
}
END_TEST

/* What of the outbox holds that text. */
static int released_with(const char *text)
{
	struct db_stmt *stmt = db_query(db, Q_OUTBOX_NEXT);
	int count = 0;

	db_bind_int(stmt, 1, OUTBOX_RELEASE);
	db_bind_int(stmt, 2, 0);
	db_bind_int(stmt, 3, 1000);
	while (db_step(stmt) > 0) {
		struct smpp_pdu pdu;
		uint8_t *octets;
		size_t len;

		ck_assert_str_eq(db_text(stmt, 1), SUBSCRIBER);
		ck_assert_int_eq(quarantine_read_pdu(ctx, db_text(stmt, 2), &octets, &len), 0);
		ck_assert_int_eq(smpp_pdu_decode(octets, len, &pdu, NULL), 0);
		count += pdu.short_message.len == strlen(text) &&
			 memcmp(pdu.short_message.data, text, strlen(text)) == 0;
	}
	return count;
}

START_TEST(test_release_when_kept_then_in_the_outbox_once_and_late_parts_follow)
{
	uint32_t messages;
	int64_t id;

	put(SENDER, (struct quarantine_part){ 7, 3, 2 }, 1, "two", now_ms, 50, &id);
	put(SENDER, (struct quarantine_part){ 7, 3, 1 }, 2, "one", now_ms, 50, &id);
	put(SENDER, whole, 3, "whole", now_ms, 50, &id);
	put("+12125550123", whole, 4, "other", now_ms, 50, &id);
	ck_assert_int_eq(quarantine_row_release(db, SUBSCRIBER, SENDER, now_ms, &messages), 0);
	ck_assert_uint_eq(messages, 2);
	ck_assert_int_eq(quarantine_row_release(db, SUBSCRIBER, SENDER, now_ms, &messages), 0);
	ck_assert_uint_eq(messages, 0);
	ck_assert_int_eq(released_with("one"), 1);
	ck_assert_int_eq(released_with("two"), 1);
	ck_assert_int_eq(released_with("whole"), 1);
	ck_assert_int_eq(released_with("other"), 0);
	ck_assert_int_eq(
		put(SENDER, (struct quarantine_part){ 7, 3, 3 }, 5, "three", now_ms, 50, &id),
		QUARANTINE_FORWARDED);
	ck_assert_int_eq(released_with("three"), 1);
}
END_TEST

START_TEST(test_kept_when_too_old_then_removed_and_counted_by_state)
{
	const struct quarantine_age age = { .before_ms = now_ms - day_ms, .now_ms = now_ms };
	struct quarantine_purged gone;
	uint32_t messages;
	int64_t id;

	put(SENDER, whole, 1, "a", now_ms - 5 * day_ms, 50, &id);
	put(SENDER, whole, 1, "b", now_ms, 50, &id);
	put("+12125550123", whole, 1, "c", now_ms - 5 * day_ms, 50, &id);
	ck_assert_int_eq(quarantine_row_release(db, SUBSCRIBER, SENDER, now_ms, &messages), 0);
	ck_assert_int_eq(quarantine_row_purge(db, &age, 50, &gone), 0);
	ck_assert_int_eq(gone.removed, 2);
	ck_assert_int_eq(gone.expired, 1);
	ck_assert_uint_eq(gone.receipts, 0); /* what is no PDU has asked for nothing */
	ck_assert_int_eq(quarantine_row_purge(db, &age, 50, &gone), 0);
	ck_assert_int_eq(gone.removed, 0);
}
END_TEST

START_TEST(test_attempt_when_messages_are_kept_then_not_trimmed)
{
	struct blocked_list got;
	char sender[NUMBER_MAX];
	int64_t id;

	put(SENDER, whole, 1, "a", now_ms - 1000, 50, &id);
	for (int i = 0; i < 10; i++) {
		snprintf(sender, sizeof(sender), "+121255512%02d", i);
		add(sender, BLOCK_SMS, now_ms + i, 1, 3);
	}
	got = list(0, INT64_MAX, false);
	/* The three newest, and what is kept. */
	ck_assert_uint_eq(got.count, 4);
	ck_assert_str_eq(got.entries[3].sender.text, SENDER);
}
END_TEST

START_TEST(test_pdu_when_written_then_read_back_and_rubbish_refused)
{
	static const char *const broken[] = { "0", "0g", "00 00 0", "xyz", "0011223" };
	uint8_t octets[256];
	uint8_t *got;
	char *text;
	size_t len;

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)i;
	for (size_t n = 0; n <= sizeof(octets); n++) {
		text = quarantine_write_pdu(ctx, octets, n);
		ck_assert_int_eq(quarantine_read_pdu(ctx, text, &got, &len), 0);
		ck_assert_uint_eq(len, n);
		ck_assert_int_eq(memcmp(got, octets, n), 0);
	}
	for (size_t i = 0; i < COUNT_OF(broken); i++)
		ck_assert_msg(quarantine_read_pdu(ctx, broken[i], &got, &len) == -EBADMSG, "%s",
			      broken[i]);
}
END_TEST

/* ---- the release as a whole ---- */

static struct release_outcome release(const char *sender, uint8_t channels, bool allows)
{
	const struct release_request request = { test_plan(), SUBSCRIBER, sender, channels,
						 allows,      "sms",	  now_ms };
	struct release_outcome outcome;

	ck_assert_int_eq(release_book_run(ctx, db, &request, &outcome), 0);
	return outcome;
}

START_TEST(test_release_when_run_then_result_channels_and_rule)
{
	static const struct {
		const char *name, *sender;
		bool call, sms, kept;
		uint8_t channels; /* asked */
		bool allows;
		enum release_result want;
		uint8_t released, allowed;
		const char *rule;
	} table[] = {
		{ "nothing", SENDER, 0, 0, 0, 0, true, RELEASE_UNKNOWN, 0, 0, "" },
		{ "a call", SENDER, 1, 0, 0, 0, true, RELEASE_ALLOWED, 1, 1,
		  "allow call from =+85298765432" },
		{ "a call, whatever policy says of messages", SENDER, 1, 0, 0, 0, false,
		  RELEASE_ALLOWED, 1, 1, "allow call from =+85298765432" },
		{ "SMS, not kept", SENDER, 0, 1, 0, 0, false, RELEASE_ALLOWED, 2, 2,
		  "allow sms from =+85298765432" },
		{ "SMS, kept", SENDER, 0, 1, 1, 0, true, RELEASE_SENT, 2, 2,
		  "allow sms from =+85298765432" },
		{ "SMS, kept, once", SENDER, 0, 1, 1, 0, false, RELEASE_SENT, 2, 0, "" },
		{ "both", SENDER, 1, 1, 1, 0, true, RELEASE_SENT, 3, 3,
		  "allow call,sms from =+85298765432" },
		{ "both, once", SENDER, 1, 1, 1, 0, false, RELEASE_SENT, 3, 1,
		  "allow call from =+85298765432" },
		{ "of both the call", SENDER, 1, 1, 1, BLOCK_CALL, true, RELEASE_ALLOWED, 1, 1,
		  "allow call from =+85298765432" },
		{ "of SMS the call", SENDER, 0, 1, 1, BLOCK_CALL, true, RELEASE_UNKNOWN, 0, 0, "" },
		{ "hidden", "withheld", 1, 0, 0, 0, true, RELEASE_REFUSED, 1, 0, "" },
		{ "a name, not kept", "SHOP", 0, 1, 0, 0, true, RELEASE_REFUSED, 2, 0, "" },
		{ "a name, kept", "SHOP", 0, 1, 1, 0, true, RELEASE_SENT, 2, 0, "" },
		{ "hidden, a call and kept SMS", "withheld", 1, 1, 1, 0, true, RELEASE_SENT, 2, 0,
		  "" },
		{ "a port", "10690001", 0, 1, 1, 0, true, RELEASE_SENT, 2, 2,
		  "allow sms from =10690001" },
		{ "a code", "95533", 1, 0, 0, 0, true, RELEASE_ALLOWED, 1, 1,
		  "allow call from =95533" },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct release_outcome got;
		int64_t id;

		tear_down();
		set_up();
		if (table[i].call)
			add(table[i].sender, BLOCK_CALL, now_ms, 1, 50);
		if (table[i].kept)
			put(table[i].sender, whole, 1, "text", now_ms, 50, &id);
		else if (table[i].sms)
			add(table[i].sender, BLOCK_SMS, now_ms, 1, 50);
		got = release(table[i].sender, table[i].channels, table[i].allows);
		ck_assert_msg(got.result == table[i].want, "%s: %s", table[i].name,
			      release_result_name(got.result));
		ck_assert_msg(got.channels == table[i].released && got.allowed == table[i].allowed,
			      "%s: channels %d, allowed %d", table[i].name, got.channels,
			      got.allowed);
		ck_assert_msg(strncmp(got.rules.text ? got.rules.text : "", table[i].rule,
				      strlen(table[i].rule)) == 0 &&
				      (got.rules.text != NULL) == (table[i].rule[0] != '\0'),
			      "%s: %s", table[i].name, got.rules.text);
		/* Once more: there is nothing new. */
		if (got.result == RELEASE_ALLOWED || got.result == RELEASE_SENT) {
			got = release(table[i].sender, got.channels, table[i].allows);
			ck_assert_msg(got.result == RELEASE_ALREADY && !got.rules.text, "%s: %s",
				      table[i].name, release_result_name(got.result));
		}
	}
}
END_TEST

START_TEST(test_release_when_blocked_again_then_open_again)
{
	add(SENDER, BLOCK_CALL, now_ms, 1, 50);
	ck_assert_int_eq(release(SENDER, 0, true).result, RELEASE_ALLOWED);
	ck_assert_uint_eq(list(0, INT64_MAX, false).count, 0);
	ck_assert_uint_eq(list(0, INT64_MAX, true).count, 1);
	add(SENDER, BLOCK_CALL, now_ms, 1, 50);
	ck_assert_uint_eq(list(0, INT64_MAX, false).count, 1);
	/* The rule is there already. */
	ck_assert_int_eq(release(SENDER, 0, true).result, RELEASE_ALLOWED);
}
END_TEST

START_TEST(test_release_when_no_rule_fits_any_more_then_nothing_is_marked)
{
	struct rule_change change = { SUBSCRIBER, "test", now_ms };
	struct rule_state state;
	struct rule_fault fault;
	char *text = talloc_strdup(ctx, "");
	int64_t id;

	for (int i = 0; i < BLOCK_SET_MAX; i++)
		text = talloc_asprintf_append(text, "block call from =+1212555%04d\n", i);
	ck_assert_int_eq(rule_store_set(ctx, db, test_plan(), &change, text, &state, &fault), 0);
	add(SENDER, BLOCK_CALL, now_ms, 1, 50);
	ck_assert_int_eq(release(SENDER, 0, true).result, RELEASE_NO_ROOM);
	ck_assert_uint_eq(list(0, INT64_MAX, false).count, 1);
	/* What was kept goes all the same. */
	put(SENDER, whole, 1, "text", now_ms, 50, &id);
	ck_assert_int_eq(release(SENDER, BLOCK_SMS, true).result, RELEASE_SENT);
	ck_assert_int_eq(released_with("text"), 1);
}
END_TEST

START_TEST(test_sender_when_a_name_is_written_in_any_case_then_found)
{
	struct number got = { "" };

	add("My Bank", BLOCK_SMS, now_ms, 1, 50);
	ck_assert_int_eq(release_book_find_sender(db, SUBSCRIBER, "my bank", &got), 1);
	ck_assert_str_eq(got.text, "My Bank");
	ck_assert_int_eq(release_book_find_sender(db, SUBSCRIBER, "my", &got), 0);
	ck_assert_int_eq(release_book_find_sender(db, "+8613800138001", "my bank", &got), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("quarantine_row");
	TCase *tc = tcase_create("core");
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, test_attempt_when_repeated_then_one_row_a_day_and_one_entry);
	tcase_add_test(tc, test_attempt_when_count_is_at_its_top_then_stays);
	tcase_add_test(tc, test_attempt_when_many_senders_then_the_newest_stay);
	tcase_add_test(tc, test_attempt_when_too_old_then_removed_in_steps);
	tcase_add_test(tc, test_attempt_when_messages_are_kept_then_not_trimmed);
	tcase_add_test(tc, test_kept_when_parts_come_then_results_and_one_attempt);
	tcase_add_test(tc, test_kept_when_full_then_only_parts_of_what_was_begun);
	tcase_add_test(tc, test_kept_when_too_old_then_removed_and_counted_by_state);
	tcase_add_test(tc, test_release_when_kept_then_in_the_outbox_once_and_late_parts_follow);
	tcase_add_test(tc, test_pdu_when_written_then_read_back_and_rubbish_refused);
	tcase_add_test(tc, test_release_when_run_then_result_channels_and_rule);
	tcase_add_test(tc, test_release_when_blocked_again_then_open_again);
	tcase_add_test(tc, test_release_when_no_rule_fits_any_more_then_nothing_is_marked);
	tcase_add_test(tc, test_sender_when_a_name_is_written_in_any_case_then_found);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
