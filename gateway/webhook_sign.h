/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* webhook_sign.h - signatures of messages between us and the rewards system.
 *
 *   X-Mianrao-Signature: t=1764038400,v1=<hex HMAC-SHA256 of "1764038400." and the body>
 *
 * Does:    makes and checks the header's value. A header may hold several v1: one that fits is
 *          enough, so that both sides can change the secret without a pause. Other names are passed
 *          over.
 * Units:   seconds since the Unix epoch.
 * Threads: pure. Memory: allocates nothing. Comparing takes the same time wherever it differs.
 * Source:  RFC 2104.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define WEBHOOK_SIGNATURE_HEADER "X-Mianrao-Signature"
enum { WEBHOOK_SIGNATURE_MAX = 128 };

struct webhook_body {
	const void *data;
	size_t len;
};

void webhook_sign(const char *secret, int64_t now_s, const struct webhook_body *body,
		  char out[WEBHOOK_SIGNATURE_MAX]);

/* 0; -EBADMSG: the header is not of this form; -ETIME: t is more than skew_s away from now;
 * -EACCES: no secret fits. `secrets` are NULL where there is none. */
int webhook_verify(const char *header, const char *const *secrets, size_t secret_count,
		   const struct webhook_body *body, int64_t now_s, int64_t skew_s)
	__attribute__((warn_unused_result));
