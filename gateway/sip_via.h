/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sip_via.h - the topmost Via of a SIP message: where the answer goes.
 *
 * Does:    reads the first value of a Via with libosip2's parser. With parameters that cannot be
 *          read it still tells where to answer, and what is wrong with it.
 * Owns:    nothing; `value` is borrowed for the call and cut in place, `why` gets a literal.
 * Errors:  -EBADMSG when it does not tell where to.
 * Threads: as sip_request.h.
 * Source:  RFC 3261 §18.2, §20.42; RFC 3581 (rport).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/sip_form.h"

enum { SIP_BRANCH_MAX = 256 };

struct sip_via {
	char sent_by[SIP_HOST_MAX];
	uint16_t port; /* of sent-by; 5060 when it names none */
	char branch[SIP_BRANCH_MAX];
	bool rport; /* the answer goes to the port from which the request came */
};

/* `out` is zeroed by the caller. `why`: NULL, or for what the message is to be refused. */
int sip_via_read(char *value, struct sip_via *out, const char **why)
	__attribute__((warn_unused_result));
