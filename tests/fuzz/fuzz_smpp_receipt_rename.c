/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_smpp_receipt_rename.c - any receipt gets another id: then it is read with that id and the
 * state that it had, all other TLVs are as they were, and the whole makes a PDU again. */
#include <stdlib.h>
#include <string.h>

#include "smpp/smpp_concat.h"
#include "smpp/smpp_receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 4, TLVS_MAX = 66000 };

static uint8_t buffer[255 + TLVS_MAX + SMPP_RECEIPT_RENAME_ROOM];
static uint8_t octets[sizeof(buffer) + 512];

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool same(struct smpp_octets a, struct smpp_octets b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static void check_tlvs(const struct smpp_pdu *in, const struct smpp_pdu *out)
{
	struct smpp_tlv was, is;
	size_t in_pos = 0, out_pos = 0;

	while (smpp_pdu_next_tlv(in, &in_pos, &was)) {
		require(smpp_pdu_next_tlv(out, &out_pos, &is) && is.tag == was.tag);
		if (was.tag != SMPP_TAG_RECEIPTED_MESSAGE_ID && was.tag != SMPP_TAG_MESSAGE_PAYLOAD)
			require(same(was.value, is.value));
	}
	require(!smpp_pdu_next_tlv(out, &out_pos, &is));
}

static void check(const struct smpp_pdu *in, struct smpp_octets id)
{
	struct smpp_receipt was, is;
	struct smpp_part_info part;
	struct smpp_pdu out, again;
	ssize_t len;

	(void)smpp_receipt_parse(in, &was);
	int rc = smpp_receipt_rename(in, id, buffer, &out);
	if (was.kind == SMPP_RECEIPT_NONE || was.id.len == 0)
		require(rc < 0);
	if (rc < 0)
		return;
	smpp_part_read(in, &part);
	/* With other lengths it may be a header, and what it says no text. */
	if (part.udh_broken)
		return;
	(void)smpp_receipt_parse(&out, &is);
	require(is.kind == was.kind && same(is.id, id));
	/* Of a text of two octets a character only so much is read. */
	if (in->data_coding != 8)
		require(is.state == was.state && is.error == was.error);
	check_tlvs(in, &out);
	len = smpp_pdu_encode(&out, octets, sizeof(octets));
	require(len > 0 && smpp_pdu_decode(octets, (size_t)len, &again, NULL) == 0);
	require(same(again.short_message, out.short_message) && same(again.tlvs, out.tlvs));
}

/* esm_class, data_coding, the length of the new id and of the text; text, and TLVs behind it. What
 * is no PDU is not looked at. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char digits[] =
		"Q123456789012345678901234567890123456789012345678901234567890123";
	struct smpp_pdu pdu = { .command_id = SMPP_DELIVER_SM }, in;
	uint8_t whole[1024];
	size_t text;
	ssize_t len;

	if (size < HEAD || size > 700)
		return 0;
	text = data[3] < size - HEAD ? data[3] : size - HEAD;
	pdu.esm_class = data[0];
	pdu.data_coding = data[1];
	pdu.short_message = (struct smpp_octets){ data + HEAD, text };
	pdu.tlvs = (struct smpp_octets){ data + HEAD + text, size - HEAD - text };
	len = smpp_pdu_encode(&pdu, whole, sizeof(whole));
	if (len < 0 || smpp_pdu_decode(whole, (size_t)len, &in, NULL) < 0)
		return 0;
	check(&in, (struct smpp_octets){ (const uint8_t *)digits, 1 + data[2] % 64 });
	return 0;
}
