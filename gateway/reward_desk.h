/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reward_desk.h - the rewards system's answers, and repeats of requests that got none.
 *
 * Stream:  <prefix>rewards:acks, fields id, status (credited or failed), reason. An answer that
 *          cannot be used is added to <prefix>rewards:acks:bad with an `error` field. A repeated
 *          answer changes nothing; one that contradicts an earlier one is set aside.
 * Promise: an answer is acknowledged after its commit.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"

struct reward_desk;

struct reward_desk *reward_desk_create(void *ctx, struct gateway *gateway);
void reward_desk_stop(struct reward_desk *desk);
