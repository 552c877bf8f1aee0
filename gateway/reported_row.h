/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reported_row.h - the numbers that were blocked for a subscriber because they reported them.
 *
 * Does:    one row a subscriber and number. Once the subscriber took the block back, the row says
 * so for ever: no later report of theirs blocks that number. Errors:  negative errno of the
 * database. Threads: the store thread's, inside the transaction of what it goes with.
 */
#pragma once

#include "gateway/db.h"
#include "rules/number.h"

/* A report blocks it. */
int reported_row_put(struct db *db, const char *subscriber, const struct number *number,
		     int64_t now_ms) __attribute__((warn_unused_result));
/* The subscriber takes that back. Of a number that no report blocked nothing is kept. */
int reported_row_take_back(struct db *db, const char *subscriber, const struct number *number,
			   int64_t now_ms) __attribute__((warn_unused_result));
/* 1 when they did, or 0. */
int reported_row_is_taken_back(struct db *db, const char *subscriber, const struct number *number)
	__attribute__((warn_unused_result));
/* How many they took back. */
int reported_row_count(struct db *db, const char *subscriber, uint32_t *count)
	__attribute__((warn_unused_result));

/* One that was taken back, and when. Negative ends the walk. */
typedef int reported_row_cb(void *arg, const char *number, int64_t at_ms);
/* All that were, in the order of their numbers. */
int reported_row_each(struct db *db, const char *subscriber, reported_row_cb *cb, void *arg)
	__attribute__((warn_unused_result));
