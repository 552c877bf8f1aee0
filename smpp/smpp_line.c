/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "smpp/smpp_utf8.h"

enum { OCTETS_SHOWN = 16 };

/* All of it or nothing, and then nothing more. */
void smpp_line_put(struct smpp_line *line, const char *text, size_t len)
{
	if (line->full || len > line->cap - line->len) {
		line->full = true;
		return;
	}
	memcpy(line->out + line->len, text, len);
	line->len += len;
}

void smpp_line_putf(struct smpp_line *line, const char *format, ...)
{
	char text[128];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len > 0)
		smpp_line_put(line, text,
			      (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

/* Controls would move a terminal's cursor, the others the order of what is read. */
static bool is_hidden(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || (cp >= 0x200b && cp <= 0x200f) ||
	       (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
}

void smpp_line_quoted(struct smpp_line *line, struct smpp_octets in)
{
	smpp_line_put(line, "\"", 1);
	for (size_t pos = 0; pos < in.len;) {
		uint32_t cp;
		size_t used = smpp_utf8_read(in.data + pos, in.len - pos, &cp);

		if (cp == SMPP_CHAR_BAD)
			for (size_t i = 0; i < used; i++)
				smpp_line_putf(line, "\\x%02x", in.data[pos + i]);
		else if (is_hidden(cp))
			smpp_line_putf(line, cp < 0x80 ? "\\x%02x" : "\\u%04x", cp);
		else if (cp == '"' || cp == '\\')
			smpp_line_putf(line, "\\%c", (char)cp);
		else
			smpp_line_put(line, (const char *)in.data + pos, used);
		pos += used;
	}
	smpp_line_put(line, "\"", 1);
}

void smpp_line_hex(struct smpp_line *line, struct smpp_octets in)
{
	smpp_line_put(line, "0x", 2);
	for (size_t i = 0; i < in.len && i < OCTETS_SHOWN; i++)
		smpp_line_putf(line, "%02x", in.data[i]);
	if (in.len > OCTETS_SHOWN)
		smpp_line_putf(line, "~%zu", in.len);
}

struct smpp_line smpp_line_begin(char *out, size_t cap)
{
	return (struct smpp_line){ .out = out, .cap = cap > 0 ? cap - 1 : 0, .none = cap == 0 };
}

size_t smpp_line_end(struct smpp_line *line)
{
	static const char dots[] = "...";

	if (line->none)
		return 0;
	if (line->full) {
		size_t room = line->cap < 3 ? line->cap : 3;
		size_t at = line->len < line->cap - room ? line->len : line->cap - room;

		/* Not in the middle of a character. */
		while (at > 0 && at < line->len && ((uint8_t)line->out[at] & 0xc0) == 0x80)
			at--;
		memcpy(line->out + at, dots, room);
		line->len = at + room;
	}
	line->out[line->len] = '\0';
	return line->len;
}
