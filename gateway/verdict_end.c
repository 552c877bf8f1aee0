/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The end of a report, with all that follows: its reward, or the question for a number like it. */
#include "gateway/verdict_book_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/question_row.h"
#include "gateway/report_why.h"

static int write_evidence(const struct look *look, char out[EVIDENCE_JSON_MAX])
{
	struct evidence_note note = { .evidence = *look->evidence,
				      .score = look->verdict.score,
				      .deadline_ms = look->row.deadline_ms };

	snprintf(note.policy, sizeof(note.policy), "%s", look->settings->policy_hash);
	return evidence_format(&note, out);
}

int look_move(struct look *look, enum report_state state)
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

/* One text tells the verdict and, where it blocked the number, that, and how it is taken back. */
static int tell_verified(struct look *look, bool due, bool blocked)
{
	static const enum reply_kind kinds[2][2] = {
		{ REPLY_VERIFIED_CAPPED, REPLY_VERIFIED_CAPPED_BLOCKED },
		{ REPLY_VERIFIED, REPLY_VERIFIED_BLOCKED },
	};

	look->blocked = blocked;
	return look_tell(look, kinds[due][blocked], TOLD_VERDICT);
}

int look_end_verified(struct look *look)
{
	bool due;
	int rc;

	look->row.check_at = 0;
	look->row.call_start_ms = key_time(look);
	rc = look_move(look, REPORT_STATE_VERIFIED);
	if (rc == 0)
		rc = reward_book_enter(look->db, &look->row, look->settings->reward,
				       look->settings->reward_channel, look->now_ms, &look->reward,
				       &look->reward_row);
	if (rc < 0)
		return rc;
	due = look->reward.outcome == REWARD_DUE;
	look->out->rewarded = due;
	look->out->withheld = !due && look->reward.outcome != REWARD_CALL_REWARDED;
	rc = look_block(look);
	if (rc >= 0)
		rc = tell_verified(look, due, rc > 0);
	if (rc == 0)
		rc = look_publish(look, "report.verified");
	if (rc == 0 && look->verdict.forged)
		rc = look_publish(look, "number.forged");
	return rc;
}

int look_end_otherwise(struct look *look, enum report_state state, enum reply_kind reply)
{
	int rc = look_move(look, state);

	if (rc == 0)
		rc = look_tell(look, reply, TOLD_VERDICT);
	return rc < 0 ? rc : look_publish(look, "report.closed");
}

bool look_has_reason(const struct look *look, enum verdict_reason reason)
{
	for (size_t i = 0; i < look->verdict.reason_count; i++)
		if (look->verdict.reasons[i] == reason)
			return true;
	return false;
}

/* A caller that differs in a digit or two may have been meant. The question goes out with the
 * verdict; an answer reopens the report (report_dialogue.c). */
static int ask_near(struct look *look)
{
	struct question_row question = { 0 };
	int rc;

	if (look->evidence->near_count == 0 || !look_has_reason(look, VERDICT_NO_SUCH_CALL))
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

int look_end_rejected(struct look *look)
{
	int rc = ask_near(look);

	if (rc < 0)
		return rc;
	look->row.check_at = 0;
	if (look->evidence->call == EVIDENCE_CALL_FOUND)
		look->row.call_start_ms = look->evidence->record.start_ms;
	return look_end_otherwise(look, REPORT_STATE_REJECTED, REPLY_REJECTED);
}
