/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* audit_head.h - the newest row of the audit, told outside of the database: who takes the newest
 * rows away, or writes the whole chain anew, has to be believed by a file and by logs as well.
 *
 * Does:    once a second, when there are new rows, writes <state_dir>/audit-head: the id of the
 *          newest and its hash. Once a day the log gets the same. A file whose row is not in the
 *          store any more, or is another, is evidence: it stays as it is, and the log says so,
 *          until a person removes it (after a restore, say).
 * Errors:  logged; the next second tries again.
 * Threads: the loop's; the file is the worker's. audit_head_read() any that may wait for a disk.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/rule_store.h"

#define AUDIT_HEAD_NAME "audit-head"
enum { AUDIT_HEX_MAX = 2 * AUDIT_CHAIN_SIZE + 1, AUDIT_HEAD_TEXT_MAX = 128 };

struct audit_tip {
	int64_t id; /* 0: there is no row */
	uint8_t hash[AUDIT_CHAIN_SIZE];
};

struct audit_head;

struct audit_head *audit_head_create(void *ctx, struct gateway *gateway);
void audit_head_start(struct audit_head *head);
/* Before the end: what was committed by now. The worker has it in its queue afterwards. */
void audit_head_flush(struct audit_head *head);

/* The file's line, "ID HASH". 0, or -EBADMSG. Pure. */
int audit_head_parse(const char *text, size_t len, struct audit_tip *out)
	__attribute__((warn_unused_result));
/* 0; -ENOENT: there is no file; -EBADMSG: it says nothing; or as reading failed. */
int audit_head_read(const char *state_dir, struct audit_tip *out)
	__attribute__((warn_unused_result));
const char *audit_hash_hex(const uint8_t hash[AUDIT_CHAIN_SIZE], char out[AUDIT_HEX_MAX]);
