/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_rewards.h - POST /v1/rewards/acks: the rewards system's answers over HTTP, equal to those on
 * <prefix>rewards:acks.
 *
 * Body:    one JSON object {"id","status","reason"} or an array of up to HTTP_REWARDS_MAX of them.
 *          X-Mianrao-Signature as in webhook_sign.h, made with rewards.webhook.secret_file.
 * Answers: 200 after the commit, {"results":[{"id","result"[,"error"]}]}, one for each in its
 * place; `result` is settled or repeated, or says why the answer was not taken: to send that one
 *          again is of no use. 400 for another body, 401 for a signature that does not fit or is
 *          too old, 404 without a secret, 413 for more than 64 KiB, 503 when the store could not
 * write: send it again. Threads: the loop's.
 */
#pragma once

#include "gateway/http.h"

enum { HTTP_REWARDS_MAX = 500, HTTP_REWARDS_BODY_MAX = 65536 };

/* `user`: struct gateway. */
void http_rewards_take(void *user, struct http_exchange *exchange);
