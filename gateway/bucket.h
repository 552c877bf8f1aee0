/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bucket.h - a token bucket: so many a second, and a burst of one second.
 *
 * Units:   rate in tokens a second, 0: unlimited; times in ms of one clock that only goes forward.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct bucket {
	double tokens;
	int64_t filled_ms;
};

/* Full. */
void bucket_init(struct bucket *bucket, uint32_t rate, int64_t now_ms);
/* Whether bucket_take() would succeed. */
bool bucket_has(const struct bucket *bucket, uint32_t rate, int64_t now_ms);
bool bucket_take(struct bucket *bucket, uint32_t rate, int64_t now_ms);
/* How long until there is a token; 0: there is one. */
int64_t bucket_wait_ms(const struct bucket *bucket, uint32_t rate, int64_t now_ms);
