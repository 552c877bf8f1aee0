/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* json_flat.h - the simplest JSON of our own (json_out.h) taken apart where it lies.
 *
 * Does:    reads an object all of whose values are strings without escapes. Whatever else the text
 *          may be, jansson reads it.
 * Owns:    members point into the text, and are not terminated.
 * Threads: pure. Memory: allocates nothing.
 * Source:  RFC 8259.
 */
#pragma once

#include <stddef.h>

struct json_member {
	const char *name;
	size_t name_len;
	const char *value;
	size_t value_len;
};

/* How many members there are; -EINVAL when the text is no such object or has more than `max`. */
int json_flat_read(const char *text, struct json_member *out, size_t max)
	__attribute__((warn_unused_result));
