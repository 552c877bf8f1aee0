/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What becomes of an entry: settled, repeated, reversed. */
#include <errno.h>
#include <stdio.h>

#include "gateway/answer.h"
#include "gateway/iso_time.h"
#include "gateway/json_out.h"
#include "gateway/reward_book.h"
#include "gateway/rule_store.h"
#include "rules/report_id.h"

enum { EVENT_MAX = 2048 };

/* ---- giving back ---- */

/* Once, whoever asks. */
static int give_back(struct db *db, const struct reward_row *credit)
{
	struct db_stmt *stmt = db_query(db, Q_REWARD_RETURN);
	int rc;

	db_bind_text(stmt, 1, credit->id);
	rc = db_run(stmt);
	if (rc < 0 || db_changes(db) == 0 || !credit->budgeted)
		return rc;
	stmt = db_query(db, Q_BUDGET_BACK);
	db_bind_int(stmt, 1, credit->amount_mb);
	db_bind_int(stmt, 2, credit->budget_ms);
	return db_run(stmt);
}

static int give_back_reversed(struct db *db, const struct reward_row *reversal)
{
	struct reward_row credit;
	int rc = reward_row_of_report(db, REWARD_CREDIT, reversal->report_id, &credit);

	return rc < 0 ? rc : give_back(db, &credit);
}

/* ---- telling ---- */

/* CloudEvents 1.0. */
static int publish_reversed(struct db *db, const struct reward_settings *settings,
			    const struct reward_row *row)
{
	char payload[EVENT_MAX];
	char report[REPORT_ID_MAX];
	char credit[REWARD_KEY_MAX];
	char id[REWARD_KEY_MAX + 24];
	char source[128];
	char time[ISO_TIME_MAX];
	struct outbox_row out_row = { .target = "",
				      .payload = payload,
				      .report_id = row->report_id,
				      .created_ms = settings->now_ms };
	struct json_out out;
	int rc;

	report_id_format(row->report_id, report);
	reward_key(row->subscriber.text, row->caller.text, row->call_start_ms, credit);
	snprintf(id, sizeof(id), "%s-reward.reversed", row->id);
	snprintf(source, sizeof(source), "/mianrao/%s", settings->instance);
	json_out_begin(&out, payload, sizeof(payload));
	json_out_open(&out, NULL, '{');
	json_out_text(&out, "specversion", "1.0");
	json_out_text(&out, "id", id);
	json_out_text(&out, "source", source);
	json_out_text(&out, "type", "reward.reversed");
	json_out_text(&out, "time", iso_time_format(settings->now_ms, time));
	json_out_text(&out, "subject", report);
	json_out_text(&out, "datacontenttype", "application/json");
	json_out_open(&out, "data", '{');
	json_out_text(&out, "report", report);
	json_out_text(&out, "subscriber", row->subscriber.text);
	json_out_text(&out, "number", row->caller.text);
	json_out_text(&out, "reversal", row->id);
	json_out_text(&out, "reward", credit);
	json_out_int(&out, "amount_mb", row->amount_mb);
	json_out_text(&out, "reason", row->note);
	json_out_close(&out, '}');
	json_out_close(&out, '}');
	rc = json_out_end(&out);
	return rc < 0 ? rc : outbox_put(db, OUTBOX_EVENT, &out_row);
}

static int tell(void *ctx, struct db *db, const struct reward_settings *settings,
		const struct reward_row *row, enum reply_kind kind, unsigned told)
{
	struct reply_values values = { .amount_mb = row->amount_mb,
				       .day_ms = row->call_start_ms,
				       .note = row->note };
	struct outbox_row out = { .told = told, .created_ms = settings->now_ms };
	struct report_row report;
	int rc = report_row_get(ctx, db, row->report_id, &report);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	values.number = report.number.text;
	out.target = report.subscriber.text;
	out.report_id = report.id;
	out.route = report.route;
	return answer_put_gently(db, kind, &settings->manner, &values, &out, &settings->quiet);
}

/* ---- settling ---- */

static int write_state(struct db *db, const struct reward_row *row)
{
	static const enum db_query queries[] = { Q_REWARD_SETTLE, Q_REVERSAL_SETTLE };
	struct db_stmt *stmt = db_query(db, queries[row->kind]);

	db_bind_int(stmt, 1, row->state);
	db_bind_text(stmt, 2, row->reason);
	db_bind_int(stmt, 3, row->settled_ms);
	db_bind_text(stmt, 4, row->id);
	return db_run(stmt);
}

static int follow_credit(void *ctx, struct db *db, const struct reward_settings *settings,
			 const struct reward_row *row)
{
	bool failed = row->state == REWARD_STATE_FAILED;
	int rc = failed ? give_back(db, row) : 0;

	return rc < 0 ? rc
		      : tell(ctx, db, settings, row, failed ? REPLY_CREDIT_FAILED : REPLY_CREDITED,
			     TOLD_CREDIT);
}

/* Of a reversal that failed, the subscriber has nothing to know: the data is still there. */
static int follow_reversal(void *ctx, struct db *db, const struct reward_settings *settings,
			   const struct reward_row *row)
{
	int rc;

	if (row->state == REWARD_STATE_FAILED)
		return 0;
	rc = give_back_reversed(db, row);
	if (rc == 0)
		rc = publish_reversed(db, settings, row);
	return rc < 0 ? rc : tell(ctx, db, settings, row, REPLY_REWARD_REVERSED, TOLD_NOTHING);
}

int reward_book_settle(void *ctx, struct db *db, const struct reward_settings *settings,
		       struct reward_row *row, enum reward_state state, const char *reason)
{
	int rc;

	row->state = state;
	snprintf(row->reason, sizeof(row->reason), "%s", reason);
	row->settled_ms = settings->now_ms;
	row->changed_ms = settings->now_ms;
	rc = write_state(db, row);
	if (rc < 0)
		return rc;
	return row->kind == REWARD_REVERSAL ? follow_reversal(ctx, db, settings, row)
					    : follow_credit(ctx, db, settings, row);
}

/* ---- repeating ---- */

static int put_event(struct db *db, const char *reward_id, int64_t at_ms, const char *what,
		     const char *reason, const char *actor)
{
	struct db_stmt *stmt = db_query(db, Q_REWARD_EVENT_PUT);

	db_bind_text(stmt, 1, reward_id);
	db_bind_int(stmt, 2, at_ms);
	db_bind_text(stmt, 3, what);
	db_bind_text(stmt, 4, reason);
	db_bind_text(stmt, 5, actor);
	return db_run(stmt);
}

/* 1 taken, 0 it does not fit any more. */
static int take_again(struct db *db, const struct reward_row *row, uint64_t budget_mb)
{
	struct db_stmt *stmt;
	int rc;

	if (!row->budgeted || !row->returned)
		return 1;
	stmt = db_query(db, Q_BUDGET_TAKE);
	db_bind_int(stmt, 1, row->budget_ms);
	db_bind_int(stmt, 2, row->amount_mb);
	db_bind_int(stmt, 3, budget_mb ? (int64_t)budget_mb : INT64_MAX);
	rc = db_run(stmt);
	return rc < 0 ? rc : db_changes(db) > 0;
}

static int reopen(struct db *db, const struct reward_settings *settings,
		  const struct reward_row *row)
{
	static const enum db_query queries[] = { Q_REWARD_REOPEN, Q_REVERSAL_REOPEN };
	struct db_stmt *stmt = db_query(db, queries[row->kind]);
	int rc;

	db_bind_int(stmt, 1, settings->now_ms);
	db_bind_text(stmt, 2, row->id);
	rc = db_run(stmt);
	if (rc == 0)
		rc = put_event(db, row->id, row->settled_ms, "failed", row->reason, "");
	return rc < 0 ? rc : reward_book_request(db, row, settings->channel, settings->now_ms);
}

int reward_book_repeat(struct db *db, const struct reward_settings *settings,
		       const struct reward_row *row, uint64_t budget_mb, const char *actor,
		       enum reward_repeat *out)
{
	const char *before = reward_state_name(row->kind, row->state);
	int rc;

	*out = REWARD_REPEATED;
	if (reward_is_open(row->state) && row->next_ms == 0) {
		*out = REWARD_ON_ITS_WAY;
		return 0;
	}
	if (!reward_is_open(row->state) && row->state != REWARD_STATE_FAILED) {
		*out = REWARD_SETTLED;
		return 0;
	}
	if (row->state == REWARD_STATE_FAILED) {
		rc = take_again(db, row, budget_mb);
		if (rc == 0)
			*out = REWARD_NO_BUDGET;
		if (rc <= 0)
			return rc;
		rc = reopen(db, settings, row);
	} else {
		rc = reward_book_ask_again(db, row, settings->channel, settings->now_ms);
	}
	if (rc == 0)
		rc = put_event(db, row->id, settings->now_ms, "repeated", "", actor);
	return rc < 0 ? rc
		      : audit_put(db, settings->now_ms, actor, "reward repeated", row->id, before,
				  "due");
}

/* ---- reversing ---- */

static int insert_reversal(struct db *db, const struct reward_row *row,
			   const struct reward_row *credit, const char *actor)
{
	struct db_stmt *stmt = db_query(db, Q_REVERSAL_INSERT);
	int rc;

	db_bind_text(stmt, 1, row->id);
	db_bind_int(stmt, 2, row->report_id);
	db_bind_text(stmt, 3, row->subscriber.text);
	db_bind_text(stmt, 4, row->caller.text);
	db_bind_int(stmt, 5, row->call_start_ms);
	db_bind_int(stmt, 6, row->amount_mb);
	db_bind_int(stmt, 7, row->created_ms);
	db_bind_text(stmt, 8, credit->id);
	db_bind_text(stmt, 9, row->note);
	db_bind_text(stmt, 10, actor);
	rc = db_run(stmt);
	return rc < 0 ? rc : db_changes(db) > 0;
}

int reward_book_reverse(struct db *db, const struct reward_settings *settings,
			const struct reward_row *credit, const char *note, const char *actor,
			struct reward_row *out)
{
	int rc;

	*out = (struct reward_row){
		.kind = REWARD_REVERSAL,
		.report_id = credit->report_id,
		.subscriber = credit->subscriber,
		.caller = credit->caller,
		.call_start_ms = credit->call_start_ms,
		.amount_mb = credit->amount_mb,
		.state = REWARD_STATE_DUE,
		.created_ms = settings->now_ms,
		.changed_ms = settings->now_ms,
	};
	reward_reversal_key(credit->id, out->id);
	snprintf(out->note, sizeof(out->note), "%s", note);
	rc = insert_reversal(db, out, credit, actor);
	if (rc == 0)
		return reward_row_get(db, out->id, out);
	if (rc > 0)
		rc = reward_book_request(db, out, settings->channel, settings->now_ms);
	if (rc == 0)
		rc = audit_put(db, settings->now_ms, actor, "reward reversed", credit->id,
			       reward_state_name(REWARD_CREDIT, credit->state), note);
	return rc < 0 ? rc : 1;
}
