/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* kept_receipt.h - the receipt of a message that was kept and will not reach its receiver.
 *
 * Does:    writes the deliver_sm that its hub asked for when it brought the message: from the
 *          receiver to the sender, under the id by which the hub knows it.
 * Units:   ms since the Unix epoch; the receipt shows +08:00.
 * Threads: pure. Memory: allocates nothing.
 * Source:  SMPP 3.4 sec. 5.2.17 (registered_delivery), App. B.
 */
#pragma once

#include "gateway/hub_route_row.h"
#include "smpp/smpp_receipt.h"

enum { KEPT_RECEIPT_MAX = 1024 };

struct kept_message {
	struct smpp_octets pdu;	     /* as the hub brought it */
	char id[HUB_MESSAGE_ID_MAX]; /* by which the hub knows it */
	int64_t taken_ms;
	int64_t ended_ms;
	enum smpp_message_state state; /* how it ended */
};

/* The octets written; 0: no receipt of a failure was asked for, or there is nothing to be read. */
size_t kept_receipt_write(const struct kept_message *message, uint8_t out[KEPT_RECEIPT_MAX]);
