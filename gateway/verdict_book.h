/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* verdict_book.h - one look at a report, written down: verdict, answer, event and reward.
 *
 * Does:    runs verdict_decide on the evidence and what the store knows of other reporters, and
 *          writes all that follows in the transaction that it is called in.
 * Errors:  negative errno of the database.
 * Threads: the store thread's.
 */
#pragma once

#include "gateway/report_row.h"
#include "gateway/reward_book.h"
#include "rules/quiet_hours.h"
#include "rules/reported_wish.h"

/* How a number is blocked for who reported it. */
struct verdict_block {
	enum reported_policy policy;
	const struct numbering *plan;
	const struct block_set *protected_numbers; /* NULL: none */
};

struct verdict_settings {
	const struct verdict_policy *policy;
	const char *policy_hash;
	const struct reward_policy *reward; /* NULL: none in force */
	enum outbox_channel reward_channel; /* of requests */
	struct reply_manner manner;
	const char *instance;
	int64_t recheck_ms;
	int64_t recheck_max_ms;
	struct quiet_hours quiet;
	uint32_t questions; /* that may be asked about one report */
	int64_t reopen_ms;  /* after receipt; an unproved report is looked at for so long */
	int64_t warn_ms;    /* before its deadline an open report is warned of */
	int64_t promise_ms; /* within so long of its clock a report shall have ended */
	const struct verdict_block *block; /* NULL: for nobody, whatever they wish */
};

/* What one look did. */
struct verdict_outcome {
	enum verdict_kind kind; /* VERDICT_WAIT: nothing was decided */
	bool ended;		/* the report was open and has a final verdict now */
	bool reopened;
	bool forged;
	bool rewarded; /* a reward was entered as due */
	bool withheld;
	struct number number;
	enum report_state state;
	char reasons[REPORT_REASONS_MAX];
	bool warned;  /* that its clock runs out soon, for the first time */
	bool in_time; /* the promise was kept, when it ended */
	/* Rules that were changed with it, below the memory that was given; NULL: none. */
	struct number subscriber;
	const char *rules;
};

/* What a person decided about a report. */
struct review_verdict {
	enum verdict_kind kind; /* VERIFIED, REJECTED or UNPROVED */
	const char *by;
	const char *reason; /* for the record; the subscriber is told that staff looked into it */
	const char *actor;  /* as the kernel knows who it was */
};

/* `evidence` holds what the call index said; the rest of it is filled in here. */
int verdict_book_look(void *ctx, struct db *db, int64_t report_id, struct evidence *evidence,
		      const struct verdict_settings *settings, int64_t now_ms,
		      struct verdict_outcome *out) __attribute__((warn_unused_result));

/* The same for a report that was begun and is not in the store yet (report_row.h): 1 when it is
 * decided, and stored with that; 0 when it has to wait, and nothing was written. */
int verdict_book_look_new(void *ctx, struct db *db, const struct report_row *row,
			  struct evidence *evidence, const struct verdict_settings *settings,
			  int64_t now_ms, struct verdict_outcome *out)
	__attribute__((warn_unused_result));

/* Writes what a person decided, with the same effects as a verdict of policy. -EINVAL: the report
 * is not in review. */
int verdict_book_decide(void *ctx, struct db *db, int64_t report_id,
			const struct review_verdict *decision,
			const struct verdict_settings *settings, int64_t now_ms,
			struct verdict_outcome *out) __attribute__((warn_unused_result));
