/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/kept_receipt.h"

#include "rules/calendar.h"
#include "smpp/smpp_concat.h"
#include "smpp/smpp_text.h"

/* Bits 1 and 0 of registered_delivery: whatever the end; failures. 3 is of successes alone. */
static bool asks_for_failure(uint8_t registered_delivery)
{
	return (registered_delivery & 3) == 1 || (registered_delivery & 3) == 2;
}

static struct smpp_receipt_time time_of(int64_t ms)
{
	struct calendar_date date = calendar_date_at(ms);
	int64_t second = (ms - calendar_day_start(ms)) / 1000;

	return (struct smpp_receipt_time){ .year = (uint16_t)date.year,
					   .month = (uint8_t)date.month,
					   .day = (uint8_t)date.day,
					   .hour = (uint8_t)(second / 3600),
					   .minute = (uint8_t)(second / 60 % 60) };
}

/* What can stand in a text of the default alphabet. */
static struct smpp_octets quote_of(const struct smpp_pdu *message)
{
	struct smpp_part_info part;

	smpp_part_read(message, &part);
	return message->data_coding == 0 ? part.text : (struct smpp_octets){ 0 };
}

size_t kept_receipt_write(const struct kept_message *kept, uint8_t out[KEPT_RECEIPT_MAX])
{
	struct smpp_receipt_buffer buffer;
	struct smpp_receipt receipt = { .kind = SMPP_RECEIPT_DELIVERY,
					.id = smpp_octets_of(kept->id),
					.state = kept->state,
					.submitted = 1,
					.submit_date = time_of(kept->taken_ms),
					.done_date = time_of(kept->ended_ms) };
	struct smpp_pdu pdu = { .command_id = SMPP_DELIVER_SM };
	struct smpp_pdu message;
	ssize_t len;

	if (smpp_pdu_decode(kept->pdu.data, kept->pdu.len, &message, NULL) < 0 ||
	    !asks_for_failure(message.registered_delivery))
		return 0;
	receipt.text = quote_of(&message);
	pdu.source_addr_ton = message.dest_addr_ton;
	pdu.source_addr_npi = message.dest_addr_npi;
	pdu.source_addr = message.destination_addr;
	pdu.dest_addr_ton = message.source_addr_ton;
	pdu.dest_addr_npi = message.source_addr_npi;
	pdu.destination_addr = message.source_addr;
	if (smpp_receipt_write(&receipt, &buffer, &pdu) < 0)
		return 0;
	len = smpp_pdu_encode(&pdu, out, KEPT_RECEIPT_MAX);
	return len < 0 ? 0 : (size_t)len;
}
