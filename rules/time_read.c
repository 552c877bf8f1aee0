/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* time_read.c - gathers what the text tells into stated times. A new day, or a second clock time
 * of the same day, begins a new one; the window of the latest is the answer.
 */
#include "rules/time_read.h"

#include "rules/language.h"
#include "rules/text_note.h"
#include "rules/time_grammar.h"
#include "rules/time_window.h"

enum { STATED_MAX = 16, HOUR = 60, EARLIER_REACH = 8, HABIT_REACH = 12, LAST_OF_LINE = 3 };

struct reader {
	struct text *text;
	const struct token *tokens;
	size_t count;
	size_t next; /* first token not before the place being read */
	int64_t received_ms;
	int64_t today;
	struct stated_time stated[STATED_MAX];
	size_t stated_count;
	size_t habit_until;
	bool last; /* "last" stood before, and where it ended */
	size_t last_end;
	int months; /* 上个月 before a day, 1 when none */
	size_t months_end;
	size_t clock_end;
};

static char16_t unit_at(const struct text *text, size_t at)
{
	return at < text->len ? text->unit[at] : 0;
}

static struct stated_time *current(struct reader *r)
{
	return &r->stated[r->stated_count - 1];
}

/* A fresh stated time; when there are too many the last one is used again. */
static struct stated_time *begin(struct reader *r)
{
	if (r->stated_count < STATED_MAX)
		r->stated_count++;
	*current(r) = (struct stated_time){ .kind = STATED_NONE };
	return current(r);
}

static bool is_used(const struct stated_time *s)
{
	return s->kind != STATED_NONE || s->part != PART_NONE || s->clock.style != CLOCK_NONE ||
	       s->void_time;
}

/* True when the text right behind `end` says that this is a deadline or a plan. */
static bool is_plan(const struct text *text, size_t end)
{
	while (unit_at(text, end) == ' ')
		end++;
	return !cue_find(text, end, CUE_NO_PLAN) && cue_find(text, end, CUE_PLAN);
}

/* True when what follows speaks of an earlier report, whose time is not the call's. */
static bool is_of_earlier_report(const struct reader *r, size_t end)
{
	for (size_t i = r->next; i < r->count && r->tokens[i].from <= end + EARLIER_REACH; i++) {
		char16_t c = unit_at(r->text, r->tokens[i].from - 1);
		if (c == ',' || c == u'。')
			return false;
		if (r->tokens[i].from >= end && (r->tokens[i].word->senses & WORD_EARLIER))
			return true;
	}
	return false;
}

static struct stated_time *begin_day(struct reader *r, int64_t day, size_t end)
{
	struct stated_time *s = begin(r);
	s->kind = STATED_DAY;
	s->day = day;
	s->today = day == r->today;
	s->void_time = is_plan(r->text, end) || is_of_earlier_report(r, end);
	return s;
}

static void begin_instant(struct reader *r, int64_t from_ms, int64_t to_ms)
{
	struct stated_time *s = begin(r);
	s->kind = STATED_INSTANT;
	s->from_ms = from_ms;
	s->to_ms = to_ms;
}

static void set_part(struct reader *r, enum day_part part, size_t at)
{
	struct stated_time *s = current(r);
	if (r->habit_until > at)
		return;
	/* "at 4:10 this afternoon": the part of the day comes second. */
	if (s->clock.style != CLOCK_NONE && s->part == PART_NONE &&
	    r->clock_end + LAST_OF_LINE * 4 > at && text_is_latin(unit_at(r->text, at))) {
		s->part = part;
		return;
	}
	if (s->kind == STATED_INSTANT || s->kind == STATED_DAYS || s->clock.style != CLOCK_NONE ||
	    s->part != PART_NONE) {
		struct stated_time before = *s;
		s = begin(r);
		if (before.kind == STATED_DAY) {
			s->kind = STATED_DAY;
			s->day = before.day;
			s->today = before.today;
			s->void_time = before.void_time;
		}
	}
	s->part = part;
}

static void set_clock(struct reader *r, const struct clock *clock, size_t at, size_t end)
{
	struct stated_time *s = current(r);
	if (r->habit_until > at || is_plan(r->text, end))
		return;
	if (s->kind == STATED_INSTANT || s->kind == STATED_DAYS || s->clock.style != CLOCK_NONE) {
		struct stated_time before = *s;
		s = begin(r);
		if (before.kind == STATED_DAY) {
			*s = before;
			s->clock.style = CLOCK_NONE;
		} else {
			s->part = before.kind == STATED_NONE ? before.part : PART_NONE;
		}
	}
	s->clock = *clock;
	r->clock_end = end;
	/* 早8点, 晚八点 */
	if (s->part == PART_NONE && clock->twelve) {
		const struct cue *half = cue_find(r->text, at, CUE_HALF_BEFORE);
		s->part = half ? (enum day_part)half->a : PART_NONE;
	}
}

static int weekday_at(const struct text *text, size_t at, size_t *end)
{
	const struct cue *day = cue_find(text, at, CUE_WEEKDAY);
	*end = at + (day ? day->len : 1);
	return day ? day->a : 0;
}

/* `week` as in TIME_WEEK; weekday 1..7. */
static int64_t day_of_week(const struct reader *r, int week, int weekday)
{
	int64_t monday = r->today - time_weekday(r->today);
	int64_t day = monday + weekday - 1;
	if (week <= 0)
		return day + 7 * week;
	return day > r->today ? day - 7 : day;
}

static size_t read_week(struct reader *r, const struct token *t)
{
	size_t end;
	int weekday = weekday_at(r->text, t->to, &end);
	if (weekday) {
		begin_day(r, day_of_week(r, t->word->a, weekday), end);
		return end;
	}
	if (t->word->a < 0) {
		struct stated_time *s = begin_day(r, day_of_week(r, t->word->a, 1), t->to);
		s->kind = STATED_DAYS;
		s->days = 7;
	}
	return t->to;
}

static size_t read_weekend(struct reader *r, const struct token *t)
{
	int64_t saturday = day_of_week(r, t->word->a < 0 ? -1 : 0, 6);
	if (t->word->a >= 0 && saturday > r->today)
		saturday -= 7;
	struct stated_time *s = begin_day(r, saturday, t->to);
	s->kind = STATED_DAYS;
	s->days = 2;
	s->today = false;
	return t->to;
}

/* "刚才发错了" tells when something was written, not when the call came. */
static bool is_of_this_text(const struct text *text, size_t end)
{
	return cue_find(text, end, CUE_OF_THIS_TEXT) != NULL;
}

static size_t read_just(struct reader *r, const struct token *t)
{
	if (is_of_this_text(r->text, t->to))
		return t->to;
	begin_instant(r, r->received_ms - HOUR * INT64_C(60000), r->received_ms);
	return t->to;
}

/* "Aug 14", "14 August", "August 14th". */
static size_t read_month_name(struct reader *r, const struct token *t)
{
	size_t i = t->to, end;
	int day = 0;
	int64_t found;
	while (unit_at(r->text, i) == ' ' || unit_at(r->text, i) == '.')
		i++;
	for (end = i; end < i + 2 && text_is_digit(unit_at(r->text, end)); end++)
		day = day * 10 + (unit_at(r->text, end) - '0');
	if (end == i || text_is_digit(unit_at(r->text, end)) || unit_at(r->text, end) == ':') {
		day = 0;
		end = t->to;
		i = t->from;
		while (i > 0 &&
		       (unit_at(r->text, i - 1) == ' ' || text_is_latin(unit_at(r->text, i - 1))) &&
		       t->from - i < 4)
			i--;
		if (i > 0 && text_is_digit(unit_at(r->text, i - 1))) {
			day = unit_at(r->text, i - 1) - '0';
			if (i > 1 && text_is_digit(unit_at(r->text, i - 2)))
				day += 10 * (unit_at(r->text, i - 2) - '0');
		}
	}
	if (day >= 1 && day <= 31 && time_latest_date(0, t->word->a, day, r->today, &found)) {
		begin_day(r, found, end);
		text_take(r->text, t->from, end);
	}
	return end;
}

static size_t read_month(struct reader *r, const struct token *t)
{
	r->months = t->word->a;
	r->months_end = t->to;
	return t->to;
}

static size_t read_token(struct reader *r, const struct token *t)
{
	const struct lexicon_word *w = t->word;
	int64_t found;

	switch ((enum lexicon_time)w->time) {
	case TIME_NONE:
	case TIME_VAGUE:
		break;
	case TIME_DAY:
		begin_day(r, r->today + w->a, t->to);
		break;
	case TIME_PART:
		set_part(r, (enum day_part)w->a, t->from);
		break;
	case TIME_DAY_PART:
		if (current(r)->clock.style != CLOCK_NONE && current(r)->kind == STATED_NONE &&
		    text_is_latin(r->text->unit[t->from])) {
			struct stated_time *s = current(r);
			s->kind = STATED_DAY;
			s->day = r->today + w->a;
			s->today = w->a == 0;
			s->part = s->clock.twelve || s->clock.minute < 12 * HOUR
					  ? (enum day_part)w->b
					  : PART_NONE;
			break;
		}
		begin_day(r, r->today + w->a, t->to)->part = (enum day_part)w->b;
		break;
	case TIME_WEEK:
		return read_week(r, t);
	case TIME_WEEKEND:
		return read_weekend(r, t);
	case TIME_JUST:
		return read_just(r, t);
	case TIME_HABIT:
		r->habit_until = t->to + HABIT_REACH;
		break;
	case TIME_MONTH:
		return read_month(r, t);
	case TIME_MONTH_NAME:
		return read_month_name(r, t);
	case TIME_WEEKDAY: {
		bool last = r->last && r->last_end + 1 >= t->from;
		begin_day(r, day_of_week(r, last ? -1 : 1, w->a), t->to);
		break;
	}
	case TIME_COUNT:
		break;
	case TIME_LAST:
		r->last = true;
		r->last_end = t->to;
		break;
	case TIME_DATE:
		if (time_latest_date(0, w->a, w->b, r->today, &found))
			begin_day(r, found, t->to);
		break;
	}
	return t->to;
}

static void add_date(struct reader *r, const struct written_date *date, size_t at, size_t end)
{
	struct written_date d = *date;
	int64_t found;

	if (d.vague)
		return;
	if (!d.month && r->months <= 0 && r->months_end == at) {
		/* the same day of an earlier month */
		int64_t month_ago = r->today;
		for (int back = r->months; back < 0; back++) {
			while (!time_latest_date(0, 0, 1, month_ago, &found))
				month_ago--;
			month_ago = found - 1;
		}
		if (time_latest_date(0, 0, d.day, month_ago, &found))
			begin_day(r, found, end);
		return;
	}
	if (time_latest_date(d.year, d.month, d.day, r->today, &found))
		begin_day(r, found, end);
}

static void add_instant(struct reader *r, const struct written_instant *w)
{
	enum { REACH_MS = 10 * 60000 };
	int64_t day;
	if (!time_latest_date(w->date.year, w->date.month, w->date.day, r->today, &day))
		return;
	int64_t at = time_day_start(day) + w->minute * INT64_C(60000);
	if (w->has_offset)
		at += INT64_C(60000) * (8 * HOUR - w->offset_minutes);
	if (at <= r->received_ms)
		begin_instant(r, at - REACH_MS, at + REACH_MS);
}

/* A whole telephone number ends right before `at`, so that what follows is none of its digits. */
static bool ends_number(const struct text *text, size_t at)
{
	enum { NUMBER_MIN = 5, NUMBER_DIGITS_MAX = 20 };
	char digits[NUMBER_DIGITS_MAX];
	struct number number;
	size_t len = 0;
	while (len < at && text_is_digit(text->unit[at - len - 1])) {
		if (++len > NUMBER_DIGITS_MAX)
			return false;
	}
	if (len < NUMBER_MIN)
		return false;
	for (size_t i = 0; i < len; i++)
		digits[i] = (char)text->unit[at - len + i];
	return numbering_read(text->language->numbering, false, digits, len, &number) == 0;
}

/* A written number begins at `at`: no digit, and no digit with a joining sign, before it. */
static bool begins_number(const struct text *text, size_t at)
{
	if (at == 0)
		return true;
	char16_t c = text->unit[at - 1];
	if (text_is_digit(c) && !text_is_digit(text->unit[at]) && ends_number(text, at))
		return true;
	if (text_is_digit(c) || (text_is_latin(c) && text_is_digit(text->unit[at])))
		return false;
	const struct char_entry *numeral = char_table_find(&text->language->chars, c);
	if (numeral &&
	    (numeral->use == CHAR_DIGIT || numeral->use == CHAR_TENS || numeral->use == CHAR_COUNT))
		return text_is_digit(text->unit[at]);
	/* digits one by one, with spaces: "1 3 8-0 0" */
	if (c == ' ' && at >= 2 && text_is_digit(text->unit[at - 2]) &&
	    text_is_digit(text->unit[at]) && (at < 3 || !text_is_digit(text->unit[at - 3])))
		return text_is_digit(unit_at(text, at + 1));
	if ((c == '-' || c == '.' || c == '/' || c == ':') && at >= 2)
		return !text_is_digit(text->unit[at - 2]);
	return true;
}

static bool may_begin(const struct text *text, char16_t c)
{
	const struct char_entry *entry = char_table_find(&text->language->chars, c);
	return entry && entry->begins_time;
}

/* More digits together than the longest date has: a telephone number, most of the time. */
static bool is_long_number(const struct text *text, size_t at)
{
	enum { DATE_DIGITS_MAX = 8 };
	size_t end = at;
	while (end - at <= DATE_DIGITS_MAX && text_is_digit(unit_at(text, end)))
		end++;
	return end - at > DATE_DIGITS_MAX;
}

/* Reads a written time at `at`; returns its end, or `at` when there is none. */
static size_t read_written(struct reader *r, size_t at)
{
	struct text *text = r->text;
	bool short_number = !is_long_number(text, at);
	struct written_instant instant;
	struct written_date date;
	struct written_ago ago;
	struct clock clock;
	enum day_part part;
	size_t end;

	const char *form;

	if (short_number && time_grammar_iso(text, at, &instant, &end)) {
		form = "date and time of ISO 8601";
		add_instant(r, &instant);
	} else if (time_grammar_ago(text, at, &ago, &end)) {
		form = "so long ago";
		if (ago.days)
			begin_day(r, r->today - ago.days, end);
		else
			begin_instant(r, r->received_ms - ago.from_ms, r->received_ms - ago.to_ms);
	} else if (short_number && time_grammar_clock(text, at, &clock, &part, &end)) {
		form = "clock";
		set_clock(r, &clock, at, end);
	} else if (short_number && time_grammar_date(text, at, &date, &end)) {
		form = "date";
		add_date(r, &date, at, end);
	} else {
		return at;
	}
	text_take(text, at, end);
	text_note(text, NOTE_TIME, form, at, end);
	return end;
}

static bool is_stop(char16_t c)
{
	return c == ',' || c == ';' || c == '!' || c == u'。' || c == '\n' || c == '?';
}

static void scan(struct reader *r)
{
	struct text *text = r->text;
	for (size_t i = 0; i < text->len;) {
		while (r->next < r->count && r->tokens[r->next].from < i)
			r->next++;
		if (is_stop(text->unit[i]))
			r->habit_until = 0;
		const struct token *t = r->next < r->count && r->tokens[r->next].from == i
						? &r->tokens[r->next]
						: NULL;
		if (t && t->word->time != TIME_NONE) {
			text_note(text, NOTE_TIME,
				  lexicon_time_name((enum lexicon_time)t->word->time), t->from,
				  t->to);
			i = read_token(r, t);
			continue;
		}
		size_t end = i;
		if (!(text->mark[i] & TEXT_TAKEN) && may_begin(text, text->unit[i]) &&
		    begins_number(text, i))
			end = read_written(r, i);
		i = end > i ? end : i + 1;
	}
}

/* A day told after the clock time belongs to it: "three o'clock it was, yesterday". */
static void lend_days(struct reader *r)
{
	for (size_t i = 0; i + 1 < r->stated_count; i++) {
		struct stated_time *s = &r->stated[i], *next = &r->stated[i + 1];
		if (s->kind == STATED_NONE &&
		    (s->clock.style != CLOCK_NONE || s->part != PART_NONE) &&
		    next->kind == STATED_DAY && next->part == PART_NONE &&
		    next->clock.style == CLOCK_NONE) {
			s->kind = STATED_DAY;
			s->day = next->day;
			s->today = next->today;
			next->void_time = true;
		}
	}
}

/* The form of a stated time, which decides how wide its window is. */
static const char *form_of(const struct stated_time *s)
{
	static const char *const clocks[] = {
		[CLOCK_NONE] = NULL,
		[CLOCK_EXACT] = "exact minute: 10 minutes before and after",
		[CLOCK_ABOUT] = "approximate minute: 15 minutes before and after",
		[CLOCK_WHOLE] = "whole hour: half an hour before and after",
		[CLOCK_MORE] = "some time in the hour",
		[CLOCK_NOT_YET] = "half an hour before the hour",
		[CLOCK_JUST_PAST] = "half an hour after the hour",
		[CLOCK_RANGE] = "from one time to another",
	};
	if (s->kind == STATED_INSTANT)
		return "a moment told by itself";
	if (s->clock.style != CLOCK_NONE)
		return clocks[s->clock.style];
	if (s->part != PART_NONE)
		return "part of the day";
	return s->kind == STATED_DAYS ? "several days" : "the whole day";
}

bool time_read(struct text *text, const struct token *tokens, size_t count, int64_t received_ms,
	       struct time_window *out)
{
	struct reader r = { .text = text,
			    .tokens = tokens,
			    .count = count,
			    .months = 1,
			    .received_ms = received_ms,
			    .today = time_day_of(received_ms) };
	struct time_window w;
	const struct stated_time *latest = NULL;

	begin(&r);
	scan(&r);
	lend_days(&r);
	for (size_t i = 0; i < r.stated_count; i++) {
		if (!is_used(&r.stated[i]) || !time_window_of(&r.stated[i], received_ms, &w))
			continue;
		if (latest && w.from_ms <= out->from_ms)
			continue;
		*out = w;
		latest = &r.stated[i];
	}
	if (latest)
		text_note(text, NOTE_WINDOW, form_of(latest), 0, text->len);
	return latest != NULL;
}
