/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* thought.h - one thought in two texts: a number, and in the next text what was said, or when.
 *
 * Does:    reads both texts as one, and tells whether the second goes on where the first one ended.
 * Rule:    the second names no number, does not begin another complaint ("还有一个…"), and is a
 *          report or adds the topic or the time that the first one lacks. Keywords and questions
 *          never join.
 * Returns: true with `whole` filled: the reading of both. Texts that are longer together than
 *          THOUGHT_TEXT_MAX octets are two thoughts.
 * Threads: pure. Memory: as report_parse.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "rules/report_parse.h"

enum { THOUGHT_TEXT_MAX = 1000 };

struct thought {
	const char *first; /* the text of the report so far */
	const struct number *number;
	bool has_topic;
	bool has_time;
};

/* The other way round: words that were read as no report (`first`), and then a bare number. True
 * when both together are a report of that number which says more than the number does. */
bool thought_ends(const struct language *language, const char *first, const char *second,
		  const struct report_reading *reading, int64_t received_ms,
		  struct report_reading *whole);

bool thought_goes_on(const struct language *language, const struct thought *thought,
		     const char *second, const struct report_reading *reading, int64_t received_ms,
		     struct report_reading *whole);
