/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_walk.h - all call records of one called number, day by day, out of Redis.
 *
 * Does:    asks for the number's field of its bucket for each day of a window; nothing of another
 *          number is asked for.
 * Promise: `end` is called exactly once for a walk that began, after the last `run`; `ok` is false
 *          when any day could not be asked. It may be called before call_walk() returns.
 * Owns:    a walk hangs below ctx; with ctx it may go before its end only together with Redis.
 * Errors:  -ENOTCONN, -ENOMEM, -EINVAL for a number that is in no bucket: nothing is called then.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/redis_client.h"
#include "rules/call_record.h"

struct call_walk_query {
	const char *prefix; /* of the keys; borrowed until `end` */
	const char *called; /* canonical; borrowed for the call */
	int64_t from_ms;    /* days that the half-open window touches */
	int64_t to_ms;
};

/* One day's packed records, borrowed. Not called for a day without any. */
typedef void call_walk_run_cb(void *user, const uint8_t *run, size_t len, int64_t day_start_ms);
typedef void call_walk_end_cb(void *user, bool ok);

int call_walk(void *ctx, struct redis_client *redis, const struct call_walk_query *query,
	      call_walk_run_cb *run, call_walk_end_cb *end, void *user)
	__attribute__((warn_unused_result));
