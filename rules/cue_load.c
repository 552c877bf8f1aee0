/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cue_load.c - cues.tsv, time.tsv, answers.tsv and shield.tsv: short words of many kinds. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "rules/language_priv.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum cue_value { VALUE_NONE, VALUE_MINUTES, VALUE_PART, VALUE_SPAN, VALUE_PHRASE, VALUE_WEEKDAY };

static const struct cue_form {
	const char *name;
	enum language_file file;
	enum cue_side side;
	enum cue_value value;
} forms[] = {
	[CUE_LABEL] = { "label", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_AMOUNT_LABEL] = { "amount_label", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_SAME_NUMBER] = { "same_number", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_OWNER] = { "owner", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_THING] = { "thing", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_OWN_BEFORE] = { "own_before", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_CLAIM] = { "claim", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_DENIAL] = { "denial", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_CALLED_FOR] = { "called_for", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_NOT_CALLED] = { "not_called", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_SUFFERED] = { "suffered", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_EARLIER] = { "earlier", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_CONTACT] = { "contact", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_UNIT] = { "unit", LANGUAGE_CUES, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_LATIN_UNIT] = { "latin_unit", LANGUAGE_CUES, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_STRONG_UNIT] = { "strong_unit", LANGUAGE_CUES, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_OFFICIAL] = { "official", LANGUAGE_CUES, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_OFFICIAL_FIRST] = { "official_first", LANGUAGE_CUES, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_OWN_AFTER] = { "own_after", LANGUAGE_CUES, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_AUTHORITY_CALLS] = { "authority_calls", LANGUAGE_CUES, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_CORRECTION] = { "correction", LANGUAGE_CUES, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_CALLS_AFTER] = { "calls_after", LANGUAGE_CUES, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_EITHER] = { "either", LANGUAGE_CUES, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_EXTENSION] = { "extension", LANGUAGE_CUES, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_COUNTED] = { "counted", LANGUAGE_CUES, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_NO_DENIAL] = { "no_denial", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_DIALLING] = { "dialling", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_CURRENCY] = { "currency", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_ORDINAL] = { "ordinal", LANGUAGE_CUES, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_DOMAIN] = { "domain", LANGUAGE_CUES, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_QUOTE] = { "quote", LANGUAGE_CUES, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_AD_OPENING] = { "ad_opening", LANGUAGE_CUES, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_HOUR_SIGN] = { "hour_sign", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_NO_HOUR] = { "no_hour", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_MINUTE_SIGN] = { "minute_sign", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_SECOND_SIGN] = { "second_sign", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_OCLOCK] = { "oclock", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_EXACT] = { "exact", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_QUARTER] = { "quarter", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_MINUTES },
	[CUE_QUARTER_SIGN] = { "quarter_sign", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_WANTING] = { "wanting", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_PASSED] = { "passed", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_AND_ZERO] = { "and_zero", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_HALF_DAY] = { "half_day", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_PART },
	[CUE_HALF_BEFORE] = { "half_before", LANGUAGE_TIME, CUE_STANDS_BEFORE, VALUE_PART },
	[CUE_ABOUT_BEFORE] = { "about_before", LANGUAGE_TIME, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_ABOUT_AFTER] = { "about_after", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_NOT_YET_BEFORE] = { "not_yet_before", LANGUAGE_TIME, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_NOT_YET_AFTER] = { "not_yet_after", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_PAST_BEFORE] = { "past_before", LANGUAGE_TIME, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_PAST_AFTER] = { "past_after", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_MORE_AFTER] = { "more_after", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_NO_CLOCK_BEFORE] = { "no_clock_before", LANGUAGE_TIME, CUE_STANDS_BEFORE, VALUE_NONE },
	[CUE_NO_CLOCK_AFTER] = { "no_clock_after", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_RANGE_SIGN] = { "range_sign", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_RANGE_PART] = { "range_part", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_BETWEEN] = { "between", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_YEAR_SIGN] = { "year_sign", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_MONTH_SIGN] = { "month_sign", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_DAY_SIGN] = { "day_sign", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_NO_DAY] = { "no_day", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_SPOILS_DATE] = { "spoils_date", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_WEEKDAY] = { "weekday", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_WEEKDAY },
	[CUE_SPAN] = { "span", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_SPAN },
	[CUE_MORE] = { "more", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_ODD] = { "odd", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_AND_HALF] = { "and_half", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_AND_MORE] = { "and_more", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_HALF] = { "half", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_AGO] = { "ago", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_AGO_FILL] = { "ago_fill", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_AGO_PHRASE] = { "ago_phrase", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_PHRASE },
	[CUE_PLAN] = { "plan", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_NO_PLAN] = { "no_plan", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_OF_THIS_TEXT] = { "of_this_text", LANGUAGE_TIME, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_CHOICE_BEFORE] = { "choice_before", LANGUAGE_ANSWERS, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_CHOICE_AFTER] = { "choice_after", LANGUAGE_ANSWERS, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_CHOICE_UNIT] = { "choice_unit", LANGUAGE_ANSWERS, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_CHOICE_GOES_ON] = { "choice_goes_on", LANGUAGE_ANSWERS, CUE_STANDS_BEHIND,
				 VALUE_NONE },
	[CUE_CONSENT] = { "consent", LANGUAGE_ANSWERS, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_ANOTHER] = { "another", LANGUAGE_ANSWERS, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_SHIELD_ALLOW] = { "shield_allow", LANGUAGE_SHIELD, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_SHIELD_BLOCK] = { "shield_block", LANGUAGE_SHIELD, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_SHIELD_DROP] = { "shield_drop", LANGUAGE_SHIELD, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_SHIELD_TRIP] = { "shield_trip", LANGUAGE_SHIELD, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_SHIELD_GOING] = { "shield_going", LANGUAGE_SHIELD, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_SHIELD_END] = { "shield_end", LANGUAGE_SHIELD, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_SHIELD_HOME] = { "shield_home", LANGUAGE_SHIELD, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_SHIELD_UNTIL] = { "shield_until", LANGUAGE_SHIELD, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_SHIELD_CALL] = { "shield_call", LANGUAGE_SHIELD, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_SHIELD_SMS] = { "shield_sms", LANGUAGE_SHIELD, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_SHIELD_FILL] = { "shield_fill", LANGUAGE_SHIELD, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_SHIELD_ME] = { "shield_me", LANGUAGE_SHIELD, CUE_STANDS_BEHIND, VALUE_NONE },
	[CUE_SHIELD_NOT] = { "shield_not", LANGUAGE_SHIELD, CUE_STANDS_BEHIND, VALUE_NONE },
};
static_assert(COUNT(forms) == CUE_KIND_COUNT, "a form for each kind");

struct cue_entry {
	struct cue cue;
	enum cue_kind kind;
	struct table_place place;
};

struct cue_entries {
	struct cue_entry *list;
	size_t count;
};

static struct table_column column(const struct table_line *line, size_t i)
{
	return i < line->count ? line->column[i] : (struct table_column){ "", 0 };
}

/* "15m", "2h", "3d" */
static bool read_span(struct table_column text, int16_t *unit, int16_t *count)
{
	static const struct {
		char letter;
		enum cue_span span;
	} units[] = { { 'm', SPAN_MINUTE }, { 'h', SPAN_HOUR }, { 'd', SPAN_DAY } };
	long value;

	if (text.len < 2)
		return false;
	char letter = text.text[--text.len];
	for (size_t i = 0; i < COUNT(units); i++) {
		if (units[i].letter != letter || !table_column_number(text, 1, 1000, &value))
			continue;
		*unit = (int16_t)units[i].span;
		*count = (int16_t)value;
		return true;
	}
	return false;
}

/* "30m 15m": how long, and how far off it may be; or "2d". */
static bool read_phrase(struct table_column text, struct cue *cue)
{
	struct table_column rest = text, first;
	int16_t unit;

	if (!table_column_split(&rest, " ", &first) || !read_span(first, &cue->a, &cue->b))
		return false;
	if (cue->a == SPAN_DAY)
		return rest.len == 0;
	return cue->a == SPAN_MINUTE && read_span(rest, &unit, &cue->c) && unit == SPAN_MINUTE;
}

/* What is wrong with the value; NULL for nothing. */
static const char *read_value(enum cue_value form, struct table_column text, struct cue *cue)
{
	long value;

	switch (form) {
	case VALUE_NONE:
		return text.len ? "this kind has no value" : NULL;
	case VALUE_MINUTES:
		if (!table_column_number(text, -59, 59, &value))
			return "the value has to be minutes, -59 to 59";
		cue->a = (int16_t)value;
		return NULL;
	case VALUE_WEEKDAY:
		if (!table_column_number(text, 1, 7, &value))
			return "the value has to be 1 for Monday to 7";
		cue->a = (int16_t)value;
		return NULL;
	case VALUE_PART:
		return language_part_of_day(text, &cue->a) ? NULL
							   : "the value has to be dawn, early, "
							     "forenoon, noon, afternoon, dusk, "
							     "night or none";
	case VALUE_SPAN:
		return read_span(text, &cue->a, &cue->b)
			       ? NULL
			       : "the value has to be a span such as 1m, 15m, 1h or 7d";
	case VALUE_PHRASE:
		return read_phrase(text, cue)
			       ? NULL
			       : "the value has to be like 30m 15m (how long, how far off), or 2d";
	}
	return NULL;
}

static bool find_kind(struct table_column name, enum cue_kind *out)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		if (table_column_is(name, forms[i].name)) {
			*out = (enum cue_kind)i;
			return true;
		}
	}
	return false;
}

static bool read_cue(struct language_loader *loader, const struct table_line *line,
		     enum language_file file, struct cue_entry *out)
{
	struct table_column name = column(line, 0);
	size_t len;

	*out = (struct cue_entry){ .place = { line->table, line->number } };
	if (!find_kind(name, &out->kind)) {
		language_fault(loader, line, "'%.*s' is no kind", (int)name.len, name.text);
		return false;
	}
	const struct cue_form *form = &forms[out->kind];
	if (form->file != file) {
		language_fault(loader, line, "%s belongs to %s", form->name,
			       language_file_name(form->file));
		return false;
	}
	const char *wrong = line->count > 3 ? "has too many columns"
					    : read_value(form->value, column(line, 2), &out->cue);
	if (wrong) {
		language_fault(loader, line, "%s", wrong);
		return false;
	}
	out->cue.text = language_fold_word(loader, line, column(line, 1), &len);
	if (!out->cue.text)
		return false;
	out->cue.len = (uint16_t)len;
	out->cue.key = out->cue.text[form->side == CUE_STANDS_BEFORE ? len - 1 : 0];
	return true;
}

static void read_cues(struct language_loader *loader, enum language_file file,
		      struct cue_entries *entries)
{
	struct table_walk walk = table_walk_begin(&loader->tables->language[file], loader->faults);
	struct table_line line;
	struct cue_entry entry;

	while (table_walk_next(&walk, &line)) {
		if (!read_cue(loader, &line, file, &entry))
			continue;
		entries->list = language_grow(loader, entries->list, sizeof(*entries->list),
					      entries->count);
		if (!entries->list)
			return;
		entries->list[entries->count++] = entry;
	}
}

/* By kind and key, the longest first; equal ones stay in the order in which they were read, which
 * is that of their words in the pool. */
static int by_kind(const void *a, const void *b)
{
	const struct cue_entry *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->cue.key != y->cue.key)
		return x->cue.key < y->cue.key ? -1 : 1;
	if (x->cue.len != y->cue.len)
		return x->cue.len > y->cue.len ? -1 : 1;
	int order = language_compare(x->cue.text, y->cue.text);
	return order ? order : x->cue.text < y->cue.text ? -1 : x->cue.text > y->cue.text;
}

/* Said twice: a fault in one file; a file that comes on top says it anew. */
static bool is_repeated(struct language_loader *loader, const struct cue_entry *first,
			const struct cue_entry *again)
{
	if (first->kind != again->kind || language_compare(first->cue.text, again->cue.text) != 0)
		return false;
	if (first->place.table == again->place.table)
		table_fault(loader->faults, again->place.table, again->place.line,
			    "the word is that of line %zu", first->place.line);
	return true;
}

static void compile(struct language_loader *loader, const struct cue_entries *entries)
{
	struct cue *cues = talloc_array(loader->language, struct cue, entries->count + 1);
	size_t count = 0;

	loader->no_memory |= !cues;
	if (!cues)
		return;
	for (size_t i = 0; i < CUE_KIND_COUNT; i++)
		loader->language->cues[i].side = forms[i].side;
	for (size_t i = 0; i < entries->count; i++) {
		const struct cue_entry *entry = &entries->list[i];
		struct cue_list *list = &loader->language->cues[entry->kind];

		if (i > 0 && is_repeated(loader, entry - 1, entry))
			count--;
		else
			list->count++;
		if (list->count == 1)
			list->cue = &cues[count];
		list->units |= UINT64_C(1) << (entry->cue.key & 63);
		cues[count++] = entry->cue;
	}
}

void cue_load(struct language_loader *loader)
{
	static const enum language_file files[] = { LANGUAGE_CUES, LANGUAGE_TIME, LANGUAGE_ANSWERS,
						    LANGUAGE_SHIELD };
	struct cue_entries entries = { NULL, 0 };

	for (size_t i = 0; i < COUNT(files) && !loader->no_memory; i++)
		read_cues(loader, files[i], &entries);
	if (loader->no_memory)
		return;
	if (entries.count)
		qsort(entries.list, entries.count, sizeof(*entries.list), by_kind);
	compile(loader, &entries);
	talloc_free(entries.list);
}
