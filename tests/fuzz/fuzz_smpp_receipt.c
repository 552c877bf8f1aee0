/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_smpp_receipt.c - any PDU is read as a receipt; what was read lies inside the PDU, makes keys
 * in each form, and reads the same when it is written and read again. */
#include <stdlib.h>
#include <string.h>

#include "smpp/smpp_receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_keys(struct smpp_octets id)
{
	struct smpp_id_key key;

	for (int form = 0; form < SMPP_ID_FORM_COUNT; form++) {
		if (smpp_receipt_id_key((enum smpp_id_form)form, id, &key) == 0 &&
		    strlen(key.octets) != key.len)
			abort();
	}
}

static void check_again(const struct smpp_receipt *in)
{
	struct smpp_pdu pdu = { .command_id = SMPP_DELIVER_SM };
	struct smpp_receipt_buffer buffer;
	struct smpp_receipt out;

	if (smpp_receipt_write(in, &buffer, &pdu) < 0)
		return;
	if (!smpp_receipt_parse(&pdu, &out) || out.state != in->state || out.id.len != in->id.len ||
	    memcmp(out.id.data, in->id.data, in->id.len) != 0)
		abort();
}

/* The first octet: esm_class; the second: data_coding; the third: the length of the text, TLVs
 * (which may be no TLVs at all) after it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smpp_pdu pdu = { .command_id = SMPP_DELIVER_SM };
	struct smpp_receipt receipt;
	size_t len;

	if (size < 3)
		return 0;
	len = data[2] < size - 3 ? data[2] : size - 3;
	pdu.esm_class = data[0];
	pdu.data_coding = data[1];
	pdu.short_message = (struct smpp_octets){ data + 3, len };
	pdu.tlvs = (struct smpp_octets){ data + 3 + len, size - 3 - len };
	if (smpp_receipt_parse(&pdu, &receipt) != (receipt.id.len > 0 || receipt.state != 0))
		abort();
	if (receipt.id.len + receipt.stat.len + receipt.text.len > 3 * (size + 255))
		abort();
	check_keys(receipt.id);
	check_again(&receipt);
	return 0;
}
