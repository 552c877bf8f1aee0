/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tables.h - the language and the numbering plan in force, counted.
 *
 * Does:    a configuration holds the tables that it was loaded with; an operation that reads texts
 *          or numbers on another thread holds them from its making to its end. So a reload frees
 *          the old ones only when nobody reads by them any more.
 * Files:   of a directory, NAME.tsv takes the place of the built-in table of that name, and the
 *          lines of NAME.local.tsv come on top of it: what they say anew replaces what was said.
 *          Tables that are not there are the built-in ones. A file NAME.tsv that is no table is a
 *          fault: it would be one that nobody reads. Other files are left alone.
 * Owns:    what makes tables gives the first hold; the release of the last one frees.
 * Threads: one at a time: made by whoever loads, held and released on the loop. What is in them is
 *          read-only, on any thread. tables_load reads files: not for the loop.
 */
#pragma once

#include <stddef.h>

struct language;  /* rules/language.h */
struct numbering; /* rules/numbering.h */

enum { TABLES_ERROR_MAX = 16384 }; /* for all faults of an ordinary mistake */

struct tables {
	const struct language *language;
	const struct numbering *numbering; /* the language's */
	unsigned holds;
};

/* A directory of "" or NULL is none. -EINVAL with every fault in `error`, a line each as far as
 * they fit ("dir/words.tsv:12: what is wrong"); -ENOMEM. */
int tables_load(const char *language_dir, const char *numbering_dir, struct tables **out,
		char *error, size_t error_size) __attribute__((warn_unused_result));

struct tables *tables_hold(struct tables *tables);
void tables_release(struct tables *tables); /* NULL is allowed */
