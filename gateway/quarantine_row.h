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
#include "gateway/hub_route_row.h"

enum { QUARANTINE_PART_MS = 3600 * 1000 };
enum { QUARANTINE_ROUTE_MAX = PEER_NAME_MAX + HUB_MESSAGE_ID_MAX };

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

struct quarantine_age {
	int64_t before_ms; /* what was received before that is too old */
	int64_t now_ms;
	int64_t receipts_expire_ms; /* of those that say so */
};

struct quarantine_purged {
	int64_t removed;
	int64_t expired;   /* of these: had not been released */
	uint64_t receipts; /* of these: their hub had asked to hear of it, and will */
};

/* At most `limit` rows. */
int quarantine_row_purge(struct db *db, const struct quarantine_age *age, int limit,
			 struct quarantine_purged *out) __attribute__((warn_unused_result));

/* The id by which a hub knows a message or part that was kept: "Q1234". */
void quarantine_write_id(int64_t id, char out[HUB_MESSAGE_ID_MAX]);
/* The same and the hub, as the route of an outbox row: "hub/Q1234". */
void quarantine_write_route(const char *account, int64_t id, char out[QUARANTINE_ROUTE_MAX]);
/* False: it says nothing, as those of earlier versions. */
bool quarantine_read_route(const char *route, char account[PEER_NAME_MAX],
			   char id[HUB_MESSAGE_ID_MAX]);

/* A PDU as the text of an outbox row, talloc'ed below ctx; NULL when out of memory. */
char *quarantine_write_pdu(void *ctx, const uint8_t *pdu, size_t len);
/* And back: octets talloc'ed below ctx. -EBADMSG, -ENOMEM. */
int quarantine_read_pdu(void *ctx, const char *text, uint8_t **pdu, size_t *len)
	__attribute__((warn_unused_result));
