/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* commands_page.h - arguments that many commands have: pages of lists, times, days (private to the
 * commands).
 *
 * Does:    a list is asked for with `limit` and, to go on, the `cursor` that the last answer gave
 *          as `next`: the place of its last row. To those who ask it is a word without meaning.
 * Errors:  false: the request was refused, with the argument's name.
 * Threads: the loop's, but for page_next().
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/control_request.h"

enum { PAGE_LIMIT_DEFAULT = 50, PAGE_LIMIT_MAX = 1000, PAGE_NO_VERSION = -1 };

/* Rows before (at, id), counted from the newest; without a cursor all of them. */
struct page {
	int64_t limit;
	int64_t at;
	int64_t id;
};

bool page_read(struct control_request *request, const json_t *args, struct page *out)
	__attribute__((warn_unused_result));
json_t *page_next(int64_t at, int64_t id); /* new reference */

/* ms; untouched when there is none. */
bool page_time(struct control_request *request, const json_t *args, const char *name, int64_t *ms)
	__attribute__((warn_unused_result));
/* `expected_version`, of whoever changes what they looked at before; PAGE_NO_VERSION when there is
 * none. */
bool page_version(struct control_request *request, const json_t *args, int64_t *out)
	__attribute__((warn_unused_result));
/* `otherwise` when there is none. */
bool page_number(struct control_request *request, const json_t *args, const char *name,
		 int64_t least, int64_t most, int64_t otherwise, int64_t *out)
	__attribute__((warn_unused_result));
