/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/reward.h"

#include <assert.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#include "rules/calendar.h"

const struct reward_policy reward_policy_default = {
	.effective_ms = 0,
	.amount_mb = 1024,
	.cap_day = 3,
	.cap_month = 10,
	.cap_year = 60,
	.first_reporters = 0,
	.cap_caller = 0,
	.caller_days = 30,
	.budget_mb = 0,
};

static const char *const outcome_names[] = {
	[REWARD_DUE] = "due",
	[REWARD_CAP_DAY] = "cap_day",
	[REWARD_CAP_MONTH] = "cap_month",
	[REWARD_CAP_YEAR] = "cap_year",
	[REWARD_CAP_CALLER] = "cap_caller",
	[REWARD_NOT_AMONG_FIRST] = "not_among_first",
	[REWARD_BUDGET_SPENT] = "budget_spent",
	[REWARD_NO_POLICY] = "no_policy",
	[REWARD_NOT_OFFERED] = "not_offered",
	[REWARD_CALL_REWARDED] = "call_rewarded",
};
static_assert(sizeof(outcome_names) / sizeof(outcome_names[0]) == REWARD_OUTCOME_COUNT,
	      "a name for each outcome");

const char *reward_outcome_name(enum reward_outcome outcome)
{
	return outcome < REWARD_OUTCOME_COUNT ? outcome_names[outcome] : "unknown";
}

static bool reached(uint32_t cap, uint32_t rewards)
{
	return cap != 0 && rewards >= cap;
}

static bool fits(const struct reward_tier *tier, enum report_category category,
		 uint32_t verified_reports)
{
	return verified_reports >= tier->from_reports &&
	       (tier->category == REWARD_ANY_CATEGORY || tier->category == (uint32_t)category);
}

uint32_t reward_amount(const struct reward_policy *policy, enum report_category category,
		       uint32_t verified_reports)
{
	uint32_t amount_mb = policy->amount_mb;

	for (uint32_t i = 0; i < policy->tier_count; i++)
		if (fits(&policy->tiers[i], category, verified_reports))
			amount_mb = policy->tiers[i].amount_mb;
	return amount_mb;
}

uint32_t reward_reports_wanted(const struct reward_policy *policy)
{
	uint32_t wanted = 0;

	for (uint32_t i = 0; i < policy->tier_count; i++)
		if (policy->tiers[i].from_reports > wanted)
			wanted = policy->tiers[i].from_reports;
	return wanted;
}

/* Written so that no sum can overflow. */
static bool over_budget(const struct reward_policy *policy, uint32_t amount_mb, uint64_t spent_mb)
{
	return policy->budget_mb != 0 &&
	       (amount_mb > policy->budget_mb || spent_mb > policy->budget_mb - amount_mb);
}

static enum reward_outcome without_amount(const struct reward_policy *policy)
{
	return policy && policy->tier_count > 0 ? REWARD_NOT_OFFERED : REWARD_NO_POLICY;
}

/* Of the reasons that hold, the one that lasts longest is told: nobody should come back tomorrow
 * for a reward that this year no longer has. */
static enum reward_outcome outcome_of(const struct reward_policy *policy, uint32_t amount_mb,
				      const struct reward_history *history)
{
	if (amount_mb == 0)
		return without_amount(policy);
	if (over_budget(policy, amount_mb, history->spent_mb))
		return REWARD_BUDGET_SPENT;
	if (reached(policy->cap_year, history->year))
		return REWARD_CAP_YEAR;
	if (reached(policy->cap_month, history->month))
		return REWARD_CAP_MONTH;
	if (reached(policy->cap_day, history->day))
		return REWARD_CAP_DAY;
	if (reached(policy->first_reporters, history->rewarded_reporters))
		return REWARD_NOT_AMONG_FIRST;
	if (reached(policy->cap_caller, history->caller))
		return REWARD_CAP_CALLER;
	return REWARD_DUE;
}

struct reward_decision reward_decide(const struct reward_policy *policy,
				     enum report_category category,
				     const struct reward_history *history)
{
	uint32_t amount_mb =
		policy ? reward_amount(policy, category, history->verified_reports) : 0;
	enum reward_outcome outcome = outcome_of(policy, amount_mb, history);

	return (struct reward_decision){
		.outcome = outcome,
		.amount_mb = outcome == REWARD_DUE ? amount_mb : 0,
	};
}

const struct reward_policy *reward_policy_at(const struct reward_policy *policies, size_t count,
					     int64_t at_ms)
{
	const struct reward_policy *best = NULL;

	for (size_t i = 0; i < count; i++) {
		if (policies[i].effective_ms <= at_ms &&
		    (!best || policies[i].effective_ms >= best->effective_ms))
			best = &policies[i];
	}
	return best;
}

/* The NUL goes in as well: it keeps the parts apart. */
static void hash_text(struct sha256_ctx *hash, const char *text)
{
	sha256_update(hash, strlen(text) + 1, (const uint8_t *)text);
}

/* The first half of the digest, with a letter that tells what kind of key it is. */
static void end_key(struct sha256_ctx *hash, char kind, char out[REWARD_KEY_MAX])
{
	static const char hex[] = "0123456789abcdef";
	enum { KEY_OCTETS = 16 };
	uint8_t digest[KEY_OCTETS];

	sha256_digest(hash, sizeof(digest), digest);
	*out++ = kind;
	for (size_t i = 0; i < KEY_OCTETS; i++) {
		*out++ = hex[digest[i] >> 4];
		*out++ = hex[digest[i] & 15];
	}
	*out = '\0';
}

void reward_key(const char *subscriber, const char *caller, int64_t call_start_ms,
		char out[REWARD_KEY_MAX])
{
	char second[24];
	struct sha256_ctx hash;
	int64_t seconds = call_start_ms / 1000 - (call_start_ms % 1000 < 0);

	snprintf(second, sizeof(second), "%" PRId64, seconds);
	sha256_init(&hash);
	hash_text(&hash, "mianrao reward"); /* no other use of these values gives the same key */
	hash_text(&hash, subscriber);
	hash_text(&hash, caller);
	hash_text(&hash, second);
	end_key(&hash, 'W', out);
}

void reward_reversal_key(const char *reward, char out[REWARD_KEY_MAX])
{
	struct sha256_ctx hash;

	sha256_init(&hash);
	hash_text(&hash, "mianrao reversal");
	hash_text(&hash, reward);
	end_key(&hash, 'V', out);
}

int64_t reward_day_start(int64_t at_ms)
{
	return calendar_day_start(at_ms);
}

int64_t reward_month_start(int64_t at_ms)
{
	struct calendar_date date = calendar_date_at(at_ms);

	date.day = 1;
	return calendar_date_start(date);
}

int64_t reward_year_start(int64_t at_ms)
{
	struct calendar_date date = calendar_date_at(at_ms);

	date.day = 1;
	date.month = 1;
	return calendar_date_start(date);
}
