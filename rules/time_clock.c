/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/time_grammar.h"

#include "rules/time_text.h"

enum { HOUR = 60 };

struct said_minute {
	int minutes;
	bool quarter; /* a half or a quarter, in words */
	bool exact;
	size_t end;
};

/* Minutes behind the hour: 半, 一刻, 05分, 二十五, 零五, 过五分, 差五分, 整. */
static bool minutes_at(const struct text *text, size_t at, struct said_minute *out)
{
	struct time_number n;
	size_t len;

	*out = (struct said_minute){ .end = at };
	const struct cue *quarter = cue_find(text, at, CUE_QUARTER);
	if (quarter) {
		out->minutes = quarter->a;
		out->quarter = true;
		out->end = at + quarter->len;
		out->end += cue_len(text, out->end, CUE_OCLOCK);
		return true;
	}
	if ((len = cue_len(text, at, CUE_EXACT))) {
		out->exact = true;
		out->end = at + len;
		return true;
	}
	size_t i = time_skip_space(text, at);
	int sign = 1;
	if ((len = cue_len(text, i, CUE_WANTING))) {
		sign = -1;
		i += len;
	} else {
		i += cue_len(text, i, CUE_PASSED);
	}
	if (!time_number_at(text, i, &n) || n.few || n.digits > 2)
		return false;
	size_t minute_sign = cue_len(text, n.end, CUE_MINUTE_SIGN);
	if (n.words && n.upto != n.value)
		n.value = n.value * 10 + n.upto;
	/* "三点五次": one numeral needs its sign; "三点 13..." is another number. */
	if (!time_in(n.value, 0, 59) || (!minute_sign && (i != at || sign < 0) && n.digits > 0) ||
	    (!minute_sign && n.words && n.end - i < 2) || (n.digits == 1 && !minute_sign))
		return false;
	out->minutes = sign * n.value;
	out->exact = true;
	out->end = n.end + minute_sign;
	if (time_number_at(text, out->end, &n) && (len = cue_len(text, n.end, CUE_SECOND_SIGN)))
		out->end = n.end + len;
	return true;
}

/* English halves of the day behind a time. */
static bool half_day_at(const struct text *text, size_t at, enum day_part *part, size_t *end)
{
	at = time_skip_space(text, at);
	const struct cue *half = cue_find(text, at, CUE_HALF_DAY);
	while (half && text_is_latin(time_unit_at(text, at + half->len)))
		half = cue_find_next(text, at, CUE_HALF_DAY, half);
	if (!half)
		return false;
	*part = (enum day_part)half->a;
	*end = at + half->len;
	return true;
}

static void apply_half_day(struct clock *clock, enum day_part part)
{
	int hour = clock->minute / HOUR;
	if (part == PART_AFTERNOON && hour < 12)
		clock->minute += 12 * HOUR;
	if (part == PART_FORENOON && hour == 12)
		clock->minute -= 12 * HOUR;
	if (part != PART_NONE)
		clock->twelve = false;
}

static bool colon_clock(const struct text *text, size_t at, struct clock *out, size_t *end)
{
	struct time_number h, m, s;
	enum day_part part;

	if (!text_is_digit(time_unit_at(text, at)) || !time_number_at(text, at, &h) || h.digits > 2)
		return false;
	if (!time_number_behind(text, h.end, ':', &m) || m.digits != 2 || h.value > 24 ||
	    m.value > 59)
		return false;
	*end = m.end;
	if (time_number_behind(text, m.end, ':', &s) && s.digits == 2)
		*end = s.end;
	*out = (struct clock){ .style = CLOCK_EXACT, .minute = h.value * HOUR + m.value };
	if (half_day_at(text, *end, &part, end))
		apply_half_day(out, part);
	return true;
}

static bool english_hour(const struct text *text, size_t at, struct clock *out, size_t *end)
{
	struct time_number h;
	enum day_part part;

	if (!text_is_digit(time_unit_at(text, at)) || !time_number_at(text, at, &h) ||
	    h.digits > 2 || !time_in(h.value, 1, 12))
		return false;
	*end = h.end;
	part = PART_NONE;
	/* "at 9" is an hour without any sign. */
	bool at_sign = text_before(text, at, u"at ") && time_unit_at(text, h.end) != '%' &&
		       !text_is_latin(time_unit_at(text, h.end));
	if (!half_day_at(text, h.end, &part, end) && !at_sign)
		return false;
	*out = (struct clock){ .style = CLOCK_WHOLE, .minute = h.value * HOUR, .twelve = true };
	apply_half_day(out, part);
	return true;
}

static void after_clock(const struct text *text, struct clock *clock, size_t *end)
{
	size_t len;
	bool whole = clock->style == CLOCK_WHOLE;
	if (whole && (len = cue_len(text, *end, CUE_NOT_YET_AFTER)))
		clock->style = CLOCK_NOT_YET;
	else if ((len = cue_len(text, *end, CUE_ABOUT_AFTER)))
		clock->style = whole ? CLOCK_WHOLE : CLOCK_ABOUT;
	else if (whole && (len = cue_len(text, *end, CUE_MORE_AFTER)))
		clock->style = CLOCK_MORE;
	else if (whole && (len = cue_len(text, *end, CUE_PAST_AFTER)))
		clock->style = CLOCK_JUST_PAST;
	else if (whole)
		len = cue_len(text, *end, CUE_OCLOCK);
	*end += len;
}

static bool hour_sign(const struct text *text, size_t at, size_t *end)
{
	size_t len = cue_len(text, at, CUE_HOUR_SIGN);
	*end = at + len;
	return len && !cue_find(text, at, CUE_NO_HOUR);
}

/* "A little" and "three points" look like hours; what stands round them tells. */
static bool is_no_clock(const struct text *text, size_t at, size_t end, const struct time_number *h)
{
	if (cue_find(text, end, CUE_NO_CLOCK_AFTER))
		return true;
	if (!h->words || h->value > 3)
		return false;
	return h->value == 1 && time_cue_before(text, at, CUE_NO_CLOCK_BEFORE);
}

static bool word_clock(const struct text *text, size_t at, struct clock *out, size_t *end)
{
	struct time_number h;
	struct said_minute m;

	if (!time_number_at(text, at, &h) || h.few || h.digits > 2 || h.value > 24 || h.upto > 24 ||
	    !hour_sign(text, time_skip_space(text, h.end), end) || is_no_clock(text, at, *end, &h))
		return false;
	bool twelve = time_in(h.value, 1, 12);
	*out = (struct clock){ .style = CLOCK_WHOLE, .minute = h.value * HOUR, .twelve = twelve };
	/* A bare hour with the sign 时, or from 13 on, is still a whole hour. */
	if (h.upto > h.value) {
		out->style = CLOCK_RANGE;
		out->end_minute = h.upto * HOUR;
		*end += cue_len(text, *end, CUE_OCLOCK);
		return true;
	}
	if (minutes_at(text, *end, &m)) {
		out->style = m.quarter ? CLOCK_ABOUT : CLOCK_EXACT;
		out->minute += m.minutes;
		*end = m.end;
	}
	after_clock(text, out, end);
	return true;
}

/* "差五分三点": minutes wanting to the hour. */
static bool wanting_clock(const struct text *text, size_t at, struct clock *out, size_t *end)
{
	struct time_number n;
	size_t len = cue_len(text, at, CUE_WANTING);
	if (!len || !time_number_at(text, at + len, &n) || n.few)
		return false;
	size_t i = n.end;
	int wanting = n.value;
	if ((len = cue_len(text, i, CUE_QUARTER_SIGN)))
		wanting *= 15;
	else if (!(len = cue_len(text, i, CUE_MINUTE_SIGN)))
		return false;
	i += len;
	i += cue_len(text, i, CUE_OCLOCK);
	i += cue_len(text, i, CUE_RANGE_SIGN); /* "to" three */
	if (!word_clock(text, i, out, end) || out->style != CLOCK_WHOLE)
		return false;
	out->style = CLOCK_EXACT;
	out->minute -= wanting;
	return out->minute >= 0;
}

static bool single_clock(const struct text *text, size_t at, struct clock *out, size_t *end)
{
	if (colon_clock(text, at, out, end)) {
		after_clock(text, out, end);
		return true;
	}
	return word_clock(text, at, out, end) || english_hour(text, at, out, end) ||
	       wanting_clock(text, at, out, end);
}

static size_t range_sign(const struct text *text, size_t at)
{
	size_t i = time_skip_space(text, at), len = cue_len(text, i, CUE_RANGE_SIGN);
	return len ? time_skip_space(text, i + len) : 0;
}

/* "3-4点", "三到四点": the sign of the hour stands only behind the second. */
static bool short_range(const struct text *text, size_t at, struct clock *out, size_t *end)
{
	struct time_number h;
	struct clock last;
	if (!time_number_at(text, at, &h) || h.few || h.digits > 2 || h.value > 24)
		return false;
	size_t next = range_sign(text, h.end);
	if (!next && time_unit_at(text, h.end) == u'、')
		next = h.end + 1;
	if (!next || !word_clock(text, next, &last, end) ||
	    (last.style != CLOCK_WHOLE && last.style != CLOCK_ABOUT))
		return false;
	*out = (struct clock){ .style = CLOCK_RANGE,
			       .minute = h.value * HOUR,
			       .end_minute = last.minute,
			       .twelve = time_in(h.value, 1, 12) };
	return true;
}

bool time_grammar_clock(const struct text *text, size_t at, struct clock *out, enum day_part *part,
			size_t *end)
{
	struct clock last;
	size_t next, last_end;

	*part = PART_NONE;
	if (short_range(text, at, out, end))
		return true;
	if (!single_clock(text, at, out, end))
		return false;
	next = range_sign(text, *end);
	if (next)
		next += cue_len(text, next, CUE_RANGE_PART);
	if (next && single_clock(text, next, &last, &last_end) && last.style != CLOCK_RANGE) {
		out->style = CLOCK_RANGE;
		out->end_minute = last.minute;
		*end = last_end;
		*end += cue_len(text, *end, CUE_BETWEEN);
		return true;
	}
	if (time_cue_before(text, at, CUE_NOT_YET_BEFORE) &&
	    (out->style == CLOCK_WHOLE || out->style == CLOCK_MORE))
		out->style = CLOCK_NOT_YET;
	else if (time_cue_before(text, at, CUE_PAST_BEFORE) && out->style == CLOCK_WHOLE)
		out->style = CLOCK_JUST_PAST;
	else if (time_cue_before(text, at, CUE_ABOUT_BEFORE) && out->style == CLOCK_EXACT)
		out->style = CLOCK_ABOUT;
	return true;
}

bool time_grammar_iso(const struct text *text, size_t at, struct written_instant *out, size_t *end)
{
	struct clock clock;
	struct time_number h, m;

	*out = (struct written_instant){ .has_offset = false };
	if (!text_is_digit(time_unit_at(text, at)) ||
	    !time_grammar_date(text, at, &out->date, end) || out->date.year == 0 ||
	    time_unit_at(text, *end) != 't' || !colon_clock(text, *end + 1, &clock, end))
		return false;
	out->minute = clock.minute;
	while (time_unit_at(text, *end) == '.' || (text_is_digit(time_unit_at(text, *end)) &&
						   text_is_digit(time_unit_at(text, *end - 1))))
		(*end)++;
	char16_t sign = time_unit_at(text, *end);
	if (sign == 'z') {
		out->has_offset = true;
		(*end)++;
	} else if ((sign == '+' || sign == '-') && time_number_at(text, *end + 1, &h) &&
		   (h.digits == 2 || h.digits == 4)) {
		bool colon =
			h.digits == 2 && time_number_behind(text, h.end, ':', &m) && m.digits == 2;
		int minutes = h.digits == 4 ? h.value / 100 * HOUR + h.value % 100
					    : h.value * HOUR + (colon ? m.value : 0);
		out->has_offset = true;
		out->offset_minutes = sign == '-' ? -minutes : minutes;
		*end = colon ? m.end : h.end;
	}
	return true;
}
