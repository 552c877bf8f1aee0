/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reward_webhook.h - requests of credits and reversals, posted to the rewards system.
 *
 * Does:    delivers the outbox's channel OUTBOX_WEBHOOK: the request's fields as a JSON object, the
 *          same that mr:rewards carries. What an answer means:
 *            2xx            taken. A JSON body with `status` is the answer to the request as well;
 *                           without one, the answer comes later (http_rewards.h, or the stream)
 *            408, 429       posted again later, not before Retry-After
 *            other 4xx      refused for good: failed, with the status and what the body says
 *            all else       posted again, each request by its own clock, twice as late each time
 * Promise: at least once, and each id once at a time. Order is not kept.
 * Bounds:  webhook.connections requests under way; WEBHOOK_WINDOW rows in memory.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"

enum { WEBHOOK_WINDOW = 256 };

struct reward_webhook;

/* NULL with a log line. */
struct reward_webhook *reward_webhook_create(void *ctx, struct gateway *gateway);
/* Something may have been put: look. */
void reward_webhook_kick(struct reward_webhook *webhook);
