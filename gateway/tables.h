/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tables.h - the language and the numbering plan in force, counted.
 *
 * Does:    a configuration holds the tables that it was loaded with; an operation that reads texts
 *          or numbers on another thread holds them from its making to its end. So a reload frees
 *          the old ones only when nobody reads by them any more.
 * Owns:    _create gives the first hold, _release of the last one frees.
 * Threads: one at a time: made by whoever loads, held and released on the loop. What is in them is
 *          read-only, on any thread.
 */
#pragma once

#include "rules/language.h"

struct tables {
	const struct language *language;
	const struct numbering *numbering; /* the language's */
	unsigned holds;
};

/* The built-in ones; NULL when out of memory. */
struct tables *tables_create(void);
struct tables *tables_hold(struct tables *tables);
void tables_release(struct tables *tables); /* NULL is allowed */
