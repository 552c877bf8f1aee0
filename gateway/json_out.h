/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* json_out.h - JSON written straight into a buffer: what the store thread publishes for each
 * report.
 *
 * Does:    writes objects, arrays and their members in the order of the calls; jansson, which
 * builds a tree first, takes some ten times as long and reads everything that comes from outside.
 * Input:   names and texts are UTF-8; octets that are none become U+FFFD.
 * Bounds:  never writes past `size`. What does not fit is left out, and json_out_end() says so.
 * Threads: pure. Memory: allocates nothing.
 * Source:  RFC 8259.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_out {
	char *text;
	size_t size;
	size_t len;
	bool comma; /* a member stands before the next one */
	bool full;
};

void json_out_begin(struct json_out *out, char *text, size_t size);
/* `name` NULL: an element of an array, or the outermost value. */
void json_out_open(struct json_out *out, const char *name, char bracket); /* '{' or '[' */
void json_out_close(struct json_out *out, char bracket);		  /* '}' or ']' */
void json_out_text(struct json_out *out, const char *name, const char *value);
void json_out_int(struct json_out *out, const char *name, int64_t value);
void json_out_bool(struct json_out *out, const char *name, bool value);
/* Terminates the text. 0 or -EMSGSIZE. */
int json_out_end(struct json_out *out) __attribute__((warn_unused_result));
