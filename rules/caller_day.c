/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/caller_day.h"

#include <errno.h>
#include <stdlib.h>

enum {
	FEW_HEAD = 2 + 2 + 3,
	PERSON = 4,
	MANY_LEN = 4 + 4 + 6,
	HOUR = 2,
	HOURLY_LEN = MANY_LEN + CALLER_DAY_HOURS * HOUR,
};

static uint64_t take(const uint8_t **at, size_t octets)
{
	uint64_t value = 0;

	while (octets-- > 0)
		value = value << 8 | *(*at)++;
	return value;
}

int caller_day_read(const uint8_t *value, size_t len, struct caller_day *out)
{
	bool hourly = len == HOURLY_LEN;
	bool many = len == MANY_LEN || hourly;

	if (!many && (len <= FEW_HEAD || (len - FEW_HEAD) % PERSON ||
		      (len - FEW_HEAD) / PERSON > CALLER_DAY_PEOPLE))
		return -EBADMSG;
	*out = (struct caller_day){
		.attempts = (uint32_t)take(&value, many ? 4 : 2),
		.answered = (uint32_t)take(&value, many ? 4 : 2),
		.seconds = take(&value, many ? 6 : 3),
		.many = many,
		.hourly = hourly,
		.count = many ? 0 : (len - FEW_HEAD) / PERSON,
	};
	for (size_t i = 0; i < out->count; i++)
		out->people[i] = (uint32_t)take(&value, PERSON);
	for (size_t i = 0; hourly && i < CALLER_DAY_HOURS; i++)
		out->hours[i] = (uint16_t)take(&value, HOUR);
	return 0;
}

uint32_t caller_day_person(const char *called)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a, folded */

	for (; *called; called++)
		hash = (hash ^ (unsigned char)*called) * 1099511628211u;
	hash ^= hash >> 32;
	return (uint32_t)hash ? (uint32_t)hash : 1;
}

static int by_value(const void *one, const void *other)
{
	uint32_t a = *(const uint32_t *)one;
	uint32_t b = *(const uint32_t *)other;

	return (a > b) - (a < b);
}

size_t caller_day_unite(uint32_t *people, size_t count)
{
	size_t left = 0;

	qsort(people, count, sizeof(*people), by_value);
	for (size_t i = 0; i < count; i++)
		if (left == 0 || people[left - 1] != people[i])
			people[left++] = people[i];
	return left;
}
