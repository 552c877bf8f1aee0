/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/json_flat.h"

#include <errno.h>
#include <string.h>

static const char *skip_space(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* NULL: not a string without escapes. */
static const char *take_string(const char *at, const char **out, size_t *len)
{
	if (*at != '"')
		return NULL;
	*out = ++at;
	while ((unsigned char)*at >= ' ' && *at != '"' && *at != '\\')
		at++;
	*len = (size_t)(at - *out);
	return *at == '"' ? skip_space(at + 1) : NULL;
}

static const char *take_member(const char *at, struct json_member *out)
{
	at = take_string(skip_space(at), &out->name, &out->name_len);
	if (!at || *at != ':')
		return NULL;
	return take_string(skip_space(at + 1), &out->value, &out->value_len);
}

int json_flat_read(const char *text, struct json_member *out, size_t max)
{
	const char *at = skip_space(text);
	size_t count = 0;

	if (*at != '{')
		return -EINVAL;
	do {
		if (count == max)
			return -EINVAL;
		at = take_member(at + 1, &out[count++]);
	} while (at && *at == ',');
	if (!at || *at != '}' || *skip_space(at + 1))
		return -EINVAL;
	return (int)count;
}
