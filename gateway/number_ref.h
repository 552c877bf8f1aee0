/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* number_ref.h - references that stand for a number and reveal nothing of it.
 *
 * Does:    "~" and 22 characters of base64url: the number packed into one block of AES-256. The
 *          same number has the same reference, so that two rows can be seen to be about one.
 *          A block has room for 20 digits and 5 octets that are zero: of all blocks, fewer than one
 *          in 2^60 is that of a number, so that what was invented is refused.
 * Owns:    a key is its caller's. Memory: allocates nothing. Threads: pure, any thread.
 * Source:  FIPS 197; RFC 4648 sec. 5.
 */
#pragma once

#include <nettle/aes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/number.h"

enum { NUMBER_REF_KEY_SIZE = 32, NUMBER_REF_MAX = 24 };

struct number_ref_key {
	struct aes256_ctx encrypt;
	struct aes256_ctx decrypt;
};

void number_ref_key_set(struct number_ref_key *key, const uint8_t octets[NUMBER_REF_KEY_SIZE]);

/* Whether the text is meant as a reference, good or not. */
bool number_ref_is(const char *text);
/* 0, or -EINVAL and "" for what is no digits: a name, a withheld number, "". */
int number_ref_make(const struct number_ref_key *key, const char *canonical,
		    char out[NUMBER_REF_MAX]);
/* 0, or -EBADMSG: not made with this key, or changed. `out` is untouched then. */
int number_ref_read(const struct number_ref_key *key, const char *text, size_t len,
		    struct number *out) __attribute__((warn_unused_result));
