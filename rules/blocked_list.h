/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* blocked_list.h - what was blocked for a subscriber lately, as a numbered list.
 *
 * Does:    holds the entries of a list, newest first, one for each sender and channel; writes them
 *          as text for the store and reads them back, so that a digit answers the list that was
 *          shown, whatever was blocked since.
 * Bounds:  BLOCKED_LIST_MAX entries: one digit answers.
 * Errors:  -EBADMSG for a text that blocked_list_write() does not make; `out` is untouched then.
 * Threads: pure. Memory: allocates nothing.
 * Source:  design "Blocking": blocked attempts are kept, to be asked for and released.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "rules/number.h"

/* As in the rule language; bits. */
enum blocked_channel { BLOCKED_CALL = 1, BLOCKED_SMS = 2 };

enum {
	BLOCKED_LIST_MAX = 9,
	BLOCKED_LIST_TEXT_MAX = 640, /* of a whole list, with its NUL */
	BLOCKED_COUNT_MAX = 1000000000,
};

struct blocked_entry {
	struct number sender; /* canonical, "withheld" or a name */
	enum blocked_channel channel;
	int64_t last_ms;
	uint32_t count; /* how often, from 1 */
};

/* Numbered from 1. */
struct blocked_list {
	size_t count;
	struct blocked_entry entries[BLOCKED_LIST_MAX];
};

/* "2 3 1763778600000 +85298765432\n" for each entry: channel, count, time, sender. */
void blocked_list_write(const struct blocked_list *list, char out[BLOCKED_LIST_TEXT_MAX]);
int blocked_list_read(const char *text, struct blocked_list *out)
	__attribute__((warn_unused_result));
