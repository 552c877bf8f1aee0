/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/time_grammar.h"

#include "rules/time_text.h"

enum { HOUR = 60 };

static const struct cue *span_at(const struct text *text, size_t at, size_t *end)
{
	at = time_skip_space(text, at);
	const struct cue *span = cue_find(text, at, CUE_SPAN);
	if (span)
		*end = at + span->len;
	return span;
}

static bool ago_at(const struct text *text, size_t at, size_t *end)
{
	at = time_skip_space(text, at);
	at += cue_len(text, at, CUE_AGO_FILL);
	size_t len = cue_len(text, at, CUE_AGO);
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
	if (text_is_digit(time_unit_at(text, at)))
		return false;
	const struct cue *phrase = cue_find(text, at, CUE_AGO_PHRASE);
	while (phrase && !ago_at(text, at + phrase->len, end))
		phrase = cue_find_next(text, at, CUE_AGO_PHRASE, phrase);
	if (!phrase)
		return false;
	*out = (struct written_ago){ 0 };
	if (phrase->a == SPAN_DAY)
		out->days = phrase->b;
	else
		set_ago(out, phrase->b + phrase->c, phrase->b - phrase->c);
	return true;
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
	size_t len = cue_len(text, i, CUE_MORE);
	bool more = len > 0;
	i += more ? len : cue_len(text, i, CUE_ODD);
	int extra = 0;
	if ((len = cue_len(text, i, CUE_AND_HALF))) {
		extra = HOUR / 2;
		i += len;
	} else if ((len = cue_len(text, i, CUE_AND_MORE))) {
		more = true;
		i += len;
	}
	const struct cue *span = span_at(text, i, &i);
	if (!span)
		return false;
	if (span->a == SPAN_HOUR && (len = cue_len(text, i, CUE_HALF))) {
		extra = HOUR / 2;
		i += len;
	} else if ((len = cue_len(text, i, CUE_MORE))) {
		more = true;
		i += len;
	} else if (span->a == SPAN_HOUR) {
		size_t next = i + cue_len(text, i, CUE_AND_ZERO);
		size_t behind;
		const struct cue *small = NULL;
		if (time_number_at(text, next, &rest) && !rest.few)
			small = span_at(text, rest.end, &behind);
		if (small && small->a == SPAN_MINUTE && rest.value < HOUR) {
			extra = rest.value * small->b;
			i = behind;
		}
	}
	if (!ago_at(text, i, end))
		return false;
	*out = (struct written_ago){ 0 };
	switch ((enum cue_span)span->a) {
	case SPAN_MINUTE:
		return minutes_ago(&n, span->b, more, out);
	case SPAN_HOUR:
		return hours_ago(&n, extra, more, out);
	case SPAN_DAY:
		out->days = n.value * span->b;
		return !n.few && n.upto == n.value && n.value > 0;
	}
	return false;
}
