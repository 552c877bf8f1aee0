/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/retention_ledger.h"

#include <errno.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct db_stmt *of_id(struct db *db, enum db_query query, int64_t id)
{
	struct db_stmt *stmt = db_query(db, query);

	db_bind_int(stmt, 1, id);
	return stmt;
}

/* A statement's only figure. */
static int figure(struct db_stmt *stmt, int64_t *out)
{
	int rc = db_step(stmt);

	*out = rc > 0 ? db_int(stmt, 0) : 0;
	db_finish(stmt);
	return rc < 0 ? rc : 0;
}

/* ---- reports ---- */

static bool has_ended(const struct report_row *report)
{
	return report->check_at == 0 &&
	       (report->state == REPORT_STATE_VERIFIED || report->state == REPORT_STATE_REJECTED ||
		report->state == REPORT_STATE_UNPROVED);
}

/* 1 when nothing is open. */
static int is_closed(struct db *db, const struct report_row *report, int64_t before_ms)
{
	int64_t moved_ms, open = 0;
	int rc;

	if (!has_ended(report))
		return 0;
	rc = figure(of_id(db, Q_REPORT_MOVED, report->id), &moved_ms);
	if (rc == 0)
		rc = figure(of_id(db, Q_REPORT_OPEN_LEDGER, report->id), &open);
	return rc < 0 ? rc : moved_ms < before_ms && !open;
}

static int remove_report(struct db *db, int64_t id)
{
	/* The last one ends what finds the others. */
	static const enum db_query queries[] = {
		Q_GONE_ELSEWHERE, Q_GONE_EVENTS, Q_GONE_QUESTION, Q_GONE_REVIEW,  Q_GONE_WARNING,
		Q_GONE_PARTS,	  Q_GONE_TEXTS,	 Q_GONE_JOINED,	  Q_GONE_OPENING, Q_GONE_REPORT,
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < COUNT_OF(queries); i++)
		rc = db_run(of_id(db, queries[i], id));
	return rc;
}

int retention_report(struct db *db, const struct report_row *report, int64_t before_ms)
{
	struct report_chain chain;
	int rc = is_closed(db, report, before_ms);

	if (rc <= 0)
		return rc;
	rc = report_chain_read(db, report, &chain);
	if (rc < 0 || !chain.intact)
		return rc;
	if (chain.was_verified)
		rc = db_run(of_id(db, Q_REWARD_EARNED, report->id));
	if (rc == 0)
		rc = remove_report(db, report->id);
	return rc < 0 ? rc : 1;
}

/* ---- rewards ---- */

static int add_up(struct db *db, const struct reward_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_GONE_SUM);

	db_bind_int(stmt, 1, reward_month_start(row->created_ms));
	db_bind_int(stmt, 2, row->kind);
	db_bind_int(stmt, 3, row->state);
	db_bind_int(stmt, 4, row->amount_mb);
	return db_run(stmt);
}

/* As audit_walk.h adds up what was taken. */
static int keep_spent(struct db *db, const struct reward_row *credit)
{
	struct db_stmt *stmt;

	if (!credit->budgeted || credit->returned || credit->state == REWARD_STATE_WITHHELD)
		return 0;
	stmt = db_query(db, Q_GONE_BUDGET);
	db_bind_int(stmt, 1, credit->amount_mb);
	db_bind_int(stmt, 2, credit->budget_ms);
	return db_run(stmt);
}

static int run_by_key(struct db *db, enum db_query query, const char *id)
{
	struct db_stmt *stmt = db_query(db, query);

	db_bind_text(stmt, 1, id);
	return db_run(stmt);
}

static bool is_settled(const struct reward_row *row, int64_t before_ms)
{
	return !reward_is_open(row->state) && row->changed_ms < before_ms;
}

static int remove_reversal(struct db *db, const struct reward_row *reversal)
{
	int rc = add_up(db, reversal);

	if (rc == 0)
		rc = run_by_key(db, Q_GONE_KEY, reversal->id);
	if (rc == 0)
		rc = run_by_key(db, Q_GONE_REWARD_EVENTS, reversal->id);
	return rc < 0 ? rc : db_run(of_id(db, Q_GONE_REVERSAL, reversal->report_id));
}

static int remove_credit(struct db *db, const struct reward_row *credit)
{
	int rc = add_up(db, credit);

	if (rc == 0)
		rc = keep_spent(db, credit);
	if (rc == 0)
		rc = run_by_key(db, Q_GONE_KEY, credit->id);
	if (rc == 0)
		rc = run_by_key(db, Q_GONE_REWARD_EVENTS, credit->id);
	return rc < 0 ? rc : db_run(of_id(db, Q_GONE_REWARD, credit->report_id));
}

int retention_reward(struct db *db, const struct reward_row *credit, int64_t before_ms)
{
	struct reward_row reversal;
	int64_t earned;
	int rc = figure(of_id(db, Q_IS_EARNED, credit->report_id), &earned);

	if (rc < 0 || !earned || !is_settled(credit, before_ms))
		return rc;
	rc = reward_row_of_report(db, REWARD_REVERSAL, credit->report_id, &reversal);
	if (rc == 0 && !is_settled(&reversal, before_ms))
		return 0;
	if (rc == 0)
		rc = remove_reversal(db, &reversal);
	else if (rc == -ENOENT)
		rc = 0;
	if (rc == 0)
		rc = remove_credit(db, credit);
	return rc < 0 ? rc : 1;
}
