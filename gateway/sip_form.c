/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sip_form.h"

#include <string.h>

bool sip_form_is_balanced(const char *value, const char *banned)
{
	bool quoted = false;
	bool angled = false;

	for (const char *c = value; *c; c++) {
		if (quoted && *c == '\\' && c[1])
			c++;
		else if (*c == '"' && !angled)
			quoted = !quoted;
		else if (!quoted && *c == '<')
			angled = true;
		else if (!quoted && *c == '>')
			angled = false;
		else if (!quoted && !angled && strchr(banned, *c))
			return false;
	}
	return !quoted && !angled;
}

bool sip_form_has_empty_parameter(const char *value)
{
	bool quoted = false;

	for (const char *c = value; *c; c++) {
		if (*c == '"')
			quoted = !quoted;
		if (quoted || (*c != ';' && *c != ','))
			continue;
		const char *next = c + 1 + strspn(c + 1, " \t");
		if (*next == '\0' || *next == ';' || *next == ',')
			return true;
	}
	return false;
}

/* host [":" port], an IPv6 address in brackets. */
static bool is_host_port(const char *text, size_t len)
{
	const char *close = len > 0 && text[0] == '[' ? memchr(text, ']', len) : NULL;
	const char *rest = text;

	if (len == 0 || (text[0] == '[' && !close))
		return false;
	if (close)
		rest = close + 1;
	const char *colon = memchr(rest, ':', len - (size_t)(rest - text));
	if (!colon)
		return !close || (size_t)(rest - text) == len;
	if (close && colon != rest)
		return false;
	size_t digits = len - (size_t)(colon + 1 - text);
	for (size_t i = 0; i < digits; i++)
		if (colon[1 + i] < '0' || colon[1 + i] > '9')
			return false;
	return digits >= 1 && digits <= 5;
}

/* In "sip:user@host:port;...", where headers ("?") must not stand. */
bool sip_form_uri_has_host(const char *uri)
{
	const char *scheme_end = strchr(uri, ':');
	const char *at = strrchr(uri, '@');
	const char *host = at ? at + 1 : scheme_end + 1;

	return is_host_port(host, strcspn(host, ";?>")) && !strchr(host, '?');
}
