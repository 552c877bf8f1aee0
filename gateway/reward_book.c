/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/reward_book.h"

#include <errno.h>
#include <stdio.h>

#include "gateway/iso_time.h"
#include "gateway/json_out.h"
#include "gateway/outbox.h"
#include "rules/report_id.h"

enum { REQUEST_MAX = 1024 };

static const char *const state_names[] = {
	[REWARD_STATE_DUE] = "due",	      [REWARD_STATE_REQUESTED] = "requested",
	[REWARD_STATE_CREDITED] = "credited", [REWARD_STATE_FAILED] = "failed",
	[REWARD_STATE_WITHHELD] = "withheld",
};
_Static_assert(sizeof(state_names) / sizeof(*state_names) == REWARD_STATE_COUNT,
	       "one name a state");

const char *reward_state_name(enum reward_state state)
{
	return state < REWARD_STATE_COUNT ? state_names[state] : "unknown";
}

void reward_row_load(struct db_stmt *stmt, struct reward_row *out)
{
	snprintf(out->id, sizeof(out->id), "%s", db_text(stmt, 0));
	out->report_id = db_int(stmt, 1);
	snprintf(out->subscriber.text, NUMBER_MAX, "%s", db_text(stmt, 2));
	snprintf(out->caller.text, NUMBER_MAX, "%s", db_text(stmt, 3));
	out->call_start_ms = db_int(stmt, 4);
	out->amount_mb = (uint32_t)db_int(stmt, 5);
	out->state = (enum reward_state)db_int(stmt, 6);
	snprintf(out->reason, sizeof(out->reason), "%s", db_text(stmt, 7));
	out->created_ms = db_int(stmt, 8);
	out->requested_ms = db_int(stmt, 9);
	out->settled_ms = db_int(stmt, 10);
	out->attempts = db_int(stmt, 11);
	out->next_ms = db_int(stmt, 12);
}

static int read_history(struct db *db, const struct report_row *report,
			const struct reward_policy *policy, int64_t now_ms,
			struct reward_history *out)
{
	struct db_stmt *stmt = db_query(db, Q_REWARD_HISTORY);
	int rc;

	*out = (struct reward_history){ 0 };
	db_bind_int(stmt, 1, reward_day_start(now_ms));
	db_bind_int(stmt, 2, reward_month_start(now_ms));
	db_bind_text(stmt, 3, report->subscriber.text);
	db_bind_int(stmt, 4, reward_year_start(now_ms));
	rc = db_step(stmt);
	if (rc < 0)
		return rc;
	out->day = (uint32_t)db_int(stmt, 0);
	out->month = (uint32_t)db_int(stmt, 1);
	out->year = (uint32_t)db_int(stmt, 2);
	db_finish(stmt);
	if (policy->first_reporters) {
		stmt = db_query(db, Q_REWARD_CALLER);
		db_bind_text(stmt, 1, report->number.text);
		db_bind_int(stmt, 2, reward_month_start(now_ms));
		db_bind_text(stmt, 3, report->subscriber.text);
		rc = db_step(stmt);
		if (rc < 0)
			return rc;
		out->rewarded_reporters = (uint32_t)db_int(stmt, 0);
		db_finish(stmt);
	}
	if (policy->budget_mb) {
		stmt = db_query(db, Q_BUDGET_GET);
		db_bind_int(stmt, 1, policy->effective_ms);
		rc = db_step(stmt);
		if (rc < 0)
			return rc;
		out->spent_mb = rc > 0 ? (uint64_t)db_int(stmt, 0) : 0;
		db_finish(stmt);
	}
	return 0;
}

int reward_book_insert(struct db *db, const struct reward_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_REWARD_INSERT);
	int rc;

	db_bind_text(stmt, 1, row->id);
	db_bind_int(stmt, 2, row->report_id);
	db_bind_text(stmt, 3, row->subscriber.text);
	db_bind_text(stmt, 4, row->caller.text);
	db_bind_int(stmt, 5, row->call_start_ms);
	db_bind_int(stmt, 6, row->amount_mb);
	db_bind_int(stmt, 7, row->state);
	db_bind_text(stmt, 8, row->reason);
	db_bind_int(stmt, 9, row->created_ms);
	rc = db_run(stmt);
	return rc < 0 ? rc : db_changes(db) > 0;
}

static int spend(struct db *db, const struct reward_policy *policy, uint32_t amount_mb)
{
	struct db_stmt *stmt = db_query(db, Q_BUDGET_ADD);

	if (!policy->budget_mb)
		return 0;
	db_bind_int(stmt, 1, policy->effective_ms);
	db_bind_int(stmt, 2, amount_mb);
	return db_run(stmt);
}

int reward_book_request(struct db *db, const struct reward_row *row, int64_t now_ms)
{
	char report[REPORT_ID_MAX];
	char call_start[ISO_TIME_MAX];
	char requested[ISO_TIME_MAX];
	char amount[16];
	char payload[REQUEST_MAX];
	struct outbox_row row_out = { .target = row->id,
				      .payload = payload,
				      .report_id = row->report_id,
				      .created_ms = now_ms };
	struct json_out out;
	int rc;

	report_id_format(row->report_id, report);
	snprintf(amount, sizeof(amount), "%u", row->amount_mb);
	json_out_begin(&out, payload, sizeof(payload));
	json_out_open(&out, NULL, '{');
	json_out_text(&out, "id", row->id);
	json_out_text(&out, "subscriber", row->subscriber.text);
	json_out_text(&out, "caller", row->caller.text);
	json_out_text(&out, "call_start", iso_time_format(row->call_start_ms, call_start));
	json_out_text(&out, "amount_mb", amount);
	json_out_text(&out, "report", report);
	json_out_text(&out, "requested", iso_time_format(now_ms, requested));
	json_out_close(&out, '}');
	rc = json_out_end(&out);
	return rc < 0 ? rc : outbox_put(db, OUTBOX_REWARD, &row_out);
}

int reward_book_enter(struct db *db, const struct report_row *report,
		      const struct reward_policy *policy, int64_t now_ms,
		      struct reward_decision *decision, struct reward_row *out)
{
	struct reward_history history = { 0 };
	int rc = policy ? read_history(db, report, policy, now_ms, &history) : 0;

	if (rc < 0)
		return rc;
	*decision = reward_decide(policy, &history);
	*out = (struct reward_row){
		.report_id = report->id,
		.subscriber = report->subscriber,
		.caller = report->number,
		.call_start_ms = report->call_start_ms / 1000 * 1000,
		.amount_mb = decision->amount_mb,
		.state = decision->outcome == REWARD_DUE ? REWARD_STATE_DUE : REWARD_STATE_WITHHELD,
		.created_ms = now_ms,
	};
	if (decision->outcome != REWARD_DUE)
		snprintf(out->reason, sizeof(out->reason), "%s",
			 reward_outcome_name(decision->outcome));
	reward_key(report->subscriber.text, report->number.text, out->call_start_ms, out->id);
	rc = reward_book_insert(db, out);
	if (rc == 0) {
		*decision = (struct reward_decision){ REWARD_CALL_REWARDED, 0 };
		return 0;
	}
	if (rc < 0 || out->state != REWARD_STATE_DUE)
		return rc < 0 ? rc : 0;
	rc = spend(db, policy, out->amount_mb);
	return rc < 0 ? rc : reward_book_request(db, out, now_ms);
}
