/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* time_window.h - from a stated day, part of day or clock time to a window of instants.
 *
 * Units:   minutes of the day 0..1440; days count from 1970-01-01 in +08:00.
 * Returns: false for a time that can only lie in the future.
 * Memory:  allocates nothing. Threads: pure. Source: tests/data/README.md "call_time".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "rules/lexicon.h"
#include "rules/time_read.h"

enum clock_style {
	CLOCK_NONE,
	CLOCK_EXACT,
	CLOCK_ABOUT, /* a minute, said to be approximate; a half or a quarter hour in words */
	CLOCK_WHOLE,
	CLOCK_MORE,    /* some time in the hour that begins so */
	CLOCK_NOT_YET, /* shortly before */
	CLOCK_JUST_PAST,
	CLOCK_RANGE,
};

struct clock {
	enum clock_style style;
	int minute;	/* of the day, as said */
	int end_minute; /* of CLOCK_RANGE */
	bool twelve;	/* may be meant in twelve hours */
};

enum stated_kind {
	STATED_NONE,
	STATED_DAY,
	STATED_DAYS,	/* several days: a week, a weekend */
	STATED_INSTANT, /* from_ms, to_ms are the window already */
};

/* One time told by the text. */
struct stated_time {
	enum stated_kind kind;
	int64_t day; /* STATED_DAY, or the first of STATED_DAYS */
	int days;
	bool today; /* the day was named as today */
	enum day_part part;
	struct clock clock;
	int64_t from_ms, to_ms;
	bool void_time; /* habitual, a deadline, an earlier report */
};

bool time_window_of(const struct stated_time *stated, int64_t received_ms, struct time_window *out);

/* Days from 1970-01-01, and the instant at which a day begins. */
int64_t time_day_of(int64_t ms);
int64_t time_day_start(int64_t day);

/* The latest day with that date that is not after `today`; a month or year of 0 is not stated.
 * False when there is no such date. */
bool time_latest_date(int year, int month, int day, int64_t today, int64_t *out);

/* 0 for Monday. */
int time_weekday(int64_t day);
