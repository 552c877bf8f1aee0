/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_chain.h - the events of a report, and their hash chain (private to report_row).
 *
 * Does:    each event's hash is over the one before and all of its columns, and the report has that
 *          of the last. Details can be erased: their events keep their hashes, on which the chain
 *          goes on, and a later event REPORT_ERASED has as its detail a seal of what stays of them.
 *          An event that is marked as erased and not sealed breaks the chain.
 * Errors:  negative errno of the database.
 */
#pragma once

#include "gateway/report_row.h"

#define REPORT_ERASED "erased"
enum { REPORT_SEAL_MAX = 2 * REPORT_CHAIN_SIZE + 1 };

struct report_event {
	int64_t report_id;
	int64_t seq;
	int64_t at_ms;
	int64_t from;
	int64_t to;
	const char *reasons;
	const char *detail;
};

/* Inserts the event; `chain` goes on to it. */
int report_chain_add(struct db *db, const struct report_event *event,
		     uint8_t chain[REPORT_CHAIN_SIZE]) __attribute__((warn_unused_result));
/* Empties all details but those of REPORT_ERASED. 1 and the seal of all that ever were; 0: none was
 * left. */
int report_chain_erase(struct db *db, int64_t report_id, char seal[REPORT_SEAL_MAX])
	__attribute__((warn_unused_result));
