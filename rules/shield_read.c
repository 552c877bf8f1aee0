/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/shield_read.h"

#include "rules/calendar.h"
#include "rules/language.h"
#include "rules/time_ahead.h"
#include "rules/time_text.h"

enum {
	MINUTE_MS = 60000,
	DAY_MINUTES = 24 * 60,
	NOON = 12 * 60,
	DATES_MAX = 2,
	DAYS_MAX = 366,
	FAR_DAYS = 120
};

/* A day as it was told. */
struct told_day {
	bool fixed; /* day is known; else the date's */
	int64_t day;
	struct written_date date;
};

struct shield_scan {
	const struct text *text;
	const struct token *tokens;
	size_t token_count;
	int64_t now_ms;
	int64_t today;
	unsigned seen[CUE_KIND_COUNT];
	size_t others; /* characters that are none of ours */
	bool unread;   /* a time that we cannot use */
	struct told_day dates[DATES_MAX];
	size_t date_count;
	bool until; /* "until" stood before the first time */
	int span_days, span_minutes;
	enum day_part part;
	int clock; /* minute of the day; -1: none */
	bool twelve;
	struct shield_reading *out;
};

/* ---- words ---- */

static bool stands_free(const struct text *text, size_t at, size_t end)
{
	return !(text_is_latin(text->unit[at]) && at > 0 && text_is_latin(text->unit[at - 1])) &&
	       !(text_is_latin(text->unit[end - 1]) && end < text->len &&
		 text_is_latin(text->unit[end]));
}

/* The longest word at a place: its end and kind, or `at`. */
static size_t find_cue(const struct text *text, size_t at, enum cue_kind *kind)
{
	size_t longest = at;

	for (int i = CUE_SHIELD_ALLOW; i <= CUE_SHIELD_NOT; i++) {
		const struct cue *cue = cue_find(text, at, (enum cue_kind)i);

		while (cue && !stands_free(text, at, at + cue->len))
			cue = cue_find_next(text, at, (enum cue_kind)i, cue);
		if (!cue || at + cue->len <= longest)
			continue;
		longest = at + cue->len;
		*kind = (enum cue_kind)i;
	}
	return longest;
}

static void take_place(struct shield_scan *scan, const struct place *place)
{
	struct shield_reading *out = scan->out;

	for (size_t i = 0; i < out->place_count; i++)
		if (out->places[i] == place)
			return;
	if (out->place_count < SHIELD_PLACES_MAX)
		out->places[out->place_count++] = place;
	else
		scan->others += SHIELD_OTHERS_MAX + 1;
}

static bool has_time(const struct shield_scan *scan)
{
	return scan->date_count > 0 || scan->span_days || scan->span_minutes || scan->clock >= 0;
}

static void take_cue(struct shield_scan *scan, enum cue_kind kind)
{
	scan->seen[kind]++;
	if (kind == CUE_SHIELD_UNTIL && !has_time(scan))
		scan->until = true;
}

/* ---- times ---- */

static void take_date(struct shield_scan *scan, const struct told_day *day)
{
	if (scan->date_count == DATES_MAX)
		scan->unread = true;
	else
		scan->dates[scan->date_count++] = *day;
}

static void take_time(struct shield_scan *scan, const struct time_ahead *time)
{
	switch (time->kind) {
	case AHEAD_DATE:
		take_date(scan, &(struct told_day){ .date = time->date });
		break;
	case AHEAD_DAY:
		take_date(scan, &(struct told_day){ .fixed = true, .day = time->day });
		if (time->part != PART_NONE)
			scan->part = time->part;
		break;
	case AHEAD_PART:
		scan->part = time->part;
		break;
	case AHEAD_SPAN:
		scan->unread |= scan->span_days || scan->span_minutes;
		scan->span_days = time->days;
		scan->span_minutes = time->minutes;
		break;
	case AHEAD_CLOCK:
		scan->unread |= scan->clock >= 0;
		scan->clock = time->minutes;
		scan->twelve = time->twelve;
		break;
	}
}

/* "10.1-7", "Oct 1-7": behind a date and a dash the day alone. */
static size_t take_last_day(struct shield_scan *scan, size_t at)
{
	const struct text *text = scan->text;
	struct time_number n;
	size_t from = at;

	if (scan->date_count != 1 || scan->dates[0].fixed)
		return at;
	while (from > 0 && text->unit[from - 1] == ' ')
		from--;
	if (from == 0 || (text->unit[from - 1] != '-' && text->unit[from - 1] != '~'))
		return at;
	if (!text_is_digit(text->unit[at]) || !time_number_at(text, at, &n) || n.digits > 2 ||
	    !time_in(n.value, 1, 31) || time_unit_at(text, n.end) == '.' ||
	    time_unit_at(text, n.end) == '/' || cue_find(text, n.end, CUE_SPAN) ||
	    cue_find(text, n.end, CUE_MONTH_SIGN))
		return at;
	take_date(scan, &(struct told_day){ .date = { .day = n.value } });
	return n.end + cue_len(text, n.end, CUE_DAY_SIGN);
}

static const struct token *token_at(const struct shield_scan *scan, size_t at)
{
	for (size_t i = 0; i < scan->token_count; i++)
		if (scan->tokens[i].from == at)
			return &scan->tokens[i];
	return NULL;
}

static size_t read_time(struct shield_scan *scan, size_t at)
{
	struct time_ahead time;
	size_t end = take_last_day(scan, at);

	if (end > at)
		return end;
	if (!time_ahead_read(scan->text, token_at(scan, at), at, scan->today, &time, &end))
		return at;
	take_time(scan, &time);
	return end;
}

/* ---- the text ---- */

/* Whatever stands there, longest first. False when the text is something else. */
static bool scan_text(struct shield_scan *scan)
{
	const struct text *text = scan->text;
	enum cue_kind kind = CUE_SHIELD_FILL;

	for (size_t at = 0; at < text->len;) {
		size_t place_len = 0, cue_end = find_cue(text, at, &kind);
		const struct place *place = place_find(text, at, &place_len);
		size_t time_end = text_is_word(text->unit[at]) ? read_time(scan, at) : at;

		if (time_end > at) {
			at = time_end;
		} else if (place && at + place_len >= cue_end) {
			take_place(scan, place);
			at += place_len;
		} else if (cue_end > at) {
			take_cue(scan, kind);
			at = cue_end;
		} else {
			scan->others += text_is_word(text->unit[at++]);
		}
		if (scan->others > SHIELD_OTHERS_MAX || scan->seen[CUE_SHIELD_NOT])
			return false;
	}
	return true;
}

/* ---- what it says ---- */

static bool find_day(const struct told_day *told, int64_t from, int64_t *day)
{
	if (!told->fixed)
		return time_ahead_day(&told->date, from, day);
	*day = told->day;
	return true;
}

static int64_t year_begin(int64_t today)
{
	struct calendar_date date = calendar_date_at(time_day_start(today));

	return time_day_of(calendar_date_start((struct calendar_date){ date.year, 1, 1 }));
}

/* From the first day to the last: those at hand, or the next ones. */
static bool find_days(const struct shield_scan *scan, int64_t *first, int64_t *last)
{
	const struct told_day *a = &scan->dates[0], *b = &scan->dates[1];
	struct told_day end = *b;
	int64_t from = a->fixed || !a->date.month ? scan->today : year_begin(scan->today);

	/* "Oct 1-7": of the same month, or of the next when that is over. */
	if (!find_day(a, from, first) || !find_day(&end, *first, last))
		return false;
	if (*last >= scan->today)
		return *last >= *first;
	return find_day(a, scan->today, first) && find_day(&end, *first, last) && *last >= *first;
}

static int in_part(int minute, enum day_part part)
{
	switch (part) {
	case PART_AFTERNOON:
	case PART_DUSK:
	case PART_NIGHT:
		return minute < NOON ? minute + NOON : minute;
	case PART_NOON:
		return minute < 3 * 60 ? minute + NOON : minute;
	case PART_NONE:
	case PART_DAWN:
	case PART_EARLY:
	case PART_FORENOON:
	case PART_COUNT:
		break;
	}
	return minute;
}

/* Up to a time of day: of the day that is named, or the next such time. */
static bool until_clock(struct shield_scan *scan, int64_t *until_ms)
{
	int minute = in_part(scan->clock, scan->part);
	int64_t day = scan->today;

	if (scan->date_count > 1 ||
	    (scan->date_count == 1 && !find_day(&scan->dates[0], scan->today, &day)))
		return false;
	/* 10 o'clock is twice a day. */
	scan->out->near |= scan->twelve && scan->part == PART_NONE && scan->date_count == 0;
	*until_ms = time_day_start(day) + (int64_t)minute * MINUTE_MS;
	if (scan->date_count == 0 && *until_ms <= scan->now_ms)
		*until_ms += (int64_t)DAY_MINUTES * MINUTE_MS;
	return true;
}

static bool span_times(struct shield_scan *scan, int64_t *since_ms, int64_t *until_ms)
{
	int64_t day;

	if (scan->date_count == 1) {
		if (scan->span_days == 0 || !find_day(&scan->dates[0], scan->today, &day))
			return false;
		*since_ms = time_day_start(day);
		*until_ms = time_day_start(day + scan->span_days);
		return true;
	}
	if (scan->out->trip) {
		/* From today on? */
		scan->out->near = true;
		*until_ms = time_day_start(scan->today + scan->span_days);
		return scan->span_days > 0;
	}
	*until_ms = scan->now_ms +
		    ((int64_t)scan->span_days * DAY_MINUTES + scan->span_minutes) * MINUTE_MS;
	return true;
}

static bool date_times(struct shield_scan *scan, int64_t *since_ms, int64_t *until_ms)
{
	int64_t first, last;

	if (scan->date_count == DATES_MAX) {
		if (!find_days(scan, &first, &last))
			return false;
	} else if (!find_day(&scan->dates[0], scan->today, &last)) {
		return false;
	} else if (!scan->until && scan->out->trip) {
		return false; /* and back again when? */
	} else {
		first = scan->until ? scan->today : last;
	}
	*since_ms = scan->until && scan->date_count == 1 ? 0 : time_day_start(first);
	*until_ms = time_day_start(last + 1);
	return true;
}

/* False when the times say nothing that can be done. */
static bool find_times(struct shield_scan *scan)
{
	int64_t since_ms = 0, until_ms = 0;
	int64_t now_ms = scan->now_ms, day_ms = (int64_t)DAY_MINUTES * MINUTE_MS;
	bool span = scan->span_days || scan->span_minutes;
	bool told;

	if (scan->unread || (span && (scan->clock >= 0 || scan->date_count > 1)))
		return false;
	if (scan->clock >= 0)
		told = scan->until && until_clock(scan, &until_ms);
	else if (span)
		told = span_times(scan, &since_ms, &until_ms);
	else
		told = date_times(scan, &since_ms, &until_ms);
	if (!told || until_ms <= now_ms || until_ms <= since_ms ||
	    until_ms - now_ms > 2 * DAYS_MAX * day_ms ||
	    until_ms - (since_ms ? since_ms : now_ms) > DAYS_MAX * day_ms)
		return false;
	scan->out->near |= since_ms > now_ms + FAR_DAYS * day_ms ||
			   until_ms - (since_ms ? since_ms : now_ms) > FAR_DAYS * day_ms;
	scan->out->since_ms = since_ms > now_ms ? since_ms : 0;
	scan->out->until_ms = until_ms;
	return true;
}

static enum report_scope scope_of(const struct shield_scan *scan)
{
	bool call = scan->seen[CUE_SHIELD_CALL], sms = scan->seen[CUE_SHIELD_SMS];

	return call == sms ? REPORT_SCOPE_BOTH : call ? REPORT_SCOPE_CALL : REPORT_SCOPE_SMS;
}

/* What the words want, of those that go together; SHIELD_NONE for any others. */
static enum shield_act act_of(const struct shield_scan *scan)
{
	const unsigned *seen = scan->seen;
	bool trip = seen[CUE_SHIELD_TRIP] || seen[CUE_SHIELD_GOING];
	bool end = seen[CUE_SHIELD_END] || seen[CUE_SHIELD_HOME];
	int acts =
		!!seen[CUE_SHIELD_ALLOW] + !!seen[CUE_SHIELD_BLOCK] + !!seen[CUE_SHIELD_DROP] + end;

	if (acts > 1 || (trip && acts && !seen[CUE_SHIELD_ALLOW]))
		return SHIELD_NONE;
	if (end)
		return SHIELD_END;
	if (seen[CUE_SHIELD_DROP])
		return SHIELD_DROP;
	if (seen[CUE_SHIELD_BLOCK])
		return SHIELD_BLOCK;
	return trip || seen[CUE_SHIELD_ALLOW] ? SHIELD_ALLOW : SHIELD_NONE;
}

/* The places are all of abroad. */
static bool is_abroad(const struct shield_reading *out)
{
	return out->place_count == 0 ||
	       (out->place_count == 1 && out->places[0]->code == PLACE_ABROAD);
}

/* The shield itself, and who only goes somewhere, are for others to read. */
static bool is_ours(const struct shield_scan *scan)
{
	const struct shield_reading *out = scan->out;
	bool time = has_time(scan) || scan->unread;

	switch (out->act) {
	case SHIELD_END:
		return out->place_count == 0 && !time;
	case SHIELD_DROP:
		return !is_abroad(out) && !time;
	case SHIELD_ALLOW:
		if (scan->seen[CUE_SHIELD_TRIP])
			return time || out->place_count > 0 || !out->near;
		if (scan->seen[CUE_SHIELD_GOING])
			return time && out->place_count > 0;
		return time || !is_abroad(out);
	case SHIELD_BLOCK:
		return time ? out->place_count > 0 : !is_abroad(out);
	case SHIELD_NONE:
	case SHIELD_WHEN:
		break;
	}
	return false;
}

static void decide(struct shield_scan *scan)
{
	struct shield_reading *out = scan->out;
	const struct shield_reading none = { .act = SHIELD_NONE };
	bool time = has_time(scan) || scan->unread;

	out->act = act_of(scan);
	out->scope = scope_of(scan);
	out->trip = scan->seen[CUE_SHIELD_TRIP] || scan->seen[CUE_SHIELD_GOING];
	out->near = scan->others > 0 || scan->seen[CUE_SHIELD_ME] || scan->seen[CUE_SHIELD_GOING] ||
		    scan->seen[CUE_SHIELD_HOME];
	if (!is_ours(scan)) {
		*out = none;
		return;
	}
	if (out->place_count == 0 && out->act != SHIELD_END)
		out->places[out->place_count++] = place_of_code(scan->text->language, PLACE_ABROAD);
	if (out->place_count > 0 && !out->places[0])
		*out = none;
	else if ((time || out->trip) && !find_times(scan))
		out->act = SHIELD_WHEN;
}

struct shield_reading shield_read(const struct language *language, const char *utf8, size_t len,
				  int64_t now_ms)
{
	char16_t unit[SHIELD_TEXT_MAX];
	uint8_t mark[SHIELD_TEXT_MAX];
	struct token tokens[SHIELD_TEXT_MAX];
	struct text text = { .unit = unit, .mark = mark };
	struct shield_reading out = { .act = SHIELD_NONE };
	struct shield_scan scan = { .text = &text,
				    .tokens = tokens,
				    .now_ms = now_ms,
				    .today = time_day_of(now_ms),
				    .clock = -1,
				    .out = &out };

	if (len == 0 || len > SHIELD_TEXT_MAX)
		return out;
	text_fold(language, utf8, len, &text);
	scan.token_count = lexicon_read(&text, tokens);
	if (!scan_text(&scan))
		return (struct shield_reading){ .act = SHIELD_NONE };
	decide(&scan);
	return out;
}
