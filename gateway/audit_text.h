/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* audit_text.h - what is personal in the audit, kept beside it so that it can be erased.
 *
 * Does:    a row of the audit says when, who and what; its texts (object, before, after) are a row
 *          of audit_text, with a random salt. The hash of the row is over all of them. Erasing
 * empties the texts and leaves the hash, so that the chain goes on; the salt goes as well, without
 * which nobody can try numbers until one fits the hash. Rows of before there were salts have none.
 * Promise: texts are gone only where a later row of the audit ("audit_erased") says how many, and
 *          seals what stays of them: audit_row_check() finds a text that is missing without one, a
 *          row that was changed after its text was erased, and one that was erased too much.
 * Errors:  negative errno of the database.
 * Threads: the store thread's; audit_row_check() any that has a database.
 */
#pragma once

#include "gateway/db.h"
#include "gateway/rule_store.h"

#define AUDIT_ERASED "audit_erased"
enum { AUDIT_SALT_SIZE = 16, AUDIT_ERASE_MAX = 500 };

struct audit_texts {
	const char *object;
	const char *before;
	const char *after;
};

/* Of the row that was inserted last. */
int audit_text_put(struct db *db, const struct audit_texts *texts, const uint8_t *salt,
		   size_t salt_len) __attribute__((warn_unused_result));

/* Empties the texts of these rows, ascending and AUDIT_ERASE_MAX at most, and writes the row that
 * says so: `actor` did it, for `reason`, which is not personal. None: nothing is written. */
int audit_text_erase(struct db *db, const int64_t *ids, size_t count, int64_t now_ms,
		     const char *actor, const char *reason) __attribute__((warn_unused_result));

/* A statement of Q_AUDIT_ROWS stands on a row; `chain` is of the row before, and becomes this
 * one's. 1: as it was written; 0: not; what follows is then measured by the hash that stands
 * there. */
int audit_row_check(struct db *db, struct db_stmt *row, uint8_t chain[AUDIT_CHAIN_SIZE])
	__attribute__((warn_unused_result));
