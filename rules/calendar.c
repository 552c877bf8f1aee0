/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* calendar.c - civil dates by counting days in years that begin on 1 March, so that the leap day
 * is the last day of a year and needs no special case.
 */
#include "rules/calendar.h"

enum {
	DAYS_400_YEARS = 146097,
	DAYS_100_YEARS = 36524,
	DAYS_4_YEARS = 1461,
	DAYS_YEAR = 365,
	DAYS_TO_EPOCH = 719468, /* from 0000-03-01 to 1970-01-01 */
};

/* Days from 1 March to the first of each month, March first. */
static const int month_start[12] = { 0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337 };

static const int64_t day_ms = (int64_t)CALENDAR_DAY_S * 1000;
static const int64_t offset_ms = (int64_t)CALENDAR_OFFSET_S * 1000;
/* The first ms of 0001-01-01 and the last of 9999-12-31, in UTC and then in +08:00. */
static const int64_t first_ms = -62135596800000 - (int64_t)CALENDAR_OFFSET_S * 1000;
static const int64_t last_ms = 253402300799999 - (int64_t)CALENDAR_OFFSET_S * 1000;

static int64_t day_number(int64_t ms)
{
	if (ms < first_ms)
		ms = first_ms;
	if (ms > last_ms)
		ms = last_ms;
	/* Never negative, so division rounds down. */
	return (ms + offset_ms + DAYS_TO_EPOCH * day_ms) / day_ms;
}

struct calendar_date calendar_date_at(int64_t ms)
{
	int rest = (int)day_number(ms);
	int eras = rest / DAYS_400_YEARS;
	rest %= DAYS_400_YEARS;
	/* The last century of an era and the last year of a leap cycle are a day longer. */
	int centuries = rest / DAYS_100_YEARS < 4 ? rest / DAYS_100_YEARS : 3;
	rest -= centuries * DAYS_100_YEARS;
	int cycles = rest / DAYS_4_YEARS;
	rest %= DAYS_4_YEARS;
	int years = rest / DAYS_YEAR < 4 ? rest / DAYS_YEAR : 3;
	rest -= years * DAYS_YEAR;

	int month = 11;
	while (month_start[month] > rest)
		month--;
	int year = 400 * eras + 100 * centuries + 4 * cycles + years;
	return (struct calendar_date){
		.year = month >= 10 ? year + 1 : year,
		.month = month >= 10 ? month - 9 : month + 3,
		.day = rest - month_start[month] + 1,
	};
}

int64_t calendar_date_start(struct calendar_date date)
{
	int month = date.month >= 3 ? date.month - 3 : date.month + 9;
	int year = date.month >= 3 ? date.year : date.year - 1;
	int64_t days = (int64_t)year * DAYS_YEAR + year / 4 - year / 100 + year / 400 +
		       month_start[month] + date.day - 1;
	return (days - DAYS_TO_EPOCH) * day_ms - offset_ms;
}

int64_t calendar_day_start(int64_t ms)
{
	return (day_number(ms) - DAYS_TO_EPOCH) * day_ms - offset_ms;
}

bool calendar_date_valid(struct calendar_date date)
{
	static const int length[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (date.year < 1 || date.year > 9999 || date.month < 1 || date.month > 12 || date.day < 1)
		return false;
	bool leap = (date.year % 4 == 0 && date.year % 100 != 0) || date.year % 400 == 0;
	return date.day <= length[date.month - 1] + (leap && date.month == 2 ? 1 : 0);
}
