/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/time_ahead.h"

#include "rules/calendar.h"
#include "rules/time_text.h"

enum { HOUR = 60, SPAN_MAX = 9999, YEARS = 8 };

/* ---- days ---- */

bool time_ahead_day(const struct written_date *date, int64_t from, int64_t *day)
{
	struct calendar_date at = calendar_date_at(time_day_start(from));
	int months = date->year && date->month ? 1 : YEARS * 12;

	if (date->month) {
		at.month = date->month;
		at.year = date->year ? date->year : at.year;
	}
	for (int i = 0; i < months; i += date->month ? 12 : 1) {
		at.day = date->day;
		if (calendar_date_valid(at)) {
			*day = time_day_of(calendar_date_start(at));
			if (*day >= from || date->year)
				return true;
		}
		if (date->month)
			at.year++;
		else
			at = (struct calendar_date){ at.year + at.month / 12, at.month % 12 + 1,
						     1 };
	}
	return false;
}

/* One or two digits. */
static bool small_number(const struct text *text, size_t at, struct time_number *out)
{
	return text_is_digit(time_unit_at(text, at)) && time_number_at(text, at, out) &&
	       out->digits <= 2 && !text_is_latin(time_unit_at(text, out->end));
}

/* "Oct 1", "October 1st": the name of the month is `token`. */
static bool month_first(const struct text *text, const struct token *token, struct time_ahead *out,
			size_t *end)
{
	static const char16_t *const endings[] = { u"st", u"nd", u"rd", u"th" };
	size_t at = token->to;
	struct time_number n;

	while (time_unit_at(text, at) == ' ' || time_unit_at(text, at) == '.')
		at++;
	if (!text_is_digit(time_unit_at(text, at)) || !time_number_at(text, at, &n) || n.digits > 2)
		return false;
	*end = n.end;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (text_at(text, n.end, endings[i]))
			*end = n.end + 2;
	out->kind = AHEAD_DATE;
	out->date = (struct written_date){ .month = token->word->a, .day = n.value };
	return true;
}

static bool day_word(const struct token *token, int64_t today, struct time_ahead *out, size_t *end)
{
	const struct lexicon_word *word = token->word;

	if ((word->time != TIME_DAY && word->time != TIME_DAY_PART) || word->a < 0)
		return false;
	out->kind = AHEAD_DAY;
	out->day = today + word->a;
	out->part = word->time == TIME_DAY_PART ? (enum day_part)word->b : PART_NONE;
	*end = token->to;
	return true;
}

static bool by_word(const struct text *text, const struct token *token, int64_t today,
		    struct time_ahead *out, size_t *end)
{
	if (day_word(token, today, out, end))
		return true;
	if (token->word->time == TIME_MONTH_NAME)
		return month_first(text, token, out, end);
	if (token->word->time != TIME_PART)
		return false;
	out->kind = AHEAD_PART;
	out->part = (enum day_part)token->word->a;
	*end = token->to;
	return true;
}

/* ---- spans ---- */

static bool stands_free(const struct text *text, size_t end)
{
	return end == text->len || !text_is_latin(text->unit[end - 1]) ||
	       !text_is_latin(text->unit[end]);
}

static void set_span(struct time_ahead *out, enum cue_span span, int count)
{
	out->kind = AHEAD_SPAN;
	if (span == SPAN_DAY)
		out->days = count;
	else
		out->minutes = span == SPAN_HOUR ? count * HOUR : count;
}

/* half an hour, two hours, a week */
static bool worded_span(const struct text *text, size_t at, struct time_ahead *out, size_t *end)
{
	const struct cue *phrase = cue_find(text, at, CUE_AGO_PHRASE);

	while (phrase && !stands_free(text, at + phrase->len))
		phrase = cue_find_next(text, at, CUE_AGO_PHRASE, phrase);
	if (!phrase)
		return false;
	set_span(out, (enum cue_span)phrase->a, phrase->b);
	*end = at + phrase->len;
	return true;
}

static bool counted_span(const struct text *text, size_t at, struct time_ahead *out, size_t *end)
{
	struct time_number n;
	size_t i, half;
	const struct cue *span;

	if (!time_number_at(text, at, &n) || n.few || n.upto != n.value || n.value < 1 ||
	    n.value > SPAN_MAX)
		return false;
	i = time_skip_space(text, n.end);
	half = cue_len(text, i, CUE_AND_HALF);
	i += half;
	span = cue_find(text, i, CUE_SPAN);
	while (span && !stands_free(text, i + span->len))
		span = cue_find_next(text, i, CUE_SPAN, span);
	if (!span || (half && span->a != SPAN_HOUR))
		return false;
	set_span(out, (enum cue_span)span->a, n.value * span->b);
	out->minutes += half ? HOUR / 2 : 0;
	*end = i + span->len;
	return true;
}

/* ---- the whole ---- */

static bool clock_at(const struct text *text, size_t at, struct time_ahead *out, size_t *end)
{
	enum day_part part;
	struct clock clock;

	if (!time_grammar_clock(text, at, &clock, &part, end) ||
	    (clock.style != CLOCK_EXACT && clock.style != CLOCK_WHOLE &&
	     clock.style != CLOCK_ABOUT))
		return false;
	out->kind = AHEAD_CLOCK;
	out->minutes = clock.minute;
	out->twelve = clock.twelve;
	return true;
}

/* "1 Oct": the number first. */
static bool day_first(const struct text *text, size_t at, struct time_ahead *out, size_t *end)
{
	struct token tokens[TIME_AHEAD_TOKENS];
	struct time_number n;
	struct text rest = *text;

	if (!small_number(text, at, &n))
		return false;
	rest.unit += time_skip_space(text, n.end);
	rest.len -= time_skip_space(text, n.end);
	if (rest.len > TIME_AHEAD_TOKENS)
		rest.len = TIME_AHEAD_TOKENS;
	if (rest.len == 0 || lexicon_read(&rest, tokens) == 0 || tokens[0].from != 0 ||
	    tokens[0].word->time != TIME_MONTH_NAME)
		return false;
	out->kind = AHEAD_DATE;
	out->date = (struct written_date){ .month = tokens[0].word->a, .day = n.value };
	*end = time_skip_space(text, n.end) + tokens[0].to;
	return true;
}

bool time_ahead_read(const struct text *text, const struct token *token, size_t at, int64_t today,
		     struct time_ahead *out, size_t *end)
{
	*out = (struct time_ahead){ .part = PART_NONE };
	if (token && by_word(text, token, today, out, end))
		return true;
	if (worded_span(text, at, out, end) || day_first(text, at, out, end) ||
	    clock_at(text, at, out, end))
		return true;
	if (time_grammar_date(text, at, &out->date, end) && !out->date.vague) {
		out->kind = AHEAD_DATE;
		return true;
	}
	return counted_span(text, at, out, end);
}
