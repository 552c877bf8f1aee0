/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reward_book.h - the ledger: one row per subscriber, caller and call, for ever.
 *
 * Does:    enters a verified report's reward, due or withheld, and puts its request in the outbox.
 * Errors:  negative errno of the database.
 * Threads: the store thread's, inside a transaction.
 */
#pragma once

#include "gateway/report_row.h"
#include "rules/reward.h"

enum reward_state {
	REWARD_STATE_DUE,	/* the request is in the outbox */
	REWARD_STATE_REQUESTED, /* published, not answered */
	REWARD_STATE_CREDITED,
	REWARD_STATE_FAILED,
	REWARD_STATE_WITHHELD,
	REWARD_STATE_COUNT
};

struct reward_row {
	char id[REWARD_KEY_MAX];
	int64_t report_id;
	struct number subscriber;
	struct number caller;
	int64_t call_start_ms;
	uint32_t amount_mb;
	enum reward_state state;
	char reason[64];
	int64_t created_ms;
	int64_t requested_ms; /* 0: never */
	int64_t settled_ms;
	int64_t attempts;
	int64_t next_ms;
};

const char *reward_state_name(enum reward_state state);
/* From a statement that selects REWARD_COLUMNS and stands on a row. */
void reward_row_load(struct db_stmt *stmt, struct reward_row *out);

/* A row as it is, without its request: 1 entered, 0 the call has its row already. */
int reward_book_insert(struct db *db, const struct reward_row *row)
	__attribute__((warn_unused_result));

/* For a report that was just verified; its call_start_ms counts. `policy` NULL: none in force.
 * What was entered is in `out`, and whether it is due in the decision. */
int reward_book_enter(struct db *db, const struct report_row *report,
		      const struct reward_policy *policy, int64_t now_ms,
		      struct reward_decision *decision, struct reward_row *out)
	__attribute__((warn_unused_result));

/* Puts the request in the outbox, for the first time or again. */
int reward_book_request(struct db *db, const struct reward_row *row, int64_t now_ms)
	__attribute__((warn_unused_result));
