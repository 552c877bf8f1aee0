/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/evidence_json.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "gateway/json_out.h"

enum { VERSION = 1 };

static const char *const call_names[] = {
	[EVIDENCE_CALL_UNKNOWN] = "unknown",
	[EVIDENCE_CALL_NONE] = "none",
	[EVIDENCE_CALL_FOUND] = "found",
};

const char *evidence_call_name(enum evidence_call call)
{
	return call <= EVIDENCE_CALL_FOUND ? call_names[call] : "unknown";
}

static void put_call(struct json_out *out, const struct evidence *evidence)
{
	json_out_text(out, "call", evidence_call_name(evidence->call));
	if (evidence->call == EVIDENCE_CALL_FOUND) {
		json_out_int(out, "start", evidence->record.start_ms);
		json_out_text(out, "entry", call_entry_name(evidence->record.entry));
		json_out_bool(out, "answered", evidence->record.answered);
		json_out_int(out, "duration_s", evidence->record.duration_s);
		json_out_bool(out, "asserted_differs", evidence->record.caller_differs);
	}
	json_out_int(out, "calls", evidence->calls_in_window);
}

int evidence_format(const struct evidence_note *note, char text[EVIDENCE_JSON_MAX])
{
	const struct evidence *evidence = &note->evidence;
	struct json_out out;

	json_out_begin(&out, text, EVIDENCE_JSON_MAX);
	json_out_open(&out, NULL, '{');
	json_out_int(&out, "v", VERSION);
	json_out_text(&out, "policy", note->policy);
	json_out_text(&out, "intent", report_intent_name(evidence->intent));
	json_out_text(&out, "category", report_category_name(evidence->category));
	json_out_text(&out, "number", evidence->number.text);
	json_out_text(&out, "class", number_class_name(evidence->class));
	json_out_bool(&out, "official", evidence->official);
	if (evidence->alike.kind)
		json_out_text(&out, "looks_like", evidence->alike.official);
	put_call(&out, evidence);
	json_out_int(&out, "distinct", evidence->distinct_called);
	json_out_int(&out, "attempts", evidence->attempts);
	json_out_int(&out, "answered_calls", evidence->answered);
	json_out_int(&out, "talk_s", (int64_t)evidence->seconds);
	json_out_int(&out, "reporters", evidence->reporters);
	json_out_int(&out, "calls_back", evidence->calls_back);
	json_out_bool(&out, "partner", evidence->partner);
	json_out_open(&out, "near", '[');
	for (size_t i = 0; i < evidence->near_count; i++)
		json_out_text(&out, NULL, evidence->near[i].text);
	json_out_close(&out, ']');
	json_out_int(&out, "deadline", note->deadline_ms);
	json_out_bool(&out, "deadline_passed", evidence->deadline_passed);
	json_out_int(&out, "score", note->score);
	json_out_close(&out, '}');
	return json_out_end(&out);
}

/* ---- reading ---- */

struct reader {
	const json_t *object;
	bool broken;
};

static int64_t read_int(struct reader *reader, const char *name, int64_t min, int64_t max)
{
	const json_t *value = json_object_get(reader->object, name);
	int64_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < min || number > max) {
		reader->broken = true;
		return min;
	}
	return number;
}

static uint32_t read_uint(struct reader *reader, const char *name)
{
	return (uint32_t)read_int(reader, name, 0, UINT32_MAX);
}

static bool read_bool(struct reader *reader, const char *name)
{
	const json_t *value = json_object_get(reader->object, name);

	reader->broken = reader->broken || !json_is_boolean(value);
	return json_is_true(value);
}

static void read_text(struct reader *reader, const json_t *value, char *out, size_t cap)
{
	const char *text = json_string_value(value);

	if (!text || strlen(text) >= cap) {
		reader->broken = true;
		return;
	}
	memcpy(out, text, strlen(text) + 1);
}

typedef const char *name_fn(int value);

static const char *intent_name(int value)
{
	return report_intent_name((enum report_intent)value);
}

static const char *category_name(int value)
{
	return report_category_name((enum report_category)value);
}

static const char *entry_name(int value)
{
	return call_entry_name((enum call_entry)value);
}

static const char *class_name(int value)
{
	return number_class_name((enum number_class)value);
}

static const char *call_name(int value)
{
	return call_names[value];
}

static int read_name(struct reader *reader, const char *name, name_fn *name_of, int count)
{
	const char *text = json_string_value(json_object_get(reader->object, name));

	for (int i = 0; text && i < count; i++)
		if (strcmp(name_of(i), text) == 0)
			return i;
	reader->broken = true;
	return 0;
}

static void read_call(struct reader *reader, struct evidence *out)
{
	out->call =
		(enum evidence_call)read_name(reader, "call", call_name, EVIDENCE_CALL_FOUND + 1);
	out->calls_in_window = read_uint(reader, "calls");
	if (out->call != EVIDENCE_CALL_FOUND)
		return;
	out->record.caller = out->number;
	out->record.start_ms = read_int(reader, "start", INT64_MIN, INT64_MAX);
	out->record.entry =
		(enum call_entry)read_name(reader, "entry", entry_name, CALL_ENTRY_COUNT);
	out->record.answered = read_bool(reader, "answered");
	out->record.duration_s = read_uint(reader, "duration_s");
	out->record.caller_differs = read_bool(reader, "asserted_differs");
}

static void read_near(struct reader *reader, struct evidence *out)
{
	const json_t *list = json_object_get(reader->object, "near");

	out->near_count = json_array_size(list);
	if (!json_is_array(list) || out->near_count > EVIDENCE_NEAR_MAX) {
		reader->broken = true;
		out->near_count = 0;
	}
	for (size_t i = 0; i < out->near_count; i++)
		read_text(reader, json_array_get(list, i), out->near[i].text, NUMBER_MAX);
}

static void read_evidence(struct reader *reader, struct evidence *out)
{
	out->intent =
		(enum report_intent)read_name(reader, "intent", intent_name, REPORT_INTENT_COUNT);
	out->category = (enum report_category)read_name(reader, "category", category_name,
							REPORT_CATEGORY_COUNT);
	read_text(reader, json_object_get(reader->object, "number"), out->number.text, NUMBER_MAX);
	out->class = (enum number_class)read_name(reader, "class", class_name, NUMBER_CLASS_COUNT);
	out->official = read_bool(reader, "official");
	read_call(reader, out);
	out->distinct_called = read_uint(reader, "distinct");
	out->attempts = read_uint(reader, "attempts");
	out->answered = read_uint(reader, "answered_calls");
	out->seconds = (uint64_t)read_int(reader, "talk_s", 0, INT64_MAX);
	out->reporters = read_uint(reader, "reporters");
	out->calls_back = read_uint(reader, "calls_back");
	out->partner = read_bool(reader, "partner");
	read_near(reader, out);
	out->deadline_passed = read_bool(reader, "deadline_passed");
}

int evidence_parse(const char *detail, struct evidence_note *out)
{
	struct evidence_note note = { 0 };
	json_t *object = detail[0] == '{' ? json_loads(detail, 0, NULL) : NULL;
	struct reader reader = { object, false };
	int rc = 0;

	/* The text of a subscriber is a detail, too, and may be anything. */
	if (!json_object_get(object, "v") || !json_object_get(object, "call")) {
		json_decref(object);
		return -ENOENT;
	}
	if (read_int(&reader, "v", 0, INT64_MAX) != VERSION)
		reader.broken = true;
	read_text(&reader, json_object_get(object, "policy"), note.policy, sizeof(note.policy));
	read_evidence(&reader, &note.evidence);
	note.score = (int32_t)read_int(&reader, "score", INT32_MIN, INT32_MAX);
	note.deadline_ms = read_int(&reader, "deadline", INT64_MIN, INT64_MAX);
	if (reader.broken)
		rc = -EBADMSG;
	else
		*out = note;
	json_decref(object);
	return rc;
}
