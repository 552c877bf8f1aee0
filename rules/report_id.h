/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_id.h - receipt numbers that a person can read out: R7K3M9Q2.
 *
 * Does:    turns the store's row number into `R`, six Crockford base32 letters and a check
 *          character, and back. Row numbers are scattered by a fixed permutation of 30 bits, so
 *          neighbours do not look alike. From 2^30 on the long form, `R` and 14 digits, is used:
 *          13 of the row and a check digit. A check finds every single wrong character and every
 *          exchange of neighbours. A row below 0 or from 10^13 on formats as "".
 *          Reading skips spaces and hyphens.
 * Returns: 0 or -EBADMSG (wrong form or check character); outputs untouched on failure.
 * Threads: pure. Source: Crockford base32 (I, L read as 1, O as 0; case does not matter).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { REPORT_ID_MAX = 16 };

void report_id_format(int64_t row, char out[REPORT_ID_MAX]);
int report_id_parse(const char *text, size_t len, int64_t *row) __attribute__((warn_unused_result));
