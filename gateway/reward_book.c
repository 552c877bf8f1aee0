/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Entering rewards, and their requests. */
#include "gateway/reward_book.h"

#include <errno.h>
#include <stdio.h>
#include <talloc.h>

#include "gateway/answer.h"
#include "gateway/clock.h"
#include "gateway/iso_time.h"
#include "gateway/json_out.h"
#include "gateway/outbox_stock.h"
#include "rules/report_id.h"

enum { REQUEST_MAX = 1024, REROUTE_MAX = 500, DAY_MS = 86400000 };

enum outbox_channel reward_channel(const struct config *config)
{
	return config->rewards.transport == REWARD_BY_WEBHOOK ? OUTBOX_WEBHOOK : OUTBOX_REWARD;
}

int reward_settings_of(void *ctx, const struct gateway *gateway, struct reward_settings *out)
{
	*out = (struct reward_settings){
		.channel = reward_channel(gateway->config),
		.instance = gateway->config->instance,
		.quiet = gateway->live->reports.quiet,
		.now_ms = clock_now_ms(),
	};
	return answer_manner(ctx, gateway->live, &out->manner);
}

/* ---- what the ledger holds ---- */

static int read_counts(struct db *db, const struct report_row *report, int64_t now_ms,
		       struct reward_history *out)
{
	struct db_stmt *stmt = db_query(db, Q_REWARD_HISTORY);
	int rc;

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
	return 0;
}

/* A statement's only figure, 0 where it gives none. */
static int read_figure(struct db_stmt *stmt, int64_t *out)
{
	int rc = db_step(stmt);

	if (rc < 0)
		return rc;
	*out = rc > 0 ? db_int(stmt, 0) : 0;
	db_finish(stmt);
	return 0;
}

static int count_first_reporters(struct db *db, const struct report_row *report, int64_t now_ms,
				 int64_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_REWARD_CALLER);

	db_bind_text(stmt, 1, report->number.text);
	db_bind_int(stmt, 2, reward_month_start(now_ms));
	db_bind_text(stmt, 3, report->subscriber.text);
	return read_figure(stmt, out);
}

static int count_for_caller(struct db *db, const struct report_row *report,
			    const struct reward_policy *policy, int64_t now_ms, int64_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_REWARD_CALLER_ALL);

	db_bind_text(stmt, 1, report->number.text);
	db_bind_int(stmt, 2, now_ms - (int64_t)policy->caller_days * DAY_MS);
	db_bind_int(stmt, 3, policy->cap_caller);
	return read_figure(stmt, out);
}

static int count_verified(struct db *db, const struct report_row *report, uint32_t wanted,
			  int64_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_REWARD_VERIFIED);

	db_bind_text(stmt, 1, report->subscriber.text);
	db_bind_int(stmt, 2, report->id);
	db_bind_int(stmt, 3, wanted);
	return read_figure(stmt, out);
}

static int read_spent(struct db *db, const struct reward_policy *policy, int64_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_BUDGET_GET);

	db_bind_int(stmt, 1, policy->budget_since_ms);
	return read_figure(stmt, out);
}

/* Only what the policy asks for is looked up. */
static int read_history(struct db *db, const struct report_row *report,
			const struct reward_policy *policy, int64_t now_ms,
			struct reward_history *out)
{
	int64_t reporters = 0, caller = 0, verified = 0, spent = 0;
	uint32_t wanted = reward_reports_wanted(policy);
	int rc;

	*out = (struct reward_history){ 0 };
	rc = read_counts(db, report, now_ms, out);
	if (rc == 0 && policy->first_reporters)
		rc = count_first_reporters(db, report, now_ms, &reporters);
	if (rc == 0 && policy->cap_caller)
		rc = count_for_caller(db, report, policy, now_ms, &caller);
	if (rc == 0 && wanted)
		rc = count_verified(db, report, wanted, &verified);
	if (rc == 0 && policy->budget_mb)
		rc = read_spent(db, policy, &spent);
	out->rewarded_reporters = (uint32_t)reporters;
	out->caller = (uint32_t)caller;
	out->verified_reports = (uint32_t)verified;
	out->spent_mb = spent > 0 ? (uint64_t)spent : 0;
	return rc;
}

/* ---- entering ---- */

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
	if (row->budgeted)
		db_bind_int(stmt, 10, row->budget_ms);
	db_bind_int(stmt, 11, row->returned);
	rc = db_run(stmt);
	return rc < 0 ? rc : db_changes(db) > 0;
}

/* The decision has looked at the budget in this transaction: that nothing is taken is a fault. */
static int spend(struct db *db, const struct reward_policy *policy, uint32_t amount_mb)
{
	struct db_stmt *stmt = db_query(db, Q_BUDGET_TAKE);
	int rc;

	db_bind_int(stmt, 1, policy->budget_since_ms);
	db_bind_int(stmt, 2, amount_mb);
	db_bind_int(stmt, 3, (int64_t)policy->budget_mb);
	rc = db_run(stmt);
	if (rc == 0 && db_changes(db) == 0)
		rc = -EIO;
	return rc;
}

static void fill_row(const struct report_row *report, const struct reward_policy *policy,
		     const struct reward_decision *decision, int64_t now_ms, struct reward_row *out)
{
	bool due = decision->outcome == REWARD_DUE;

	*out = (struct reward_row){
		.report_id = report->id,
		.subscriber = report->subscriber,
		.caller = report->number,
		.call_start_ms = report->call_start_ms / 1000 * 1000,
		.amount_mb = decision->amount_mb,
		.state = due ? REWARD_STATE_DUE : REWARD_STATE_WITHHELD,
		.created_ms = now_ms,
		.changed_ms = now_ms,
		.budgeted = due && policy->budget_mb > 0,
		.budget_ms = policy ? policy->budget_since_ms : 0,
	};
	if (!due)
		snprintf(out->reason, sizeof(out->reason), "%s",
			 reward_outcome_name(decision->outcome));
	reward_key(report->subscriber.text, report->number.text, out->call_start_ms, out->id);
}

int reward_book_enter(struct db *db, const struct report_row *report,
		      const struct reward_policy *policy, enum outbox_channel channel,
		      int64_t now_ms, struct reward_decision *decision, struct reward_row *out)
{
	struct reward_history history = { 0 };
	int rc = policy ? read_history(db, report, policy, now_ms, &history) : 0;

	if (rc < 0)
		return rc;
	*decision = reward_decide(policy, report->category, &history);
	fill_row(report, policy, decision, now_ms, out);
	rc = reward_book_insert(db, out);
	if (rc == 0) {
		*decision = (struct reward_decision){ REWARD_CALL_REWARDED, 0 };
		return 0;
	}
	if (rc < 0 || out->state != REWARD_STATE_DUE)
		return rc < 0 ? rc : 0;
	rc = out->budgeted ? spend(db, policy, out->amount_mb) : 0;
	return rc < 0 ? rc : reward_book_request(db, out, channel, now_ms);
}

/* ---- requests ---- */

static void put_reversed(struct json_out *out, const struct reward_row *row)
{
	char credit[REWARD_KEY_MAX];

	reward_key(row->subscriber.text, row->caller.text, row->call_start_ms, credit);
	json_out_text(out, "reverses", credit);
	json_out_text(out, "reason", row->note);
}

int reward_book_request(struct db *db, const struct reward_row *row, enum outbox_channel channel,
			int64_t now_ms)
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
	json_out_text(&out, "type", reward_kind_name(row->kind));
	json_out_text(&out, "subscriber", row->subscriber.text);
	json_out_text(&out, "caller", row->caller.text);
	json_out_text(&out, "call_start", iso_time_format(row->call_start_ms, call_start));
	json_out_text(&out, "amount_mb", amount);
	json_out_text(&out, "report", report);
	json_out_text(&out, "requested", iso_time_format(now_ms, requested));
	if (row->kind == REWARD_REVERSAL)
		put_reversed(&out, row);
	json_out_close(&out, '}');
	rc = json_out_end(&out);
	return rc < 0 ? rc : outbox_put(db, channel, &row_out);
}

int reward_book_ask_again(struct db *db, const struct reward_row *row, enum outbox_channel channel,
			  int64_t now_ms)
{
	static const enum db_query queries[] = { Q_REWARD_ASKED, Q_REVERSAL_ASKED };
	struct db_stmt *stmt = db_query(db, queries[row->kind]);
	int rc;

	db_bind_text(stmt, 1, row->id);
	rc = db_run(stmt);
	return rc < 0 ? rc : reward_book_request(db, row, channel, now_ms);
}

/* ---- another way ---- */

struct moved {
	int64_t id;
	struct outbox_row row;
};

static int load_some(void *ctx, struct db *db, enum outbox_channel from, struct moved *rows,
		     size_t *count)
{
	struct db_stmt *stmt = db_query(db, Q_OUTBOX_MOVE);
	int rc;

	*count = 0;
	db_bind_int(stmt, 1, from);
	db_bind_int(stmt, 2, REROUTE_MAX);
	while ((rc = db_step(stmt)) > 0) {
		struct moved *moved = &rows[(*count)++];

		moved->id = db_int(stmt, 0);
		moved->row = (struct outbox_row){
			.target = talloc_strdup(ctx, db_text(stmt, 1)),
			.payload = talloc_strdup(ctx, db_text(stmt, 2)),
			.report_id = db_int(stmt, 3),
			.created_ms = db_int(stmt, 4),
		};
		if (!moved->row.target || !moved->row.payload)
			return -ENOMEM;
	}
	return rc;
}

static int move_one(struct db *db, enum outbox_channel from, enum outbox_channel to,
		    const struct moved *moved)
{
	struct db_stmt *stmt;
	int rc = outbox_put(db, to, &moved->row);

	if (rc < 0)
		return rc;
	stmt = db_query(db, Q_OUTBOX_DELETE);
	db_bind_int(stmt, 1, from);
	db_bind_int(stmt, 2, moved->id);
	db_bind_int(stmt, 3, moved->id);
	return db_run(stmt);
}

int reward_book_reroute(struct db *db, enum outbox_channel channel, size_t *moved)
{
	enum outbox_channel from = channel == OUTBOX_REWARD ? OUTBOX_WEBHOOK : OUTBOX_REWARD;
	void *memory = talloc_new(NULL);
	struct moved *rows = talloc_array(memory, struct moved, REROUTE_MAX);
	size_t count = 0;
	int rc = rows ? 0 : -ENOMEM;

	outbox_stock_break(db, from);
	*moved = 0;
	do {
		if (rc == 0)
			rc = load_some(memory, db, from, rows, &count);
		for (size_t i = 0; rc == 0 && i < count; i++)
			rc = move_one(db, from, channel, &rows[i]);
		*moved += count;
	} while (rc == 0 && count == REROUTE_MAX);
	talloc_free(memory);
	return rc;
}
