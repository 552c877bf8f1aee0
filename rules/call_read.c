/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_read.c - a call record from the text fields of a feed. */
#include "rules/call_record.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { SHOWN_MAX = 24 /* octets of a faulty value that an error shows */ };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const field_names[] = {
	[CALL_FIELD_CALLER] = "caller",	    [CALL_FIELD_CALLED] = "called",
	[CALL_FIELD_START] = "start",	    [CALL_FIELD_DURATION] = "duration",
	[CALL_FIELD_ANSWERED] = "answered", [CALL_FIELD_ENTRY] = "entry",
	[CALL_FIELD_ASSERTED] = "asserted", [CALL_FIELD_TRUNK] = "trunk",
	[CALL_FIELD_WRITTEN] = "written",
};
static_assert(COUNT_OF(field_names) == CALL_FIELD_COUNT, "a name for each field");

const char *call_field_name(enum call_field field)
{
	return field < CALL_FIELD_COUNT ? field_names[field] : "unknown";
}

bool call_field_needed(enum call_field field)
{
	return field == CALL_FIELD_CALLER || field == CALL_FIELD_CALLED ||
	       field == CALL_FIELD_START;
}

/* A field's value without the blanks round it; NULL text when the feed does not carry the field. */
struct value {
	const char *text;
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct value field_value(const struct call_fields *fields, enum call_field field)
{
	struct value v = { fields->text[field], fields->text[field] ? fields->len[field] : 0 };

	while (v.len > 0 && is_blank(v.text[0])) {
		v.text++;
		v.len--;
	}
	while (v.len > 0 && is_blank(v.text[v.len - 1]))
		v.len--;
	return v;
}

static bool value_is(struct value v, const char *word)
{
	return strlen(word) == v.len && strncasecmp(v.text, word, v.len) == 0;
}

/* Writes the value in quotes, as short printable ASCII whatever it holds. */
static void show_value(struct value v, char *out, size_t cap)
{
	size_t shown = v.len < SHOWN_MAX ? v.len : SHOWN_MAX;
	size_t n = (size_t)snprintf(out, cap, "'");

	/* SHOWN_MAX escapes of four and the quotes fit in every caller's buffer. */
	for (size_t i = 0; i < shown && n + 8 < cap; i++) {
		unsigned char c = (unsigned char)v.text[i];
		bool plain = c >= ' ' && c <= '~' && c != '\\' && c != '\'';
		n += (size_t)snprintf(out + n, cap - n, plain ? "%c" : "\\x%02X", c);
	}
	snprintf(out + n, cap - n, "%s'", v.len > shown ? "..." : "");
}

/* An absent or empty value is told as missing, whatever `complaint` says. */
static int fail(struct call_error *error, enum call_field field, struct value v,
		const char *complaint)
{
	char shown[4 * SHOWN_MAX + 8];

	memset(error, 0, sizeof(*error));
	error->field = field;
	show_value(v, shown, sizeof(shown));
	if (v.len == 0)
		snprintf(error->text, sizeof(error->text), "%s: is missing", field_names[field]);
	else
		snprintf(error->text, sizeof(error->text), "%s: %s %s", field_names[field], shown,
			 complaint);
	return -EBADMSG;
}

static int read_caller(const struct numbering *plan, const struct call_fields *fields,
		       struct number *out, struct call_error *error)
{
	struct value v = field_value(fields, CALL_FIELD_CALLER);

	if (!v.text)
		return fail(error, CALL_FIELD_CALLER, v, "");
	if (v.len == 0)
		*out = (struct number){ "withheld" };
	else if (call_party_read(plan, v.text, v.len, out) != 0)
		return fail(error, CALL_FIELD_CALLER, v, "is no number");
	return 0;
}

static int read_called(const struct numbering *plan, const struct call_fields *fields,
		       struct number *out, struct call_error *error)
{
	struct value v = field_value(fields, CALL_FIELD_CALLED);

	if (v.len == 0 || call_party_read(plan, v.text, v.len, out) != 0 ||
	    number_form(out->text) == NUMBER_FORM_WITHHELD)
		return fail(error, CALL_FIELD_CALLED, v, "is no number");
	return 0;
}

/* A number that was not shown differs from none, and one that cannot be read is not known. */
static bool read_differs(const struct numbering *plan, const struct call_fields *fields,
			 const struct number *caller)
{
	struct value v = field_value(fields, CALL_FIELD_ASSERTED);
	struct number asserted;

	if (v.len == 0 || call_party_read(plan, v.text, v.len, &asserted) != 0)
		return false;
	return number_form(asserted.text) != NUMBER_FORM_WITHHELD &&
	       number_form(caller->text) != NUMBER_FORM_WITHHELD &&
	       strcmp(asserted.text, caller->text) != 0;
}

static int read_time(struct value v, const struct call_origin *origin, int64_t *out)
{
	int64_t at_ms;

	if (v.len == 0 || call_time_read_local(v.text, v.len, origin->utc_offset_s, &at_ms) != 0 ||
	    at_ms < origin->clock_ahead_ms)
		return -EBADMSG;
	*out = at_ms - origin->clock_ahead_ms;
	return 0;
}

static int read_start(const struct call_fields *fields, const struct call_origin *origin,
		      int64_t *out, struct call_error *error)
{
	struct value v = field_value(fields, CALL_FIELD_START);

	if (read_time(v, origin, out) != 0)
		return fail(error, CALL_FIELD_START, v, "is no time");
	return 0;
}

/* Not before the end of the call, whatever the record says. */
static int read_written(const struct call_fields *fields, const struct call_origin *origin,
			struct call_record *record, struct call_error *error)
{
	struct value v = field_value(fields, CALL_FIELD_WRITTEN);
	int64_t end_ms = record->start_ms + record->duration_s * INT64_C(1000);

	record->written_ms = end_ms;
	if (v.len > 0 && read_time(v, origin, &record->written_ms) != 0)
		return fail(error, CALL_FIELD_WRITTEN, v, "is no time");
	if (record->written_ms < end_ms)
		record->written_ms = end_ms;
	return 0;
}

static int read_duration(const struct call_fields *fields, uint32_t *out, struct call_error *error)
{
	struct value v = field_value(fields, CALL_FIELD_DURATION);
	uint32_t seconds = 0;

	for (size_t i = 0; i < v.len; i++) {
		if (v.text[i] < '0' || v.text[i] > '9')
			return fail(error, CALL_FIELD_DURATION, v, "is no number of seconds");
		seconds = seconds * 10 + (uint32_t)(v.text[i] - '0');
		if (seconds > CALL_DURATION_MAX_S)
			return fail(error, CALL_FIELD_DURATION, v, "is too long");
	}
	*out = seconds;
	return 0;
}

static int read_answered(const struct call_fields *fields, uint32_t duration_s, bool *out,
			 struct call_error *error)
{
	static const struct {
		const char *word;
		bool answered;
	} words[] = {
		{ "1", true },	    { "0", false },  { "true", true },
		{ "false", false }, { "yes", true }, { "no", false },
	};
	struct value v = field_value(fields, CALL_FIELD_ANSWERED);

	if (v.len == 0) {
		*out = duration_s > 0;
		return 0;
	}
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (value_is(v, words[i].word)) {
			*out = words[i].answered;
			return 0;
		}
	}
	return fail(error, CALL_FIELD_ANSWERED, v, "is neither yes nor no");
}

/* '*' stands for any text, '?' for one octet; nothing else is special. */
static bool fits(const char *match, struct value v)
{
	const char *star = NULL;
	size_t i = 0, back = 0;

	while (i < v.len) {
		if (*match == '*') {
			star = match++;
			back = i;
		} else if (*match && (*match == '?' || *match == v.text[i])) {
			match++;
			i++;
		} else if (star) {
			match = star + 1;
			i = ++back;
		} else {
			return false;
		}
	}
	while (*match == '*')
		match++;
	return *match == '\0';
}

static enum call_entry entry_of_trunk(const struct call_fields *fields,
				      const struct call_origin *origin)
{
	struct value v = field_value(fields, CALL_FIELD_TRUNK);

	for (size_t i = 0; v.len > 0 && i < origin->trunk_count; i++)
		if (fits(origin->trunks[i].match, v))
			return origin->trunks[i].entry;
	return origin->entry;
}

static int read_entry(const struct call_fields *fields, const struct call_origin *origin,
		      enum call_entry *out, struct call_error *error)
{
	struct value v = field_value(fields, CALL_FIELD_ENTRY);

	if (v.len == 0) {
		*out = entry_of_trunk(fields, origin);
		return 0;
	}
	for (int entry = 0; entry < CALL_ENTRY_COUNT; entry++) {
		if (value_is(v, call_entry_name((enum call_entry)entry))) {
			*out = (enum call_entry)entry;
			return 0;
		}
	}
	return fail(error, CALL_FIELD_ENTRY, v, "is not own, national or international");
}

int call_record_read(const struct numbering *plan, const struct call_fields *fields,
		     const struct call_origin *origin, struct call_record *out,
		     struct call_error *error)
{
	struct call_record record;

	memset(&record, 0, sizeof(record));
	if (read_caller(plan, fields, &record.caller, error) != 0 ||
	    read_called(plan, fields, &record.called, error) != 0 ||
	    read_start(fields, origin, &record.start_ms, error) != 0 ||
	    read_duration(fields, &record.duration_s, error) != 0 ||
	    read_answered(fields, record.duration_s, &record.answered, error) != 0 ||
	    read_entry(fields, origin, &record.entry, error) != 0)
		return -EBADMSG;
	if (!record.answered)
		record.duration_s = 0; /* what some exchanges count there is the ringing */
	record.caller_differs = read_differs(plan, fields, &record.caller);
	if (read_written(fields, origin, &record, error) != 0)
		return -EBADMSG;
	*out = record;
	return 0;
}
