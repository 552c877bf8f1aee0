/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/place.h"

#include "rules/language.h"

const struct place *place_of_code(const struct language *language, uint16_t code)
{
	const struct place_table *table = &language->places;

	for (size_t i = 0; i < table->place_count; i++)
		if (table->places[i].code == code)
			return &table->places[i];
	return NULL;
}

static bool stands_free(const struct text *text, size_t at, size_t end)
{
	return !(text_is_latin(text->unit[at]) && at > 0 && text_is_latin(text->unit[at - 1])) &&
	       !(text_is_latin(text->unit[end - 1]) && end < text->len &&
		 text_is_latin(text->unit[end]));
}

/* The first word whose first unit is not less. */
static size_t lower_bound(const struct place_table *table, char16_t unit)
{
	size_t low = 0, high = table->word_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (table->words[middle].text[0] < unit)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct place *place_find(const struct text *text, size_t at, size_t *len)
{
	const struct place_table *table = &text->language->places;

	if (at >= text->len)
		return NULL;
	for (size_t i = lower_bound(table, text->unit[at]);
	     i < table->word_count && table->words[i].text[0] == text->unit[at]; i++) {
		const struct place_word *word = &table->words[i];

		if (!text_at(text, at, word->text) || !stands_free(text, at, at + word->len))
			continue;
		*len = word->len;
		return place_of_code(text->language, word->code);
	}
	return NULL;
}
