/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* outbox.h - effects towards the outside: rows written with the change that caused them, and
 * removed once delivered.
 *
 * Does:    outbox_put() writes a row (store thread, inside the transaction); the pumps read rows
 *          in order and deliver them to Redis: events and reward requests to their streams, rules
 *          to their keys. SMS rows are delivered by sms_out.h, released messages by
 *          release_out.h, over the same reading.
 * Promise: at least once, in order per channel; a failed delivery stops its channel for a moment
 *          and begins again at the oldest row.
 * Threads: the loop's, but for outbox_put.
 */
#pragma once

#include "gateway/db.h"
#include "gateway/gateway.h"
#include "gateway/store.h"

enum outbox_channel {
	OUTBOX_SMS,	/* target: subscriber; payload: the text */
	OUTBOX_EVENT,	/* payload: CloudEvents JSON */
	OUTBOX_REWARD,	/* target: idempotency key; payload: JSON object of the request's fields */
	OUTBOX_RULES,	/* target: subscriber; payload: the rules */
	OUTBOX_RELEASE, /* target: subscriber; payload and route: quarantine_write_pdu, _route */
	OUTBOX_WEBHOOK, /* as OUTBOX_REWARD, posted by reward_webhook.h */
	OUTBOX_CHANNEL_COUNT
};

struct outbox_row {
	int64_t id;
	const char *target;
	const char *payload;
	int64_t report_id; /* 0: none */
	unsigned told;	   /* bits that delivery sets in the report */
	const char *route;
	int64_t created_ms;
	int64_t text_id; /* of a text that goes out again (text_row.h); 0: the first time */
};

/* Fields as in struct outbox_row, whose id and text_id are ignored. */
int outbox_put(struct db *db, enum outbox_channel channel, const struct outbox_row *row)
	__attribute__((warn_unused_result));

const char *outbox_channel_name(enum outbox_channel channel);

struct outbox;
struct outbox *outbox_create(void *ctx, struct gateway *gateway);
/* Something may have been put: look. */
void outbox_kick(struct outbox *outbox);
void outbox_redis_connected(struct outbox *outbox);

/* Of rows that need not be read: outbox_stock.h. */
struct outbox_stock *outbox_stock(struct outbox *outbox);

/* Reads the next rows of a channel behind `after`; `rows` are valid during the callback. rc < 0:
 * the store failed. Fewer than `limit`: the channel's stock is live, if it was not broken. */
typedef void outbox_rows_cb(void *user, int rc, const struct outbox_row *rows, size_t count);
int outbox_read(struct gateway *gateway, enum outbox_channel channel, int64_t after, size_t limit,
		outbox_rows_cb *cb, void *user) __attribute__((warn_unused_result));

/* The row was delivered: removes it and sets its told bits, soon and in one transaction with
 * others.
 */
void outbox_delivered(struct outbox *outbox, enum outbox_channel channel,
		      const struct outbox_row *row);
/* The same for a text of which more is to be remembered (text_row.h); it decides what is told.
 * `handed` is taken. */
struct text_handed;
void outbox_text_handed(struct outbox *outbox, const struct outbox_row *row,
			struct text_handed *handed);
/* The same for a released message of which its hub is to hear. `end` is taken. */
struct release_end;
void outbox_released(struct outbox *outbox, const struct outbox_row *row, struct release_end *end);
