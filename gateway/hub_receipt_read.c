/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/hub_receipt_read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/log.h"
#include "gateway/peer.h"
#include "gateway/store.h"

enum { IDS_FIRST = 64, POOL_OCTETS_A_ROW = 320, RETRY_S = 1 };

/* ---- reading ---- */

struct read_op {
	struct store_op op; /* first */
	char account[PEER_NAME_MAX];
	int64_t after;
	size_t limit;
	hub_receipt_rows_cb *cb;
	void *user;
	void *memory; /* of what was read */
	struct hub_receipt *rows;
	size_t count;
};

static bool load_row(struct read_op *read, struct db_stmt *stmt)
{
	size_t len;
	const void *pdu = db_blob(stmt, 2, &len);
	struct hub_receipt *row = &read->rows[read->count];

	*row = (struct hub_receipt){ db_int(stmt, 0), db_int(stmt, 1),
				     talloc_memdup(read->memory, pdu, len), len };
	read->count++;
	return row->pdu || len == 0;
}

static int run_read(struct db *db, struct store_op *op)
{
	struct read_op *read = (struct read_op *)op;
	struct db_stmt *stmt = db_query(db, Q_HUB_RECEIPT_NEXT);
	int rc;

	talloc_free(read->memory);
	read->memory = talloc_pool(NULL, read->limit * POOL_OCTETS_A_ROW);
	read->rows = talloc_array(read->memory, struct hub_receipt, read->limit);
	read->count = 0;
	if (!read->memory || !read->rows)
		return -ENOMEM;
	db_bind_text(stmt, 1, read->account);
	db_bind_int(stmt, 2, read->after);
	db_bind_int(stmt, 3, (int64_t)read->limit);
	while ((rc = db_step(stmt)) > 0) {
		if (load_row(read, stmt))
			continue;
		db_finish(stmt);
		return -ENOMEM;
	}
	return rc;
}

static void read_done(struct store_op *op)
{
	struct read_op *read = (struct read_op *)op;

	read->cb(read->user, op->rc, read->rows, op->rc < 0 ? 0 : read->count);
	talloc_free(read->memory);
	talloc_free(read);
}

int hub_receipt_read(struct gateway *gateway, const char *account, int64_t after, size_t limit,
		     hub_receipt_rows_cb *cb, void *user)
{
	struct read_op *read = talloc_zero(NULL, struct read_op);

	if (!read)
		return -ENOMEM;
	read->op.run = run_read;
	read->op.done = read_done;
	snprintf(read->account, sizeof(read->account), "%s", account);
	read->after = after;
	read->limit = limit;
	read->cb = cb;
	read->user = user;
	store_submit(gateway->sender, &read->op);
	return 0;
}

/* ---- removing ---- */

struct batch {
	struct store_op op; /* first */
	struct hub_receipt_ends *ends;
	size_t count;
	size_t cap;
	int64_t *ids;
};

struct hub_receipt_ends {
	struct gateway *gateway;
	struct batch *batch;	 /* being collected, or NULL */
	struct batch *under_way; /* or to be tried again */
	struct event *again;
};

static int run_batch(struct db *db, struct store_op *op)
{
	const struct batch *batch = (const struct batch *)op;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < batch->count; i++) {
		struct db_stmt *stmt = db_query(db, Q_HUB_RECEIPT_END);

		db_bind_int(stmt, 1, batch->ids[i]);
		rc = db_run(stmt);
	}
	return rc;
}

static void submit(struct hub_receipt_ends *ends)
{
	struct batch *batch = ends->batch;

	ends->batch = NULL;
	ends->under_way = batch;
	batch->op.weight = batch->count;
	batch->op.lazy = true;
	store_submit(ends->gateway->store, &batch->op);
}

static void batch_done(struct store_op *op)
{
	struct batch *batch = (struct batch *)op;
	struct hub_receipt_ends *ends = batch->ends;
	struct timeval wait = { RETRY_S, 0 };

	if (op->rc < 0 && !ends->gateway->draining) {
		if (log_seldom(&ends->gateway->store_fault_logged_ms))
			LOGP(LOG_STORE, LOGL_ERROR, "receipts of hubs not removed: %s\n",
			     strerror(-op->rc));
		event_add(ends->again, &wait);
		return;
	}
	ends->under_way = NULL;
	talloc_free(batch);
	if (ends->batch)
		submit(ends);
}

/* The store can write again, or the turn of the loop that brought the first one is over. */
static void on_again(evutil_socket_t fd, short what, void *arg)
{
	struct hub_receipt_ends *ends = arg;

	(void)fd;
	(void)what;
	if (ends->under_way)
		store_submit(ends->gateway->store, &ends->under_way->op);
	else if (ends->batch)
		submit(ends);
}

static struct batch *batch_get(struct hub_receipt_ends *ends)
{
	struct batch *batch = ends->batch;

	if (batch)
		return batch;
	batch = talloc_zero(NULL, struct batch);
	if (!batch)
		return NULL;
	batch->op.run = run_batch;
	batch->op.done = batch_done;
	batch->ends = ends;
	ends->batch = batch;
	if (!ends->under_way)
		event_active(ends->again, 0, 0);
	return batch;
}

void hub_receipt_end(struct hub_receipt_ends *ends, int64_t id)
{
	struct batch *batch = batch_get(ends);

	if (batch && batch->count == batch->cap) {
		size_t cap = batch->cap ? batch->cap * 2 : IDS_FIRST;
		int64_t *ids = talloc_realloc(batch, batch->ids, int64_t, cap);

		if (!ids)
			return;
		batch->ids = ids;
		batch->cap = cap;
	}
	if (batch)
		batch->ids[batch->count++] = id;
}

static int ends_destroy(struct hub_receipt_ends *ends)
{
	if (ends->again)
		event_free(ends->again);
	talloc_free(ends->batch);
	talloc_free(ends->under_way); /* the store has ended: it waits to be tried again */
	return 0;
}

struct hub_receipt_ends *hub_receipt_ends_create(void *ctx, struct gateway *gateway)
{
	struct hub_receipt_ends *ends = talloc_zero(ctx, struct hub_receipt_ends);

	if (!ends)
		return NULL;
	talloc_set_destructor(ends, ends_destroy);
	ends->gateway = gateway;
	ends->again = event_new(gateway->base, -1, 0, on_again, ends);
	if (!ends->again)
		TALLOC_FREE(ends);
	return ends;
}
