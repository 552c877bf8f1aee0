/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_field_macros.h"

static const struct smpp_field no_fields[] = { END };

static const struct smpp_field bind_fields[] = {
	STRING(system_id, RINVSYSID),
	STRING(password, RINVPASWD),
	STRING(system_type, RINVSYSTYP),
	OCTET(interface_version),
	OCTET(addr_ton),
	OCTET(addr_npi),
	STRING(address_range, RBINDFAIL),
	END,
};

static const struct smpp_field bind_resp_fields[] = { STRING(system_id, RINVSYSID), END };

static const struct smpp_field outbind_fields[] = {
	STRING(system_id, RINVSYSID),
	STRING(password, RINVPASWD),
	END,
};

static const struct smpp_field message_fields[] = { MESSAGE_FIELDS };

static const struct smpp_field multi_fields[] = {
	STRING(service_type, RINVSERTYP), SOURCE, FIELD(DESTS, dests, RINVDSTADR), MESSAGE, END,
};

static const struct smpp_field multi_resp_fields[] = {
	STRING(message_id, RINVMSGID),
	FIELD(UNSUCCESS, unsuccess, RINVDSTADR),
	END,
};

static const struct smpp_field data_fields[] = {
	STRING(service_type, RINVSERTYP),
	SOURCE,
	DESTINATION,
	OCTET(esm_class),
	OCTET(registered_delivery),
	OCTET(data_coding),
	END,
};

static const struct smpp_field id_fields[] = { STRING(message_id, RINVMSGID), END };

static const struct smpp_field query_fields[] = { STRING(message_id, RINVMSGID), SOURCE, END };

static const struct smpp_field query_resp_fields[] = {
	STRING(message_id, RINVMSGID),
	STRING(final_date, RINVEXPIRY),
	OCTET(message_state),
	OCTET(error_code),
	END,
};

static const struct smpp_field cancel_fields[] = {
	STRING(service_type, RINVSERTYP), STRING(message_id, RINVMSGID), SOURCE, DESTINATION, END,
};

static const struct smpp_field replace_fields[] = {
	STRING(message_id, RINVMSGID),
	SOURCE,
	TIMES,
	OCTET(registered_delivery),
	OCTET(sm_default_msg_id),
	FIELD(MESSAGE, short_message, RINVMSGLEN),
	END,
};

static const struct smpp_field alert_fields[] = {
	SOURCE, OCTET(esme_addr_ton), OCTET(esme_addr_npi), STRING(esme_addr, RINVDSTADR), END,
};

enum row {
	ROW_UNKNOWN, /* what row_of[] holds for an id that it does not name */
	ROW_NACK,
	ROW_BIND_RECEIVER,
	ROW_BIND_TRANSMITTER,
	ROW_QUERY,
	ROW_SUBMIT,
	ROW_DELIVER,
	ROW_UNBIND,
	ROW_REPLACE,
	ROW_CANCEL,
	ROW_BIND_TRANSCEIVER,
	ROW_OUTBIND,
	ROW_ENQUIRE,
	ROW_MULTI,
	ROW_ALERT,
	ROW_DATA,
	ROW_COUNT
};

#define PAIR(name, fields, resp_fields)                                                            \
	{                                                                                          \
		name, fields, name "_resp", resp_fields                                            \
	}

static const struct smpp_command_row rows[] = {
	[ROW_UNKNOWN] = { NULL, NULL, NULL, NULL },
	[ROW_NACK] = { NULL, NULL, "generic_nack", no_fields },
	[ROW_BIND_RECEIVER] = PAIR("bind_receiver", bind_fields, bind_resp_fields),
	[ROW_BIND_TRANSMITTER] = PAIR("bind_transmitter", bind_fields, bind_resp_fields),
	[ROW_QUERY] = PAIR("query_sm", query_fields, query_resp_fields),
	[ROW_SUBMIT] = PAIR("submit_sm", message_fields, id_fields),
	[ROW_DELIVER] = PAIR("deliver_sm", message_fields, id_fields),
	[ROW_UNBIND] = PAIR("unbind", no_fields, no_fields),
	[ROW_REPLACE] = PAIR("replace_sm", replace_fields, no_fields),
	[ROW_CANCEL] = PAIR("cancel_sm", cancel_fields, no_fields),
	[ROW_BIND_TRANSCEIVER] = PAIR("bind_transceiver", bind_fields, bind_resp_fields),
	[ROW_OUTBIND] = { "outbind", outbind_fields, NULL, NULL },
	[ROW_ENQUIRE] = PAIR("enquire_link", no_fields, no_fields),
	[ROW_MULTI] = PAIR("submit_multi", multi_fields, multi_resp_fields),
	[ROW_ALERT] = { "alert_notification", alert_fields, NULL, NULL },
	[ROW_DATA] = PAIR("data_sm", data_fields, id_fields),
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == ROW_COUNT, "a row for each command");

/* Indexed by command_id without the response bit. */
static const uint8_t row_of[] = {
	[0] = ROW_NACK,
	[SMPP_BIND_RECEIVER] = ROW_BIND_RECEIVER,
	[SMPP_BIND_TRANSMITTER] = ROW_BIND_TRANSMITTER,
	[SMPP_QUERY_SM] = ROW_QUERY,
	[SMPP_SUBMIT_SM] = ROW_SUBMIT,
	[SMPP_DELIVER_SM] = ROW_DELIVER,
	[SMPP_UNBIND] = ROW_UNBIND,
	[SMPP_REPLACE_SM] = ROW_REPLACE,
	[SMPP_CANCEL_SM] = ROW_CANCEL,
	[SMPP_BIND_TRANSCEIVER] = ROW_BIND_TRANSCEIVER,
	[SMPP_OUTBIND] = ROW_OUTBIND,
	[SMPP_ENQUIRE_LINK] = ROW_ENQUIRE,
	[SMPP_SUBMIT_MULTI] = ROW_MULTI,
	[SMPP_ALERT_NOTIFICATION] = ROW_ALERT,
	[SMPP_DATA_SM] = ROW_DATA,
};

static const struct smpp_command_row *row_find(uint32_t command_id)
{
	uint32_t request = command_id & ~SMPP_RESP;

	return &rows[request < sizeof(row_of) ? row_of[request] : ROW_UNKNOWN];
}

const struct smpp_field *smpp_fields_of(uint32_t command_id)
{
	const struct smpp_command_row *row = row_find(command_id);

	return smpp_command_is_response(command_id) ? row->response_fields : row->request_fields;
}

bool smpp_command_known(uint32_t command_id)
{
	return smpp_fields_of(command_id) != NULL;
}

bool smpp_command_is_response(uint32_t command_id)
{
	return command_id & SMPP_RESP;
}

const char *smpp_command_name(uint32_t command_id)
{
	const struct smpp_command_row *row = row_find(command_id);
	const char *name = smpp_command_is_response(command_id) ? row->response : row->request;

	return name ? name : "unknown";
}
