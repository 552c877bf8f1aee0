/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* quarantine.h - a blocked message of a hub, kept and then acknowledged.
 *
 * Does:    stores the whole PDU with the attempt (quarantine_row.h) and answers the hub after the
 *          commit: status 0 with an id of ours, "Q1234". What finds no room for its receiver is
 *          refused, and counted.
 * Promise: status 0 only after the commit.
 * Bounds:  smpp.queue_max messages waiting for the store; beyond that ESME_RMSGQFUL.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/part_verdict.h"
#include "gateway/peer.h"
#include "gateway/screen.h"

struct quarantine_request {
	struct peer *peer;
	const struct smpp_pdu *pdu;
	const struct smpp_part_info *part;
	const struct block_attempt *attempt;
	const struct screen_answer *answer;
	bool later;		     /* another part of the message was seen before */
	struct part_verdicts *parts; /* told when the message is refused; outlives the store */
};

/* Of what is not kept for want of room; never 0, which would say that it is. */
uint32_t quarantine_full_status(const struct config_blocking *blocking);
/* Borrows everything for the call, the peer until it is answered. */
void quarantine_keep(struct gateway *gateway, const struct quarantine_request *request);
