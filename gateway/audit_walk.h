/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* audit_walk.h - whether what came in equals what came out, checked piece by piece.
 *
 * Does:    a report has the id of the message that opened it, and at most one entry of the ledger
 *          and one reversal. So messages, reports and rewards of a range of ids belong together: a
 *          step looks at one range in one snapshot, and what it adds up is true however much
 * changes before the next one. Hash chains are recomputed on the way; the rows of the audit and the
 *          budgets come last.
 * Finds:   audit_walk_lines(): sums that have to be equal, to the unit.
 * Errors:  negative errno of the database.
 * Threads: any that has a database; the walk is a plain value between two steps.
 */
#pragma once

#include "gateway/report_row.h"
#include "gateway/reward_row.h"

enum { AUDIT_NAMES_MAX = 20 };

enum audit_phase { AUDIT_RECORDS, AUDIT_BUDGETS, AUDIT_ROWS, AUDIT_DONE };

struct audit_walk {
	enum audit_phase phase;
	int64_t after; /* everything up to it was looked at */

	/* Messages: those that came, rows made for further reports of one text, and what they did.
	 */
	int64_t accepted, further, opened, joined, unread, other, orphans;
	int64_t reports[REPORT_STATE_COUNT];
	int64_t verified;	  /* reports that were, at any time: as many events */
	int64_t rewarded_already; /* of them, those whose call has its entry by another report */
	int64_t unrewarded;	  /* and those whose call has none */
	int64_t broken_reports;	  /* chains, and states that are not that of the last event */
	int64_t untold;
	int64_t entries; /* of the ledger: credits */
	int64_t rewards[REWARD_STATE_COUNT];
	int64_t reversal_entries;
	int64_t reversals[REWARD_STATE_COUNT];
	int64_t unearned;   /* entries of reports that never were verified */
	int64_t wrong_keys; /* entries whose id is not that of their call: it may be there twice */
	int64_t wrong_return; /* entries that gave back too little or too much */
	int64_t unasked;      /* open entries that nobody asks for any more */
	int64_t budgets;      /* that are not the sum of what was taken */
	int64_t audit_rows, broken_rows;
	uint8_t chain[REPORT_CHAIN_SIZE];

	size_t name_count; /* of what is wrong, as far as it has a name */
	char names[AUDIT_NAMES_MAX][REWARD_KEY_MAX];
};

/* `walk` is zero before the first step; `limit` messages a step. -EALREADY when it is done. */
int audit_walk_step(void *ctx, struct db *db, size_t limit, struct audit_walk *walk)
	__attribute__((warn_unused_result));

struct audit_line {
	const char *name;
	int64_t left;
	int64_t right;
};
enum { AUDIT_LINES = 15 };
void audit_walk_lines(const struct audit_walk *walk, struct audit_line out[AUDIT_LINES]);
