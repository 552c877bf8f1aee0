/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* clock.h - the two clocks of the shell. The pure parts are given their times. */
#pragma once

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ms(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ms since the Unix epoch, UTC. */
static inline int64_t clock_now_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

/* For intervals only. */
static inline int64_t clock_monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}
