/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* number_run.h - digits that may be telephone numbers, taken out of a text; used by number_find.c
 * only.
 *
 * Does:    a run is a chain of pieces with separators between them; a piece is digits of one
 * writing that touch each other. Tells which pieces are whole numbers by themselves, and what
 *          several of them make together.
 * Input:   a folded text in which all other digits are already TEXT_TAKEN.
 * Memory:  allocates nothing. Threads: pure.
 * Source:  tests/data/README.md "Reading digits", "Clarifications".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <uchar.h>

#include "rules/number.h"
#include "rules/text_fold.h"

enum { NUMBER_PIECES_MAX = 64, NUMBER_PIECE_DIGITS_MAX = 30, NUMBER_CODE_MIN = 5 };

enum writing { WRITING_NONE, WRITING_PLAIN, WRITING_ENCLOSED, WRITING_CHINESE, WRITING_LETTER };

struct number_piece {
	size_t from, to;
	size_t first; /* in run->digits */
	size_t count;
	char16_t separator; /* before it; 0 when it touches the piece before */
	enum writing writing;
	bool whole; /* a number by itself */
};

struct number_run {
	const struct numbering *plan;
	bool plus;
	bool masked_before, masked_after;
	size_t from;
	struct number_piece piece[NUMBER_PIECES_MAX];
	size_t count;
	char digits[NUMBER_PIECES_MAX * NUMBER_PIECE_DIGITS_MAX];
	size_t digit_count;
};

/* A digit in some writing stands at `at`. */
bool number_run_begins(const struct text *text, size_t at);

/* Reads the run that begins at `at` with a digit, or with a plus before one; returns its end. */
size_t number_run_gather(const struct text *text, size_t at, struct number_run *run);

/* Begins with a plus or with 00. */
bool number_run_is_abroad(const struct number_run *run);

/* The number that the pieces from i to j make; false when they make none. */
bool number_run_join(const struct number_run *run, size_t i, size_t j, struct number *out);

/* Fills `whole` of each piece. */
void number_run_mark_whole(struct number_run *run);
