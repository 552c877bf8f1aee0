/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* policy_judge.h - one stored report under another policy, and its reward in a scratch ledger.
 *
 * Owns:    what it makes is talloc'ed below ctx.
 * Errors:  negative errno of the databases.
 * Threads: a store thread's.
 */
#pragma once

#include "gateway/config.h"
#include "gateway/number_set.h"
#include "gateway/report_why.h"
#include "gateway/reward_book.h"

enum { JUDGE_POLICIES_MAX = 16 };

struct policy_judge {
	struct db *db;	    /* read only */
	struct db *scratch; /* the ledger as it would be */
	const struct config_policies *wanted;
	int64_t from_ms;
	int64_t first_id; /* of the reports judged; rewards of earlier ones are as they were */
	struct number_set *subscribers; /* whose earlier rewards are in the scratch ledger */
	struct number_set *callers;
	size_t known_count; /* policies under which reports were judged */
	struct {
		char hash[VERDICT_HASH_MAX];
		struct verdict_policy policy;
	} known[JUDGE_POLICIES_MAX];
};

struct judgement {
	struct stored_verdict stored;
	enum report_state was; /* what policy said */
	enum report_state is;  /* what the other policy says */
	struct verdict verdict;
	bool approximate; /* the other policy asks for what was not gathered */
	uint32_t before_mb;
	uint32_t after_mb;
};

int policy_judge_begin(void *ctx, struct policy_judge *judge) __attribute__((warn_unused_result));
/* -ENOENT: there is no evidence; -EBADMSG: it is broken. */
int policy_judge_report(struct policy_judge *judge, const struct report_row *row,
			struct judgement *out) __attribute__((warn_unused_result));
