/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* question_row.h - what we asked a subscriber about a report, and what can be answered.
 *
 * Does:    one row a report: a question that is still to be asked (due_ms), or was asked, with the
 *          numbers that an answer chooses from. So the dialogue survives a restart, and any gateway
 *          of the store can go on with it.
 * Errors:  negative errno of the database; -EBADMSG for a list that does not read.
 * Threads: the store thread's.
 */
#pragma once

#include "gateway/db.h"
#include "rules/blocked_list.h"
#include "rules/call_list.h"

enum question_kind {
	QUESTION_NUMBER,  /* which caller do you mean? `choices` may be empty */
	QUESTION_NEAR,	  /* no such call: did you mean this number? */
	QUESTION_EITHER,  /* the report names `choices`: which of them called? Asked as
			   * QUESTION_NUMBER when the call records do not tell */
	QUESTION_BLOCKED, /* what of this shall be released? report_id is an id of message_in */
};

struct question_row {
	int64_t report_id;
	enum question_kind kind;
	int64_t asked; /* how many questions we asked about the report so far */
	int64_t asked_ms;
	struct call_list choices;
	struct blocked_list blocked; /* QUESTION_BLOCKED: in place of `choices` */
};

/* A question that is to be asked, with report_id, kind and choices of `row`; whoever finds it after
 * due_ms asks. */
int question_row_open(struct db *db, const struct question_row *row, const char *subscriber,
		      int64_t due_ms) __attribute__((warn_unused_result));
/* Asked now, with report_id, kind and choices of `row`. */
int question_row_ask(struct db *db, const struct question_row *row, const char *subscriber,
		     int64_t now_ms) __attribute__((warn_unused_result));
/* 1, 0 when there is none. */
int question_row_get(struct db *db, int64_t report_id, struct question_row *out)
	__attribute__((warn_unused_result));
/* The subscriber's latest question about a report, asked after since_ms and not answered yet: 1, or
 * 0. */
int question_row_find(struct db *db, const char *subscriber, int64_t since_ms,
		      struct question_row *out) __attribute__((warn_unused_result));
/* The same of a QUESTION_BLOCKED. */
int question_row_find_blocked(struct db *db, const char *subscriber, int64_t since_ms,
			      struct question_row *out) __attribute__((warn_unused_result));
/* 1 when we asked the subscriber something after that, answered by now or not; 0 when not. */
int question_row_later(struct db *db, const char *subscriber, int64_t asked_ms, int64_t report_id)
	__attribute__((warn_unused_result));
/* Answered, or of no more concern: not to be asked and not to be answered any more. */
int question_row_close(struct db *db, int64_t report_id, int64_t now_ms)
	__attribute__((warn_unused_result));
