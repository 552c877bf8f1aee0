/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* time_ahead.h - times that are still to come, at one place of a text: days, spans and clock times.
 *
 * Does:    reads what time_grammar.h and the words for days know, forwards: 10月1日, 10/7, Oct 1,
 *          明天, tomorrow; 2小时, 两个半小时, 三天, half an hour; 22:00, 晚上10点. What they say
 * together is for shield_read.c. Units:   days from 1970-01-01 in +08:00; minutes of the day.
 * Memory:  allocates nothing. Threads: pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/lexicon.h"
#include "rules/time_grammar.h"

enum { TIME_AHEAD_TOKENS = 16 };

enum ahead_kind { AHEAD_DATE, AHEAD_DAY, AHEAD_PART, AHEAD_SPAN, AHEAD_CLOCK };

struct time_ahead {
	enum ahead_kind kind;
	struct written_date date; /* AHEAD_DATE: a year or month of 0 is not stated */
	int64_t day;		  /* AHEAD_DAY */
	enum day_part part;	  /* AHEAD_PART; of AHEAD_DAY when the word says it: tonight */
	int minutes;		  /* AHEAD_SPAN in hours and minutes, or AHEAD_CLOCK */
	int days;		  /* AHEAD_SPAN in days */
	bool twelve;		  /* AHEAD_CLOCK: may be meant in twelve hours */
};

/* `token`: what the lexicon found at `at`, or NULL. False when no such time stands there. */
bool time_ahead_read(const struct text *text, const struct token *token, size_t at, int64_t today,
		     struct time_ahead *out, size_t *end);

/* The first such day that is not before `from`; false when there is none. */
bool time_ahead_day(const struct written_date *date, int64_t from, int64_t *day);
