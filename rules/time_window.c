/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/time_window.h"

#include "rules/calendar.h"

enum { HOUR = 60, NOON = 12 * HOUR, DAY = 24 * HOUR };

static const int64_t minute_ms = 60000;
static const int64_t day_ms = (int64_t)DAY * 60000;

static const struct part_hours {
	int from, to; /* minutes of the day */
} part_hours[PART_COUNT] = {
	[PART_NONE] = { 0, DAY },
	[PART_DAWN] = { 0, 6 * HOUR },
	[PART_EARLY] = { 6 * HOUR, 10 * HOUR },
	[PART_FORENOON] = { 8 * HOUR, 12 * HOUR },
	[PART_NOON] = { 11 * HOUR, 14 * HOUR },
	[PART_AFTERNOON] = { 12 * HOUR, 18 * HOUR },
	[PART_DUSK] = { 17 * HOUR, 20 * HOUR },
	[PART_NIGHT] = { 18 * HOUR, 24 * HOUR },
};

/* How far a window reaches to both sides of the stated minute. */
static const struct style_reach {
	int before, after;
} style_reach[] = {
	[CLOCK_NONE] = { 0, 0 },       [CLOCK_EXACT] = { 10, 10 }, [CLOCK_ABOUT] = { 15, 15 },
	[CLOCK_WHOLE] = { 30, 30 },    [CLOCK_MORE] = { 0, 60 },   [CLOCK_NOT_YET] = { 30, 0 },
	[CLOCK_JUST_PAST] = { 0, 30 }, [CLOCK_RANGE] = { 0, 0 },
};

int64_t time_day_of(int64_t ms)
{
	return (calendar_day_start(ms) + (int64_t)CALENDAR_OFFSET_S * 1000) / day_ms;
}

int64_t time_day_start(int64_t day)
{
	return day * day_ms - (int64_t)CALENDAR_OFFSET_S * 1000;
}

int time_weekday(int64_t day)
{
	return (int)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

static bool date_to_day(int year, int month, int day, int64_t *out)
{
	struct calendar_date date = { .year = year, .month = month, .day = day };
	if (!calendar_date_valid(date))
		return false;
	*out = time_day_of(calendar_date_start(date));
	return true;
}

bool time_latest_date(int year, int month, int day, int64_t today, int64_t *out)
{
	enum { YEARS_BACK = 8, MONTHS_BACK = 3 }; /* a leap day is at most eight years away */
	struct calendar_date now = calendar_date_at(time_day_start(today));
	int64_t found;

	if (year)
		return date_to_day(year, month, day, out);
	for (int back = 0; month && back <= YEARS_BACK; back++) {
		if (date_to_day(now.year - back, month, day, &found) && found <= today) {
			*out = found;
			return true;
		}
	}
	for (int back = 0; !month && back <= MONTHS_BACK; back++) {
		int m = now.month - back, y = now.year;
		if (m < 1) {
			m += 12;
			y--;
		}
		if (date_to_day(y, m, day, &found) && found <= today) {
			*out = found;
			return true;
		}
	}
	return false;
}

static int in_part(int minute, enum day_part part)
{
	int hour = minute / HOUR;
	switch (part) {
	case PART_DAWN:
		return hour == 12 ? minute - NOON : minute;
	case PART_NOON:
		return hour <= 3 ? minute + NOON : minute;
	case PART_AFTERNOON:
	case PART_DUSK:
		return hour < 12 ? minute + NOON : minute;
	case PART_NIGHT:
		if (hour < 6)
			return minute + DAY;
		return hour <= 12 ? minute + NOON : minute;
	case PART_NONE:
	case PART_EARLY:
	case PART_FORENOON:
	case PART_COUNT:
		break;
	}
	return minute;
}

/* Instant of a minute on a day; both may run over midnight. */
static int64_t instant(int64_t day, int minute)
{
	return time_day_start(day) + minute * minute_ms;
}

/* The stated instant that "not after R" is tested with. */
static int64_t tested(const struct clock *clock, int64_t at)
{
	return clock->style == CLOCK_NOT_YET ? at - style_reach[CLOCK_NOT_YET].before * minute_ms
					     : at;
}

/* The latest of the readings on the days `from`..`to` that is not after `received_ms`. */
static bool latest_reading(const struct stated_time *s, const int *minutes, size_t count,
			   int64_t from, int64_t to, int64_t received_ms, int64_t *out)
{
	bool found = false;
	for (int64_t day = from; day <= to; day++) {
		for (size_t i = 0; i < count; i++) {
			int64_t at = instant(day, minutes[i]);
			if (tested(&s->clock, at) <= received_ms && (!found || at > *out)) {
				*out = at;
				found = true;
			}
		}
	}
	return found;
}

static bool clock_instant(const struct stated_time *s, int64_t received_ms, int64_t *out)
{
	int64_t today = time_day_of(received_ms);
	int hour = s->clock.minute / HOUR;
	int minutes[2] = { in_part(s->clock.minute, s->part), 0 };
	size_t count = 1;
	bool open = s->clock.twelve && s->part == PART_NONE && hour >= 1 && hour <= 12;
	bool named = s->kind == STATED_DAY;

	if (open && named && !s->today) {
		minutes[0] += hour <= 6 ? NOON : 0;
	} else if (open) {
		minutes[0] = s->clock.minute % NOON;
		minutes[1] = minutes[0] + NOON;
		count = 2;
	}
	if (!named)
		return latest_reading(s, minutes, count, today - 2, today, received_ms, out);
	if (latest_reading(s, minutes, count, s->day, s->day, received_ms, out))
		return true;
	/* Before five in the morning "today" is still the day before. */
	bool small_hours = received_ms < instant(today, 5 * HOUR);
	return s->today && small_hours &&
	       latest_reading(s, minutes, count, s->day - 1, s->day - 1, received_ms, out);
}

static bool clock_window(const struct stated_time *s, int64_t received_ms, struct time_window *out)
{
	int64_t at;
	if (!clock_instant(s, received_ms, &at))
		return false;
	out->from_ms = at - style_reach[s->clock.style].before * minute_ms;
	out->to_ms = at + style_reach[s->clock.style].after * minute_ms;
	if (s->clock.style == CLOCK_RANGE) {
		int length = s->clock.end_minute - s->clock.minute;
		/* "from eleven to one": the end is the next such hour. */
		while (length <= 0)
			length += s->clock.twelve ? NOON : DAY;
		out->to_ms = at + length % DAY * minute_ms;
	}
	return true;
}

static bool part_window(const struct stated_time *s, int64_t received_ms, struct time_window *out)
{
	struct part_hours hours = part_hours[s->part];
	int64_t today = time_day_of(received_ms);
	int64_t day = s->kind == STATED_DAY ? s->day : today;
	bool small_hours = received_ms < instant(today, 5 * HOUR);

	if (instant(day, hours.from) > received_ms &&
	    (s->kind != STATED_DAY || (s->today && small_hours)))
		day--;
	out->from_ms = instant(day, hours.from);
	out->to_ms = instant(day, hours.to);
	return true;
}

bool time_window_of(const struct stated_time *s, int64_t received_ms, struct time_window *out)
{
	struct time_window w = { 0, 0 };
	bool known;

	if (s->void_time)
		return false;
	if (s->kind == STATED_INSTANT) {
		w = (struct time_window){ s->from_ms, s->to_ms };
		known = true;
	} else if (s->clock.style != CLOCK_NONE) {
		known = clock_window(s, received_ms, &w);
	} else if (s->kind == STATED_DAYS) {
		w.from_ms = time_day_start(s->day);
		w.to_ms = time_day_start(s->day + s->days);
		known = true;
	} else {
		known = (s->part != PART_NONE || s->kind == STATED_DAY) &&
			part_window(s, received_ms, &w);
	}
	if (w.to_ms > received_ms)
		w.to_ms = received_ms;
	if (!known || w.from_ms >= w.to_ms)
		return false;
	*out = w;
	return true;
}
