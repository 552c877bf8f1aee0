/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* language.h - everything that the readers of texts know of languages and of the numbering plan,
 * compiled from the tables of deploy/language/ and deploy/numbering/ (language_load.h).
 *
 * Owns:    one tree, freed as one with talloc_free.
 * Threads: read-only once made; shared by any threads.
 */
#pragma once

#include "rules/char_table.h"
#include "rules/cue.h"
#include "rules/lexicon.h"
#include "rules/numbering.h"
#include "rules/place.h"
#include "rules/text_fold_table.h"

/* How much something says that a text is a pasted advertisement; see weights.tsv. */
enum ad_weight {
	AD_URL,
	AD_NUMBER_AT_END,
	AD_OPENING,
	AD_NUMBER_FIRST,
	AD_TIME,
	AD_ENOUGH,
	AD_ENOUGH_OPENED,
	AD_WEIGHT_COUNT
};

struct language {
	const struct numbering *numbering;
	struct fold_table fold;
	struct char_table chars;
	struct lexicon lexicon;
	struct cue_list cues[CUE_KIND_COUNT];
	struct place_table places;
	int ad[AD_WEIGHT_COUNT];
};

/* The value of a numeral that may stand in a digit string, -1 for any other unit. */
static inline int language_digit(const struct language *language, char16_t c)
{
	const struct char_entry *entry = char_table_find(&language->chars, c);
	return entry && entry->use == CHAR_DIGIT ? entry->value : -1;
}

/* The value of a letter that may stand for a digit, -1 for any other unit. */
static inline int language_letter(const struct language *language, char16_t c)
{
	const struct char_entry *entry = char_table_find(&language->chars, c);
	return entry && entry->use == CHAR_LETTER ? entry->value : -1;
}
