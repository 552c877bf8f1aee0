/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* backoff.h - how long to wait before the next attempt: twice as long each time, with jitter.
 *
 * Does:    the n-th wait lies between half of and the whole of min * 2^n, and of max at the most:
 *          those that failed together do not come back together.
 * Units:   ms. Randomness is passed in.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stdint.h>

struct backoff {
	int64_t min_ms; /* at least 1 */
	int64_t max_ms;
	unsigned failures; /* since the last success */
};

/* Counts a failure; the wait after it. `random`: any 32 bits. */
int64_t backoff_next_ms(struct backoff *backoff, uint32_t random);
/* From now on the longest wait: the other side has said no, and asking more often will not help. */
void backoff_exhaust(struct backoff *backoff);
void backoff_reset(struct backoff *backoff);
