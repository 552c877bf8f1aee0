/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smsc_outbind.h - SMSCs that connect to us and ask that we bind (SMPP 3.4 sec. 2.7.1, 4.1.7).
 *
 * Does:    knows an SMSC by the name and password of its outbind, compared in constant time, and by
 *          its address; then we bind as receiver on its connection, as "SMSC#outbind".
 * Bounds:  as many such links as the SMSC has `sessions`.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/peer.h"

/* True: it was good, and our bind is under way. False: nobody whom we know, or one too many. */
bool smsc_outbind(struct gateway *gateway, struct peer *peer, const struct smpp_pdu *pdu);
/* Links that the configuration no longer allows are unbound. */
void smsc_outbind_reload(struct gateway *gateway);
