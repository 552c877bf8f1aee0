/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/app_message.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "smpp/smpp_pdu.h"
#include "smpp/smpp_utf8.h"

enum { CODING_UCS2 = 8, TON_INTERNATIONAL = 1, NPI_E164 = 1, UTF16_MAX = 4 * APP_TEXT_MAX };

static size_t put_unit(uint8_t *out, size_t len, uint32_t unit)
{
	out[len] = (uint8_t)(unit >> 8);
	out[len + 1] = (uint8_t)unit;
	return len + 2;
}

/* UTF-16BE, surrogates included. */
static ssize_t to_utf16(const char *text, uint8_t out[UTF16_MAX])
{
	const uint8_t *in = (const uint8_t *)text;
	size_t left = strlen(text);
	size_t len = 0;

	while (left > 0) {
		uint32_t c;
		size_t used = smpp_utf8_read(in, left, &c);

		if (len + 4 > UTF16_MAX)
			return -EMSGSIZE;
		if (c == SMPP_CHAR_BAD)
			c = SMPP_CHAR_REPLACEMENT;
		if (c >= 0x10000) {
			len = put_unit(out, len, 0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		len = put_unit(out, len, c);
		in += used;
		left -= used;
	}
	return (ssize_t)len;
}

static void set_address(const char *number, uint8_t *ton, uint8_t *npi, struct smpp_octets *out)
{
	bool plus = number[0] == '+';

	*ton = plus ? TON_INTERNATIONAL : 0;
	*npi = NPI_E164;
	*out = smpp_octets_of(number + plus);
}

ssize_t app_message_encode(const char *subscriber, const char *service_code, const char *text,
			   uint8_t out[APP_PDU_MAX])
{
	struct smpp_pdu pdu = { .command_id = SMPP_DELIVER_SM, .data_coding = CODING_UCS2 };
	uint8_t units[UTF16_MAX];
	uint8_t tlvs[UTF16_MAX + 4];
	ssize_t len = to_utf16(text, units);

	if (len < 0)
		return len;
	set_address(subscriber, &pdu.source_addr_ton, &pdu.source_addr_npi, &pdu.source_addr);
	set_address(service_code, &pdu.dest_addr_ton, &pdu.dest_addr_npi, &pdu.destination_addr);
	len = smpp_tlv_append(tlvs, sizeof(tlvs), SMPP_TAG_MESSAGE_PAYLOAD, units, (size_t)len);
	if (len < 0)
		return len;
	pdu.tlvs = (struct smpp_octets){ tlvs, (size_t)len };
	return smpp_pdu_encode(&pdu, out, APP_PDU_MAX);
}
