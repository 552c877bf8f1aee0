/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* block_time.h - the clock of the rule language: ISO 8601 with an offset, and hours in +08:00.
 *
 * Does:    reads and writes the TIME of `since` and `until`; gives weekday and minute of a moment.
 * Units:   ms since the Unix epoch, UTC. Years 1970 to 9999.
 * Threads: pure. Memory: allocates nothing. Source: ISO 8601-1 sec. 5.4; proleptic Gregorian.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { BLOCK_TIME_TEXT_MAX = 48, BLOCK_DAY_MINUTES = 24 * 60 };

/* YYYY-MM-DDTHH:MM[:SS[.fff]] and Z, +HH:MM or +HHMM; `t` and `z` may be small. NULL when read,
 * else where in `text` it went wrong, and `ms` is untouched. */
const char *block_time_read(const char *text, size_t len, int64_t *ms);

/* In +08:00; seconds and ms only where they are not 0. A moment outside the years above is brought
 * to the nearest end. Octets written without the NUL. */
size_t block_time_format(int64_t ms, char out[BLOCK_TIME_TEXT_MAX]);

/* weekday 0 = Monday; minute of the day; both in +08:00. */
void block_time_local(int64_t ms, unsigned *weekday, unsigned *minute);
