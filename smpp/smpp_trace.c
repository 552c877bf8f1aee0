/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_trace.h"

#include <string.h>

#include "smpp/smpp_concat.h"
#include "smpp/smpp_fields.h"
#include "smpp/smpp_line.h"
#include "smpp/smpp_mask.h"
#include "smpp/smpp_text.h"

enum {
	LIST_SHOWN = 4,
	TEXT_MAX = 4096, /* octets of a message that are decoded for a line */
};

static const struct smpp_trace_options defaults;

struct trace {
	struct smpp_line line;
	const struct smpp_trace_options *options;
};

static size_t mask_own(void *user, struct smpp_octets address, char *out, size_t cap)
{
	size_t len = address.len < cap ? address.len : cap;

	(void)user;
	memcpy(out, address.data, len);
	smpp_mask_address((uint8_t *)out, len);
	return len;
}

static void put_address(struct trace *t, struct smpp_octets address)
{
	smpp_trace_mask_cb *mask = t->options->mask ? t->options->mask : mask_own;
	char out[SMPP_STRING_MAX];
	size_t len;

	if (address.len == 0 || t->options->show_addresses) {
		smpp_line_quoted(&t->line, address);
		return;
	}
	len = mask(t->options->user, address, out, sizeof(out));
	smpp_line_quoted(&t->line, (struct smpp_octets){ (const uint8_t *)out,
							 len < sizeof(out) ? len : sizeof(out) });
}

/* The length of a message, and its text when it is wanted. */
static void put_message(struct trace *t, const struct smpp_pdu *pdu, struct smpp_octets message)
{
	struct smpp_part_info part;
	char text[TEXT_MAX];
	size_t len;

	smpp_line_putf(&t->line, "%zu", message.len);
	if (!t->options->show_text || message.len == 0)
		return;
	/* A header, if any, is in what smpp_pdu_message() gives. */
	smpp_part_read(pdu, &part);
	if (smpp_pdu_message(pdu).data != message.data)
		part = (struct smpp_part_info){ .text = message };
	len = smpp_text_decode_shifted(pdu->data_coding, &part.shift, part.text.data, part.text.len,
				       text, sizeof(text), NULL);
	smpp_line_put(&t->line, ":", 1);
	smpp_line_quoted(&t->line, (struct smpp_octets){ (const uint8_t *)text, len });
}

/* What is an address in the table of fields, with the type and plan that stand before it. */
static const struct address_field {
	const char *name;
	size_t ton, npi;
} address_fields[] = {
	{ "source_addr", offsetof(struct smpp_pdu, source_addr_ton),
	  offsetof(struct smpp_pdu, source_addr_npi) },
	{ "destination_addr", offsetof(struct smpp_pdu, dest_addr_ton),
	  offsetof(struct smpp_pdu, dest_addr_npi) },
	{ "esme_addr", offsetof(struct smpp_pdu, esme_addr_ton),
	  offsetof(struct smpp_pdu, esme_addr_npi) },
	{ "address_range", offsetof(struct smpp_pdu, addr_ton),
	  offsetof(struct smpp_pdu, addr_npi) },
};

static const struct address_field *address_field(const char *name)
{
	for (size_t i = 0; i < sizeof(address_fields) / sizeof(address_fields[0]); i++) {
		if (strcmp(address_fields[i].name, name) == 0)
			return &address_fields[i];
	}
	return NULL;
}

static bool is_type_of_address(const char *name)
{
	size_t len = strlen(name);

	return len > 4 &&
	       (strcmp(name + len - 4, "_ton") == 0 || strcmp(name + len - 4, "_npi") == 0);
}

static void put_string(struct trace *t, const struct smpp_field *field, const struct smpp_pdu *pdu)
{
	const struct smpp_octets *value = (const void *)((const char *)pdu + field->offset);
	const struct address_field *address = address_field(field->name);

	if (value->len == 0)
		return;
	smpp_line_putf(&t->line, " %s=", field->name);
	if (strcmp(field->name, "password") == 0) {
		smpp_line_put(&t->line, "***", 3);
		return;
	}
	if (!address) {
		smpp_line_quoted(&t->line, *value);
		return;
	}
	put_address(t, *value);
	smpp_line_putf(&t->line, "/%u/%u", *((const uint8_t *)pdu + address->ton),
		       *((const uint8_t *)pdu + address->npi));
}

static void put_octet(struct trace *t, const struct smpp_field *field, const struct smpp_pdu *pdu)
{
	uint8_t value = *((const uint8_t *)pdu + field->offset);

	if (value == 0 || is_type_of_address(field->name))
		return;
	if (strcmp(field->name, "esm_class") == 0 || strcmp(field->name, "interface_version") == 0)
		smpp_line_putf(&t->line, " %s=0x%02x", field->name, value);
	else
		smpp_line_putf(&t->line, " %s=%u", field->name, value);
}

static void put_dests(struct trace *t, const struct smpp_field *field, const struct smpp_pdu *pdu)
{
	bool failures = field->kind == SMPP_FIELD_UNSUCCESS;
	unsigned shown = 0;
	struct smpp_dest dest;
	size_t pos = 0;

	smpp_line_putf(&t->line, " %s=%u[", field->name,
		       failures ? pdu->no_unsuccess : pdu->number_of_dests);
	while (shown < LIST_SHOWN && (failures ? smpp_pdu_next_unsuccess(pdu, &pos, &dest)
					       : smpp_pdu_next_dest(pdu, &pos, &dest))) {
		smpp_line_put(&t->line, " ", shown++ > 0);
		if (dest.flag == SMPP_DEST_LIST)
			smpp_line_quoted(&t->line, dest.address);
		else
			put_address(t, dest.address);
		if (failures)
			smpp_line_putf(&t->line, ":%s", smpp_status_name(dest.status));
	}
	if (shown == LIST_SHOWN)
		smpp_line_put(&t->line, " ~", 2);
	smpp_line_put(&t->line, "]", 1);
}

static void put_number(struct trace *t, struct smpp_octets value)
{
	uint32_t number = 0;

	if (value.len == 0 || value.len > sizeof(number)) {
		smpp_line_hex(&t->line, value);
		return;
	}
	for (size_t i = 0; i < value.len; i++)
		number = number << 8 | value.data[i];
	smpp_line_putf(&t->line, "%u", number);
}

static void put_value(struct trace *t, const struct smpp_pdu *pdu, const struct smpp_tlv *tlv)
{
	struct smpp_octets value = tlv->value;

	switch (smpp_tag_kind_of(tlv->tag)) {
	case SMPP_TAG_NUMBER:
		put_number(t, value);
		return;
	case SMPP_TAG_STRING:
		if (value.len > 0 && value.data[value.len - 1] == 0)
			value.len--;
		smpp_line_quoted(&t->line, value);
		return;
	case SMPP_TAG_ADDRESS:
		put_address(t, value);
		return;
	case SMPP_TAG_TEXT:
		put_message(t, pdu, value);
		return;
	case SMPP_TAG_OCTETS:
		break;
	}
	/* Nobody knows what is in it: its length, unless all is to be shown. */
	if (!smpp_tag_name(tlv->tag) || strcmp(smpp_tag_name(tlv->tag), "vendor") == 0)
		if (!t->options->show_text) {
			smpp_line_putf(&t->line, "%zu octets", value.len);
			return;
		}
	smpp_line_hex(&t->line, value);
}

static void put_tlvs(struct trace *t, const struct smpp_pdu *pdu)
{
	struct smpp_tlv tlv;
	size_t pos = 0;

	while (smpp_pdu_next_tlv(pdu, &pos, &tlv)) {
		const char *name = smpp_tag_name(tlv.tag);

		if (!name || strcmp(name, "vendor") == 0)
			smpp_line_putf(&t->line, " %s_0x%04x=", name ? name : "tag", tlv.tag);
		else
			smpp_line_putf(&t->line, " %s=", name);
		put_value(t, pdu, &tlv);
	}
}

static void put_field(struct trace *t, const struct smpp_field *field, const struct smpp_pdu *pdu)
{
	switch ((enum smpp_field_kind)field->kind) {
	case SMPP_FIELD_OCTET:
		put_octet(t, field, pdu);
		return;
	case SMPP_FIELD_STRING:
		put_string(t, field, pdu);
		return;
	case SMPP_FIELD_MESSAGE:
		smpp_line_putf(&t->line, " %s=", field->name);
		put_message(t, pdu, pdu->short_message);
		return;
	case SMPP_FIELD_DESTS:
	case SMPP_FIELD_UNSUCCESS:
		put_dests(t, field, pdu);
		return;
	case SMPP_FIELD_END:
		put_tlvs(t, pdu);
		return;
	}
}

static void put_header(struct trace *t, const struct smpp_pdu *pdu)
{
	const char *status = smpp_status_name(pdu->command_status);

	if (smpp_command_known(pdu->command_id))
		smpp_line_putf(&t->line, "%s", smpp_command_name(pdu->command_id));
	else
		smpp_line_putf(&t->line, "command_0x%08x", pdu->command_id);
	if (strcmp(status, "vendor") == 0 || strcmp(status, "unknown") == 0)
		smpp_line_putf(&t->line, " status=0x%08x", pdu->command_status);
	else if (smpp_command_is_response(pdu->command_id) || pdu->command_status != SMPP_ROK)
		smpp_line_putf(&t->line, " %s", status);
	smpp_line_putf(&t->line, " seq=%u", pdu->sequence_number);
}

static void put_pdu(struct trace *t, const struct smpp_pdu *pdu)
{
	const struct smpp_field *field = smpp_fields_of(pdu->command_id);

	put_header(t, pdu);
	if (!field || (smpp_command_is_response(pdu->command_id) && field->kind != SMPP_FIELD_END &&
		       !pdu->has_body))
		return;
	for (; field->kind != SMPP_FIELD_END; field++)
		put_field(t, field, pdu);
	put_field(t, field, pdu);
}

size_t smpp_trace_pdu(const struct smpp_pdu *pdu, const struct smpp_trace_options *options,
		      char *out, size_t cap)
{
	struct trace trace = { smpp_line_begin(out, cap), options ? options : &defaults };

	put_pdu(&trace, pdu);
	return smpp_line_end(&trace.line);
}

size_t smpp_trace_line(const uint8_t *data, size_t len, const struct smpp_trace_options *options,
		       char *out, size_t cap)
{
	struct trace trace = { smpp_line_begin(out, cap), options ? options : &defaults };
	struct smpp_fault fault;
	struct smpp_pdu pdu;

	if (smpp_pdu_decode(data, len, &pdu, &fault) == 0) {
		put_pdu(&trace, &pdu);
	} else if (len < SMPP_HEADER_SIZE) {
		smpp_line_putf(&trace.line, "malformed: %zu octets", len);
	} else {
		put_header(&trace, &pdu);
		smpp_line_putf(&trace.line, " length=%u malformed: %s at %zu: %s",
			       pdu.command_length, fault.field, fault.offset, fault.reason);
	}
	return smpp_line_end(&trace.line);
}
