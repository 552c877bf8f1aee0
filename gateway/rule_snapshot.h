/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* rule_snapshot.h - all subscribers' rules as one run of octets, for a file: written, read.
 *
 * Form:    numbers are little endian.
 *            head     "MIANRULE", format (4), zero (4), mark (8), chain (32)
 *            row      key of number_pack (8), text (4); where that is the first row of a text,
 * whose number is then the count of those before it: length (4) and the octets trailer  count of
 * rows (8), SHA-256 of all before (32) Rows and trailer are told apart by the length of the whole.
 * Mark:    what the rules are as of: the last row of the store's audit, and its hash. Rows may be
 *          newer than that; what was audited after it has to be read again.
 * Reading: nothing is given of octets that are not whole and sound from end to end.
 * Threads: pure.
 */
#pragma once

#include <nettle/sha2.h>
#include <stdint.h>
#include <stdio.h>

#include "gateway/rule_store.h"

struct rule_mark {
	int64_t id; /* over 0 */
	uint8_t chain[AUDIT_CHAIN_SIZE];
};

/* ---- writing ---- */

struct rule_snapshot_writer;

/* `file` stays the caller's. NULL when out of memory. */
struct rule_snapshot_writer *rule_snapshot_writer_create(void *ctx, FILE *file);
/* Each 0 or -errno: begin once, add each subscriber, end. One whose number has no key is left out,
 * since no cache can hold it, and one without rules (text ""). */
int rule_snapshot_begin(struct rule_snapshot_writer *writer, const struct rule_mark *mark)
	__attribute__((warn_unused_result));
int rule_snapshot_add(struct rule_snapshot_writer *writer, const char *subscriber, const char *text)
	__attribute__((warn_unused_result));
int rule_snapshot_end(struct rule_snapshot_writer *writer) __attribute__((warn_unused_result));
uint64_t rule_snapshot_rows(const struct rule_snapshot_writer *writer);

/* ---- reading ---- */

struct rule_snapshot;

struct rule_snapshot_row {
	struct number subscriber;
	const char *text; /* not NUL-terminated; lives in the octets */
	size_t len;
};

/* Checks all of it. 0; -EBADMSG with `why` (a constant text); -ENOMEM. Borrows `data`. */
int rule_snapshot_open(void *ctx, const uint8_t *data, size_t len, struct rule_snapshot **out,
		       const char **why) __attribute__((warn_unused_result));
const struct rule_mark *rule_snapshot_mark(const struct rule_snapshot *snapshot);
uint64_t rule_snapshot_count(const struct rule_snapshot *snapshot);
/* The next row; false after the last. */
bool rule_snapshot_next(struct rule_snapshot *snapshot, struct rule_snapshot_row *out);
