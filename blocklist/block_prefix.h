/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* block_prefix.h - a number, or the beginning of one, as a rule names it.
 *
 * Does:    reads a whole number as rules/number.h does. What is no whole number is read as a
 *          prefix: "00" and "86" stand for '+' and "+86", a single 0 for "+86" (an area code), and
 *          1 with 3 to 9 behind it begins a mobile number ("170" is "+86170"). So a prefix begins
 *          as the canonical numbers do that it shall match.
 * Returns: 0 or -EBADMSG; `out` is untouched on failure. Reading a result again gives the same.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/number.h"

/* `whole`: accept whole numbers only. */
int block_prefix_read(const struct numbering *plan, const char *text, size_t len, bool whole,
		      struct number *out) __attribute__((warn_unused_result));
