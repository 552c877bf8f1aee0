/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_receipt.h - delivery receipts: read, written, and matched with the message they are about.
 *
 * Does:    tells receipts and intermediate notifications from messages; reads the text form in any
 *          case and order, with fields missing, and the TLVs, which win over the text; writes both
 *          forms; puts another id into one; turns message ids into keys that are equal when the ids
 *          mean the same message.
 * Owns:    nothing. What was parsed borrows from the PDU, or from the struct itself when the text
 *          came as UCS2: a struct smpp_receipt is not to be copied.
 * Bounds:  `text:` quotes what a subscriber wrote: nothing in it is taken for a field, unless the
 *          peer puts it before the fields; then what is said last counts.
 * Threads: pure. Memory: allocates nothing.
 * Source:  SMPP 3.4 sec. 5.2.12 (esm_class), 5.2.28 (message_state), 5.3.2.12, .31, .35, App. B.
 */
#pragma once

#include "smpp/smpp_pdu.h"

/* SMPP 3.4 sec. 5.2.28. */
enum smpp_message_state {
	SMPP_MESSAGE_NONE = 0, /* nothing was said */
	SMPP_MESSAGE_ENROUTE = 1,
	SMPP_MESSAGE_DELIVERED = 2,
	SMPP_MESSAGE_EXPIRED = 3,
	SMPP_MESSAGE_DELETED = 4,
	SMPP_MESSAGE_UNDELIVERABLE = 5,
	SMPP_MESSAGE_ACCEPTED = 6,
	SMPP_MESSAGE_UNKNOWN = 7, /* also what is said in no word that we know */
	SMPP_MESSAGE_REJECTED = 8,
	SMPP_MESSAGE_STATE_COUNT
};

enum smpp_receipt_kind {
	SMPP_RECEIPT_NONE,	   /* a message */
	SMPP_RECEIPT_DELIVERY,	   /* what registered_delivery bits 1 and 0 ask for */
	SMPP_RECEIPT_INTERMEDIATE, /* what bit 4 asks for: another one follows */
	SMPP_RECEIPT_ACK,	   /* written by the receiving handset or person, not by the SMSC */
	SMPP_RECEIPT_KIND_COUNT
};

/* As the SMSC's clock on its wall shows it: receipts name no time zone. */
struct smpp_receipt_time {
	uint16_t year; /* 0: not given, or not readable */
	uint8_t month, day, hour, minute, second;
};

enum { SMPP_RECEIPT_TEXT_MAX = 255 };

struct smpp_receipt {
	enum smpp_receipt_kind kind;
	struct smpp_octets id; /* opaque; empty: not given */
	enum smpp_message_state state;
	struct smpp_octets stat; /* the word of the text form, as it came */
	struct smpp_octets err;	 /* of the text form: what it means is the SMSC's affair */
	int32_t error;		 /* from the TLV, or `err` when it is a number; -1: neither */
	uint8_t network_type;	 /* with the TLV network_error_code; 0: there was none */
	int16_t submitted;	 /* "sub", messages; -1: not given */
	int16_t delivered;	 /* "dlvrd" */
	struct smpp_receipt_time submit_date;
	struct smpp_receipt_time done_date;
	struct smpp_octets text;	       /* the start of the message */
	uint8_t narrow[SMPP_RECEIPT_TEXT_MAX]; /* of a text that came as UCS2 */
};

/* What esm_class says; a PDU that names no type but has the TLVs receipted_message_id and
 * message_state is a receipt too. SMPP_RECEIPT_NONE for all but deliver_sm and data_sm. */
enum smpp_receipt_kind smpp_receipt_kind_of(const struct smpp_pdu *pdu);

/* Always fills `out`. False when it is no receipt, or when neither id nor state could be read:
 * `kind` tells which. */
bool smpp_receipt_parse(const struct smpp_pdu *pdu, struct smpp_receipt *out);

/* Whether nothing more will be told of the message. ENROUTE and ACCEPTED are on the way. */
bool smpp_message_state_is_final(enum smpp_message_state state);
const char *smpp_message_state_name(enum smpp_message_state state); /* "DELIVRD"; "" for NONE */

/* Where a receipt is written to; octets of the PDU point into it. */
struct smpp_receipt_buffer {
	char text[SMPP_RECEIPT_TEXT_MAX + 1];
	uint8_t tlvs[256];
};

/* Sets esm_class, data_coding, short_message and tlvs of a deliver_sm or data_sm (which has no
 * short_message: the text is left out there). Addresses are the caller's: from the message's
 * destination to its source. `text` is cut to what fits. `kind` NONE counts as DELIVERY. 0, or
 * -EINVAL for an id that is empty, over 64 octets or has a blank in it, or a state that is NONE. */
int smpp_receipt_write(const struct smpp_receipt *receipt, struct smpp_receipt_buffer *buffer,
		       struct smpp_pdu *pdu) __attribute__((warn_unused_result));

enum {
	SMPP_RECEIPT_NAME_MAX = 64, /* of an id that we write */
	SMPP_RECEIPT_RENAME_ROOM = 3 * SMPP_RECEIPT_NAME_MAX + 1,
};

/* The same receipt for a message that is known by another id to whom it goes: `id` takes the place
 * of what stands in the text and in the TLV receipted_message_id, whichever there are; all else
 * stays, octet by octet. A handset's answer that has the TLV keeps its text. Where short_message
 * has no room the message that it quotes at its end is cut. `out` borrows from `in`, and from
 * `buffer`, which holds the octets of short_message and TLVs and SMPP_RECEIPT_RENAME_ROOM more. 0;
 * -EINVAL for an id that smpp_receipt_write() would not write, or an `in` that names no message;
 * -EMSGSIZE where there is no room and nothing to be cut. */
int smpp_receipt_rename(const struct smpp_pdu *in, struct smpp_octets id, uint8_t *buffer,
			struct smpp_pdu *out) __attribute__((warn_unused_result));

/* How a peer writes message ids, once in its responses and once in its receipts. */
enum smpp_id_form {
	SMPP_ID_AS_IS,
	SMPP_ID_NO_ZEROS, /* leading zeros come and go */
	SMPP_ID_DECIMAL,  /* a number; both sides have to be one of these two */
	SMPP_ID_HEX,
	SMPP_ID_FORM_COUNT
};
const char *smpp_id_form_name(enum smpp_id_form form); /* "as-is", "no-zeros", "decimal", "hex" */

struct smpp_id_key {
	size_t len;
	char octets[SMPP_STRING_MAX + 1]; /* with a NUL behind */
};

/* The key of an id. Two ids mean the same message when their keys are equal. An id that is no
 * number of its form is taken as it is, and equals only itself. 0, or -EINVAL when it is empty, too
 * long for a message_id or has a NUL inside. */
int smpp_receipt_id_key(enum smpp_id_form form, struct smpp_octets id, struct smpp_id_key *key)
	__attribute__((warn_unused_result));
