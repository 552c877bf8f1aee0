/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* language_load.h - the language and the numbering plan out of their tables.
 *
 * Input:   the texts of deploy/language/ and deploy/numbering/; the head of each says what its
 *          columns are. Words of all tables are folded as texts are, by fold.tsv and simplified.tsv
 *          of the same set.
 * Owns:    the language is one tree below ctx, its plan included; nothing of the texts is kept.
 * Errors:  -EBADMSG with every fault in `faults`, -ENOMEM; nothing is made then.
 * Threads: pure.
 */
#pragma once

#include "rules/language.h"
#include "rules/numbering_load.h"
#include "rules/table_text.h"

enum language_file {
	LANGUAGE_FOLD,
	LANGUAGE_SIMPLIFIED,
	LANGUAGE_DIGITS,
	LANGUAGE_WORDS,
	LANGUAGE_WEIGHTS,
	LANGUAGE_CUES,
	LANGUAGE_TIME,
	LANGUAGE_ANSWERS,
	LANGUAGE_SHIELD,
	LANGUAGE_PLACES,
	LANGUAGE_FILE_COUNT
};

struct language_tables {
	struct table_text language[LANGUAGE_FILE_COUNT];
	struct table_text numbering[NUMBERING_FILE_COUNT];
};

int language_load(void *ctx, const struct language_tables *tables, struct table_faults *faults,
		  struct language **out) __attribute__((warn_unused_result));

const char *language_file_name(enum language_file file); /* "words.tsv" */

/* The tables that are built in, and what they make; NULL when out of memory. */
void language_builtin_tables(struct language_tables *out);
struct language *language_create_builtin(void *ctx);
