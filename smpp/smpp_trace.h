/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_trace.h - a PDU as one line that a person reads.
 *
 * Does:    names command, status and TLVs; says of fields what is not zero or empty. Passwords are
 *          never shown. Addresses are masked (138****8000), and of texts only the length is said,
 *          unless it is asked for.
 * Bounds:  `cap` octets with the NUL; a line that does not fit ends with "...". What a peer sent is
 *          escaped: the line holds no control character, no line end and only whole UTF-8.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include "smpp/smpp_pdu.h"

/* Writes what shall be seen of an address; octets used, at most cap. */
typedef size_t smpp_trace_mask_cb(void *user, struct smpp_octets address, char *out, size_t cap);

struct smpp_trace_options {
	bool show_addresses;	  /* as they are */
	bool show_text;		  /* decoded */
	smpp_trace_mask_cb *mask; /* instead of the own one; NULL: the own one */
	void *user;
};

/* A line for the octets of one PDU, whole or not: `submit_sm seq=5 source_addr="138****8000/1/1"
 * ... short_message=12`. One that does not decode is named with the fault. `options` may be NULL.
 * Length without the NUL. */
size_t smpp_trace_line(const uint8_t *data, size_t len, const struct smpp_trace_options *options,
		       char *out, size_t cap);
/* The same for a PDU that was decoded, or that will be encoded. */
size_t smpp_trace_pdu(const struct smpp_pdu *pdu, const struct smpp_trace_options *options,
		      char *out, size_t cap);

/* "message_payload" as SMPP 3.4 sec. 5.3.2 calls it; "vendor" for 0x1400 to 0x3fff; else NULL. */
const char *smpp_tag_name(uint16_t tag);
/* How a TLV's value is written. */
enum smpp_tag_kind {
	SMPP_TAG_OCTETS,
	SMPP_TAG_NUMBER,
	SMPP_TAG_STRING,
	SMPP_TAG_ADDRESS,
	SMPP_TAG_TEXT,
};
enum smpp_tag_kind smpp_tag_kind_of(uint16_t tag);
