/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/message_row.h"

static void bind_report(struct db_stmt *stmt, int i, int64_t report_id)
{
	if (report_id)
		db_bind_int(stmt, i, report_id);
	else
		db_bind_null(stmt, i);
}

int message_row_insert(struct db *db, const struct message_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_MESSAGE_INSERT);

	db_bind_int(stmt, 1, row->id);
	db_bind_int(stmt, 2, row->received_ms);
	db_bind_text(stmt, 3, row->account);
	db_bind_text(stmt, 4, row->source);
	db_bind_int(stmt, 5, row->state);
	bind_report(stmt, 6, row->report_id);
	db_bind_blob(stmt, 7, row->raw, row->len);
	return db_run(stmt);
}

int message_row_done(struct db *db, int64_t id, int64_t report_id)
{
	struct db_stmt *stmt = db_query(db, Q_MESSAGE_DONE);

	bind_report(stmt, 1, report_id);
	db_bind_int(stmt, 2, id);
	return db_run(stmt);
}
