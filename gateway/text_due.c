/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Texts that time moves on: receipts that did not come, attempts that are due, what is forgotten.
 */
#include "gateway/outbox_stock.h"
#include "gateway/text_row_priv.h"

enum { DUE_MAX = 500 };

static int receipt_overdue(struct db *db, const struct text *text, const struct text_policy *policy,
			   struct text_counts *counts)
{
	struct text_open_parts parts;
	int rc = text_count_parts(db, text, &parts);

	if (rc < 0)
		return rc;
	/* An id that was used again belongs to the later text: then there is no part any more. */
	if (parts.owed > 0 || parts.count == 0) {
		counts->unheard++;
		return text_move(db, text, TEXT_UNKNOWN, text_forget_ms(policy), "no receipt came");
	}
	counts->assumed++;
	return text_reached(db, text, TEXT_ASSUMED, policy);
}

static int send_again(struct db *db, const struct text *text, const struct text_policy *policy,
		      struct text_counts *counts)
{
	struct db_stmt *stmt;
	int64_t id;
	int rc = db_next_id(db, DB_SEQUENCE_OUTBOX + OUTBOX_SMS, &id);

	if (rc < 0)
		return rc;
	stmt = db_query(db, Q_TEXT_TO_OUTBOX);
	db_bind_int(stmt, 1, id);
	db_bind_int(stmt, 2, policy->now_ms);
	db_bind_int(stmt, 3, text->id);
	rc = db_run(stmt);
	outbox_stock_break(db, OUTBOX_SMS);
	counts->outbox = true;
	return rc < 0 ? rc : text_move(db, text, TEXT_WAITING, 0, "");
}

static int run_by_id(struct db *db, enum db_query query, int64_t id)
{
	struct db_stmt *stmt = db_query(db, query);

	db_bind_int(stmt, 1, id);
	return db_run(stmt);
}

/* What explains why a subscriber was not told stays with the report. */
static int forget(struct db *db, const struct text *text, const struct text_policy *policy,
		  struct text_counts *counts)
{
	bool explains = text->report_id && text->told &&
			(text->state == TEXT_FAILED || text->state == TEXT_UNKNOWN);
	int rc = run_by_id(db, Q_TEXT_PARTS_DELETE, text->id);

	(void)policy;
	(void)counts;
	if (rc < 0)
		return rc;
	return run_by_id(db, explains ? Q_TEXT_KEEP : Q_TEXT_DELETE, text->id);
}

typedef int due_fn(struct db *db, const struct text *text, const struct text_policy *policy,
		   struct text_counts *counts);
static due_fn *const when_due[TEXT_STATE_COUNT] = {
	[TEXT_SENT] = receipt_overdue, [TEXT_RETRY] = send_again, [TEXT_DELIVERED] = forget,
	[TEXT_ASSUMED] = forget,       [TEXT_FAILED] = forget,	  [TEXT_UNKNOWN] = forget,
};

/* Read to the end before anything is written. */
static int find_due(struct db *db, size_t limit, int64_t now_ms, int64_t ids[DUE_MAX])
{
	struct db_stmt *stmt = db_query(db, Q_TEXT_DUE);
	int count = 0;
	int rc;

	db_bind_int(stmt, 1, now_ms);
	db_bind_int(stmt, 2, limit < DUE_MAX ? (int64_t)limit : DUE_MAX);
	while ((rc = db_step(stmt)) > 0)
		ids[count++] = db_int(stmt, 0);
	return rc < 0 ? rc : count;
}

int text_row_due(struct db *db, size_t limit, const struct text_policy *policy,
		 struct text_counts *counts)
{
	int64_t ids[DUE_MAX];
	struct text text;
	int count = find_due(db, limit, policy->now_ms, ids);
	int rc = count < 0 ? count : 0;

	for (int i = 0; rc == 0 && i < count; i++) {
		rc = text_load(db, ids[i], &text);
		if (rc > 0)
			rc = when_due[text.state] ? when_due[text.state](db, &text, policy, counts)
						  : 0;
	}
	return rc < 0 ? rc : run_by_id(db, Q_EARLY_EXPIRE, policy->now_ms - TEXT_EARLY_KEEP_MS);
}

int text_row_any_due(struct db *db, int64_t now_ms)
{
	struct db_stmt *stmt = db_query(db, Q_TEXT_ANY_DUE);
	int rc;

	db_bind_int(stmt, 1, now_ms);
	db_bind_int(stmt, 2, now_ms - TEXT_EARLY_KEEP_MS);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	rc = db_int(stmt, 0) != 0;
	db_finish(stmt);
	return rc;
}
