/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fold_load.c - fold.tsv and simplified.tsv: how single characters are read. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistr.h>

#include "rules/language_priv.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { HAN_COUNT = FOLD_HAN_TO - FOLD_HAN_FROM + 1 };

static const char *const kind_names[] = {
	[FOLD_DROP] = "drop",	  [FOLD_TO] = "to",	      [FOLD_SHIFT] = "shift",
	[FOLD_DIGITS] = "digits", [FOLD_LETTERS] = "letters", [FOLD_ENCLOSED] = "enclosed",
};
static_assert(COUNT(kind_names) == FOLD_KIND_COUNT, "a name for each kind");

struct range_entry {
	struct fold_range range;
	struct table_place place;
};

static bool is_code_point(struct table_column column, uint32_t *out)
{
	uint32_t value = 0;

	if (column.len < 6 || column.len > 8 || memcmp(column.text, "U+", 2) != 0)
		return false;
	for (size_t i = 2; i < column.len; i++) {
		char c = column.text[i];
		if (c >= '0' && c <= '9')
			value = value << 4 | (uint32_t)(c - '0');
		else if (c >= 'A' && c <= 'F')
			value = value << 4 | (uint32_t)(c - 'A' + 10);
		else
			return false;
	}
	*out = value;
	return value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
}

/* One character, as itself or as its code point. */
static bool read_character(struct table_column column, uint32_t *out)
{
	ucs4_t cp;

	if (is_code_point(column, out))
		return true;
	if (column.len == 0 ||
	    u8_mbtouc(&cp, (const uint8_t *)column.text, column.len) != (int)column.len)
		return false;
	*out = cp;
	return true;
}

static bool read_range(struct table_column column, struct fold_range *range)
{
	struct table_column rest = column, first;

	if (read_character(column, &range->from)) {
		range->to = range->from;
		return true;
	}
	return table_column_split(&rest, "-", &first) && read_character(first, &range->from) &&
	       read_character(rest, &range->to) && range->to >= range->from;
}

static const char *read_what(struct table_column what, struct fold_range *range)
{
	uint32_t character;
	long value;

	switch (range->kind) {
	case FOLD_DROP:
	case FOLD_KIND_COUNT:
		return what.len ? "what is dropped becomes nothing" : NULL;
	case FOLD_TO:
	case FOLD_SHIFT:
		if (!read_character(what, &character) || character > 0xffff)
			return "the third column has to be a character or its code point";
		range->first = (uint16_t)character;
		return NULL;
	case FOLD_LETTERS:
		if (what.len != 1 || what.text[0] < 'a' || what.text[0] > 'z')
			return "the third column has to be a letter a to z";
		range->first = (uint16_t)(what.text[0] - 'a');
		return NULL;
	case FOLD_DIGITS:
	case FOLD_ENCLOSED:
		if (!table_column_number(what, 0, 99, &value))
			return "the third column has to be a number";
		range->first = (uint16_t)value;
		return NULL;
	}
	return NULL;
}

static const char *read_fold(const struct table_line *line, struct fold_range *range)
{
	struct table_column how =
		line->count > 1 ? line->column[1] : (struct table_column){ "", 0 };
	struct table_column what =
		line->count > 2 ? line->column[2] : (struct table_column){ "", 0 };
	size_t kind = 0;

	if (!read_range(line->column[0], range))
		return "the first column has to be a character, its code point, or two of them";
	if (range->from <= FOLD_HAN_TO && range->to >= FOLD_HAN_FROM)
		return "ideographs belong to simplified.tsv";
	if (range->to >= 0x20 && range->from < 0x7f)
		return "characters of ASCII stay what they are";
	while (kind < COUNT(kind_names) && !table_column_is(how, kind_names[kind]))
		kind++;
	if (kind == COUNT(kind_names))
		return "the second column has to be drop, to, shift, digits, letters or enclosed";
	range->kind = (enum fold_kind)kind;
	/* What becomes of the last one must be a number of two digits, or a character. */
	const char *wrong = read_what(what, range);
	if (!wrong && range->kind == FOLD_ENCLOSED && range->to - range->from + range->first > 99)
		wrong = "numbers go up to 99";
	if (!wrong && range->kind == FOLD_SHIFT && range->to - range->from + range->first > 0xffff)
		wrong = "the range goes beyond U+FFFF";
	return wrong;
}

static int by_from(const void *a, const void *b)
{
	const struct range_entry *x = a, *y = b;

	if (x->range.from != y->range.from)
		return x->range.from < y->range.from ? -1 : 1;
	return x->place.line < y->place.line ? -1 : x->place.line > y->place.line;
}

static struct range_entry *read_ranges(struct language_loader *loader, size_t *count)
{
	struct table_walk walk =
		table_walk_begin(&loader->tables->language[LANGUAGE_FOLD], loader->faults);
	struct range_entry *list = NULL;
	struct table_line line;

	*count = 0;
	while (table_walk_next(&walk, &line)) {
		struct range_entry entry = { .place = { line.table, line.number } };
		const char *wrong = read_fold(&line, &entry.range);

		if (wrong) {
			language_fault(loader, &line, "%s", wrong);
			continue;
		}
		list = language_grow(loader, list, sizeof(*list), *count);
		if (!list)
			return NULL;
		list[(*count)++] = entry;
	}
	return list;
}

static void load_ranges(struct language_loader *loader)
{
	size_t count;
	struct range_entry *list = read_ranges(loader, &count);
	struct fold_range *ranges = talloc_array(loader->language, struct fold_range, count + 1);

	loader->no_memory |= !ranges;
	if (loader->no_memory)
		return;
	if (count)
		qsort(list, count, sizeof(*list), by_from);
	for (size_t i = 0; i < count; i++) {
		ranges[i] = list[i].range;
		if (i > 0 && ranges[i].from <= ranges[i - 1].to)
			table_fault(loader->faults, list[i].place.table, list[i].place.line,
				    "U+%04X overlaps line %zu", (unsigned)ranges[i].from,
				    list[i - 1].place.line);
	}
	talloc_free(list);
	loader->language->fold.ranges = ranges;
	loader->language->fold.range_count = count;
}

/* Where each ideograph was said to be read as another. */
struct han {
	char16_t *to;
	struct table_place place[HAN_COUNT];
};

static void read_pair(struct language_loader *loader, struct han *han,
		      const struct table_line *line)
{
	uint32_t from, to;

	if (line->count != 2 || !read_character(line->column[0], &from) || from < FOLD_HAN_FROM ||
	    from > FOLD_HAN_TO) {
		language_fault(loader, line,
			       "an ideograph and what it is read as, divided by a tab");
		return;
	}
	if (!read_character(line->column[1], &to) || to > 0xffff || to <= ' ' || to == from) {
		language_fault(loader, line,
			       "the second column has to be another single character");
		return;
	}
	struct table_place *place = &han->place[from - FOLD_HAN_FROM];
	if (place->table == line->table)
		language_fault(loader, line, "%.*s stands in line %zu already",
			       (int)line->column[0].len, line->column[0].text, place->line);
	*place = (struct table_place){ line->table, line->number };
	han->to[from - FOLD_HAN_FROM] = (char16_t)to;
}

/* What a character is read as is not read as a third. */
static void check_chains(struct language_loader *loader, const struct han *han)
{
	for (size_t i = 0; i < HAN_COUNT; i++) {
		char16_t to = han->to[i];
		if (!to || to < FOLD_HAN_FROM || to > FOLD_HAN_TO || !han->to[to - FOLD_HAN_FROM])
			continue;
		table_fault(loader->faults, han->place[i].table, han->place[i].line,
			    "it is read as U+%04X, which itself is read as another (line %zu)", to,
			    han->place[to - FOLD_HAN_FROM].line);
	}
}

static void load_simplified(struct language_loader *loader)
{
	struct table_walk walk =
		table_walk_begin(&loader->tables->language[LANGUAGE_SIMPLIFIED], loader->faults);
	struct han *han = talloc_zero(loader->language, struct han);
	struct table_line line;

	if (han)
		han->to = talloc_zero_array(loader->language, char16_t, HAN_COUNT);
	loader->no_memory |= !han || !han->to;
	if (loader->no_memory)
		return;
	while (table_walk_next(&walk, &line))
		read_pair(loader, han, &line);
	check_chains(loader, han);
	loader->language->fold.han = han->to;
	talloc_free(han);
}

void fold_load(struct language_loader *loader)
{
	load_ranges(loader);
	if (!loader->no_memory)
		load_simplified(loader);
}
