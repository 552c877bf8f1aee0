/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/retention_row.h"

#include <errno.h>

#include "gateway/attempt_row.h"
#include "gateway/audit_text.h"
#include "gateway/hub_route_row.h"
#include "gateway/message_row.h"
#include "gateway/quarantine_row.h"
#include "gateway/retention_ledger.h"

/* Rows of one step: what the writer does in some milliseconds. A report takes a dozen statements.
 */
enum { STEP = 200, STEP_REPORTS = 25, STEP_MAX = STEP };

static const char *const names[RETENTION_KIND_COUNT] = {
	[RETENTION_MESSAGES] = "messages", [RETENTION_REPORTS] = "reports",
	[RETENTION_REWARDS] = "rewards",   [RETENTION_DIALOGUES] = "dialogues",
	[RETENTION_ATTEMPTS] = "attempts", [RETENTION_KEPT] = "kept",
	[RETENTION_RECEIPTS] = "receipts", [RETENTION_AUDIT] = "audit",
};

const char *retention_kind_name(enum retention_kind kind)
{
	return kind < RETENTION_KIND_COUNT ? names[kind] : "unknown";
}

/* What a step works with. */
struct step {
	void *ctx;
	struct db *db;
	int64_t now_ms;
	int64_t before_ms;
	int64_t receipts_expire_ms;
	int64_t done_to; /* moves on with what is looked at */
	struct retention_step *out;
};

static struct db_stmt *behind(const struct step *step, enum db_query query, int limit)
{
	struct db_stmt *stmt = db_query(step->db, query);

	db_bind_int(stmt, 1, step->done_to);
	db_bind_int(stmt, 2, limit);
	return stmt;
}

static int run_by_id(struct db *db, enum db_query query, int64_t id)
{
	struct db_stmt *stmt = db_query(db, query);

	db_bind_int(stmt, 1, id);
	return db_run(stmt);
}

/* ---- messages ---- */

struct old_message {
	int64_t id;
	bool joined; /* to a report, or opened it */
};

/* Up to the first that is open or young: it is looked at again by the next run. */
static int read_messages(const struct step *step, struct old_message *rows, size_t *count)
{
	struct db_stmt *stmt = behind(step, Q_OLD_MESSAGES, STEP);
	int rc;

	*count = 0;
	while ((rc = db_step(stmt)) > 0) {
		bool young = db_int(stmt, 1) >= step->before_ms;

		if (young || db_int(stmt, 3) == MESSAGE_NEW || !db_int(stmt, 5)) {
			step->out->held += !young;
			db_finish(stmt);
			return 0;
		}
		rows[(*count)++] = (struct old_message){ db_int(stmt, 0), !db_is_null(stmt, 2) };
	}
	step->out->more = *count == STEP;
	return rc;
}

/* The row of one that belongs to a report stays as long as that: it is counted with it. */
static int step_messages(struct step *step)
{
	struct old_message rows[STEP];
	size_t count;
	int rc = read_messages(step, rows, &count);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		rc = run_by_id(step->db, rows[i].joined ? Q_MESSAGE_EMPTY : Q_MESSAGE_DELETE,
			       rows[i].id);
		step->out->removed += rc == 0 ? (uint64_t)db_changes(step->db) : 0;
		step->done_to = rows[i].id;
	}
	return rc;
}

/* ---- reports ---- */

/* A run begins with the oldest: those that were held are looked at again. */
static void end_of_run(struct step *step, size_t count, size_t limit)
{
	step->out->more = count == limit;
	if (!step->out->more)
		step->done_to = 0;
}

static int step_reports(struct step *step)
{
	struct report_row rows[STEP_REPORTS];
	struct db_stmt *stmt = behind(step, Q_OLD_REPORTS, STEP_REPORTS);
	size_t count = 0;
	int rc;

	while ((rc = db_step(stmt)) > 0) {
		rc = report_row_load(step->ctx, stmt, &rows[count]);
		if (rc < 0)
			return rc;
		if (rows[count].received_ms >= step->before_ms) {
			db_finish(stmt);
			break;
		}
		count++;
	}
	for (size_t i = 0; rc >= 0 && i < count; i++) {
		rc = retention_report(step->db, &rows[i], step->before_ms);
		step->out->removed += rc > 0;
		step->out->held += rc == 0;
		step->done_to = rows[i].id;
	}
	end_of_run(step, count, STEP_REPORTS);
	return rc < 0 ? rc : 0;
}

/* ---- rewards ---- */

static int step_rewards(struct step *step)
{
	struct reward_row rows[STEP];
	struct db_stmt *stmt = behind(step, Q_OLD_REWARDS, STEP);
	bool has_report[STEP];
	size_t count = 0;
	int rc;

	while ((rc = db_step(stmt)) > 0) {
		reward_row_load(stmt, &rows[count]);
		has_report[count] = db_int(stmt, 17) != 0;
		if (rows[count].created_ms >= step->before_ms) {
			db_finish(stmt);
			break;
		}
		count++;
	}
	for (size_t i = 0; rc >= 0 && i < count; i++) {
		rc = has_report[i] ? 0 : retention_reward(step->db, &rows[i], step->before_ms);
		step->out->removed += rc > 0;
		step->out->held += rc == 0;
		step->done_to = rows[i].report_id;
	}
	end_of_run(step, count, STEP);
	return rc < 0 ? rc : 0;
}

/* ---- what is removed by its time alone ---- */

static int remove_before(struct step *step, enum db_query query)
{
	struct db_stmt *stmt = db_query(step->db, query);
	int64_t removed;
	int rc;

	db_bind_int(stmt, 1, step->before_ms);
	db_bind_int(stmt, 2, STEP);
	rc = db_run(stmt);
	removed = rc < 0 ? 0 : db_changes(step->db);
	step->out->removed += (uint64_t)removed;
	step->out->more = step->out->more || removed == STEP;
	return rc;
}

static int step_dialogues(struct step *step)
{
	int rc = remove_before(step, Q_OLD_QUESTIONS);

	if (rc == 0)
		rc = remove_before(step, Q_OLD_WORDS);
	return rc < 0 ? rc : remove_before(step, Q_OLD_CHANGES);
}

static int step_attempts(struct step *step)
{
	int64_t removed;
	int rc = attempt_row_purge(step->db, step->before_ms, STEP, &removed);

	step->out->removed = (uint64_t)removed;
	step->out->more = removed == STEP;
	return rc;
}

static int step_kept(struct step *step)
{
	const struct quarantine_age age = { step->before_ms, step->now_ms,
					    step->receipts_expire_ms };
	struct quarantine_purged kept;
	int rc = quarantine_row_purge(step->db, &age, STEP, &kept);

	step->out->removed = (uint64_t)kept.removed;
	step->out->expired = (uint64_t)kept.expired;
	step->out->receipts = kept.receipts;
	step->out->more = kept.removed == STEP;
	return rc;
}

static int step_receipts(struct step *step)
{
	int rc = hub_route_purge(step->db, step->now_ms, STEP, &step->out->removed);

	step->out->more = rc > 0;
	return rc < 0 ? rc : 0;
}

/* ---- the audit ---- */

static int step_audit(struct step *step)
{
	struct db_stmt *stmt = behind(step, Q_OLD_AUDIT, STEP);
	int64_t ids[STEP];
	size_t looked_at = 0, count = 0;
	int rc;

	while ((rc = db_step(stmt)) > 0) {
		if (db_int(stmt, 1) >= step->before_ms) {
			db_finish(stmt);
			break;
		}
		looked_at++;
		step->done_to = db_int(stmt, 0);
		if (db_int(stmt, 2))
			ids[count++] = step->done_to;
	}
	if (rc < 0)
		return rc;
	step->out->more = looked_at == STEP;
	step->out->removed = count;
	return audit_text_erase(step->db, ids, count, step->now_ms, "retention",
				"privacy.retention");
}

/* ---- all of them ---- */

typedef int step_fn(struct step *step);
static step_fn *const steps[RETENTION_KIND_COUNT] = {
	[RETENTION_MESSAGES] = step_messages, [RETENTION_REPORTS] = step_reports,
	[RETENTION_REWARDS] = step_rewards,   [RETENTION_DIALOGUES] = step_dialogues,
	[RETENTION_ATTEMPTS] = step_attempts, [RETENTION_KEPT] = step_kept,
	[RETENTION_RECEIPTS] = step_receipts, [RETENTION_AUDIT] = step_audit,
};

int retention_row_state(struct db *db, enum retention_kind kind, struct retention_state *out)
{
	struct db_stmt *stmt = db_query(db, Q_RETENTION_GET);
	int rc;

	*out = (struct retention_state){ 0 };
	db_bind_int(stmt, 1, kind);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	*out = (struct retention_state){ db_int(stmt, 0), db_int(stmt, 1), db_int(stmt, 2) };
	db_finish(stmt);
	return 0;
}

static int write_state(const struct step *step, enum retention_kind kind)
{
	struct db_stmt *stmt = db_query(step->db, Q_RETENTION_PUT);

	db_bind_int(stmt, 1, kind);
	db_bind_int(stmt, 2, step->done_to);
	db_bind_int(stmt, 3, (int64_t)step->out->removed);
	return db_run(stmt);
}

int retention_row_step(void *ctx, struct db *db, enum retention_kind kind,
		       const struct retention_limits *limits, struct retention_step *out)
{
	struct step step = { .ctx = ctx,
			     .db = db,
			     .now_ms = limits->now_ms,
			     .receipts_expire_ms = limits->receipts_expire_ms,
			     .before_ms = limits->before_ms[kind],
			     .out = out };
	struct retention_state state;
	int rc;

	*out = (struct retention_step){ 0 };
	if (step.before_ms == 0)
		return 0;
	rc = retention_row_state(db, kind, &state);
	if (rc < 0)
		return rc;
	step.done_to = state.done_to;
	rc = steps[kind](&step);
	if (rc == 0 && (step.done_to != state.done_to || out->removed > 0))
		rc = write_state(&step, kind);
	return rc;
}

int retention_row_complete(struct db *db, int64_t now_ms)
{
	int rc = 0;

	for (int kind = 0; rc == 0 && kind < RETENTION_KIND_COUNT; kind++) {
		struct db_stmt *stmt = db_query(db, Q_RETENTION_COMPLETE);

		db_bind_int(stmt, 1, kind);
		db_bind_int(stmt, 2, now_ms);
		rc = db_run(stmt);
	}
	return rc;
}

int retention_row_oldest(struct db *db, enum retention_kind kind, int64_t *out_ms)
{
	static const enum db_query queries[RETENTION_KIND_COUNT] = {
		[RETENTION_MESSAGES] = Q_OLDEST_MESSAGE, [RETENTION_REPORTS] = Q_OLDEST_REPORT,
		[RETENTION_REWARDS] = Q_OLDEST_REWARD,	 [RETENTION_DIALOGUES] = Q_OLDEST_DIALOGUE,
		[RETENTION_ATTEMPTS] = Q_OLDEST_ATTEMPT, [RETENTION_KEPT] = Q_OLDEST_KEPT,
		[RETENTION_AUDIT] = Q_OLDEST_AUDIT,
	};
	struct retention_state state = { 0 };
	struct db_stmt *stmt;
	int rc = 0;

	*out_ms = 0;
	if (kind == RETENTION_RECEIPTS)
		return 0;
	/* Behind what a run has emptied; the others remove what they did. */
	if (kind == RETENTION_MESSAGES || kind == RETENTION_AUDIT)
		rc = retention_row_state(db, kind, &state);
	if (rc < 0)
		return rc;
	stmt = db_query(db, queries[kind]);
	db_bind_int(stmt, 1, state.done_to);
	rc = db_step(stmt);
	*out_ms = rc > 0 ? db_int(stmt, 0) : 0;
	db_finish(stmt);
	return rc < 0 ? rc : 0;
}
