/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* intake.h - the inbox: subscribers' messages read, stored, acknowledged, put together.
 *
 * Does:    collects what one loop turn brought and stores it in one operation together with what
 *          the texts change (report_flow.h); answers after the commit. Parts of a long message are
 *          stored and collected, and read when all are there.
 * Promise: status 0 only after the commit. What was stored and not read is read after a restart.
 * Bounds:  smpp.queue_max messages waiting for the store; beyond that ESME_RMSGQFUL.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/peer.h"

struct intake;

struct intake *intake_create(void *ctx, struct gateway *gateway);
/* A message of a peer with role smsc, or a receipt. Answers it, now or after the commit. */
void intake_message(struct intake *intake, struct peer *peer, const struct smpp_pdu *pdu);
/* The same for what is known to be no receipt. */
void intake_text(struct intake *intake, struct peer *peer, const struct smpp_pdu *pdu);
/* Reads what an earlier run left unread; `done` with 0 when all of it was handed on, or -errno. */
void intake_recover(struct intake *intake, void (*done)(void *user, int rc), void *user);
/* The command_status for what the store said. */
uint32_t intake_status_of(int rc);
/* Messages that wait for their commit, or to be followed up after it. */
size_t intake_waiting(const struct intake *intake);
