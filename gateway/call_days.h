/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_days.h - how a number called others, day by day.
 *
 * Does:    asks the call index for each day by itself; call_manner.h gives the days as one.
 * Promise: `end` is called exactly once for a question that was taken, perhaps before
 *          call_days_ask() returns.
 * Owns:    the question hangs below ctx; with ctx it may go before its end only together with
 *          Redis. The days are gone when `end` returns.
 * Errors:  -ENOTCONN, -ENOMEM, -EINVAL for more days than there can be: `end` is not called then.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/redis_client.h"
#include "rules/call_record.h"
#include "rules/caller_day.h"

enum { CALL_DAYS_MAX = 90 };

struct call_day {
	int64_t day_ms; /* when it began, +08:00 */
	uint32_t people;
	uint32_t attempts;
	uint32_t answered;
	uint64_t seconds; /* of talk */
	bool hourly;	  /* it called many: attempts by the hour, rules/caller_day.h */
	uint16_t hours[CALLER_DAY_HOURS];
};

/* Oldest first. `ok` is false when any of them could not be asked. */
typedef void call_days_cb(void *user, const struct call_day *days, size_t count, bool ok);

struct call_days_query {
	const char *prefix; /* of the keys; borrowed until `end` */
	struct number caller;
	int64_t last_ms; /* on the last day */
	size_t days;
};

int call_days_ask(void *ctx, struct redis_client *redis, const struct call_days_query *query,
		  call_days_cb *end, void *user) __attribute__((warn_unused_result));
