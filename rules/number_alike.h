/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* number_alike.h - numbers made to look like an official one.
 *
 * Does:    tells which official number a number imitates, and how. The mark stands beside the
 *          canonical form and never changes it: it is for the evidence and for those who ask why.
 * Not:     a number in a telephone's own way of writing digits (full-width, circled, Chinese), an
 *          area code before the official number, and the operator's own longer numbers are none.
 * Returns: true and *out when it imitates one; else false, and *out is ALIKE_NONE.
 * Memory:  allocates nothing. Threads: pure, any thread.
 * Source:  tests/data/numbering.md "Codes without area", "International".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/numbering.h"

struct language;

enum number_alike {
	ALIKE_NONE,
	ALIKE_LETTERS,	/* 1OO85: letters for digits, of whatever alphabet */
	ALIKE_COUNTRY,	/* +8610085, 008610085, 8610085 */
	ALIKE_ZERO,	/* 010085, +10085: dialled from nowhere so */
	ALIKE_REPEATED, /* 100855, 100085: a digit once more */
	ALIKE_LONGER,	/* 10085 and more digits */
	ALIKE_TAIL,	/* 95010085: a code or foreign number that ends so */
	ALIKE_COUNT
};

struct number_likeness {
	enum number_alike kind;
	char official[OFFICIAL_DIGITS_MAX + 1]; /* "" for ALIKE_NONE */
};

/* `written` is UTF-8: what a text or a display shows, or a canonical number. */
bool number_looks_like(const struct language *language, const char *written, size_t len,
		       struct number_likeness *out);

/* The same for digits that were read already; `letters` says that some were letters. */
bool number_alike_digits(const struct numbering *plan, bool plus, const char *digits, size_t len,
			 bool letters, struct number_likeness *out);

const char *number_alike_name(enum number_alike kind); /* "letters" */
