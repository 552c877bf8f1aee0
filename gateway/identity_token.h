/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* identity_token.h - the tokens by which the gateway's users are known.
 *
 * Form:    "mrt_" and 32 random octets in base64url, 43 characters. A prefix of its own lets those
 *          who look for secrets in the wrong places find it.
 * Threads: any.
 * Source:  RFC 4648 sec. 5.
 */
#pragma once

#include <stdbool.h>

#include "gateway/feed_token.h"

/* 0 or -EIO when the system gives no random octets. */
int identity_token_make(char token[FEED_TOKEN_MAX]) __attribute__((warn_unused_result));
/* Whether it can be one. */
bool identity_token_ok(const char *token);
