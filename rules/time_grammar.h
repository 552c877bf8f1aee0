/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* time_grammar.h - the written forms of dates, clock times and spans, at one place of a text.
 *
 * Does:    each function tries one form at `at` and gives the unit behind it in *end.
 * Returns: false when the form does not stand there; outputs are then undefined.
 * Memory:  allocates nothing. Threads: pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/text_fold.h"
#include "rules/time_window.h"

struct written_date {
	int year;  /* 0: not stated */
	int month; /* 0: not stated */
	int day;
	bool vague; /* a month alone, "early in August" */
};

bool time_grammar_date(const struct text *text, size_t at, struct written_date *out, size_t *end);

/* 14:05, 3点半, 15时20分, 3:20 pm, 两点到两点半. *from may lie before `at`, where "about" stands.
 */
bool time_grammar_clock(const struct text *text, size_t at, struct clock *out, enum day_part *part,
			size_t *end);

/* ISO 8601 with T: date, time and, unless it is local, the offset. */
struct written_instant {
	struct written_date date;
	int minute;
	bool has_offset;
	int offset_minutes;
};

bool time_grammar_iso(const struct text *text, size_t at, struct written_instant *out, size_t *end);

/* So many minutes, hours or days ago: either a window before receipt in ms, or days. */
struct written_ago {
	int days;		/* 0: the window counts */
	int64_t from_ms, to_ms; /* before receipt, from > to */
};

bool time_grammar_ago(const struct text *text, size_t at, struct written_ago *out, size_t *end);
