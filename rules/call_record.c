/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_record.c - reading a record's fields, and the 14 octets that the call index keeps of it.
 *
 * Packed, most significant bit first:
 *   8 octets  the caller as number_pack gives it; 0 for withheld
 *   4 bits    form of the record, now 1
 *   1 bit     answered
 *   2 bits    enum call_entry
 *   17 bits   second of the day in +08:00
 *   4 bits    0
 *   20 bits   seconds of talk, at most DURATION_MAX_S
 */
#include "rules/call_record.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "rules/calendar.h"

enum {
	DURATION_BITS = 20,
	DURATION_MAX_S = (1 << DURATION_BITS) - 1,
	SECOND_BITS = 17,
	PACKED_FORM = 1,
	PACKED_DIGITS = 15,
	SHOWN_MAX = 24, /* octets of a faulty value that an error shows */
	SAME_CALL_MS = 1000,
	BUCKET_DIGITS_MIN = 5,
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const field_names[] = {
	[CALL_FIELD_CALLER] = "caller",	    [CALL_FIELD_CALLED] = "called",
	[CALL_FIELD_START] = "start",	    [CALL_FIELD_DURATION] = "duration",
	[CALL_FIELD_ANSWERED] = "answered", [CALL_FIELD_ENTRY] = "entry",
};
static_assert(COUNT_OF(field_names) == CALL_FIELD_COUNT, "a name for each field");

static const char *const entry_names[] = {
	[CALL_ENTRY_UNKNOWN] = "unknown",
	[CALL_ENTRY_OWN] = "own",
	[CALL_ENTRY_NATIONAL] = "national",
	[CALL_ENTRY_INTERNATIONAL] = "international",
};
static_assert(COUNT_OF(entry_names) == CALL_ENTRY_COUNT, "a name for each entry");

const char *call_field_name(enum call_field field)
{
	return field < CALL_FIELD_COUNT ? field_names[field] : "unknown";
}

const char *call_entry_name(enum call_entry entry)
{
	return entry < CALL_ENTRY_COUNT ? entry_names[entry] : "unknown";
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
	static const char *const withheld_words[] = {
		"", "anonymous", "withheld", "unknown", "private", "restricted", "unavailable",
	};
	struct value v = field_value(fields, CALL_FIELD_CALLER);

	if (!v.text)
		return fail(error, CALL_FIELD_CALLER, v, "");
	for (size_t i = 0; i < COUNT_OF(withheld_words); i++) {
		if (value_is(v, withheld_words[i])) {
			*out = (struct number){ "withheld" };
			return 0;
		}
	}
	if (number_read(plan, v.text, v.len, out) != 0)
		return fail(error, CALL_FIELD_CALLER, v, "is no number");
	return 0;
}

static int read_called(const struct numbering *plan, const struct call_fields *fields,
		       struct number *out, struct call_error *error)
{
	struct value v = field_value(fields, CALL_FIELD_CALLED);

	if (v.len == 0 || number_read(plan, v.text, v.len, out) != 0 ||
	    number_form(out->text) == NUMBER_FORM_WITHHELD)
		return fail(error, CALL_FIELD_CALLED, v, "is no number");
	return 0;
}

static int read_start(const struct call_fields *fields, int64_t *out, struct call_error *error)
{
	struct value v = field_value(fields, CALL_FIELD_START);

	if (v.len == 0 || call_time_read(v.text, v.len, out) != 0)
		return fail(error, CALL_FIELD_START, v, "is no time");
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
		if (seconds > DURATION_MAX_S)
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

static int read_entry(const struct call_fields *fields, enum call_entry default_entry,
		      enum call_entry *out, struct call_error *error)
{
	struct value v = field_value(fields, CALL_FIELD_ENTRY);

	if (v.len == 0) {
		*out = default_entry;
		return 0;
	}
	for (int entry = 0; entry < CALL_ENTRY_COUNT; entry++) {
		if (value_is(v, entry_names[entry])) {
			*out = (enum call_entry)entry;
			return 0;
		}
	}
	return fail(error, CALL_FIELD_ENTRY, v, "is not own, national or international");
}

int call_record_read(const struct numbering *plan, const struct call_fields *fields,
		     enum call_entry default_entry, struct call_record *out,
		     struct call_error *error)
{
	struct call_record record;

	memset(&record, 0, sizeof(record));
	if (read_caller(plan, fields, &record.caller, error) != 0 ||
	    read_called(plan, fields, &record.called, error) != 0 ||
	    read_start(fields, &record.start_ms, error) != 0 ||
	    read_duration(fields, &record.duration_s, error) != 0 ||
	    read_answered(fields, record.duration_s, &record.answered, error) != 0 ||
	    read_entry(fields, default_entry, &record.entry, error) != 0)
		return -EBADMSG;
	if (!record.answered)
		record.duration_s = 0; /* what some exchanges count there is the ringing */
	*out = record;
	return 0;
}

int call_bucket(const char *called, struct number *bucket, char field[3])
{
	enum number_form form = number_form(called);
	size_t len = strnlen(called, NUMBER_MAX);

	if (form == NUMBER_FORM_NONE || form == NUMBER_FORM_ALPHA || form == NUMBER_FORM_WITHHELD ||
	    len - (called[0] == '+') < BUCKET_DIGITS_MIN)
		return -EINVAL;
	struct number head = { "" };
	memcpy(head.text, called, len - 2);
	memcpy(field, called + len - 2, 3);
	*bucket = head;
	return 0;
}

/* The number with no more digits than number_pack takes. */
static struct number shorten(const struct number *number)
{
	struct number head = { "" };

	memcpy(head.text, number->text,
	       strnlen(number->text, PACKED_DIGITS + (number->text[0] == '+')));
	return head;
}

static void put_bits(uint8_t *out, size_t octets, uint64_t value)
{
	for (size_t i = octets; i-- > 0; value >>= 8)
		out[i] = (uint8_t)value;
}

static uint64_t get_bits(const uint8_t *in, size_t octets)
{
	uint64_t value = 0;

	for (size_t i = 0; i < octets; i++)
		value = value << 8 | in[i];
	return value;
}

int call_record_pack(const struct call_record *record, uint8_t out[CALL_PACKED_SIZE])
{
	struct number caller = shorten(&record->caller);
	uint64_t key = number_pack(caller.text);

	if ((key == 0 && number_form(record->caller.text) != NUMBER_FORM_WITHHELD) ||
	    record->entry >= CALL_ENTRY_COUNT)
		return -EINVAL;
	int64_t in_day_ms = record->start_ms - call_day_start(record->start_ms);
	if (in_day_ms < 0 || in_day_ms >= (int64_t)CALENDAR_DAY_S * 1000)
		return -EINVAL; /* outside the calendar */
	uint32_t talk_s = record->answered ? record->duration_s : 0;
	if (talk_s > DURATION_MAX_S)
		talk_s = DURATION_MAX_S;
	uint32_t head = (uint32_t)PACKED_FORM << 20 | (uint32_t)record->answered << 19 |
			(uint32_t)record->entry << SECOND_BITS | (uint32_t)(in_day_ms / 1000);
	put_bits(out, 8, key);
	put_bits(out + 8, 3, head);
	put_bits(out + 11, 3, talk_s);
	return 0;
}

int call_record_unpack(const uint8_t in[CALL_PACKED_SIZE], int64_t day_start_ms,
		       struct call_record *out)
{
	struct call_record record;
	uint64_t key = get_bits(in, 8);
	uint32_t head = (uint32_t)get_bits(in + 8, 3);
	uint32_t second = head & ((1u << SECOND_BITS) - 1);

	memset(&record, 0, sizeof(record));
	record.answered = head >> 19 & 1;
	record.entry = (enum call_entry)(head >> SECOND_BITS & 3);
	record.duration_s = (uint32_t)get_bits(in + 11, 3);
	if (head >> 20 != PACKED_FORM || second >= CALENDAR_DAY_S ||
	    record.duration_s > (record.answered ? DURATION_MAX_S : 0))
		return -EBADMSG;
	if (key == 0)
		record.caller = (struct number){ "withheld" };
	else if (number_unpack(key, &record.caller) != 0)
		return -EBADMSG;
	record.start_ms = day_start_ms + (int64_t)second * 1000;
	*out = record;
	return 0;
}

/* Equal as far as a packed record can tell. */
static bool same_caller(const struct number *a, const struct number *b)
{
	struct number x = shorten(a), y = shorten(b);

	return strcmp(x.text, y.text) == 0;
}

bool call_record_same(const struct call_record *a, const struct call_record *b)
{
	if (a->called.text[0] && b->called.text[0] && strcmp(a->called.text, b->called.text) != 0)
		return false;
	/* Unsigned, so that no pair of times can overflow. */
	uint64_t apart = a->start_ms > b->start_ms ? (uint64_t)a->start_ms - (uint64_t)b->start_ms
						   : (uint64_t)b->start_ms - (uint64_t)a->start_ms;
	return apart <= SAME_CALL_MS && same_caller(&a->caller, &b->caller);
}

struct call_run_match call_run_search(const uint8_t *run, size_t len, int64_t day_start_ms,
				      const struct call_run_query *query)
{
	struct call_run_match match;
	struct call_record record;

	memset(&match, 0, sizeof(match));
	for (; len >= CALL_PACKED_SIZE; run += CALL_PACKED_SIZE, len -= CALL_PACKED_SIZE) {
		if (call_record_unpack(run, day_start_ms, &record) != 0) {
			match.broken++;
			continue;
		}
		if (record.start_ms < query->from_ms || record.start_ms >= query->to_ms ||
		    (query->caller && !same_caller(&record.caller, query->caller)))
			continue;
		if (match.found++ == 0 || record.start_ms >= match.latest.start_ms)
			match.latest = record;
	}
	if (len > 0)
		match.broken++;
	return match;
}
