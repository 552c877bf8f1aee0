/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_operator_store.c - the operator's versions, the sample of traffic and chunks of an import,
 * as the store holds them. */
#include "gateway/operator_store.h"

#include <check.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/rule_import.h"
#include "gateway/rule_store.h"
#include "gateway/traffic_row.h"
#include "tests/unit/tables.h"

static const int64_t now_ms = INT64_C(1763778600000);

static char folder[64];
static char path[96];
static void *ctx;
static struct db *db;

static void set_up(void)
{
	strcpy(folder, "/tmp/mianrao-operator-XXXXXX");
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

/* ---- versions ---- */

static int put(int64_t base, const char *text, int64_t back_to, struct operator_version *out)
{
	const struct operator_change change = { .base = base,
						.actor = "uid 0 pid 1",
						.note = "why",
						.now_ms = now_ms + base,
						.back_to = back_to,
						.configured = back_to == 0,
						.text = text };

	return operator_store_put(ctx, db, &change, out);
}

START_TEST(test_nothing_set_is_the_configuration)
{
	struct operator_version version;

	ck_assert_int_eq(operator_store_live(ctx, db, &version), 0);
	ck_assert_int_eq(version.version, 0);
	ck_assert(version.configured);
	ck_assert_int_eq(operator_store_get(ctx, db, 1, &version), -ENOENT);
	ck_assert_int_eq(operator_store_list(ctx, db, INT64_MAX, &version, 1), 0);
}
END_TEST

START_TEST(test_versions_follow_each_other_and_stay)
{
	struct operator_version version, list[4];

	ck_assert_int_eq(put(0, "block call from +1\n", -1, &version), 0);
	ck_assert_int_eq(version.version, 1);
	ck_assert_uint_eq(strlen(version.hash), OPERATOR_HASH_MAX - 1);
	ck_assert_int_eq(put(0, "block call from +44\n", -1, &version), -ESTALE);
	ck_assert_int_eq(put(1, "block call from +1\n", -1, &version), 0);
	ck_assert_int_eq(version.version, 1);
	ck_assert_int_eq(put(1, "", -1, &version), 0);
	ck_assert(!version.configured); /* no rules are not those of the configuration */
	ck_assert_int_eq(put(2, "", 0, &version), 0);
	ck_assert(version.configured);
	ck_assert_int_eq(put(3, "block call from +1\n", 1, &version), 0);
	ck_assert_int_eq(operator_store_list(ctx, db, INT64_MAX, list, 4), 4);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(list[i].version, 4 - i);
	ck_assert_int_eq(list[0].back_to, 1);
	ck_assert_int_eq(list[1].back_to, 0);
	ck_assert_int_eq(list[2].back_to, -1);
	ck_assert_str_eq(list[0].hash, list[3].hash);
	ck_assert_int_eq(operator_store_list(ctx, db, 3, list, 1), 1);
	ck_assert_int_eq(list[0].version, 2);
	ck_assert_int_eq(operator_store_get(ctx, db, 1, &version), 0);
	ck_assert_str_eq(version.text, "block call from +1\n");
	ck_assert_str_eq(version.note, "why");
	ck_assert_int_eq(version.at_ms, now_ms);
	ck_assert_str_eq(operator_store_published(ctx, &version),
			 "# version 1\nblock call from +1\n");
}
END_TEST

/* Not by us alone: nobody changes what was in force. */
START_TEST(test_a_version_cannot_be_edited_or_removed)
{
	static const char *const attempts[] = {
		"UPDATE operator_rules SET text='' WHERE version=1",
		"UPDATE operator_rules SET note='other'",
		"DELETE FROM operator_rules",
		"INSERT INTO operator_rules SELECT * FROM operator_rules",
	};
	struct operator_version version;
	sqlite3 *other;

	ck_assert_int_eq(put(0, "block call from +1\n", -1, &version), 0);
	ck_assert_int_eq(db_commit(db), 0);
	ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
	for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++)
		ck_assert_msg(sqlite3_exec(other, attempts[i], NULL, NULL, NULL) ==
				      SQLITE_CONSTRAINT,
			      "%s", attempts[i]);
	sqlite3_close(other);
	ck_assert_int_eq(db_begin(db), 0);
	ck_assert_int_eq(operator_store_live(ctx, db, &version), 0);
	ck_assert_str_eq(version.text, "block call from +1\n");
}
END_TEST

/* ---- the sample ---- */

static void put_stratum(const char *instance, int64_t begun_ms, size_t count)
{
	struct traffic_record records[4] = { 0 };
	const struct traffic_stratum stratum = { .begun_ms = begun_ms,
						 .channel = BLOCK_SMS,
						 .seen = 10 * count,
						 .count = count,
						 .records = records };
	uint8_t *octets;
	size_t len;

	for (size_t i = 0; i < count; i++) {
		snprintf(records[i].attempt.caller.text, NUMBER_MAX, "+8529876543%c",
			 (char)('0' + i));
		records[i].attempt.now_ms = begun_ms;
		records[i].blocked = i == 1;
	}
	octets = traffic_row_pack(ctx, &stratum, &len);
	ck_assert_ptr_nonnull(octets);
	ck_assert_int_eq(traffic_row_put(db, instance, &stratum, octets, len), 0);
}

START_TEST(test_strata_are_replaced_read_and_purged)
{
	struct traffic_row row = { .id = 0 };

	put_stratum("a", now_ms, 1);
	put_stratum("a", now_ms, 3); /* the same one, later */
	put_stratum("b", now_ms, 2);
	put_stratum("a", now_ms - 1000, 4);
	ck_assert_int_eq(traffic_row_purge(db, now_ms), 0);
	ck_assert_int_eq(traffic_row_next(ctx, db, &row), 1);
	ck_assert_uint_eq(row.count, 3);
	ck_assert_uint_eq(row.seen, 30);
	ck_assert_int_eq(row.records[1].attempt.channel, BLOCK_SMS);
	ck_assert_str_eq(row.records[1].attempt.caller.text, "+85298765431");
	ck_assert(row.records[1].blocked && !row.records[2].blocked);
	ck_assert_int_eq(traffic_row_next(ctx, db, &row), 1);
	ck_assert_uint_eq(row.count, 2);
	ck_assert_int_eq(traffic_row_next(ctx, db, &row), 0);
}
END_TEST

START_TEST(test_octets_of_nobody_are_told_and_can_be_passed)
{
	const struct traffic_stratum stratum = { .begun_ms = now_ms, .channel = BLOCK_CALL };
	struct traffic_row row = { .id = 0 };

	ck_assert_int_eq(traffic_row_put(db, "a", &stratum, (const uint8_t *)"not a record", 12),
			 0);
	put_stratum("b", now_ms, 2);
	ck_assert_int_eq(traffic_row_next(ctx, db, &row), -EBADMSG);
	ck_assert_int_gt(row.id, 0);
	ck_assert_int_eq(traffic_row_next(ctx, db, &row), 1);
	ck_assert_uint_eq(row.count, 2);
}
END_TEST

/* ---- chunks ---- */

static struct rule_import chunk(const char *text, bool replaces, const char *after)
{
	struct rule_import import = { .plan = test_plan(),
				      .format = RULE_FORMAT_CSV,
				      .text = text,
				      .first_line = 11,
				      .applies = true,
				      .replaces = replaces,
				      .after = after,
				      .now_ms = now_ms };

	ck_assert_int_eq(rule_import_run(ctx, db, &import), 0);
	return import;
}

static const char *rules_of(const char *subscriber)
{
	struct rule_state state;

	ck_assert_int_eq(rule_store_get(ctx, db, test_plan(), subscriber, &state), 0);
	return state.text;
}

START_TEST(test_chunk_when_a_subscriber_comes_again_then_all_is_kept)
{
	struct rule_import made = chunk("13800138000,block call from +1\n"
					"13900139000,block call from +1\n"
					"13800138000,block call from +44\n"
					"13800138000,block call from +1\n",
					false, "");

	ck_assert_uint_eq(made.lines, 4);
	ck_assert_uint_eq(made.rules, 4);
	ck_assert_uint_eq(made.change_count, 3);
	ck_assert_str_eq(rules_of("+8613800138000"), "block call from +1\nblock call from +44\n");
	ck_assert_str_eq(made.changes[2].text, "block call from +1\nblock call from +44\n");
	ck_assert_str_eq(made.last.text, "+8613800138000");
}
END_TEST

START_TEST(test_chunk_when_it_goes_on_with_a_subscriber_then_adds)
{
	chunk("13800138000,block call from +1\n", true, "");
	chunk("13800138000,block call from +44\n", true, "+8613800138000");
	ck_assert_str_eq(rules_of("+8613800138000"), "block call from +1\nblock call from +44\n");
	chunk("13800138000,block call from +44\n", true, "+8613700137000");
	ck_assert_str_eq(rules_of("+8613800138000"), "block call from +44\n");
	chunk("13800138000,\n", true, "");
	ck_assert_str_eq(rules_of("+8613800138000"), "");
}
END_TEST

START_TEST(test_chunk_when_only_checked_then_changes_nothing)
{
	struct rule_import import = { .plan = test_plan(),
				      .format = RULE_FORMAT_CSV,
				      .text = "13800138000,block call from +1\nx,y\n\n13800138000,",
				      .first_line = 11,
				      .after = "" };

	/* Twice, as the store may: the counts are of the last time. */
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(rule_import_run(ctx, db, &import), 0);
		ck_assert_uint_eq(import.lines, 4);
		ck_assert_uint_eq(import.rules, 1);
		ck_assert_uint_eq(import.bad, 2);
		ck_assert_uint_eq(import.faults[0].line, 12);
		ck_assert_uint_eq(import.faults[1].line, 14);
		ck_assert_str_eq(import.faults[1].text, "rule: there is none");
	}
	ck_assert_str_eq(rules_of("+8613800138000"), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("operator_store");
	TCase *cases = tcase_create("all");
	int failed;

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, test_nothing_set_is_the_configuration);
	tcase_add_test(cases, test_versions_follow_each_other_and_stay);
	tcase_add_test(cases, test_a_version_cannot_be_edited_or_removed);
	tcase_add_test(cases, test_strata_are_replaced_read_and_purged);
	tcase_add_test(cases, test_octets_of_nobody_are_told_and_can_be_passed);
	tcase_add_test(cases, test_chunk_when_a_subscriber_comes_again_then_all_is_kept);
	tcase_add_test(cases, test_chunk_when_it_goes_on_with_a_subscriber_then_adds);
	tcase_add_test(cases, test_chunk_when_only_checked_then_changes_nothing);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
