/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* time_read.h - when, by the text, the call or message came.
 *
 * Does:    finds days, parts of the day, clock times and "so long ago" in a text, combines them and
 *          gives the window of the latest one told. Their units become TEXT_TAKEN.
 * Units:   ms since the Unix epoch, UTC; the text speaks of +08:00. The window is half-open and
 *          never reaches beyond `received_ms`.
 * Returns: false when the text names no time, only a vague or habitual one, or one to come.
 * Memory:  allocates nothing. Threads: pure.
 * Source:  tests/data/README.md "call_time".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/lexicon.h"
#include "rules/text_fold.h"

struct time_window {
	int64_t from_ms;
	int64_t to_ms;
};

bool time_read(struct text *text, const struct token *tokens, size_t count, int64_t received_ms,
	       struct time_window *out);
