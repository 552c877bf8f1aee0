/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_why.h - why a report got its verdict: the evidence, the policy, each rule with its points,
 * and the verdict derived again.
 *
 * Does:    takes the evidence of the last verdict of policy out of the report's events, judges it
 *          anew under the policy of its hash, and compares. What people decided stands beside it.
 * Errors:  -ENOENT no verdict of policy with evidence; -EBADMSG broken evidence, or a policy that
 * is not in the store; the database's. Threads: the store thread's.
 */
#pragma once

#include <jansson.h>

#include "gateway/evidence_json.h"
#include "gateway/report_row.h"

/* The last verdict of policy, as it was stored. */
struct stored_verdict {
	struct evidence_note note;
	enum report_state state; /* that it led to */
	char reasons[REPORT_REASONS_MAX];
	int64_t at_ms;
	int64_t seq;
};

int stored_verdict_load(struct db *db, int64_t report_id, struct stored_verdict *out)
	__attribute__((warn_unused_result));
/* The state that a verdict leads to; REPORT_STATE_PENDING for VERDICT_WAIT. */
enum report_state verdict_state(enum verdict_kind kind);
/* As they are stored. */
void verdict_join_reasons(const struct verdict *verdict, char out[REPORT_REASONS_MAX]);

/* `out`: a new reference, with "same": whether the verdict is the stored one. */
int report_why(struct db *db, const struct report_row *row, json_t **out)
	__attribute__((warn_unused_result));
