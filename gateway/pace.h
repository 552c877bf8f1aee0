/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pace.h - how much may be on its way to a peer that says that we are too fast.
 *
 * Does:    a refusal halves what may be on its way and begins a pause that grows with each one in a
 *          row; each round of messages that were taken allows one more, until there is no limit
 *          but the window's.
 * Units:   ms of one clock that only goes forward. Randomness is passed in.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/backoff.h"

struct pace {
	struct backoff backoff;
	int64_t until_ms; /* nothing is sent before; 0: no pause */
	size_t allowed;	  /* on its way at one time; 0: no limit */
	size_t taken;	  /* since one more was allowed */
};

/* Whether one more may go while `flying` are on their way. */
bool pace_allows(const struct pace *pace, size_t flying, int64_t now_ms);
/* One was refused while `flying` others are still on their way. How long we wait now; 0: the pause
 * was under way already. */
int64_t pace_refused(struct pace *pace, size_t flying, int64_t now_ms, uint32_t random);
/* One was taken; `window` is the most that could be on its way. */
void pace_taken(struct pace *pace, size_t window, int64_t now_ms);
