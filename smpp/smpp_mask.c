/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_mask.h"

#include <string.h>

#include "smpp/smpp_trace.h"

enum {
	FIRST = 3,
	LAST = 4,
	LONG = 11, /* octets */
	FILL = 'x',
	DEST_IS_LIST = 2, /* SMPP 3.4 sec. 5.2.25 */
	STATUS_OCTETS = 4,
	CALLBACK_HEAD = 3, /* sec. 5.3.2.36: digit mode, type and plan */
	TAG_CALLBACK = 0x0381,
};

void smpp_mask_address(uint8_t *address, size_t len)
{
	size_t hidden = len / 3 + (len % 3 != 0);

	if (len >= LONG)
		memset(address + FIRST, '*', len - FIRST - LAST);
	else if (len > 0)
		memset(address + (len - hidden) / 2, '*', hidden);
}

/* What was decoded points into the octets that it was decoded from, which are ours to change. */
static uint8_t *own(struct smpp_octets octets)
{
	return (uint8_t *)octets.data;
}

static void mask_number(struct smpp_octets octets)
{
	smpp_mask_address(own(octets), octets.len);
}

static void fill(struct smpp_octets octets, int with)
{
	if (octets.len > 0)
		memset(own(octets), with, octets.len);
}

/* A header says how the parts belong together, not what is in them. */
static void mask_text(const struct smpp_pdu *pdu, struct smpp_octets text)
{
	size_t head = 0;

	if (pdu->esm_class & SMPP_ESM_UDHI && text.len > 0)
		head = 1 + (size_t)text.data[0];
	if (head < text.len)
		memset(own(text) + head, FILL, text.len - head);
}

/* A name or number up to its NUL; what is behind it. */
static size_t mask_string(struct smpp_octets list, size_t at)
{
	size_t end = at;

	while (end < list.len && list.data[end] != 0)
		end++;
	if (at < end)
		smpp_mask_address(own(list) + at, end - at);
	return end + 1;
}

/* dest_flag, then type, plan and number, or the name of a list. */
static void mask_dests(struct smpp_octets dests)
{
	for (size_t at = 0; at < dests.len;)
		at = mask_string(dests, at + (dests.data[at] == DEST_IS_LIST ? 1 : 3));
}

/* Type, plan and number, then a status. */
static void mask_unsuccess(struct smpp_octets list)
{
	for (size_t at = 0; at < list.len;)
		at = mask_string(list, at + 2) + STATUS_OCTETS;
}

static void mask_tlv(const struct smpp_pdu *pdu, const struct smpp_tlv *tlv)
{
	struct smpp_octets value = tlv->value;

	switch (smpp_tag_kind_of(tlv->tag)) {
	case SMPP_TAG_NUMBER:
	case SMPP_TAG_STRING:
		return;
	case SMPP_TAG_TEXT:
		mask_text(pdu, value);
		return;
	case SMPP_TAG_ADDRESS:
		if (tlv->tag == TAG_CALLBACK && value.len > CALLBACK_HEAD)
			value = (struct smpp_octets){ value.data + CALLBACK_HEAD,
						      value.len - CALLBACK_HEAD };
		mask_number(value);
		return;
	case SMPP_TAG_OCTETS:
		if (tlv->tag != SMPP_TAG_NETWORK_ERROR_CODE)
			fill(value, 0);
		return;
	}
}

static void mask_tlvs(const struct smpp_pdu *pdu)
{
	struct smpp_tlv tlv;
	size_t pos = 0;

	while (smpp_pdu_next_tlv(pdu, &pos, &tlv))
		mask_tlv(pdu, &tlv);
}

void smpp_mask(uint8_t *data, size_t len)
{
	struct smpp_pdu pdu;

	if (smpp_pdu_decode(data, len, &pdu, NULL) < 0) {
		if (len > SMPP_HEADER_SIZE)
			memset(data + SMPP_HEADER_SIZE, 0, len - SMPP_HEADER_SIZE);
		return;
	}
	fill(pdu.password, FILL);
	mask_number(pdu.address_range);
	mask_number(pdu.source_addr);
	mask_number(pdu.destination_addr);
	mask_number(pdu.esme_addr);
	mask_dests(pdu.dests);
	mask_unsuccess(pdu.unsuccess);
	mask_text(&pdu, pdu.short_message);
	mask_tlvs(&pdu);
}
