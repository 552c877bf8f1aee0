/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* api.h - the HTTP API: /v1 of deploy/openapi.json, and the console that uses it.
 *
 * Does:    a request is found in the document, whoever sends it is known by a token or a session,
 *          and asks for an ability that their roles have; then its arguments are read, and the
 *          command of the control socket is done. Its result is the body as it is; what went wrong
 *          is a problem (RFC 9457) that names the field.
 * Answers: 2xx only when the command has answered, so after its commit. 304 and 412 by ETags of the
 *          result's version.
 * Bounds:  those of http.h; API_UNDER_WAY_MAX requests of one user at a time, 60 s each.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/http.h"

enum { API_UNDER_WAY_MAX = 16 };

struct api;

/* NULL with a log line: the document is not one that can be served. */
struct api *api_create(void *ctx, struct gateway *gateway);
/* A report came to a state, committed: those who follow GET /v1/events are told. `api` may be NULL.
 */
void api_note_report(struct api *api, int64_t id, const char *state);
void api_take(struct api *api, struct http_exchange *exchange);
