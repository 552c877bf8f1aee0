/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sms_out.h - answers to subscribers: the outbox's SMS rows out over the bound SMSCs.
 *
 * Does:    cuts a text into parts and sends them to a bound SMSC: as deliver_sm where it bound to
 *          us, as submit_sm over a client link; preferring the link by which the subscriber's
 *          text came, then others of the same SMSC. A refusal is tried again with backoff (1 s
 *          to 10 min) for a day; a refusal of the address is final.
 *          Receipts are asked for as the policy of the peer says (receipt_policy.h).
 * Promise: a row is removed when every part was taken: at least once.
 * Bounds:  at most SMS_OUT_MAX rows are in memory.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"

enum { SMS_OUT_MAX = 4000 };

struct sms_out;

struct sms_out *sms_out_create(void *ctx, struct gateway *gateway);
/* Rows may have come, or a link was bound. */
void sms_out_kick(struct sms_out *out);
/* A link has room again. */
void sms_out_room(struct sms_out *out);
