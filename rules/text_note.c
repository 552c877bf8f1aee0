/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/text_note.h"

void text_note_add(struct text_notes *notes, const struct text_note *note)
{
	if (notes->count < notes->max)
		notes->list[notes->count++] = *note;
	else
		notes->left_out++;
}

void text_note_cue(const struct text *text, enum note_kind kind, const char *rule, size_t from,
		   size_t to)
{
	struct text_notes *notes = text->notes;
	if (notes)
		text_note_add(notes, &(struct text_note){ .kind = kind,
							  .rule = rule,
							  .from = from,
							  .to = to,
							  .word_from = notes->cue_from,
							  .word_to = notes->cue_to });
}
