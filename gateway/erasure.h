/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* erasure.h - the erasures of numbers that are under way, one after the other.
 *
 * Does:    takes the oldest row of the table erasure through its stages: the store's tables, a step
 *          at a time; the call index and the streams in Redis, again and again until Redis has
 *          answered; the end, when Redis has the emptied rules as well. A start goes on with what
 *          an earlier run left.
 * Promise: who waits is told once, at its end; an erasure needs nobody who waits.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/erasure_row.h"
#include "gateway/gateway.h"

struct erasures;

struct erasures *erasures_create(void *ctx, struct gateway *gateway);
/* One was begun, or may have been: look. */
void erasures_kick(struct erasures *erasures);

struct erasure_waiter {
	/* Now and then. `waits_for` NULL or what keeps it: Redis. */
	void (*progress)(void *user, const struct erasure_row *row, const char *waits_for);
	/* `row` NULL: the gateway ends before it, and goes on at its next start. */
	void (*end)(void *user, const struct erasure_row *row);
	void *user;
};
/* -ENOMEM. */
int erasures_wait(struct erasures *erasures, int64_t id, const struct erasure_waiter *waiter)
	__attribute__((warn_unused_result));
