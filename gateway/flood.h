/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* flood.h - how many texts of a sender are answered.
 *
 * Does:    counts the texts of each sender in windows that begin with the first of them. Beyond the
 *          bound one more is answered, to say that the others are not; it is never said of a report
 *          that it was not read.
 * Bounds:  a table of fixed size. Who was longest silent is forgotten first, and answered again.
 * Units:   now_ms is the time of receipt: texts that were stored and are read late count as they
 * came. Threads: pure but for the table; one thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct flood;

enum flood_turn {
	FLOOD_ANSWER,
	FLOOD_LAST, /* say that no more answers come */
	FLOOD_SILENT,
};

struct flood_bound {
	int64_t window_ms;
	uint32_t answers; /* 0: no bound */
};

/* `senders`: a power of two; so many are remembered at least while they are spread evenly. */
struct flood *flood_create(void *ctx, size_t senders);
enum flood_turn flood_take(struct flood *flood, const char *sender, int64_t now_ms,
			   struct flood_bound bound);
