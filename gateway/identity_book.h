/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* identity_book.h - who is known by which token, at one version of the store.
 *
 * Does:    holds the hash of every token that was not revoked and whose user is enabled, sorted. It
 *          is read as a whole and never changed; only when it was last used is noted in it.
 * Clock:   a token is good from five minutes before it was made, since clocks of gateways differ,
 *          up to its last ms. A clock that is set back further than that makes it worthless rather
 *          than good for longer; put right, it is good again.
 * Owns:    talloc'ed.
 * Threads: one at a time.
 */
#pragma once

#include "gateway/user_store.h"

struct identity_book;

struct identity_entry {
	char hash[FEED_TOKEN_HASH_MAX];
	char user[USER_NAME_MAX];
	unsigned roles;
	int64_t token_id;
	enum token_kind kind;
	int64_t created_ms;
	int64_t expires_ms;
	int64_t used_day_ms; /* 0: never */
};

enum { IDENTITY_SKEW_MS = 5 * 60 * 1000 };

/* In a transaction, so that it is of one version. */
int identity_book_read(void *ctx, struct db *db, struct identity_book **out)
	__attribute__((warn_unused_result));
int identity_book_version(struct db *db, int64_t *out) __attribute__((warn_unused_result));

int64_t identity_book_is(const struct identity_book *book); /* its version */
size_t identity_book_count(const struct identity_book *book);
/* NULL: nobody, or not at this time. How long it takes tells something of a hash, and nothing of a
 * token of 256 random bits. */
struct identity_entry *identity_book_find(struct identity_book *book, const char *hash,
					  int64_t now_ms);
const struct identity_entry *identity_book_token(const struct identity_book *book, int64_t token_id,
						 int64_t now_ms);
/* Whether the first admin's secret still has a use: it is good, and there is no other admin. */
bool identity_book_wants_secret(const struct identity_book *book, int64_t now_ms);
