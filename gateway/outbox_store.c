/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The outbox's side in the store: putting, reading. */
#include <errno.h>
#include <talloc.h>

#include "gateway/outbox_stock.h"

static const char *const channel_names[] = {
	[OUTBOX_SMS] = "sms",	  [OUTBOX_EVENT] = "event",	[OUTBOX_REWARD] = "reward",
	[OUTBOX_RULES] = "rules", [OUTBOX_RELEASE] = "release", [OUTBOX_WEBHOOK] = "webhook",
};
_Static_assert(sizeof(channel_names) / sizeof(*channel_names) == OUTBOX_CHANNEL_COUNT,
	       "one name a channel");

const char *outbox_channel_name(enum outbox_channel channel)
{
	return channel_names[channel];
}

static void stock_row(struct db *db, enum outbox_channel channel, const struct outbox_row *row,
		      int64_t id)
{
	struct outbox_row copy = *row;

	copy.id = id;
	copy.text_id = 0;
	outbox_stock_put(db, channel, &copy);
}

int outbox_put(struct db *db, enum outbox_channel channel, const struct outbox_row *row)
{
	struct db_stmt *stmt;
	int64_t id;
	/* A sequence for each channel: the ids of what is delivered together are neighbours. */
	int rc = db_next_id(db, DB_SEQUENCE_OUTBOX + (unsigned)channel, &id);

	if (rc < 0)
		return rc;
	stmt = db_query(db, Q_OUTBOX_INSERT);
	db_bind_int(stmt, 1, channel);
	db_bind_int(stmt, 2, id);
	db_bind_text(stmt, 3, row->target);
	db_bind_text(stmt, 4, row->payload);
	if (row->report_id)
		db_bind_int(stmt, 5, row->report_id);
	db_bind_int(stmt, 6, row->told);
	db_bind_text(stmt, 7, row->route ? row->route : "");
	db_bind_int(stmt, 8, row->created_ms);
	rc = db_run(stmt);
	if (rc == 0)
		stock_row(db, channel, row, id);
	return rc;
}

struct read_op {
	struct store_op op; /* first */
	struct outbox_stock *stock;
	enum outbox_channel channel;
	int64_t after;
	size_t limit;
	outbox_rows_cb *cb;
	void *user;
	void *memory; /* of the rows; made anew by each run */
	struct outbox_row *rows;
	size_t count;
};

static bool load_row(struct read_op *read, struct db_stmt *stmt)
{
	struct outbox_row *row = &read->rows[read->count];

	row->id = db_int(stmt, 0);
	row->target = talloc_strdup(read->memory, db_text(stmt, 1));
	row->payload = talloc_strdup(read->memory, db_text(stmt, 2));
	row->report_id = db_int(stmt, 3);
	row->told = (unsigned)db_int(stmt, 4);
	row->route = talloc_strdup(read->memory, db_text(stmt, 5));
	row->created_ms = db_int(stmt, 6);
	row->text_id = db_int(stmt, 7);
	read->count++;
	return row->target && row->payload && row->route;
}

static int run_read(struct db *db, struct store_op *op)
{
	struct read_op *read = (struct read_op *)op;
	struct db_stmt *stmt = db_query(db, Q_OUTBOX_NEXT);
	int rc;

	talloc_free(read->memory);
	read->memory = talloc_pool(NULL, read->limit * 256);
	read->rows = talloc_array(read->memory, struct outbox_row, read->limit);
	read->count = 0;
	if (!read->memory || !read->rows)
		return -ENOMEM;
	db_bind_int(stmt, 1, read->channel);
	db_bind_int(stmt, 2, read->after);
	db_bind_int(stmt, 3, (int64_t)read->limit);
	while ((rc = db_step(stmt)) > 0)
		if (!load_row(read, stmt))
			return -ENOMEM;
	return rc;
}

static void read_done(struct store_op *op)
{
	struct read_op *read = (struct read_op *)op;

	if (op->rc == 0 && read->count < read->limit)
		outbox_stock_read(read->stock, read->channel,
				  read->count ? read->rows[read->count - 1].id : read->after);
	read->cb(read->user, op->rc, read->rows, op->rc < 0 ? 0 : read->count);
	talloc_free(read->memory);
	talloc_free(read);
}

int outbox_read(struct gateway *gateway, enum outbox_channel channel, int64_t after, size_t limit,
		outbox_rows_cb *cb, void *user)
{
	struct read_op *read = talloc_zero(NULL, struct read_op);

	if (!read)
		return -ENOMEM;
	read->op.run = run_read;
	read->op.done = read_done;
	read->stock = outbox_stock(gateway->outbox);
	read->channel = channel;
	read->after = after;
	read->limit = limit;
	read->cb = cb;
	read->user = user;
	outbox_stock_reading(read->stock, channel);
	store_submit(gateway->sender, &read->op);
	return 0;
}
