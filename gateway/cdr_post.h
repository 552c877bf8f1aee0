/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cdr_post.h - POST /v1/cdrs: call records as NDJSON into the stream.
 *
 * Request: Content-Type application/x-ndjson, Authorization: Bearer and a token of a source; one
 *          record or watermark a line (cdr_line.h), up to CDR_POST_LINES_MAX of them in
 *          CDR_POST_BODY_MAX octets. Empty lines do not count.
 * Answer:  200 {"accepted":N,"rejected_count":M,"rejected":[{"line":L,"error":TEXT}, ...]} only
 *          after Redis has answered for each accepted line: those are in the stream, and the
 * rejected ones are nowhere. When no line was good, 422 with the same list. Everything else is a
 * problem (RFC 9457), and of such a request any part may be in the stream: send it again as a
 *          whole, repeated records do no harm. 401 the token, 413 and 415 as named, 429 too much
 *          waits, 503 Redis is away or we are ending; the last two with Retry-After.
 * Threads: the loop's; a long body is read in slices.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/http.h"

enum { CDR_POST_BODY_MAX = 1 << 20, CDR_POST_LINES_MAX = 10000 };

struct cdr_post;

struct cdr_post *cdr_post_create(void *ctx, struct gateway *gateway);
/* Takes the exchange. */
void cdr_post_take(struct cdr_post *post, struct http_exchange *exchange);
