/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* time_number.h - small numbers as times are written: 8, 08, 八, 十二, 二十五, 两, twelve-odd.
 *
 * Memory:  allocates nothing. Threads: pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/text_fold.h"

struct time_number {
	int value;
	int upto;      /* two or three: value 2, upto 3; else equal to value */
	size_t digits; /* digits written, 0 for words */
	size_t end;    /* unit behind the number */
	bool few;      /* "several": value 0; "ten and several": value 10, upto 20 */
	bool words;
};

/* False when no number stands at `at`, or one that goes on with other digits. */
bool time_number_at(const struct text *text, size_t at, struct time_number *out);
