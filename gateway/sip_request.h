/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sip_request.h - a SIP request understood as far as screening needs: who calls whom, and where the
 * answer goes.
 *
 * Does:    reads the values of a head (sip_head.h) with libosip2's parsers, after checks of our own
 *          for what these let pass. What is wrong with the request becomes the status with which it
 *          is to be answered.
 * Owns:    nothing; `head` is borrowed and has to live as long.
 * Threads: pure, but for tables that libosip2 makes once: sip_request_init() before the first use.
 * Source:  RFC 3261 §8.2, §18.2, §19, §20, §21; RFC 3325 (P-Asserted-Identity), RFC 3323 (Privacy),
 *          RFC 3581 (rport), RFC 3966 (tel), RFC 4475; 3GPP TS 24.229 §7.2A.20 (verstat).
 */
#pragma once

#include "gateway/sip_head.h"
#include "gateway/sip_party.h"
#include "gateway/sip_via.h"

enum sip_method {
	SIP_INVITE,
	SIP_ACK,
	SIP_CANCEL,
	SIP_OPTIONS,
	SIP_KNOWN,   /* BYE, REGISTER, ...: a method that we do not serve */
	SIP_UNKNOWN, /* a method of which nobody has heard */
};

enum { SIP_OPTIONS_MAX = 256 };

struct sip_request {
	const struct sip_head *head;
	enum sip_method method;
	int status; /* refused with it; 0: to be served */
	const char *why;
	struct sip_via via; /* the topmost */
	bool in_dialog;	    /* To has a tag */
	struct sip_party called;
	struct sip_party from;
	struct sip_party asserted;
	bool withheld;			   /* Privacy asks for it, or From is anonymous */
	char unsupported[SIP_OPTIONS_MAX]; /* with status 420: what Require asked for */
};

/* Makes libosip2's tables. 0 or -ENOMEM. */
int sip_request_init(void);

/* 0, or -EBADMSG for what cannot be answered: a response, or a request without a Via that tells
 * where to. */
int sip_request_read(const struct sip_head *head, struct sip_request *out)
	__attribute__((warn_unused_result));
