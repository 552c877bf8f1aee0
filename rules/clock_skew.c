/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/clock_skew.h"

enum { HOUR_MS = 3600000, RANK = 2 };

void clock_skew_add(struct clock_skew *skew, int64_t now_ms, int64_t delay_ms)
{
	size_t at = skew->count++ % CLOCK_SKEW_SAMPLES;

	skew->samples[at].at_ms = now_ms;
	skew->samples[at].delay_ms = delay_ms;
}

/* The delays that count, sorted; few enough to put each into its place. */
static size_t sort_delays(const struct clock_skew *skew, int64_t now_ms,
			  int64_t out[CLOCK_SKEW_SAMPLES])
{
	size_t kept = skew->count < CLOCK_SKEW_SAMPLES ? skew->count : CLOCK_SKEW_SAMPLES;
	size_t count = 0;

	for (size_t age = 0; age < kept; age++) {
		size_t from = (skew->count - 1 - age) % CLOCK_SKEW_SAMPLES;
		size_t at = count;

		if (age >= CLOCK_SKEW_MIN && now_ms - skew->samples[from].at_ms > HOUR_MS)
			break;
		for (; at > 0 && out[at - 1] > skew->samples[from].delay_ms; at--)
			out[at] = out[at - 1];
		out[at] = skew->samples[from].delay_ms;
		count++;
	}
	return count;
}

struct clock_skew_estimate clock_skew_estimate(const struct clock_skew *skew, int64_t now_ms)
{
	struct clock_skew_estimate estimate = { 0 };
	int64_t delays[CLOCK_SKEW_SAMPLES];

	estimate.samples = sort_delays(skew, now_ms, delays);
	if (estimate.samples < CLOCK_SKEW_MIN)
		return estimate;
	estimate.delay_ms = delays[estimate.samples / 2];
	if (delays[RANK] < 0)
		estimate.ahead_ms = -delays[RANK];
	return estimate;
}
