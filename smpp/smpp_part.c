/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_concat.h"

/* TS 23.040 sec. 9.2.3.24: information elements of the user data header. */
enum {
	ELEMENT_CONCAT_8 = 0x00,
	ELEMENT_CONCAT_16 = 0x08,
	ELEMENT_SINGLE_SHIFT = 0x24,
	ELEMENT_LOCKING_SHIFT = 0x25,
};

static void set_part(struct smpp_part_info *out, uint16_t reference, uint8_t total, uint8_t index)
{
	if (total < 2 || index == 0 || index > total)
		return;
	out->concatenated = true;
	out->reference = reference;
	out->total = total;
	out->index = index;
}

static void read_element(uint8_t id, const uint8_t *data, size_t len, struct smpp_part_info *out)
{
	if (id == ELEMENT_CONCAT_8 && len == 3)
		set_part(out, data[0], data[1], data[2]);
	else if (id == ELEMENT_CONCAT_16 && len == 4)
		set_part(out, (uint16_t)(data[0] << 8 | data[1]), data[2], data[3]);
	else if (id == ELEMENT_SINGLE_SHIFT && len == 1)
		out->shift.single = data[0];
	else if (id == ELEMENT_LOCKING_SHIFT && len == 1)
		out->shift.locking = data[0];
}

/* False, with `out` as it was, when lengths do not add up. */
static bool read_udh(struct smpp_octets message, struct smpp_part_info *out)
{
	if (message.len == 0 || message.data[0] >= message.len)
		return false;
	size_t end = message.data[0] + 1u;
	struct smpp_part_info found = *out;
	for (size_t pos = 1; pos < end;) {
		if (end - pos < 2 || message.data[pos + 1] > end - pos - 2)
			return false;
		size_t len = message.data[pos + 1];
		read_element(message.data[pos], message.data + pos + 2, len, &found);
		pos += 2 + len;
	}
	found.text = (struct smpp_octets){ message.data + end, message.len - end };
	*out = found;
	return true;
}

static bool read_tlv(const struct smpp_pdu *pdu, uint16_t tag, size_t len, uint16_t *out)
{
	struct smpp_octets value;
	if (!smpp_pdu_find_tlv(pdu, tag, &value) || value.len != len)
		return false;
	*out = len == 1 ? value.data[0] : (uint16_t)(value.data[0] << 8 | value.data[1]);
	return true;
}

static void read_sar(const struct smpp_pdu *pdu, struct smpp_part_info *out)
{
	uint16_t reference, total, index;
	if (read_tlv(pdu, SMPP_TAG_SAR_MSG_REF_NUM, 2, &reference) &&
	    read_tlv(pdu, SMPP_TAG_SAR_TOTAL_SEGMENTS, 1, &total) &&
	    read_tlv(pdu, SMPP_TAG_SAR_SEGMENT_SEQNUM, 1, &index))
		set_part(out, reference, (uint8_t)total, (uint8_t)index);
}

void smpp_part_read(const struct smpp_pdu *pdu, struct smpp_part_info *out)
{
	struct smpp_octets message = smpp_pdu_message(pdu);
	*out = (struct smpp_part_info){ .text = message };
	if (pdu->esm_class & SMPP_ESM_UDHI)
		out->udh_broken = !read_udh(message, out);
	if (!out->concatenated)
		read_sar(pdu, out);
}
