/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reward.h - whether a verified report earns its reward, and how much.
 *
 * Does:    finds the amount by the policy's tiers, and applies caps and budget to what the ledger
 *          already holds. A capped report stays verified.
 * Units:   amounts are MB of data; times are ms since the Unix epoch, UTC.
 * Threads: pure. Memory: allocates nothing.
 * Source:  design "Reports" 7 and "Rewards".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/number.h"
#include "rules/report_parse.h"

enum { REWARD_TIERS_MAX = 16, REWARD_ANY_CATEGORY = REPORT_CATEGORY_COUNT };

/* An amount of its own for some of the reports. */
struct reward_tier {
	uint32_t from_reports; /* for who has so many verified reports already, or more */
	uint32_t category;     /* enum report_category, or REWARD_ANY_CATEGORY */
	uint32_t amount_mb;    /* 0: no reward */
};

struct reward_policy {
	int64_t effective_ms;
	uint32_t amount_mb; /* where no tier fits; 0: no rewards */
	uint32_t cap_day;   /* rewards per subscriber; 0: no cap */
	uint32_t cap_month;
	uint32_t cap_year;
	uint32_t first_reporters; /* only the first N reporters of a number in the month; 0: all */
	uint32_t cap_caller;	  /* rewards for reports of one caller within caller_days; 0: all */
	uint32_t caller_days;
	uint32_t tier_count;
	uint64_t budget_mb;	 /* of the campaign; 0: unlimited */
	int64_t budget_since_ms; /* names the budget: policies of one date here share it */
	struct reward_tier tiers[REWARD_TIERS_MAX]; /* of those that fit, the last one counts */
};

/* What the ledger holds of rewards that still count, before this one: neither withheld, nor failed,
 * nor reversed. */
struct reward_history {
	uint32_t day; /* of the subscriber, this calendar day in +08:00 */
	uint32_t month;
	uint32_t year;
	uint32_t rewarded_reporters; /* others rewarded for the same caller this month */
	uint32_t caller;	     /* for the same caller within caller_days */
	uint64_t spent_mb;	     /* of the budget */
	uint32_t verified_reports;   /* of the subscriber, before this one */
};

enum reward_outcome {
	REWARD_DUE,
	REWARD_CAP_DAY,
	REWARD_CAP_MONTH,
	REWARD_CAP_YEAR,
	REWARD_CAP_CALLER,
	REWARD_NOT_AMONG_FIRST,
	REWARD_BUDGET_SPENT,
	REWARD_NO_POLICY,
	REWARD_NOT_OFFERED,   /* for this category, or for so few reports */
	REWARD_CALL_REWARDED, /* this call has its reward already: the ledger says so */
	REWARD_OUTCOME_COUNT
};

struct reward_decision {
	enum reward_outcome outcome;
	uint32_t amount_mb; /* 0 unless due */
};

enum { REWARD_KEY_MAX = 36 };

/* What applies where the configuration says nothing. */
extern const struct reward_policy reward_policy_default;

/* No policy (NULL): REWARD_NO_POLICY; no amount for this report: that, or REWARD_NOT_OFFERED where
 * a tier says so. Where several reasons hold, the one that lasts longest is given. */
struct reward_decision reward_decide(const struct reward_policy *policy,
				     enum report_category category,
				     const struct reward_history *history);
/* The amount by tier, whatever the caps say. */
uint32_t reward_amount(const struct reward_policy *policy, enum report_category category,
		       uint32_t verified_reports);
/* How many earlier reports make a difference, 0: none do, and they need not be counted. */
uint32_t reward_reports_wanted(const struct reward_policy *policy);
/* As verdict_policy_at. */
const struct reward_policy *reward_policy_at(const struct reward_policy *policies, size_t count,
					     int64_t at_ms);
const char *reward_outcome_name(enum reward_outcome outcome); /* "cap_day" */

/* The idempotency key of (subscriber, caller, call): "W" and 32 hex digits (the first half of a
 * SHA-256), the same for ever. call_start_ms is cut to the second. */
void reward_key(const char *subscriber, const char *caller, int64_t call_start_ms,
		char out[REWARD_KEY_MAX]);
/* That of the reversal of a reward: "V" and 32 hex digits. One reward has one. */
void reward_reversal_key(const char *reward, char out[REWARD_KEY_MAX]);

/* Starts of the calendar day, month and year in +08:00 that hold `at_ms`. */
int64_t reward_day_start(int64_t at_ms);
int64_t reward_month_start(int64_t at_ms);
int64_t reward_year_start(int64_t at_ms);
