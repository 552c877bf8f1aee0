/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_pdu.h - SMPP 3.4 PDUs as bytes and as structs.
 *
 * Does:    frames, decodes and encodes, driven by one table of fields per command.
 * Owns:    nothing. A decoded PDU borrows the octets it was decoded from; an encoded one is copied.
 * Bounds:  every read is checked; C-octet strings may be longer than the specification's maximum
 *          only up to SMPP_STRING_MAX (peers do that; the caller decides what it accepts).
 * Errors:  -EBADMSG with `fault` filled, -EMSGSIZE when the output does not fit.
 * Threads: pure. Memory: allocates nothing.
 * Source:  SMPP Protocol Specification v3.4, chapters 3 to 5.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	SMPP_HEADER_SIZE = 16,
	SMPP_PDU_MAX = 70000,  /* message_payload of 64 KiB and the rest */
	SMPP_STRING_MAX = 256, /* of a C-octet string, with its NUL */
	SMPP_DEST_ADDRESS = 1, /* dest_flag of submit_multi */
	SMPP_DEST_LIST = 2,
};

enum smpp_command {
	SMPP_GENERIC_NACK = (int)0x80000000,
	SMPP_BIND_RECEIVER = 0x00000001,
	SMPP_BIND_TRANSMITTER = 0x00000002,
	SMPP_QUERY_SM = 0x00000003,
	SMPP_SUBMIT_SM = 0x00000004,
	SMPP_DELIVER_SM = 0x00000005,
	SMPP_UNBIND = 0x00000006,
	SMPP_REPLACE_SM = 0x00000007,
	SMPP_CANCEL_SM = 0x00000008,
	SMPP_BIND_TRANSCEIVER = 0x00000009,
	SMPP_OUTBIND = 0x0000000b,
	SMPP_ENQUIRE_LINK = 0x00000015,
	SMPP_SUBMIT_MULTI = 0x00000021,
	SMPP_ALERT_NOTIFICATION = 0x00000102,
	SMPP_DATA_SM = 0x00000103,
};
#define SMPP_RESP 0x80000000u /* or'ed to a request's command_id */

/* SMPP 3.4 sec. 5.1.3; any other value is passed through. */
enum smpp_status {
	SMPP_ROK = 0x00,
	SMPP_RINVMSGLEN = 0x01,
	SMPP_RINVCMDLEN = 0x02,
	SMPP_RINVCMDID = 0x03,
	SMPP_RINVBNDSTS = 0x04,
	SMPP_RALYBND = 0x05,
	SMPP_RINVPRTFLG = 0x06,
	SMPP_RINVREGDLVFLG = 0x07,
	SMPP_RSYSERR = 0x08,
	SMPP_RINVSRCADR = 0x0a,
	SMPP_RINVDSTADR = 0x0b,
	SMPP_RINVMSGID = 0x0c,
	SMPP_RBINDFAIL = 0x0d,
	SMPP_RINVPASWD = 0x0e,
	SMPP_RINVSYSID = 0x0f,
	SMPP_RCANCELFAIL = 0x11,
	SMPP_RREPLACEFAIL = 0x13,
	SMPP_RMSGQFUL = 0x14,
	SMPP_RINVSERTYP = 0x15,
	SMPP_RINVNUMDESTS = 0x33,
	SMPP_RINVDLNAME = 0x34,
	SMPP_RINVDESTFLAG = 0x40,
	SMPP_RINVSUBREP = 0x42,
	SMPP_RINVESMCLASS = 0x43,
	SMPP_RCNTSUBDL = 0x44,
	SMPP_RSUBMITFAIL = 0x45,
	SMPP_RINVSRCTON = 0x48,
	SMPP_RINVSRCNPI = 0x49,
	SMPP_RINVDSTTON = 0x50,
	SMPP_RINVDSTNPI = 0x51,
	SMPP_RINVSYSTYP = 0x53,
	SMPP_RINVREPFLAG = 0x54,
	SMPP_RINVNUMMSGS = 0x55,
	SMPP_RTHROTTLED = 0x58,
	SMPP_RINVSCHED = 0x61,
	SMPP_RINVEXPIRY = 0x62,
	SMPP_RINVDFTMSGID = 0x63,
	SMPP_RX_T_APPN = 0x64,
	SMPP_RX_P_APPN = 0x65,
	SMPP_RX_R_APPN = 0x66,
	SMPP_RQUERYFAIL = 0x67,
	SMPP_RINVOPTPARSTREAM = 0xc0,
	SMPP_ROPTPARNOTALLWD = 0xc1,
	SMPP_RINVPARLEN = 0xc2,
	SMPP_RMISSINGOPTPARAM = 0xc3,
	SMPP_RINVOPTPARAMVAL = 0xc4,
	SMPP_RDELIVERYFAILURE = 0xfe,
	SMPP_RUNKNOWNERR = 0xff,
};

enum smpp_tag {
	SMPP_TAG_SC_INTERFACE_VERSION = 0x0210,
	SMPP_TAG_SAR_MSG_REF_NUM = 0x020c,
	SMPP_TAG_SAR_TOTAL_SEGMENTS = 0x020e,
	SMPP_TAG_SAR_SEGMENT_SEQNUM = 0x020f,
	SMPP_TAG_USER_MESSAGE_REFERENCE = 0x0204,
	SMPP_TAG_RECEIPTED_MESSAGE_ID = 0x001e,
	SMPP_TAG_MESSAGE_STATE = 0x0427,
	SMPP_TAG_NETWORK_ERROR_CODE = 0x0423,
	SMPP_TAG_MESSAGE_PAYLOAD = 0x0424,
};

enum {
	SMPP_ESM_UDHI = 0x40,
	SMPP_ESM_TYPE_MASK = 0x3c,
	SMPP_ESM_TYPE_RECEIPT = 0x04,
	SMPP_ESM_TYPE_INTERMEDIATE = 0x20,
};

struct smpp_octets {
	const uint8_t *data;
	size_t len;
};

struct smpp_tlv {
	uint16_t tag;
	struct smpp_octets value;
};

/* One struct for all commands; a command uses the fields that its body has, the rest is zero. */
struct smpp_pdu {
	uint32_t command_length; /* set by decode; ignored by encode */
	uint32_t command_id;
	uint32_t command_status;
	uint32_t sequence_number;
	/* False only for a response whose command has a body and that came, or goes, without it:
	 * the rule when status != 0, tolerated else. Encode looks at it for these alone. */
	bool has_body;

	struct smpp_octets system_id; /* strings: without their NUL */
	struct smpp_octets password;
	struct smpp_octets system_type;
	struct smpp_octets address_range;
	uint8_t interface_version;
	uint8_t addr_ton;
	uint8_t addr_npi;

	struct smpp_octets message_id;
	struct smpp_octets service_type;
	uint8_t source_addr_ton;
	uint8_t source_addr_npi;
	struct smpp_octets source_addr;
	uint8_t dest_addr_ton;
	uint8_t dest_addr_npi;
	struct smpp_octets destination_addr;
	uint8_t esm_class;
	uint8_t protocol_id;
	uint8_t priority_flag;
	struct smpp_octets schedule_delivery_time;
	struct smpp_octets validity_period;
	uint8_t registered_delivery;
	uint8_t replace_if_present_flag;
	uint8_t data_coding;
	uint8_t sm_default_msg_id;
	struct smpp_octets short_message;

	uint8_t number_of_dests;       /* submit_multi */
	struct smpp_octets dests;      /* its dest_address(es), as on the wire */
	uint8_t no_unsuccess;	       /* submit_multi_resp */
	struct smpp_octets unsuccess;  /* as on the wire */
	struct smpp_octets final_date; /* query_sm_resp */
	uint8_t message_state;
	uint8_t error_code;
	uint8_t esme_addr_ton; /* alert_notification */
	uint8_t esme_addr_npi;
	struct smpp_octets esme_addr;

	struct smpp_octets tlvs; /* optional parameters as on the wire, checked to be well formed */
};

struct smpp_fault {
	const char *field; /* static text: the field that was wrong */
	/* Static text: "incomplete", "bad_command_length", "unknown_command", "truncated_body",
	 * "unterminated_string", "string_too_long", "bad_dest_flag" or "bad_tlv". */
	const char *reason;
	size_t offset;	 /* of the field in the PDU */
	uint32_t status; /* the command_status to answer with */
};

/* The length of the whole PDU at the start of `data` (> 0), 0 when more octets are needed,
 * -EBADMSG when command_length is under 16 or over `max`. Framing is lost then. */
ssize_t smpp_pdu_frame(const uint8_t *data, size_t len, size_t max)
	__attribute__((warn_unused_result));

/* The sequence_number that the header gives; 0 when it is not all there. */
uint32_t smpp_pdu_sequence(const uint8_t *data, size_t len);

/* Decodes exactly one whole PDU. 0 or -EBADMSG; `fault` may be NULL. On failure the header fields
 * of `out` are valid if len >= 16 and all others are zero. */
int smpp_pdu_decode(const uint8_t *data, size_t len, struct smpp_pdu *out, struct smpp_fault *fault)
	__attribute__((warn_unused_result));

/* Octets written (> 0), -EMSGSIZE when it does not fit, -EINVAL for an unknown command, a string
 * that holds a NUL or is over 255 octets, or dests, unsuccess or tlvs that are not well formed.
 * After a failure `out` holds rubbish up to `cap`. */
ssize_t smpp_pdu_encode(const struct smpp_pdu *pdu, uint8_t *out, size_t cap)
	__attribute__((warn_unused_result));

bool smpp_pdu_find_tlv(const struct smpp_pdu *pdu, uint16_t tag, struct smpp_octets *value);
/* Walks pdu->tlvs: *pos starts at 0. False at the end. */
bool smpp_pdu_next_tlv(const struct smpp_pdu *pdu, size_t *pos, struct smpp_tlv *out);
/* Appends one TLV to a buffer of wire octets. Octets written or -EMSGSIZE. */
ssize_t smpp_tlv_append(uint8_t *out, size_t cap, uint16_t tag, const uint8_t *value, size_t len);

/* One destination of submit_multi or one entry of submit_multi_resp's list of failures. */
struct smpp_dest {
	uint8_t flag; /* SMPP_DEST_ADDRESS or SMPP_DEST_LIST; a failure has none: 0 */
	uint8_t ton;
	uint8_t npi;
	struct smpp_octets address; /* or the name of the distribution list */
	uint32_t status;	    /* of a failure */
};
/* Walk pdu->dests and pdu->unsuccess: *pos starts at 0. False at the end. */
bool smpp_pdu_next_dest(const struct smpp_pdu *pdu, size_t *pos, struct smpp_dest *out);
bool smpp_pdu_next_unsuccess(const struct smpp_pdu *pdu, size_t *pos, struct smpp_dest *out);

/* short_message, or the message_payload TLV when there is one and short_message is empty. */
struct smpp_octets smpp_pdu_message(const struct smpp_pdu *pdu);

bool smpp_command_known(uint32_t command_id);
bool smpp_command_is_response(uint32_t command_id);
const char *smpp_command_name(uint32_t command_id); /* "submit_sm", "unknown" */
/* "ESME_RTHROTTLED"; "vendor" for 0x400 to 0x4ff; "unknown" for what no one has defined. */
const char *smpp_status_name(uint32_t status);
struct smpp_octets smpp_octets_of(const char *text); /* strlen; borrows */
