/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/cdr_line.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/cdr_file.h"
#include "gateway/feed_source.h"

struct line_reader {
	void *ctx;
	const struct numbering *plan;
	const struct config_source *source;
	struct cdr_line *out;
	char *error;
};

__attribute__((format(printf, 2, 3))) static int fail(const struct line_reader *reader,
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reader->error, CDR_LINE_ERROR_MAX, format, args);
	va_end(args);
	return -EBADMSG;
}

/* Times keep their ms; a number of seconds is what is over of it. */
static const char *real_text(void *ctx, const char *name, double value)
{
	if (value < 0 || value > 1e15)
		return talloc_strdup(ctx, "out of range");
	if (strcmp(name, call_field_name(CALL_FIELD_DURATION)) == 0)
		return talloc_asprintf(ctx, "%" PRId64, (int64_t)value);
	return talloc_asprintf(ctx, "%.3f", value);
}

/* The member as text; *text NULL when it is absent. */
static int member_text(const struct line_reader *reader, const json_t *object, const char *name,
		       const char **text)
{
	const json_t *value = json_object_get(object, name);

	*text = NULL;
	if (!value || json_is_null(value))
		return 0;
	if (json_is_string(value))
		*text = talloc_strdup(reader->ctx, json_string_value(value));
	else if (json_is_integer(value))
		*text = talloc_asprintf(reader->ctx, "%" PRId64,
					(int64_t)json_integer_value(value));
	else if (json_is_boolean(value))
		*text = json_is_true(value) ? "1" : "0";
	else if (json_is_real(value))
		*text = real_text(reader->ctx, name, json_real_value(value));
	else
		return fail(reader, "%s: is neither text nor number", name);
	return *text ? 0 : -ENOMEM;
}

static void add_field(struct cdr_line *line, const char *name, const char *value)
{
	line->name[line->count] = name;
	line->value[line->count++] = value;
}

static int check_source(const struct line_reader *reader, const json_t *object)
{
	const json_t *named = json_object_get(object, "source");
	const char *name = json_string_value(named);

	if (!named || json_is_null(named) || (name && strcmp(name, reader->source->name) == 0))
		return 0;
	return fail(reader, "source: is not the one of the token");
}

static int read_mark(const struct line_reader *reader, const json_t *object)
{
	static const char *const names[] = { "watermark", "complete_from" };
	struct call_origin origin = feed_source_origin(reader->source);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(names) / sizeof(*names); i++) {
		const char *text;
		int64_t at_ms;

		rc = member_text(reader, object, names[i], &text);
		if (rc < 0 || !text)
			continue;
		if (feed_mark_read(&origin, text, strlen(text), &at_ms) < 0)
			rc = fail(reader, "%s: no time", names[i]);
		else
			add_field(reader->out, names[i], text);
	}
	return rc;
}

static int read_record(const struct line_reader *reader, const json_t *object)
{
	struct call_origin origin = feed_source_origin(reader->source);
	struct call_fields fields = { .text = { NULL } };
	struct call_record record;
	struct call_error error;

	for (int i = 0; i < CALL_FIELD_COUNT; i++) {
		const char *name = call_field_name((enum call_field)i);
		int rc = member_text(reader, object, name, &fields.text[i]);

		if (rc < 0)
			return rc;
		if (!fields.text[i])
			continue;
		fields.len[i] = strlen(fields.text[i]);
		add_field(reader->out, name, fields.text[i]);
	}
	if (call_record_read(reader->plan, &fields, &origin, &record, &error) < 0)
		return fail(reader, "%s", error.text);
	return 0;
}

/* The parser's own words, without the octets that it points at: those may be anything. */
static int not_json(const struct line_reader *reader, const json_error_t *error)
{
	const char *near = strstr(error->text, " near ");
	size_t len = near ? (size_t)(near - error->text) : strlen(error->text);

	return fail(reader, "column %d: no JSON: %.*s", error->column, (int)len, error->text);
}

int cdr_line_read(void *ctx, const struct numbering *plan, const struct config_source *source,
		  const char *text, size_t len, struct cdr_line *out,
		  char error[CDR_LINE_ERROR_MAX])
{
	struct line_reader reader = { ctx, plan, source, out, error };
	json_error_t fault;
	json_t *object;
	int rc;

	memset(out, 0, sizeof(*out));
	if (len >= CDR_LINE_MAX)
		return fail(&reader, "longer than %d octets", CDR_LINE_MAX - 1);
	object = json_loadb(text, len, JSON_REJECT_DUPLICATES, &fault);
	if (!object)
		return not_json(&reader, &fault);
	if (!json_is_object(object))
		rc = fail(&reader, "no object");
	else
		rc = check_source(&reader, object);
	if (rc == 0)
		rc = json_object_get(object, "watermark") ? read_mark(&reader, object)
							  : read_record(&reader, object);
	json_decref(object);
	return rc;
}
