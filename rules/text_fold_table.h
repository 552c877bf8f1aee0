/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_fold_table.h - how single characters fold: deploy/language/fold.tsv and simplified.tsv,
 * compiled.
 *
 * Source: Unicode compatibility decompositions (NFKC) of the characters that stand for letters and
 *         digits; Unicode CLDR Hant-Hans for traditional characters.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

enum fold_kind {
	FOLD_DROP,
	FOLD_TO,       /* all of the range become `first` */
	FOLD_SHIFT,    /* the range becomes the one that begins with `first` */
	FOLD_DIGITS,   /* digits over and over, beginning with the value `first` */
	FOLD_LETTERS,  /* letters over and over, beginning with the letter `first` (0: a) */
	FOLD_ENCLOSED, /* numbers in a circle or brackets, beginning with the value `first` */
	FOLD_KIND_COUNT
};

struct fold_range {
	uint32_t from;
	uint32_t to;
	enum fold_kind kind;
	uint16_t first;
};

enum { FOLD_HAN_FROM = 0x4e00, FOLD_HAN_TO = 0x9fff };

struct fold_table {
	/* Sorted; ranges do not overlap. */
	const struct fold_range *ranges;
	size_t range_count;
	/* The character that each ideograph is read as, 0 where it is its own. A place for every
	 * ideograph: a text is mostly of them, and a search for each cost more than the rest of
	 * folding. */
	const char16_t *han; /* FOLD_HAN_TO - FOLD_HAN_FROM + 1 */
};
