/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* rule_import.h - lines of many subscribers' rules taken into the store, a chunk at a time.
 *
 * Does:    reads the lines of a chunk and, unless they are only checked, writes what changes to the
 *          store and to the outbox, in the transaction of the operation. Lines in error are listed
 *          and left out. A rule that the subscriber has already is no change: doing it again
 *          changes nothing more.
 *          Adding: the rules come to those that the subscriber has.
 *          Replacing: the subscriber's rules are those of the file alone. Its lines have to be in
 *          the order of the canonical numbers (as they are exported), so that each subscriber's
 *          stand together; those that a chunk begins with belong to `after` when they name it.
 * Bounds:  a chunk is what a request of the control socket holds.
 * Errors:  -ENOMEM; the database's. What is wrong with a line is none.
 * Threads: the store thread's; a check is a reader's.
 */
#pragma once

#include "gateway/db.h"
#include "gateway/rule_line.h"

enum { IMPORT_FAULTS_MAX = 100 };

struct import_fault {
	size_t line; /* of the file, from 1 */
	char text[RULE_LINE_ERROR_MAX];
};

/* What a subscriber's rules are now. */
struct import_change {
	const char *subscriber;
	const char *text;
};

struct rule_import {
	/* What is wanted; borrowed. */
	const struct numbering *plan;
	enum rule_format format;
	const char *text; /* whole lines */
	size_t first_line;
	bool applies; /* else it is only checked */
	bool replaces;
	const char *after; /* the last subscriber of the chunk before; "" */
	int64_t now_ms;

	/* What came of it; texts below the ctx that was given. */
	size_t lines;
	size_t rules; /* that were read without error */
	size_t bad;
	struct import_fault faults[IMPORT_FAULTS_MAX]; /* the first of them */
	struct import_change *changes;
	size_t change_count;
	struct number last; /* subscriber; "" */
};

/* Everything below "what came of it" is made anew. */
int rule_import_run(void *ctx, struct db *db, struct rule_import *import)
	__attribute__((warn_unused_result));
