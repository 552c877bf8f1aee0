/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reward.h - whether a verified report earns its reward, and how much.
 *
 * Does:    applies caps to what the ledger already holds. A capped report stays verified.
 * Units:   amounts are MB of data; times are ms since the Unix epoch, UTC.
 * Threads: pure. Memory: allocates nothing.
 * Source:  design "Reports" 7 and "Rewards".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/number.h"

struct reward_policy {
	int64_t effective_ms;
	uint32_t amount_mb;
	uint32_t cap_day; /* rewards per subscriber; 0: no cap */
	uint32_t cap_month;
	uint32_t cap_year;
	uint32_t first_reporters; /* only the first N reporters of a number in the month; 0: all */
	uint64_t budget_mb;	  /* of the campaign; 0: unlimited */
};

/* What the ledger holds of rewards that are not withheld, before this one. */
struct reward_history {
	uint32_t day; /* of the subscriber, this calendar day in +08:00 */
	uint32_t month;
	uint32_t year;
	uint32_t rewarded_reporters; /* others rewarded for the same caller this month */
	uint64_t spent_mb;	     /* since the policy took effect */
};

enum reward_outcome {
	REWARD_DUE,
	REWARD_CAP_DAY,
	REWARD_CAP_MONTH,
	REWARD_CAP_YEAR,
	REWARD_NOT_AMONG_FIRST,
	REWARD_BUDGET_SPENT,
	REWARD_NO_POLICY,
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

/* No policy (NULL), or one without an amount: REWARD_NO_POLICY. Where several reasons hold, the
 * one that lasts longest is given. */
struct reward_decision reward_decide(const struct reward_policy *policy,
				     const struct reward_history *history);
/* As verdict_policy_at. */
const struct reward_policy *reward_policy_at(const struct reward_policy *policies, size_t count,
					     int64_t at_ms);
const char *reward_outcome_name(enum reward_outcome outcome); /* "cap_day" */

/* The idempotency key of (subscriber, caller, call): "W" and 32 hex digits (the first half of a
 * SHA-256), the same for ever. call_start_ms is cut to the second. */
void reward_key(const char *subscriber, const char *caller, int64_t call_start_ms,
		char out[REWARD_KEY_MAX]);

/* Starts of the calendar day, month and year in +08:00 that hold `at_ms`. */
int64_t reward_day_start(int64_t at_ms);
int64_t reward_month_start(int64_t at_ms);
int64_t reward_year_start(int64_t at_ms);
