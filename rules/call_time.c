/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_time.c - the times that call-record feeds write, read strictly, and the day of a call. */
#include "rules/call_record.h"

#include <errno.h>

#include "rules/calendar.h"

enum {
	UNIX_SECONDS_DIGITS = 10,
	UNIX_MS_DIGITS = 13,
	FRACTION_DIGITS_MAX = 9,
	OFFSET_MAX_S = 14 * 3600, /* Kiribati; nobody is farther from UTC */
};

/* What is left to read. */
struct cursor {
	const char *at;
	const char *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes `c` when it comes next. */
static bool take(struct cursor *in, char c)
{
	if (in->at == in->end || *in->at != c)
		return false;
	in->at++;
	return true;
}

/* Exactly `digits` digits with a value of at most `max`, or -1. */
static int take_int(struct cursor *in, int digits, int max)
{
	int value = 0;

	if (in->end - in->at < digits)
		return -1;
	for (int i = 0; i < digits; i++) {
		char c = *in->at++;
		if (!is_digit(c))
			return -1;
		value = value * 10 + (c - '0');
	}
	return value <= max ? value : -1;
}

static bool take_date(struct cursor *in, int64_t *day_ms)
{
	struct calendar_date date;

	date.year = take_int(in, 4, 9999);
	bool dashes = take(in, '-');
	date.month = take_int(in, 2, 12);
	dashes = take(in, '-') && dashes;
	date.day = take_int(in, 2, 31);
	if (!dashes || !calendar_date_valid(date))
		return false;
	*day_ms = calendar_date_start(date);
	return true;
}

/* A fraction of a second; what is finer than ms is cut. None at all reads as 0. */
static bool take_fraction(struct cursor *in, int *ms)
{
	int digits = 0;

	*ms = 0;
	if (!take(in, '.') && !take(in, ','))
		return true;
	for (; in->at < in->end && is_digit(*in->at); in->at++, digits++) {
		if (digits < 3)
			*ms = *ms * 10 + (*in->at - '0');
	}
	for (int scale = digits; scale < 3; scale++)
		*ms *= 10;
	return digits > 0 && digits <= FRACTION_DIGITS_MAX;
}

static bool take_clock(struct cursor *in, int64_t *ms)
{
	int fraction;
	int hour = take_int(in, 2, 23);
	bool colons = take(in, ':');
	int minute = take_int(in, 2, 59);
	colons = take(in, ':') && colons;
	int second = take_int(in, 2, 59);

	if (hour < 0 || minute < 0 || second < 0 || !colons || !take_fraction(in, &fraction))
		return false;
	*ms = ((hour * 60 + minute) * 60 + second) * INT64_C(1000) + fraction;
	return true;
}

/* "Z", "+08:00", "+0800" or "-05:30"; seconds to subtract for UTC. */
static bool take_offset(struct cursor *in, int *offset_s)
{
	*offset_s = 0;
	if (take(in, 'Z'))
		return true;
	bool west = take(in, '-');
	if (!west && !take(in, '+'))
		return false;
	int hour = take_int(in, 2, 14);
	take(in, ':');
	int minute = take_int(in, 2, 59);
	if (hour < 0 || minute < 0 || (hour * 60 + minute) * 60 > OFFSET_MAX_S)
		return false;
	*offset_s = (west ? -1 : 1) * (hour * 60 + minute) * 60;
	return true;
}

static int read_calendar(struct cursor in, int32_t local_offset_s, int64_t *ms)
{
	int64_t day_ms, clock_ms;
	int offset_s = local_offset_s;

	if (!take_date(&in, &day_ms))
		return -EBADMSG;
	bool local = take(&in, ' ');
	if ((!local && !take(&in, 'T')) || !take_clock(&in, &clock_ms))
		return -EBADMSG;
	/* Only the form with a space may leave the offset out. */
	if (!(local && in.at == in.end) && !take_offset(&in, &offset_s))
		return -EBADMSG;
	if (in.at != in.end)
		return -EBADMSG;
	int64_t at = day_ms + clock_ms + (CALENDAR_OFFSET_S - offset_s) * INT64_C(1000);
	if (at < 0)
		return -EBADMSG;
	*ms = at;
	return 0;
}

/* "1763778600.123", as some exchanges write Unix seconds. */
static int read_seconds(struct cursor in, int64_t seconds, int64_t *ms)
{
	int fraction;

	if (!take_fraction(&in, &fraction) || in.at != in.end)
		return -EBADMSG;
	*ms = seconds * 1000 + fraction;
	return 0;
}

int call_time_read_local(const char *text, size_t len, int32_t utc_offset_s, int64_t *ms)
{
	int64_t value = 0;
	size_t digits = 0;

	for (; digits < len && digits <= UNIX_MS_DIGITS && is_digit(text[digits]); digits++)
		value = value * 10 + (text[digits] - '0');
	if (digits == UNIX_SECONDS_DIGITS)
		return read_seconds((struct cursor){ text + digits, text + len }, value, ms);
	if (digits != len || len == 0)
		return read_calendar((struct cursor){ text, text + len }, utc_offset_s, ms);
	if (len != UNIX_MS_DIGITS)
		return -EBADMSG;
	*ms = value;
	return 0;
}

int call_time_read(const char *text, size_t len, int64_t *ms)
{
	return call_time_read_local(text, len, CALENDAR_OFFSET_S, ms);
}

int call_offset_read(const char *text, size_t len, int32_t *utc_offset_s)
{
	struct cursor in = { text, text + len };
	int offset_s;

	if (!take_offset(&in, &offset_s) || in.at != in.end)
		return -EBADMSG;
	*utc_offset_s = offset_s;
	return 0;
}

void call_day_format(int64_t ms, char out[CALL_DAY_MAX])
{
	struct calendar_date date = calendar_date_at(ms);
	int rest = (date.year * 100 + date.month) * 100 + date.day;

	for (size_t i = CALL_DAY_MAX - 1; i-- > 0; rest /= 10)
		out[i] = (char)('0' + rest % 10);
	out[CALL_DAY_MAX - 1] = '\0';
}

int64_t call_day_start(int64_t ms)
{
	return calendar_day_start(ms);
}
