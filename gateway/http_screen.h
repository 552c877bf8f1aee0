/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_screen.h - GET and POST /v1/screen: may this call or message reach this subscriber?
 *
 * Request: Authorization: Bearer and a token of a client that may `screen` (http.clients). GET: one
 *          question in the query; POST: a batch of them in at most HTTP_SCREEN_BODY_MAX octets
 *          (screen_ask.h).
 * Answer:  200 with the decision, by the near cache and the failure policy as for hubs and SIP:
 *          {"decision","channel","from","to","international","forged","tier","rule","version",
 *          "label","by_failure_policy"}, with `why` when it was asked for. A batch: an array of
 *          them, or lines for lines, in the order of the questions; a question that cannot be read
 *          has a problem in its place. Else a problem (RFC 9457) that names the field: 400 and 413
 *          the request, 401 and 403 the token, 415 its type, 503 while the rules are loaded.
 * Effects: what is blocked is noted as an attempt, like a hub's or a proxy's, unless the question
 *          says enforce=false.
 * Threads: the loop's; it waits for nobody.
 */
#pragma once

#include "gateway/http.h"

enum { HTTP_SCREEN_BODY_MAX = 256 * 1024 };

/* `user`: struct gateway. */
void http_screen_take(void *user, struct http_exchange *exchange);
