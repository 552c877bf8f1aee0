/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* time_text.h - small looks at a text that the readers of dates, clocks and spans share.
 *
 * Memory:  allocates nothing. Threads: pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/cue.h"
#include "rules/text_fold.h"
#include "rules/time_number.h"

static inline char16_t time_unit_at(const struct text *text, size_t at)
{
	return at < text->len ? text->unit[at] : 0;
}

static inline bool time_in(int value, int low, int high)
{
	return value >= low && value <= high;
}

size_t time_skip_space(const struct text *text, size_t at);

/* The longest cue of the kind that ends before `end`, with spaces or 是 between. */
const struct cue *time_cue_before(const struct text *text, size_t end, enum cue_kind kind);

/* A number in digits behind `sign` at `at`. */
bool time_number_behind(const struct text *text, size_t at, char16_t sign, struct time_number *out);
