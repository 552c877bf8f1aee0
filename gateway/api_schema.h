/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* api_schema.h - values against the part of JSON Schema that the API's document uses.
 *
 * Does:    type (one, or a list), enum, minimum, maximum, minLength, maxLength (characters),
 *          pattern (a POSIX extended expression), format (date-time, date), required, properties,
 *          additionalProperties (true or false), minProperties, maxProperties, items, minItems,
 *          maxItems. What only explains is
 *          passed over: title, description, default, example, x-...
 * Errors:  api_schema_supported() refuses every other keyword, so that nothing in the document is
 *          ever less than what is checked. A fault names the place ("rules[2].text") and what was
 *          wrong.
 * Bounds:  the values' own; a schema's depth is that of the document.
 * Threads: pure. Memory: allocates for patterns only, and frees it.
 * Source:  JSON Schema 2020-12; OpenAPI 3.1.
 */
#pragma once

#include <jansson.h>

enum { API_FIELD_MAX = 128, API_FAULT_MAX = 256 };

struct api_fault {
	char field[API_FIELD_MAX]; /* "": the whole */
	char text[API_FAULT_MAX];
};

/* 0, or -ENOTSUP and `error` naming the keyword and where it stands. */
int api_schema_supported(const json_t *schema, char error[API_FAULT_MAX])
	__attribute__((warn_unused_result));

/* 0, or -EBADMSG with `fault`. `field`: what the value is called, "" for the outermost. */
int api_schema_check(const json_t *schema, const json_t *value, const char *field,
		     struct api_fault *fault) __attribute__((warn_unused_result));

/* A value that comes as text, of the schema's type: 0 and a new reference, -EBADMSG when it cannot
 * be read as that, -ENOMEM. */
int api_schema_value(const json_t *schema, const char *text, json_t **out)
	__attribute__((warn_unused_result));

__attribute__((format(printf, 3, 4))) int api_fault_set(struct api_fault *fault, const char *field,
							const char *format, ...);
