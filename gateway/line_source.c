/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/line_source.h"

#include <errno.h>
#include <string.h>
#include <unistr.h>

enum { ESCAPE_OCTETS = 6 }; /* \u001f */

void line_source_begin(struct line_source *source, FILE *file)
{
	source->file = file;
	source->next_line = 1;
	source->line_len = 0;
}

static const char *what_is_wrong(const char *line, size_t len)
{
	if (memchr(line, '\0', len))
		return "holds a NUL";
	return u8_check((const uint8_t *)line, len) ? "is not UTF-8" : NULL;
}

/* The next line with its end into source->line; false at the end of the file. */
static bool read_line(struct line_source *source)
{
	bool too_long = false;
	size_t len = 0;
	const char *wrong;
	int c;

	while ((c = getc_unlocked(source->file)) != EOF && c != '\n') {
		if (len < LINE_MAX_OCTETS)
			source->line[len++] = (char)c;
		else
			too_long = true;
	}
	if (c == EOF && len == 0)
		return false;
	wrong = too_long ? "is too long" : what_is_wrong(source->line, len);
	if (wrong) {
		source->bad(source->user, source->next_line, wrong);
		len = 0;
	}
	source->line[len++] = '\n';
	source->line_len = len;
	return true;
}

/* As JSON text it is longer. */
static size_t sent_octets(const char *line, size_t len)
{
	size_t octets = len;

	for (size_t i = 0; i < len; i++) {
		if (line[i] == '"' || line[i] == '\\' || line[i] == '\n')
			octets++;
		else if ((unsigned char)line[i] < ' ')
			octets += ESCAPE_OCTETS - 1;
	}
	return octets;
}

int line_source_next(struct line_source *source, struct line_chunk *chunk)
{
	size_t sent = 0;

	chunk->first_line = source->next_line;
	chunk->lines = 0;
	chunk->len = 0;
	while (source->line_len > 0 || read_line(source)) {
		size_t octets = sent_octets(source->line, source->line_len);

		if (sent + octets > CHUNK_OCTETS)
			break;
		memcpy(chunk->text + chunk->len, source->line, source->line_len);
		chunk->len += source->line_len;
		sent += octets;
		chunk->lines++;
		source->next_line++;
		source->line_len = 0;
	}
	chunk->text[chunk->len] = '\0';
	if (ferror(source->file))
		return errno ? -errno : -EIO;
	return chunk->lines > 0;
}
