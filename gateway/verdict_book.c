/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/verdict_book_priv.h"

#include <errno.h>
#include <stdio.h>

#include "gateway/evidence_json.h"
#include "gateway/json_out.h"
#include "gateway/report_crowd.h"

enum { REPORTERS_SHOWN = 50, DETAIL_MAX = EVIDENCE_JSON_MAX, DAY_MS = 86400000 };

static int count_reporters(struct look *look)
{
	const struct verdict_policy *policy = look->settings->policy;
	const struct crowd_question question = {
		.number = look->row.number.text,
		/* Those before this one: how late the records came must not decide. */
		.since_ms = look->row.received_ms - (int64_t)policy->reporters_days * DAY_MS,
		.until_ms = look->row.received_ms,
		.except = look->row.subscriber.text,
		/* Enough to decide and to show; one that everybody reports is not counted to its
		 * end. */
		.enough = (size_t)policy->reporters_min + REPORTERS_SHOWN,
	};

	return report_crowd_count(look->db, &question, &look->evidence->reporters);
}

/* When to look for a late record that reopens the report; 0: no more. */
static int64_t next_reopen_check(const struct look *look)
{
	int64_t next_ms = look->now_ms + look->settings->recheck_max_ms;

	return next_ms < look->row.received_ms + look->settings->reopen_ms ? next_ms : 0;
}

static int end_unproved(struct look *look)
{
	look->row.check_at =
		look_has_reason(look, VERDICT_FEED_INCOMPLETE) ? next_reopen_check(look) : 0;
	return look_end_otherwise(look, REPORT_STATE_UNPROVED, REPLY_UNPROVED);
}

/* Not before half of the clock is over, however early the warning is wished for. */
static int64_t warning_time(const struct look *look)
{
	int64_t half_ms = (int64_t)look->settings->policy->deadline_s * 1000 / 2;
	int64_t before_ms = look->settings->warn_ms < half_ms ? look->settings->warn_ms : half_ms;

	return look->row.deadline_ms - before_ms;
}

/* When to look at a report that only its clock moves on. */
static int64_t next_tick(const struct look *look)
{
	int64_t warn_ms = warning_time(look);

	return look->now_ms < warn_ms ? warn_ms : look->row.deadline_ms;
}

/* Once for each clock of a report: what comes twice at the same deadline changes no row. */
static int warn(struct look *look)
{
	struct db_stmt *stmt;
	int rc;

	if (look->now_ms < warning_time(look) || look->now_ms >= look->row.deadline_ms)
		return 0;
	stmt = db_query(look->db, Q_WARNING_PUT);
	db_bind_int(stmt, 1, look->row.id);
	db_bind_int(stmt, 2, look->row.deadline_ms);
	rc = db_run(stmt);
	if (rc < 0 || db_changes(look->db) == 0)
		return rc;
	look->out->warned = true;
	look->warns = true;
	return look_publish(look, "report.overdue_soon");
}

static int to_review(struct look *look)
{
	int rc;

	if (look->row.deadline_ms <= look->now_ms)
		look->row.deadline_ms =
			look->now_ms + (int64_t)look->settings->policy->deadline_s * 1000;
	look->row.check_at = next_tick(look);
	if (look->evidence->call == EVIDENCE_CALL_FOUND)
		look->row.call_start_ms = look->evidence->record.start_ms;
	rc = look_move(look, REPORT_STATE_REVIEW);
	return rc < 0 ? rc : look_tell(look, REPLY_REVIEW, TOLD_NOTHING);
}

static int set_recheck(struct look *look, int64_t check_at)
{
	struct db_stmt *stmt = db_query(look->db, Q_REPORT_RECHECK);

	if (check_at)
		db_bind_int(stmt, 1, check_at);
	db_bind_int(stmt, 2, look->row.checks + 1);
	db_bind_int(stmt, 3, look->row.id);
	return db_run(stmt);
}

/* Later and later, but never past the warning or the deadline. */
static int look_again(struct look *look)
{
	const struct verdict_settings *settings = look->settings;
	int64_t wait_ms = settings->recheck_ms;
	int rc = warn(look);

	if (rc < 0)
		return rc;
	for (int64_t i = 0; i < look->row.checks && wait_ms < settings->recheck_max_ms; i++)
		wait_ms += wait_ms / 2;
	if (wait_ms > settings->recheck_max_ms)
		wait_ms = settings->recheck_max_ms;
	if (look->row.deadline_ms <= look->now_ms)
		return set_recheck(look, look->now_ms + settings->recheck_ms);
	if (look->now_ms + wait_ms > next_tick(look))
		return set_recheck(look, next_tick(look));
	return set_recheck(look, look->now_ms + wait_ms);
}

static bool in_time(const struct look *look)
{
	int64_t began_ms =
		look->row.deadline_ms - (int64_t)look->settings->policy->deadline_s * 1000;

	return look->now_ms - began_ms <= look->settings->promise_ms;
}

static int act(struct look *look)
{
	look->out->in_time = in_time(look);
	look->out->kind = look->verdict.kind;
	look->out->forged = look->verdict.forged;
	switch (look->verdict.kind) {
	case VERDICT_WAIT:
		return look_again(look);
	case VERDICT_VERIFIED:
		look->out->ended = true;
		return look_end_verified(look);
	case VERDICT_REJECTED:
		look->out->ended = true;
		return look_end_rejected(look);
	case VERDICT_UNPROVED:
		look->out->ended = true;
		return end_unproved(look);
	case VERDICT_REVIEW:
		return to_review(look);
	case VERDICT_KIND_COUNT:
		break;
	}
	return -EINVAL;
}

static int form_verdict(struct look *look)
{
	int rc = count_reporters(look);

	if (rc < 0)
		return rc;
	look->evidence->intent = look->row.intent;
	look->evidence->category = look->row.category;
	look->evidence->number = look->row.number;
	look->evidence->deadline_passed = look->now_ms >= look->row.deadline_ms;
	look->verdict = verdict_decide(look->evidence, look->settings->policy);
	return 0;
}

static int look_pending(struct look *look)
{
	int rc = form_verdict(look);

	return rc < 0 ? rc : act(look);
}

/* Reopened only by a call that is there now; the clock that ran out before no longer counts. */
static int look_unproved(struct look *look)
{
	int rc;

	if (look->evidence->call != EVIDENCE_CALL_FOUND)
		return set_recheck(look, next_reopen_check(look));
	look->row.deadline_ms = look->now_ms + (int64_t)look->settings->policy->deadline_s * 1000;
	rc = report_transition(look->db, &look->row, REPORT_STATE_PENDING, look->now_ms,
			       "late_record", "");
	if (rc < 0)
		return rc;
	look->out->reopened = true;
	return look_pending(look);
}

static int end_by_clock(struct look *look, enum verdict_kind kind, enum verdict_reason reason)
{
	look->verdict = (struct verdict){ .kind = kind,
					  .forged = look->row.forged,
					  .score = look->row.score,
					  .reason_count = 1,
					  .reasons = { reason } };
	look->detail = "";
	return act(look);
}

static int look_review(struct look *look)
{
	enum verdict_timeout timeout = look->settings->policy->review_timeout;
	int rc;

	if (look->now_ms >= look->row.deadline_ms)
		return end_by_clock(look, verdict_timeout_kind(timeout), VERDICT_CLOCK_RAN_OUT);
	rc = warn(look);
	return rc < 0 ? rc : set_recheck(look, next_tick(look));
}

static int load_look(void *ctx, struct look *look, int64_t report_id)
{
	*look->out = (struct verdict_outcome){ .kind = VERDICT_WAIT };
	return report_row_get(ctx, look->db, report_id, &look->row);
}

static void write_decision(const struct review_verdict *decision, char out[DETAIL_MAX])
{
	struct json_out json;

	json_out_begin(&json, out, DETAIL_MAX);
	json_out_open(&json, NULL, '{');
	json_out_text(&json, "by", decision->by);
	json_out_text(&json, "as", decision->actor);
	json_out_text(&json, "reason", decision->reason);
	json_out_close(&json, '}');
	/* What is too long was refused before. */
	if (json_out_end(&json) < 0)
		snprintf(out, DETAIL_MAX, "{}");
}

int verdict_book_decide(void *ctx, struct db *db, int64_t report_id,
			const struct review_verdict *decision,
			const struct verdict_settings *settings, int64_t now_ms,
			struct verdict_outcome *out)
{
	struct evidence none = { 0 };
	struct look look = { .memory = ctx,
			     .db = db,
			     .evidence = &none,
			     .settings = settings,
			     .now_ms = now_ms,
			     .out = out };
	char detail[DETAIL_MAX];
	int rc = load_look(ctx, &look, report_id);

	if (rc < 0)
		return rc;
	if (look.row.state != REPORT_STATE_REVIEW)
		return -EINVAL;
	look.verdict = (struct verdict){ .kind = decision->kind,
					 .forged = look.row.forged,
					 .score = look.row.score,
					 .reason_count = 1,
					 .reasons = { VERDICT_BY_REVIEWER } };
	write_decision(decision, detail);
	look.detail = detail;
	rc = act(&look);
	out->number = look.row.number;
	out->state = look.row.state;
	return rc;
}

int verdict_book_look(void *ctx, struct db *db, int64_t report_id, struct evidence *evidence,
		      const struct verdict_settings *settings, int64_t now_ms,
		      struct verdict_outcome *out)
{
	struct look look = { .memory = ctx,
			     .db = db,
			     .evidence = evidence,
			     .settings = settings,
			     .now_ms = now_ms,
			     .out = out };
	int rc = load_look(ctx, &look, report_id);

	if (rc < 0)
		return rc;
	switch (look.row.state) {
	case REPORT_STATE_PENDING:
		rc = look_pending(&look);
		break;
	case REPORT_STATE_UNPROVED:
		rc = look_unproved(&look);
		break;
	case REPORT_STATE_NEEDS_NUMBER:
		rc = end_by_clock(&look, VERDICT_UNPROVED, VERDICT_NO_NUMBER);
		break;
	case REPORT_STATE_REVIEW:
		rc = look_review(&look);
		break;
	case REPORT_STATE_RECEIVED:
	case REPORT_STATE_VERIFIED:
	case REPORT_STATE_REJECTED:
	case REPORT_STATE_APPEALED:
	case REPORT_STATE_COUNT:
		/* Decided meanwhile: an earlier look was as quick. */
		rc = set_recheck(&look, 0);
		break;
	}
	out->number = look.row.number;
	out->state = look.row.state;
	return rc;
}

int verdict_book_look_new(void *ctx, struct db *db, const struct report_row *row,
			  struct evidence *evidence, const struct verdict_settings *settings,
			  int64_t now_ms, struct verdict_outcome *out)
{
	struct look look = { .memory = ctx,
			     .db = db,
			     .row = *row,
			     .evidence = evidence,
			     .settings = settings,
			     .now_ms = now_ms,
			     .out = out };
	int rc = form_verdict(&look);

	*out = (struct verdict_outcome){ .kind = VERDICT_WAIT };
	if (rc < 0 || look.verdict.kind == VERDICT_WAIT)
		return rc < 0 ? rc : 0;
	rc = act(&look);
	out->number = look.row.number;
	out->state = look.row.state;
	return rc < 0 ? rc : 1;
}
