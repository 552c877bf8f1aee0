/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/question_row.h"

#include <errno.h>

_Static_assert((int)BLOCKED_LIST_TEXT_MAX >= (int)CALL_LIST_TEXT_MAX, "room for either list");

int question_row_open(struct db *db, const struct question_row *row, const char *subscriber,
		      int64_t due_ms)
{
	struct db_stmt *stmt = db_query(db, Q_QUESTION_OPEN);
	char choices[CALL_LIST_TEXT_MAX];

	call_list_write(&row->choices, choices);
	db_bind_int(stmt, 1, row->report_id);
	db_bind_text(stmt, 2, subscriber);
	db_bind_int(stmt, 3, row->kind);
	db_bind_int(stmt, 4, due_ms);
	db_bind_text(stmt, 5, choices);
	return db_run(stmt);
}

int question_row_ask(struct db *db, const struct question_row *row, const char *subscriber,
		     int64_t now_ms)
{
	struct db_stmt *stmt = db_query(db, Q_QUESTION_ASK);
	char choices[BLOCKED_LIST_TEXT_MAX];

	if (row->kind == QUESTION_BLOCKED)
		blocked_list_write(&row->blocked, choices);
	else
		call_list_write(&row->choices, choices);
	db_bind_int(stmt, 1, row->report_id);
	db_bind_text(stmt, 2, subscriber);
	db_bind_int(stmt, 3, row->kind);
	db_bind_int(stmt, 4, now_ms);
	db_bind_text(stmt, 5, choices);
	return db_run(stmt);
}

static int first(struct db_stmt *stmt, struct question_row *out)
{
	struct question_row row = { 0 };
	int rc = db_step(stmt);

	if (rc <= 0)
		return rc;
	row.report_id = db_int(stmt, 0);
	row.kind = (enum question_kind)db_int(stmt, 1);
	row.asked = db_int(stmt, 2);
	row.asked_ms = db_int(stmt, 3);
	if (row.kind == QUESTION_BLOCKED)
		rc = blocked_list_read(db_text(stmt, 4), &row.blocked);
	else
		rc = call_list_read(db_text(stmt, 4), &row.choices);
	db_finish(stmt);
	if (rc < 0)
		return rc;
	*out = row;
	return 1;
}

int question_row_get(struct db *db, int64_t report_id, struct question_row *out)
{
	struct db_stmt *stmt = db_query(db, Q_QUESTION_GET);

	db_bind_int(stmt, 1, report_id);
	return first(stmt, out);
}

static int find(struct db *db, const char *subscriber, int64_t since_ms, bool blocked,
		struct question_row *out)
{
	struct db_stmt *stmt = db_query(db, Q_QUESTION_FIND);

	db_bind_text(stmt, 1, subscriber);
	db_bind_int(stmt, 2, since_ms);
	db_bind_int(stmt, 3, blocked);
	return first(stmt, out);
}

int question_row_find(struct db *db, const char *subscriber, int64_t since_ms,
		      struct question_row *out)
{
	return find(db, subscriber, since_ms, false, out);
}

int question_row_find_blocked(struct db *db, const char *subscriber, int64_t since_ms,
			      struct question_row *out)
{
	return find(db, subscriber, since_ms, true, out);
}

int question_row_later(struct db *db, const char *subscriber, int64_t asked_ms, int64_t report_id)
{
	struct db_stmt *stmt = db_query(db, Q_QUESTION_LATER);
	int rc;

	db_bind_text(stmt, 1, subscriber);
	db_bind_int(stmt, 2, asked_ms);
	db_bind_int(stmt, 3, report_id);
	rc = db_step(stmt);
	db_finish(stmt);
	return rc;
}

int question_row_close(struct db *db, int64_t report_id, int64_t now_ms)
{
	struct db_stmt *stmt = db_query(db, Q_QUESTION_CLOSE);

	db_bind_int(stmt, 1, now_ms);
	db_bind_int(stmt, 2, report_id);
	return db_run(stmt);
}
