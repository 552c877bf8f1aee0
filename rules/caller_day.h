/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* caller_day.h - how a number called others on one day, as the call index keeps it.
 *
 * Does:    reads the value that the index holds of a number and a day (gateway/call_filing.c writes
 *          it, in Redis): attempts, answered, seconds of talk, and who was called. Up to
 *          CALLER_DAY_PEOPLE people are listed in it; when there are more, they are counted
 *          elsewhere (a HyperLogLog) and `many` is set.
 * Form:    up to that many people: 2 octets attempts, 2 answered, 3 seconds, then 4 octets a
 *          person; more: 4, 4 and 6 octets, then 2 for each hour of +08:00, attempts since there
 *          were more (written before there were hours: without). Big endian; a counter stays at
 *          the most it can hold.
 *          63 octets at most: of a longer value Redis makes no listpack, and the whole hash takes
 *          several times the memory.
 * Errors:  -EBADMSG: none of these forms. `out` is untouched then.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CALLER_DAY_PEOPLE = 14, CALLER_DAY_HOURS = 24 };

struct caller_day {
	uint32_t attempts;
	uint32_t answered;
	uint64_t seconds;
	bool many;
	bool hourly; /* `hours` are known */
	uint16_t hours[CALLER_DAY_HOURS];
	size_t count; /* of people; 0 when there are many */
	uint32_t people[CALLER_DAY_PEOPLE];
};

int caller_day_read(const uint8_t *value, size_t len, struct caller_day *out)
	__attribute__((warn_unused_result));

/* What stands for the person called: of two people in a hundred thousand calls of a number, one
 * pair in four thousand million is taken for one. Not zero. */
uint32_t caller_day_person(const char *called);

/* Sorts, and leaves each once. Returns how many are left. */
size_t caller_day_unite(uint32_t *people, size_t count);
