/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_smpp_pdu.c - any octets are framed and decoded; what decodes is walked through and must
 * encode to the octets that it came from. */
#include <stdlib.h>
#include <string.h>

#include "smpp/smpp_pdu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const struct smpp_pdu *pdu)
{
	struct smpp_octets value;
	struct smpp_dest dest;
	struct smpp_tlv tlv;
	size_t pos = 0;

	while (smpp_pdu_next_tlv(pdu, &pos, &tlv)) {
		if (!smpp_pdu_find_tlv(pdu, tlv.tag, &value))
			abort();
	}
	for (pos = 0; smpp_pdu_next_dest(pdu, &pos, &dest);)
		;
	for (pos = 0; smpp_pdu_next_unsuccess(pdu, &pos, &dest);)
		;
	if (smpp_pdu_message(pdu).len > SMPP_PDU_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ssize_t len = smpp_pdu_frame(data, size, SMPP_PDU_MAX);
	struct smpp_fault fault = { 0 };
	struct smpp_pdu pdu;
	uint8_t *again;

	if (len <= 0 || smpp_pdu_decode(data, (size_t)len, &pdu, &fault) < 0) {
		if (len > 0 && (!fault.field || !fault.reason || fault.offset > (size_t)len))
			abort();
		return 0;
	}
	walk(&pdu);
	again = malloc((size_t)len);
	if (smpp_pdu_encode(&pdu, again, (size_t)len) != len ||
	    memcmp(again, data, (size_t)len) != 0)
		abort();
	free(again);
	return 0;
}
