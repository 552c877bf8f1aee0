/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pseudonym.h - what stands where the number of somebody stood who was erased: "~" and hex digits
 * by chance, the same in all rows. Nobody can tell the number by it.
 *
 * Threads: any.
 */
#pragma once

#include <stdbool.h>

enum { PSEUDONYM_MAX = 20 };

/* 0, or -EIO: there were no random octets. */
int pseudonym_make(char out[PSEUDONYM_MAX]) __attribute__((warn_unused_result));
bool pseudonym_is(const char *number);
