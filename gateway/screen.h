/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* screen.h - one screening decision: near cache, operator's rules, failure policy.
 *
 * Does:    asks the near cache for the called subscriber's rules, decides (blocklist/), and turns
 *          "not known" into what the channel's failure policy says. Never waits.
 * Threads: the loop's.
 */
#pragma once

#include "blocklist/block_decide.h"
#include "gateway/gateway.h"

struct screen_answer {
	struct block_decision decision;
	bool blocked;
	bool by_failure_policy;
	int64_t operator_version; /* of the operator's rules that were asked */
};

/* attempt->reported is filled in. For an attempt that is enforced: it is counted, and may come into
 * the sample of recent traffic. */
struct screen_answer screen_decide(struct gateway *gateway, struct block_attempt *attempt);
/* A home number that came from abroad, or that SHAKEN says is not the caller's (`failed`).
 * `network`: what the network says of the caller, whatever the subscriber would see. */
bool screen_is_forged(const struct block_attempt *attempt, const struct number *network,
		      bool failed);
/* The same answer for somebody who only asks. */
struct screen_answer screen_explain(const struct gateway *gateway, struct block_attempt *attempt);
