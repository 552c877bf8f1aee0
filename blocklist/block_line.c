/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/block_line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 16 /* octets of a wrong word that a fault quotes */ };

/* The characters beyond ASCII that are read as something: UTF-8 octets. */
static const struct space {
	const char *text;
	size_t len;
} wide_spaces[] = {
	{ "\xe3\x80\x80", 3 }, /* U+3000 ideographic space */
	{ "\xc2\xa0", 2 },     /* U+00A0 no-break space */
	{ "\xef\xbb\xbf", 3 }, /* U+FEFF byte order mark */
};

/* U+FF01 to U+FF5E stand for '!' to '~'. */
static char fold_full_width(const char *at, size_t left)
{
	const unsigned char *u = (const unsigned char *)at;

	if (left < 3 || u[0] != 0xef || (u[2] & 0xc0) != 0x80)
		return '\0';
	if (u[1] == 0xbc && u[2] >= 0x81)
		return (char)(u[2] - 0x81 + '!');
	if (u[1] == 0xbd && u[2] <= 0x9e)
		return (char)(u[2] - 0x80 + '`');
	return '\0';
}

/* The ASCII character that `at` stands for, in small letters, and its octets; NUL for none. */
static char fold_character(const char *at, size_t left, size_t *used)
{
	char c = *at;

	*used = 1;
	if (c == '\t' || c == '\r')
		return ' ';
	for (size_t i = 0; i < sizeof(wide_spaces) / sizeof(wide_spaces[0]); i++) {
		if (left >= wide_spaces[i].len &&
		    memcmp(at, wide_spaces[i].text, wide_spaces[i].len) == 0) {
			*used = wide_spaces[i].len;
			return ' ';
		}
	}
	if ((unsigned char)c >= 0x80) {
		c = fold_full_width(at, left);
		*used = 3;
	}
	if (c < ' ' || c > '~')
		return '\0';
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int fault_at(struct block_fault *fault, unsigned column, const char *text)
{
	if (fault) {
		fault->column = column;
		snprintf(fault->text, sizeof(fault->text), "%s", text);
	}
	return -EBADMSG;
}

static bool glues(char c)
{
	return c == ',' || c == '-';
}

/* Appends one folded character; drops spaces that separate nothing. False when the line is full. */
static bool put_character(struct block_line *out, char c, unsigned column)
{
	char last = out->len > 0 ? out->text[out->len - 1] : ' ';

	if (c == ' ' && (last == ' ' || last == '=' || glues(last)))
		return true;
	if (glues(c) && last == ' ' && out->len > 0)
		out->len--;
	if (out->len == BLOCK_LINE_MAX)
		return false;
	out->text[out->len] = c;
	out->column[out->len++] = column;
	return true;
}

int block_line_fold(const char *line, size_t len, struct block_line *out, struct block_fault *fault)
{
	unsigned column = 1;
	size_t used;

	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	out->len = out->at = 0;
	for (size_t i = 0; i < len; i += used, column++) {
		char c = fold_character(line + i, len - i, &used);

		if (c == '#')
			break;
		if (c == '\0')
			return fault_at(fault, column, "unexpected character");
		if (!put_character(out, c, column))
			return fault_at(fault, column, "the rule is too long");
	}
	if (out->len > 0 && out->text[out->len - 1] == ' ')
		out->len--;
	out->column[out->len] = column;
	return 0;
}

struct block_word block_line_next(struct block_line *line)
{
	while (line->at < line->len && line->text[line->at] == ' ')
		line->at++;
	size_t from = line->at;

	while (line->at < line->len && line->text[line->at] != ' ')
		line->at++;
	return (struct block_word){ line->text + from, line->at - from };
}

bool block_word_is(struct block_word word, const char *text)
{
	return strlen(text) == word.len && memcmp(word.text, text, word.len) == 0;
}

int block_line_fault(const struct block_line *line, struct block_word word, const char *at,
		     const char *expected, struct block_fault *fault)
{
	size_t shown = (size_t)(word.text + word.len - at);
	unsigned column = line->column[at - line->text];
	char text[BLOCK_FAULT_MAX];

	if (shown == 0)
		snprintf(text, sizeof(text), "expected %s, but here it ends", expected);
	else
		snprintf(text, sizeof(text), "expected %s, found '%.*s%s'", expected,
			 (int)(shown > SHOWN_MAX ? SHOWN_MAX : shown), at,
			 shown > SHOWN_MAX ? "..." : "");
	return fault_at(fault, column, text);
}
