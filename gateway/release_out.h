/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* release_out.h - released messages on to their receivers: the outbox's RELEASE rows out over the
 * bound SMSCs.
 *
 * Does:    sends each kept PDU as the hub brought it, with every field and TLV, as deliver_sm or,
 *          over a client link, submit_sm; of a validity period that names a moment only the moment
 *          is left out, which may be over. A refusal is tried again with backoff (1 s to 10 min)
 *          for a day; a refusal of the address is final.
 * Order:   to one receiver as the rows stand, one at a time; a refused one lets others pass.
 * Promise: a row is removed when an SMSC took its message: at least once. Its hub hears of it as it
 *          asked when it brought the message (release_end.h), of one that is given up, too.
 * Bounds:  at most RELEASE_OUT_MAX rows are in memory.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"

enum { RELEASE_OUT_MAX = 200 };

struct release_out;

struct release_out *release_out_create(void *ctx, struct gateway *gateway);
/* Rows may have come, or a link was bound. */
void release_out_kick(struct release_out *out);
/* A link has room again. */
void release_out_room(struct release_out *out);
