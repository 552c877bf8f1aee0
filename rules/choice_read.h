/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* choice_read.h - the short answers to a question of ours: a place in a list, or "yes".
 *
 * Does:    reads "2", "２", "②", "二", "第2个", "选2", "no. 2", "2，推销宽带的" as 2, and 是, 对的,
 *          Y, ok as consent. Whether a question is open is not known here: without one, such texts
 *          say nothing.
 * Input:   UTF-8 that may hold anything. More than CHOICE_TEXT_MAX octets are no short answer.
 * Returns: 1 to 9, or 0 for anything else; a digit that goes on (12, 4G, 3点) is something else.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct language; /* language.h */

enum { CHOICE_TEXT_MAX = 120 };

int choice_read(const struct language *language, const char *utf8, size_t len);
bool consent_read(const struct language *language, const char *utf8, size_t len);
