/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* iso_time.h - times as people and programs read them: "2025-10-18T08:51:30+08:00".
 *
 * Units:   ms since the Unix epoch, UTC, in; the text is in +08:00, to the second (rounded down).
 * Errors:  writing has none; a time outside the years 1 to 9999 gives "?". Reading: -EBADMSG.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stdint.h>

enum { ISO_TIME_MAX = 32 };

/* Returns out, for use in an argument list. */
const char *iso_time_format(int64_t ms, char out[ISO_TIME_MAX]);

/* A time as people type it: with an offset, else in +08:00; with seconds or without; a date alone
 * is its midnight; or Unix seconds or ms. `ms` is untouched on failure. */
int iso_time_read(const char *text, int64_t *ms) __attribute__((warn_unused_result));
