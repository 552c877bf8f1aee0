/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reward_book.h - the ledger: one row per subscriber, caller and call, for ever; what becomes of
 * it, and reversals, which are entries of their own.
 *
 * Does:    enters a verified report's reward, due or withheld; settles, repeats and reverses; puts
 *          requests, answers and events in the outbox, in the transaction that it is called in.
 * Promise: a budget is taken from and checked in one statement: whatever runs beside it, it is not
 *          overspent. A credit that failed, and one whose reversal is done, gives back what it took
 *          from budget and caps, once; a repeat takes the budget again.
 * Errors:  negative errno of the database.
 * Threads: the store thread's.
 */
#pragma once

#include "gateway/outbox.h"
#include "gateway/report_row.h"
#include "gateway/reward_row.h"
#include "rules/quiet_hours.h"

/* What entries are changed with. */
struct reward_settings {
	enum outbox_channel channel; /* of requests */
	const char *instance;
	struct reply_manner manner;
	struct quiet_hours quiet;
	int64_t now_ms;
};

/* As the configuration says now, for as long as what is talloc'ed below ctx. -ENOMEM. */
int reward_settings_of(void *ctx, const struct gateway *gateway, struct reward_settings *out)
	__attribute__((warn_unused_result));
/* By which way requests leave. */
enum outbox_channel reward_channel(const struct config *config);

/* A row as it is, without its request: 1 entered, 0 the call has its row already. */
int reward_book_insert(struct db *db, const struct reward_row *row)
	__attribute__((warn_unused_result));

/* For a report that was just verified; its call_start_ms counts. `policy` NULL: none in force.
 * What was entered is in `out`, and whether it is due in the decision. */
int reward_book_enter(struct db *db, const struct report_row *report,
		      const struct reward_policy *policy, enum outbox_channel channel,
		      int64_t now_ms, struct reward_decision *decision, struct reward_row *out)
	__attribute__((warn_unused_result));

/* Puts the request in the outbox, for the first time or again. */
int reward_book_request(struct db *db, const struct reward_row *row, enum outbox_channel channel,
			int64_t now_ms) __attribute__((warn_unused_result));

/* Asks again, although the time for it has not come. */
int reward_book_ask_again(struct db *db, const struct reward_row *row, enum outbox_channel channel,
			  int64_t now_ms) __attribute__((warn_unused_result));

/* Moves an open entry to CREDITED or FAILED; tells the subscriber, and who hears events. `row` is
 * as loaded in this transaction and is updated. */
int reward_book_settle(void *ctx, struct db *db, const struct reward_settings *settings,
		       struct reward_row *row, enum reward_state state, const char *reason)
	__attribute__((warn_unused_result));

enum reward_repeat {
	REWARD_REPEATED,
	REWARD_ON_ITS_WAY, /* its request is in the outbox already */
	REWARD_SETTLED,	   /* credited, reversed or withheld: there is nothing to repeat */
	REWARD_NO_BUDGET,  /* what it gave back has been given to others */
	REWARD_REPEAT_COUNT
};
/* By a person. A failed entry is due again; how it failed stays in reward_event. Where the budget
 * of `row` is bounded, `budget_mb` is its bound, else 0. */
int reward_book_repeat(struct db *db, const struct reward_settings *settings,
		       const struct reward_row *row, uint64_t budget_mb, const char *actor,
		       enum reward_repeat *out) __attribute__((warn_unused_result));

/* Enters the reversal of a credited reward. 1, 0 when it has one already (`out` is that one). */
int reward_book_reverse(struct db *db, const struct reward_settings *settings,
			const struct reward_row *credit, const char *note, const char *actor,
			struct reward_row *out) __attribute__((warn_unused_result));

/* Requests that wait for a way that is not configured any more go by `channel`. */
int reward_book_reroute(struct db *db, enum outbox_channel channel, size_t *moved)
	__attribute__((warn_unused_result));
