/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* review_show.h - what a reviewer sees of a report (private to the commands).
 *
 * Errors:  -ENOENT no such report; the database's.
 * Threads: the store thread's.
 */
#pragma once

#include "gateway/commands_query.h"
#include "gateway/review_book.h"

/* A line of the queue; a new reference. */
json_t *review_summary(const struct query *query, const struct report_row *row,
		       const struct review_row *review, int64_t now_ms);
/* All that there is to decide by, in query->result: the text, the evidence rule by rule, other
 * reports of the number, what became of the sender's others. */
int review_show(struct db *db, struct query *query, int64_t id) __attribute__((warn_unused_result));
