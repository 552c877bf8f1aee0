/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_note.h - what the readers of a text note down for those who ask why it was read so.
 *
 * Does:    keeps, for each decision, the rule that made it, the place that it is about, and the
 * word of the text on which it rests. A text without a list of notes (`notes` NULL, as always but
 * for report_explain_text) costs its readers one comparison for each decision. Owns:    nothing:
 * the list is lent by who owns the text; rules are constants. Bounds:  what does not fit into the
 * list is counted in `left_out`. Threads: pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "rules/text_fold.h"

enum note_kind {
	NOTE_TAKEN,    /* digits that are no telephone number */
	NOTE_UNREAD,   /* digits that would be one, but are not whole */
	NOTE_TIME,     /* words of time, one after the other */
	NOTE_WINDOW,   /* the form that gave the window */
	NOTE_ROLE,     /* whose a number is */
	NOTE_EITHER,   /* this number or the next one */
	NOTE_INTENT,   /* one for each text */
	NOTE_CATEGORY, /* one when there is a category */
	NOTE_KIND_COUNT
};

struct text_note {
	enum note_kind kind;
	const char *rule;
	size_t from, to;	   /* units of the folded text */
	size_t word_from, word_to; /* the deciding word; both 0 for none */
	uint32_t senses;	   /* NOTE_INTENT: words with these decided; see lexicon.h */
};

struct text_notes {
	struct text_note *list;
	size_t count, max, left_out;
	size_t cue_from, cue_to; /* the cue that was found last */
};

/* What the two below do when there is a list. */
void text_note_add(struct text_notes *notes, const struct text_note *note);

static inline void text_note(const struct text *text, enum note_kind kind, const char *rule,
			     size_t from, size_t to)
{
	if (text->notes)
		text_note_add(
			text->notes,
			&(struct text_note){ .kind = kind, .rule = rule, .from = from, .to = to });
}

/* The same, resting on the cue that was found last (see cue.h). */
void text_note_cue(const struct text *text, enum note_kind kind, const char *rule, size_t from,
		   size_t to);
