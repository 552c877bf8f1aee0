/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* shield_read.h - what a text lets through or blocks by place and time: 允许日本, 屏蔽港澳台短信,
 * 境外来电开放2小时, 出国 10.1-10.7, trip 10/1-10/7, 结束行程.
 *
 * Does:    reads a text that is made of the words of shield.tsv, places of places.tsv and times
 *          (time_ahead.h), and of nothing else. With up to SHIELD_OTHERS_MAX other characters, with
 *          words of somebody who talks (我明天去香港三天) or where a time can be meant in two ways,
 *          it is `near`: for asking back. A number that is not a time makes it something else.
 * Times:   a date without a year is the next such date; of a trip under way the one at hand. Days
 *          are whole days in +08:00. A span begins now.
 * Input:   UTF-8 that may hold anything; more than SHIELD_TEXT_MAX octets are something else.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include "rules/place.h"
#include "rules/report_parse.h"

enum { SHIELD_TEXT_MAX = 120, SHIELD_PLACES_MAX = 3, SHIELD_OTHERS_MAX = 6 };

enum shield_act {
	SHIELD_NONE,  /* the text asks nothing of that kind */
	SHIELD_ALLOW, /* let through, for good or between two moments */
	SHIELD_BLOCK, /* the same the other way */
	SHIELD_DROP,  /* forget what holds for the places for good */
	SHIELD_END,   /* what is let through for a time ends */
	SHIELD_WHEN,  /* let through for a time, but the text does not tell which, or none that can
			 be */
};

struct shield_reading {
	enum shield_act act;
	bool near;
	bool trip;
	enum report_scope scope;
	size_t place_count;
	const struct place *places[SHIELD_PLACES_MAX]; /* the language's */
	int64_t since_ms;			       /* 0: now */
	int64_t until_ms;			       /* 0: for good */
};

struct shield_reading shield_read(const struct language *language, const char *utf8, size_t len,
				  int64_t now_ms);
