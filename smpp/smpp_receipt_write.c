/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_receipt_write.c - the writing half of smpp_receipt.h: Appendix B's text, and TLVs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "smpp/smpp_receipt_priv.h"

enum { ID_MAX = SMPP_RECEIPT_NAME_MAX, QUOTE_MAX = 20 /* App. B: the first 20 characters */ };

static const char *const state_names[] = {
	"", "ENROUTE", "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD",
};
_Static_assert(sizeof(state_names) / sizeof(state_names[0]) == SMPP_MESSAGE_STATE_COUNT, "names");

static const uint8_t types[SMPP_RECEIPT_KIND_COUNT] = { 0x04, 0x04, 0x20, 0x08 };

const char *smpp_message_state_name(enum smpp_message_state state)
{
	return (unsigned)state < SMPP_MESSAGE_STATE_COUNT ? state_names[state] : "";
}

bool receipt_id_is_fit(struct smpp_octets id)
{
	if (id.len == 0 || id.len > ID_MAX)
		return false;
	for (size_t i = 0; i < id.len; i++) {
		if (id.data[i] <= ' ' || id.data[i] == ';' || id.data[i] == ',' ||
		    id.data[i] == '|' || id.data[i] == '"')
			return false;
	}
	return true;
}

static void put_time(char out[11], const struct smpp_receipt_time *time)
{
	snprintf(out, 11, "%02u%02u%02u%02u%02u", time->year % 100u, time->month % 100u,
		 time->day % 100u, time->hour % 100u, time->minute % 100u);
}

static unsigned at_most(int32_t value, unsigned max)
{
	return value < 0 ? 0 : (unsigned)value > max ? max : (unsigned)value;
}

static size_t put_text(const struct smpp_receipt *r, struct smpp_receipt_buffer *buffer)
{
	size_t quote = r->text.len < QUOTE_MAX ? r->text.len : QUOTE_MAX;
	char submit[11], done[11], err[4];
	int len;

	put_time(submit, &r->submit_date);
	put_time(done, &r->done_date);
	if (r->err.len == 3)
		snprintf(err, sizeof(err), "%.3s", (const char *)r->err.data);
	else
		snprintf(err, sizeof(err), "%03u", at_most(r->error, 999));
	len = snprintf(buffer->text, sizeof(buffer->text),
		       "id:%.*s sub:%03u dlvrd:%03u submit date:%s done date:%s stat:%s err:%s "
		       "text:",
		       (int)r->id.len, (const char *)r->id.data, at_most(r->submitted, 999),
		       at_most(r->delivered, 999), submit, done, smpp_message_state_name(r->state),
		       err);
	if (quote > 0)
		memcpy(buffer->text + len, r->text.data, quote);
	return (size_t)len + quote;
}

static size_t put_tlvs(const struct smpp_receipt *r, struct smpp_receipt_buffer *buffer)
{
	const uint8_t state = (uint8_t)r->state;
	const uint8_t network[3] = { r->network_type, (uint8_t)(r->error >> 8), (uint8_t)r->error };
	uint8_t id[ID_MAX + 1] = { 0 };
	size_t len, cap = sizeof(buffer->tlvs);

	memcpy(id, r->id.data, r->id.len);
	len = (size_t)smpp_tlv_append(buffer->tlvs, cap, SMPP_TAG_RECEIPTED_MESSAGE_ID, id,
				      r->id.len + 1);
	len += (size_t)smpp_tlv_append(buffer->tlvs + len, cap - len, SMPP_TAG_MESSAGE_STATE,
				       &state, 1);
	if (r->network_type != 0 && r->error >= 0)
		len += (size_t)smpp_tlv_append(buffer->tlvs + len, cap - len,
					       SMPP_TAG_NETWORK_ERROR_CODE, network,
					       sizeof(network));
	return len;
}

int smpp_receipt_write(const struct smpp_receipt *receipt, struct smpp_receipt_buffer *buffer,
		       struct smpp_pdu *pdu)
{
	if (!receipt_id_is_fit(receipt->id) || (unsigned)receipt->kind >= SMPP_RECEIPT_KIND_COUNT ||
	    receipt->state == SMPP_MESSAGE_NONE ||
	    (unsigned)receipt->state >= SMPP_MESSAGE_STATE_COUNT)
		return -EINVAL;
	pdu->esm_class = types[receipt->kind];
	pdu->data_coding = 0;
	pdu->short_message = (struct smpp_octets){ (const uint8_t *)buffer->text, 0 };
	if (pdu->command_id != SMPP_DATA_SM)
		pdu->short_message.len = put_text(receipt, buffer);
	pdu->tlvs = (struct smpp_octets){ buffer->tlvs, put_tlvs(receipt, buffer) };
	return 0;
}
