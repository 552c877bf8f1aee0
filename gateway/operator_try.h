/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* operator_try.h - what other rules of the operator would have done to recent traffic, and whether
 * the guard lets them be put in force.
 *
 * Does:    decides every attempt of the sample (traffic_desk.h), of all gateways of the store, once
 *          by the rules in force and once by the wanted ones, with its receiver's rules as they are
 *          now and the hours of its own time; then the same for what was blocked and recorded
 *          (attempt_row.h), the newest RECORDED_MAX rows. Asks blocklist/block_guard.h about the
 *          protected numbers and the shares. Changes nothing.
 * Limits:  an attempt whose receiver's rules were not known counts as if they were. A recorded
 *          block does not hold where the attempt entered: that is taken from the rule that blocked.
 * Bounds:  one at a time; the reader is busy with it some hundredths of a second in a row.
 * Threads: the loop's.
 */
#pragma once

#include "blocklist/block_guard.h"
#include "gateway/gateway.h"
#include "gateway/operator_store.h"
#include "gateway/rule_cache.h"
#include "gateway/store.h"

enum { OPERATOR_TRY_ERROR_MAX = 256, OPERATOR_HITS_MAX = 32, OPERATOR_EXAMPLES_MAX = 100 };

struct operator_example {
	struct block_attempt attempt;
	enum block_verdict before;
	enum block_verdict after;
	char rule[BLOCK_RULE_TEXT_MAX]; /* of the wanted ones, or what else decides; "": none */
};

/* Of one channel of the sample. */
struct operator_effect {
	struct block_guard_traffic traffic;
	double blocked_before;
	double blocked_after;
	double let_through;
};

struct operator_try {
	struct store_op op; /* first */
	struct gateway *gateway;
	struct tables *tables;	   /* held */
	struct fixed_rules *fixed; /* held: the rules in force and the protected numbers */
	const char *configured;	   /* the configuration's rules, one a line */
	int64_t from_ms;	   /* of the traffic that counts */
	size_t examples_max;
	/* What is wanted: `text`, or the rules of version `back_to`. */
	const char *text;
	int64_t back_to; /* -1: text */
	bool wants_configured;
	void (*done)(struct operator_try *try); /* frees it with operator_try_free */
	void *user;

	/* The answer; error "" unless what is wanted is no rules, or no such version. */
	char error[OPERATOR_TRY_ERROR_MAX];
	char *canonical; /* text of the wanted rules */
	struct block_set *wanted;
	struct block_guard_hit hits[OPERATOR_HITS_MAX];
	size_t hit_count;			       /* may be more than are in `hits` */
	struct operator_effect effects[BLOCK_SMS + 1]; /* [BLOCK_CALL], [BLOCK_SMS] */
	int64_t first_ms;			       /* of the sample; 0: there is none */
	struct operator_example examples[OPERATOR_EXAMPLES_MAX];
	size_t example_count;
	int64_t recorded;	      /* blocked attempts that were recorded */
	int64_t recorded_let_through; /* of which so many would pass */

	int64_t traffic_id; /* how far it is */
	int64_t attempt_id;
	size_t attempt_rows;
	int step;
	int failure;
};

/* NULL: another one is under way, or out of memory; *why says which. `text` is copied. */
struct operator_try *operator_try_create(struct gateway *gateway, const char *text, int64_t back_to,
					 const char **why);
void operator_try_begin(struct operator_try *try, void (*done)(struct operator_try *try));
void operator_try_free(struct operator_try *try);

enum block_guard_verdict operator_try_verdict(const struct operator_try *try, uint8_t channel);
