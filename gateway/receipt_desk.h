/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* receipt_desk.h - what SMSCs tell of our texts.
 *
 * Does:    takes delivery receipts from peers of role smsc, deliver_sm, submit_sm or data_sm alike,
 *          and has the store match and apply them (text_row.h); has it move on what is due, and
 *          counts what happened.
 * Promise: a receipt is answered with status 0 after the commit of what it says. What tells no end
 *          changes nothing for our texts; of a message that is not known yet it is kept, like an
 *          end, since that may be a hub's.
 * Bounds:  smpp.queue_max receipts wait for the store; beyond: ESME_RMSGQFUL.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/peer.h"
#include "gateway/text_row.h"

struct receipt_desk;

struct receipt_desk *receipt_desk_create(void *ctx, struct gateway *gateway);
/* Looks for what is due from now on. */
int receipt_desk_start(struct receipt_desk *desk) __attribute__((warn_unused_result));

/* False: it is no receipt, and the caller's. */
bool receipt_desk_take(struct receipt_desk *desk, struct peer *peer, const struct smpp_pdu *pdu);

/* For operations on texts: the policy of now, and what they counted once they are committed. */
struct text_policy receipt_desk_policy(const struct gateway *gateway);
void receipt_desk_count(struct gateway *gateway, const struct text_counts *counts);
