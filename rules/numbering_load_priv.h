/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* numbering_load_priv.h - what numbering_load.c and numbering_prefixes.c share. */
#pragma once

#include "rules/numbering_load.h"
#include "rules/numbering_priv.h"

enum { NUMBERING_DIGITS_MAX = 20 };

/* Where something was said, so that the next one can be told. */
struct numbering_place {
	const struct table_text *table;
	size_t line;
};

struct numbering_loader {
	struct numbering *plan; /* under construction */
	struct table_faults *faults;
	bool no_memory;
};

static inline struct numbering_place numbering_place_of(const struct table_line *line)
{
	return (struct numbering_place){ line->table, line->number };
}

/* Said already by another line of the same file; a file that comes on top may say it anew. */
static inline bool numbering_is_repeated(const struct numbering_place *before,
					 const struct table_line *line)
{
	return before->table == line->table;
}

/* A column that may be missing. */
static inline struct table_column numbering_column(const struct table_line *line, size_t i)
{
	return i < line->count ? line->column[i] : (struct table_column){ "", 0 };
}

static inline bool numbering_is_empty(struct table_column column)
{
	return column.len == 0 || table_column_is(column, "-");
}

bool numbering_read_digits(struct table_column column, size_t min, size_t max, char *out);
/* "5", "5-7", "3,5-8" as bits. */
bool numbering_read_lengths(struct table_column column, long min, long max, uint32_t *out);

/* carriers.tsv, codes.tsv and mobile.tsv, in this order. */
void numbering_load_prefixes(struct numbering_loader *loader,
			     const struct table_text files[NUMBERING_FILE_COUNT]);
