/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* quiet_hours.h - the hours of the night in which nobody is woken by news that can wait.
 *
 * Does:    reads "22:00-08:00" (+08:00, over midnight or not; "" for none) and tells when a text
 *          may go.
 * Errors:  -EINVAL; `out` is untouched then. "08:00-08:00" is no hours at all: refused.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Minutes of the day; equal: no quiet hours. */
struct quiet_hours {
	uint16_t from;
	uint16_t to; /* the first minute that is not quiet any more */
};

int quiet_hours_parse(const char *text, struct quiet_hours *out)
	__attribute__((warn_unused_result));
/* now_ms, or the end of the quiet hours in which it lies. */
int64_t quiet_hours_end(const struct quiet_hours *hours, int64_t now_ms);
