/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Texts on a terminal: Chinese takes two columns, and nothing that a peer wrote may steer it. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <unistr.h>
#include <uniwidth.h>

#include "gateway/cli.h"

/* Controls, line separators, and what reorders a line (Unicode UAX 9). */
static bool steers(ucs4_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x061c ||
	       c == 0xfeff;
}

int cli_width(const char *text)
{
	int width = 0;
	ucs4_t c;
	for (const uint8_t *at = (const uint8_t *)text; (at = u8_next(&c, at));) {
		int columns = uc_width(c, "UTF-8");
		width += columns > 0 ? columns : 0;
	}
	return width;
}

char *cli_clean(const char *text)
{
	char *clean = malloc(strlen(text) + 1);
	char *to = clean;
	ucs4_t c;
	const uint8_t *at = (const uint8_t *)text;
	if (!clean)
		return NULL;
	for (const uint8_t *next; (next = u8_next(&c, at)); at = next) {
		if (steers(c)) {
			*to++ = c == '\n' || c == '\t' ? ' ' : '?';
			continue;
		}
		memcpy(to, at, (size_t)(next - at));
		to += next - at;
	}
	*to = 0;
	return clean;
}

size_t cli_fitting(const char *text, int width)
{
	const uint8_t *at = (const uint8_t *)text;
	ucs4_t c;
	for (const uint8_t *next; (next = u8_next(&c, at)); at = next) {
		int columns = uc_width(c, "UTF-8");
		width -= columns > 0 ? columns : 0;
		if (width < 0)
			break;
	}
	return (size_t)(at - (const uint8_t *)text);
}

int cli_columns(FILE *out)
{
	const char *wanted = getenv("COLUMNS");
	int columns = wanted ? atoi(wanted) : 0;
	struct winsize size;
	if (columns > 0)
		return columns;
	return isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
