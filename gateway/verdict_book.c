/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/verdict_book.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/answer.h"
#include "gateway/iso_time.h"
#include "gateway/json_out.h"
#include "gateway/outbox.h"
#include "gateway/question_row.h"
#include "gateway/report_crowd.h"
#include "gateway/report_why.h"
#include "rules/report_id.h"

/* EVENT_MAX: all members at their longest come to some 1,500 octets. */
enum { REPORTERS_SHOWN = 50, DETAIL_MAX = EVIDENCE_JSON_MAX, EVENT_MAX = 4096, DAY_MS = 86400000 };

struct look {
	struct db *db;
	struct report_row row;
	struct evidence *evidence;
	const struct verdict_settings *settings;
	int64_t now_ms;
	struct verdict verdict;
	const char *detail; /* of the event, where no evidence was gathered; NULL: the evidence */
	bool warns;	    /* what is published tells of the deadline */
	const struct number *near; /* to be asked for, or NULL */
	struct reward_decision reward;
	struct reward_row reward_row;
	struct verdict_outcome *out;
};

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

static int tell(struct look *look, enum reply_kind kind, unsigned told)
{
	const struct report_row *row = &look->row;
	struct reply_values values = {
		.number = row->number.text,
		.day_ms = row->call_start_ms ? row->call_start_ms : row->received_ms,
		.near = look->near ? look->near->text : NULL,
		.reason = look->verdict.reason_count ? look->verdict.reasons[0] : 0,
		.outcome = look->reward.outcome,
		.amount_mb = look->reward.amount_mb,
		.state = row->state,
	};
	const struct outbox_row out = { .target = row->subscriber.text,
					.report_id = row->id,
					.told = told,
					.route = row->route,
					.created_ms = look->now_ms };

	return answer_put_gently(look->db, kind, &look->settings->manner, &values, &out,
				 &look->settings->quiet);
}

static void put_reward(struct json_out *out, const struct look *look)
{
	json_out_open(out, "reward", '{');
	json_out_text(out, "id", look->reward_row.id);
	json_out_int(out, "amount_mb", look->reward.amount_mb);
	json_out_text(out, "outcome", reward_outcome_name(look->reward.outcome));
	json_out_close(out, '}');
}

static void put_data(struct json_out *out, const struct look *look, const char *report)
{
	const struct report_row *row = &look->row;
	char call_start[ISO_TIME_MAX];
	char deadline[ISO_TIME_MAX];

	json_out_open(out, "data", '{');
	json_out_text(out, "report", report);
	json_out_text(out, "subscriber", row->subscriber.text);
	json_out_text(out, "number", row->number.text);
	json_out_text(out, "category", report_category_name(row->category));
	json_out_text(out, "verdict", report_state_name(row->state));
	json_out_bool(out, "forged", look->verdict.forged);
	if (look->warns)
		json_out_text(out, "deadline", iso_time_format(row->deadline_ms, deadline));
	json_out_open(out, "reasons", '[');
	for (size_t i = 0; i < look->verdict.reason_count; i++)
		json_out_text(out, NULL, verdict_reason_name(look->verdict.reasons[i]));
	json_out_close(out, ']');
	if (row->call_start_ms)
		json_out_text(out, "call_start", iso_time_format(row->call_start_ms, call_start));
	if (look->reward_row.id[0])
		put_reward(out, look);
	json_out_close(out, '}');
}

/* CloudEvents 1.0. The id is the report and the number of its transition: a repeated publication
 * carries the same one. */
static int publish(struct look *look, const char *type)
{
	char payload[EVENT_MAX];
	char report[REPORT_ID_MAX];
	char id[REPORT_ID_MAX + 48];
	char source[128];
	char time[ISO_TIME_MAX];
	struct outbox_row row = { .target = "",
				  .payload = payload,
				  .report_id = look->row.id,
				  .created_ms = look->now_ms };
	struct json_out out;
	int rc;

	report_id_format(look->row.id, report);
	snprintf(id, sizeof(id), "%s-%lld-%s", report, (long long)look->row.events, type);
	snprintf(source, sizeof(source), "/mianrao/%s", look->settings->instance);
	json_out_begin(&out, payload, sizeof(payload));
	json_out_open(&out, NULL, '{');
	json_out_text(&out, "specversion", "1.0");
	json_out_text(&out, "id", id);
	json_out_text(&out, "source", source);
	json_out_text(&out, "type", type);
	json_out_text(&out, "time", iso_time_format(look->now_ms, time));
	json_out_text(&out, "subject", report);
	json_out_text(&out, "datacontenttype", "application/json");
	put_data(&out, look, report);
	json_out_close(&out, '}');
	rc = json_out_end(&out);
	return rc < 0 ? rc : outbox_put(look->db, OUTBOX_EVENT, &row);
}

static int write_evidence(const struct look *look, char out[EVIDENCE_JSON_MAX])
{
	struct evidence_note note = { .evidence = *look->evidence,
				      .score = look->verdict.score,
				      .deadline_ms = look->row.deadline_ms };

	snprintf(note.policy, sizeof(note.policy), "%s", look->settings->policy_hash);
	return evidence_format(&note, out);
}

static int move(struct look *look, enum report_state state)
{
	char reasons[REPORT_REASONS_MAX];
	char evidence[EVIDENCE_JSON_MAX];

	verdict_join_reasons(&look->verdict, reasons);
	if (!look->detail && write_evidence(look, evidence) < 0)
		return -EINVAL;
	look->row.score = look->verdict.score;
	look->row.forged = look->verdict.forged;
	memcpy(look->out->reasons, reasons, sizeof(reasons));
	return report_transition(look->db, &look->row, state, look->now_ms, reasons,
				 look->detail ? look->detail : evidence);
}

/* The natural key of an SMS, of which no record tells the minute, is its day. A call that was found
 * before the report went to a person is the call still. */
static int64_t key_time(const struct look *look)
{
	if (look->evidence->call == EVIDENCE_CALL_FOUND)
		return look->evidence->record.start_ms;
	if (look->row.call_start_ms)
		return look->row.call_start_ms;
	return reward_day_start(look->row.received_ms);
}

static int end_verified(struct look *look)
{
	bool due;
	int rc;

	look->row.check_at = 0;
	look->row.call_start_ms = key_time(look);
	rc = move(look, REPORT_STATE_VERIFIED);
	if (rc == 0)
		rc = reward_book_enter(look->db, &look->row, look->settings->reward,
				       look->settings->reward_channel, look->now_ms, &look->reward,
				       &look->reward_row);
	if (rc < 0)
		return rc;
	due = look->reward.outcome == REWARD_DUE;
	look->out->rewarded = due;
	look->out->withheld = !due && look->reward.outcome != REWARD_CALL_REWARDED;
	rc = tell(look, due ? REPLY_VERIFIED : REPLY_VERIFIED_CAPPED, TOLD_VERDICT);
	if (rc == 0)
		rc = publish(look, "report.verified");
	if (rc == 0 && look->verdict.forged)
		rc = publish(look, "number.forged");
	return rc;
}

static int end_otherwise(struct look *look, enum report_state state, enum reply_kind reply)
{
	int rc = move(look, state);

	if (rc == 0)
		rc = tell(look, reply, TOLD_VERDICT);
	return rc < 0 ? rc : publish(look, "report.closed");
}

static bool has_reason(const struct verdict *verdict, enum verdict_reason reason)
{
	for (size_t i = 0; i < verdict->reason_count; i++)
		if (verdict->reasons[i] == reason)
			return true;
	return false;
}

/* A caller that differs in a digit or two may have been meant. The question goes out with the
 * verdict; an answer reopens the report (report_dialogue.c). */
static int ask_near(struct look *look)
{
	struct question_row question = { 0 };
	int rc;

	if (look->evidence->near_count == 0 || !has_reason(&look->verdict, VERDICT_NO_SUCH_CALL))
		return 0;
	rc = question_row_get(look->db, look->row.id, &question);
	if (rc < 0 || question.asked >= look->settings->questions)
		return rc < 0 ? rc : 0;
	look->near = &look->evidence->near[0];
	question.report_id = look->row.id;
	question.kind = QUESTION_NEAR;
	question.choices = (struct call_list){ 1, { { *look->near, 0 } } };
	/* Its time to answer begins when it is read. */
	return question_row_ask(look->db, &question, look->row.subscriber.text,
				quiet_hours_end(&look->settings->quiet, look->now_ms));
}

static int end_rejected(struct look *look)
{
	int rc = ask_near(look);

	if (rc < 0)
		return rc;
	look->row.check_at = 0;
	if (look->evidence->call == EVIDENCE_CALL_FOUND)
		look->row.call_start_ms = look->evidence->record.start_ms;
	return end_otherwise(look, REPORT_STATE_REJECTED, REPLY_REJECTED);
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
		has_reason(&look->verdict, VERDICT_FEED_INCOMPLETE) ? next_reopen_check(look) : 0;
	return end_otherwise(look, REPORT_STATE_UNPROVED, REPLY_UNPROVED);
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
	return publish(look, "report.overdue_soon");
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
	rc = move(look, REPORT_STATE_REVIEW);
	return rc < 0 ? rc : tell(look, REPLY_REVIEW, TOLD_NOTHING);
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
		return end_verified(look);
	case VERDICT_REJECTED:
		look->out->ended = true;
		return end_rejected(look);
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
	struct look look = {
		.db = db, .evidence = &none, .settings = settings, .now_ms = now_ms, .out = out
	};
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
	struct look look = {
		.db = db, .evidence = evidence, .settings = settings, .now_ms = now_ms, .out = out
	};
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

int verdict_book_look_new(struct db *db, const struct report_row *row, struct evidence *evidence,
			  const struct verdict_settings *settings, int64_t now_ms,
			  struct verdict_outcome *out)
{
	struct look look = { .db = db,
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
