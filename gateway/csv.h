/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* csv.h - one line of a CSV file, cut into fields.
 *
 * Does:    cuts at the delimiter; a field in double quotes may hold delimiters, and quotes doubled.
 * Owns:    fields point into `line`, which is rewritten in place.
 * Returns: the number of fields, or -EBADMSG with *error naming what was wrong and *column (from
 * 1). Threads: pure. Source: RFC 4180, one record a line.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

enum { CSV_FIELDS_MAX = 64 };

struct csv_field {
	const char *text;
	size_t len;
};

ssize_t csv_split(char *line, size_t len, char delimiter, struct csv_field fields[CSV_FIELDS_MAX],
		  size_t *column, const char **error) __attribute__((warn_unused_result));
