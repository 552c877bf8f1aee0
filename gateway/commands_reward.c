/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao rewards repeat` and `mianrao rewards reverse`: the ledger changed by a person. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>
#include <unistr.h>

#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/outbox.h"
#include "gateway/reward_book.h"
#include "rules/report_id.h"

enum { BATCH = 500 };

/* What a change is made with; the policies are copies, since a reload may come. */
struct change {
	struct reward_settings settings;
	char actor[CONTROL_ACTOR_MAX];
	char id[REWARD_KEY_MAX]; /* "": by report, or many */
	int64_t report;
	bool overdue;
	int64_t overdue_before_ms;
	char note[REWARD_NOTE_MAX];
	const struct reward_policy *policies;
	size_t policy_count;
	uint64_t reopened; /* set by the work: credits that are open again */
};

static struct change *change_create(struct query *query)
{
	const struct gateway *gateway = query->gateway;
	struct change *change = talloc_zero(query, struct change);

	if (!change)
		return NULL;
	query->argument = change;
	if (reward_settings_of(change, gateway, &change->settings) < 0)
		return NULL;
	control_actor(query->request, change->actor);
	change->overdue_before_ms =
		change->settings.now_ms - (int64_t)gateway->live->rewards.overdue_s * 1000;
	change->policy_count = gateway->live->reward_policies_count;
	change->policies = talloc_memdup(change, gateway->live->reward_policies,
					 change->policy_count * sizeof(*change->policies));
	return change->policies ? change : NULL;
}

/* "W...", "V..." or a report number, which stands for its credit. */
static int read_id(const json_t *args, struct change *change)
{
	const char *text = json_string_value(json_object_get(args, "id"));

	if (!text)
		return -EINVAL;
	if (!reward_id_valid(text))
		return report_id_parse(text, strlen(text), &change->report);
	snprintf(change->id, sizeof(change->id), "%s", text);
	return 0;
}

static int find_entry(struct db *db, struct query *query, struct reward_row *out)
{
	const struct change *change = query->argument;
	int rc = change->report ? reward_row_of_report(db, REWARD_CREDIT, change->report, out)
				: reward_row_get(db, change->id, out);

	if (rc == -ENOENT)
		snprintf(query->error, sizeof(query->error), "id: not in the ledger");
	return rc;
}

static void finish(struct query *query)
{
	const struct change *change = query->argument;

	query->gateway->metrics.rewards_open += change->reopened;
	outbox_kick(query->gateway->outbox);
}

/* ---- repeating ---- */

/* The bound that the budget has now: that of the newest policy in force that shares it. */
static uint64_t budget_of(const struct change *change, const struct reward_row *row)
{
	const struct reward_policy *best = NULL;

	for (size_t i = 0; row->budgeted && i < change->policy_count; i++) {
		const struct reward_policy *policy = &change->policies[i];

		if (policy->budget_since_ms == row->budget_ms &&
		    policy->effective_ms <= change->settings.now_ms)
			best = policy;
	}
	return best ? best->budget_mb : 0;
}

static int repeat_one(struct db *db, struct change *change, const struct reward_row *row,
		      enum reward_repeat *result)
{
	int rc = reward_book_repeat(db, &change->settings, row, budget_of(change, row),
				    change->actor, result);

	change->reopened += rc == 0 && *result == REWARD_REPEATED && row->kind == REWARD_CREDIT &&
			    row->state == REWARD_STATE_FAILED;
	return rc;
}

static const char *const refusals[REWARD_REPEAT_COUNT] = {
	[REWARD_ON_ITS_WAY] = "its request is on its way already",
	[REWARD_SETTLED] = "it is settled, there is nothing to repeat",
	[REWARD_NO_BUDGET] = "the budget has no room for it any more",
};

static int work_repeat_one(struct db *db, struct query *query)
{
	struct change *change = query->argument;
	enum reward_repeat result;
	struct reward_row row;
	int rc = find_entry(db, query, &row);

	change->reopened = 0;
	if (rc == 0)
		rc = repeat_one(db, change, &row, &result);
	if (rc < 0)
		return rc;
	if (refusals[result]) {
		snprintf(query->error, sizeof(query->error), "%s: %s", row.id, refusals[result]);
		return -EALREADY;
	}
	query->result =
		json_pack("{ss ss sI}", "id", row.id, "was", reward_state_name(row.kind, row.state),
			  "repeated", (json_int_t)1);
	return 0;
}

static int load_many(struct db *db, const struct change *change, struct reward_row *rows,
		     size_t *count)
{
	struct db_stmt *stmt = db_query(db, change->overdue ? Q_LEDGER_OVERDUE : Q_LEDGER_FAILED);
	int rc;

	if (change->overdue)
		db_bind_int(stmt, 2, change->overdue_before_ms);
	else
		db_bind_int(stmt, 2, INT64_MAX); /* from the newest */
	db_bind_int(stmt, 1, BATCH);
	*count = 0;
	while ((rc = db_step(stmt)) > 0)
		reward_row_load(stmt, &rows[(*count)++]);
	return rc;
}

static int work_repeat_many(struct db *db, struct query *query)
{
	struct change *change = query->argument;
	struct reward_row *rows = talloc_array(query->memory, struct reward_row, BATCH);
	int64_t counts[REWARD_REPEAT_COUNT] = { 0 };
	size_t count = 0;
	int rc = rows ? load_many(db, change, rows, &count) : -ENOMEM;

	change->reopened = 0;
	for (size_t i = 0; rc == 0 && i < count; i++) {
		enum reward_repeat result;

		rc = repeat_one(db, change, &rows[i], &result);
		if (rc == 0)
			counts[result]++;
	}
	if (rc < 0)
		return rc;
	query->result = json_pack("{sI sI sI sb}", "repeated", (json_int_t)counts[REWARD_REPEATED],
				  "on_their_way", (json_int_t)counts[REWARD_ON_ITS_WAY],
				  "without_budget", (json_int_t)counts[REWARD_NO_BUDGET], "more",
				  count == BATCH && counts[REWARD_REPEATED] > 0);
	return 0;
}

void command_reward_repeat(struct gateway *gateway, struct control_request *request, json_t *args)
{
	bool failed = json_is_true(json_object_get(args, "failed"));
	bool overdue = json_is_true(json_object_get(args, "overdue"));
	bool one = json_object_get(args, "id") != NULL;
	struct query *query;
	struct change *change;

	if (failed + overdue + one != 1) {
		control_fail(request, "wants an id, or failed, or overdue");
		return;
	}
	query = query_create(gateway, request, one ? work_repeat_one : work_repeat_many);
	if (!query)
		return;
	change = change_create(query);
	if (!change) {
		query_no_memory(query);
		return;
	}
	if (one && read_id(args, change) < 0) {
		query_refuse(query, "id: is no ledger entry and no report");
		return;
	}
	change->overdue = overdue;
	query->finish = finish;
	store_submit(gateway->store, &query->op);
}

/* ---- reversing ---- */

static int work_reverse(struct db *db, struct query *query)
{
	const struct change *change = query->argument;
	struct reward_row credit;
	struct reward_row reversal;
	int rc = find_entry(db, query, &credit);

	if (rc < 0)
		return rc;
	if (credit.kind != REWARD_CREDIT || credit.state != REWARD_STATE_CREDITED) {
		snprintf(query->error, sizeof(query->error),
			 "%s: only what was credited can be reversed; it is %s", credit.id,
			 reward_state_name(credit.kind, credit.state));
		return -EALREADY;
	}
	rc = reward_book_reverse(db, &change->settings, &credit, change->note, change->actor,
				 &reversal);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		snprintf(query->error, sizeof(query->error),
			 "%s: has its reversal already, %s, which is %s", credit.id, reversal.id,
			 reward_state_name(reversal.kind, reversal.state));
		return -EEXIST;
	}
	query->result = json_pack("{ss ss sI ss}", "id", reversal.id, "reverses", credit.id,
				  "amount_mb", (json_int_t)reversal.amount_mb, "state",
				  reward_state_name(reversal.kind, reversal.state));
	return 0;
}

/* It goes into a text to the subscriber: one line, and not longer than that has room for. */
static bool is_reason(const char *text)
{
	enum { REASON_MAX_CHARACTERS = 40 };
	size_t len = strlen(text);

	if (len == 0 || len >= REWARD_NOTE_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return u8_mbsnlen((const uint8_t *)text, len) <= REASON_MAX_CHARACTERS;
}

void command_reward_reverse(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *reason = json_string_value(json_object_get(args, "reason"));
	struct query *query;
	struct change *change;

	if (!reason || !is_reason(reason)) {
		control_fail(request, "reason: wants from 1 to 40 characters: the subscriber is "
				      "told it");
		return;
	}
	query = query_create(gateway, request, work_reverse);
	if (!query)
		return;
	change = change_create(query);
	if (!change) {
		query_no_memory(query);
		return;
	}
	if (read_id(args, change) < 0) {
		query_refuse(query, "id: is no ledger entry and no report");
		return;
	}
	snprintf(change->note, sizeof(change->note), "%s", reason);
	query->finish = finish;
	store_submit(gateway->store, &query->op);
}
