/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/outbox_stock.h"

#include <osmocom/core/linuxlist.h>
#include <osmocom/core/utils.h>
#include <pthread.h>
#include <string.h>
#include <talloc.h>

struct stock_row {
	struct stock_row *next;
	enum outbox_channel channel;
	struct outbox_row row;
	char text[]; /* target, payload, route */
};

struct rows {
	struct stock_row *first;
	struct stock_row **end;
	size_t count;
};

/* What one or more transactions put. */
struct tray {
	struct rows rows;
	unsigned broken; /* bits of channels */
};

/* Channels whose rows are taken from here; the others are always read. */
static const bool served[OUTBOX_CHANNEL_COUNT] = {
	[OUTBOX_SMS] = true,
	[OUTBOX_EVENT] = true,
	[OUTBOX_REWARD] = true,
	[OUTBOX_RULES] = true,
};

enum warmth {
	COLD,	 /* to be read from the table */
	WARMING, /* being read; what is committed meanwhile is kept */
	LIVE,
};

struct shelf {
	enum warmth warmth;
	struct rows rows;
};

struct outbox_stock {
	struct db_watch watch;
	/* The store thread's: of the transaction under way. */
	struct tray open;
	struct tray kept; /* of it, what was put before the savepoint */
	/* Committed, and not yet collected. */
	pthread_mutex_t lock;
	struct tray committed;
	/* The loop's. */
	struct shelf shelves[OUTBOX_CHANNEL_COUNT];
};

/* ---- rows ---- */

static void rows_init(struct rows *rows)
{
	*rows = (struct rows){ .first = NULL, .end = NULL, .count = 0 };
}

static void rows_add(struct rows *rows, struct stock_row *row)
{
	row->next = NULL;
	*(rows->first ? rows->end : &rows->first) = row;
	rows->end = &row->next;
	rows->count++;
}

static void rows_move(struct rows *to, struct rows *from)
{
	if (!from->first)
		return;
	*(to->first ? to->end : &to->first) = from->first;
	to->end = from->end;
	to->count += from->count;
	rows_init(from);
}

static struct stock_row *rows_take(struct rows *rows)
{
	struct stock_row *row = rows->first;

	rows->first = row->next;
	rows->count--;
	return row;
}

static void rows_free(struct rows *rows)
{
	while (rows->first)
		talloc_free(rows_take(rows));
	rows_init(rows);
}

static void tray_move(struct tray *to, struct tray *from)
{
	rows_move(&to->rows, &from->rows);
	to->broken |= from->broken;
	from->broken = 0;
}

static void tray_free(struct tray *tray)
{
	rows_free(&tray->rows);
	tray->broken = 0;
}

/* ---- the store thread ---- */

static const char *put_text(char **at, const char *text, size_t size)
{
	char *out = *at;

	memcpy(out, text, size);
	*at += size;
	return out;
}

static struct stock_row *copy_row(enum outbox_channel channel, const struct outbox_row *row)
{
	const char *route = row->route ? row->route : "";
	size_t target = strlen(row->target) + 1;
	size_t payload = strlen(row->payload) + 1;
	size_t way = strlen(route) + 1;
	struct stock_row *copy =
		talloc_size(NULL, sizeof(struct stock_row) + target + payload + way);
	char *at;

	if (!copy)
		return NULL;
	at = copy->text;
	copy->channel = channel;
	copy->row = *row;
	copy->row.target = put_text(&at, row->target, target);
	copy->row.payload = put_text(&at, row->payload, payload);
	copy->row.route = put_text(&at, route, way);
	return copy;
}

static struct outbox_stock *stock_of(const struct db *db)
{
	struct db_watch *watch = db_watch(db);

	return watch ? container_of(watch, struct outbox_stock, watch) : NULL;
}

void outbox_stock_put(struct db *db, enum outbox_channel channel, const struct outbox_row *row)
{
	struct outbox_stock *stock = stock_of(db);
	struct stock_row *copy = stock && served[channel] ? copy_row(channel, row) : NULL;

	if (copy)
		rows_add(&stock->open.rows, copy);
	else
		outbox_stock_break(db, channel);
}

void outbox_stock_break(struct db *db, enum outbox_channel channel)
{
	struct outbox_stock *stock = stock_of(db);

	if (stock)
		stock->open.broken |= 1u << channel;
}

static void commit(struct outbox_stock *stock)
{
	tray_move(&stock->kept, &stock->open);
	pthread_mutex_lock(&stock->lock);
	tray_move(&stock->committed, &stock->kept);
	pthread_mutex_unlock(&stock->lock);
}

static void on_end(struct db_watch *watch, enum db_end end)
{
	struct outbox_stock *stock = container_of(watch, struct outbox_stock, watch);

	switch (end) {
	case DB_COMMITTED:
		commit(stock);
		break;
	case DB_MARKED:
		tray_move(&stock->kept, &stock->open);
		break;
	case DB_ROLLED_BACK:
		tray_free(&stock->kept);
		tray_free(&stock->open);
		break;
	case DB_UNDONE:
		tray_free(&stock->open);
		break;
	}
}

/* ---- the loop ---- */

void outbox_stock_cool(struct outbox_stock *stock, enum outbox_channel channel)
{
	struct shelf *shelf = &stock->shelves[channel];

	rows_free(&shelf->rows);
	shelf->warmth = COLD;
}

static void shelve(struct outbox_stock *stock, struct stock_row *row)
{
	struct shelf *shelf = &stock->shelves[row->channel];

	if (shelf->rows.count == STOCK_MAX)
		outbox_stock_cool(stock, row->channel);
	if (shelf->warmth == COLD)
		talloc_free(row);
	else
		rows_add(&shelf->rows, row);
}

void outbox_stock_collect(struct outbox_stock *stock)
{
	struct tray tray = { 0 };

	pthread_mutex_lock(&stock->lock);
	tray_move(&tray, &stock->committed);
	pthread_mutex_unlock(&stock->lock);
	while (tray.rows.first)
		shelve(stock, rows_take(&tray.rows));
	for (int i = 0; i < OUTBOX_CHANNEL_COUNT; i++)
		if (tray.broken & 1u << i)
			outbox_stock_cool(stock, (enum outbox_channel)i);
}

void outbox_stock_reading(struct outbox_stock *stock, enum outbox_channel channel)
{
	outbox_stock_collect(stock); /* the table has these */
	outbox_stock_cool(stock, channel);
	stock->shelves[channel].warmth = served[channel] ? WARMING : COLD;
}

void outbox_stock_read(struct outbox_stock *stock, enum outbox_channel channel, int64_t last)
{
	struct shelf *shelf = &stock->shelves[channel];

	outbox_stock_collect(stock);
	if (shelf->warmth != WARMING)
		return;
	/* Committed while it was read: some of them were read already. */
	while (shelf->rows.first && shelf->rows.first->row.id <= last)
		talloc_free(rows_take(&shelf->rows));
	shelf->warmth = LIVE;
}

bool outbox_stock_live(const struct outbox_stock *stock, enum outbox_channel channel)
{
	return stock->shelves[channel].warmth == LIVE;
}

const struct outbox_row *outbox_stock_first(struct outbox_stock *stock, enum outbox_channel channel)
{
	const struct shelf *shelf = &stock->shelves[channel];

	return shelf->warmth == LIVE && shelf->rows.first ? &shelf->rows.first->row : NULL;
}

void outbox_stock_drop(struct outbox_stock *stock, enum outbox_channel channel)
{
	talloc_free(rows_take(&stock->shelves[channel].rows));
}

struct db_watch *outbox_stock_watch(struct outbox_stock *stock)
{
	return &stock->watch;
}

static int stock_destroy(struct outbox_stock *stock)
{
	tray_free(&stock->open);
	tray_free(&stock->kept);
	tray_free(&stock->committed);
	for (int i = 0; i < OUTBOX_CHANNEL_COUNT; i++)
		rows_free(&stock->shelves[i].rows);
	pthread_mutex_destroy(&stock->lock);
	return 0;
}

struct outbox_stock *outbox_stock_create(void *ctx)
{
	struct outbox_stock *stock = talloc_zero(ctx, struct outbox_stock);

	if (!stock)
		return NULL;
	stock->watch.ended = on_end;
	pthread_mutex_init(&stock->lock, NULL);
	talloc_set_destructor(stock, stock_destroy);
	return stock;
}
