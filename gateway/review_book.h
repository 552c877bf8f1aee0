/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* review_book.h - the reviewers' queue: who has a report, and what was decided.
 *
 * Does:    a report in review is with the reviewer who took it until the lease ends; who decided a
 *          report does not decide its appeal. A decision is one transaction with all that follows
 *          from it: state, answer, event, reward, audit.
 * Errors:  0 with `error` filled when it is refused; negative errno of the database.
 * Threads: the store thread's.
 */
#pragma once

#include "gateway/report_row.h"
#include "gateway/verdict_book.h"

enum { REVIEWER_MAX = 48, REVIEW_REASON_CHARACTERS = 399, REVIEW_ERROR_MAX = 256 };
/* Octets of a reason in UTF-8, with its end. */
enum { REVIEW_REASON_MAX = 4 * REVIEW_REASON_CHARACTERS + 1 };

struct review_row {
	char taken_by[REVIEWER_MAX]; /* "": nobody */
	int64_t taken_ms;	     /* until then */
	char decided_by[REVIEWER_MAX];
	int64_t decided_ms;
};

struct reviewer {
	const char *name;
	const char *actor; /* as the kernel knows who it is */
	int64_t now_ms;
	int64_t lease_ms;
	bool fresh; /* the next is one that the reviewer has not taken already */
};

/* Zero for a report that nobody took or decided. */
int review_row_get(struct db *db, int64_t report_id, struct review_row *out)
	__attribute__((warn_unused_result));
/* Whether somebody else has it at that time. */
bool review_is_with_other(const struct review_row *row, const struct reviewer *reviewer);

/* The report that the reviewer should look at next, most urgent first: 1, or 0 when there is none.
 * Not yet taken. */
int review_next(struct db *db, const struct reviewer *reviewer, int64_t *report_id)
	__attribute__((warn_unused_result));
int review_take(void *ctx, struct db *db, int64_t report_id, const struct reviewer *reviewer,
		char error[REVIEW_ERROR_MAX]) __attribute__((warn_unused_result));
/* Gives back what the reviewer took. */
int review_release(void *ctx, struct db *db, int64_t report_id, const struct reviewer *reviewer,
		   char error[REVIEW_ERROR_MAX]) __attribute__((warn_unused_result));
int review_decide(void *ctx, struct db *db, int64_t report_id, const struct reviewer *reviewer,
		  enum verdict_kind kind, const char *reason,
		  const struct verdict_settings *settings, struct verdict_outcome *out,
		  char error[REVIEW_ERROR_MAX]) __attribute__((warn_unused_result));
