/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* outbox_stock.h - rows of the outbox that were just committed, kept in memory for the pumps.
 *
 * Does:    what outbox_put() writes is remembered here, too, and once its transaction is committed
 *          the loop finds it without reading it back. The table stays the truth: a channel is read
 *          from there until its end is reached, and only what is committed after that is served
 *          from here; when too much waits, the channel is read again.
 * Promise: in a live channel the rows that outbox_stock_first() gives are, in their order, all that
 *          were committed since the reading that made it live.
 * Bounds:  STOCK_MAX rows a channel.
 * Threads: _put and _break the store thread's, within a transaction; the rest the loop's.
 */
#pragma once

#include "gateway/outbox.h"

enum { STOCK_MAX = 8192 };

struct outbox_stock;

struct outbox_stock *outbox_stock_create(void *ctx);
/* To be given to the store that writes. */
struct db_watch *outbox_stock_watch(struct outbox_stock *stock);

/* `row` as in the table, copied. */
void outbox_stock_put(struct db *db, enum outbox_channel channel, const struct outbox_row *row);
/* A row was put into the channel of which no copy is here: it has to be read. */
void outbox_stock_break(struct db *db, enum outbox_channel channel);

/* Takes over what was committed since the last call. */
void outbox_stock_collect(struct outbox_stock *stock);
/* The channel is about to be read from the table: what is committed from now on is kept. */
void outbox_stock_reading(struct outbox_stock *stock, enum outbox_channel channel);
/* That reading came to the end of the table; `last` is the newest row of the channel that was read,
 * now or earlier. The channel is live unless it was broken meanwhile. */
void outbox_stock_read(struct outbox_stock *stock, enum outbox_channel channel, int64_t last);
/* From now on the channel is to be read from the table. */
void outbox_stock_cool(struct outbox_stock *stock, enum outbox_channel channel);

bool outbox_stock_live(const struct outbox_stock *stock, enum outbox_channel channel);
/* The oldest row of a live channel, valid until it is dropped; NULL: there is none. */
const struct outbox_row *outbox_stock_first(struct outbox_stock *stock,
					    enum outbox_channel channel);
void outbox_stock_drop(struct outbox_stock *stock, enum outbox_channel channel);
