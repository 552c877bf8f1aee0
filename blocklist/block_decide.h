/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* block_decide.h - the verdict on one call or SMS attempt.
 *
 * Does:    protected numbers > subscriber's allowed numbers > subscriber's blocked numbers >
 *          operator's allowed > operator's blocked > subscriber's classes > operator's defaults.
 *          Within a tier the longest prefix wins, and at a tie allow wins.
 *
 * Which rules are in force: those of the attempt's channel whose `since` has come, whose
 * `until` has not, and whose hours and days hold at now_ms. A rule that is not in force does not
 * exist for the decision.
 *
 * Number rules are those that name a number or a prefix (=+8613800138000, 4001234567, +1, 106); all
 * others are class rules. They are asked in five steps, and the first step with a match decides:
 *
 *   1. the protected table's number rules: always allowed, whatever their action
 *   2. the subscriber's number rules  (tiers SUBSCRIBER_ALLOWED and SUBSCRIBER_BLOCKED)
 *   3. the operator's number rules    (tiers OPERATOR_ALLOWED and OPERATOR_BLOCKED)
 *   4. the subscriber's class rules
 *   5. the operator's class rules
 *
 * Within a step the most specific match wins: exact number > longer prefix > shorter prefix, or
 * hmt > international, withheld, reported, alphanumeric > any. Between equally specific ones allow
 * wins over label and label over block; between equal ones the earlier line is named. So of one
 * owner's numbers "allow from +1" and "block from =+19005550123" both hold, the shorter as the rule
 * and the longer as its exception, and the tier says which kind won. A label lets through and so
 * counts as an allowed number.
 *
 * What a class matches: `international` an attempt that entered internationally, unless the caller
 * is known as an own subscriber abroad (roaming_home), and every foreign number, hmt included;
 * `hmt` +852, +853 and +886; `withheld` no number (also an empty text); `alphanumeric` a sender's
 * name; `reported` what the flag says; `any` everything. Number rules match numbers only.
 *
 * Owns:    nothing; borrows everything for the length of the call.
 * Units:   numbers are canonical; times are ms since the Unix epoch, UTC; hours are +08:00.
 * Returns: struct block_decision. BLOCK_UNKNOWN, with BLOCK_TIER_NONE, when the subscriber's rules
 *          are not known (subscriber_known false) and the protected table did not decide; never
 *          BLOCK_DENY then, also where the operator would block: the subscriber may have allowed
 *          the number. `subscriber` is not looked at then.
 * Errors:  none. Memory: allocates nothing. Threads: pure, any thread.
 * Source:  design "Blocking"; ITU-T E.164 sec. 6.
 */
#pragma once

#include "blocklist/block_set.h"

enum block_verdict { BLOCK_ALLOW, BLOCK_LABEL, BLOCK_DENY, BLOCK_UNKNOWN, BLOCK_VERDICT_COUNT };

enum block_tier {
	BLOCK_TIER_PROTECTED,
	BLOCK_TIER_SUBSCRIBER_ALLOWED,
	BLOCK_TIER_SUBSCRIBER_BLOCKED,
	BLOCK_TIER_OPERATOR_ALLOWED,
	BLOCK_TIER_OPERATOR_BLOCKED,
	BLOCK_TIER_SUBSCRIBER_CLASS,
	BLOCK_TIER_OPERATOR_DEFAULT,
	BLOCK_TIER_NONE, /* no rule matched: allowed */
	BLOCK_TIER_COUNT
};

/* Where the attempt entered the network. */
enum block_entry { BLOCK_ENTRY_UNKNOWN, BLOCK_ENTRY_NATIONAL, BLOCK_ENTRY_INTERNATIONAL };

struct block_attempt {
	uint8_t channel;      /* BLOCK_CALL or BLOCK_SMS */
	struct number caller; /* canonical, "withheld" or alphanumeric */
	struct number called;
	enum block_entry entry;
	bool roaming_home; /* the caller is known to be an own subscriber abroad */
	bool reported;	   /* confirmed by reports */
	int64_t now_ms;
};

struct block_context {
	const struct block_set *subscriber;	   /* NULL: no rules */
	bool subscriber_known;			   /* false: rules could not be looked up */
	const struct block_set *operator_rules;	   /* NULL: none */
	const struct block_set *protected_numbers; /* its rules' prefixes count; NULL: none */
};

struct block_decision {
	enum block_verdict verdict;
	enum block_tier tier;
	const struct block_rule *rule; /* borrowed from the set that decided, or NULL */
	bool international;
};

struct block_decision block_decide(const struct block_attempt *attempt,
				   const struct block_context *context);

/* The five steps, each with the rule that matches best in it: the first that has one decides, the
 * others tell what would if it were not there. */
enum block_owner { BLOCK_OWNER_PROTECTED, BLOCK_OWNER_SUBSCRIBER, BLOCK_OWNER_OPERATOR };
enum { BLOCK_STEP_COUNT = 5 };

struct block_step {
	enum block_owner owner;
	bool classes;		       /* else numbers */
	const struct block_rule *rule; /* borrowed, or NULL */
	enum block_verdict verdict;    /* of the rule, if there is one */
	enum block_tier tier;
};

void block_explain(const struct block_attempt *attempt, const struct block_context *context,
		   struct block_step out[BLOCK_STEP_COUNT]);

const char *block_verdict_name(enum block_verdict verdict); /* allow label deny unknown */
const char *block_tier_name(enum block_tier tier);	    /* "subscriber_class" */
const char *block_entry_name(enum block_entry entry);
const char *block_owner_name(enum block_owner owner);
