/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/csv.h"

#include <errno.h>

/* A quoted field from line[*at] on (the opening quote); leaves *at behind the closing one. */
static const char *quoted(char *line, size_t len, size_t *at, struct csv_field *field)
{
	size_t from = *at + 1;
	size_t to = from;
	size_t i = from;

	for (;;) {
		if (i >= len)
			return "quote not closed";
		if (line[i] == '"') {
			if (i + 1 >= len || line[i + 1] != '"')
				break;
			i++;
		}
		line[to++] = line[i++];
	}
	*field = (struct csv_field){ line + from, to - from };
	*at = i + 1;
	return NULL;
}

ssize_t csv_split(char *line, size_t len, char delimiter, struct csv_field fields[CSV_FIELDS_MAX],
		  size_t *column, const char **error)
{
	size_t count = 0;
	size_t at = 0;

	for (;;) {
		size_t from = at;

		*column = from + 1;
		*error = NULL;
		if (count == CSV_FIELDS_MAX)
			*error = "too many fields";
		else if (at < len && line[at] == '"')
			*error = quoted(line, len, &at, &fields[count]);
		else {
			while (at < len && line[at] != delimiter)
				at++;
			fields[count] = (struct csv_field){ line + from, at - from };
		}
		if (!*error && at < len && line[at] != delimiter)
			*error = "text behind a closed quote";
		if (*error)
			return -EBADMSG;
		count++;
		if (at >= len)
			return (ssize_t)count;
		at++;
	}
}
