/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/verdict_terms.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/answer.h"
#include "gateway/api.h"
#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/number_set.h"
#include "gateway/outbox.h"
#include "gateway/rule_cache.h"
#include "gateway/tables.h"
#include "rules/report_id.h"

enum { DAY_MS = 86400000 };

struct hold {
	struct tables *tables;
	struct fixed_rules *fixed;
};

static int let_go(struct hold *hold)
{
	tables_release(hold->tables);
	fixed_rules_release(hold->fixed);
	return 0;
}

static int fill_block(void *ctx, const struct gateway *gateway, struct verdict_terms *out)
{
	struct hold *hold = talloc(ctx, struct hold);

	if (!hold)
		return -ENOMEM;
	hold->tables = tables_hold(gateway->live->tables);
	hold->fixed = rule_cache_hold(gateway->rules);
	talloc_set_destructor(hold, let_go);
	out->block.policy = gateway->live->blocking.block_reported;
	out->block.plan = hold->tables->numbering;
	out->block.protected_numbers = hold->fixed->protected_numbers;
	out->settings.block = &out->block;
	return 0;
}

int verdict_terms_fill(void *ctx, const struct gateway *gateway, int64_t received_ms,
		       struct verdict_terms *out)
{
	const struct config *live = gateway->live;
	struct reply_manner manner;
	const struct verdict_policy *policy = verdict_policy_at(
		live->verdict_policies, live->verdict_policies_count, received_ms);
	const struct reward_policy *reward = reward_policy_at(
		live->reward_policies, live->reward_policies_count, clock_now_ms());

	if (answer_manner(ctx, live, &manner) < 0)
		return -ENOMEM;
	out->policy = policy ? *policy : verdict_policy_default;
	memcpy(out->policy_hash, config_policy_hash(live, policy), VERDICT_HASH_MAX);
	if (reward)
		out->reward = *reward;
	out->settings = (struct verdict_settings){
		.policy = &out->policy,
		.policy_hash = out->policy_hash,
		.reward = reward ? &out->reward : NULL,
		.reward_channel = reward_channel(gateway->config),
		.manner = manner,
		.instance = gateway->config->instance,
		.recheck_ms = (int64_t)live->reports.recheck_s * 1000,
		.recheck_max_ms = (int64_t)live->reports.recheck_max_s * 1000,
		.quiet = live->reports.quiet,
		.questions = live->reports.questions,
		.reopen_ms = (int64_t)live->reports.reopen_days * DAY_MS,
		.warn_ms = (int64_t)live->reports.warn_before_s * 1000,
		.promise_ms = (int64_t)live->reports.promise_s * 1000,
	};
	return live->blocking.block_reported == REPORTED_NEVER ? 0 : fill_block(ctx, gateway, out);
}

static void count(struct metrics *metrics, const struct verdict_outcome *outcome)
{
	metrics->reports_open += outcome->reopened;
	if (outcome->ended && metrics->reports_open > 0)
		metrics->reports_open--;
	metrics->reports_in_time_total += outcome->ended && outcome->in_time;
	metrics->reports_late_total += outcome->ended && !outcome->in_time;
	metrics->reports_verified_total += outcome->kind == VERDICT_VERIFIED;
	metrics->reports_rejected_total += outcome->kind == VERDICT_REJECTED;
	metrics->reports_unproved_total += outcome->kind == VERDICT_UNPROVED;
	metrics->reports_review_total += outcome->kind == VERDICT_REVIEW;
	metrics->rewards_due_total += outcome->rewarded;
	metrics->rewards_open += outcome->rewarded;
	metrics->rewards_withheld_total += outcome->withheld;
}

static void log_outcome(int64_t report_id, const struct verdict_outcome *outcome)
{
	char id[REPORT_ID_MAX];

	report_id_format(report_id, id);
	LOGP(LOG_REPORT, LOGL_INFO, "%s %s: %s\n", id, report_state_name(outcome->state),
	     outcome->reasons);
}

void verdict_committed(struct gateway *gateway, int64_t id, const struct verdict_outcome *outcome)
{
	log_outcome(id, outcome);
	count(&gateway->metrics, outcome);
	if (outcome->kind == VERDICT_VERIFIED && !outcome->forged &&
	    number_set_add(gateway->reported, outcome->number.text) < 0)
		LOGP(LOG_BLOCK, LOGL_ERROR, "out of memory for reported numbers\n");
	if (outcome->rules)
		rule_cache_put(gateway->rules, outcome->subscriber.text, outcome->rules);
	api_note_report(gateway->api, id, report_state_name(outcome->state));
	outbox_kick(gateway->outbox);
}
