/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* hub_route_row.h - whose message an SMSC's id means, and the receipts that wait for a hub.
 *
 * Does:    a message that a hub wants to hear of has a row under the id that the SMSC gave it; a
 *          receipt with that id becomes a row of its own, the whole PDU, in the transaction that
 *          finds it. The last receipt of a message ends its row. One that came before its message
 *          is taken from those that were kept (text_row.h); so are those that came on its way
 *          before it, which are kept here, in their order and in front of the last. A message that
 *          its hub knows by an id of ours has that in its receipts (smpp_receipt_rename).
 * Match:   by scope and id alone (receipt_policy.h): no peer can speak of another's messages.
 * Expiry:  all kinds of rows have their time; hub_route_purge() removes what is over.
 * Bounds:  of what came first, TEXT_EARLY_MAX rows of each scope for TEXT_EARLY_KEEP_MS, as of the
 *          last receipts; none over TEXT_EARLY_PDU_MAX octets.
 * Errors:  negative errno of the database.
 * Threads: the store thread's, inside a transaction.
 */
#pragma once

#include "gateway/text_row.h"

enum { HUB_MESSAGE_ID_MAX = 24 };

/* Stands in routes.journal as it is here: append only. */
struct hub_route {
	char scope[RECEIPT_SCOPE_MAX];
	struct smpp_id_key key;
	char account[PEER_NAME_MAX]; /* the hub's */
	int64_t sent_ms;	     /* no receipt of before is its */
	int64_t expires_ms;
	char name[HUB_MESSAGE_ID_MAX]; /* by which the hub knows the message; "": by the SMSC's id
					*/
};

/* 1: some receipts came before their messages; 0: none, and hub_route_put() need not look. */
int hub_route_any_early(struct db *db) __attribute__((warn_unused_result));

/* How many receipts came before it and wait for the hub now. The route is written, unless the last
 * receipt is among them. */
int hub_route_put(struct db *db, const struct hub_route *route, bool early)
	__attribute__((warn_unused_result));

/* 1: it is about a hub's message; it waits for the hub, until expires_ms. 0: not of any hub's that
 * is known. `last`: none will follow. `account` gets the hub's. */
int hub_route_receipt(struct db *db, const struct text_receipt *receipt, bool last,
		      int64_t expires_ms, char account[PEER_NAME_MAX])
	__attribute__((warn_unused_result));

/* One that is not the last and of no message that is known is kept until that is put, unless it is
 * about a text of ours. */
int hub_route_notice(struct db *db, const struct text_receipt *receipt)
	__attribute__((warn_unused_result));

/* A receipt waits for the hub from now on, until expires_ms. */
int hub_receipt_put(struct db *db, const char *account, int64_t expires_ms, const void *pdu,
		    size_t len) __attribute__((warn_unused_result));

/* At most `limit` rows of each kind; `receipts` gets how many of them waited for a hub. 1: there
 * may be more. */
int hub_route_purge(struct db *db, int64_t now_ms, int limit, uint64_t *receipts)
	__attribute__((warn_unused_result));
