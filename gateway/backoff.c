/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/backoff.h"

enum { FAILURES_MAX = 64 };

static int64_t whole_wait(const struct backoff *backoff)
{
	int64_t wait = backoff->min_ms;

	for (unsigned i = 0; i < backoff->failures && wait < backoff->max_ms; i++)
		wait *= 2;
	return wait < backoff->max_ms ? wait : backoff->max_ms;
}

int64_t backoff_next_ms(struct backoff *backoff, uint32_t random)
{
	int64_t whole = whole_wait(backoff);
	int64_t half = whole / 2;

	if (backoff->failures < FAILURES_MAX)
		backoff->failures++;
	return half + (int64_t)((uint64_t)random * (uint64_t)(whole - half) / UINT32_MAX);
}

void backoff_exhaust(struct backoff *backoff)
{
	backoff->failures = FAILURES_MAX;
}

void backoff_reset(struct backoff *backoff)
{
	backoff->failures = 0;
}
