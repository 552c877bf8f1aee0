/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_pdu.c - framing and decoding; encoding is in smpp_encode.c. */
#include "smpp/smpp_pdu.h"

#include <errno.h>
#include <string.h>

#include "smpp/smpp_field_macros.h"
#include "smpp/smpp_reader.h"

static inline __attribute__((always_inline)) const char *
read_field(struct reader *r, const struct smpp_field *field, struct smpp_pdu *pdu)
{
	void *member = (char *)pdu + field->offset;

	switch ((enum smpp_field_kind)field->kind) {
	case SMPP_FIELD_OCTET:
		return read_octet(r, member);
	case SMPP_FIELD_STRING:
		return read_string(r, member);
	case SMPP_FIELD_MESSAGE:
		return read_message(r, member);
	case SMPP_FIELD_DESTS:
		return read_list(r, &pdu->number_of_dests, read_dest, member);
	case SMPP_FIELD_UNSUCCESS:
		return read_list(r, &pdu->no_unsuccess, read_unsuccess, member);
	case SMPP_FIELD_END:
		break;
	}
	return read_tlvs(r, &pdu->tlvs);
}

static int set_fault(struct smpp_fault *fault, const char *field, const char *reason, size_t offset,
		     uint32_t status)
{
	if (fault)
		*fault = (struct smpp_fault){ field, reason, offset, status };
	return -EBADMSG;
}

/* A PDU that ends where the field should begin is too short; else the field itself is wrong. */
static int field_fault(struct smpp_fault *fault, const struct smpp_field *field, const char *reason,
		       size_t offset, size_t len)
{
	uint32_t status = field->status;

	if (offset == len)
		status = SMPP_RINVCMDLEN;
	else if (strcmp(reason, SMPP_BAD_DEST_FLAG) == 0)
		status = SMPP_RINVDESTFLAG;
	return set_fault(fault, field->name, reason, offset, status);
}

static void read_header(const uint8_t *data, struct smpp_pdu *out)
{
	out->command_length = get_u32(data);
	out->command_id = get_u32(data + 4);
	out->command_status = get_u32(data + 8);
	out->sequence_number = get_u32(data + 12);
}

/* Nothing of a body that was wrong is left. */
static int body_fault(const uint8_t *data, size_t len, const struct smpp_field *field,
		      const char *reason, size_t start, struct smpp_pdu *out,
		      struct smpp_fault *fault)
{
	struct smpp_pdu header = { .has_body = true };

	read_header(data, &header);
	*out = header;
	return field_fault(fault, field, reason, start, len);
}

static int read_body(const uint8_t *data, size_t len, const struct smpp_field *field,
		     struct smpp_pdu *out, struct smpp_fault *fault)
{
	struct reader r = { data, len, SMPP_HEADER_SIZE };

	for (;; field++) {
		size_t start = r.pos;
		const char *reason = read_field(&r, field, out);

		if (reason)
			return body_fault(data, len, field, reason, start, out, fault);
		if (field->kind == SMPP_FIELD_END)
			return 0;
	}
}

/* The same for submit_sm and deliver_sm, with a table that the compiler sees: unrolled there is no
 * table left, and it takes two thirds of the time. */
static int read_message_body(const uint8_t *data, size_t len, struct smpp_pdu *out,
			     struct smpp_fault *fault)
{
	static const struct smpp_field fields[] = { MESSAGE_FIELDS };
	struct reader r = { data, len, SMPP_HEADER_SIZE };

#pragma GCC unroll 32
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		size_t start = r.pos;
		const char *reason = read_field(&r, &fields[i], out);

		if (reason)
			return body_fault(data, len, &fields[i], reason, start, out, fault);
	}
	return 0;
}

ssize_t smpp_pdu_frame(const uint8_t *data, size_t len, size_t max)
{
	size_t whole;

	if (len < 4)
		return 0;
	whole = get_u32(data);
	if (whole < SMPP_HEADER_SIZE || whole > max)
		return -EBADMSG;
	return whole <= len ? (ssize_t)whole : 0;
}

uint32_t smpp_pdu_sequence(const uint8_t *data, size_t len)
{
	return len < SMPP_HEADER_SIZE ? 0 : get_u32(data + 12);
}

int smpp_pdu_decode(const uint8_t *data, size_t len, struct smpp_pdu *out, struct smpp_fault *fault)
{
	const struct smpp_field *fields;

	memset(out, 0, sizeof(*out));
	if (len < SMPP_HEADER_SIZE)
		return set_fault(fault, "command_length", "incomplete", 0, SMPP_RINVCMDLEN);
	read_header(data, out);
	if (out->command_length > len)
		return set_fault(fault, "command_length", "incomplete", 0, SMPP_RINVCMDLEN);
	if (out->command_length < len)
		return set_fault(fault, "command_length", "bad_command_length", 0, SMPP_RINVCMDLEN);
	fields = smpp_fields_of(out->command_id);
	if (!fields)
		return set_fault(fault, "command_id", "unknown_command", 4, SMPP_RINVCMDID);
	/* SMPP 3.4 sec. 4.4.2: the body may be left out with an error; peers do it without one too.
	 */
	if (len == SMPP_HEADER_SIZE && smpp_command_is_response(out->command_id) &&
	    fields->kind != SMPP_FIELD_END)
		return 0;
	out->has_body = true;
	if (out->command_id == SMPP_SUBMIT_SM || out->command_id == SMPP_DELIVER_SM)
		return read_message_body(data, len, out, fault);
	return read_body(data, len, fields, out, fault);
}

bool smpp_pdu_next_tlv(const struct smpp_pdu *pdu, size_t *pos, struct smpp_tlv *out)
{
	struct reader r = { pdu->tlvs.data, pdu->tlvs.len, *pos };

	if (r.pos >= r.len || !read_tlv(&r, out))
		return false;
	*pos = r.pos;
	return true;
}

bool smpp_pdu_find_tlv(const struct smpp_pdu *pdu, uint16_t tag, struct smpp_octets *value)
{
	struct smpp_tlv tlv;
	size_t pos = 0;

	while (smpp_pdu_next_tlv(pdu, &pos, &tlv)) {
		if (tlv.tag == tag) {
			*value = tlv.value;
			return true;
		}
	}
	return false;
}

static bool next_entry(const struct smpp_octets *list, size_t *pos, read_entry_fn *read,
		       struct smpp_dest *out)
{
	struct reader r = { list->data, list->len, *pos };

	if (r.pos >= r.len || read(&r, out) != NULL)
		return false;
	*pos = r.pos;
	return true;
}

bool smpp_pdu_next_dest(const struct smpp_pdu *pdu, size_t *pos, struct smpp_dest *out)
{
	return next_entry(&pdu->dests, pos, read_dest, out);
}

bool smpp_pdu_next_unsuccess(const struct smpp_pdu *pdu, size_t *pos, struct smpp_dest *out)
{
	return next_entry(&pdu->unsuccess, pos, read_unsuccess, out);
}

struct smpp_octets smpp_pdu_message(const struct smpp_pdu *pdu)
{
	struct smpp_octets payload;

	if (pdu->short_message.len == 0 &&
	    smpp_pdu_find_tlv(pdu, SMPP_TAG_MESSAGE_PAYLOAD, &payload))
		return payload;
	return pdu->short_message;
}

struct smpp_octets smpp_octets_of(const char *text)
{
	return (struct smpp_octets){ (const uint8_t *)text, strlen(text) };
}
