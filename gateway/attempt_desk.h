/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* attempt_desk.h - blocked attempts on their way to the store.
 *
 * Does:    notes an attempt in memory and returns at once; what was noted is written a few times a
 *          second in one operation, a sender's repeated attempts as one with a count.
 * Promise: a decision and its answer never wait for this. What does not fit is dropped and counted
 *          (attempts_dropped_total); what was acknowledged to a hub as kept does not come this way
 *          (quarantine.h).
 * Bounds:  ATTEMPT_BATCH_MAX different attempts between two writings.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/attempt_row.h"
#include "gateway/gateway.h"
#include "gateway/screen.h"

enum { ATTEMPT_BATCH_MAX = 1024 };

struct attempt_desk;

struct attempt_desk *attempt_desk_create(void *ctx, struct gateway *gateway);
/* Of a hub's message or a call over SIP. `account`: the hub's, or the SIP source. */
void attempt_desk_note(struct attempt_desk *desk, const struct block_attempt *attempt,
		       const struct screen_answer *answer, const char *account);
/* On the way out: nothing waits for its time any more. */
void attempt_desk_flush(struct attempt_desk *desk);
/* Nothing that was noted is in memory any more. */
bool attempt_desk_settled(const struct attempt_desk *desk);

/* An attempt as it is stored, with a count of 1. */
void attempt_row_fill(struct attempt_row *row, const struct block_attempt *attempt,
		      const struct screen_answer *answer, const char *account);
/* From when on a subscriber's attempts are still there: the beginning of a day. */
int64_t attempt_desk_since(const struct gateway *gateway, int64_t now_ms);
