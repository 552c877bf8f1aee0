/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/block_time.h"

#include <stdbool.h>
#include <stdio.h>

enum { MINUTE_MS = 60 * 1000, OFFSET_MINUTES = 8 * 60, EPOCH_WEEKDAY = 3 /* a Thursday */ };

static const int64_t DAY_MS = (int64_t)BLOCK_DAY_MINUTES * MINUTE_MS;
static const int64_t LAST_MS = 253402271999999; /* 9999-12-31T23:59:59.999+08:00 */
/* Days before each month of a year that begins in March, so that the leap day comes last. */
static const int MONTH_DAYS[13] = { 0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337, 366 };

enum { CIVIL_EPOCH = 719468 /* days from 0000-03-01 to 1970-01-01 */ };

struct civil {
	int year, month, day;
};

struct scan {
	const char *at;
	const char *end;
};

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_length(int year, int month)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return length[month - 1] + (month == 2 && is_leap(year));
}

static int64_t days_from_civil(int year, int month, int day)
{
	int64_t y = month < 3 ? year - 1 : year;
	int shifted = (month + 9) % 12;

	return y * 365 + y / 4 - y / 100 + y / 400 + MONTH_DAYS[shifted] + day - 1 - CIVIL_EPOCH;
}

static struct civil civil_from_days(int64_t days)
{
	int64_t since = days + CIVIL_EPOCH;
	int64_t year = since * 400 / 146097; /* 400 years have so many days */
	int shifted = 0;

	/* The quotient is at most one year off, on either side of a first of March. */
	while (year * 365 + year / 4 - year / 100 + year / 400 > since)
		year--;
	while ((year + 1) * 365 + (year + 1) / 4 - (year + 1) / 100 + (year + 1) / 400 <= since)
		year++;
	int left = (int)(since - (year * 365 + year / 4 - year / 100 + year / 400));

	while (left >= MONTH_DAYS[shifted + 1])
		shifted++;
	return (struct civil){
		.year = (int)(year + (shifted >= 10)),
		.month = (shifted + 2) % 12 + 1,
		.day = left - MONTH_DAYS[shifted] + 1,
	};
}

/* Exactly `digits` digits whose value lies in low..high. */
static bool take_number(struct scan *scan, int digits, int low, int high, int *out)
{
	int value = 0;

	if (scan->end - scan->at < digits)
		return false;
	for (int i = 0; i < digits; i++) {
		char c = scan->at[i];

		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (c - '0');
	}
	if (value < low || value > high)
		return false;
	scan->at += digits;
	*out = value;
	return true;
}

/* `c` is small where it is a letter; its capital counts too. */
static bool take_char(struct scan *scan, char c)
{
	char capital = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;

	if (scan->at == scan->end || (*scan->at != c && *scan->at != capital))
		return false;
	scan->at++;
	return true;
}

static bool take_date(struct scan *scan, int64_t *days)
{
	int year, month, day;

	if (!take_number(scan, 4, 1970, 9999, &year) || !take_char(scan, '-') ||
	    !take_number(scan, 2, 1, 12, &month) || !take_char(scan, '-') ||
	    !take_number(scan, 2, 1, month_length(year, month), &day))
		return false;
	*days = days_from_civil(year, month, day);
	return true;
}

/* ms of the day. A fraction has one to three digits. */
static bool take_clock(struct scan *scan, int64_t *ms)
{
	int hour, minute, second = 0, fraction = 0, unit = 100, digit;

	if (!take_number(scan, 2, 0, 23, &hour) || !take_char(scan, ':') ||
	    !take_number(scan, 2, 0, 59, &minute))
		return false;
	if (take_char(scan, ':')) {
		if (!take_number(scan, 2, 0, 59, &second))
			return false;
		if (take_char(scan, '.')) {
			if (!take_number(scan, 1, 0, 9, &digit))
				return false;
			do {
				fraction += digit * unit;
				unit /= 10;
			} while (unit > 0 && take_number(scan, 1, 0, 9, &digit));
		}
	}
	*ms = (int64_t)(hour * 60 + minute) * MINUTE_MS + second * 1000 + fraction;
	return true;
}

static bool take_offset(struct scan *scan, int *minutes)
{
	int hour, minute;

	*minutes = 0;
	if (take_char(scan, 'z'))
		return true;
	bool west = take_char(scan, '-');

	if (!west && !take_char(scan, '+'))
		return false;
	if (!take_number(scan, 2, 0, 18, &hour))
		return false;
	take_char(scan, ':');
	if (!take_number(scan, 2, 0, 59, &minute))
		return false;
	*minutes = (west ? -1 : 1) * (hour * 60 + minute);
	return true;
}

const char *block_time_read(const char *text, size_t len, int64_t *ms)
{
	struct scan scan = { text, text + len };
	int64_t days, clock;
	int offset;

	if (!take_date(&scan, &days) || !take_char(&scan, 't') || !take_clock(&scan, &clock) ||
	    !take_offset(&scan, &offset) || scan.at != scan.end)
		return scan.at;
	int64_t moment = days * DAY_MS + clock - (int64_t)offset * MINUTE_MS;

	if (moment < 0 || moment > LAST_MS)
		return text;
	*ms = moment;
	return NULL;
}

/* Splits into whole days and the ms of the day, also before 1970. */
static int64_t local_days(int64_t ms, int64_t *of_day)
{
	int64_t offset_ms = (int64_t)OFFSET_MINUTES * MINUTE_MS;
	int64_t days = ms / DAY_MS;
	int64_t rest = ms % DAY_MS;

	if (rest < 0) {
		rest += DAY_MS;
		days--;
	}
	rest += offset_ms;
	if (rest >= DAY_MS) {
		rest -= DAY_MS;
		days++;
	}
	*of_day = rest;
	return days;
}

size_t block_time_format(int64_t ms, char out[BLOCK_TIME_TEXT_MAX])
{
	int64_t moment = ms < 0 ? 0 : ms > LAST_MS ? LAST_MS : ms;
	int64_t rest;
	struct civil c = civil_from_days(local_days(moment, &rest));
	int minutes = (int)(rest / MINUTE_MS);
	int second = (int)(rest / 1000 % 60);
	int fraction = (int)(rest % 1000);
	char tail[24] = "";

	if (fraction != 0)
		snprintf(tail, sizeof(tail), ":%02d.%03d", second, fraction);
	else if (second != 0)
		snprintf(tail, sizeof(tail), ":%02d", second);
	return (size_t)snprintf(out, BLOCK_TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d%s+08:00",
				c.year, c.month, c.day, minutes / 60, minutes % 60, tail);
}

void block_time_local(int64_t ms, unsigned *weekday, unsigned *minute)
{
	int64_t rest;
	int64_t days = local_days(ms, &rest);

	*weekday = (unsigned)(((days + EPOCH_WEEKDAY) % 7 + 7) % 7);
	*minute = (unsigned)(rest / MINUTE_MS);
}
