/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cdr_table.h - which tag of which 3GPP charging data record is what (private to cdr_3gpp.c).
 *
 * Owns:    constants. Threads: any.
 * Source:  3GPP TS 32.298 sec. 5.2.2.1 and 5.2.3.
 */
#pragma once

#include "rules/ber.h"
#include "rules/cdr_3gpp.h"

/* What a field tells. Those before PART_TEXT_COUNT are texts. */
enum cdr_part {
	PART_CALLING,	 /* callingNumber, list-Of-Calling-Party-Address */
	PART_SERVED,	 /* servedMSISDN */
	PART_CALLED,	 /* calledNumber, called-Party-Address */
	PART_TRANSLATED, /* translatedNumber, requested-Party-Address */
	PART_CONNECTED,	 /* connectedNumber */
	PART_FROM,	 /* fromAddress: the From of the INVITE */
	PART_TRUNK,	 /* mscIncomingTKGP, trunkGroupID */
	PART_METHOD,	 /* sIP-Method */
	PART_TEXT_COUNT,
	PART_SETUP = PART_TEXT_COUNT, /* seizureTime, serviceRequestTimeStamp */
	PART_ANSWER,
	PART_RELEASE,
	PART_OPENED, /* recordOpeningTime */
	PART_CLOSED,
	PART_DURATION,
	PART_CAUSE,
	PART_ROLE,	/* 0 originating, 1 terminating */
	PART_FORWARDED, /* supplServicesUsed has a forwarding: 1 */
	PART_COUNT
};

enum cdr_type { AS_NUMBER, AS_TIME, AS_TEXT, AS_INT, AS_TRUNK, AS_TRUNK_ID, AS_PARTY, AS_SERVICES };

struct cdr_field {
	uint16_t tag; /* 0 ends a list: in every record it is the recordType */
	uint8_t part;
	uint8_t type;
};

/* An alternative of CallEventRecord or IMSRecord. */
struct cdr_record {
	unsigned tag;
	enum cdr_kind kind; /* of IMS records: when no role is told */
	bool ims;
	const struct cdr_field *fields;
};

/* NULL: of no use here. */
const struct cdr_record *cdr_table_record(const struct ber_item *item);
const struct cdr_field *cdr_table_field(const struct cdr_record *record,
					const struct ber_item *item);
