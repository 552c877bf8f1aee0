/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* quarantine_row.h - blocked messages that were taken and are kept, with their whole PDU.
 *
 * Does:    keeps a message or a part of one; parts of a message are known by sender, receiver,
 *          reference and total, over any session, within QUARANTINE_PART_MS. A part that is sent
 *          again is kept once. A part that comes after its message was released goes after it.
 *          Releasing puts each PDU in the outbox (OUTBOX_RELEASE) in the same transaction.
 * Promise: what quarantine_row_put() tells as kept is there until it is released or too old.
 * Bounds:  so many messages a subscriber as the caller says; parts of a message that is kept always
 *          have room.
 * Errors:  negative errno of the database; -ENOMEM.
 * Threads: the store thread's.
 */
#pragma once

#include "gateway/attempt_row.h"

enum { QUARANTINE_PART_MS = 3600 * 1000 };

struct quarantine_part {
	uint16_t reference;
	uint8_t total; /* 1: a whole message */
	uint8_t index; /* from 1 */
};

struct quarantine_message {
	struct attempt_row attempt; /* whose count is not looked at */
	struct quarantine_part part;
	const uint8_t *pdu;
	size_t len;
};

enum quarantine_result {
	QUARANTINE_KEPT,
	QUARANTINE_PART,      /* kept, with others of its message */
	QUARANTINE_DUPLICATE, /* it was there */
	QUARANTINE_FORWARDED, /* its message was released: so is it */
	QUARANTINE_FULL,      /* nothing was kept */
};

struct quarantine_limits {
	uint32_t messages; /* for one subscriber */
	uint32_t attempts;
};

/* A new message is also added to what was blocked, one that finds no room too unless it is a later
 * part (`later`) of one that was refused. `id` is the row's; 0 where there is none. */
int quarantine_row_put(struct db *db, const struct quarantine_message *message,
		       const struct quarantine_limits *limits, bool later,
		       enum quarantine_result *result, int64_t *id)
	__attribute__((warn_unused_result));

/* All that is kept of the sender's, in order; how many messages went to the outbox. */
int quarantine_row_release(struct db *db, const char *subscriber, const char *sender,
			   int64_t now_ms, uint32_t *messages) __attribute__((warn_unused_result));

/* At most `limit` rows from before before_ms; `removed` gets their number, `expired` how many of
 * them had not been released. */
int quarantine_row_purge(struct db *db, int64_t before_ms, int limit, int64_t *removed,
			 int64_t *expired) __attribute__((warn_unused_result));

/* A PDU as the text of an outbox row, talloc'ed below ctx; NULL when out of memory. */
char *quarantine_write_pdu(void *ctx, const uint8_t *pdu, size_t len);
/* And back: octets talloc'ed below ctx. -EBADMSG, -ENOMEM. */
int quarantine_read_pdu(void *ctx, const char *text, uint8_t **pdu, size_t *len)
	__attribute__((warn_unused_result));
