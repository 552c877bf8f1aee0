/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/pace.h"

enum { PAUSE_MIN_MS = 250, PAUSE_MAX_MS = 10000 };

bool pace_allows(const struct pace *pace, size_t flying, int64_t now_ms)
{
	return now_ms >= pace->until_ms && (pace->allowed == 0 || flying < pace->allowed);
}

int64_t pace_refused(struct pace *pace, size_t flying, int64_t now_ms, uint32_t random)
{
	int64_t wait_ms;

	/* It was on its way when the pause began. */
	if (now_ms < pace->until_ms)
		return 0;
	pace->backoff.min_ms = PAUSE_MIN_MS;
	pace->backoff.max_ms = PAUSE_MAX_MS;
	pace->allowed = flying > 1 ? (flying + 1) / 2 : 1;
	pace->taken = 0;
	wait_ms = backoff_next_ms(&pace->backoff, random);
	pace->until_ms = now_ms + wait_ms;
	return wait_ms;
}

void pace_taken(struct pace *pace, size_t window, int64_t now_ms)
{
	/* One that was on its way before the pause says nothing about what comes after it. */
	if (pace->allowed == 0 || now_ms < pace->until_ms)
		return;
	pace->until_ms = 0;
	backoff_reset(&pace->backoff);
	if (++pace->taken < pace->allowed)
		return;
	pace->taken = 0;
	pace->allowed++;
	if (pace->allowed >= window)
		pace->allowed = 0;
}
