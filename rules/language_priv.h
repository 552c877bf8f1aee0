/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* language_priv.h - what the loaders of the single tables share; used by *_load.c only.
 *
 * Each loader reads its tables, tells faults, and fills its part of `language`. Where memory is
 * short it sets `no_memory` and leaves the rest.
 */
#pragma once

#include "rules/language_load.h"

enum { LANGUAGE_WORD_MAX = 60 }; /* units of a folded word */

struct language_loader {
	struct language *language; /* under construction; what is made goes below it */
	const struct language_tables *tables;
	struct table_faults *faults;
	/* The folded words of the tables one behind the other, each with its 0; room for all. */
	char16_t *pool;
	size_t pool_used;
	bool no_memory;
};

/* Where something is said. */
struct table_place {
	const struct table_text *table;
	size_t line;
};

void language_fault(struct language_loader *loader, const struct table_line *line,
		    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Folds a word into the pool. NULL after telling the fault: it folds to nothing, is too long, or
 * holds what no text can hold. */
const char16_t *language_fold_word(struct language_loader *loader, const struct table_line *line,
				   struct table_column column, size_t *len);

/* Room for entries that are gathered one by one below the language. NULL: no memory. */
void *language_grow(struct language_loader *loader, void *list, size_t size, size_t count);

/* < 0, 0, > 0, unit by unit. */
int language_compare(const char16_t *a, const char16_t *b);

/* The part of the day of that name; false when there is none. */
bool language_part_of_day(struct table_column column, int16_t *out);

void fold_load(struct language_loader *loader);
void char_load(struct language_loader *loader); /* after fold_load and cue_load */
void lexicon_load(struct language_loader *loader);
void cue_load(struct language_loader *loader);
void place_load(struct language_loader *loader); /* after fold_load */
