/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* hub.h - messages of SMS hubs: screened, then passed on to an SMSC or refused.
 *
 * Does:    decides by the near cache, at once; sends what is allowed to a bound SMSC, as deliver_sm
 *          or, over a client link, submit_sm, with every field and TLV as it came, and passes its
 *          answer back; where a receipt is asked for, once it is written down whose message the
 *          SMSC's id means (hub_routes.h). What is blocked is refused, swallowed or kept
 *          (blocking.on_blocked_sms) and noted (attempt_desk.h). All parts of a message share the
 *          decision about the first that comes, whichever session brings them (part_verdict.h).
 * Promise: what passes is not acknowledged here: status 0 is the SMSC's own; what is kept is
 *          acknowledged after the commit (quarantine.h).
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/peer.h"

struct hub;

struct hub *hub_create(void *ctx, struct gateway *gateway);
void hub_message(struct hub *hub, struct peer *peer, const struct smpp_pdu *pdu);
/* A window has room again, an SMSC was bound, or the last one is gone: those that wait go on. */
void hub_kick(struct hub *hub);
