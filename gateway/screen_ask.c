/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/screen_ask.h"

#include <errno.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { NAME_TYPE = 5 /* SMPP's type of number for a sender's name */, SHOWN_MAX = 40 };

/* A name that a fault can show as it is; "" for any other. */
static void put_field(struct screen_fault *fault, const char *name)
{
	size_t len = strlen(name);

	fault->field[0] = '\0';
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return;
	if (len < SCREEN_FIELD_MAX)
		memcpy(fault->field, name, len + 1);
}

__attribute__((format(printf, 3, 4))) static int fail(struct screen_fault *fault, const char *field,
						      const char *format, ...)
{
	va_list args;

	put_field(fault, field);
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return -EBADMSG;
}

/* ---- one question ---- */

/* A field's value into the question. Any failure says that it is not what was expected. */
typedef int read_field(const struct numbering *plan, const char *text, struct screen_ask *out);

static bool is_hidden(const char *text)
{
	return text[0] == '\0' || strcasecmp(text, "withheld") == 0 ||
	       strcasecmp(text, "anonymous") == 0;
}

static int read_from(const struct numbering *plan, const char *text, struct screen_ask *out)
{
	struct number *caller = &out->attempt.caller;

	if (is_hidden(text)) {
		memcpy(caller->text, "withheld", sizeof("withheld"));
		return 0;
	}
	if (number_read(plan, text, strlen(text), caller) == 0)
		return 0;
	/* Calls have numbers; the channel is read first. */
	if (out->attempt.channel != BLOCK_SMS)
		return -EBADMSG;
	return number_from_address(plan, NAME_TYPE, text, strlen(text), caller);
}

static int read_to(const struct numbering *plan, const char *text, struct screen_ask *out)
{
	return number_read(plan, text, strlen(text), &out->attempt.called);
}

/* The place of `text` in the list; -EBADMSG. */
static int find_word(const char *const *words, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(words[i], text) == 0)
			return (int)i;
	return -EBADMSG;
}

static int read_channel(const struct numbering *plan, const char *text, struct screen_ask *out)
{
	static const char *const words[] = { "call", "sms" };
	int word = find_word(words, COUNT_OF(words), text);

	(void)plan;
	if (word < 0)
		return word;
	out->attempt.channel = word == 0 ? BLOCK_CALL : BLOCK_SMS;
	return 0;
}

static int read_entry(const struct numbering *plan, const char *text, struct screen_ask *out)
{
	static const char *const words[] = { [BLOCK_ENTRY_UNKNOWN] = "unknown",
					     [BLOCK_ENTRY_NATIONAL] = "national",
					     [BLOCK_ENTRY_INTERNATIONAL] = "international" };
	int word = find_word(words, COUNT_OF(words), text);

	(void)plan;
	if (word < 0)
		return word;
	out->attempt.entry = (enum block_entry)word;
	return 0;
}

static int read_verstat(const struct numbering *plan, const char *text, struct screen_ask *out)
{
	static const char *const words[] = { "No-TN-Validation", "TN-Validation-Passed",
					     "TN-Validation-Failed" };
	int word = find_word(words, COUNT_OF(words), text);

	(void)plan;
	if (word < 0)
		return word;
	out->validation_failed = word == 2;
	return 0;
}

static int read_bool(const char *text, bool *out)
{
	static const char *const words[] = { "0", "1", "false", "true", "no", "yes" };
	int word = find_word(words, COUNT_OF(words), text);

	if (word >= 0)
		*out = word % 2 == 1;
	return word < 0 ? word : 0;
}

static int read_roaming(const struct numbering *plan, const char *text, struct screen_ask *out)
{
	(void)plan;
	return read_bool(text, &out->attempt.roaming_home);
}

static int read_enforce(const struct numbering *plan, const char *text, struct screen_ask *out)
{
	(void)plan;
	return read_bool(text, &out->enforce);
}

static int read_why(const struct numbering *plan, const char *text, struct screen_ask *out)
{
	(void)plan;
	return read_bool(text, &out->why);
}

static const struct field {
	const char *name;
	read_field *read;
	bool needed;
	const char *expected;
} fields[] = {
	{ "channel", read_channel, true, "call or sms" },
	{ "from", read_from, true, "a telephone number, or withheld" },
	{ "to", read_to, true, "a telephone number" },
	{ "entry", read_entry, false, "unknown, national or international" },
	{ "roaming", read_roaming, false, "true or false" },
	{ "verstat", read_verstat, false,
	  "TN-Validation-Passed, TN-Validation-Failed or No-TN-Validation" },
	{ "enforce", read_enforce, false, "true or false" },
	{ "why", read_why, false, "true or false" },
};

static const struct field *find_field(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

static bool is_shown(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return len > 0 && len <= SHOWN_MAX;
}

static int take_field(const struct numbering *plan, const struct field *field, const json_t *value,
		      struct screen_ask *out, struct screen_fault *fault)
{
	const char *text = json_string_value(value);
	char digits[24];

	if (json_is_boolean(value))
		text = json_is_true(value) ? "true" : "false";
	if (json_is_integer(value)) {
		snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
		text = digits;
	}
	if (!text)
		return fail(fault, field->name, "is neither text nor number");
	if (field->read(plan, text, out) == 0)
		return 0;
	if (is_shown(text))
		return fail(fault, field->name, "'%s' is not %s", text, field->expected);
	return fail(fault, field->name, "is not %s", field->expected);
}

int screen_ask_read(const struct numbering *plan, const json_t *object, struct screen_ask *out,
		    struct screen_fault *fault)
{
	struct screen_ask ask = { .enforce = true };
	const char *name;
	json_t *value;
	int rc = 0;

	if (!json_is_object(object))
		return fail(fault, "", "a question is an object");
	json_object_foreach((json_t *)object, name, value) if (!find_field(name)) return fail(
		fault, name, "is no field of a question");
	for (size_t i = 0; rc == 0 && i < COUNT_OF(fields); i++) {
		value = json_object_get(object, fields[i].name);
		if (value)
			rc = take_field(plan, &fields[i], value, &ask, fault);
		else if (fields[i].needed)
			rc = fail(fault, fields[i].name, "is missing");
	}
	if (rc == 0)
		*out = ask;
	return rc;
}

/* ---- a query ---- */

static bool is_number_field(const char *name)
{
	return strcmp(name, "from") == 0 || strcmp(name, "to") == 0;
}

static int take_pair(json_t *object, struct evkeyval *pair, struct screen_fault *fault)
{
	json_t *text;

	if (json_object_get(object, pair->key))
		return fail(fault, pair->key, "comes twice");
	if (pair->value[0] == ' ' && is_number_field(pair->key))
		pair->value[0] = '+';
	text = json_string(pair->value);
	if (!text || json_object_set_new(object, pair->key, text) < 0)
		return fail(fault, pair->key, "is not UTF-8");
	return 0;
}

int screen_ask_from_query(const char *query, json_t **object, struct screen_fault *fault)
{
	struct evkeyvalq pairs = { 0 };
	json_t *made = json_object();
	int rc = 0;

	if (!made)
		return -ENOMEM;
	if (evhttp_parse_query_str(query, &pairs) < 0)
		rc = fail(fault, "", "the query is not name=value&name=value");
	for (struct evkeyval *pair = pairs.tqh_first; rc == 0 && pair; pair = pair->next.tqe_next)
		rc = take_pair(made, pair, fault);
	evhttp_clear_headers(&pairs);
	if (rc == 0)
		*object = made;
	else
		json_decref(made);
	return rc;
}

/* ---- a batch ---- */

static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!memchr(" \t\r\n", text[i], 4))
			return false;
	return true;
}

/* The next line that holds something: its length, or 0 at the end. */
static size_t next_line(struct screen_batch *batch, const char **line)
{
	while (batch->at < batch->len) {
		const char *from = batch->text + batch->at;
		const char *end = memchr(from, '\n', batch->len - batch->at);
		size_t len = end ? (size_t)(end - from) : batch->len - batch->at;

		batch->at += len + (end != NULL);
		*line = from;
		if (!is_blank(from, len))
			return len;
	}
	return 0;
}

static size_t count_lines(struct screen_batch *batch)
{
	const char *line;
	size_t count = 0;

	while (next_line(batch, &line) > 0)
		count++;
	batch->at = 0;
	return count;
}

static int load(const char *text, size_t len, json_t **out, struct screen_fault *fault)
{
	json_error_t error;

	*out = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (*out)
		return 0;
	return fail(fault, "", "is no JSON (line %d, column %d)", error.line, error.column);
}

static int open_array(struct screen_batch *batch, struct screen_fault *fault)
{
	json_t *whole;
	int rc = load(batch->text, batch->len, &whole, fault);

	if (rc < 0)
		return rc;
	batch->text = NULL;
	batch->array = whole;
	batch->count = json_array_size(whole);
	return json_is_array(whole) ? 0 : fail(fault, "", "is no array of questions");
}

int screen_batch_open(bool lines, const char *text, size_t len, struct screen_batch *out,
		      struct screen_fault *fault)
{
	struct screen_batch batch = { .text = text, .len = len };
	int rc = 0;

	if (lines)
		batch.count = count_lines(&batch);
	else
		rc = open_array(&batch, fault);
	if (rc == 0 && batch.count == 0)
		rc = fail(fault, "", "there is no question");
	if (rc == 0 && batch.count > SCREEN_ASK_MAX)
		rc = fail(fault, "", "%zu questions are more than %d", batch.count, SCREEN_ASK_MAX);
	if (rc == 0)
		*out = batch;
	else
		screen_batch_close(&batch);
	return rc;
}

int screen_batch_next(struct screen_batch *batch, json_t **object, struct screen_fault *fault)
{
	const char *line;
	size_t len;
	int rc;

	if (!batch->text) {
		if (batch->at == batch->count)
			return 0;
		*object = json_incref(json_array_get(batch->array, batch->at++));
		return 1;
	}
	len = next_line(batch, &line);
	if (len == 0)
		return 0;
	rc = load(line, len, object, fault);
	return rc < 0 ? rc : 1;
}

void screen_batch_close(struct screen_batch *batch)
{
	json_decref(batch->array);
	batch->array = NULL;
}
