/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* operator_store.h - the operator's own rules in the store, in versions.
 *
 * Does:    every change is a new version, with who made it and why; none is ever edited or removed,
 *          and the newest one is in force. Version 0 is the configuration: it is in force until
 *          there is another, and again with a version that goes back to it.
 *          A change is audited and put in the outbox (key <prefix>rules:{operator}); after the
 *          commit the caller applies it (operator_rules_take) and kicks the outbox.
 * Owns:    texts of a struct operator_version are talloc'ed below the ctx that was given.
 * Errors:  -ENOENT no such version; -ESTALE another change came first; -ENOMEM; the database's.
 * Threads: the store thread's; reading on a reader as well.
 */
#pragma once

#include "gateway/db.h"

enum { OPERATOR_HASH_MAX = 65, OPERATOR_NOTE_MAX = 200 };
#define OPERATOR_TARGET "operator" /* in the outbox, and in the place of a subscriber in Redis */

struct operator_version {
	int64_t version; /* 0: nothing was ever set */
	int64_t at_ms;
	const char *actor;
	const char *note;
	int64_t back_to;	      /* the version that it brings back; -1: none */
	bool configured;	      /* the configuration's rules are in force, `text` is "" */
	const char *text;	      /* canonical, one rule a line */
	char hash[OPERATOR_HASH_MAX]; /* SHA-256 of `text`, hexadecimal */
};

/* The one in force; version 0, configured, when there is none. */
int operator_store_live(void *ctx, struct db *db, struct operator_version *out)
	__attribute__((warn_unused_result));
int operator_store_get(void *ctx, struct db *db, int64_t version, struct operator_version *out)
	__attribute__((warn_unused_result));

/* The newest `max` versions before `before`, the newest first; their number or negative errno. */
ssize_t operator_store_list(void *ctx, struct db *db, int64_t before, struct operator_version *out,
			    size_t max) __attribute__((warn_unused_result));

struct operator_change {
	int64_t base; /* the version in force on which it rests */
	const char *actor;
	const char *note;
	int64_t now_ms;
	int64_t back_to; /* as in struct operator_version */
	bool configured;
	bool forced;	  /* past the guard: the audit says so */
	const char *text; /* canonical; "" when configured */
};
/* `out`: the new version, or the one in force when it says the same. */
int operator_store_put(void *ctx, struct db *db, const struct operator_change *change,
		       struct operator_version *out) __attribute__((warn_unused_result));

/* What Redis holds of a version: its number as a comment, and the rules. Below ctx, or NULL. */
char *operator_store_published(void *ctx, const struct operator_version *version);
