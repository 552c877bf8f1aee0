/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_appeal.h - an appeal against a verdict, whichever way it came: once, with its own clock.
 *
 * Does:    moves a report that was rejected or not proved to the reviewers. Whoever took the appeal
 *          tells the subscriber.
 * Returns: 1; 0 when the report cannot be appealed against, and nothing changed; negative errno of
 *          the database.
 * Threads: the store thread's, inside a transaction.
 */
#pragma once

#include "gateway/report_row.h"

struct appeal {
	const char *text; /* in the subscriber's words */
	int64_t at_ms;
	int64_t deadline_ms; /* how long the new verdict may take */
	int64_t recheck_ms;
};

int report_appeal(struct db *db, struct report_row *row, const struct appeal *appeal)
	__attribute__((warn_unused_result));
