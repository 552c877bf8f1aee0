/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* number_find.h - the telephone numbers written in a text, whatever they are there for.
 *
 * Does:    reads digits in every writing, drops separators, divides runs of digits into whole
 *          numbers, and gives each in canonical form with its place.
 * Input:   a folded text in which all other digits are already TEXT_TAKEN.
 * Memory:  allocates nothing. Threads: pure. Time: linear in the text.
 * Source:  tests/data/README.md "Reading digits", "Canonical form", "Clarifications".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/number.h"
#include "rules/number_alike.h"
#include "rules/text_fold.h"

enum { NUMBER_FOUND_MAX = 32 };

struct number_found {
	struct number number;
	enum number_class class;
	struct number_likeness alike; /* as it is written */
	size_t from;		      /* units of the text */
	size_t to;
};

struct numbers_found {
	struct number_found list[NUMBER_FOUND_MAX];
	size_t count;
	struct number_likeness unread; /* digits that are no number, but imitate one */
	bool broken; /* a long run of digits, or a masked one, that is no whole number */
};

/* Adds nothing beyond NUMBER_FOUND_MAX. Extensions behind a number are marked TEXT_TAKEN. */
void number_find(struct text *text, struct numbers_found *out);
