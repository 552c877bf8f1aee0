/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Rows that were just committed: what the pumps get without reading, and when they have to read. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/outbox_stock.h"

static char folder[64];
static struct db *db;
static struct outbox_stock *stock;

static void setup(void)
{
	char path[96];

	strcpy(folder, "/tmp/mianrao-stock-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t.db", folder);
	ck_assert_msg(db_open(NULL, path, DB_WRITER, &db) == 0, "%s", db_open_error());
	stock = outbox_stock_create(NULL);
	db_set_watch(db, outbox_stock_watch(stock));
}

static void teardown(void)
{
	char command[128];

	talloc_free(db);
	talloc_free(stock);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void put(enum outbox_channel channel, const char *payload)
{
	const struct outbox_row row = { .target = "+8613800138000",
					.payload = payload,
					.report_id = 7,
					.told = 2,
					.route = "centre/10086999",
					.created_ms = 5 };

	ck_assert_int_eq(outbox_put(db, channel, &row), 0);
}

static void begin(void)
{
	ck_assert_int_eq(db_begin(db), 0);
}

static void commit(void)
{
	ck_assert_int_eq(db_commit(db), 0);
	outbox_stock_collect(stock);
}

/* As a pump does: reads to the end of the table. */
static void read_all(enum outbox_channel channel)
{
	struct db_stmt *stmt = db_query(db, Q_OUTBOX_NEXT);
	int64_t last = 0;

	outbox_stock_reading(stock, channel);
	db_bind_int(stmt, 1, channel);
	db_bind_int(stmt, 2, 0);
	db_bind_int(stmt, 3, 1000000);
	while (db_step(stmt) > 0)
		last = db_int(stmt, 0);
	outbox_stock_read(stock, channel, last);
}

static const char *take(enum outbox_channel channel)
{
	static char payload[64];
	const struct outbox_row *row = outbox_stock_first(stock, channel);

	if (!row)
		return NULL;
	snprintf(payload, sizeof(payload), "%s", row->payload);
	outbox_stock_drop(stock, channel);
	return payload;
}

START_TEST(test_stock_when_the_table_was_read_then_what_is_committed_is_given_in_order)
{
	const struct outbox_row *row;

	read_all(OUTBOX_SMS);
	begin();
	put(OUTBOX_SMS, "one");
	put(OUTBOX_EVENT, "elsewhere");
	put(OUTBOX_SMS, "two");
	outbox_stock_collect(stock);
	ck_assert_ptr_null(outbox_stock_first(stock, OUTBOX_SMS)); /* not committed yet */
	commit();
	row = outbox_stock_first(stock, OUTBOX_SMS);
	ck_assert_ptr_nonnull(row);
	ck_assert_int_gt(row->id, 0);
	ck_assert_str_eq(row->target, "+8613800138000");
	ck_assert_str_eq(row->route, "centre/10086999");
	ck_assert_int_eq(row->report_id, 7);
	ck_assert_uint_eq(row->told, 2);
	ck_assert_int_eq(row->created_ms, 5);
	ck_assert_str_eq(take(OUTBOX_SMS), "one");
	ck_assert_str_eq(take(OUTBOX_SMS), "two");
	ck_assert_ptr_null(take(OUTBOX_SMS));
	ck_assert(!outbox_stock_live(stock, OUTBOX_EVENT)); /* nobody has read it */
	ck_assert_ptr_null(take(OUTBOX_EVENT));
}
END_TEST

START_TEST(test_stock_when_a_transaction_is_undone_then_its_rows_are_not_given)
{
	read_all(OUTBOX_SMS);
	begin();
	put(OUTBOX_SMS, "lost");
	db_rollback(db);
	begin();
	put(OUTBOX_SMS, "kept");
	ck_assert_int_eq(db_savepoint(db), 0);
	put(OUTBOX_SMS, "undone");
	ck_assert_int_eq(db_undo(db), 0);
	ck_assert_int_eq(db_savepoint(db), 0);
	put(OUTBOX_SMS, "released");
	ck_assert_int_eq(db_release(db), 0);
	commit();
	ck_assert_str_eq(take(OUTBOX_SMS), "kept");
	ck_assert_str_eq(take(OUTBOX_SMS), "released");
	ck_assert_ptr_null(take(OUTBOX_SMS));
}
END_TEST

START_TEST(test_stock_when_rows_come_while_the_table_is_read_then_each_is_given_once)
{
	struct db_stmt *stmt;
	int64_t last;

	begin();
	put(OUTBOX_SMS, "before");
	commit();
	outbox_stock_reading(stock, OUTBOX_SMS);
	begin();
	put(OUTBOX_SMS, "seen by the reading");
	commit();
	stmt = db_query(db, Q_OUTBOX_NEXT);
	db_bind_int(stmt, 1, OUTBOX_SMS);
	db_bind_int(stmt, 2, 0);
	db_bind_int(stmt, 3, 100);
	ck_assert_int_eq(db_step(stmt), 1);
	ck_assert_int_eq(db_step(stmt), 1);
	last = db_int(stmt, 0);
	db_finish(stmt);
	begin();
	put(OUTBOX_SMS, "behind it");
	commit();
	ck_assert_ptr_null(outbox_stock_first(stock, OUTBOX_SMS)); /* not before it has ended */
	outbox_stock_read(stock, OUTBOX_SMS, last);
	ck_assert_str_eq(take(OUTBOX_SMS), "behind it");
	ck_assert_ptr_null(take(OUTBOX_SMS));
}
END_TEST

START_TEST(test_stock_when_too_much_waits_or_a_row_has_no_copy_then_the_table_is_to_be_read)
{
	read_all(OUTBOX_SMS);
	read_all(OUTBOX_EVENT);
	begin();
	for (int i = 0; i < STOCK_MAX; i++)
		put(OUTBOX_SMS, "x");
	commit();
	ck_assert(outbox_stock_live(stock, OUTBOX_SMS));
	begin();
	put(OUTBOX_SMS, "one more");
	put(OUTBOX_EVENT, "x");
	commit();
	ck_assert(!outbox_stock_live(stock, OUTBOX_SMS));
	ck_assert_ptr_null(take(OUTBOX_SMS));
	ck_assert(outbox_stock_live(stock, OUTBOX_EVENT)); /* each channel by itself */
	begin();
	outbox_stock_break(db, OUTBOX_EVENT);
	commit();
	ck_assert(!outbox_stock_live(stock, OUTBOX_EVENT));
	read_all(OUTBOX_EVENT);
	ck_assert(outbox_stock_live(stock, OUTBOX_EVENT));
	ck_assert_ptr_null(take(OUTBOX_EVENT));
}
END_TEST

START_TEST(test_stock_when_it_is_broken_while_the_table_is_read_then_it_is_read_again)
{
	outbox_stock_reading(stock, OUTBOX_SMS);
	begin();
	outbox_stock_break(db, OUTBOX_SMS);
	commit();
	outbox_stock_read(stock, OUTBOX_SMS, 0);
	ck_assert(!outbox_stock_live(stock, OUTBOX_SMS));
	/* What was broken in a transaction that is undone is whole. */
	read_all(OUTBOX_SMS);
	begin();
	outbox_stock_break(db, OUTBOX_SMS);
	db_rollback(db);
	outbox_stock_collect(stock);
	ck_assert(outbox_stock_live(stock, OUTBOX_SMS));
	outbox_stock_cool(stock, OUTBOX_SMS);
	ck_assert(!outbox_stock_live(stock, OUTBOX_SMS));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("outbox_stock");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase,
		       test_stock_when_the_table_was_read_then_what_is_committed_is_given_in_order);
	tcase_add_test(tcase, test_stock_when_a_transaction_is_undone_then_its_rows_are_not_given);
	tcase_add_test(tcase,
		       test_stock_when_rows_come_while_the_table_is_read_then_each_is_given_once);
	tcase_add_test(
		tcase,
		test_stock_when_too_much_waits_or_a_row_has_no_copy_then_the_table_is_to_be_read);
	tcase_add_test(tcase,
		       test_stock_when_it_is_broken_while_the_table_is_read_then_it_is_read_again);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
