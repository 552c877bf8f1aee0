/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_receipt_priv.h - what the files of smpp_receipt share; nobody else includes it. */
#pragma once

#include "smpp/smpp_receipt.h"

/* Where the text of a receipt names its message. */
struct receipt_text_id {
	struct smpp_octets id; /* in the PDU, of short_message or message_payload */
	bool wide;	       /* two octets a character */
	size_t quoted;	       /* so many octets at the end of the text quote the message */
};

/* False: it does not. */
bool receipt_find_text_id(const struct smpp_pdu *pdu, struct receipt_text_id *out);

/* The TLV receipted_message_id without its NUL; empty: there is none. */
struct smpp_octets receipt_tlv_id(const struct smpp_pdu *pdu);

/* Whether it can stand in a text form and be read back. */
bool receipt_id_is_fit(struct smpp_octets id);
