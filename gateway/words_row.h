/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* words_row.h - the last words of a subscriber that were no report: "somebody sells broadband".
 *
 * Does:    one row a subscriber, kept while a number may follow. Any gateway of the store can put
 *          the two together (rules/thought.h).
 * Errors:  negative errno of the database.
 * Threads: the store thread's.
 */
#pragma once

#include "gateway/db.h"

/* Takes the place of earlier words; those of everybody from before `expired_ms` are removed. */
int words_row_put(struct db *db, const char *subscriber, const char *text, int64_t now_ms,
		  int64_t expired_ms) __attribute__((warn_unused_result));
/* The words since `since_ms`, in *out below ctx: 1, or 0 when there are none. */
int words_row_get(void *ctx, struct db *db, const char *subscriber, int64_t since_ms, char **out)
	__attribute__((warn_unused_result));
int words_row_drop(struct db *db, const char *subscriber) __attribute__((warn_unused_result));
