/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* feed_token.h - the tokens with which sources of call records prove who they are over HTTP.
 *
 * Does:    makes a token of 256 random bits, so that a fast hash keeps it as well as a slow one
 *          keeps a password; tells whose a token is in a time that does not depend on how much of
 *          it is right.
 * Form:    a hash is "sha256:" and 64 hex digits.
 * Threads: any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { FEED_TOKEN_MAX = 128, FEED_TOKEN_MIN = 24, FEED_TOKEN_HASH_MAX = 72 };

/* 0 or -EIO when the system gives no random octets. */
int feed_token_make(char token[FEED_TOKEN_MAX]) __attribute__((warn_unused_result));
/* 0, or -EINVAL: shorter than FEED_TOKEN_MIN, too long, or with octets that no header may have. */
int feed_token_hash(const char *token, size_t len, char hash[FEED_TOKEN_HASH_MAX])
	__attribute__((warn_unused_result));
bool feed_token_hash_ok(const char *hash);
/* `a` and `b` are hashes. */
bool feed_token_same(const char *a, const char *b);
