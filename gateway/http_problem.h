/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_problem.h - why a request is not answered with what it asks for: RFC 9457.
 *
 * Does:    application/problem+json with type, title, status, detail, and `field` when one part of
 *          the request is to blame. 401 tells how to prove who one is, 429 and 503 when to come
 *          again.
 * Threads: the loop's.
 */
#pragma once

#include <jansson.h>

#include "gateway/http.h"

/* `field` NULL: the request as a whole. The exchange is gone then. */
void http_problem_answer(struct http_exchange *exchange, int code, const char *field,
			 const char *detail);
/* The same as an object, for one of many questions; NULL: out of memory. */
json_t *http_problem(int code, const char *field, const char *detail);
