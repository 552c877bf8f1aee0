/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/time_grammar.h"

#include "rules/time_text.h"

enum { HOUR = 60 };

static const char16_t *const about_before[] = {
	u"约",	  u"大概",   u"大致",	 u"差不多", u"好像",
	u"about", u"around", u"roughly", u"大约莫", u"应该"
};
static const char16_t *const not_yet_before[] = { u"不到", u"快",   u"快到", u"将近",
						  u"接近", u"临近", u"没到", u"before" };
static const char16_t *const past_before[] = { u"刚过", u"才过",   u"过了", u"刚刚过",
					       u"刚到", u"刚过了", u"after" };
static const char16_t *const about_after[] = { u"左右",	  u"前后",     u"上下",	    u"许",
					       u"来钟",	  u"光景",     u"的样子",   u"钟左右",
					       u"钟前后", u"钟光景",   u"钟的样子", u"钟上下",
					       u"样子",	  u"来钟左右", u"那会",	    u"那阵",
					       u"钟那会", u"的时候" };
static const char16_t *const not_yet_after[] = { u"不到", u"钟不到", u"还不到", u"没到",
						 u"钟没到" };
static const char16_t *const more_after[] = {
	u"多", u"几分", u"几", u"钟多", u"过几分", u"好几分"
};
static const char16_t *const past_after[] = { u"出头", u"刚过",	  u"过点", u"过一点",
					      u"过了", u"钟刚过", u"钟过", u"过" };
/* Behind "three points" these make it no time. */
static const char16_t *const no_clock_after[] = { u"意见", u"建议", u"要求", u"原因", u"问题",
						  u"积分", u"都",   u"优惠", u"儿",   u"理由",
						  u"也",   u"名",   u"击",   u"评" };
static const char16_t *const no_clock_before[] = { u"有", u"第", u"快", u"早", u"晚", u"便宜",
						   u"差", u"多", u"少", u"大", u"好", u"慢" };

struct said_minute {
	int minutes;
	bool quarter; /* a half or a quarter, in words */
	bool exact;
	size_t end;
};

/* Minutes behind the hour: 半, 一刻, 05分, 二十五, 零五, 过五分, 差五分, 整. */
static bool minutes_at(const struct text *text, size_t at, struct said_minute *out)
{
	static const struct {
		const char16_t *word;
		int minutes;
	} quarters[] = { { u"半", 30 },	 { u"一刻", 15 },   { u"三刻", 45 }, { u"1刻", 15 },
			 { u"3刻", 45 }, { u"过一刻", 15 }, { u"两刻", 30 }, { u"差一刻", -15 } };
	struct time_number n;

	*out = (struct said_minute){ .end = at };
	for (size_t i = 0; i < TIME_COUNT_OF(quarters); i++) {
		if (text_at(text, at, quarters[i].word)) {
			out->minutes = quarters[i].minutes;
			out->quarter = true;
			out->end = at + text_word_len(quarters[i].word);
			if (text_at(text, out->end, u"钟"))
				out->end++;
			return true;
		}
	}
	if (text_at(text, at, u"整") || text_at(text, at, u"钟整")) {
		out->exact = true;
		out->end = at + (text_at(text, at, u"整") ? 1 : 2);
		return true;
	}
	size_t i = time_skip_space(text, at);
	int sign = 1;
	if (text_at(text, i, u"差") || text_at(text, i, u"缺") || text_at(text, i, u"欠")) {
		sign = -1;
		i++;
	} else if (text_at(text, i, u"过") || text_at(text, i, u"零")) {
		i += text_at(text, i, u"过");
	}
	if (!time_number_at(text, i, &n) || n.few || n.digits > 2)
		return false;
	bool minute_sign = time_unit_at(text, n.end) == u'分';
	if (n.words && n.upto != n.value)
		n.value = n.value * 10 + n.upto;
	/* "三点五次": one numeral needs its sign; "三点 13..." is another number. */
	if (!time_in(n.value, 0, 59) || (!minute_sign && (i != at || sign < 0) && n.digits > 0) ||
	    (!minute_sign && n.words && n.end - i < 2) || (n.digits == 1 && !minute_sign))
		return false;
	out->minutes = sign * n.value;
	out->exact = true;
	out->end = minute_sign ? n.end + 1 : n.end;
	if (time_number_at(text, out->end, &n) && time_unit_at(text, n.end) == u'秒')
		out->end = n.end + 1;
	return true;
}

/* English halves of the day behind a time. */
static bool half_day_at(const struct text *text, size_t at, enum day_part *part, size_t *end)
{
	static const struct {
		const char16_t *word;
		enum day_part part;
	} words[] = { { u"am", PART_FORENOON },	 { u"a.m.", PART_FORENOON },
		      { u"pm", PART_AFTERNOON }, { u"p.m.", PART_AFTERNOON },
		      { u"a.m", PART_FORENOON }, { u"p.m", PART_AFTERNOON },
		      { u"o'clock", PART_NONE }, { u"oclock", PART_NONE } };
	at = time_skip_space(text, at);
	for (size_t i = 0; i < TIME_COUNT_OF(words); i++) {
		size_t len = text_word_len(words[i].word);
		if (text_at(text, at, words[i].word) &&
		    !text_is_latin(time_unit_at(text, at + len))) {
			*part = words[i].part;
			*end = at + len;
			return true;
		}
	}
	return false;
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
	if (whole && (len = time_any_at(text, *end, not_yet_after, TIME_COUNT_OF(not_yet_after))))
		clock->style = CLOCK_NOT_YET;
	else if ((len = time_any_at(text, *end, about_after, TIME_COUNT_OF(about_after))))
		clock->style = whole ? CLOCK_WHOLE : CLOCK_ABOUT;
	else if (whole && (len = time_any_at(text, *end, more_after, TIME_COUNT_OF(more_after))))
		clock->style = CLOCK_MORE;
	else if (whole && (len = time_any_at(text, *end, past_after, TIME_COUNT_OF(past_after))))
		clock->style = CLOCK_JUST_PAST;
	else if (whole && text_at(text, *end, u"钟"))
		len = 1;
	*end += len;
}

static bool hour_sign(const struct text *text, size_t at, size_t *end)
{
	char16_t next = time_unit_at(text, at + 1);
	if (time_unit_at(text, at) == u'点') {
		*end = at + 1;
		return true;
	}
	*end = at + 1;
	return time_unit_at(text, at) == u'时' && next != u'候' && next != u'间' && next != u'长' &&
	       next != u'段' && next != u'代' && next != u'常' && next != u'限';
}

/* "A little" and "three points" look like hours; what stands round them tells. */
static bool is_no_clock(const struct text *text, size_t at, size_t end, const struct time_number *h)
{
	if (time_any_at(text, end, no_clock_after, TIME_COUNT_OF(no_clock_after)))
		return true;
	if (!h->words || h->value > 3)
		return false;
	return time_any_before(text, at, no_clock_before, TIME_COUNT_OF(no_clock_before)) &&
	       !time_any_before(text, at, not_yet_before + 1, 2) && h->value == 1;
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
		if (text_at(text, *end, u"钟"))
			(*end)++;
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
	if (!text_at(text, at, u"差") || !time_number_at(text, at + 1, &n) || n.few)
		return false;
	size_t i = n.end;
	int wanting = n.value;
	if (text_at(text, i, u"刻"))
		wanting *= 15;
	else if (!text_at(text, i, u"分"))
		return false;
	i += text_at(text, i + 1, u"钟") ? 2 : 1;
	if (text_at(text, i, u"到"))
		i++;
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
	static const char16_t *const signs[] = { u"到", u"至", u"~", u"-", u"—", u"to" };
	size_t i = time_skip_space(text, at),
	       len = time_any_at(text, i, signs, TIME_COUNT_OF(signs));
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
	if (next) {
		static const char16_t *const parts[] = {
			u"下午", u"上午", u"晚上", u"中午", u"早上",
			u"凌晨", u"夜里", u"傍晚", u"半夜",
		};
		next += time_any_at(text, next, parts, TIME_COUNT_OF(parts));
	}
	if (next && single_clock(text, next, &last, &last_end) && last.style != CLOCK_RANGE) {
		out->style = CLOCK_RANGE;
		out->end_minute = last.minute;
		*end = last_end;
		if (text_at(text, *end, u"之间") || text_at(text, *end, u"期间"))
			*end += 2;
		return true;
	}
	if (time_any_before(text, at, not_yet_before, TIME_COUNT_OF(not_yet_before)) &&
	    (out->style == CLOCK_WHOLE || out->style == CLOCK_MORE))
		out->style = CLOCK_NOT_YET;
	else if (time_any_before(text, at, past_before, TIME_COUNT_OF(past_before)) &&
		 out->style == CLOCK_WHOLE)
		out->style = CLOCK_JUST_PAST;
	else if (time_any_before(text, at, about_before, TIME_COUNT_OF(about_before)) &&
		 out->style == CLOCK_EXACT)
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
