/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* table_text.h - tables as people write them: lines of columns divided by tabs.
 *
 * Does:    walks over the lines of a text, skips empty ones and those that begin with '#', and
 *          divides the others into columns without blanks round them; collects what is wrong.
 *          A table may be of several texts, one after the other: `more`.
 * Input:   UTF-8; a byte order mark and CR before LF are dropped. A line that is no UTF-8, holds a
 *          control character or has too many columns is a fault, and is skipped.
 * Owns:    faults are talloc'ed below `ctx`; columns are borrowed from the text.
 * Bounds:  TABLE_FAULTS_MAX faults are kept, the others counted.
 * Threads: pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TABLE_COLUMNS_MAX = 6, TABLE_FAULTS_MAX = 100, TABLE_LINE_MAX = 1000 };

struct table_text {
	const char *name; /* for people: a path, or built-in and the file's name */
	const char *text;
	size_t len;
	const struct table_text *more; /* lines that come on top, or NULL */
};

struct table_fault {
	const char *name;
	size_t line; /* from 1; 0: the whole file */
	const char *what;
};

struct table_faults {
	void *ctx;
	struct table_fault list[TABLE_FAULTS_MAX];
	size_t count;	 /* kept */
	size_t left_out; /* no room */
};

static inline size_t table_faults_total(const struct table_faults *faults)
{
	return faults->count + faults->left_out;
}

struct table_column {
	const char *text; /* not terminated */
	size_t len;
};

struct table_line {
	const struct table_text *table;
	size_t number;
	struct table_column column[TABLE_COLUMNS_MAX];
	size_t count;
};

struct table_walk {
	const struct table_text *table;
	struct table_faults *faults;
	size_t at, line;
};

struct table_walk table_walk_begin(const struct table_text *table, struct table_faults *faults);
/* False at the end of the last text. */
bool table_walk_next(struct table_walk *walk, struct table_line *line);

void table_fault(struct table_faults *faults, const struct table_text *table, size_t line,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));
/* All of them, "file:line: what is wrong\n" each, below ctx; NULL when out of memory. */
char *table_faults_format(void *ctx, const struct table_faults *faults);

/* The column is the word. */
bool table_column_is(struct table_column column, const char *word);
/* The part of the column up to the next of `marks`, without blanks round it; `rest` keeps what is
 * behind the mark. False when nothing is left. */
bool table_column_split(struct table_column *rest, const char *marks, struct table_column *part);
/* Digits that make min..max; false for anything else. */
bool table_column_number(struct table_column column, long min, long max, long *out);
/* "5", "5-7": from and to within min..max, and in order. */
bool table_column_range(struct table_column column, long min, long max, long *from, long *to);
