/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/cdr_table.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct cdr_field mo_fields[] = {
	{ 3, PART_SERVED, AS_NUMBER },
	{ 4, PART_CALLING, AS_NUMBER },
	{ 5, PART_CALLED, AS_NUMBER },
	{ 6, PART_TRANSLATED, AS_NUMBER },
	{ 7, PART_CONNECTED, AS_NUMBER },
	{ 10, PART_TRUNK, AS_TRUNK },
	{ 17, PART_FORWARDED, AS_SERVICES },
	{ 22, PART_SETUP, AS_TIME },
	{ 23, PART_ANSWER, AS_TIME },
	{ 24, PART_RELEASE, AS_TIME },
	{ 25, PART_DURATION, AS_INT },
	{ 30, PART_CAUSE, AS_INT },
	{ 0 },
};

static const struct cdr_field mt_fields[] = {
	{ 3, PART_SERVED, AS_NUMBER },
	{ 4, PART_CALLING, AS_NUMBER },
	{ 5, PART_CONNECTED, AS_NUMBER },
	{ 7, PART_TRUNK, AS_TRUNK },
	{ 14, PART_FORWARDED, AS_SERVICES },
	{ 19, PART_SETUP, AS_TIME },
	{ 20, PART_ANSWER, AS_TIME },
	{ 21, PART_RELEASE, AS_TIME },
	{ 22, PART_DURATION, AS_INT },
	{ 27, PART_CAUSE, AS_INT },
	{ 0 },
};

static const struct cdr_field roaming_fields[] = {
	{ 2, PART_SERVED, AS_NUMBER },
	{ 3, PART_CALLING, AS_NUMBER },
	{ 6, PART_TRUNK, AS_TRUNK },
	{ 12, PART_SETUP, AS_TIME },
	{ 13, PART_ANSWER, AS_TIME },
	{ 14, PART_RELEASE, AS_TIME },
	{ 15, PART_DURATION, AS_INT },
	{ 17, PART_CAUSE, AS_INT },
	{ 0 },
};

/* IncGatewayRecord and OutGatewayRecord. */
static const struct cdr_field gateway_fields[] = {
	{ 1, PART_CALLING, AS_NUMBER }, { 2, PART_CALLED, AS_NUMBER }, { 4, PART_TRUNK, AS_TRUNK },
	{ 6, PART_SETUP, AS_TIME },	{ 7, PART_ANSWER, AS_TIME },   { 8, PART_RELEASE, AS_TIME },
	{ 9, PART_DURATION, AS_INT },	{ 11, PART_CAUSE, AS_INT },    { 0 },
};

static const struct cdr_field transit_fields[] = {
	{ 2, PART_TRUNK, AS_TRUNK },
	{ 4, PART_CALLING, AS_NUMBER },
	{ 5, PART_CALLED, AS_NUMBER },
	{ 7, PART_SETUP, AS_TIME },
	{ 8, PART_ANSWER, AS_TIME },
	{ 9, PART_RELEASE, AS_TIME },
	{ 10, PART_DURATION, AS_INT },
	{ 12, PART_CAUSE, AS_INT },
	{ 0 },
};

/* The IMS records share their tags. */
static const struct cdr_field ims_fields[] = {
	{ 2, PART_METHOD, AS_TEXT },	   { 3, PART_ROLE, AS_INT },
	{ 6, PART_CALLING, AS_PARTY },	   { 7, PART_CALLED, AS_PARTY },
	{ 9, PART_SETUP, AS_TIME },	   { 10, PART_ANSWER, AS_TIME },
	{ 11, PART_RELEASE, AS_TIME },	   { 12, PART_OPENED, AS_TIME },
	{ 13, PART_CLOSED, AS_TIME },	   { 17, PART_CAUSE, AS_INT },
	{ 41, PART_TRANSLATED, AS_PARTY }, { 51, PART_FROM, AS_TEXT },
	{ 80, PART_TRUNK, AS_TRUNK_ID },   { 0 },
};

static const struct cdr_record records[] = {
	{ 0, CDR_ORIGINATED, false, mo_fields },    { 1, CDR_TERMINATED, false, mt_fields },
	{ 2, CDR_ROAMING, false, roaming_fields },  { 3, CDR_INCOMING, false, gateway_fields },
	{ 4, CDR_OUTGOING, false, gateway_fields }, { 5, CDR_TRANSIT, false, transit_fields },
	{ 63, CDR_TERMINATED, true, ims_fields }, /* S-CSCF */
	{ 64, CDR_TERMINATED, true, ims_fields }, /* P-CSCF */
	{ 67, CDR_INCOMING, true, ims_fields },	  /* MGCF */
	{ 68, CDR_OUTGOING, true, ims_fields },	  /* BGCF */
	{ 69, CDR_TERMINATED, true, ims_fields }, /* AS */
	{ 82, CDR_INCOMING, true, ims_fields },	  /* IBCF */
	{ 83, CDR_TERMINATED, true, ims_fields }, /* MMTel: the telephony application server */
};

const struct cdr_field *cdr_table_field(const struct cdr_record *record,
					const struct ber_item *item)
{
	if (item->class != BER_CONTEXT)
		return NULL;
	for (const struct cdr_field *field = record->fields; field->tag; field++)
		if (field->tag == item->tag)
			return field;
	return NULL;
}

const struct cdr_record *cdr_table_record(const struct ber_item *item)
{
	for (size_t i = 0; i < COUNT_OF(records); i++)
		if (records[i].tag == item->tag)
			return &records[i];
	return NULL;
}
