/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* message_reader.h - texts read out of messages: whole ones at once, parts when all are there, and
 * what an earlier run left unread.
 *
 * Does:    decodes a message and hands its text to report_flow.h; collects the parts of long ones,
 * and reads a set as far as it goes when the rest does not come in time. Promise: what was stored
 * and not read is read after a restart. Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/message_row.h"
#include "smpp/smpp_concat.h"

struct flow;
struct message_reader;

/* NULL without memory. */
struct message_reader *message_reader_create(void *ctx, struct gateway *gateway);
/* A message that makes sense by itself. Only source, account and received_ms of the row are looked
 * at. The caller's; NULL without memory: it is read after the next start. */
struct flow *message_reader_whole(struct message_reader *reader, const struct message_row *row,
				  const char *destination, const struct smpp_pdu *pdu,
				  const struct smpp_part_info *part);
/* The canonical destination of a PDU: a number of the plan, or a service code as it is dialled.
 * -EBADMSG for anything else. */
int message_reader_destination(const struct numbering *plan, const struct smpp_pdu *pdu,
			       struct number *out) __attribute__((warn_unused_result));
/* A stored message that was not read with its storing: a part, or one for which memory was short.
 */
void message_reader_stored(struct message_reader *reader, const struct message_row *row);
/* Reads what an earlier run left unread; `done` with 0 when all of it was handed on, or -errno. */
void message_reader_recover(struct message_reader *reader, void (*done)(void *user, int rc),
			    void *user);
