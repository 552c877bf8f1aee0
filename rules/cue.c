/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/cue.h"

#include "rules/language.h"
#include "rules/text_note.h"

static bool stands(const struct text *text, size_t at, const struct cue *cue, enum cue_side side)
{
	if (side == CUE_STANDS_BEFORE)
		return cue->len <= at && text_at(text, at - cue->len, cue->text);
	return text_at(text, at, cue->text);
}

/* The first from `cue` on that stands at `at`, among those with the same key. */
static const struct cue *search(const struct text *text, size_t at, const struct cue_list *list,
				const struct cue *cue, char16_t key)
{
	for (; cue < list->cue + list->count && cue->key == key; cue++) {
		if (!stands(text, at, cue, list->side))
			continue;
		if (text->notes) {
			text->notes->cue_from =
				list->side == CUE_STANDS_BEFORE ? at - cue->len : at;
			text->notes->cue_to = text->notes->cue_from + cue->len;
		}
		return cue;
	}
	return NULL;
}

const struct cue *cue_find(const struct text *text, size_t at, enum cue_kind kind)
{
	const struct cue_list *list = &text->language->cues[kind];
	bool before = list->side == CUE_STANDS_BEFORE;
	size_t low = 0, high = list->count;

	if (before ? at == 0 : at >= text->len)
		return NULL;
	char16_t key = text->unit[before ? at - 1 : at];
	if (!(list->units >> (key & 63) & 1))
		return NULL;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (list->cue[mid].key < key)
			low = mid + 1;
		else
			high = mid;
	}
	return search(text, at, list, list->cue + low, key);
}

const struct cue *cue_find_next(const struct text *text, size_t at, enum cue_kind kind,
				const struct cue *cue)
{
	const struct cue_list *list = &text->language->cues[kind];
	return search(text, at, list, cue + 1, cue->key);
}
