/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* blocked_digest.h - the daily summary: one text a day with what was blocked the day before.
 *
 * Does:    from blocking.digest_hour on, puts a text in the outbox for each subscriber who wished
 *          it and of whom something was blocked on the last whole day (+08:00); the list in it is a
 *          question that a digit answers.
 * Promise: one text a day at most: that the day was told is written in the transaction that puts
 *          the text. A restart loses no summary; of days that passed meanwhile only the last is
 *          told.
 * Bounds:  DIGEST_STEP subscribers a transaction.
 * Threads: the loop's, but for blocked_digest_switch, which is the store thread's.
 */
#pragma once

#include "gateway/db.h"
#include "gateway/gateway.h"

enum { DIGEST_STEP = 100 };

struct blocked_digest;

struct blocked_digest *blocked_digest_create(void *ctx, struct gateway *gateway);
void blocked_digest_start(struct blocked_digest *digest);

/* `route`: by which its texts go. The first summary is of the day on which it was switched on. */
/* 1 when the subscriber has one, or 0. */
int blocked_digest_is_on(struct db *db, const char *subscriber) __attribute__((warn_unused_result));
int blocked_digest_switch(struct db *db, const char *subscriber, const char *route, bool on,
			  int64_t now_ms) __attribute__((warn_unused_result));
