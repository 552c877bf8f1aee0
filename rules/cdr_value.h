/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cdr_value.h - the values inside 3GPP charging data records as text and times (private to
 * cdr_3gpp.c).
 *
 * Errors:  -EBADMSG; outputs are untouched then.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include "rules/ber.h"
#include "rules/cdr_3gpp.h"

/* A number in TBCD with its type before it: CallingNumber, CalledNumber (TS 24.008) and MSISDN
 * (AddressString of TS 29.002) alike. `hidden`: it may not be shown to who is called. */
int cdr_value_number(const struct numbering *plan, const struct ber_item *item,
		     char out[CDR_TEXT_MAX], bool *hidden) __attribute__((warn_unused_result));
/* TimeStamp: YYMMDDhhmmss, '+' or '-', hhmm, in BCD but for the sign. */
int cdr_value_time(const struct ber_item *item, int64_t *out_ms)
	__attribute__((warn_unused_result));
/* Octets of a text; what is too long or not printable ASCII is refused. */
int cdr_value_text(const struct ber_item *item, char out[CDR_TEXT_MAX])
	__attribute__((warn_unused_result));
/* TrunkGroup: tkgpNumber [0] or tkgpName [1]. */
int cdr_value_trunk(const struct ber_item *item, char out[CDR_TEXT_MAX])
	__attribute__((warn_unused_result));
/* TrunkGroupID: incoming [0] or outgoing [1]; "" for outgoing. */
int cdr_value_trunk_id(const struct ber_item *item, char out[CDR_TEXT_MAX])
	__attribute__((warn_unused_result));
/* InvolvedParty, or the first one of a list that is a telephone number, else the first. */
int cdr_value_party(const struct numbering *plan, const struct ber_item *item,
		    char out[CDR_TEXT_MAX]) __attribute__((warn_unused_result));
/* SEQUENCE OF SuppServiceUsed: whether one of them is a forwarding. */
int cdr_value_forwarding(const struct ber_item *item, bool *out)
	__attribute__((warn_unused_result));
