/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/words_row.h"

#include <errno.h>
#include <talloc.h>

#include "gateway/store_sql.h"

int words_row_put(struct db *db, const char *subscriber, const char *text, int64_t now_ms,
		  int64_t expired_ms)
{
	struct db_stmt *stmt = db_query(db, Q_WORDS_PURGE);
	int rc;

	db_bind_int(stmt, 1, expired_ms);
	rc = db_run(stmt);
	if (rc < 0)
		return rc;
	stmt = db_query(db, Q_WORDS_PUT);
	db_bind_text(stmt, 1, subscriber);
	db_bind_int(stmt, 2, now_ms);
	db_bind_text(stmt, 3, text);
	return db_run(stmt);
}

int words_row_get(void *ctx, struct db *db, const char *subscriber, int64_t since_ms, char **out)
{
	struct db_stmt *stmt = db_query(db, Q_WORDS_GET);
	int rc;

	db_bind_text(stmt, 1, subscriber);
	db_bind_int(stmt, 2, since_ms);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	*out = talloc_strdup(ctx, db_text(stmt, 0));
	db_finish(stmt);
	return *out ? 1 : -ENOMEM;
}

int words_row_drop(struct db *db, const char *subscriber)
{
	struct db_stmt *stmt = db_query(db, Q_WORDS_DROP);

	db_bind_text(stmt, 1, subscriber);
	return db_run(stmt);
}
