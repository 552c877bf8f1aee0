/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_trace.h - the way of a report from the text that opened it to the credit, as one line
 * after the other: texts that came and went, states, the reward.
 *
 * Does:    gathers what the store knows with a time. The report's number is in all of it: it is the
 *          message_id that the SMSC was answered, `report` of the events and of the reward request,
 *          and at the head of each log line.
 * Limits:  a text that owed no receipt leaves nothing behind once it was delivered but the report's
 *          `told`.
 * Errors:  the database's, negative. Threads: the store thread's.
 */
#pragma once

#include <jansson.h>

#include "gateway/report_row.h"

/* [{"at", "after_ms", "what", "detail"}, ...] in the order of time; `after_ms` since the report was
 * received. Owned by the caller. */
int report_trace(struct db *db, const struct report_row *row, json_t **out)
	__attribute__((warn_unused_result));
