/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/api_schema.h"

#include <errno.h>
#include <regex.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/iso_time.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

int api_fault_set(struct api_fault *fault, const char *field, const char *format, ...)
{
	va_list args;

	snprintf(fault->field, sizeof(fault->field), "%s", field);
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return -EBADMSG;
}

/* ---- types ---- */

static bool is_of_type(const json_t *value, const char *type)
{
	if (strcmp(type, "number") == 0)
		return json_is_number(value);
	if (strcmp(type, "integer") == 0)
		return json_is_integer(value);
	if (strcmp(type, "string") == 0)
		return json_is_string(value);
	if (strcmp(type, "boolean") == 0)
		return json_is_boolean(value);
	if (strcmp(type, "object") == 0)
		return json_is_object(value);
	if (strcmp(type, "array") == 0)
		return json_is_array(value);
	return strcmp(type, "null") == 0 && json_is_null(value);
}

static bool is_type_name(const json_t *name)
{
	static const char *const names[] = { "number", "integer", "string", "boolean",
					     "object", "array",	  "null" };

	for (size_t i = 0; json_is_string(name) && i < COUNT_OF(names); i++)
		if (strcmp(names[i], json_string_value(name)) == 0)
			return true;
	return false;
}

static int check_type(const json_t *type, const json_t *value, const char *field,
		      struct api_fault *fault)
{
	const char *wanted =
		json_string_value(json_is_array(type) ? json_array_get(type, 0) : type);
	size_t i;
	json_t *one;

	if (json_is_string(type) && is_of_type(value, wanted))
		return 0;
	json_array_foreach(type, i, one) if (is_of_type(value, json_string_value(one))) return 0;
	return api_fault_set(fault, field, "wants %s %s", strchr("aeiou", wanted[0]) ? "an" : "a",
			     wanted);
}

/* ---- texts ---- */

static size_t count_characters(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static bool matches(const char *pattern, const char *text)
{
	regex_t compiled;
	bool found;

	if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	found = regexec(&compiled, text, 0, NULL, 0) == 0;
	regfree(&compiled);
	return found;
}

static const struct {
	const char *name;
	const char *pattern;
	const char *wanted;
} formats[] = {
	{ "date-time",
	  "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}"
	  ":[0-9]{2})$",
	  "a time with its offset, as 2026-01-01T00:00:00+08:00" },
	{ "date", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "a day, as 2026-01-01" },
};

static int find_format(const char *name)
{
	for (size_t i = 0; name && i < COUNT_OF(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return (int)i;
	return -ENOENT;
}

static int check_format(const json_t *schema, const char *text, const char *field,
			struct api_fault *fault)
{
	int format = find_format(json_string_value(json_object_get(schema, "format")));
	int64_t ms;

	if (format < 0 || (matches(formats[format].pattern, text) && iso_time_read(text, &ms) == 0))
		return 0;
	return api_fault_set(fault, field, "wants %s", formats[format].wanted);
}

static int check_text(const json_t *schema, const json_t *value, const char *field,
		      struct api_fault *fault)
{
	const char *text = json_string_value(value);
	const json_t *least = json_object_get(schema, "minLength");
	const json_t *most = json_object_get(schema, "maxLength");
	const char *pattern = json_string_value(json_object_get(schema, "pattern"));
	json_int_t count = (json_int_t)count_characters(text);

	if (least && count < json_integer_value(least))
		return api_fault_set(fault, field, "is shorter than %lld characters",
				     (long long)json_integer_value(least));
	if (most && count > json_integer_value(most))
		return api_fault_set(fault, field, "is longer than %lld characters",
				     (long long)json_integer_value(most));
	if (pattern && !matches(pattern, text))
		return api_fault_set(fault, field, "is not of the form %.160s", pattern);
	return check_format(schema, text, field, fault);
}

/* ---- numbers, lists, objects ---- */

static int check_number(const json_t *schema, const json_t *value, const char *field,
			struct api_fault *fault)
{
	const json_t *least = json_object_get(schema, "minimum");
	const json_t *most = json_object_get(schema, "maximum");
	double number = json_number_value(value);

	if ((!least || number >= json_number_value(least)) &&
	    (!most || number <= json_number_value(most)))
		return 0;
	if (least && most)
		return api_fault_set(fault, field, "is not from %.15g to %.15g",
				     json_number_value(least), json_number_value(most));
	return api_fault_set(fault, field, "is %s than %.15g", least ? "less" : "more",
			     json_number_value(least ? least : most));
}

static int check_list(const json_t *schema, const json_t *value, const char *field,
		      struct api_fault *fault)
{
	const json_t *items = json_object_get(schema, "items");
	const json_t *least = json_object_get(schema, "minItems");
	const json_t *most = json_object_get(schema, "maxItems");
	json_int_t count = (json_int_t)json_array_size(value);
	char place[API_FIELD_MAX];
	int rc = 0;

	if (least && count < json_integer_value(least))
		return api_fault_set(fault, field, "has fewer than %lld entries",
				     (long long)json_integer_value(least));
	if (most && count > json_integer_value(most))
		return api_fault_set(fault, field, "has more than %lld entries",
				     (long long)json_integer_value(most));
	for (json_int_t i = 0; rc == 0 && items && i < count; i++) {
		snprintf(place, sizeof(place), "%.100s[%lld]", field, (long long)i);
		rc = api_schema_check(items, json_array_get(value, (size_t)i), place, fault);
	}
	return rc;
}

static void name_member(const char *field, const char *name, char out[API_FIELD_MAX])
{
	snprintf(out, API_FIELD_MAX, "%.60s%s%.60s", field, field[0] ? "." : "", name);
}

static int check_required(const json_t *schema, const json_t *value, const char *field,
			  struct api_fault *fault)
{
	char place[API_FIELD_MAX];
	json_t *name;
	size_t i;

	json_array_foreach(json_object_get(schema, "required"), i, name)
	{
		if (json_object_get(value, json_string_value(name)))
			continue;
		name_member(field, json_string_value(name), place);
		return api_fault_set(fault, place, "is missing");
	}
	return 0;
}

static int check_size(const json_t *schema, const json_t *value, const char *field,
		      struct api_fault *fault)
{
	const json_t *least = json_object_get(schema, "minProperties");
	const json_t *most = json_object_get(schema, "maxProperties");
	json_int_t count = (json_int_t)json_object_size(value);

	if (least && count < json_integer_value(least))
		return api_fault_set(fault, field, "has fewer than %lld members",
				     (long long)json_integer_value(least));
	if (most && count > json_integer_value(most))
		return api_fault_set(fault, field, "has more than %lld members",
				     (long long)json_integer_value(most));
	return 0;
}

static int check_object(const json_t *schema, const json_t *value, const char *field,
			struct api_fault *fault)
{
	const json_t *properties = json_object_get(schema, "properties");
	bool closed = json_is_false(json_object_get(schema, "additionalProperties"));
	char place[API_FIELD_MAX];
	const char *name;
	json_t *member;
	int rc = check_required(schema, value, field, fault);

	if (rc == 0)
		rc = check_size(schema, value, field, fault);
	json_object_foreach((json_t *)value, name, member)
	{
		const json_t *below = json_object_get(properties, name);

		if (rc < 0)
			break;
		name_member(field, name, place);
		if (below)
			rc = api_schema_check(below, member, place, fault);
		else if (closed)
			rc = api_fault_set(fault, place, "is not known here");
	}
	return rc;
}

static int check_enum(const json_t *schema, const json_t *value, const char *field,
		      struct api_fault *fault)
{
	const json_t *list = json_object_get(schema, "enum");
	char words[API_FAULT_MAX - 32] = "";
	size_t len = 0;
	size_t i;
	json_t *one;

	json_array_foreach(list, i, one)
	{
		if (json_equal(one, value))
			return 0;
		if (json_is_string(one) && len < sizeof(words) - 1)
			len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%s",
						i ? ", " : "", json_string_value(one));
	}
	return list ? api_fault_set(fault, field, "is none of %s", words) : 0;
}

int api_schema_check(const json_t *schema, const json_t *value, const char *field,
		     struct api_fault *fault)
{
	const json_t *type = json_object_get(schema, "type");
	int rc = type ? check_type(type, value, field, fault) : 0;

	if (rc == 0)
		rc = check_enum(schema, value, field, fault);
	if (rc < 0)
		return rc;
	if (json_is_string(value))
		return check_text(schema, value, field, fault);
	if (json_is_number(value))
		return check_number(schema, value, field, fault);
	if (json_is_array(value))
		return check_list(schema, value, field, fault);
	return json_is_object(value) ? check_object(schema, value, field, fault) : 0;
}

/* ---- values that come as text ---- */

static bool wants(const json_t *schema, const char *type)
{
	const json_t *is = json_object_get(schema, "type");

	return json_is_string(is) && strcmp(json_string_value(is), type) == 0;
}

int api_schema_value(const json_t *schema, const char *text, json_t **out)
{
	if (wants(schema, "integer")) {
		size_t digits = strspn(text + (text[0] == '-'), "0123456789");
		char *end;
		long long number;

		errno = 0;
		number = strtoll(text, &end, 10);
		if (digits == 0 || text[digits + (text[0] == '-')] || errno == ERANGE)
			return -EBADMSG;
		*out = json_integer(number);
	} else if (wants(schema, "boolean")) {
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
			return -EBADMSG;
		*out = json_boolean(text[0] == 't');
	} else {
		*out = json_string(text); /* NULL as well when it is not UTF-8 */
		return *out ? 0 : -EBADMSG;
	}
	return *out ? 0 : -ENOMEM;
}

/* ---- what a schema may say ---- */

static int unsupported(char error[API_FAULT_MAX], const char *name, const char *why)
{
	snprintf(error, API_FAULT_MAX, "schema: '%.60s' %s", name, why);
	return -ENOTSUP;
}

static int support_members(const json_t *members, char error[API_FAULT_MAX])
{
	const char *name;
	json_t *member;
	int rc = json_is_object(members) ? 0 : unsupported(error, "properties", "is no object");

	json_object_foreach((json_t *)members, name, member) rc =
		rc < 0 ? rc : api_schema_supported(member, error);
	return rc;
}

static int support_pattern(const json_t *value, char error[API_FAULT_MAX])
{
	const char *pattern = json_string_value(value);
	regex_t compiled;

	if (!pattern || regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return unsupported(error, pattern ? pattern : "pattern", "is no expression");
	regfree(&compiled);
	return 0;
}

static int support_type(const json_t *value, char error[API_FAULT_MAX])
{
	size_t i;
	json_t *one;

	if (is_type_name(value))
		return 0;
	json_array_foreach(value, i, one) if (!is_type_name(one)) return unsupported(
		error, "type", "is not known");
	return json_array_size(value) > 0 ? 0 : unsupported(error, "type", "is not known");
}

static int support_keyword(const char *name, const json_t *value, char error[API_FAULT_MAX])
{
	static const char *const counts[] = { "minLength", "maxLength",	    "minItems",
					      "maxItems",  "minProperties", "maxProperties" };
	static const char *const lists[] = { "enum", "required" };
	static const char *const words[] = { "title", "description", "default", "example",
					     "examples" };

	for (size_t i = 0; i < COUNT_OF(counts); i++)
		if (strcmp(name, counts[i]) == 0)
			return json_is_integer(value) ? 0 : unsupported(error, name, "is no count");
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		if (strcmp(name, lists[i]) == 0)
			return json_is_array(value) ? 0 : unsupported(error, name, "is no list");
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(name, words[i]) == 0)
			return 0;
	if (strcmp(name, "minimum") == 0 || strcmp(name, "maximum") == 0)
		return json_is_number(value) ? 0 : unsupported(error, name, "is no number");
	if (strcmp(name, "additionalProperties") == 0)
		return json_is_boolean(value) ? 0 : unsupported(error, name, "is a schema");
	if (strcmp(name, "type") == 0)
		return support_type(value, error);
	if (strcmp(name, "pattern") == 0)
		return support_pattern(value, error);
	if (strcmp(name, "format") == 0)
		return find_format(json_string_value(value)) >= 0
			       ? 0
			       : unsupported(error, name, "is not known");
	if (strcmp(name, "properties") == 0)
		return support_members(value, error);
	if (strcmp(name, "items") == 0)
		return api_schema_supported(value, error);
	return strncmp(name, "x-", 2) == 0 ? 0 : unsupported(error, name, "is not supported");
}

int api_schema_supported(const json_t *schema, char error[API_FAULT_MAX])
{
	const char *name;
	json_t *value;
	int rc = json_is_object(schema) ? 0 : unsupported(error, "", "is no object");

	json_object_foreach((json_t *)schema, name, value) rc =
		rc < 0 ? rc : support_keyword(name, value, error);
	return rc;
}
