/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* block_line.h - one line of the rule language as words, however it was typed.
 *
 * Does:    brings a line to small ASCII with single spaces: full-width forms and spaces, no-break
 *          spaces, a byte order mark, tabs and a line end are read for what they stand for; spaces
 *          round ',' and '-' and behind '=' are dropped; a comment is cut off. Then gives words.
 * Units:   columns count characters of the line as it was given, from 1.
 * Errors:  -EBADMSG with `fault` (may be NULL) filled.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "blocklist/block_rule.h"

enum { BLOCK_LINE_MAX = 256 };

struct block_line {
	char text[BLOCK_LINE_MAX];
	unsigned column[BLOCK_LINE_MAX + 1]; /* of each octet of text, and of its end */
	size_t len;
	size_t at; /* where the next word begins */
};

struct block_word {
	const char *text; /* into the line; not NUL-terminated */
	size_t len;	  /* 0: the line is over */
};

int block_line_fold(const char *line, size_t len, struct block_line *out, struct block_fault *fault)
	__attribute__((warn_unused_result));
struct block_word block_line_next(struct block_line *line);
bool block_word_is(struct block_word word, const char *text);

/* Fills `fault`: what was expected, and what stands from `at`, inside `word`, instead. Always
 * -EBADMSG. */
int block_line_fault(const struct block_line *line, struct block_word word, const char *at,
		     const char *expected, struct block_fault *fault);
