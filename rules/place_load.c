/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* place_load.c - places.tsv: countries and regions by name. */
#include <stdlib.h>
#include <talloc.h>

#include "rules/language_priv.h"

enum { CODE_MAX = 999, COLUMNS_MIN = 3, COLUMNS_MAX = 4 };

struct place_entry {
	struct place_word word;
	struct table_place place;
	size_t order;
};

struct loading {
	struct language_loader *loader;
	struct place *places;
	size_t place_count;
	struct place_entry *entries;
	size_t entry_count;
};

static bool read_code(struct table_column column, uint16_t *code)
{
	long value;

	if (table_column_is(column, "abroad"))
		*code = PLACE_ABROAD;
	else if (table_column_is(column, "hmt"))
		*code = PLACE_HMT;
	else if (table_column_number(column, 1, CODE_MAX, &value))
		*code = (uint16_t)value;
	else
		return false;
	return true;
}

static size_t count_characters(struct table_column column)
{
	size_t n = 0;

	for (size_t i = 0; i < column.len; i++)
		n += ((unsigned char)column.text[i] & 0xc0) != 0x80;
	return n;
}

static void add_word(struct loading *loading, const struct table_line *line,
		     struct table_column column, uint16_t code)
{
	struct place_entry entry = { .word = { .code = code },
				     .place = { line->table, line->number },
				     .order = loading->entry_count };

	entry.word.text = language_fold_word(loading->loader, line, column, &entry.word.len);
	if (!entry.word.text)
		return;
	loading->entries = language_grow(loading->loader, loading->entries,
					 sizeof(*loading->entries), loading->entry_count);
	if (loading->entries)
		loading->entries[loading->entry_count++] = entry;
}

/* What a file on top says of a code goes before what was said. */
static void add_place(struct loading *loading, const struct place *place)
{
	for (size_t i = 0; i < loading->place_count; i++) {
		if (loading->places[i].code != place->code)
			continue;
		loading->places[i] = *place;
		return;
	}
	loading->places = language_grow(loading->loader, loading->places, sizeof(*loading->places),
					loading->place_count);
	if (loading->places)
		loading->places[loading->place_count++] = *place;
}

static const char *check_line(const struct table_line *line, uint16_t *code)
{
	if (line->count < COLUMNS_MIN || line->count > COLUMNS_MAX)
		return "wants a code, a Chinese and an English name, and perhaps more words";
	if (!read_code(line->column[0], code))
		return "the code has to be 1 to 999, abroad or hmt";
	if (line->column[1].len == 0 || count_characters(line->column[1]) > PLACE_ZH_MAX)
		return "the Chinese name has to be of 1 to 12 characters";
	if (line->column[2].len == 0 || count_characters(line->column[2]) > PLACE_EN_MAX)
		return "the English name has to be of 1 to 24 characters";
	return NULL;
}

static void read_line(struct loading *loading, const struct table_line *line)
{
	struct language_loader *loader = loading->loader;
	struct table_column rest = { "", 0 }, part;
	struct place place;
	const char *wrong = check_line(line, &place.code);

	if (wrong) {
		language_fault(loader, line, "%s", wrong);
		return;
	}
	place.zh = talloc_strndup(loader->language, line->column[1].text, line->column[1].len);
	place.en = talloc_strndup(loader->language, line->column[2].text, line->column[2].len);
	loader->no_memory |= !place.zh || !place.en;
	add_place(loading, &place);
	add_word(loading, line, line->column[1], place.code);
	add_word(loading, line, line->column[2], place.code);
	if (line->count == COLUMNS_MAX)
		rest = line->column[COLUMNS_MAX - 1];
	while (!loader->no_memory && table_column_split(&rest, ",", &part))
		if (part.len > 0)
			add_word(loading, line, part, place.code);
}

/* By the first unit, the longest first; equal ones in the order in which they were read. */
static int by_word(const void *a, const void *b)
{
	const struct place_entry *x = a, *y = b;

	if (x->word.text[0] != y->word.text[0])
		return x->word.text[0] < y->word.text[0] ? -1 : 1;
	if (x->word.len != y->word.len)
		return x->word.len > y->word.len ? -1 : 1;
	int order = language_compare(x->word.text, y->word.text);
	return order ? order : x->order < y->order ? -1 : 1;
}

static bool is_repeated(struct loading *loading, size_t i)
{
	const struct place_entry *first = &loading->entries[i - 1], *again = &loading->entries[i];

	if (language_compare(first->word.text, again->word.text) != 0)
		return false;
	if (first->place.table == again->place.table && first->word.code != again->word.code)
		table_fault(loading->loader->faults, again->place.table, again->place.line,
			    "the word is that of line %zu", first->place.line);
	return true;
}

static void compile(struct loading *loading)
{
	struct language *language = loading->loader->language;
	struct place_word *words =
		talloc_array(language, struct place_word, loading->entry_count + 1);
	size_t count = 0;

	loading->loader->no_memory |= !words;
	if (!words)
		return;
	if (loading->entry_count)
		qsort(loading->entries, loading->entry_count, sizeof(*loading->entries), by_word);
	for (size_t i = 0; i < loading->entry_count; i++) {
		if (i > 0 && is_repeated(loading, i))
			count--;
		words[count++] = loading->entries[i].word;
	}
	language->places = (struct place_table){ .places = loading->places,
						 .place_count = loading->place_count,
						 .words = words,
						 .word_count = count };
}

void place_load(struct language_loader *loader)
{
	struct loading loading = { .loader = loader };
	struct table_walk walk =
		table_walk_begin(&loader->tables->language[LANGUAGE_PLACES], loader->faults);
	struct table_line line;

	while (!loader->no_memory && table_walk_next(&walk, &line))
		read_line(&loading, &line);
	if (!loader->no_memory)
		compile(&loading);
	talloc_free(loading.entries);
}
