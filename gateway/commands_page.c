/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/commands_page.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "gateway/iso_time.h"

enum { CURSOR_DIGITS = 18 };

/* Digits, at least one; *text moves behind them. */
static bool read_digits(const char **text, int64_t *out)
{
	size_t len = strspn(*text, "0123456789");

	if (len == 0 || len > CURSOR_DIGITS)
		return false;
	*out = 0;
	for (size_t i = 0; i < len; i++)
		*out = *out * 10 + ((*text)[i] - '0');
	*text += len;
	return true;
}

/* "c1763778600000x4711z": with letters round them, so that nobody takes the figures for numbers of
 * subscribers (conceal.h). */
static bool read_cursor(const json_t *value, struct page *out)
{
	const char *text = json_string_value(value);

	if (!value || json_is_null(value))
		return true;
	return text && *text++ == 'c' && read_digits(&text, &out->at) && *text++ == 'x' &&
	       read_digits(&text, &out->id) && *text++ == 'z' && !*text;
}

bool page_number(struct control_request *request, const json_t *args, const char *name,
		 int64_t least, int64_t most, int64_t otherwise, int64_t *out)
{
	const json_t *value = json_object_get(args, name);

	*out = value ? json_integer_value(value) : otherwise;
	if (!value || (json_is_integer(value) && *out >= least && *out <= most))
		return true;
	control_fail(request, "%s: not from %" PRId64 " to %" PRId64, name, least, most);
	return false;
}

bool page_version(struct control_request *request, const json_t *args, int64_t *out)
{
	return page_number(request, args, "expected_version", 0, INT32_MAX, PAGE_NO_VERSION, out);
}

bool page_read(struct control_request *request, const json_t *args, struct page *out)
{
	*out = (struct page){ .at = INT64_MAX, .id = INT64_MAX };
	if (!page_number(request, args, "limit", 1, PAGE_LIMIT_MAX, PAGE_LIMIT_DEFAULT,
			 &out->limit))
		return false;
	if (read_cursor(json_object_get(args, "cursor"), out))
		return true;
	control_fail(request, "cursor: is none that an answer gave");
	return false;
}

json_t *page_next(int64_t at, int64_t id)
{
	return json_sprintf("c%" PRId64 "x%" PRId64 "z", at < 0 ? 0 : at, id);
}

bool page_time(struct control_request *request, const json_t *args, const char *name, int64_t *ms)
{
	const json_t *value = json_object_get(args, name);
	const char *text = json_string_value(value);

	if (!value || (text && iso_time_read(text, ms) == 0))
		return true;
	control_fail(request, "%s: '%s' is no time (2026-01-01T00:00+08:00)", name,
		     text ? text : "");
	return false;
}
