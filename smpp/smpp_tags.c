/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_tags.c - names of the optional parameters, SMPP 3.4 sec. 5.3.2. */
#include <stdlib.h>

#include "smpp/smpp_trace.h"

enum { VENDOR_FIRST = 0x1400, VENDOR_LAST = 0x3fff };

/* In ascending order. */
static const struct tag_row {
	uint16_t tag;
	uint8_t kind;
	const char *name;
} rows[] = {
	{ 0x0005, SMPP_TAG_NUMBER, "dest_addr_subunit" },
	{ 0x0006, SMPP_TAG_NUMBER, "dest_network_type" },
	{ 0x0007, SMPP_TAG_NUMBER, "dest_bearer_type" },
	{ 0x0008, SMPP_TAG_NUMBER, "dest_telematics_id" },
	{ 0x000d, SMPP_TAG_NUMBER, "source_addr_subunit" },
	{ 0x000e, SMPP_TAG_NUMBER, "source_network_type" },
	{ 0x000f, SMPP_TAG_NUMBER, "source_bearer_type" },
	{ 0x0010, SMPP_TAG_NUMBER, "source_telematics_id" },
	{ 0x0017, SMPP_TAG_NUMBER, "qos_time_to_live" },
	{ 0x0019, SMPP_TAG_NUMBER, "payload_type" },
	{ 0x001d, SMPP_TAG_STRING, "additional_status_info_text" },
	{ 0x001e, SMPP_TAG_STRING, "receipted_message_id" },
	{ 0x0030, SMPP_TAG_NUMBER, "ms_msg_wait_facilities" },
	{ 0x0201, SMPP_TAG_NUMBER, "privacy_indicator" },
	{ 0x0202, SMPP_TAG_ADDRESS, "source_subaddress" },
	{ 0x0203, SMPP_TAG_ADDRESS, "dest_subaddress" },
	{ 0x0204, SMPP_TAG_NUMBER, "user_message_reference" },
	{ 0x0205, SMPP_TAG_NUMBER, "user_response_code" },
	{ 0x020a, SMPP_TAG_NUMBER, "source_port" },
	{ 0x020b, SMPP_TAG_NUMBER, "destination_port" },
	{ 0x020c, SMPP_TAG_NUMBER, "sar_msg_ref_num" },
	{ 0x020d, SMPP_TAG_NUMBER, "language_indicator" },
	{ 0x020e, SMPP_TAG_NUMBER, "sar_total_segments" },
	{ 0x020f, SMPP_TAG_NUMBER, "sar_segment_seqnum" },
	{ 0x0210, SMPP_TAG_NUMBER, "sc_interface_version" },
	{ 0x0302, SMPP_TAG_NUMBER, "callback_num_pres_ind" },
	{ 0x0303, SMPP_TAG_OCTETS, "callback_num_atag" },
	{ 0x0304, SMPP_TAG_NUMBER, "number_of_messages" },
	{ 0x0381, SMPP_TAG_ADDRESS, "callback_num" },
	{ 0x0420, SMPP_TAG_NUMBER, "dpf_result" },
	{ 0x0421, SMPP_TAG_NUMBER, "set_dpf" },
	{ 0x0422, SMPP_TAG_NUMBER, "ms_availability_status" },
	{ 0x0423, SMPP_TAG_OCTETS, "network_error_code" },
	{ 0x0424, SMPP_TAG_TEXT, "message_payload" },
	{ 0x0425, SMPP_TAG_NUMBER, "delivery_failure_reason" },
	{ 0x0426, SMPP_TAG_NUMBER, "more_messages_to_send" },
	{ 0x0427, SMPP_TAG_NUMBER, "message_state" },
	{ 0x0501, SMPP_TAG_OCTETS, "ussd_service_op" },
	{ 0x1201, SMPP_TAG_NUMBER, "display_time" },
	{ 0x1203, SMPP_TAG_NUMBER, "sms_signal" },
	{ 0x1204, SMPP_TAG_NUMBER, "ms_validity" },
	{ 0x130c, SMPP_TAG_OCTETS, "alert_on_message_delivery" },
	{ 0x1380, SMPP_TAG_NUMBER, "its_reply_type" },
	{ 0x1383, SMPP_TAG_OCTETS, "its_session_info" },
};

static int compare(const void *key, const void *row)
{
	return (int)*(const uint16_t *)key - (int)((const struct tag_row *)row)->tag;
}

static const struct tag_row *find(uint16_t tag)
{
	return bsearch(&tag, rows, sizeof(rows) / sizeof(rows[0]), sizeof(rows[0]), compare);
}

const char *smpp_tag_name(uint16_t tag)
{
	const struct tag_row *row = find(tag);

	if (row)
		return row->name;
	return tag >= VENDOR_FIRST && tag <= VENDOR_LAST ? "vendor" : NULL;
}

enum smpp_tag_kind smpp_tag_kind_of(uint16_t tag)
{
	const struct tag_row *row = find(tag);

	return row ? (enum smpp_tag_kind)row->kind : SMPP_TAG_OCTETS;
}
