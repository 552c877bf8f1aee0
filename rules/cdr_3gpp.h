/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cdr_3gpp.h - one 3GPP charging data record (BER) of the circuit-switched or the IMS domain.
 *
 * Does:    takes out of a record what a call record needs. Tags that the table does not name are
 *          stepped over; records of other kinds (SMS, supplementary services, sessions that are no
 *          calls) are told from broken ones.
 * Units:   times are ms since the Unix epoch, UTC; 0: not in the record.
 * Threads: pure. Memory: allocates nothing.
 * Source:  3GPP TS 32.298 sec. 5.1 and 5.2 (CS: 5.2.2.1; IMS: 5.2.3), TS 24.008 sec. 10.5.4.7 and
 *          10.5.4.9 (numbers), TS 29.002 (AddressString, SS-Code), TS 32.260 (meaning).
 */
#pragma once

#include "rules/call_record.h"

enum { CDR_TEXT_MAX = 128, CDR_FAULT_MAX = 96 };

/* What happened, by the record's kind and what it says of forwarding and role. */
enum cdr_kind {
	CDR_ORIGINATED, /* a subscriber called */
	CDR_TERMINATED, /* a subscriber was called */
	CDR_FORWARDED,	/* a call for a subscriber was passed on */
	CDR_ROAMING,	/* a call for a subscriber abroad */
	CDR_INCOMING,	/* from another network */
	CDR_OUTGOING,
	CDR_TRANSIT,
	CDR_KIND_COUNT
};

struct cdr_3gpp {
	enum cdr_kind kind;
	unsigned record_tag;	     /* which alternative of CallEventRecord or IMSRecord it is */
	char caller[CDR_TEXT_MAX];   /* as shown to who was called; "withheld"; "": not told */
	char asserted[CDR_TEXT_MAX]; /* for which the network vouches */
	char called[CDR_TEXT_MAX];
	char trunk[CDR_TEXT_MAX]; /* over which the call came in */
	int64_t setup_ms;
	int64_t answer_ms;
	int64_t release_ms;
	int64_t duration_s; /* -1: not told */
	int64_t cause;	    /* for termination, or for closing the record; -1: not told */
};

struct cdr_fault {
	size_t offset; /* from the record's first octet */
	char text[CDR_FAULT_MAX];
};

const char *cdr_kind_name(enum cdr_kind kind); /* "terminated" */

/* 1: a call; 0: a good record of something else; -EBADMSG with `fault`. `out` is filled only with
 * 1. */
int cdr_3gpp_read(const struct numbering *plan, const uint8_t *data, size_t len,
		  struct cdr_3gpp *out, struct cdr_fault *fault)
	__attribute__((warn_unused_result));
/* The same as a call record of its source. As call_record_read. */
int cdr_3gpp_record(const struct numbering *plan, const struct cdr_3gpp *cdr,
		    const struct call_origin *origin, struct call_record *out,
		    struct call_error *error) __attribute__((warn_unused_result));
