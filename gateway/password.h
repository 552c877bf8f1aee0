/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* password.h - checks and makes crypt(5) hashes, away from the loop.
 *
 * Does:    hashes are made slow on purpose, so checking runs on the worker thread. A name that is
 *          not known is checked against the hash of some account, always the same one for the same
 *          name, and fails: the work and the answer are those of a wrong password.
 * Threads: password_check on the loop; the others on any.
 * Source:  crypt(5), yescrypt.
 */
#pragma once

#include <stdbool.h>

#include "gateway/gateway.h"

enum { PASSWORD_OCTETS = 128, PASSWORD_HASH_MAX = 384 };

typedef void password_cb(void *user, bool right);
/* `cb` is called once, on the loop, later. Copies both texts. */
void password_check(struct gateway *gateway, const char *name, const char *password,
		    password_cb *cb, void *user);

/* Whether it is the hash's password and the account is known: one hash is made in any case. */
bool password_matches(const char *password, const char *hash, bool known);
/* The hash that a name which is not known is checked against; "" without accounts. */
const char *password_decoy(const struct config *config, const char *name);

/* 0 or -EIO. */
int password_hash(const char *password, char out[PASSWORD_HASH_MAX])
	__attribute__((warn_unused_result));
