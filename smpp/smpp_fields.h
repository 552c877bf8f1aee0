/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_fields.h - the bodies of all SMPP 3.4 commands as one table (private to the codec).
 *
 * Does:    says for a command_id which fields its body has, in wire order; every body may be
 *          followed by optional parameters.
 * Source:  SMPP 3.4 sec. 4.1 to 4.12.
 */
#pragma once

#include "smpp/smpp_pdu.h"

enum smpp_field_kind {
	SMPP_FIELD_END, /* closes a list of fields; the optional parameters follow */
	SMPP_FIELD_OCTET,
	SMPP_FIELD_STRING,    /* C-octet string */
	SMPP_FIELD_MESSAGE,   /* sm_length and short_message */
	SMPP_FIELD_DESTS,     /* number_of_dests and dest_address(es) */
	SMPP_FIELD_UNSUCCESS, /* no_unsuccess and unsuccess_sme(s) */
};

struct smpp_field {
	const char *name;
	uint8_t kind;
	uint8_t status;	 /* the answer when its value is broken */
	uint16_t offset; /* in struct smpp_pdu */
};

struct smpp_command_row {
	const char *request; /* NULL: there is none */
	const struct smpp_field *request_fields;
	const char *response;
	const struct smpp_field *response_fields;
};

/* NULL when SMPP 3.4 does not know the command. */
const struct smpp_field *smpp_fields_of(uint32_t command_id);
