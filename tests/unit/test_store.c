/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The store: groups, failures that hit only the guilty, the state machine of a report, its chain.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/message_row.h"
#include "gateway/report_row.h"
#include "gateway/reward_book.h"
#include "gateway/rule_store.h"
#include "gateway/store.h"
#include "tests/unit/tables.h"

static char folder[64];
static char path[96];

static void make_folder(void)
{
	strcpy(folder, "/tmp/mianrao-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t.db", folder);
}

static void remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static struct db *open_db(void *ctx)
{
	struct db *db = NULL;

	ck_assert_msg(db_open(ctx, path, DB_WRITER, &db) == 0, "%s", db_open_error());
	return db;
}

/* ---- the queue ---- */

struct put {
	struct store_op op;
	int64_t at;
	bool fails;
	int runs;
	int *done_count;
	int result;
};

static int run_put(struct db *db, struct store_op *op)
{
	struct put *put = (struct put *)op;
	struct message_row row = { .received_ms = put->at,
				   .account = "a",
				   .source = "b",
				   .state = MESSAGE_NEW,
				   .raw = "x",
				   .len = 1 };
	int rc = db_next_id(db, DB_SEQUENCE_MESSAGE, &row.id);

	put->runs++;
	if (rc == 0)
		rc = message_row_insert(db, &row);
	return rc == 0 && put->fails ? -EPERM : rc;
}

static void put_done(struct store_op *op)
{
	struct put *put = (struct put *)op;

	put->result = op->rc;
	(*put->done_count)++;
}

static int64_t count_messages(struct db *db)
{
	struct db_stmt *stmt = db_query(db, Q_MESSAGE_OPEN);
	int64_t count = 0;

	db_bind_int(stmt, 1, 0);
	db_bind_int(stmt, 2, 100000);
	while (db_step(stmt) > 0)
		count++;
	return count;
}

START_TEST(test_store_when_one_operation_fails_then_only_it_is_undone)
{
	enum { COUNT = 100, GUILTY = 37 };
	struct event_base *base = event_base_new();
	void *ctx = talloc_new(NULL);
	struct put puts[COUNT];
	struct store *store;
	const char *error;
	int done = 0;

	ck_assert_int_eq(store_create(ctx, base, path, DB_WRITER, &store, &error), 0);
	for (int i = 0; i < COUNT; i++) {
		puts[i] = (struct put){ .op = { .run = run_put, .done = put_done },
					.at = i,
					.fails = i == GUILTY,
					.done_count = &done };
		store_submit(store, &puts[i].op);
	}
	while (done < COUNT)
		event_base_loop(base, EVLOOP_ONCE);
	for (int i = 0; i < COUNT; i++)
		ck_assert_int_eq(puts[i].result, i == GUILTY ? -EPERM : 0);
	ck_assert_uint_eq(store_waiting(store), 0);
	talloc_free(ctx);
	ctx = talloc_new(NULL);
	ck_assert_int_eq(count_messages(open_db(ctx)), COUNT - 1);
	talloc_free(ctx);
	event_base_free(base);
}
END_TEST

/* Behind a large group, where it is held back, with another behind it, and alone. */
START_TEST(test_store_when_an_operation_is_lazy_then_it_is_done_all_the_same)
{
	enum { GROUP = 100, LAZY = GROUP, NEXT, LAST, COUNT };
	struct event_base *base = event_base_new();
	void *ctx = talloc_new(NULL);
	struct put puts[COUNT];
	struct store *store;
	const char *error;
	int done = 0;

	ck_assert_int_eq(store_create(ctx, base, path, DB_WRITER, &store, &error), 0);
	for (int i = 0; i < COUNT; i++)
		puts[i] = (struct put){ .op = { .run = run_put, .done = put_done },
					.done_count = &done };
	puts[LAZY].op.lazy = true;
	puts[LAST].op.lazy = true;
	for (int i = 0; i < GROUP; i++)
		store_submit(store, &puts[i].op);
	while (done < GROUP)
		event_base_loop(base, EVLOOP_ONCE);
	store_submit(store, &puts[LAZY].op);
	store_submit(store, &puts[NEXT].op);
	while (done < LAST)
		event_base_loop(base, EVLOOP_ONCE);
	store_submit(store, &puts[LAST].op);
	while (done < COUNT)
		event_base_loop(base, EVLOOP_ONCE);
	for (int i = 0; i < COUNT; i++)
		ck_assert_int_eq(puts[i].result, 0);
	ck_assert_uint_eq(store_waiting(store), 0);
	talloc_free(ctx);
	event_base_free(base);
}
END_TEST

START_TEST(test_store_when_stopped_then_everything_submitted_is_done)
{
	enum { COUNT = 2000 };
	struct event_base *base = event_base_new();
	void *ctx = talloc_new(NULL);
	struct put *puts = talloc_zero_array(ctx, struct put, COUNT);
	struct store *store;
	const char *error;
	int done = 0;

	ck_assert_int_eq(store_create(ctx, base, path, DB_WRITER, &store, &error), 0);
	for (int i = 0; i < COUNT; i++) {
		puts[i] = (struct put){ .op = { .run = run_put, .done = put_done },
					.done_count = &done };
		store_submit(store, &puts[i].op);
	}
	store_stop(store);
	ck_assert_int_eq(done, COUNT);
	ck_assert_uint_lt(store_counts(store).commits, COUNT / 2);
	talloc_free(ctx);
	event_base_free(base);
}
END_TEST

START_TEST(test_store_when_file_is_no_database_then_refused_with_its_name)
{
	struct event_base *base = event_base_new();
	struct store *store;
	const char *error;
	FILE *file = fopen(path, "w");

	fputs("this is a text and no database, and long enough to be seen as one\n", file);
	fclose(file);
	ck_assert_int_lt(store_create(NULL, base, path, DB_WRITER, &store, &error), 0);
	ck_assert_ptr_nonnull(strstr(error, path));
	event_base_free(base);
}
END_TEST

START_TEST(test_db_when_schema_is_newer_then_refused)
{
	char command[256];
	void *ctx = talloc_new(NULL);
	struct db *db;

	talloc_free(open_db(ctx));
	snprintf(command, sizeof(command), "sqlite3 %s 'PRAGMA user_version=99'", path);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_lt(db_open(ctx, path, DB_WRITER, &db), 0);
	ck_assert_ptr_nonnull(strstr(db_open_error(), "newer"));
	talloc_free(ctx);
}
END_TEST

/* ---- ids, and what is undone ---- */

static int64_t next_id(struct db *db, enum db_sequence sequence)
{
	int64_t id;

	ck_assert_int_eq(db_next_id(db, sequence, &id), 0);
	return id;
}

START_TEST(test_db_next_id_when_rolled_back_or_reopened_then_never_twice)
{
	void *ctx = talloc_new(NULL);
	struct db *db = open_db(ctx);
	int64_t last;

	ck_assert_int_eq(db_begin(db), 0);
	last = next_id(db, DB_SEQUENCE_MESSAGE);
	ck_assert_int_ge(last, 1);
	/* One after the other, over the end of a block. */
	for (int i = 0; i < 3000; i++) {
		int64_t id = next_id(db, DB_SEQUENCE_MESSAGE);

		ck_assert_int_eq(id, last + 1);
		last = id;
	}
	ck_assert_int_eq(next_id(db, DB_SEQUENCE_OUTBOX), 1);
	ck_assert_int_eq(db_commit(db), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(db_begin(db), 0);
		ck_assert_int_gt(next_id(db, DB_SEQUENCE_MESSAGE), last);
		db_rollback(db);
	}
	talloc_free(ctx);
	ctx = talloc_new(NULL);
	db = open_db(ctx);
	ck_assert_int_eq(db_begin(db), 0);
	ck_assert_int_gt(next_id(db, DB_SEQUENCE_MESSAGE), last);
	ck_assert_int_gt(next_id(db, DB_SEQUENCE_OUTBOX), 1);
	ck_assert_int_eq(db_commit(db), 0);
	talloc_free(ctx);
}
END_TEST

static void insert_message(struct db *db, int64_t report_id)
{
	struct message_row row = { .id = next_id(db, DB_SEQUENCE_MESSAGE),
				   .account = "a",
				   .source = "b",
				   .report_id = report_id,
				   .raw = "x",
				   .len = 1 };

	ck_assert_int_eq(message_row_insert(db, &row), 0);
}

START_TEST(test_db_when_part_is_undone_then_the_rest_stays)
{
	void *ctx = talloc_new(NULL);
	struct db *db = open_db(ctx);

	ck_assert_int_eq(db_begin(db), 0);
	insert_message(db, 0);
	ck_assert_int_eq(db_savepoint(db), 0);
	insert_message(db, 0);
	ck_assert_int_eq(db_undo(db), 0);
	ck_assert_int_eq(db_savepoint(db), 0);
	insert_message(db, 0);
	ck_assert_int_eq(db_release(db), 0);
	insert_message(db, 0);
	ck_assert_int_eq(db_commit(db), 0);
	ck_assert_int_eq(count_messages(db), 3);
	/* Without a transaction there is nothing to go back to. */
	ck_assert_int_eq(db_undo(db), -ECANCELED);
	talloc_free(ctx);
}
END_TEST

/* ---- migration ---- */

static const char version_1_rows[] =
	"INSERT INTO message_in VALUES(41,1,'a','+8613800138000',1,41,x'01');"
	"INSERT INTO message_in VALUES(42,2,'a','+8613800138000',0,NULL,x'02');"
	"INSERT INTO message_in VALUES(43,3,'a','+8613800138000',1,41,x'03');"
	"INSERT INTO reward VALUES('Wkey',41,'+8613800138000','+8613900001111',5,1024,2,'',6,7,8,1,"
	"9);"
	"INSERT INTO outbox VALUES(7,0,'+8613800138000','text',41,2,'a/10086999',4);"
	"INSERT INTO outbox VALUES(8,1,'','{}',41,0,'',4);"
	"PRAGMA user_version=1;";

/* A database as the first version left it. */
static void make_version_1(void)
{
	char script[128];
	char command[256];
	FILE *file;

	snprintf(script, sizeof(script), "%s/v1.sql", folder);
	file = fopen(script, "w");
	ck_assert_ptr_nonnull(file);
	fprintf(file, "%s\n%s\n", store_migrations[0], version_1_rows);
	fclose(file);
	snprintf(command, sizeof(command), "sqlite3 %s < %s", path, script);
	ck_assert_int_eq(system(command), 0);
}

static int count_rows(struct db_stmt *stmt)
{
	int count = 0;

	while (db_step(stmt) > 0)
		count++;
	return count;
}

START_TEST(test_db_when_of_version_1_then_nothing_is_lost)
{
	void *ctx = talloc_new(NULL);
	struct reward_row reward;
	struct db_stmt *stmt;
	struct db *db;

	make_version_1();
	db = open_db(ctx);
	ck_assert_int_eq(count_messages(db), 1);
	stmt = db_query(db, Q_MESSAGES_OF_REPORT);
	db_bind_int(stmt, 1, 41);
	ck_assert_int_eq(count_rows(stmt), 2);
	stmt = db_query(db, Q_REWARD_GET);
	db_bind_text(stmt, 1, "Wkey");
	ck_assert_int_eq(db_step(stmt), 1);
	reward_row_load(stmt, &reward);
	ck_assert_int_eq(reward.report_id, 41);
	ck_assert_uint_eq(reward.amount_mb, 1024);
	ck_assert_int_eq(reward.state, REWARD_STATE_CREDITED);
	ck_assert_int_eq(reward.next_ms, 9);
	db_finish(stmt);
	stmt = db_query(db, Q_OUTBOX_OF_REPORT);
	db_bind_int(stmt, 1, 41);
	ck_assert_int_eq(count_rows(stmt), 2);
	/* Ids go on behind the old ones. */
	ck_assert_int_eq(db_begin(db), 0);
	ck_assert_int_eq(next_id(db, DB_SEQUENCE_MESSAGE), 44);
	ck_assert_int_eq(next_id(db, DB_SEQUENCE_OUTBOX), 9);
	ck_assert_int_eq(next_id(db, DB_SEQUENCE_OUTBOX + 1), 9);
	ck_assert_int_eq(db_commit(db), 0);
	talloc_free(ctx);
}
END_TEST

/* ---- reports ---- */

static struct report_row new_report(struct db *db, int64_t id)
{
	struct report_row row = { .id = id,
				  .subscriber = { "+8613800138000" },
				  .number = { "+8613900001111" },
				  .intent = REPORT_CALL,
				  .text = "text",
				  .received_ms = 1000,
				  .deadline_ms = 5000,
				  .check_at = 1000,
				  .route = "a/10086999" };

	ck_assert_int_eq(report_row_open(db, &row, REPORT_STATE_PENDING, 1000, "text"), 0);
	return row;
}

/* The design's drawing of states, pair by pair. */
static bool drawn(enum report_state from, enum report_state to)
{
	static const enum report_state arrows[][2] = {
		{ REPORT_STATE_RECEIVED, REPORT_STATE_NEEDS_NUMBER },
		{ REPORT_STATE_RECEIVED, REPORT_STATE_PENDING },
		{ REPORT_STATE_NEEDS_NUMBER, REPORT_STATE_PENDING },
		{ REPORT_STATE_NEEDS_NUMBER, REPORT_STATE_UNPROVED },
		{ REPORT_STATE_PENDING, REPORT_STATE_VERIFIED },
		{ REPORT_STATE_PENDING, REPORT_STATE_REJECTED },
		{ REPORT_STATE_PENDING, REPORT_STATE_UNPROVED },
		{ REPORT_STATE_PENDING, REPORT_STATE_REVIEW },
		{ REPORT_STATE_UNPROVED, REPORT_STATE_PENDING },
		{ REPORT_STATE_REJECTED, REPORT_STATE_PENDING },
		{ REPORT_STATE_REVIEW, REPORT_STATE_VERIFIED },
		{ REPORT_STATE_REVIEW, REPORT_STATE_REJECTED },
		{ REPORT_STATE_REVIEW, REPORT_STATE_UNPROVED },
		{ REPORT_STATE_VERIFIED, REPORT_STATE_APPEALED },
		{ REPORT_STATE_REJECTED, REPORT_STATE_APPEALED },
		{ REPORT_STATE_UNPROVED, REPORT_STATE_APPEALED },
		{ REPORT_STATE_APPEALED, REPORT_STATE_REVIEW },
	};

	for (size_t i = 0; i < sizeof(arrows) / sizeof(*arrows); i++)
		if (arrows[i][0] == from && arrows[i][1] == to)
			return true;
	return false;
}

START_TEST(test_report_transition_when_any_pair_of_states_then_as_drawn)
{
	void *ctx = talloc_new(NULL);
	struct db *db = open_db(ctx);
	struct report_row row = new_report(db, 1);

	for (int from = 0; from < REPORT_STATE_COUNT; from++) {
		for (int to = 0; to < REPORT_STATE_COUNT; to++) {
			int rc;

			row.state = (enum report_state)from;
			rc = report_transition(db, &row, (enum report_state)to, 1, "", "");
			ck_assert_msg(rc == (drawn((enum report_state)from, (enum report_state)to)
						     ? 0
						     : -EINVAL),
				      "%s to %s: %d", report_state_name((enum report_state)from),
				      report_state_name((enum report_state)to), rc);
		}
	}
	talloc_free(ctx);
}
END_TEST

static void sql(const char *text)
{
	char command[512];

	snprintf(command, sizeof(command), "sqlite3 %s \"%s\"", path, text);
	ck_assert_int_eq(system(command), 0);
}

static int verify_chain(void)
{
	void *ctx = talloc_new(NULL);
	struct db *db = open_db(ctx);
	struct report_row row;
	int rc = report_row_get(ctx, db, 7, &row);

	ck_assert_int_eq(rc, 0);
	rc = report_chain_verify(db, &row);
	talloc_free(ctx);
	return rc;
}

static const struct {
	const char *name;
	const char *sql;
	int rc;
} tampering[] = {
	{ "none", "SELECT 1", 0 },
	{ "a reason", "UPDATE report_event SET reasons='call_found' WHERE seq=2", -EBADMSG },
	{ "a time", "UPDATE report_event SET at_ms=at_ms+1 WHERE seq=1", -EBADMSG },
	{ "the evidence", "UPDATE report_event SET detail='x' WHERE seq=2", -EBADMSG },
	{ "the last event gone", "DELETE FROM report_event WHERE seq=2", -EBADMSG },
	{ "the first event gone", "DELETE FROM report_event WHERE seq=1", -EBADMSG },
	{ "one more event",
	  "INSERT INTO report_event(report_id,seq,at_ms,from_state,to_state,reasons,detail,hash) "
	  "SELECT "
	  "report_id,3,at_ms,from_state,to_state,reasons,detail,hash "
	  "FROM report_event WHERE seq=2",
	  -EBADMSG },
};

START_TEST(test_report_chain_when_tampered_with_then_told)
{
	void *ctx = talloc_new(NULL);
	struct db *db = open_db(ctx);
	struct report_row row = new_report(db, 7);

	ck_assert_int_eq(report_transition(db, &row, REPORT_STATE_REJECTED, 2, "no_such_call", "e"),
			 0);
	talloc_free(ctx);
	sql(tampering[_i].sql);
	ck_assert_msg(verify_chain() == tampering[_i].rc, "%s", tampering[_i].name);
}
END_TEST

START_TEST(test_report_row_when_loaded_then_as_inserted)
{
	void *ctx = talloc_new(NULL);
	struct db *db = open_db(ctx);
	struct report_row row = new_report(db, 3);
	struct report_row got;

	row.has_call_time = true;
	ck_assert_int_eq(report_row_get(ctx, db, 3, &got), 0);
	ck_assert_str_eq(got.subscriber.text, row.subscriber.text);
	ck_assert_str_eq(got.number.text, row.number.text);
	ck_assert_str_eq(got.text, row.text);
	ck_assert_str_eq(got.route, row.route);
	ck_assert_int_eq(got.deadline_ms, row.deadline_ms);
	ck_assert_int_eq(got.check_at, row.check_at);
	ck_assert_int_eq(report_row_get(ctx, db, 4, &got), -ENOENT);
	talloc_free(ctx);
}
END_TEST

/* Reports of numbers: their states, and whether forged; in the order of the ids. */
static const struct {
	const char *number;
	enum report_state state;
	bool forged;
} reported[] = {
	{ "+8613700000003", REPORT_STATE_VERIFIED, false },
	{ "+8613700000001", REPORT_STATE_REJECTED, false },
	{ "+8613700000002", REPORT_STATE_VERIFIED, true },
	{ "+8613700000001", REPORT_STATE_VERIFIED, false },
	{ "+8613700000003", REPORT_STATE_VERIFIED, false },
	{ "10690001", REPORT_STATE_REVIEW, false },
	{ "+8613700000004", REPORT_STATE_VERIFIED, false },
};

static void put_reported(struct db *db, size_t i)
{
	struct report_row row = new_report(db, (int64_t)i + 1);
	char text[256];

	row.forged = reported[i].forged;
	ck_assert_int_eq(report_transition(db, &row, reported[i].state, 2, "", ""), 0);
	snprintf(text, sizeof(text), "UPDATE report SET number='%s' WHERE id=%zu",
		 reported[i].number, i + 1);
	sql(text);
}

/* The numbers behind `after`, at most `limit`, with blanks between. */
static void list_verified(struct db *db, const char *after, int limit, char out[256])
{
	struct db_stmt *stmt = db_query(db, Q_REPORT_NUMBERS_VERIFIED);

	out[0] = '\0';
	db_bind_text(stmt, 1, after);
	db_bind_int(stmt, 2, limit);
	while (db_step(stmt) > 0)
		snprintf(out + strlen(out), 256 - strlen(out), "%s ", db_text(stmt, 0));
}

START_TEST(test_numbers_verified_when_listed_then_each_once_and_none_forged)
{
	void *ctx = talloc_new(NULL);
	struct db *db = open_db(ctx);
	char list[256];

	list_verified(db, "", 10, list);
	ck_assert_str_eq(list, "");
	for (size_t i = 0; i < sizeof(reported) / sizeof(*reported); i++)
		put_reported(db, i);
	list_verified(db, "", 10, list);
	ck_assert_str_eq(list, "+8613700000001 +8613700000003 +8613700000004 ");
	list_verified(db, "", 2, list);
	ck_assert_str_eq(list, "+8613700000001 +8613700000003 ");
	list_verified(db, "+8613700000003", 2, list);
	ck_assert_str_eq(list, "+8613700000004 ");
	talloc_free(ctx);
}
END_TEST

/* ---- rewards ---- */

START_TEST(test_reward_book_when_same_call_twice_then_one_row)
{
	const struct reward_policy policy = { .amount_mb = 1024, .cap_day = 1 };
	void *ctx = talloc_new(NULL);
	struct db *db = open_db(ctx);
	struct report_row row = new_report(db, 1);
	struct reward_decision decision;
	struct reward_row reward;
	int64_t now_ms = 1790000000000;

	row.call_start_ms = 1790000000000 - 60000;
	ck_assert_int_eq(
		reward_book_enter(db, &row, &policy, OUTBOX_REWARD, now_ms, &decision, &reward), 0);
	ck_assert_int_eq(decision.outcome, REWARD_DUE);
	/* Another call on the same day is capped, */
	row.id = 2;
	row.call_start_ms += 30000;
	ck_assert_int_eq(
		reward_book_enter(db, &row, &policy, OUTBOX_REWARD, now_ms, &decision, &reward), 0);
	ck_assert_int_eq(decision.outcome, REWARD_CAP_DAY);
	/* the same one again has its row: half a second does not make another call. */
	row.id = 3;
	row.call_start_ms -= 30000 - 500;
	ck_assert_int_eq(
		reward_book_enter(db, &row, &policy, OUTBOX_REWARD, now_ms, &decision, &reward), 0);
	ck_assert_int_eq(decision.outcome, REWARD_CALL_REWARDED);
	/* On the next day the cap begins anew, */
	row.id = 4;
	row.call_start_ms += 86400000;
	ck_assert_int_eq(reward_book_enter(db, &row, &policy, OUTBOX_REWARD, now_ms + 86400000,
					   &decision, &reward),
			 0);
	ck_assert_int_eq(decision.outcome, REWARD_DUE);
	/* but a report is rewarded once, whatever call it is then found to be about. */
	row.call_start_ms += 2 * 86400000;
	ck_assert_int_eq(reward_book_enter(db, &row, &policy, OUTBOX_REWARD, now_ms + 2 * 86400000,
					   &decision, &reward),
			 0);
	ck_assert_int_eq(decision.outcome, REWARD_CALL_REWARDED);
	talloc_free(ctx);
}
END_TEST

START_TEST(test_reward_book_when_budget_is_spent_then_withheld)
{
	const struct reward_policy policy = { .effective_ms = 5,
					      .amount_mb = 600,
					      .budget_mb = 1000 };
	void *ctx = talloc_new(NULL);
	struct db *db = open_db(ctx);
	struct report_row row = new_report(db, 1);
	struct reward_decision decision;
	struct reward_row reward;

	for (int i = 0; i < 3; i++) {
		row.id = i + 1;
		row.call_start_ms = 1790000000000 + i * 60000;
		ck_assert_int_eq(reward_book_enter(db, &row, &policy, OUTBOX_REWARD,
						   row.call_start_ms, &decision, &reward),
				 0);
		ck_assert_int_eq(decision.outcome, i == 0 ? REWARD_DUE : REWARD_BUDGET_SPENT);
	}
	talloc_free(ctx);
}
END_TEST

/* ---- rules ---- */

START_TEST(test_rule_store_when_switched_then_versions_and_audit_follow)
{
	void *ctx = talloc_new(NULL);
	struct db *db = open_db(ctx);
	struct rule_change change = { "+8613800138000", "sms", 1 };
	struct rule_state state;
	struct rule_fault fault;

	ck_assert_int_eq(rule_store_switch(ctx, db, test_plan(), &change, BLOCK_CALL | BLOCK_SMS,
					   true, &state),
			 0);
	ck_assert_int_eq(state.blocked, BLOCK_CALL | BLOCK_SMS);
	ck_assert_int_eq(state.version, 1);
	/* Once more changes nothing. */
	ck_assert_int_eq(rule_store_switch(ctx, db, test_plan(), &change, BLOCK_SMS, true, &state),
			 0);
	ck_assert_int_eq(state.version, 1);
	ck_assert_int_eq(
		rule_store_switch(ctx, db, test_plan(), &change, BLOCK_CALL, false, &state), 0);
	ck_assert_int_eq(state.blocked, BLOCK_SMS);
	ck_assert_int_eq(state.version, 2);
	ck_assert_int_eq(rule_store_set(ctx, db, test_plan(), &change,
					"block sms from 106\nnonsense", &state, &fault),
			 -EBADMSG);
	ck_assert_uint_eq(fault.line, 2);
	ck_assert_int_eq(rule_store_get(ctx, db, test_plan(), change.subscriber, &state), 0);
	ck_assert_int_eq(state.version, 2);
	talloc_free(ctx);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_test(tcase, test_store_when_one_operation_fails_then_only_it_is_undone);
	tcase_add_test(tcase, test_store_when_an_operation_is_lazy_then_it_is_done_all_the_same);
	tcase_add_test(tcase, test_store_when_stopped_then_everything_submitted_is_done);
	tcase_add_test(tcase, test_store_when_file_is_no_database_then_refused_with_its_name);
	tcase_add_test(tcase, test_db_when_schema_is_newer_then_refused);
	tcase_add_test(tcase, test_db_next_id_when_rolled_back_or_reopened_then_never_twice);
	tcase_add_test(tcase, test_db_when_part_is_undone_then_the_rest_stays);
	tcase_add_test(tcase, test_db_when_of_version_1_then_nothing_is_lost);
	tcase_add_test(tcase, test_report_transition_when_any_pair_of_states_then_as_drawn);
	tcase_add_loop_test(tcase, test_report_chain_when_tampered_with_then_told, 0,
			    sizeof(tampering) / sizeof(*tampering));
	tcase_add_test(tcase, test_report_row_when_loaded_then_as_inserted);
	tcase_add_test(tcase, test_numbers_verified_when_listed_then_each_once_and_none_forged);
	tcase_add_test(tcase, test_reward_book_when_same_call_twice_then_one_row);
	tcase_add_test(tcase, test_reward_book_when_budget_is_spent_then_withheld);
	tcase_add_test(tcase, test_rule_store_when_switched_then_versions_and_audit_follow);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
