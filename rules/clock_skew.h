/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* clock_skew.h - what the times in a source's records tell of its clock and of its delay.
 *
 * Does:    takes, of each batch, how long ago its newest record was written when it came. Nothing
 *          comes before it was written: where that is less than nothing, the source's clock is
 *          ahead by at least as much. A clock that is behind cannot be told from a feed that is
 *          late; both are in the delay.
 * Rules:   of the samples of the last hour, and of CLOCK_SKEW_MIN at least, the third least counts:
 *          two batches with a wrong time in them change nothing. Fewer than CLOCK_SKEW_MIN samples
 *          tell nothing.
 * Units:   ms. Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { CLOCK_SKEW_SAMPLES = 64, CLOCK_SKEW_MIN = 5 };

/* All zero: no sample. */
struct clock_skew {
	struct {
		int64_t at_ms;
		int64_t delay_ms;
	} samples[CLOCK_SKEW_SAMPLES];
	size_t count; /* ever taken */
};

struct clock_skew_estimate {
	int64_t ahead_ms; /* at least; 0: not shown to be ahead */
	int64_t delay_ms; /* the median */
	size_t samples;	  /* that count */
};

void clock_skew_add(struct clock_skew *skew, int64_t now_ms, int64_t delay_ms);
struct clock_skew_estimate clock_skew_estimate(const struct clock_skew *skew, int64_t now_ms);
