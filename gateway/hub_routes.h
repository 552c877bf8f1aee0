/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* hub_routes.h - the ids of hubs' messages whose receipts are asked for, stored before the hub
 * learns them.
 *
 * Does:    holds the SMSC's answer until the store has what its id means (hub_route_row.h), for all
 *          that one turn of the loop brought in one operation; then the hub gets the answer as it
 *          came. When the store cannot write, the hub gets it all the same: the SMSC has the
 *          message. Its receipts will then be nobody's, which is counted.
 * Promise: what a hub was told to be taken has its receipt passed back, over any crash.
 * Bounds:  the windows of the hubs, whose requests wait here.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/peer.h"

struct hub_routes;

struct hub_routes *hub_routes_create(void *ctx, struct gateway *gateway);

/* A message of the hub `peer`, which waits under `sequence`, was answered by `smsc`, to which it
 * went at sent_ms. True: the hub will be answered. False: there is nothing to remember, or no
 * memory for it, and the answer is still the caller's to give. Takes a hold on `peer` itself. */
bool hub_routes_add(struct hub_routes *routes, struct peer *peer, uint32_t sequence,
		    const struct peer *smsc, const struct smpp_pdu *answer, int64_t sent_ms);

/* From now: how long a message may await its receipt, and a receipt its hub. Unix ms. */
int64_t hub_routes_expiry(const struct gateway *gateway);
