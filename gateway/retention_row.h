/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* retention_row.h - what is older than its kind is kept for, removed from the store a step at a
 * time.
 *
 * Does:    each step looks at some rows behind a mark that is stored with it, so that a run goes on
 *          where it was after any end of the process.
 * Promise: nothing that is open is removed: texts that are not read, reports without their end, or
 *          moved within the time, or looked at again; entries of the ledger without an answer. What
 * stays for ever: the keys of removed entries (reward_gone), so that no call is rewarded twice;
 * their sums (ledger_gone, budget.gone_mb), so that the ledger adds up; the hashes of the audit. A
 * report or entry that does not check (report_chain.h) stays, for who looks into it. Errors:
 * negative errno of the database. Threads: the store thread's; retention_row_oldest() and _state()
 * any that has a database.
 */
#pragma once

#include <stdbool.h>

#include "gateway/db.h"

/* In the order in which a run takes them: a reward is removed after its report. The numbers stand
 * in the database: append only. */
enum retention_kind {
	RETENTION_MESSAGES,  /* what subscribers sent, as it came */
	RETENTION_REPORTS,   /* with their events, questions, reviews and messages */
	RETENTION_REWARDS,   /* with their reversals and events */
	RETENTION_DIALOGUES, /* questions and their lists, words that wait, changes to undo */
	RETENTION_ATTEMPTS,  /* what was blocked */
	RETENTION_KEPT,	     /* blocked messages that are kept */
	RETENTION_RECEIPTS,  /* of hubs' messages; each row has its time */
	RETENTION_AUDIT,     /* texts of the audit */
	RETENTION_KIND_COUNT
};

struct retention_limits {
	int64_t now_ms;
	int64_t before_ms[RETENTION_KIND_COUNT]; /* what is older goes; 0: nothing does */
	int64_t receipts_expire_ms; /* of those that tell hubs of kept messages that go */
};

struct retention_step {
	uint64_t removed;  /* rows; of messages, also those that were emptied */
	uint64_t held;	   /* old rows that stay, since something is open */
	uint64_t expired;  /* of RETENTION_KEPT: removed without having been released */
	uint64_t receipts; /* of these: their hub had asked to hear of it, and will */
	bool more;
};

const char *retention_kind_name(enum retention_kind kind); /* "messages" */

int retention_row_step(void *ctx, struct db *db, enum retention_kind kind,
		       const struct retention_limits *limits, struct retention_step *out)
	__attribute__((warn_unused_result));
/* When the oldest row came that is not emptied; 0: there is none. */
int retention_row_oldest(struct db *db, enum retention_kind kind, int64_t *out_ms)
	__attribute__((warn_unused_result));

/* What is stored of a kind. */
struct retention_state {
	int64_t done_to;
	int64_t removed; /* ever */
	int64_t complete_ms;
};
int retention_row_state(struct db *db, enum retention_kind kind, struct retention_state *out)
	__attribute__((warn_unused_result));
/* A run found nothing more in any kind. */
int retention_row_complete(struct db *db, int64_t now_ms) __attribute__((warn_unused_result));
