/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_receipt_rename.c - another id for the message that a receipt is about. */
#include <errno.h>
#include <string.h>

#include "smpp/smpp_receipt_priv.h"

enum { MESSAGE_MAX = 254, VALUE_MAX = 65535 /* of short_message; of a TLV */ };

struct renaming {
	struct smpp_octets id;
	struct receipt_text_id at; /* at.id empty: the text stays */
	bool tlv;		   /* the first receipted_message_id is to change */
	uint8_t *next;		   /* free in the buffer */
};

static bool holds(struct smpp_octets whole, struct smpp_octets part)
{
	return part.len > 0 && part.data >= whole.data &&
	       part.data + part.len <= whole.data + whole.len;
}

static void put(uint8_t **at, const uint8_t *data, size_t len)
{
	if (len > 0)
		memcpy(*at, data, len);
	*at += len;
}

static void put_id(uint8_t **at, struct smpp_octets id, bool wide)
{
	for (size_t i = 0; i < id.len; i++) {
		if (wide)
			*(*at)++ = 0;
		*(*at)++ = id.data[i];
	}
}

/* A text with the other id, at most `max` octets of it. -EMSGSIZE. */
static int rename_text(struct renaming *r, struct smpp_octets text, size_t max,
		       struct smpp_octets *out)
{
	const struct receipt_text_id *at = &r->at;
	size_t before = (size_t)(at->id.data - text.data);
	size_t behind = text.len - before - at->id.len;
	size_t len = before + r->id.len * (at->wide ? 2 : 1) + behind;
	size_t over = len > max ? len - max : 0;
	uint8_t *start = r->next;

	over += at->wide && over % 2;
	if (over > at->quoted || over > behind)
		return -EMSGSIZE;
	put(&r->next, text.data, before);
	put_id(&r->next, r->id, at->wide);
	put(&r->next, at->id.data + at->id.len, behind - over);
	*out = (struct smpp_octets){ start, (size_t)(r->next - start) };
	return 0;
}

static void put_tlv_head(uint8_t *at, uint16_t tag, size_t len)
{
	const uint8_t head[] = { (uint8_t)(tag >> 8), (uint8_t)tag, (uint8_t)(len >> 8),
				 (uint8_t)len };

	memcpy(at, head, sizeof(head));
}

static int put_tlv(struct renaming *r, const struct smpp_tlv *tlv)
{
	uint8_t *head = r->next;
	struct smpp_octets text;
	int rc = 0;

	r->next += 4;
	if (tlv->tag == SMPP_TAG_RECEIPTED_MESSAGE_ID && r->tlv) {
		r->tlv = false;
		put_id(&r->next, r->id, false);
		/* With a NUL if it came with one. */
		if (tlv->value.data[tlv->value.len - 1] == 0)
			*r->next++ = 0;
	} else if (tlv->tag == SMPP_TAG_MESSAGE_PAYLOAD && holds(tlv->value, r->at.id)) {
		rc = rename_text(r, tlv->value, VALUE_MAX, &text);
	} else {
		put(&r->next, tlv->value.data, tlv->value.len);
	}
	put_tlv_head(head, tlv->tag, (size_t)(r->next - head) - 4);
	return rc;
}

static size_t longer(size_t a, size_t b)
{
	return a > b ? a : b;
}

int smpp_receipt_rename(const struct smpp_pdu *in, struct smpp_octets id, uint8_t *buffer,
			struct smpp_pdu *out)
{
	struct renaming r = { .id = id, .next = buffer };
	enum smpp_receipt_kind kind = smpp_receipt_kind_of(in);
	struct smpp_tlv tlv;
	size_t pos = 0;
	int rc = 0;

	r.tlv = receipt_tlv_id(in).len > 0;
	if (!(r.tlv && kind == SMPP_RECEIPT_ACK) && !receipt_find_text_id(in, &r.at))
		r.at.id = (struct smpp_octets){ NULL, 0 };
	if (!receipt_id_is_fit(id) || kind == SMPP_RECEIPT_NONE || (!r.tlv && r.at.id.len == 0))
		return -EINVAL;
	*out = *in;
	if (holds(in->short_message, r.at.id))
		rc = rename_text(&r, in->short_message, longer(MESSAGE_MAX, in->short_message.len),
				 &out->short_message);
	out->tlvs.data = r.next;
	while (rc == 0 && smpp_pdu_next_tlv(in, &pos, &tlv))
		rc = put_tlv(&r, &tlv);
	out->tlvs.len = (size_t)(r.next - out->tlvs.data);
	return rc;
}
