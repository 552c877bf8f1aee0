/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* lexicon_load.c - words.tsv and weights.tsv: what texts are about, and how advertisements talk. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "rules/language_priv.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { POINTS_MAX = 99 };

struct word_entry {
	struct lexicon_word word;
	struct table_place place;
};

struct word_entries {
	struct word_entry *list;
	size_t count;
	int8_t sense_points[WORD_SENSE_COUNT];
};

/* ---- weights ---- */

static const char *const ad_names[] = {
	[AD_URL] = "url",
	[AD_NUMBER_AT_END] = "number_at_end",
	[AD_OPENING] = "opening",
	[AD_NUMBER_FIRST] = "number_first",
	[AD_TIME] = "time",
	[AD_ENOUGH] = "enough",
	[AD_ENOUGH_OPENED] = "enough_opened",
};
static_assert(COUNT(ad_names) == AD_WEIGHT_COUNT, "a name for each weight");

static bool find_sense(struct table_column name, unsigned *bit)
{
	for (*bit = 0; *bit < WORD_SENSE_COUNT; (*bit)++) {
		if (table_column_is(name, lexicon_sense_name(*bit)))
			return true;
	}
	return false;
}

static bool find_weight(struct table_column name, size_t *out)
{
	for (*out = 0; *out < AD_WEIGHT_COUNT; (*out)++) {
		if (table_column_is(name, ad_names[*out]))
			return true;
	}
	return false;
}

/* A sense's weight, or one of the others; which of them is counted on from the senses. */
static bool find_what(struct table_column name, size_t *out)
{
	unsigned bit;
	size_t weight;

	if (find_sense(name, &bit)) {
		*out = bit;
		return true;
	}
	if (!find_weight(name, &weight))
		return false;
	*out = WORD_SENSE_COUNT + weight;
	return true;
}

static void read_weights(struct language_loader *loader, struct word_entries *entries)
{
	const struct table_text *table = &loader->tables->language[LANGUAGE_WEIGHTS];
	struct table_walk walk = table_walk_begin(table, loader->faults);
	struct table_place seen[WORD_SENSE_COUNT + AD_WEIGHT_COUNT] = { { NULL, 0 } };
	struct table_line line;
	size_t what;
	long points;

	while (table_walk_next(&walk, &line)) {
		if (!find_what(line.column[0], &what))
			language_fault(loader, &line, "'%.*s' is nothing that has a weight",
				       (int)line.column[0].len, line.column[0].text);
		else if (line.count != 2 ||
			 !table_column_number(line.column[1], -POINTS_MAX, POINTS_MAX, &points))
			language_fault(loader, &line, "the points have to be -99 to 99");
		else if (seen[what].table == line.table)
			language_fault(loader, &line, "stands in line %zu already",
				       seen[what].line);
		else {
			seen[what] = (struct table_place){ line.table, line.number };
			if (what < WORD_SENSE_COUNT)
				entries->sense_points[what] = (int8_t)points;
			else
				loader->language->ad[what - WORD_SENSE_COUNT] = (int)points;
		}
	}
	for (size_t i = 0; i < AD_WEIGHT_COUNT; i++) {
		if (!seen[WORD_SENSE_COUNT + i].table)
			table_fault(loader->faults, table, 0, "%s is missing", ad_names[i]);
	}
}

/* ---- meanings ---- */

/* A word while its meanings are read. */
struct meanings {
	struct lexicon_word *word;
	int16_t day, part;
	bool has_day, has_part, has_points, none;
};

static bool read_category(struct table_column meaning, struct meanings *m)
{
	struct table_column rest = meaning, name;

	if (!table_column_split(&rest, ":", &name))
		return false;
	for (int i = 0; i < REPORT_UNKNOWN; i++) {
		if (!table_column_is(name, report_category_name((enum report_category)i)) ||
		    m->word->weight != WEIGHT_NONE ||
		    (rest.len ? !table_column_is(rest, "weak") : name.len != meaning.len))
			continue;
		m->word->category = (uint8_t)i;
		m->word->weight = rest.len ? WEIGHT_WEAK : WEIGHT_FULL;
		return true;
	}
	return false;
}

/* The ways to tell time that have a value, and what values they have. */
static const struct time_form {
	const char *name;
	enum lexicon_time time;
	int min, max;
} time_forms[] = {
	{ "week", TIME_WEEK, -60, 1 },	   { "weekend", TIME_WEEKEND, -1, 0 },
	{ "month", TIME_MONTH, -24, 0 },   { "month_name", TIME_MONTH_NAME, 1, 12 },
	{ "weekday", TIME_WEEKDAY, 1, 7 },
};

static bool set_time(struct meanings *m, enum lexicon_time time, long a, long b)
{
	if (m->word->time != TIME_NONE || m->has_day || m->has_part)
		return false;
	m->word->time = (uint8_t)time;
	m->word->a = (int8_t)a;
	m->word->b = (int8_t)b;
	return true;
}

static bool read_date(struct table_column value, struct meanings *m)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	struct table_column rest = value, first;
	long month, day;

	return table_column_split(&rest, "-", &first) &&
	       table_column_number(first, 1, 12, &month) &&
	       table_column_number(rest, 1, days[month - 1], &day) &&
	       set_time(m, TIME_DATE, month, day);
}

static bool read_valued_time(struct table_column name, struct table_column value,
			     struct meanings *m)
{
	long number;

	for (size_t i = 0; i < COUNT(time_forms); i++) {
		const struct time_form *form = &time_forms[i];
		if (table_column_is(name, form->name))
			return table_column_number(value, form->min, form->max, &number) &&
			       set_time(m, form->time, number, 0);
	}
	return table_column_is(name, "date") && read_date(value, m);
}

static bool read_day_or_part(struct table_column name, struct table_column value,
			     struct meanings *m)
{
	enum { DAY_MIN = -100, DAY_MAX = 100 };
	long day;

	if (m->word->time != TIME_NONE)
		return false;
	if (table_column_is(name, "day") && !m->has_day &&
	    table_column_number(value, DAY_MIN, DAY_MAX, &day)) {
		m->day = (int16_t)day;
		return m->has_day = true;
	}
	return table_column_is(name, "part") && !m->has_part &&
	       language_part_of_day(value, &m->part) && m->part != PART_NONE &&
	       (m->has_part = true);
}

static bool read_points(struct table_column name, struct table_column value, struct meanings *m)
{
	long points;

	if (!table_column_is(name, "points") || m->has_points ||
	    !table_column_number(value, -POINTS_MAX, POINTS_MAX, &points))
		return false;
	m->word->ad = (int8_t)points;
	return m->has_points = true;
}

static bool read_named_time(struct table_column meaning, struct meanings *m)
{
	static const struct {
		const char *name;
		enum lexicon_time time;
	} times[] = { { "just", TIME_JUST },
		      { "habit", TIME_HABIT },
		      { "last", TIME_LAST },
		      { "vague", TIME_VAGUE } };

	for (size_t i = 0; i < COUNT(times); i++) {
		if (table_column_is(meaning, times[i].name))
			return set_time(m, times[i].time, 0, 0);
	}
	return false;
}

static bool read_meaning(struct table_column meaning, struct meanings *m)
{
	struct table_column value = meaning, name;
	unsigned bit;

	if (table_column_is(meaning, "-"))
		return m->none = true;
	if (find_sense(meaning, &bit)) {
		bool again = m->word->senses >> bit & 1;
		m->word->senses |= UINT32_C(1) << bit;
		return !again;
	}
	if (!table_column_split(&value, "=", &name))
		return false;
	if (name.len == meaning.len)
		return read_category(meaning, m) || read_named_time(meaning, m);
	return read_valued_time(name, value, m) || read_day_or_part(name, value, m) ||
	       read_points(name, value, m);
}

/* A day, a part of it, or both. */
static void settle_time(struct meanings *m)
{
	struct lexicon_word *word = m->word;

	if (m->has_day) {
		word->time = m->has_part ? TIME_DAY_PART : TIME_DAY;
		word->a = (int8_t)m->day;
		word->b = (int8_t)m->part;
	} else if (m->has_part) {
		word->time = TIME_PART;
		word->a = (int8_t)m->part;
	}
}

static void settle_points(const struct word_entries *entries, struct lexicon_word *word)
{
	int points = 0;

	for (unsigned bit = 0; bit < WORD_SENSE_COUNT; bit++) {
		if (word->senses >> bit & 1)
			points += entries->sense_points[bit];
	}
	word->ad = (int8_t)(points > POINTS_MAX	   ? POINTS_MAX
			    : points < -POINTS_MAX ? -POINTS_MAX
						   : points);
}

static bool read_meanings(struct language_loader *loader, const struct word_entries *entries,
			  const struct table_line *line, struct lexicon_word *word)
{
	struct meanings m = { .word = word };
	struct table_column rest = line->column[1], meaning;
	size_t count = 0;

	for (; table_column_split(&rest, " ", &meaning); count += meaning.len > 0) {
		if (meaning.len == 0 || read_meaning(meaning, &m))
			continue;
		language_fault(loader, line,
			       "'%.*s' is no meaning, has no such value, or is one too "
			       "many",
			       (int)meaning.len, meaning.text);
		return false;
	}
	if (m.none && count > 1) {
		language_fault(loader, line, "- stands alone: the word has no meaning");
		return false;
	}
	settle_time(&m);
	if (!m.has_points)
		settle_points(entries, word);
	return true;
}

/* ---- words ---- */

static bool read_word(struct language_loader *loader, const struct word_entries *entries,
		      const struct table_line *line, struct word_entry *out)
{
	size_t len;

	*out = (struct word_entry){ .place = { line->table, line->number } };
	if (line->count != 2) {
		language_fault(loader, line, "a word and its meanings, divided by a tab");
		return false;
	}
	if (!read_meanings(loader, entries, line, &out->word))
		return false;
	out->word.text = language_fold_word(loader, line, line->column[0], &len);
	return out->word.text != NULL;
}

static void read_words(struct language_loader *loader, struct word_entries *entries)
{
	struct table_walk walk =
		table_walk_begin(&loader->tables->language[LANGUAGE_WORDS], loader->faults);
	struct word_entry entry;
	struct table_line line;

	while (table_walk_next(&walk, &line)) {
		if (!read_word(loader, entries, &line, &entry))
			continue;
		entries->list = language_grow(loader, entries->list, sizeof(*entries->list),
					      entries->count);
		if (!entries->list)
			return;
		entries->list[entries->count++] = entry;
	}
}

/* Equal ones stay in the order in which they were read: that of their texts in the pool. */
static int by_text(const void *a, const void *b)
{
	const struct lexicon_word *x = &((const struct word_entry *)a)->word;
	const struct lexicon_word *y = &((const struct word_entry *)b)->word;
	int order = language_compare(x->text, y->text);

	return order ? order : x->text < y->text ? -1 : x->text > y->text;
}

/* Said twice: a fault in one file; a file that comes on top says it anew. */
static bool is_repeated(struct language_loader *loader, const struct word_entry *first,
			const struct word_entry *again)
{
	if (language_compare(first->word.text, again->word.text) != 0)
		return false;
	if (first->place.table == again->place.table)
		table_fault(loader->faults, again->place.table, again->place.line,
			    "the word is that of line %zu", first->place.line);
	return true;
}

static void compile(struct language_loader *loader, const struct word_entries *entries)
{
	struct lexicon_word *words =
		talloc_array(loader->language, struct lexicon_word, entries->count + 1);
	size_t count = 0;

	loader->no_memory |= !words;
	if (!words)
		return;
	for (size_t i = 0; i < entries->count; i++) {
		const struct word_entry *entry = &entries->list[i];
		struct lexicon_page *page =
			&loader->language->lexicon.pages[lexicon_page_of(entry->word.text[0])];

		if (i > 0 && is_repeated(loader, entry - 1, entry))
			count--;
		else
			page->count++;
		if (page->count == 1)
			page->words = &words[count];
		words[count++] = entry->word;
	}
}

void lexicon_load(struct language_loader *loader)
{
	struct word_entries entries = { .list = NULL };

	read_weights(loader, &entries);
	read_words(loader, &entries);
	if (loader->no_memory)
		return;
	if (entries.count)
		qsort(entries.list, entries.count, sizeof(*entries.list), by_text);
	compile(loader, &entries);
	talloc_free(entries.list);
}
