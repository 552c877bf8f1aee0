/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* rule_store.h - subscribers' rules in the store: every change audited and put in the outbox.
 *
 * Does:    runs inside an operation's transaction. After the commit the caller tells the near
 *          cache (rule_cache_put) and kicks the outbox.
 * Errors:  -EBADMSG rules that do not compile, with `fault` and its line; -ENOMEM; the database's.
 * Threads: the store thread's.
 */
#pragma once

#include "blocklist/block_set.h"
#include "gateway/db.h"

enum { RULE_TEXT_MAX = 64 * 1024 };

struct rule_state {
	char *text;	 /* canonical, one rule a line; talloc'ed below the ctx that was given */
	int64_t version; /* 0: the subscriber never had rules */
	uint8_t blocked; /* channels that the plain international rule blocks */
};

struct rule_change {
	const char *subscriber;
	const char *actor; /* "sms", "control"; of rule_store_write NULL: the caller audits it */
	int64_t now_ms;
};

struct rule_fault {
	size_t line;
	struct block_fault fault;
};

int rule_store_get(void *ctx, struct db *db, const struct numbering *plan, const char *subscriber,
		   struct rule_state *out) __attribute__((warn_unused_result));
/* Replaces all rules. */
int rule_store_set(void *ctx, struct db *db, const struct numbering *plan,
		   const struct rule_change *change, const char *text, struct rule_state *out,
		   struct rule_fault *fault) __attribute__((warn_unused_result));
/* The subscriber's switch for messages and calls from abroad. */
int rule_store_switch(void *ctx, struct db *db, const struct numbering *plan,
		      const struct rule_change *change, uint8_t channels, bool on,
		      struct rule_state *out) __attribute__((warn_unused_result));

/* One rule for this number alone. See block_set_put_number(). */
int rule_store_put_number(void *ctx, struct db *db, const struct numbering *plan,
			  const struct rule_change *change, const struct number *number,
			  enum block_action action, struct rule_state *out)
	__attribute__((warn_unused_result));

/* Without what blocks this number alone. See block_set_unblock_number(). */
int rule_store_unblock_number(void *ctx, struct db *db, const struct numbering *plan,
			      const struct rule_change *change, const struct number *number,
			      struct rule_state *out) __attribute__((warn_unused_result));

/* What was checked and is canonical already, and differs. */
int rule_store_write(struct db *db, const struct rule_change *change, const char *before,
		     const char *after) __attribute__((warn_unused_result));

/* The hash of a row of the audit, from that of the row before (zero before the first): actor,
 * action, object, before, after; its salt, none in rows of earlier versions; its id, 0 in those. */
enum { AUDIT_CHAIN_SIZE = 32 };
void audit_chain_next(uint8_t chain[AUDIT_CHAIN_SIZE], int64_t at_ms, const char *const texts[5],
		      const uint8_t *salt, size_t salt_len, int64_t id);

/* One row of the audit, hash-chained; its texts are kept beside it (audit_text.h). */
int audit_put(struct db *db, int64_t at_ms, const char *actor, const char *action,
	      const char *object, const char *before, const char *after)
	__attribute__((warn_unused_result));
