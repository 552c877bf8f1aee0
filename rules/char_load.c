/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* char_load.c - digits.tsv: the characters that stand for digits and numerals. */
#include <string.h>
#include <talloc.h>

#include "rules/language_priv.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct entries {
	struct char_entry list[CHAR_TABLE_MAX];
	struct table_place place[CHAR_TABLE_MAX];
	size_t count;
};

static const struct use {
	const char *name;
	enum char_use use;
	int min, max; /* -1: has no value */
} uses[] = {
	{ "digit", CHAR_DIGIT, 0, 9 },	     { "count", CHAR_COUNT, 0, 9 },
	{ "letter", CHAR_LETTER, 0, 9 },     { "tens", CHAR_TENS, 10, 90 },
	{ "several", CHAR_SEVERAL, -1, -1 }, { "more", CHAR_MORE, -1, -1 },
};

static const struct use *find_use(struct table_column column)
{
	for (size_t i = 0; i < COUNT(uses); i++) {
		if (table_column_is(column, uses[i].name))
			return &uses[i];
	}
	return NULL;
}

static bool read_entry(struct language_loader *loader, const struct table_line *line,
		       struct char_entry *out)
{
	const struct use *use = line->count == 3 ? find_use(line->column[2]) : NULL;
	const char16_t *word;
	long value = 0;
	size_t len;

	if (!use) {
		language_fault(loader, line,
			       "three columns: a character, its value, and digit, count, letter, "
			       "tens, several or more");
		return false;
	}
	if (use->max < 0 ? !table_column_is(line->column[1], "-")
			 : !table_column_number(line->column[1], use->min, use->max, &value) ||
				   (use->use == CHAR_TENS && value % 10 != 0)) {
		language_fault(loader, line,
			       use->max < 0 ? "the value of '%s' has to be -"
					    : "the value is none that '%s' can have",
			       use->name);
		return false;
	}
	word = language_fold_word(loader, line, line->column[0], &len);
	if (!word)
		return false;
	if (len != 1 || (word[0] >= '0' && word[0] <= '9')) {
		language_fault(loader, line, "'%.*s' is no single character, or a digit anyway",
			       (int)line->column[0].len, line->column[0].text);
		return false;
	}
	*out = (struct char_entry){ .c = word[0],
				    .value = (int8_t)value,
				    .use = (uint8_t)use->use };
	return true;
}

static void put_entry(struct language_loader *loader, struct entries *entries,
		      const struct table_line *line, const struct char_entry *entry)
{
	size_t i = 0;

	while (i < entries->count && entries->list[i].c != entry->c)
		i++;
	if (i == CHAR_TABLE_MAX) {
		language_fault(loader, line, "is one character too many: at most %d",
			       CHAR_TABLE_MAX);
		return;
	}
	if (i < entries->count && entries->place[i].table == line->table)
		language_fault(loader, line, "%.*s stands in line %zu already",
			       (int)line->column[0].len, line->column[0].text,
			       entries->place[i].line);
	entries->count += i == entries->count;
	entries->list[i] = *entry;
	entries->place[i] = (struct table_place){ line->table, line->number };
}

/* With one of these a written time may begin, beside the digits. */
static void mark_beginning(struct entries *entries, char16_t c)
{
	size_t i = 0;

	while (i < entries->count && entries->list[i].c != c)
		i++;
	if (i == CHAR_TABLE_MAX)
		return;
	if (i == entries->count)
		entries->list[entries->count++] = (struct char_entry){ .c = c, .use = CHAR_NONE };
	entries->list[i].begins_time = true;
}

static void mark_beginnings(struct language_loader *loader, struct entries *entries)
{
	static const enum cue_kind kinds[] = { CUE_AGO_PHRASE, CUE_WANTING };

	for (size_t i = 0; i < entries->count; i++)
		entries->list[i].begins_time =
			entries->list[i].use != CHAR_LETTER && entries->list[i].use != CHAR_MORE;
	for (char16_t digit = '0'; digit <= '9'; digit++)
		mark_beginning(entries, digit);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct cue_list *list = &loader->language->cues[kinds[i]];
		for (size_t k = 0; k < list->count; k++)
			mark_beginning(entries, list->cue[k].text[0]);
	}
}

void char_load(struct language_loader *loader)
{
	const struct table_text *table = &loader->tables->language[LANGUAGE_DIGITS];
	struct table_walk walk = table_walk_begin(table, loader->faults);
	struct entries *entries = talloc_zero(loader->language, struct entries);
	struct table_line line;
	struct char_entry entry;

	loader->no_memory |= !entries;
	if (!entries)
		return;
	while (table_walk_next(&walk, &line)) {
		if (read_entry(loader, &line, &entry))
			put_entry(loader, entries, &line, &entry);
	}
	mark_beginnings(loader, entries);
	if (entries->count == CHAR_TABLE_MAX ||
	    !char_table_fill(&loader->language->chars, entries->list, entries->count))
		table_fault(loader->faults, table, 0, "has too many characters");
	talloc_free(entries);
}
