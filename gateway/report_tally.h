/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_tally.h - what reports count towards day by day: the tables day_count and caller_day.
 *
 * Does:    adds up in memory what a transaction changes, and writes each counter once before it is
 *          kept: thousands of reports in one commit count in a handful of rows. What is undone with
 *          the transaction, or with its last part, has counted nothing.
 * Counts:  of the day in +08:00 on which a report was received, how many are in which state and of
 *          which category (day_count.h), and how many there are about a number. Answers count on
 *          the day on which they were given. A report that retention removes stays counted.
 * Bounds:  what is added up is written early when it is more than the memory that is kept for it.
 * Threads: the store thread's, inside a transaction.
 */
#pragma once

#include "gateway/report_row.h"

/* What of a report is counted. */
struct report_counted {
	enum report_state state;
	enum report_category category;
	struct number number; /* "": it counts towards none */
};

/* A new one that comes with its answer was answered in time. */
int report_tally_new(struct db *db, int64_t received_ms, const struct report_counted *is)
	__attribute__((warn_unused_result));
int report_tally_changed(struct db *db, int64_t received_ms, const struct report_counted *was,
			 const struct report_counted *is) __attribute__((warn_unused_result));
int report_tally_answered(struct db *db, int64_t at_ms, bool late)
	__attribute__((warn_unused_result));
