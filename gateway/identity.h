/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* identity.h - who the gateway's users are, as the loop knows it: the book of tokens in force.
 *
 * Does:    reads the book at the start, and makes the first admin where there is no user: the token
 *          goes into <state_dir>/admin-secret, and nowhere else. Takes a change that was made here
 *          when it is committed; looks once a second whether another gateway of the store made one.
 *          Removes the file when its token is worth nothing any more, or another admin is there.
 * Errors:  of the watch are logged; the book stays as it was.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/identity_book.h"

struct identity;

struct identity_who {
	char user[USER_NAME_MAX];
	unsigned roles;
	int64_t token_id;
	enum token_kind kind;
	int64_t expires_ms; /* first ms at which it is nobody's */
};

struct identity *identity_create(void *ctx, struct gateway *gateway);
/* Reads the book; then `done` with 0 or -errno, and the watch begins. Until then nobody is known.
 * The first thing that the store is given. */
void identity_load(struct identity *identity, void (*done)(void *user, int rc), void *user);

/* 0, or -EACCES: nobody's, or not now. The day is noted as one on which it was used. */
int identity_of_token(struct identity *identity, const char *token, int64_t now_ms,
		      struct identity_who *out) __attribute__((warn_unused_result));
/* Whether who came with it may still go on: for what takes long. `out` may be NULL; roles may have
 * changed since. */
bool identity_token_holds(const struct identity *identity, int64_t token_id, int64_t now_ms,
			  struct identity_who *out);

/* Steals the book, which is of the store as it was committed; an older one changes nothing. */
void identity_take(struct identity *identity, struct identity_book *book);
