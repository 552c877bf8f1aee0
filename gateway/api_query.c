/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/api_query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 8192 };

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The length without the NUL, or -EBADMSG. */
static ssize_t decode(const char *text, size_t len, bool plus, char *out, size_t cap)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		int c = (unsigned char)text[i];

		if (used + 1 >= cap)
			return -EBADMSG;
		if (c == '+' && plus) {
			c = ' ';
		} else if (c == '%') {
			int high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
			int low = i + 2 < len ? hex_digit(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return -EBADMSG;
			c = high * 16 + low;
			i += 2;
		}
		if (c == 0)
			return -EBADMSG;
		out[used++] = (char)c;
	}
	out[used] = '\0';
	return (ssize_t)used;
}

/* ---- the query ---- */

/* A text that is to be shown; "" when it cannot be. */
static const char *shown(const char *name)
{
	for (size_t i = 0; name[i]; i++)
		if (name[i] <= ' ' || name[i] > '~' || i >= API_FIELD_MAX - 1)
			return "";
	return name;
}

static int take_pair(const char *pair, size_t len, json_t *into, char *memory,
		     struct api_fault *fault)
{
	const char *equals = memchr(pair, '=', len);
	size_t name_len = equals ? (size_t)(equals - pair) : len;
	char *name = memory;
	char *value = memory + TEXT_MAX;
	json_t *text;

	if (decode(pair, name_len, true, name, TEXT_MAX) < 1)
		return api_fault_set(fault, "", "the query has a name that cannot be read");
	if (decode(equals ? equals + 1 : "", equals ? len - name_len - 1 : 0, true, value,
		   TEXT_MAX) < 0)
		return api_fault_set(fault, shown(name), "cannot be read");
	if (json_object_get(into, name))
		return api_fault_set(fault, shown(name), "comes twice");
	if (json_object_size(into) >= API_QUERY_MAX)
		return api_fault_set(fault, "", "the query has more than %d names", API_QUERY_MAX);
	text = json_string(value);
	if (!text)
		return api_fault_set(fault, shown(name), "is not UTF-8");
	if (json_object_set_new(into, name, text) < 0)
		return api_fault_set(fault, "", "the query has a name that is not UTF-8");
	return 0;
}

int api_query_parse(const char *query, json_t **out, struct api_fault *fault)
{
	char *memory = malloc((size_t)2 * TEXT_MAX);
	json_t *into = json_object();
	int rc = memory && into ? 0 : -ENOMEM;

	while (rc == 0 && query && *query) {
		size_t len = strcspn(query, "&");

		if (len > 0)
			rc = take_pair(query, len, into, memory, fault);
		query += len;
		query += *query == '&';
	}
	free(memory);
	if (rc < 0)
		json_decref(into);
	else
		*out = into;
	return rc;
}

/* ---- the path ---- */

int api_path_parse(const char *path, struct api_path *out)
{
	out->count = 0;
	while (*path) {
		size_t len;

		if (*path++ != '/' || out->count == API_SEGMENTS_MAX)
			return -EBADMSG;
		len = strcspn(path, "/");
		if (decode(path, len, false, out->segments[out->count], API_SEGMENT_LEN_MAX) < 1)
			return -EBADMSG;
		out->count++;
		path += len;
	}
	return out->count > 0 ? 0 : -EBADMSG;
}
