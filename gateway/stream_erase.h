/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* stream_erase.h - removes from our streams in Redis the entries that hold a number.
 *
 * Does:    looks through events, requests of rewards, their answers and what was set aside, some
 *          entries at a time, in Redis itself. Call records that wait in the feed's stream are not
 *          ours to remove: they expire with it. What a consumer has not read by then, it misses.
 * Promise: `end` is called exactly once for what began, perhaps before stream_erase() returns;
 *          `error` NULL: all of it.
 * Errors:  -ENOTCONN, -ENOMEM: nothing is called then.
 * Threads: the loop's.
 */
#pragma once

#include <stdint.h>

#include "gateway/redis_client.h"

typedef void stream_erase_end_cb(void *user, uint64_t erased, const char *error);

int stream_erase(void *ctx, struct redis_client *redis, const char *prefix, const char *digits,
		 stream_erase_end_cb *end, void *user) __attribute__((warn_unused_result));
