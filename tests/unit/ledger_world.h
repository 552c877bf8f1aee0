/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* ledger_world.h - a database with reports in it, for tests of the ledger. */
#pragma once

#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "rules/embedded.h"
#include "gateway/message_row.h"
#include "gateway/report_row.h"
#include "gateway/reward_book.h"
#include "rules/reply_book.h"

enum { LEDGER_MINUTE_MS = 60000 };
static const int64_t ledger_now_ms = 1790000000000; /* 2026-09-21 in +08:00 */

struct ledger_world {
	char folder[64];
	char path[96];
	void *ctx;
	struct db *db;
	struct reply_book *book;
};

static struct ledger_world world;

__attribute__((unused)) static void ledger_open(void)
{
	const struct reply_source sources[REPLY_TONGUES] = {
		{ "zh.txt", embedded_replies_zh_txt, EMBEDDED_LEN(replies_zh_txt) },
		{ "en.txt", embedded_replies_en_txt, EMBEDDED_LEN(replies_en_txt) },
	};
	struct reply_fault fault = { .text = "" };

	ck_assert_msg(reply_book_compile(sources, &world.book, &fault) == 0, "%s", fault.text);
	strcpy(world.folder, "/tmp/mianrao-ledger-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(world.folder));
	snprintf(world.path, sizeof(world.path), "%s/t.db", world.folder);
	world.ctx = talloc_new(NULL);
	ck_assert_msg(db_open(world.ctx, world.path, DB_WRITER, &world.db) == 0, "%s",
		      db_open_error());
}

__attribute__((unused)) static void ledger_close(void)
{
	char command[128];

	talloc_free(world.ctx);
	reply_book_unref(world.book);
	snprintf(command, sizeof(command), "rm -rf %s", world.folder);
	ck_assert_int_eq(system(command), 0);
}

/* Past our own code, as somebody would who means harm. */
__attribute__((unused)) static void ledger_sql(const char *sql)
{
	sqlite3 *handle;

	ck_assert_int_eq(sqlite3_open(world.path, &handle), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
		      sqlite3_errmsg(handle));
	sqlite3_close(handle);
}

/* As somebody would who has the file and knows the schema: the audit's triggers are no obstacle. */
__attribute__((unused)) static void ledger_tamper(const char *sql)
{
	ledger_sql("DROP TRIGGER audit_new;DROP TRIGGER audit_kept;DROP TRIGGER audit_stays;"
		   "DROP TRIGGER audit_text_new;DROP TRIGGER audit_text_kept;"
		   "DROP TRIGGER audit_text_stays");
	ledger_sql(sql);
}

__attribute__((unused)) static int64_t ledger_figure(const char *sql)
{
	sqlite3_stmt *stmt;
	sqlite3 *handle;
	int64_t value;

	ck_assert_int_eq(sqlite3_open(world.path, &handle), SQLITE_OK);
	ck_assert_msg(sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL) == SQLITE_OK, "%s: %s", sql,
		      sqlite3_errmsg(handle));
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(handle);
	return value;
}

/* The id-th message, the report that it opens, and its verdict. Each is of a call of its own. */
__attribute__((unused)) static struct report_row ledger_report(int64_t id, enum report_state state)
{
	struct message_row message = { .id = id,
				       .received_ms = ledger_now_ms,
				       .account = "a",
				       .source = "+8613800138000",
				       .state = MESSAGE_DONE,
				       .report_id = id,
				       .raw = "x",
				       .len = 1 };
	struct report_row row = { .id = id,
				  .subscriber = { "+8613800138000" },
				  .number = { "+8613712345678" },
				  .category = REPORT_BROADBAND,
				  .text = "x",
				  .received_ms = ledger_now_ms,
				  .deadline_ms = ledger_now_ms,
				  .route = "a/10086999" };

	ck_assert_int_eq(message_row_insert(world.db, &message), 0);
	ck_assert_int_eq(report_row_open(world.db, &row, REPORT_STATE_PENDING, ledger_now_ms, ""),
			 0);
	row.call_start_ms = ledger_now_ms - id * LEDGER_MINUTE_MS;
	if (state != REPORT_STATE_PENDING)
		ck_assert_int_eq(report_transition(world.db, &row, state, ledger_now_ms, "x", ""),
				 0);
	return row;
}

/* A verified report with its entry. */
__attribute__((unused)) static struct reward_row
ledger_enter(int64_t id, const struct reward_policy *policy, enum reward_outcome outcome)
{
	struct report_row report = ledger_report(id, REPORT_STATE_VERIFIED);
	struct reward_decision decision;
	struct reward_row row;

	ck_assert_int_eq(reward_book_enter(world.db, &report, policy, OUTBOX_REWARD, ledger_now_ms,
					   &decision, &row),
			 0);
	ck_assert_msg(decision.outcome == outcome, "report %lld: %s", (long long)id,
		      reward_outcome_name(decision.outcome));
	return row;
}

__attribute__((unused)) static struct reward_settings ledger_settings(int64_t now_ms)
{
	return (struct reward_settings){ .channel = OUTBOX_REWARD,
					 .instance = "test",
					 .manner = { world.book, REPLY_ZH, REPLY_STANDARD },
					 .now_ms = now_ms };
}

__attribute__((unused)) static void ledger_settle(const char *id, enum reward_state state,
						  const char *reason)
{
	struct reward_settings settings = ledger_settings(ledger_now_ms + LEDGER_MINUTE_MS);
	struct reward_row row;

	ck_assert_int_eq(reward_row_get(world.db, id, &row), 0);
	ck_assert_int_eq(reward_book_settle(world.ctx, world.db, &settings, &row, state, reason),
			 0);
}
