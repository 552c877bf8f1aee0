/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* verdict_book_priv.h - what verdict_book.c and the files beside it share. */
#pragma once

#include "gateway/verdict_book.h"

/* One look at a report, on the store thread; all of it writes in the transaction of the look. */
struct look {
	void *memory;
	struct db *db;
	struct report_row row;
	struct evidence *evidence;
	const struct verdict_settings *settings;
	int64_t now_ms;
	struct verdict verdict;
	const char *detail; /* of the event, where no evidence was gathered; NULL: the evidence */
	bool warns;	    /* what is published tells of the deadline */
	const struct number *near; /* to be asked for, or NULL */
	bool blocked;		   /* the number, for who reported it */
	struct reward_decision reward;
	struct reward_row reward_row;
	struct verdict_outcome *out;
};

/* ---- verdict_tell.c ---- */

/* A text to the subscriber, not before the quiet hours are over. */
int look_tell(struct look *look, enum reply_kind kind, unsigned told)
	__attribute__((warn_unused_result));
/* CloudEvents 1.0. The id is the report and the number of its transition: a repeated publication
 * carries the same one. */
int look_publish(struct look *look, const char *type) __attribute__((warn_unused_result));

/* ---- verdict_block.c ---- */

/* The number that was verified is blocked for who reported it, where that is wished: 1 when it is,
 * 0 when all stays as it was. */
int look_block(struct look *look) __attribute__((warn_unused_result));

/* ---- verdict_end.c ---- */

bool look_has_reason(const struct look *look, enum verdict_reason reason);
/* The report's row as it is in `look`, in its new state, with the verdict. */
int look_move(struct look *look, enum report_state state) __attribute__((warn_unused_result));
int look_end_verified(struct look *look) __attribute__((warn_unused_result));
int look_end_rejected(struct look *look) __attribute__((warn_unused_result));
/* Moved, told and published, and nothing beside. */
int look_end_otherwise(struct look *look, enum report_state state, enum reply_kind reply)
	__attribute__((warn_unused_result));
