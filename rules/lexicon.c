/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/lexicon.h"

#include <assert.h>

#include "rules/language.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* In the order of enum lexicon_sense. */
static const char *const sense_names[] = {
	"abroad",   "block",  "on",	   "off",     "unwanted",    "how",    "ask",
	"query",    "report", "nuisance",  "grumble", "call",	     "phone",  "sms",
	"sent",	    "appeal", "status",	   "outcome", "earlier",     "reward", "order",
	"business", "ad",     "strong_ad", "own",     "unsubscribe", "help",   "no_report",
	"new_call", "gift",   "answering",
};
static_assert(COUNT(sense_names) == WORD_SENSE_COUNT &&
		      WORD_ANSWERING == 1 << (WORD_SENSE_COUNT - 1),
	      "a name for each sense");

static const char *const time_names[] = {
	[TIME_NONE] = NULL,
	[TIME_DAY] = "day",
	[TIME_PART] = "part of the day",
	[TIME_DAY_PART] = "day and part of it",
	[TIME_WEEK] = "week",
	[TIME_WEEKEND] = "weekend",
	[TIME_JUST] = "just now",
	[TIME_HABIT] = "habit",
	[TIME_MONTH] = "month",
	[TIME_MONTH_NAME] = "month by name",
	[TIME_WEEKDAY] = "weekday",
	[TIME_LAST] = "last",
	[TIME_DATE] = "holiday",
	[TIME_VAGUE] = "vague",
};
static_assert(COUNT(time_names) == TIME_COUNT, "a name for each way to tell time");

const char *lexicon_sense_name(unsigned bit)
{
	return bit < WORD_SENSE_COUNT ? sense_names[bit] : NULL;
}

const char *lexicon_time_name(enum lexicon_time time)
{
	return time < TIME_COUNT ? time_names[time] : NULL;
}

/* The words from `first` to before `end`; they share the units before the one that is looked at. */
struct range {
	const struct lexicon_word *first, *end;
};

/* The first word of the range whose unit at `depth` is not less than `unit`. */
static const struct lexicon_word *not_less(struct range range, size_t depth, unsigned unit)
{
	size_t count = (size_t)(range.end - range.first);
	while (count > 0) {
		size_t half = count / 2;
		if (range.first[half].text[depth] < unit) {
			range.first += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return range.first;
}

/* Narrows the range to the words that have `unit` next; false when there are none. */
static bool narrow(struct range *range, size_t depth, char16_t unit)
{
	range->first = not_less(*range, depth, unit);
	if (range->first == range->end || range->first->text[depth] != unit)
		return false;
	range->end = not_less(*range, depth, unit + 1u);
	return true;
}

static const struct lexicon_word *longest_at(const struct text *text, size_t at, size_t *end)
{
	const struct lexicon_page *page =
		&text->language->lexicon.pages[lexicon_page_of(text->unit[at])];
	const struct lexicon_word *best = NULL;

	if (page->count == 0)
		return NULL;
	struct range range = { page->words, page->words + page->count };
	for (size_t next = at; next < text->len && narrow(&range, next - at, text->unit[next]);) {
		next++;
		/* The shortest word of the range sorts first. */
		if (range.first->text[next - at] != 0)
			continue;
		if (!text_is_latin(text->unit[next - 1]) || next == text->len ||
		    !text_is_latin(text->unit[next])) {
			best = range.first;
			*end = next;
		}
	}
	return best;
}

size_t lexicon_read(const struct text *text, struct token *out)
{
	size_t count = 0;
	for (size_t i = 0; i < text->len;) {
		size_t end;
		bool inside =
			i > 0 && text_is_latin(text->unit[i]) && text_is_latin(text->unit[i - 1]);
		const struct lexicon_word *word = inside ? NULL : longest_at(text, i, &end);
		if (!word) {
			i++;
			continue;
		}
		out[count++] = (struct token){ .word = word, .from = i, .to = end };
		i = end;
	}
	return count;
}
