/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_field_macros.h - how the rows of bodies are written (private to smpp_fields.c, and to the
 * decoder, which wants to see the rows of the two commands that are all the traffic).
 */
#pragma once

#include "smpp/smpp_fields.h"

#define FIELD(kind_, member, fault)                                                                \
	{                                                                                          \
		.name = #member, .kind = SMPP_FIELD_##kind_, .status = SMPP_##fault,               \
		.offset = offsetof(struct smpp_pdu, member)                                        \
	}
#define OCTET(member) FIELD(OCTET, member, RINVCMDLEN)
#define STRING(member, fault) FIELD(STRING, member, fault)
#define END                                                                                        \
	{                                                                                          \
		.name = "tlvs", .kind = SMPP_FIELD_END, .status = SMPP_RINVOPTPARSTREAM            \
	}

#define SOURCE OCTET(source_addr_ton), OCTET(source_addr_npi), STRING(source_addr, RINVSRCADR)
#define DESTINATION OCTET(dest_addr_ton), OCTET(dest_addr_npi), STRING(destination_addr, RINVDSTADR)
#define TIMES STRING(schedule_delivery_time, RINVSCHED), STRING(validity_period, RINVEXPIRY)
/* From esm_class to short_message: the same in submit_sm, deliver_sm and submit_multi. */
#define MESSAGE                                                                                    \
	OCTET(esm_class), OCTET(protocol_id), OCTET(priority_flag), TIMES,                         \
		OCTET(registered_delivery), OCTET(replace_if_present_flag), OCTET(data_coding),    \
		OCTET(sm_default_msg_id), FIELD(MESSAGE, short_message, RINVMSGLEN)
/* submit_sm and deliver_sm */
#define MESSAGE_FIELDS STRING(service_type, RINVSERTYP), SOURCE, DESTINATION, MESSAGE, END
