/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/policy_judge.h"

#include <errno.h>
#include <string.h>

#include "gateway/policy_store.h"

enum { DAY_MS = 86400000, REPORTERS_SHOWN = 50 };

/* ---- the evidence as the other policy would have had it ---- */

/* The policy of a verdict; each is read once. */
static int find_policy(struct policy_judge *judge, const char *hash,
		       const struct verdict_policy **out)
{
	size_t i = 0;
	int rc;

	while (i < judge->known_count && strcmp(judge->known[i].hash, hash) != 0)
		i++;
	if (i == judge->known_count) {
		if (i == JUDGE_POLICIES_MAX)
			i = judge->known_count = 0;
		rc = policy_store_get(judge->db, hash, &judge->known[i].policy);
		if (rc < 0)
			return rc == -ENOENT ? -EBADMSG : rc;
		memcpy(judge->known[i].hash, hash, VERDICT_HASH_MAX);
		judge->known_count++;
	}
	*out = &judge->known[i].policy;
	return 0;
}

/* Who else had reported the number when the report was judged. */
static int count_reporters(struct policy_judge *judge, const struct report_row *row,
			   const struct verdict_policy *policy, struct judgement *out)
{
	struct db_stmt *stmt = db_query(judge->db, Q_REPORT_REPORTERS_THEN);
	int rc;

	db_bind_text(stmt, 1, row->number.text);
	db_bind_int(stmt, 2, out->stored.at_ms - (int64_t)policy->reporters_days * DAY_MS);
	db_bind_int(stmt, 3, out->stored.at_ms);
	db_bind_text(stmt, 4, row->subscriber.text);
	db_bind_int(stmt, 5, (int64_t)policy->reporters_min + REPORTERS_SHOWN);
	rc = db_step(stmt);
	if (rc < 0)
		return rc;
	out->stored.note.evidence.reporters = (uint32_t)db_int(stmt, 0);
	db_finish(stmt);
	return 0;
}

static bool is_in_window(const struct report_row *row, const struct verdict_policy *policy,
			 int64_t start_ms)
{
	int64_t slack_ms = (int64_t)policy->slack_s * 1000;

	if (row->has_call_time)
		return start_ms >= row->call_from_ms - slack_ms &&
		       start_ms < row->call_to_ms + slack_ms;
	return start_ms >= row->received_ms - (int64_t)policy->window_days * DAY_MS &&
	       start_ms < row->received_ms + slack_ms;
}

/* A narrower window may lose the call; a wider one might have found another, which nobody knows. */
static void fit_window(const struct report_row *row, const struct verdict_policy *old,
		       const struct verdict_policy *new, struct judgement *out)
{
	struct evidence *evidence = &out->stored.note.evidence;
	bool wider = row->has_call_time ? new->slack_s > old->slack_s
					: new->window_days > old->window_days;

	if (evidence->call == EVIDENCE_CALL_FOUND) {
		if (!is_in_window(row, new, evidence->record.start_ms))
			evidence->call = EVIDENCE_CALL_NONE;
	} else if (evidence->intent == REPORT_CALL && wider) {
		out->approximate = true;
	}
}

static bool is_partner(const struct config_policies *wanted, const char *number)
{
	for (unsigned i = 0; i < wanted->partners_count; i++)
		if (strcmp(wanted->partners[i], number) == 0)
			return true;
	return false;
}

static int adapt(struct policy_judge *judge, const struct report_row *row,
		 const struct verdict_policy *old, const struct verdict_policy *new,
		 struct judgement *out)
{
	struct evidence_note *note = &out->stored.note;
	struct evidence *evidence = &note->evidence;
	int64_t longer_ms = ((int64_t) new->deadline_s - old->deadline_s) * 1000;

	fit_window(row, old, new, out);
	evidence->deadline_passed = out->stored.at_ms >= note->deadline_ms + longer_ms;
	if (judge->wanted->has_partners)
		evidence->partner = is_partner(judge->wanted, evidence->number.text);
	if (evidence->intent == REPORT_CALL && (new->fanout_days != old->fanout_days ||
						new->acquaintance_days != old->acquaintance_days))
		out->approximate = true;
	if (new->reporters_days == old->reporters_days &&new->reporters_min <= old->reporters_min)
		return 0;
	return count_reporters(judge, row, new, out);
}

/* ---- the scratch ledger ---- */

static int copy_rewards(struct policy_judge *judge, enum db_query query, const char *number,
			int64_t since_ms)
{
	struct db_stmt *stmt = db_query(judge->db, query);
	struct reward_row row;
	int rc;

	db_bind_text(stmt, 1, number);
	db_bind_int(stmt, 2, since_ms);
	db_bind_int(stmt, 3, judge->first_id);
	while ((rc = db_step(stmt)) > 0) {
		reward_row_load(stmt, &row);
		rc = reward_book_insert(judge->scratch, &row);
		if (rc < 0)
			return rc;
	}
	return rc;
}

/* That a report of the subscriber was verified, as far as tiers count them. */
static int note_verified(struct policy_judge *judge, int64_t id, const char *subscriber)
{
	struct db_stmt *stmt = db_query(judge->scratch, Q_JUDGE_REPORT);

	db_bind_int(stmt, 1, id);
	db_bind_text(stmt, 2, subscriber);
	return db_run(stmt);
}

static int copy_verified(struct policy_judge *judge, const char *subscriber)
{
	struct db_stmt *stmt = db_query(judge->db, Q_JUDGE_VERIFIED);
	int rc;

	db_bind_text(stmt, 1, subscriber);
	db_bind_int(stmt, 2, judge->first_id);
	while ((rc = db_step(stmt)) > 0) {
		rc = note_verified(judge, db_int(stmt, 0), subscriber);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int copy_once(struct policy_judge *judge, struct number_set *seen, enum db_query query,
		     const char *number, int64_t since_ms)
{
	int rc;

	if (number_set_has(seen, number))
		return 0;
	rc = number_set_add(seen, number);
	return rc < 0 ? rc : copy_rewards(judge, query, number, since_ms);
}

/* How far back rewards for one caller matter. */
static int64_t callers_since(const struct reward_policy *policy, int64_t from_ms)
{
	int64_t month_ms = reward_month_start(from_ms);
	int64_t days_ms = from_ms - (int64_t)policy->caller_days * DAY_MS;

	return policy->cap_caller && days_ms < month_ms ? days_ms : month_ms;
}

static int enter_reward(struct policy_judge *judge, const struct report_row *row,
			struct judgement *out)
{
	const struct reward_policy *policy = reward_policy_at(
		judge->wanted->reward, judge->wanted->reward_count, out->stored.at_ms);
	const struct evidence *evidence = &out->stored.note.evidence;
	struct report_row verified = *row;
	struct reward_decision decision;
	struct reward_row reward;
	bool counts = policy && reward_reports_wanted(policy) > 0;
	int rc = 0;

	if (counts && !number_set_has(judge->subscribers, row->subscriber.text))
		rc = copy_verified(judge, row->subscriber.text);
	if (rc < 0)
		return rc;
	if (!verified.call_start_ms)
		verified.call_start_ms = evidence->call == EVIDENCE_CALL_FOUND
						 ? evidence->record.start_ms
						 : reward_day_start(row->received_ms);
	rc = copy_once(judge, judge->subscribers, Q_REWARDS_OF_SUBSCRIBER, row->subscriber.text,
		       reward_year_start(judge->from_ms));
	if (rc == 0 && policy && (policy->first_reporters || policy->cap_caller))
		rc = copy_once(judge, judge->callers, Q_REWARDS_OF_CALLER, row->number.text,
			       callers_since(policy, judge->from_ms));
	if (rc == 0)
		rc = reward_book_enter(judge->scratch, &verified, policy, OUTBOX_REWARD,
				       out->stored.at_ms, &decision, &reward);
	if (rc == 0 && counts)
		rc = note_verified(judge, row->id, row->subscriber.text);
	if (rc == 0)
		out->after_mb = decision.amount_mb;
	return rc;
}

static int load_before(struct policy_judge *judge, const struct report_row *row,
		       struct judgement *out)
{
	struct db_stmt *stmt = db_query(judge->db, Q_REWARD_OF_REPORT);
	struct reward_row reward;
	int rc;

	db_bind_int(stmt, 1, row->id);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	reward_row_load(stmt, &reward);
	db_finish(stmt);
	if (reward.state != REWARD_STATE_WITHHELD)
		out->before_mb = reward.amount_mb;
	return 0;
}

/* What was spent of each budget before the first report. */
static int copy_budget(struct policy_judge *judge, const struct reward_policy *policy)
{
	struct db_stmt *stmt = db_query(judge->db, Q_BUDGET_GET);
	int64_t spent_mb;
	int rc;

	db_bind_int(stmt, 1, policy->budget_since_ms);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	spent_mb = db_int(stmt, 0);
	db_finish(stmt);
	stmt = db_query(judge->db, Q_REWARDS_SINCE);
	db_bind_int(stmt, 1, judge->first_id);
	db_bind_int(stmt, 2, policy->budget_since_ms);
	rc = db_step(stmt);
	if (rc < 0)
		return rc;
	spent_mb -= db_int(stmt, 0);
	db_finish(stmt);
	stmt = db_query(judge->scratch, Q_BUDGET_TAKE);
	db_bind_int(stmt, 1, policy->budget_since_ms);
	db_bind_int(stmt, 2, spent_mb > 0 ? spent_mb : 0);
	db_bind_int(stmt, 3, INT64_MAX);
	return db_run(stmt);
}

/* Policies may share one. */
static bool is_first_of_budget(const struct reward_policy *policies, unsigned index)
{
	for (unsigned i = 0; i < index; i++)
		if (policies[i].budget_mb &&
		    policies[i].budget_since_ms == policies[index].budget_since_ms)
			return false;
	return policies[index].budget_mb > 0;
}

int policy_judge_begin(void *ctx, struct policy_judge *judge)
{
	int rc = db_open(ctx, "", DB_WRITER, &judge->scratch);

	judge->subscribers = number_set_create(ctx);
	judge->callers = number_set_create(ctx);
	if (!judge->subscribers || !judge->callers)
		return -ENOMEM;
	for (unsigned i = 0; rc == 0 && i < judge->wanted->reward_count; i++)
		if (is_first_of_budget(judge->wanted->reward, i))
			rc = copy_budget(judge, &judge->wanted->reward[i]);
	return rc;
}

/* ---- one report ---- */

/* What people decided stands, where they would have been asked again; and so does what came later
 * where policy says the same. */
static enum report_state end_state(const struct report_row *row, const struct judgement *judgement)
{
	return judgement->is == judgement->was ? row->state : judgement->is;
}

int policy_judge_report(struct policy_judge *judge, const struct report_row *row,
			struct judgement *out)
{
	const struct verdict_policy *new = verdict_policy_at(
		judge->wanted->verdict, judge->wanted->verdict_count, row->received_ms);
	const struct verdict_policy *old = NULL;
	int rc;

	*out = (struct judgement){ 0 };
	rc = stored_verdict_load(judge->db, row->id, &out->stored);
	if (rc == 0)
		rc = find_policy(judge, out->stored.note.policy, &old);
	if (rc < 0)
		return rc;
	if (!new)
		new = &verdict_policy_default;
	rc = adapt(judge, row, old, new, out);
	if (rc < 0)
		return rc;
	out->verdict = verdict_decide(&out->stored.note.evidence, new);
	out->was = out->stored.state;
	out->is = verdict_state(out->verdict.kind);
	rc = load_before(judge, row, out);
	if (rc == 0 && end_state(row, out) == REPORT_STATE_VERIFIED)
		rc = enter_reward(judge, row, out);
	return rc;
}
