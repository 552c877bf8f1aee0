/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/conceal.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/conceal_text.h"
#include "rules/number.h"

enum { DIGITS_LEAST = 7, LEVELS_MAX = 64 };

/* A part of an id or a hash rather than a number by itself; octets above 127 are of other words. */
static bool belongs(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The octets at `at` that are a number, 0: none. */
static size_t number_at(const char *text, const char *at)
{
	size_t plus = *at == '+';
	size_t digits = strspn(at + plus, "0123456789");

	if (digits < DIGITS_LEAST || belongs(at[plus + digits]) || (at > text && belongs(at[-1])))
		return 0;
	return plus + digits;
}

/* Never longer than it was. */
static char *put_masked(char *out, const char *at, size_t len)
{
	char number[NUMBER_MAX];
	char mask[NUMBER_MAX];

	if (len >= sizeof(number)) {
		memset(out, '*', len);
		return out + len;
	}
	memcpy(number, at, len);
	number[len] = '\0';
	number_mask(number, mask);
	len = strlen(mask);
	memcpy(out, mask, len);
	return out + len;
}

char *conceal_numbers(const char *text)
{
	char *masked = malloc(strlen(text) + 1 + NUMBER_MAX);
	char *out = masked;
	const char *at = text;

	while (masked && *at) {
		size_t len = number_at(text, at);

		if (len > 0) {
			out = put_masked(out, at, len);
			at += len;
			continue;
		}
		do /* a run of digits is looked at once, from its beginning */
			*out++ = *at++;
		while (isdigit((unsigned char)at[-1]) && isdigit((unsigned char)*at));
	}
	if (masked)
		*out = '\0';
	return masked;
}

static bool is_written(const char *key, const json_t *value)
{
	return key && json_is_string(value) &&
	       (strcmp(key, "text") == 0 || strcmp(key, "detail") == 0);
}

/* A reference to a number (number_ref.h), whatever digits it may hold. */
static bool is_ref(const char *key, const char *text)
{
	size_t len = key ? strlen(key) : 0;

	return len > 4 && strcmp(key + len - 4, "_ref") == 0 && text[0] == '~';
}

/* The text in the place of another: NULL when it is the same, or with *rc out of memory. Takes it.
 */
static json_t *replaced(const char *text, char *masked, int *rc)
{
	json_t *other = masked && strcmp(masked, text) != 0 ? json_string(masked) : NULL;

	if (!masked || (!other && strcmp(masked, text) != 0))
		*rc = -ENOMEM;
	free(masked);
	return other;
}

/* A new reference for what takes the value's place, or NULL: it stays. */
typedef json_t *other_fn(const char *key, const json_t *value, int *rc);

static json_t *other_for_strangers(const char *key, const json_t *value, int *rc)
{
	const char *text = json_string_value(value);

	if (!text || is_ref(key, text))
		return NULL;
	return is_written(key, value) ? json_null() : replaced(text, conceal_numbers(text), rc);
}

static json_t *other_for_readers(const char *key, const json_t *value, int *rc)
{
	const char *text = json_string_value(value);

	return is_written(key, value) ? replaced(text, conceal_text(text), rc) : NULL;
}

static int conceal_level(json_t *value, int level, other_fn *other_for);

static int conceal_items(json_t *list, int level, other_fn *other_for)
{
	int rc = 0;

	for (size_t i = 0; i < json_array_size(list) && rc == 0; i++) {
		json_t *item = json_array_get(list, i);
		json_t *other = other_for(NULL, item, &rc);

		if (other)
			rc = json_array_set_new(list, i, other) < 0 ? -ENOMEM : 0;
		else if (rc == 0)
			rc = conceal_level(item, level + 1, other_for);
	}
	return rc;
}

static int conceal_members(json_t *object, int level, other_fn *other_for)
{
	int rc = 0;

	for (void *at = json_object_iter(object); at && rc == 0;
	     at = json_object_iter_next(object, at)) {
		json_t *value = json_object_iter_value(at);
		json_t *other = other_for(json_object_iter_key(at), value, &rc);

		if (other)
			rc = json_object_iter_set_new(object, at, other) < 0 ? -ENOMEM : 0;
		else if (rc == 0)
			rc = conceal_level(value, level + 1, other_for);
	}
	return rc;
}

static int conceal_level(json_t *value, int level, other_fn *other_for)
{
	if (level > LEVELS_MAX)
		return -ENOMEM;
	return json_is_array(value)    ? conceal_items(value, level, other_for)
	       : json_is_object(value) ? conceal_members(value, level, other_for)
				       : 0;
}

int conceal(json_t *answer)
{
	return conceal_level(answer, 0, other_for_strangers);
}

int conceal_written(json_t *answer)
{
	return conceal_level(answer, 0, other_for_readers);
}
