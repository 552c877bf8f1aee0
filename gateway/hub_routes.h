/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* hub_routes.h - the ids of hubs' messages whose receipts are asked for, on their way into the
 * store.
 *
 * Does:    writes what an SMSC's id means into a journal before the hub learns it
 * (route_journal.h), and from there into the store (hub_route_row.h), as one operation at a time.
 * While the journal is full, hubs are answered as it empties; when the store cannot write either,
 * at once: the SMSC has the message. Its receipts will then be nobody's, which is counted. Promise:
 * what a hub was told to be taken has its receipt passed back, over any end of the process. Bounds:
 * the journal, and the windows of the hubs whose requests wait for it. Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/hub_route_row.h"
#include "gateway/peer.h"

/* SMPP 3.4 sec. 5.2.17: of the SMSC, of the handset, intermediate. */
enum { HUB_RECEIPTS_ASKED = 0x1f };

struct hub_routes;

struct hub_routes *hub_routes_create(void *ctx, struct gateway *gateway);
/* Opens the journal and stores what an earlier run left in it. 0 or -errno with a log line. */
int hub_routes_start(struct hub_routes *routes) __attribute__((warn_unused_result));

/* A message of the hub `peer`, which waits under `sequence`, was taken by `smsc`, to which it went
 * at sent_ms, with `answer`. True: the hub will be answered. False: the caller answers it now. */
bool hub_routes_add(struct hub_routes *routes, struct peer *peer, uint32_t sequence,
		    const struct peer *smsc, const struct smpp_pdu *answer, int64_t sent_ms);

/* The route of a message of `account` that `smsc` took so, and that the hub knows by its id. False:
 * who gives no id gives no receipt. */
bool hub_routes_make(const struct gateway *gateway, const char *account, const struct peer *smsc,
		     const struct smpp_pdu *answer, int64_t sent_ms, struct hub_route *out);

/* All go to the store now: before an operation that looks for them, and on the way out. */
void hub_routes_flush(struct hub_routes *routes);
/* Nothing is on its way. */
bool hub_routes_settled(const struct hub_routes *routes);

/* How long a message may await its receipt, and a receipt its hub, that is of then. Unix ms. */
int64_t hub_routes_expiry(const struct gateway *gateway, int64_t then_ms);
