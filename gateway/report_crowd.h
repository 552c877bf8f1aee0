/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_crowd.h - how many people report a number.
 *
 * Does:    counts them in the store, and remembers those of the last number for as long as the
 *          transaction lasts: reports of a number that calls many people come together.
 * Errors:  negative errno of the database.
 * Threads: the store thread's.
 */
#pragma once

#include "gateway/db.h"
#include "rules/number.h"

struct crowd_question {
	const char *number;
	int64_t since_ms;   /* reports received after this */
	int64_t until_ms;   /* and not after that */
	const char *except; /* a subscriber who is not counted */
	size_t enough;	    /* not counted beyond */
};

int report_crowd_count(struct db *db, const struct crowd_question *question, uint32_t *out)
	__attribute__((warn_unused_result));
/* A report of that number was put into the store. */
void report_crowd_add(struct db *db, const char *number, const char *subscriber,
		      int64_t received_ms);
/* A report in the store got another number. */
void report_crowd_forget(struct db *db);
