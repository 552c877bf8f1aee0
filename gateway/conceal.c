/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/conceal.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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

/* A new reference for what takes the value's place, or NULL: it stays. */
static json_t *other_for(const char *key, const json_t *value, int *rc)
{
	const char *text = json_string_value(value);
	json_t *other = NULL;
	char *masked;

	if (!text || is_ref(key, text))
		return NULL;
	if (is_written(key, value))
		return json_null();
	masked = conceal_numbers(text);
	if (masked && strcmp(masked, text) == 0) {
		free(masked);
		return NULL;
	}
	other = masked ? json_string(masked) : NULL;
	free(masked);
	if (!other)
		*rc = -ENOMEM;
	return other;
}

static int conceal_level(json_t *value, int level);

static int conceal_items(json_t *list, int level)
{
	int rc = 0;

	for (size_t i = 0; i < json_array_size(list) && rc == 0; i++) {
		json_t *item = json_array_get(list, i);
		json_t *other = other_for(NULL, item, &rc);

		if (other)
			rc = json_array_set_new(list, i, other) < 0 ? -ENOMEM : 0;
		else if (rc == 0)
			rc = conceal_level(item, level + 1);
	}
	return rc;
}

static int conceal_members(json_t *object, int level)
{
	int rc = 0;

	for (void *at = json_object_iter(object); at && rc == 0;
	     at = json_object_iter_next(object, at)) {
		json_t *value = json_object_iter_value(at);
		json_t *other = other_for(json_object_iter_key(at), value, &rc);

		if (other)
			rc = json_object_iter_set_new(object, at, other) < 0 ? -ENOMEM : 0;
		else if (rc == 0)
			rc = conceal_level(value, level + 1);
	}
	return rc;
}

static int conceal_level(json_t *value, int level)
{
	if (level > LEVELS_MAX)
		return -ENOMEM;
	return json_is_array(value)    ? conceal_items(value, level)
	       : json_is_object(value) ? conceal_members(value, level)
				       : 0;
}

int conceal(json_t *answer)
{
	return conceal_level(answer, 0);
}
