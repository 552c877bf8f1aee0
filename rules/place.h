/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* place.h - countries and regions by name: deploy/language/places.tsv, compiled.
 *
 * Does:    finds the longest name that stands at a place of a text. One of Latin letters has to
 *          stand free of other letters.
 * Memory:  allocates nothing. Threads: pure; the table is the language's.
 */
#pragma once

#include "rules/text_fold.h"

enum { PLACE_ABROAD = 0, PLACE_HMT = 1000, PLACE_ZH_MAX = 12, PLACE_EN_MAX = 24 };

struct place {
	uint16_t code; /* country calling code, PLACE_ABROAD or PLACE_HMT */
	const char *zh;
	const char *en;
};

struct place_word {
	const char16_t *text;
	size_t len;
	uint16_t code;
};

struct place_table {
	const struct place *places;
	size_t place_count;
	const struct place_word *words; /* by their first unit; of those that share it the longest
					   first */
	size_t word_count;
};

/* NULL: none stands there. */
const struct place *place_find(const struct text *text, size_t at, size_t *len);
const struct place *place_of_code(const struct language *language, uint16_t code);
