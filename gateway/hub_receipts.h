/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* hub_receipts.h - receipts of hubs' messages, out of the store to the hubs.
 *
 * Does:    reads the rows of each hub that is bound (hub_route_row.h), sends the PDUs as they came
 *          over any session of its account that can take something, as deliver_sm or data_sm, and
 *          removes what was taken. A refusal is tried again with backoff (1 s to 10 min) until the
 *          receipt expires; one that is permanent (ESME_RX_P_APPN, ESME_RX_R_APPN) is final.
 * Order:   as they came, but for those that were refused.
 * Promise: a row is removed when the hub took its receipt: at least once.
 * Bounds:  HUB_RECEIPTS_MAX rows of a hub are in memory; those of a hub that is away stay in the
 *          store and are in nobody's way.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"

enum { HUB_RECEIPTS_MAX = 2000 };

struct hub_receipts;

struct hub_receipts *hub_receipts_create(void *ctx, struct gateway *gateway);
/* Rows of the account may have come, or a session of it was bound. */
void hub_receipts_kick(struct hub_receipts *receipts, const char *account);
/* The same of whichever account. */
void hub_receipts_kick_all(struct hub_receipts *receipts);
/* Some session may have room again. */
void hub_receipts_room(struct hub_receipts *receipts);
