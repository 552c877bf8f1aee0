/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* verdict_terms.h - around a verdict: by what it is given, and what follows once it is committed.
 *
 * Does:    takes what a verdict needs of the configuration of the moment, and counts, logs and
 *          passes on what was decided: everything that gives verdicts does both through here.
 * Owns:    terms belong to the caller and must not be moved: they point into themselves. How texts
 *          are spoken, the numbering plan and the protected numbers are held below `ctx`;
 * `instance` is the gateway's. Errors:  -ENOMEM. Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/verdict_book.h"

/* The configuration of the moment, by which a report of that receipt is judged. Points into itself.
 */
struct verdict_terms {
	struct verdict_policy policy;
	char policy_hash[VERDICT_HASH_MAX];
	struct reward_policy reward;
	struct verdict_block block;
	struct verdict_settings settings;
};

int verdict_terms_fill(void *ctx, const struct gateway *gateway, int64_t received_ms,
		       struct verdict_terms *out) __attribute__((warn_unused_result)); /* -ENOMEM */
/* A verdict is committed: what follows from it outside the store. */
void verdict_committed(struct gateway *gateway, int64_t id, const struct verdict_outcome *outcome);
