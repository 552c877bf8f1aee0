/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/erasure_row.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/rule_store.h"

#define AUDIT_ACTION "privacy_erase"

/* ---- beginning ---- */

int erasure_row_find(struct db *db, const char *number, int64_t *id)
{
	struct db_stmt *stmt = db_query(db, Q_ERASURE_OF);
	int rc;

	db_bind_text(stmt, 1, number);
	rc = db_step(stmt);
	if (rc > 0)
		*id = db_int(stmt, 0);
	db_finish(stmt);
	return rc;
}

static int insert(struct db *db, const struct personal_subject *subject, int64_t now_ms,
		  const char *actor)
{
	struct db_stmt *stmt = db_query(db, Q_ERASURE_PUT);

	db_bind_text(stmt, 1, subject->number.text);
	db_bind_text(stmt, 2, subject->pseudonym);
	db_bind_text(stmt, 3, actor);
	db_bind_int(stmt, 4, now_ms);
	return db_run(stmt);
}

static int empty_rules(void *ctx, struct db *db, const struct numbering *plan,
		       const struct personal_subject *subject, int64_t now_ms, const char *actor)
{
	const struct rule_change change = { subject->number.text, actor, now_ms };
	struct rule_state state;
	int rc = rule_store_get(ctx, db, plan, subject->number.text, &state);

	/* Rules that do not compile any more go as well. */
	if (rc == -EBADMSG || (rc == 0 && state.text[0]))
		return rule_store_write(db, &change, rc == 0 ? state.text : "", "");
	return rc;
}

int erasure_row_begin(void *ctx, struct db *db, const struct numbering *plan,
		      const struct personal_subject *subject, int64_t now_ms, const char *actor,
		      int64_t *id)
{
	int rc = erasure_row_find(db, subject->number.text, id);

	if (rc != 0)
		return rc < 0 ? rc : -EALREADY;
	rc = insert(db, subject, now_ms, actor);
	if (rc == 0)
		rc = erasure_row_find(db, subject->number.text, id);
	if (rc >= 0)
		rc = empty_rules(ctx, db, plan, subject, now_ms, actor);
	return rc < 0 ? rc
		      : audit_put(db, now_ms, actor, AUDIT_ACTION, subject->pseudonym, "", "begun");
}

/* ---- going on ---- */

int erasure_row_get(struct db *db, int64_t id, struct erasure_row *out)
{
	struct db_stmt *stmt = db_query(db, Q_ERASURE_FIRST);
	struct erasure_row row = { 0 };
	int rc;

	db_bind_int(stmt, 1, id);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc < 0 ? rc : -ENOENT;
	row.id = db_int(stmt, 0);
	snprintf(row.subject.number.text, NUMBER_MAX, "%s", db_text(stmt, 1));
	snprintf(row.subject.pseudonym, PSEUDONYM_MAX, "%s", db_text(stmt, 2));
	personal_digits(row.subject.number.text, row.subject.digits);
	snprintf(row.actor, sizeof(row.actor), "%s", db_text(stmt, 3));
	row.begun_ms = db_int(stmt, 4);
	row.stage = (int)db_int(stmt, 5);
	row.range = (struct personal_range){ db_int(stmt, 6), db_int(stmt, 7) };
	row.rows = (uint64_t)db_int(stmt, 8);
	db_finish(stmt);
	*out = row;
	return 0;
}

static int write_row(struct db *db, const struct erasure_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_ERASURE_MOVE);

	db_bind_int(stmt, 1, row->stage);
	db_bind_int(stmt, 2, row->range.after);
	db_bind_int(stmt, 3, row->range.to);
	db_bind_int(stmt, 4, (int64_t)row->rows);
	db_bind_int(stmt, 5, row->id);
	return db_run(stmt);
}

int erasure_row_move(struct db *db, struct erasure_row *row, int stage)
{
	row->stage = stage;
	row->range = (struct personal_range){ 0 };
	return write_row(db, row);
}

/* Rows that come later are not of what was to be erased. */
static int begin_stage(struct db *db, struct erasure_row *row)
{
	row->range.after = 0;
	return personal_last(db, (enum personal_table)row->stage, &row->range.to);
}

int erasure_row_step(void *ctx, struct db *db, struct erasure_row *row, int64_t now_ms)
{
	enum personal_table table = (enum personal_table)row->stage;
	struct personal_range range;
	int rc = row->range.to == 0 ? begin_stage(db, row) : 0;

	if (rc < 0)
		return rc;
	range = row->range;
	if (range.to - range.after > personal_step(table))
		range.to = range.after + personal_step(table);
	rc = personal_erase(ctx, db, table, &row->subject, &range, now_ms, row->actor, &row->rows);
	if (rc < 0)
		return rc;
	row->range.after = range.to;
	if (range.to < row->range.to)
		return write_row(db, row);
	return erasure_row_move(db, row,
				table + 1 < PERSONAL_TABLE_COUNT ? (int)table + 1 : ERASURE_CALLS);
}

/* ---- the end ---- */

static int run_by_number(struct db *db, enum db_query query, const struct erasure_row *row)
{
	struct db_stmt *stmt = db_query(db, query);
	int rc;

	db_bind_text(stmt, 1, row->subject.number.text);
	rc = db_step(stmt);
	db_finish(stmt);
	return rc;
}

int erasure_row_end(struct db *db, const struct erasure_row *row, int64_t now_ms)
{
	char rows[48];
	struct db_stmt *stmt;
	int rc = run_by_number(db, Q_ERASURE_SENT, row);

	if (rc != 0)
		return rc < 0 ? rc : -EAGAIN;
	rc = run_by_number(db, Q_ERASURE_RULES, row);
	if (rc < 0)
		return rc;
	stmt = db_query(db, Q_ERASURE_END);
	db_bind_int(stmt, 1, row->id);
	rc = db_run(stmt);
	snprintf(rows, sizeof(rows), "rows=%" PRIu64, row->rows);
	return rc < 0 ? rc
		      : audit_put(db, now_ms, row->actor, AUDIT_ACTION, row->subject.pseudonym,
				  "begun", rows);
}
