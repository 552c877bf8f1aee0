/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/time_grammar.h"

#include "rules/time_text.h"

enum { HOUR = 60 };

enum span_unit { SPAN_MINUTE, SPAN_HOUR, SPAN_DAY, SPAN_WEEK };

static const struct span_word {
	const char16_t *word;
	enum span_unit unit;
	int factor;
} span_words[] = {
	{ u"分钟", SPAN_MINUTE, 1 },	{ u"刻钟", SPAN_MINUTE, 15 },  { u"分", SPAN_MINUTE, 1 },
	{ u"个小时", SPAN_HOUR, 1 },	{ u"小时", SPAN_HOUR, 1 },     { u"个钟头", SPAN_HOUR, 1 },
	{ u"钟头", SPAN_HOUR, 1 },	{ u"个钟", SPAN_HOUR, 1 },     { u"天", SPAN_DAY, 1 },
	{ u"日", SPAN_DAY, 1 },		{ u"个星期", SPAN_WEEK, 7 },   { u"星期", SPAN_WEEK, 7 },
	{ u"个礼拜", SPAN_WEEK, 7 },	{ u"礼拜", SPAN_WEEK, 7 },     { u"周", SPAN_WEEK, 7 },
	{ u"minutes", SPAN_MINUTE, 1 }, { u"minute", SPAN_MINUTE, 1 }, { u"mins", SPAN_MINUTE, 1 },
	{ u"min", SPAN_MINUTE, 1 },	{ u"hours", SPAN_HOUR, 1 },    { u"hour", SPAN_HOUR, 1 },
	{ u"hrs", SPAN_HOUR, 1 },	{ u"days", SPAN_DAY, 1 },      { u"day", SPAN_DAY, 1 },
	{ u"weeks", SPAN_WEEK, 7 },	{ u"week", SPAN_WEEK, 7 },
};

static const struct span_word *span_at(const struct text *text, size_t at, size_t *end)
{
	at = time_skip_space(text, at);
	for (size_t i = 0; i < TIME_COUNT_OF(span_words); i++) {
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
	at = time_skip_space(text, at);
	if (text_at(text, at, u"左右") || text_at(text, at, u"的样子"))
		at += text_at(text, at, u"左右") ? 2 : 3;
	size_t len = time_any_at(text, at, words, TIME_COUNT_OF(words));
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
		{ u"半小时", 30, 15 },		{ u"半个小时", 30, 15 },
		{ u"半个钟头", 30, 15 },	{ u"半个钟", 30, 15 },
		{ u"半点钟", 30, 15 },		{ u"半钟头", 30, 15 },
		{ u"小半个小时", 30, 15 },	{ u"half an hour", 30, 15 },
		{ u"half hour", 30, 15 },	{ u"an hour", 60, 30 },
		{ u"one hour", 60, 30 },	{ u"two hours", 120, 30 },
		{ u"three hours", 180, 30 },	{ u"four hours", 240, 30 },
		{ u"five hours", 300, 30 },	{ u"six hours", 360, 30 },
		{ u"five minutes", 5, 10 },	{ u"ten minutes", 10, 10 },
		{ u"fifteen minutes", 15, 10 }, { u"twenty minutes", 20, 10 },
		{ u"thirty minutes", 30, 10 },	{ u"forty minutes", 40, 10 },
		{ u"a minute", 1, 10 },
	};
	static const struct {
		const char16_t *word;
		int days;
	} days[] = { { u"a day", 1 },	   { u"one day", 1 },	{ u"two days", 2 },
		     { u"three days", 3 }, { u"four days", 4 }, { u"five days", 5 },
		     { u"six days", 6 },   { u"a week", 7 },	{ u"one week", 7 },
		     { u"two weeks", 14 } };

	if (text_is_digit(time_unit_at(text, at)))
		return false;
	*out = (struct written_ago){ 0 };
	for (size_t i = 0; i < TIME_COUNT_OF(spans); i++) {
		if (text_at(text, at, spans[i].word) &&
		    ago_at(text, at + text_word_len(spans[i].word), end)) {
			set_ago(out, spans[i].minutes + spans[i].reach,
				spans[i].minutes - spans[i].reach);
			return true;
		}
	}
	for (size_t i = 0; i < TIME_COUNT_OF(days); i++) {
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
