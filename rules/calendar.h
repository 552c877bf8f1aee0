/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* calendar.h - days, months and years of the one civil calendar that subscribers live by, +08:00.
 *
 * Does:    turns instants into calendar dates and dates into instants, without the C library's time
 *          zones (which are a global and read files).
 * Units:   ms since the Unix epoch, UTC. Months and days count from 1.
 * Bounds:  instants outside the years 1 to 9999 are taken as the nearest end of that range.
 * Memory:  allocates nothing. Threads: pure, any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { CALENDAR_OFFSET_S = 8 * 3600, CALENDAR_DAY_S = 86400 };

struct calendar_date {
	int year;
	int month;
	int day;
};

/* The date in +08:00 of an instant. */
struct calendar_date calendar_date_at(int64_t ms);
/* The instant at which the date begins in +08:00. The date must be a valid one. */
int64_t calendar_date_start(struct calendar_date date);
/* The instant at which the day in +08:00 that holds `ms` begins. */
int64_t calendar_day_start(int64_t ms);
/* True for dates that exist in the Gregorian calendar, years 1 to 9999. */
bool calendar_date_valid(struct calendar_date date);
