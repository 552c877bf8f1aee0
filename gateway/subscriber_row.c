/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/subscriber_row.h"

#include <errno.h>
#include <stdio.h>
#include <talloc.h>

int subscriber_row_get(struct db *db, const char *subscriber, struct subscriber_row *out)
{
	struct db_stmt *stmt = db_query(db, Q_SUBSCRIBER_GET);
	int rc;

	*out = (struct subscriber_row){ .style = SUBSCRIBER_STYLE_UNSET };
	db_bind_text(stmt, 1, subscriber);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	out->style = (int)db_int(stmt, 0);
	out->unsubscribed_ms = db_int(stmt, 1);
	out->asked_sense = (enum keyword_sense)db_int(stmt, 2);
	out->asked_scope = (enum report_scope)db_int(stmt, 3);
	out->asked_ms = db_int(stmt, 4);
	out->chat_day_ms = db_int(stmt, 5);
	out->chat_answered = db_int(stmt, 6);
	out->chat_unanswered = db_int(stmt, 7);
	snprintf(out->asked_text, sizeof(out->asked_text), "%s", db_text(stmt, 8));
	if (db_int(stmt, 9) > 0 && db_int(stmt, 9) < REPORTED_WISH_COUNT)
		out->reported_wish = (enum reported_wish)db_int(stmt, 9);
	db_finish(stmt);
	return 1;
}

int subscriber_row_put(struct db *db, const char *subscriber, const struct subscriber_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_SUBSCRIBER_PUT);

	db_bind_text(stmt, 1, subscriber);
	db_bind_int(stmt, 2, row->style);
	db_bind_int(stmt, 3, row->unsubscribed_ms);
	db_bind_int(stmt, 4, row->asked_sense);
	db_bind_int(stmt, 5, row->asked_scope);
	db_bind_int(stmt, 6, row->asked_ms);
	db_bind_int(stmt, 7, row->chat_day_ms);
	db_bind_int(stmt, 8, row->chat_answered);
	db_bind_int(stmt, 9, row->chat_unanswered);
	db_bind_text(stmt, 10, row->asked_text);
	db_bind_int(stmt, 11, row->reported_wish);
	return db_run(stmt);
}

int subscriber_row_close(struct db *db, const char *subscriber)
{
	struct db_stmt *stmt = db_query(db, Q_SUBSCRIBER_CLOSE);

	db_bind_text(stmt, 1, subscriber);
	return db_run(stmt);
}

int subscriber_row_style(struct db *db, const char *subscriber, enum reply_style *style)
{
	struct db_stmt *stmt = db_query(db, Q_SUBSCRIBER_STYLE);
	int rc;

	db_bind_text(stmt, 1, subscriber);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	if (db_int(stmt, 0) >= 0 && db_int(stmt, 0) < REPLY_STYLE_COUNT)
		*style = (enum reply_style)db_int(stmt, 0);
	db_finish(stmt);
	return 0;
}

/* ---- the change that can be taken back ---- */

int change_row_get(void *ctx, struct db *db, const char *subscriber, struct change_row *out)
{
	struct db_stmt *stmt = db_query(db, Q_CHANGE_GET);
	int rc;

	db_bind_text(stmt, 1, subscriber);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	out->kind = (enum change_kind)db_int(stmt, 0);
	snprintf(out->number.text, sizeof(out->number.text), "%s", db_text(stmt, 1));
	out->before = talloc_strdup(ctx, db_text(stmt, 2));
	out->after = talloc_strdup(ctx, db_text(stmt, 3));
	out->at_ms = db_int(stmt, 4);
	db_finish(stmt);
	return out->before && out->after ? 1 : -ENOMEM;
}

int change_row_put(struct db *db, const char *subscriber, const struct change_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_CHANGE_PUT);

	db_bind_text(stmt, 1, subscriber);
	db_bind_int(stmt, 2, row->kind);
	db_bind_text(stmt, 3, row->number.text);
	db_bind_text(stmt, 4, row->before);
	db_bind_text(stmt, 5, row->after);
	db_bind_int(stmt, 6, row->at_ms);
	return db_run(stmt);
}

int change_row_drop(struct db *db, const char *subscriber)
{
	struct db_stmt *stmt = db_query(db, Q_CHANGE_DROP);

	db_bind_text(stmt, 1, subscriber);
	return db_run(stmt);
}
