/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* password.h - checks and makes crypt(5) hashes, away from the loop.
 *
 * Does:    hashes are made slow on purpose, so checking runs on the worker thread. Without a hash
 *          (an unknown name) a check takes as long as with one, and fails.
 * Threads: password_check on the loop; password_hash on any.
 * Source:  crypt(5), yescrypt.
 */
#pragma once

#include <stdbool.h>

#include "gateway/gateway.h"

enum { PASSWORD_HASH_MAX = 384 };

typedef void password_cb(void *user, bool right);
/* `cb` is called once, on the loop, later. Copies both texts. */
void password_check(struct gateway *gateway, const char *password, const char *hash,
		    password_cb *cb, void *user);

/* 0 or -EIO. */
int password_hash(const char *password, char out[PASSWORD_HASH_MAX])
	__attribute__((warn_unused_result));
