/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/parse_cmd.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/iso_time.h"
#include "gateway/parse_explain.h"
#include "rules/call_record.h"
#include "rules/report_parse.h"

enum { LINE_MAX_OCTETS = 1 << 20, READING_MAX = 1024 };

struct run;

/* One text of the input. */
struct sample {
	json_t *id; /* NULL: there is none */
	const char *text;
	size_t len;
	int64_t received_ms;
};

/* Writes what was read in a text; false when memory is out. */
typedef bool answer_fn(struct run *run, const struct sample *sample);

struct run {
	const struct language *language;
	const struct keyword_set *keywords;
	answer_fn *answer;
	FILE *out;
	FILE *errors;
	unsigned long line;
	bool failed;
};

__attribute__((format(printf, 2, 3))) static void complain(struct run *run, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fprintf(run->errors, "line %lu: ", run->line);
	vfprintf(run->errors, format, args);
	fputc('\n', run->errors);
	va_end(args);
	run->failed = true;
}

/* Appends to a buffer that is large enough for every reading (asserted by READING_MAX). */
static char *put(char *at, const char *text)
{
	size_t len = strlen(text);
	memcpy(at, text, len);
	return at + len;
}

/* Numbers hold ASCII without quotes, but for alphanumeric senders. */
static char *put_quoted(char *at, const char *text)
{
	*at++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*at++ = '\\';
		*at++ = *text;
	}
	*at++ = '"';
	return at;
}

static char *put_flag(char *at, const char *key, bool value)
{
	at = put(at, key);
	return put(at, value ? "true" : "false");
}

static char *put_window(char *at, const struct report_reading *reading)
{
	char time[ISO_TIME_MAX];
	if (!reading->has_call_time)
		return put(at, "null");
	at = put(at, "{\"from\":");
	at = put_quoted(at, iso_time_format(reading->call_from_ms, time));
	at = put(at, ",\"to\":");
	at = put_quoted(at, iso_time_format(reading->call_to_ms, time));
	return put(at, "}");
}

static size_t format_reading(const struct report_reading *reading, char out[READING_MAX])
{
	char *at = put(out, ",\"intent\":");
	at = put_quoted(at, report_intent_name(reading->intent));
	at = put(at, ",\"numbers\":[");
	for (size_t i = 0; i < reading->number_count; i++) {
		at = put(at, i ? "," : "");
		at = put_quoted(at, reading->numbers[i].text);
	}
	at = put_window(put(at, "],\"call_time\":"), reading);
	at = put_flag(at, ",\"official\":", reading->official);
	at = put_flag(at, ",\"international\":", reading->international);
	at = put_quoted(put(at, ",\"category\":"), report_category_name(reading->category));
	at = put_flag(at, ",\"needs_number\":", reading->needs_number);
	if (reading->intent == REPORT_BLOCK_ON || reading->intent == REPORT_BLOCK_OFF ||
	    reading->intent == REPORT_BLOCK_QUERY)
		at = put_quoted(put(at, ",\"scope\":"), report_scope_name(reading->scope));
	at = put(at, "}\n");
	return (size_t)(at - out);
}
_Static_assert(READING_MAX > REPORT_NUMBERS_MAX * (2 * NUMBER_MAX + 3) + 400,
	       "every number escaped, and the keys");

static int write_chunk(const char *text, size_t len, void *out)
{
	return fwrite(text, 1, len, out) == len ? 0 : -1;
}

static bool answer_reading(struct run *run, const struct sample *sample)
{
	struct report_reading reading;
	char text[READING_MAX];
	if (report_parse_text(run->language, run->keywords, sample->text, sample->len,
			      sample->received_ms, &reading))
		return false;
	size_t len = format_reading(&reading, text);
	fputs("{\"id\":", run->out);
	if (sample->id)
		json_dump_callback(sample->id, write_chunk, run->out,
				   JSON_ENCODE_ANY | JSON_COMPACT);
	else
		fputs("null", run->out);
	fwrite(text, 1, len, run->out);
	return true;
}

static json_t *explain(const struct run *run, const struct sample *sample)
{
	return parse_explain(run->language, run->keywords, sample->id, sample->text, sample->len,
			     sample->received_ms);
}

static bool answer_explained(struct run *run, const struct sample *sample)
{
	json_t *explained = explain(run, sample);
	if (explained)
		parse_explain_show(run->out, explained);
	json_decref(explained);
	return explained != NULL;
}

static bool answer_explained_json(struct run *run, const struct sample *sample)
{
	json_t *explained = explain(run, sample);
	if (explained) {
		json_dumpf(explained, run->out, JSON_COMPACT);
		fputc('\n', run->out);
	}
	json_decref(explained);
	return explained != NULL;
}

static void read_object(struct run *run, const json_t *object)
{
	const json_t *text = json_object_get(object, "text");
	const json_t *received = json_object_get(object, "received");
	struct sample sample = { .id = json_object_get(object, "id"),
				 .text = json_string_value(text),
				 .len = json_string_length(text) };
	if (!json_is_string(text))
		complain(run, "\"text\" is missing or no text");
	else if (!json_is_string(received))
		complain(run, "\"received\" is missing or no text");
	else if (call_time_read(json_string_value(received), json_string_length(received),
				&sample.received_ms))
		complain(run, "received: '%s' is no time", json_string_value(received));
	else if (!run->answer(run, &sample))
		complain(run, "out of memory");
}

static void read_line(struct run *run, const char *line, size_t len)
{
	json_error_t fault;
	while (len && strchr(" \t\r", line[len - 1]) && line[len - 1])
		len--;
	if (len == 0)
		return;
	json_t *object = json_loadb(line, len, JSON_ALLOW_NUL, &fault);
	if (!object)
		complain(run, "octet %d: %s", fault.position, fault.text);
	else if (!json_is_object(object))
		complain(run, "is not a JSON object");
	else
		read_object(run, object);
	json_decref(object);
}

/* The lines of a stream, one after the other, in one buffer. */
struct reader {
	int fd;
	char *buffer;
	size_t start; /* of what is not yet taken */
	size_t end;
	bool skipping; /* the rest of a line that was too long */
	bool at_end;
};

static int fill(struct reader *reader)
{
	if (reader->start > 0) {
		memmove(reader->buffer, reader->buffer + reader->start,
			reader->end - reader->start);
		reader->end -= reader->start;
		reader->start = 0;
	}
	ssize_t n;
	do
		n = read(reader->fd, reader->buffer + reader->end, LINE_MAX_OCTETS - reader->end);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	reader->end += (size_t)n;
	reader->at_end = n == 0;
	return 0;
}

/* Takes the whole lines that are in the buffer. */
static void take_lines(struct run *run, struct reader *reader)
{
	char *newline;
	while ((newline = memchr(reader->buffer + reader->start, '\n',
				 reader->end - reader->start))) {
		char *line = reader->buffer + reader->start;
		reader->start = (size_t)(newline + 1 - reader->buffer);
		run->line++;
		if (reader->skipping)
			complain(run, "is longer than %d octets", LINE_MAX_OCTETS);
		else
			read_line(run, line, (size_t)(newline - line));
		reader->skipping = false;
	}
}

static int read_all(struct run *run, struct reader *reader)
{
	while (!reader->at_end) {
		int rc = fill(reader);
		if (rc)
			return rc;
		take_lines(run, reader);
		if (reader->end - reader->start == LINE_MAX_OCTETS) {
			reader->skipping = true;
			reader->start = reader->end = 0;
		}
	}
	if (reader->skipping || reader->end > reader->start) {
		run->line++;
		if (reader->skipping)
			complain(run, "is longer than %d octets", LINE_MAX_OCTETS);
		else
			read_line(run, reader->buffer + reader->start, reader->end - reader->start);
	}
	return 0;
}

int parse_run(const struct language *language, const struct keyword_set *keywords, int in,
	      enum parse_form form, FILE *out, FILE *errors)
{
	static answer_fn *const answers[] = {
		[PARSE_READING] = answer_reading,
		[PARSE_EXPLAINED] = answer_explained,
		[PARSE_EXPLAINED_JSON] = answer_explained_json,
	};
	_Static_assert(sizeof(answers) / sizeof(answers[0]) == PARSE_FORM_COUNT,
		       "an answer in each form");
	struct run run = { .language = language,
			   .keywords = keywords,
			   .answer = answers[form],
			   .out = out,
			   .errors = errors };
	struct reader reader = { .fd = in, .buffer = malloc(LINE_MAX_OCTETS) };
	int rc = reader.buffer ? read_all(&run, &reader) : -ENOMEM;
	free(reader.buffer);
	if (rc)
		fprintf(errors, "cannot read: %s\n", strerror(-rc));
	if (fflush(out) || ferror(out)) {
		fprintf(errors, "cannot write: %s\n", strerror(errno));
		return 1;
	}
	return rc || run.failed ? 1 : 0;
}
