/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* gauges.h - figures of the store for the metrics: counted once at the start, then kept; and
 * those that the parts tell.
 *
 * Does:    counts open reports and open rewards at the start (later changes add and subtract), the
 *          outbox every second, and overdue rewards every few.
 * Threads: the loop's; counting is on the store thread at the start, then on the reader.
 */
#pragma once

#include "gateway/gateway.h"

/* Sets reports_open and rewards_open; `done` with 0 or -errno. What was changed before it is in the
 * count, what is changed later comes on top. */
void gauges_load(struct gateway *gateway, void (*done)(void *user, int rc), void *user);
/* Counts the outbox unless a count is under way. */
void gauges_refresh(struct gateway *gateway);
/* Takes into the metrics what the parts tell of themselves at this moment. */
void gauges_sample(struct gateway *gateway);
