/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/reported_row.h"

int reported_row_put(struct db *db, const char *subscriber, const struct number *number,
		     int64_t now_ms)
{
	struct db_stmt *stmt = db_query(db, Q_REPORTED_PUT);

	db_bind_text(stmt, 1, subscriber);
	db_bind_text(stmt, 2, number->text);
	db_bind_int(stmt, 3, now_ms);
	return db_run(stmt);
}

int reported_row_take_back(struct db *db, const char *subscriber, const struct number *number,
			   int64_t now_ms)
{
	struct db_stmt *stmt = db_query(db, Q_REPORTED_TAKE_BACK);

	db_bind_int(stmt, 1, now_ms);
	db_bind_text(stmt, 2, subscriber);
	db_bind_text(stmt, 3, number->text);
	return db_run(stmt);
}

int reported_row_is_taken_back(struct db *db, const char *subscriber, const struct number *number)
{
	struct db_stmt *stmt = db_query(db, Q_REPORTED_IS_TAKEN_BACK);
	int rc;

	db_bind_text(stmt, 1, subscriber);
	db_bind_text(stmt, 2, number->text);
	rc = db_step(stmt);
	if (rc > 0)
		db_finish(stmt);
	return rc;
}

int reported_row_count(struct db *db, const char *subscriber, uint32_t *count)
{
	struct db_stmt *stmt = db_query(db, Q_REPORTED_COUNT);
	int rc;

	*count = 0;
	db_bind_text(stmt, 1, subscriber);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	*count = (uint32_t)db_int(stmt, 0);
	db_finish(stmt);
	return 0;
}

int reported_row_each(struct db *db, const char *subscriber, reported_row_cb *cb, void *arg)
{
	struct db_stmt *stmt = db_query(db, Q_REPORTED_EACH);
	int rc;

	db_bind_text(stmt, 1, subscriber);
	while ((rc = db_step(stmt)) > 0) {
		rc = cb(arg, db_text(stmt, 0), db_int(stmt, 1));
		if (rc < 0) {
			db_finish(stmt);
			return rc;
		}
	}
	return rc;
}
