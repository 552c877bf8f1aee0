/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cdr_3gpp.c - what the fields of a record say together. */
#include "rules/cdr_3gpp.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rules/cdr_table.h"
#include "rules/cdr_value.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const kind_names[] = {
	[CDR_ORIGINATED] = "originated", [CDR_TERMINATED] = "terminated",
	[CDR_FORWARDED] = "forwarded",	 [CDR_ROAMING] = "roaming",
	[CDR_INCOMING] = "incoming",	 [CDR_OUTGOING] = "outgoing",
	[CDR_TRANSIT] = "transit",
};
static_assert(COUNT_OF(kind_names) == CDR_KIND_COUNT, "a name for each kind");

const char *cdr_kind_name(enum cdr_kind kind)
{
	return kind < CDR_KIND_COUNT ? kind_names[kind] : "unknown";
}

/* A record's fields as they were found. */
struct parts {
	bool there[PART_COUNT];
	bool hidden[PART_TEXT_COUNT];
	char text[PART_TEXT_COUNT][CDR_TEXT_MAX];
	int64_t value[PART_COUNT];
};

static int read_field(const struct numbering *plan, const struct cdr_field *field,
		      const struct ber_item *item, struct parts *parts)
{
	enum cdr_part part = (enum cdr_part)field->part;
	bool flag = false;
	int rc = -EBADMSG;

	switch ((enum cdr_type)field->type) {
	case AS_NUMBER:
		rc = cdr_value_number(plan, item, parts->text[part], &parts->hidden[part]);
		break;
	case AS_TEXT:
		rc = cdr_value_text(item, parts->text[part]);
		break;
	case AS_TRUNK:
		rc = cdr_value_trunk(item, parts->text[part]);
		break;
	case AS_TRUNK_ID:
		rc = cdr_value_trunk_id(item, parts->text[part]);
		break;
	case AS_PARTY:
		rc = cdr_value_party(plan, item, parts->text[part]);
		break;
	case AS_TIME:
		rc = cdr_value_time(item, &parts->value[part]);
		break;
	case AS_INT:
		rc = ber_integer(item, &parts->value[part]);
		break;
	case AS_SERVICES:
		rc = cdr_value_forwarding(item, &flag);
		parts->value[part] = flag;
		break;
	}
	parts->there[part] = rc == 0;
	return rc;
}

__attribute__((format(printf, 3, 4))) static int fail(struct cdr_fault *fault, ptrdiff_t offset,
						      const char *format, ...)
{
	va_list args;

	fault->offset = (size_t)offset;
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return -EBADMSG;
}

static int read_parts(const struct numbering *plan, const struct cdr_record *record,
		      const struct ber_item *set, const uint8_t *data, struct parts *parts,
		      struct cdr_fault *fault)
{
	struct ber_reader inside = ber_inside(set);
	const uint8_t *start = inside.at;
	const struct cdr_field *field;
	struct ber_item item;
	int rc;

	while ((rc = ber_next(&inside, &item)) == 1) {
		field = cdr_table_field(record, &item);
		if (field && read_field(plan, field, &item, parts) < 0)
			return fail(fault, start - data, "the value of tag %u cannot be read",
				    item.tag);
		start = inside.at;
	}
	return rc < 0 ? fail(fault, start - data, "broken BER") : 0;
}

/* The first of the parts that says something. */
static const char *first_of(const struct parts *parts, enum cdr_part a, enum cdr_part b,
			    enum cdr_part c)
{
	return parts->text[a][0]   ? parts->text[a]
	       : parts->text[b][0] ? parts->text[b]
				   : parts->text[c];
}

static void set_text(char out[CDR_TEXT_MAX], const char *text)
{
	memcpy(out, text, strlen(text) + 1);
}

/* A number that may not be shown is known to the network all the same. */
static void set_calling(const struct parts *parts, struct cdr_3gpp *out)
{
	if (parts->hidden[PART_CALLING] && parts->text[PART_CALLING][0]) {
		set_text(out->caller, "withheld");
		set_text(out->asserted, parts->text[PART_CALLING]);
	} else {
		set_text(out->caller, parts->text[PART_CALLING]);
	}
}

/* What a forwarding writes looks like a call by the subscriber whose calls are forwarded; there is
 * a calling number then, of who called them. Another number than its own in a call of the
 * subscriber's is one that the service control put there. */
static void join_originated(const struct parts *parts, struct cdr_3gpp *out)
{
	if (parts->value[PART_FORWARDED] && parts->text[PART_CALLING][0] &&
	    parts->text[PART_SERVED][0]) {
		out->kind = CDR_FORWARDED;
		set_calling(parts, out);
		set_text(out->called, parts->text[PART_SERVED]);
		return;
	}
	set_calling(parts, out);
	if (!out->caller[0])
		set_text(out->caller, parts->text[PART_SERVED]);
	set_text(out->asserted, parts->text[PART_SERVED]);
	set_text(out->called, first_of(parts, PART_CALLED, PART_TRANSLATED, PART_CONNECTED));
}

static void join_cs(const struct parts *parts, struct cdr_3gpp *out)
{
	if (out->kind == CDR_ORIGINATED) {
		join_originated(parts, out);
	} else {
		set_calling(parts, out);
		set_text(out->called, first_of(parts, PART_SERVED, PART_CALLED, PART_CONNECTED));
	}
	out->setup_ms = parts->value[PART_SETUP];
	out->release_ms = parts->value[PART_RELEASE];
	out->duration_s = parts->there[PART_DURATION] ? parts->value[PART_DURATION] : -1;
}

/* The calling party's addresses are those for which the network vouches; what the telephone showed
 * is in the From, where the node writes it down. */
static void join_ims(const struct numbering *plan, const struct parts *parts, struct cdr_3gpp *out)
{
	struct number number;
	const char *from = parts->text[PART_FROM];

	if (parts->there[PART_ROLE])
		out->kind = parts->value[PART_ROLE] == 0 ? CDR_ORIGINATED : CDR_TERMINATED;
	set_text(out->asserted, parts->text[PART_CALLING]);
	set_text(out->caller,
		 call_party_read(plan, from, strlen(from), &number) == 0 ? from : out->asserted);
	set_text(out->called, first_of(parts, PART_CALLED, PART_TRANSLATED, PART_TRANSLATED));
	out->setup_ms = parts->value[parts->there[PART_SETUP] ? PART_SETUP : PART_OPENED];
	out->release_ms = parts->value[parts->there[PART_RELEASE] ? PART_RELEASE : PART_CLOSED];
	out->duration_s = -1;
}

int cdr_3gpp_read(const struct numbering *plan, const uint8_t *data, size_t len,
		  struct cdr_3gpp *out, struct cdr_fault *fault)
{
	struct ber_reader reader = { data, data + len };
	const struct cdr_record *record;
	struct parts parts = { 0 };
	struct cdr_3gpp cdr = { 0 };
	struct ber_item set;

	if (ber_next(&reader, &set) != 1)
		return fail(fault, reader.at - data, "broken BER");
	if (reader.at != reader.end)
		return fail(fault, reader.at - data, "more than one record");
	if (set.class != BER_CONTEXT || !set.constructed)
		return fail(fault, 0, "no record of TS 32.298");
	record = cdr_table_record(&set);
	if (!record)
		return 0;
	if (read_parts(plan, record, &set, data, &parts, fault) < 0)
		return -EBADMSG;
	if (record->ims && parts.text[PART_METHOD][0] &&
	    strcmp(parts.text[PART_METHOD], "INVITE") != 0)
		return 0;
	cdr.record_tag = record->tag;
	cdr.kind = record->kind;
	cdr.answer_ms = parts.value[PART_ANSWER];
	cdr.cause = parts.there[PART_CAUSE] ? parts.value[PART_CAUSE] : -1;
	set_text(cdr.trunk, parts.text[PART_TRUNK]);
	if (record->ims)
		join_ims(plan, &parts, &cdr);
	else
		join_cs(&parts, &cdr);
	*out = cdr;
	return 1;
}

/* ---- as a call record ---- */

/* Talk counts from the answer. Some exchanges give the time from the seizure when there was none.
 */
static int64_t talk_s(const struct cdr_3gpp *cdr)
{
	if (!cdr->answer_ms)
		return 0;
	if (cdr->duration_s >= 0)
		return cdr->duration_s;
	return cdr->release_ms > cdr->answer_ms ? (cdr->release_ms - cdr->answer_ms) / 1000 : 0;
}

enum { INT_TEXT_MAX = 24 };

static const char *int_text(char text[INT_TEXT_MAX], int64_t value)
{
	snprintf(text, INT_TEXT_MAX, "%" PRId64, value);
	return text;
}

int cdr_3gpp_record(const struct numbering *plan, const struct cdr_3gpp *cdr,
		    const struct call_origin *origin, struct call_record *out,
		    struct call_error *error)
{
	int64_t start_ms = cdr->setup_ms ? cdr->setup_ms : cdr->answer_ms;
	char start[INT_TEXT_MAX], duration[INT_TEXT_MAX], written[INT_TEXT_MAX];
	const char *text[CALL_FIELD_COUNT] = {
		[CALL_FIELD_CALLER] = cdr->caller,
		[CALL_FIELD_CALLED] = cdr->called,
		[CALL_FIELD_START] = start_ms ? int_text(start, start_ms) : "",
		[CALL_FIELD_DURATION] = int_text(duration, talk_s(cdr)),
		[CALL_FIELD_ANSWERED] = cdr->answer_ms ? "1" : "0",
		[CALL_FIELD_ASSERTED] = cdr->asserted,
		[CALL_FIELD_TRUNK] = cdr->trunk,
		[CALL_FIELD_WRITTEN] = cdr->release_ms ? int_text(written, cdr->release_ms) : "",
	};
	struct call_fields fields = { .text = { NULL } };

	for (int i = 0; i < CALL_FIELD_COUNT; i++) {
		fields.text[i] = text[i];
		fields.len[i] = text[i] ? strlen(text[i]) : 0;
	}
	return call_record_read(plan, &fields, origin, out, error);
}
