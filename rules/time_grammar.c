/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/time_grammar.h"

#include "rules/time_number.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { HOUR = 60, DAY = 24 * HOUR };

static char16_t unit_at(const struct text *text, size_t at)
{
	return at < text->len ? text->unit[at] : 0;
}

static size_t skip_space(const struct text *text, size_t at)
{
	while (unit_at(text, at) == ' ')
		at++;
	return at;
}

static bool in(int value, int low, int high)
{
	return value >= low && value <= high;
}

/* Length of the first word of the list that stands at `at`, 0 for none. */
static size_t any_at(const struct text *text, size_t at, const char16_t *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (text_at(text, at, words[i]))
			return text_word_len(words[i]);
	}
	return 0;
}

static bool any_before(const struct text *text, size_t end, const char16_t *const *words,
		       size_t count)
{
	while (end > 0 && (text->unit[end - 1] == ' ' || text->unit[end - 1] == u'是'))
		end--;
	for (size_t i = 0; i < count; i++) {
		if (text_before(text, end, words[i]))
			return true;
	}
	return false;
}

/* --- dates --- */

static bool is_year(const struct time_number *n)
{
	return in(n->value, 1990, 2099) && (n->words || n->digits == 4);
}

/* 8月20日, 2025年8月20号, 八月十五; a month alone is vague. */
static bool chinese_date(const struct text *text, size_t at, struct written_date *out, size_t *end)
{
	struct time_number n;
	size_t i = at;

	*out = (struct written_date){ 0 };
	if (!time_number_at(text, i, &n))
		return false;
	i = skip_space(text, n.end);
	if (unit_at(text, i) == u'年' && (is_year(&n) || (n.digits == 2 && in(n.value, 20, 60)))) {
		out->year = n.value < 100 ? 2000 + n.value : n.value;
		i = skip_space(text, i + 1);
		if (!time_number_at(text, i, &n))
			return false;
		i = skip_space(text, n.end);
	}
	if (unit_at(text, i) == u'月' && in(n.value, 1, 12) && n.upto == n.value && n.digits <= 2) {
		out->month = n.value;
		*end = i + 1;
		i = skip_space(text, i + 1);
		if (!time_number_at(text, i, &n) || !in(n.value, 1, 31) || n.digits > 2) {
			out->vague = true;
			return true;
		}
		i = skip_space(text, n.end);
	} else if (out->year || n.few) {
		return false;
	}
	out->day = n.words && n.upto != n.value ? n.value * 10 + n.upto : n.value;
	bool sign = unit_at(text, i) == u'日' || unit_at(text, i) == u'号';
	if (!in(out->day, 1, 31) || n.digits > 2 || (!sign && !out->month))
		return false;
	/* 3号楼 is a house and 10号线 a line. */
	if (sign && !out->month &&
	    (unit_at(text, i + 1) == u'楼' || unit_at(text, i + 1) == u'线' ||
	     unit_at(text, i + 1) == u'码' || unit_at(text, i + 1) == u'店'))
		return false;
	*end = sign ? i + 1 : n.end;
	return true;
}

static bool compact_date(const struct time_number *n, struct written_date *out)
{
	*out = (struct written_date){ .year = n->value / 10000,
				      .month = n->value / 100 % 100,
				      .day = n->value % 100 };
	return n->digits == 8 && in(out->year, 2000, 2099) && in(out->month, 1, 12) &&
	       in(out->day, 1, 31);
}

static bool number_behind(const struct text *text, size_t at, char16_t sign, struct time_number *out)
{
	return unit_at(text, at) == sign && text_is_digit(unit_at(text, at + 1)) &&
	       time_number_at(text, at + 1, out);
}

/* What behind 7.30 tells that it is a price, a size or a longer run. */
static bool spoils_date(const struct text *text, size_t at, char16_t sign)
{
	static const char16_t *const units[] = { u"元", u"块", u"g", u"m", u"折", u"%", u"万",
						 u"点", u"月", u"寸", u"分钟", u"年", u"个", u"天" };
	if (unit_at(text, at) == sign && text_is_digit(unit_at(text, at + 1)))
		return true;
	return any_at(text, at, units, COUNT(units)) > 0;
}

/* 2025-08-20, 2025/8/20, 08-20, 8/20, 7.30, 30/08/2025, 20250820. */
static bool numeric_date(const struct text *text, size_t at, struct written_date *out, size_t *end)
{
	struct time_number a, b, c;
	if (!text_is_digit(unit_at(text, at)) || !time_number_at(text, at, &a))
		return false;
	char16_t sign = unit_at(text, a.end);
	*end = a.end;
	if (compact_date(&a, out))
		return true;
	if ((sign != '-' && sign != '/' && sign != '.') || !number_behind(text, a.end, sign, &b) ||
	    b.digits > 2)
		return false;
	if (is_year(&a) && number_behind(text, b.end, sign, &c) && c.digits <= 2) {
		*out = (struct written_date){ a.value, b.value, c.value, false };
		*end = c.end;
		return in(b.value, 1, 12) && in(c.value, 1, 31);
	}
	if (a.digits > 2)
		return false;
	if (number_behind(text, b.end, sign, &c) && is_year(&c)) {
		bool day_first = a.value > 12;
		*out = (struct written_date){ c.value, day_first ? b.value : a.value,
					      day_first ? a.value : b.value, false };
		*end = c.end;
		return in(out->month, 1, 12) && in(out->day, 1, 31);
	}
	*out = (struct written_date){ 0, a.value, b.value, false };
	*end = b.end;
	return in(a.value, 1, 12) && in(b.value, 1, 31) && !spoils_date(text, b.end, sign);
}

bool time_grammar_date(const struct text *text, size_t at, struct written_date *out, size_t *end)
{
	return numeric_date(text, at, out, end) || chinese_date(text, at, out, end);
}

/* --- clock --- */

static const char16_t *const about_before[] = { u"约", u"大概", u"大致", u"差不多", u"好像",
						u"about", u"around", u"roughly", u"大约莫", u"应该" };
static const char16_t *const not_yet_before[] = { u"不到", u"快", u"快到", u"将近", u"接近",
						  u"临近", u"没到", u"before" };
static const char16_t *const past_before[] = { u"刚过", u"才过", u"过了", u"刚刚过", u"刚到",
					       u"刚过了", u"after" };
static const char16_t *const about_after[] = { u"左右", u"前后", u"上下", u"许", u"来钟", u"光景",
					       u"的样子", u"钟左右", u"钟前后", u"钟光景",
					       u"钟的样子", u"钟上下", u"样子", u"来钟左右",
					       u"那会", u"那阵", u"钟那会", u"的时候" };
static const char16_t *const not_yet_after[] = { u"不到", u"钟不到", u"还不到", u"没到", u"钟没到" };
static const char16_t *const more_after[] = { u"多", u"几分", u"几", u"钟多", u"过几分", u"好几分" };
static const char16_t *const past_after[] = { u"出头", u"刚过", u"过点", u"过一点", u"过了",
					      u"钟刚过", u"钟过", u"过" };
/* Behind "three points" these make it no time. */
static const char16_t *const no_clock_after[] = { u"意见", u"建议", u"要求", u"原因", u"问题",
						  u"积分", u"都", u"优惠", u"儿", u"理由", u"也",
						  u"名", u"击", u"评" };
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
	} quarters[] = { { u"半", 30 },   { u"一刻", 15 },  { u"三刻", 45 },
			 { u"1刻", 15 },  { u"3刻", 45 },   { u"过一刻", 15 },
			 { u"两刻", 30 }, { u"差一刻", -15 } };
	struct time_number n;

	*out = (struct said_minute){ .end = at };
	for (size_t i = 0; i < COUNT(quarters); i++) {
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
	size_t i = skip_space(text, at);
	int sign = 1;
	if (text_at(text, i, u"差") || text_at(text, i, u"缺") || text_at(text, i, u"欠")) {
		sign = -1;
		i++;
	} else if (text_at(text, i, u"过") || text_at(text, i, u"零")) {
		i += text_at(text, i, u"过");
	}
	if (!time_number_at(text, i, &n) || n.few || n.digits > 2)
		return false;
	bool minute_sign = unit_at(text, n.end) == u'分';
	if (n.words && n.upto != n.value)
		n.value = n.value * 10 + n.upto;
	/* "三点五次": one numeral needs its sign; "三点 13..." is another number. */
	if (!in(n.value, 0, 59) || (!minute_sign && (i != at || sign < 0) && n.digits > 0) ||
	    (!minute_sign && n.words && n.end - i < 2) || (n.digits == 1 && !minute_sign))
		return false;
	out->minutes = sign * n.value;
	out->exact = true;
	out->end = minute_sign ? n.end + 1 : n.end;
	if (time_number_at(text, out->end, &n) && unit_at(text, n.end) == u'秒')
		out->end = n.end + 1;
	return true;
}

/* English halves of the day behind a time. */
static bool half_day_at(const struct text *text, size_t at, enum day_part *part, size_t *end)
{
	static const struct {
		const char16_t *word;
		enum day_part part;
	} words[] = { { u"am", PART_FORENOON },   { u"a.m.", PART_FORENOON },
		      { u"pm", PART_AFTERNOON },  { u"p.m.", PART_AFTERNOON },
		      { u"a.m", PART_FORENOON },  { u"p.m", PART_AFTERNOON },
		      { u"o'clock", PART_NONE },  { u"oclock", PART_NONE } };
	at = skip_space(text, at);
	for (size_t i = 0; i < COUNT(words); i++) {
		size_t len = text_word_len(words[i].word);
		if (text_at(text, at, words[i].word) && !text_is_latin(unit_at(text, at + len))) {
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

	if (!text_is_digit(unit_at(text, at)) || !time_number_at(text, at, &h) || h.digits > 2)
		return false;
	if (!number_behind(text, h.end, ':', &m) || m.digits != 2 || h.value > 24 || m.value > 59)
		return false;
	*end = m.end;
	if (number_behind(text, m.end, ':', &s) && s.digits == 2)
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

	if (!text_is_digit(unit_at(text, at)) || !time_number_at(text, at, &h) || h.digits > 2 ||
	    !in(h.value, 1, 12))
		return false;
	*end = h.end;
	part = PART_NONE;
	/* "at 9" is an hour without any sign. */
	bool at_sign = text_before(text, at, u"at ") && unit_at(text, h.end) != '%' &&
		       !text_is_latin(unit_at(text, h.end));
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
	if (whole && (len = any_at(text, *end, not_yet_after, COUNT(not_yet_after))))
		clock->style = CLOCK_NOT_YET;
	else if ((len = any_at(text, *end, about_after, COUNT(about_after))))
		clock->style = whole ? CLOCK_WHOLE : CLOCK_ABOUT;
	else if (whole && (len = any_at(text, *end, more_after, COUNT(more_after))))
		clock->style = CLOCK_MORE;
	else if (whole && (len = any_at(text, *end, past_after, COUNT(past_after))))
		clock->style = CLOCK_JUST_PAST;
	else if (whole && text_at(text, *end, u"钟"))
		len = 1;
	*end += len;
}

static bool hour_sign(const struct text *text, size_t at, size_t *end)
{
	char16_t next = unit_at(text, at + 1);
	if (unit_at(text, at) == u'点') {
		*end = at + 1;
		return true;
	}
	*end = at + 1;
	return unit_at(text, at) == u'时' && next != u'候' && next != u'间' && next != u'长' &&
	       next != u'段' && next != u'代' && next != u'常' && next != u'限';
}

/* "A little" and "three points" look like hours; what stands round them tells. */
static bool is_no_clock(const struct text *text, size_t at, size_t end, const struct time_number *h)
{
	if (any_at(text, end, no_clock_after, COUNT(no_clock_after)))
		return true;
	if (!h->words || h->value > 3)
		return false;
	return any_before(text, at, no_clock_before, COUNT(no_clock_before)) &&
	       !any_before(text, at, not_yet_before + 1, 2) && h->value == 1;
}

static bool word_clock(const struct text *text, size_t at, struct clock *out, size_t *end)
{
	struct time_number h;
	struct said_minute m;

	if (!time_number_at(text, at, &h) || h.few || h.digits > 2 || h.value > 24 || h.upto > 24 ||
	    !hour_sign(text, skip_space(text, h.end), end) || is_no_clock(text, at, *end, &h))
		return false;
	bool twelve = in(h.value, 1, 12);
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
	size_t i = skip_space(text, at), len = any_at(text, i, signs, COUNT(signs));
	return len ? skip_space(text, i + len) : 0;
}

/* "3-4点", "三到四点": the sign of the hour stands only behind the second. */
static bool short_range(const struct text *text, size_t at, struct clock *out, size_t *end)
{
	struct time_number h;
	struct clock last;
	if (!time_number_at(text, at, &h) || h.few || h.digits > 2 || h.value > 24)
		return false;
	size_t next = range_sign(text, h.end);
	if (!next && unit_at(text, h.end) == u'、')
		next = h.end + 1;
	if (!next || !word_clock(text, next, &last, end) ||
	    (last.style != CLOCK_WHOLE && last.style != CLOCK_ABOUT))
		return false;
	*out = (struct clock){ .style = CLOCK_RANGE,
			       .minute = h.value * HOUR,
			       .end_minute = last.minute,
			       .twelve = in(h.value, 1, 12) };
	return true;
}

bool time_grammar_clock(const struct text *text, size_t at, struct clock *out,
			enum day_part *part, size_t *end)
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
		static const char16_t *const parts[] = { u"下午", u"上午", u"晚上", u"中午", u"早上" };
		next += any_at(text, next, parts, COUNT(parts));
	}
	if (next && single_clock(text, next, &last, &last_end) && last.style != CLOCK_RANGE) {
		out->style = CLOCK_RANGE;
		out->end_minute = last.minute;
		*end = last_end;
		if (text_at(text, *end, u"之间") || text_at(text, *end, u"期间"))
			*end += 2;
		return true;
	}
	if (any_before(text, at, not_yet_before, COUNT(not_yet_before)) &&
	    (out->style == CLOCK_WHOLE || out->style == CLOCK_MORE))
		out->style = CLOCK_NOT_YET;
	else if (any_before(text, at, past_before, COUNT(past_before)) && out->style == CLOCK_WHOLE)
		out->style = CLOCK_JUST_PAST;
	else if (any_before(text, at, about_before, COUNT(about_before)) &&
		 out->style == CLOCK_EXACT)
		out->style = CLOCK_ABOUT;
	return true;
}

bool time_grammar_iso(const struct text *text, size_t at, struct written_instant *out, size_t *end)
{
	struct clock clock;
	struct time_number h, m;

	*out = (struct written_instant){ .has_offset = false };
	if (!numeric_date(text, at, &out->date, end) || out->date.year == 0 ||
	    unit_at(text, *end) != 't' || !colon_clock(text, *end + 1, &clock, end))
		return false;
	out->minute = clock.minute;
	while (unit_at(text, *end) == '.' || (text_is_digit(unit_at(text, *end)) &&
					      text_is_digit(unit_at(text, *end - 1))))
		(*end)++;
	char16_t sign = unit_at(text, *end);
	if (sign == 'z') {
		out->has_offset = true;
		(*end)++;
	} else if ((sign == '+' || sign == '-') && time_number_at(text, *end + 1, &h) &&
		   (h.digits == 2 || h.digits == 4)) {
		bool colon = h.digits == 2 && number_behind(text, h.end, ':', &m) && m.digits == 2;
		int minutes = h.digits == 4 ? h.value / 100 * HOUR + h.value % 100 :
					      h.value * HOUR + (colon ? m.value : 0);
		out->has_offset = true;
		out->offset_minutes = sign == '-' ? -minutes : minutes;
		*end = colon ? m.end : h.end;
	}
	return true;
}

/* --- so long ago --- */

enum span_unit { SPAN_MINUTE, SPAN_HOUR, SPAN_DAY, SPAN_WEEK };

static const struct span_word {
	const char16_t *word;
	enum span_unit unit;
	int factor;
} span_words[] = {
	{ u"分钟", SPAN_MINUTE, 1 },   { u"刻钟", SPAN_MINUTE, 15 }, { u"分", SPAN_MINUTE, 1 },
	{ u"个小时", SPAN_HOUR, 1 },   { u"小时", SPAN_HOUR, 1 },   { u"个钟头", SPAN_HOUR, 1 },
	{ u"钟头", SPAN_HOUR, 1 },     { u"个钟", SPAN_HOUR, 1 },   { u"天", SPAN_DAY, 1 },
	{ u"日", SPAN_DAY, 1 },        { u"个星期", SPAN_WEEK, 7 }, { u"星期", SPAN_WEEK, 7 },
	{ u"个礼拜", SPAN_WEEK, 7 },   { u"礼拜", SPAN_WEEK, 7 },   { u"周", SPAN_WEEK, 7 },
	{ u"minutes", SPAN_MINUTE, 1 }, { u"minute", SPAN_MINUTE, 1 }, { u"mins", SPAN_MINUTE, 1 },
	{ u"min", SPAN_MINUTE, 1 },    { u"hours", SPAN_HOUR, 1 },  { u"hour", SPAN_HOUR, 1 },
	{ u"hrs", SPAN_HOUR, 1 },      { u"days", SPAN_DAY, 1 },    { u"day", SPAN_DAY, 1 },
	{ u"weeks", SPAN_WEEK, 7 },    { u"week", SPAN_WEEK, 7 },
};

static const struct span_word *span_at(const struct text *text, size_t at, size_t *end)
{
	at = skip_space(text, at);
	for (size_t i = 0; i < COUNT(span_words); i++) {
		if (text_at(text, at, span_words[i].word)) {
			*end = at + text_word_len(span_words[i].word);
			return &span_words[i];
		}
	}
	return NULL;
}

static bool ago_at(const struct text *text, size_t at, size_t *end)
{
	static const char16_t *const words[] = { u"之前", u"以前", u"前", u"ago", u"earlier" };
	at = skip_space(text, at);
	if (text_at(text, at, u"左右") || text_at(text, at, u"的样子"))
		at += text_at(text, at, u"左右") ? 2 : 3;
	size_t len = any_at(text, at, words, COUNT(words));
	*end = at + len;
	return len > 0;
}

static void set_ago(struct written_ago *out, int from_minutes, int to_minutes)
{
	out->from_ms = (int64_t)from_minutes * 60000;
	out->to_ms = (int64_t)(to_minutes > 0 ? to_minutes : 0) * 60000;
}

/* English counts in words, and a half or an and a half of an hour in both languages. */
static bool worded_ago(const struct text *text, size_t at, struct written_ago *out, size_t *end)
{
	static const struct {
		const char16_t *word;
		int minutes;
		int reach;
	} spans[] = {
		{ u"半小时", 30, 15 },	      { u"半个小时", 30, 15 },
		{ u"半个钟头", 30, 15 },      { u"半个钟", 30, 15 },
		{ u"半点钟", 30, 15 },	      { u"半钟头", 30, 15 },
		{ u"小半个小时", 30, 15 },    { u"half an hour", 30, 15 },
		{ u"half hour", 30, 15 },     { u"an hour", 60, 30 },
		{ u"one hour", 60, 30 },      { u"two hours", 120, 30 },
		{ u"three hours", 180, 30 },  { u"four hours", 240, 30 },
		{ u"five hours", 300, 30 },   { u"six hours", 360, 30 },
		{ u"five minutes", 5, 10 },   { u"ten minutes", 10, 10 },
		{ u"fifteen minutes", 15, 10 }, { u"twenty minutes", 20, 10 },
		{ u"thirty minutes", 30, 10 }, { u"forty minutes", 40, 10 },
		{ u"a minute", 1, 10 },
	};
	static const struct {
		const char16_t *word;
		int days;
	} days[] = { { u"a day", 1 },	 { u"one day", 1 },    { u"two days", 2 },
		     { u"three days", 3 }, { u"four days", 4 }, { u"five days", 5 },
		     { u"six days", 6 }, { u"a week", 7 },     { u"one week", 7 },
		     { u"two weeks", 14 } };

	*out = (struct written_ago){ 0 };
	for (size_t i = 0; i < COUNT(spans); i++) {
		if (text_at(text, at, spans[i].word) &&
		    ago_at(text, at + text_word_len(spans[i].word), end)) {
			set_ago(out, spans[i].minutes + spans[i].reach,
				spans[i].minutes - spans[i].reach);
			return true;
		}
	}
	for (size_t i = 0; i < COUNT(days); i++) {
		if (text_at(text, at, days[i].word) &&
		    ago_at(text, at + text_word_len(days[i].word), end)) {
			out->days = days[i].days;
			return true;
		}
	}
	return false;
}

static bool minutes_ago(const struct time_number *n, int factor, bool more, struct written_ago *out)
{
	enum { REACH = 10, FEW = 15, SPAN_REACH = 5 };
	if (n->few && n->value == 0)
		set_ago(out, FEW, 0);
	else if (n->few)
		set_ago(out, n->upto, n->value);
	else if (n->upto > n->value)
		set_ago(out, n->upto * factor + SPAN_REACH, n->value * factor - SPAN_REACH);
	else if (more)
		set_ago(out, n->value * factor + REACH, n->value * factor);
	else
		set_ago(out, n->value * factor + REACH, n->value * factor - REACH);
	return true;
}

static bool hours_ago(const struct time_number *n, int extra, bool more, struct written_ago *out)
{
	enum { REACH = 30, EXACT_REACH = 10 };
	int minutes = n->value * HOUR + extra;
	if (n->few)
		return false;
	if (n->upto > n->value)
		set_ago(out, n->upto * HOUR, minutes);
	else if (more)
		set_ago(out, minutes + HOUR, minutes);
	else if (extra && extra != REACH)
		set_ago(out, minutes + EXACT_REACH, minutes - EXACT_REACH);
	else
		set_ago(out, minutes + REACH, minutes - REACH);
	return true;
}

bool time_grammar_ago(const struct text *text, size_t at, struct written_ago *out, size_t *end)
{
	enum { VALUE_MAX = 400 };
	struct time_number n, rest;
	size_t i;

	if (worded_ago(text, at, out, end))
		return true;
	if (!time_number_at(text, at, &n) || n.value > VALUE_MAX)
		return false;
	i = n.end;
	bool more = text_at(text, i, u"多") || text_at(text, i, u"余");
	i += more || text_at(text, i, u"来");
	int extra = 0;
	if (text_at(text, i, u"个半")) {
		extra = HOUR / 2;
		i += 2;
	} else if (text_at(text, i, u"个多")) {
		more = true;
		i += 2;
	}
	const struct span_word *span = span_at(text, i, &i);
	if (!span)
		return false;
	if (span->unit == SPAN_HOUR && text_at(text, i, u"半")) {
		extra = HOUR / 2;
		i++;
	} else if (text_at(text, i, u"多")) {
		more = true;
		i++;
	} else if (span->unit == SPAN_HOUR) {
		size_t next = text_at(text, i, u"零") ? i + 1 : i;
		size_t behind;
		const struct span_word *small = NULL;
		if (time_number_at(text, next, &rest) && !rest.few)
			small = span_at(text, rest.end, &behind);
		if (small && small->unit == SPAN_MINUTE && rest.value < HOUR) {
			extra = rest.value * small->factor;
			i = behind;
		}
	}
	if (!ago_at(text, i, end))
		return false;
	*out = (struct written_ago){ 0 };
	switch (span->unit) {
	case SPAN_MINUTE:
		return minutes_ago(&n, span->factor, more, out);
	case SPAN_HOUR:
		return hours_ago(&n, extra, more, out);
	case SPAN_DAY:
	case SPAN_WEEK:
		out->days = n.value * span->factor;
		return !n.few && n.upto == n.value && n.value > 0;
	}
	return false;
}
