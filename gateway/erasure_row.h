/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* erasure_row.h - an erasure that is under way, as stored, and its steps in the store.
 *
 * Does:    the row holds the number, its pseudonym and how far it is; each step moves it on in the
 *          transaction of what it erased, and the last one removes it. So an erasure that began
 *          comes to its end whatever happens to the process, and a step that is done twice finds
 *          nothing more.
 * Errors:  negative errno of the database.
 * Threads: the store thread's.
 */
#pragma once

#include "gateway/personal_data.h"
#include "gateway/control.h"

/* The tables come first; the numbers stand in the database. */
enum erasure_stage {
	ERASURE_CALLS = 100, /* the call index in Redis */
	ERASURE_STREAMS,     /* events and requests in Redis */
	ERASURE_END,
};

struct erasure_row {
	int64_t id;
	struct personal_subject subject;
	char actor[CONTROL_ACTOR_MAX];
	int64_t begun_ms;
	int stage;		     /* enum personal_table, then enum erasure_stage */
	struct personal_range range; /* what is left of the stage */
	uint64_t rows;
};

/* Writes the row, the audit's (without the number) and empties the subscriber's rules, which the
 * outbox takes to Redis. 0; -EALREADY, with *id: it is under way. */
int erasure_row_begin(void *ctx, struct db *db, const struct numbering *plan,
		      const struct personal_subject *subject, int64_t now_ms, const char *actor,
		      int64_t *id) __attribute__((warn_unused_result));
/* 1 with *id: one of this number is under way; 0: none. */
int erasure_row_find(struct db *db, const char *number, int64_t *id)
	__attribute__((warn_unused_result));
/* The one with this id, or with 0 the oldest. -ENOENT. */
int erasure_row_get(struct db *db, int64_t id, struct erasure_row *out)
	__attribute__((warn_unused_result));
/* One step among the tables. `row` is updated; its stage is ERASURE_CALLS after the last. */
int erasure_row_step(void *ctx, struct db *db, struct erasure_row *row, int64_t now_ms)
	__attribute__((warn_unused_result));
/* To the next stage: what it had to do is done. */
int erasure_row_move(struct db *db, struct erasure_row *row, int stage)
	__attribute__((warn_unused_result));
/* -EAGAIN: Redis has not the emptied rules yet. Else the row is gone, and the audit says so. */
int erasure_row_end(struct db *db, const struct erasure_row *row, int64_t now_ms)
	__attribute__((warn_unused_result));
