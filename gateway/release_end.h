/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* release_end.h - how a released message left the outbox, for the hub that brought it.
 *
 * Does:    of one that an SMSC took, the route by which its receipts find the hub; of one that is
 *          given up, the receipt that the hub asked for, written by us. Both are stored in the
 *          transaction that ends the outbox row (outbox_released).
 * Threads: release_end_store() the store thread's, inside a transaction; the rest the loop's.
 */
#pragma once

#include "gateway/hub_routes.h"
#include "gateway/kept_receipt.h"

struct release_end {
	struct hub_route
		route;	    /* key.len 0: no SMSC will tell of it; account and expires_ms hold */
	size_t receipt_len; /* then: of what is told instead */
	uint8_t receipt[KEPT_RECEIPT_MAX];
};

/* Both talloc'ed below ctx; NULL: nothing is owed, or there is no memory, which is counted. */

/* `smsc` took with `answer` what was sent at sent_ms, and was asked for a receipt. */
struct release_end *release_end_taken(void *ctx, struct gateway *gateway, const char *account,
				      const char *name, const struct peer *smsc,
				      const struct smpp_pdu *answer, int64_t sent_ms);
/* `kept` will not be sent again. */
struct release_end *release_end_failed(void *ctx, struct gateway *gateway, const char *account,
				       const struct kept_message *kept);

struct release_counts {
	uint64_t routes;
	uint64_t early;	   /* receipts that were there before */
	uint64_t receipts; /* of ours */
};

int release_end_store(struct db *db, const struct release_end *end, struct release_counts *counts)
	__attribute__((warn_unused_result));
