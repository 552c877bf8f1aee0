/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* audit_verify.h - the chain of the audit by itself, from its first row to its newest.
 *
 * Does:    a step looks at some rows in one snapshot: that each is as it was written, follows from
 *          the row before, and has none missing before it; and that the row of which the file
 *          beside the database tells (audit_head.h) is there. Names the first that is not so.
 *          What was written anew as a whole, file and all, only the logs contradict.
 * Errors:  negative errno of the database.
 * Threads: any that has a database; the value is plain between two steps.
 */
#pragma once

#include <stdbool.h>

#include "gateway/audit_head.h"
#include "gateway/db.h"

enum audit_fault {
	AUDIT_WHOLE,
	AUDIT_CHANGED,	 /* a row is not what was written, or does not follow from the one before */
	AUDIT_MISSING,	 /* rows before it are gone */
	AUDIT_CUT,	 /* the newest rows are gone */
	AUDIT_REWRITTEN, /* the chain holds, and its row is not the one that the file tells of */
	AUDIT_NO_HEAD,	 /* the file says nothing that can be read */
	AUDIT_FAULT_COUNT,
};

struct audit_verify {
	int64_t after; /* everything up to it was looked at */
	uint8_t chain[AUDIT_CHAIN_SIZE];
	bool counted; /* from here on ids are one after the other */
	bool done;
	int64_t rows;
	bool has_head;
	bool met_head;
	struct audit_tip head; /* as the file said at the beginning */

	int64_t faults;
	enum audit_fault fault; /* the first; of the row: */
	int64_t fault_id;
	int64_t fault_at_ms; /* 0: it is not there */
	char fault_action[64];
};

/* "row 7 was changed, or does not follow from the one before" without the row. */
const char *audit_fault_text(enum audit_fault fault);
/* Zero it, then this before the first step: `rc` and `head` of audit_head_read(). */
void audit_verify_head(struct audit_verify *verify, int rc, const struct audit_tip *head);
/* `limit` rows. -EALREADY when it is done. */
int audit_verify_step(struct db *db, size_t limit, struct audit_verify *verify)
	__attribute__((warn_unused_result));
