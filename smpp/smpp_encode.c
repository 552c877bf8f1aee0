/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_encode.c - the writing half of smpp_pdu.h, from the same table as the reading half. */
#include <errno.h>
#include <string.h>

#include "smpp/smpp_fields.h"
#include "smpp/smpp_reader.h"

/* Each writer returns 0 or a negative errno. */
struct writer {
	uint8_t *out;
	size_t cap;
	size_t pos; /* never over cap */
};

static int write_octets(struct writer *w, const uint8_t *data, size_t len)
{
	if (w->cap - w->pos < len)
		return -EMSGSIZE;
	if (len > 0)
		memcpy(w->out + w->pos, data, len);
	w->pos += len;
	return 0;
}

static int write_octet(struct writer *w, uint8_t value)
{
	return write_octets(w, &value, 1);
}

static int write_string(struct writer *w, const struct smpp_octets *in)
{
	int rc;

	if (in->len >= SMPP_STRING_MAX || (in->len > 0 && memchr(in->data, 0, in->len)))
		return -EINVAL;
	rc = write_octets(w, in->data, in->len);
	return rc < 0 ? rc : write_octet(w, 0);
}

static int write_message(struct writer *w, const struct smpp_octets *in)
{
	int rc;

	if (in->len > UINT8_MAX)
		return -EINVAL;
	rc = write_octet(w, (uint8_t)in->len);
	return rc < 0 ? rc : write_octets(w, in->data, in->len);
}

static int write_list(struct writer *w, uint8_t count, read_entry_fn *read,
		      const struct smpp_octets *in)
{
	struct reader r = { in->data, in->len, 0 };
	struct smpp_octets all;
	int rc;

	if (count == 0 && in->len == 0)
		return write_octet(w, 0);
	if (read_entries(&r, count, read, &all) != NULL || r.pos != r.len)
		return -EINVAL;
	rc = write_octet(w, count);
	return rc < 0 ? rc : write_octets(w, in->data, in->len);
}

static int write_tlvs(struct writer *w, const struct smpp_octets *in)
{
	struct reader r = { in->data, in->len, 0 };
	struct smpp_octets all;

	if (in->len == 0)
		return 0;
	return read_tlvs(&r, &all) != NULL ? -EINVAL : write_octets(w, in->data, in->len);
}

static int write_field(struct writer *w, const struct smpp_field *field, const struct smpp_pdu *pdu)
{
	const void *member = (const char *)pdu + field->offset;

	switch ((enum smpp_field_kind)field->kind) {
	case SMPP_FIELD_OCTET:
		return write_octet(w, *(const uint8_t *)member);
	case SMPP_FIELD_STRING:
		return write_string(w, member);
	case SMPP_FIELD_MESSAGE:
		return write_message(w, member);
	case SMPP_FIELD_DESTS:
		return write_list(w, pdu->number_of_dests, read_dest, member);
	case SMPP_FIELD_UNSUCCESS:
		return write_list(w, pdu->no_unsuccess, read_unsuccess, member);
	case SMPP_FIELD_END:
		break;
	}
	return write_tlvs(w, &pdu->tlvs);
}

static void put_u16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put_u32(uint8_t *p, uint32_t value)
{
	put_u16(p, (uint16_t)(value >> 16));
	put_u16(p + 2, (uint16_t)value);
}

ssize_t smpp_pdu_encode(const struct smpp_pdu *pdu, uint8_t *out, size_t cap)
{
	const struct smpp_field *field = smpp_fields_of(pdu->command_id);
	struct writer w = { out, cap, SMPP_HEADER_SIZE };

	if (!field)
		return -EINVAL;
	if (cap < SMPP_HEADER_SIZE)
		return -EMSGSIZE;
	if (smpp_command_is_response(pdu->command_id) && field->kind != SMPP_FIELD_END &&
	    !pdu->has_body)
		field = NULL;
	while (field) {
		int rc = write_field(&w, field, pdu);

		if (rc < 0)
			return rc;
		field = field->kind == SMPP_FIELD_END ? NULL : field + 1;
	}
	put_u32(out, (uint32_t)w.pos);
	put_u32(out + 4, pdu->command_id);
	put_u32(out + 8, pdu->command_status);
	put_u32(out + 12, pdu->sequence_number);
	return (ssize_t)w.pos;
}

ssize_t smpp_tlv_append(uint8_t *out, size_t cap, uint16_t tag, const uint8_t *value, size_t len)
{
	if (len > UINT16_MAX || cap < SMPP_TLV_HEADER_SIZE || cap - SMPP_TLV_HEADER_SIZE < len)
		return -EMSGSIZE;
	put_u16(out, tag);
	put_u16(out + 2, (uint16_t)len);
	if (len > 0)
		memcpy(out + SMPP_TLV_HEADER_SIZE, value, len);
	return (ssize_t)(SMPP_TLV_HEADER_SIZE + len);
}
