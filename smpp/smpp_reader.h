/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_reader.h - bounds-checked reading of what PDUs are made of (private to the codec).
 *
 * Does:    each read_*() takes one thing at r->pos and moves on, or says why it cannot.
 * Returns: NULL, or the static text that becomes smpp_fault.reason.
 * Note:    inline in a header because decoding is the hot path and encoding checks with the same.
 */
#pragma once

#include <string.h>

#include "smpp/smpp_pdu.h"

enum { SMPP_TLV_HEADER_SIZE = 4 };

#define SMPP_BAD_DEST_FLAG "bad_dest_flag"

static inline uint16_t get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

struct reader {
	const uint8_t *data;
	size_t len;
	size_t pos; /* never over len */
};

static inline const char *read_octet(struct reader *r, uint8_t *out)
{
	if (r->pos == r->len)
		return "truncated_body";
	*out = r->data[r->pos++];
	return NULL;
}

static inline const char *read_octets(struct reader *r, size_t len, struct smpp_octets *out)
{
	if (r->len - r->pos < len)
		return "truncated_body";
	*out = (struct smpp_octets){ r->data + r->pos, len };
	r->pos += len;
	return NULL;
}

static inline const char *read_string(struct reader *r, struct smpp_octets *out)
{
	size_t rest = r->len - r->pos;
	size_t bound = rest < SMPP_STRING_MAX ? rest : SMPP_STRING_MAX;
	const uint8_t *start = r->data + r->pos;
	const uint8_t *end = start;

	/* Most strings of most messages are empty: look before calling. */
	if (bound == 0)
		return "unterminated_string";
	if (*start != 0)
		end = memchr(start, 0, bound);
	if (!end)
		return rest > bound ? "string_too_long" : "unterminated_string";
	*out = (struct smpp_octets){ start, (size_t)(end - start) };
	r->pos += out->len + 1;
	return NULL;
}

static inline const char *read_address(struct reader *r, struct smpp_dest *out)
{
	const char *reason = read_octet(r, &out->ton);

	if (!reason)
		reason = read_octet(r, &out->npi);
	return reason ? reason : read_string(r, &out->address);
}

static inline const char *read_dest(struct reader *r, struct smpp_dest *out)
{
	const char *reason;

	*out = (struct smpp_dest){ 0 };
	reason = read_octet(r, &out->flag);
	if (reason)
		return reason;
	if (out->flag == SMPP_DEST_ADDRESS)
		return read_address(r, out);
	return out->flag == SMPP_DEST_LIST ? read_string(r, &out->address) : SMPP_BAD_DEST_FLAG;
}

static inline const char *read_unsuccess(struct reader *r, struct smpp_dest *out)
{
	struct smpp_octets status;
	const char *reason;

	*out = (struct smpp_dest){ 0 };
	reason = read_address(r, out);
	if (!reason)
		reason = read_octets(r, sizeof(out->status), &status);
	if (!reason)
		out->status = get_u32(status.data);
	return reason;
}

typedef const char *read_entry_fn(struct reader *r, struct smpp_dest *out);

static inline const char *read_entries(struct reader *r, size_t count, read_entry_fn *read,
				       struct smpp_octets *out)
{
	size_t start = r->pos;
	struct smpp_dest entry;

	while (count-- > 0) {
		const char *reason = read(r, &entry);

		if (reason)
			return reason;
	}
	*out = (struct smpp_octets){ r->data + start, r->pos - start };
	return NULL;
}

static inline const char *read_list(struct reader *r, uint8_t *count, read_entry_fn *read,
				    struct smpp_octets *out)
{
	const char *reason = read_octet(r, count);

	return reason ? reason : read_entries(r, *count, read, out);
}

static inline const char *read_message(struct reader *r, struct smpp_octets *out)
{
	uint8_t len = 0;
	const char *reason = read_octet(r, &len);

	return reason ? reason : read_octets(r, len, out);
}

static inline bool read_tlv(struct reader *r, struct smpp_tlv *out)
{
	const uint8_t *p = r->data + r->pos;
	size_t rest = r->len - r->pos;

	if (rest < SMPP_TLV_HEADER_SIZE || rest - SMPP_TLV_HEADER_SIZE < get_u16(p + 2))
		return false;
	out->tag = get_u16(p);
	out->value = (struct smpp_octets){ p + SMPP_TLV_HEADER_SIZE, get_u16(p + 2) };
	r->pos += SMPP_TLV_HEADER_SIZE + out->value.len;
	return true;
}

static inline const char *read_tlvs(struct reader *r, struct smpp_octets *out)
{
	size_t start = r->pos;
	struct smpp_tlv tlv;

	while (r->pos < r->len) {
		if (!read_tlv(r, &tlv))
			return "bad_tlv";
	}
	*out = (struct smpp_octets){ r->data + start, r->pos - start };
	return NULL;
}
