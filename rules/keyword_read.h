/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* keyword_read.h - texts that are one keyword: KTJWPB, CXJB R7K3M9Q2, LH 13812345678, TD, ...
 *
 * Does:    looks a text up in the keywords of its service code. Case, spaces and punctuation do not
 *          matter (the text is folded, the rest is skipped). Nothing is done here about what is
 *          found: something like a keyword (`near`) is for asking back.
 * Input:   a folded text; a receipt number in it is TEXT_TAKEN, its numbers are `found`.
 * Memory:  allocates nothing. Threads: pure. `set` NULL: there are no keywords.
 * Source:  tests/data/README.md "Keywords"; the table is configuration (keywords in mianrao.yaml).
 */
#pragma once

#include <stdbool.h>

#include "rules/keyword.h"
#include "rules/number_find.h"
#include "rules/text_fold.h"

/* Fills sense KEYWORD_NONE when the text is no keyword. A text that is nothing but a receipt number
 * asks for the status. */
void keyword_read(const struct keyword_set *set, const struct text *text, bool receipt,
		  const struct numbers_found *found, struct keyword_reading *out);

/* A short code of the shield as one word among others; several different ones ask for its state. */
bool keyword_shield_within(const struct keyword_set *set, const struct text *text,
			   struct keyword_reading *out);

/* A text with one number that is almost "LH 13812345678": the word among a few others
 * (帮我拉黑...), or with a letter twice. `near` then, with the number. */
void keyword_read_number_wish(const struct keyword_set *set, const struct text *text,
			      const struct numbers_found *found, struct keyword_reading *out);

/* A machine's words, anywhere in a text that says nothing else, or where any other begins. Of a
 * text that says nothing else also: one edit away from what changes something (letters of a word of
 * 4 or more: one wrong, missing, too many, or two exchanged); like several of the shield's words at
 * a time, it asks for the shield's state. */
void keyword_read_near(const struct keyword_set *set, const struct text *text, bool says_nothing,
		       struct keyword_reading *out);
