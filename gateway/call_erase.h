/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_erase.h - removes from the call index what is known of one number.
 *
 * Does:    calls to the number and how it calls others are under its own keys, and go at once, day
 *          by day. Calls by it are with those whom it called: there is no index by caller, so every
 *          bucket is looked through, one at a time, in Redis itself; that takes some minutes where
 *          millions of records are, and holds up nobody.
 * Limits:  the HyperLogLogs of others, by which the people whom they called are counted, cannot
 * lose a member; nobody can be read out of one, and they expire. A record that the feed brings
 *          again is indexed again. Reports, with their evidence, are not call records.
 * Promise: `end` is called exactly once for an erasure that began, perhaps before call_erase()
 * returns. Errors:  -ENOTCONN, -ENOMEM, -EINVAL for what can be in no record: nothing is called
 * then. Threads: the loop's.
 */
#pragma once

#include "gateway/redis_client.h"
#include "rules/number.h"

struct call_erased {
	uint64_t to_number; /* records */
	uint64_t by_number;
	uint64_t counters; /* days of how it calls others */
	uint64_t listed;   /* days on which it stood in a caller's list of people */
	uint64_t buckets;  /* looked through so far */
};

struct call_erase_hooks {
	void (*progress)(void *user, const struct call_erased *so_far); /* now and then */
	/* `error` NULL: all of it. Else part of it may be gone; do it again. */
	void (*end)(void *user, const struct call_erased *erased, const char *error);
};

int call_erase(void *ctx, struct redis_client *redis, const char *prefix, uint32_t retention_days,
	       const struct number *number, const struct call_erase_hooks *hooks, void *user)
	__attribute__((warn_unused_result));
