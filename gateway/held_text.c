/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/held_text.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/report_row.h"
#include "gateway/store.h"

enum { TICK_MS = 1000, MOVE_MAX = 500 };

struct held_texts {
	struct gateway *gateway;
	struct event *timer;
	bool busy;
};

/* The reader sees whether anything is due; only then the writer is asked to move it. */
struct move_op {
	struct store_op op; /* first */
	struct held_texts *held;
	int64_t now_ms;
	size_t count;
};

int held_text_put(struct db *db, const struct outbox_row *row, int64_t due_ms)
{
	struct db_stmt *stmt = db_query(db, Q_HELD_INSERT);

	db_bind_int(stmt, 1, due_ms);
	db_bind_text(stmt, 2, row->target);
	db_bind_text(stmt, 3, row->payload);
	db_bind_int(stmt, 4, row->report_id);
	db_bind_int(stmt, 5, row->told);
	db_bind_text(stmt, 6, row->route ? row->route : "");
	db_bind_int(stmt, 7, row->created_ms);
	return db_run(stmt);
}

/* The row's texts live until its statement is stepped again: so each is moved and removed by
 * itself, the oldest first. 1 when one was. */
static int move_one(struct db *db, int64_t now_ms)
{
	struct db_stmt *stmt = db_query(db, Q_HELD_DUE);
	struct outbox_row row;
	int64_t id;
	int rc;

	db_bind_int(stmt, 1, now_ms);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	id = db_int(stmt, 0);
	row = (struct outbox_row){ .target = db_text(stmt, 1),
				   .payload = db_text(stmt, 2),
				   .report_id = db_int(stmt, 3),
				   .told = (unsigned)db_int(stmt, 4),
				   .route = db_text(stmt, 5),
				   .created_ms = db_int(stmt, 6) };
	rc = outbox_put(db, OUTBOX_SMS, &row);
	db_finish(stmt);
	if (rc < 0)
		return rc;
	stmt = db_query(db, Q_HELD_REMOVE);
	db_bind_int(stmt, 1, id);
	rc = db_run(stmt);
	return rc < 0 ? rc : 1;
}

static int run_move(struct db *db, struct store_op *op)
{
	struct move_op *move = (struct move_op *)op;
	int rc = 1;

	for (move->count = 0; rc > 0 && move->count<MOVE_MAX; move->count += rc> 0)
		rc = move_one(db, move->now_ms);
	return rc < 0 ? rc : 0;
}

static void move_done(struct store_op *op)
{
	struct move_op *move = (struct move_op *)op;
	struct gateway *gateway = move->held->gateway;

	move->held->busy = false;
	if (op->rc == 0)
		outbox_kick(gateway->outbox);
	else if (log_seldom(&gateway->store_fault_logged_ms))
		LOGP(LOG_STORE, LOGL_ERROR, "held texts not sent: %s\n", strerror(-op->rc));
	talloc_free(move);
}

static int run_look(struct db *db, struct store_op *op)
{
	struct move_op *move = (struct move_op *)op;
	struct db_stmt *stmt = db_query(db, Q_HELD_DUE);
	int rc;

	db_bind_int(stmt, 1, move->now_ms);
	rc = db_step(stmt);
	db_finish(stmt);
	move->count = rc > 0;
	return rc < 0 ? rc : 0;
}

static void look_done(struct store_op *op)
{
	struct move_op *move = (struct move_op *)op;

	if (op->rc < 0 || move->count == 0 || move->held->gateway->draining) {
		move->held->busy = false;
		talloc_free(move);
		return;
	}
	move->op = (struct store_op){ .run = run_move, .done = move_done };
	store_submit(move->held->gateway->store, &move->op);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct held_texts *held = arg;
	struct move_op *move;

	(void)fd;
	(void)what;
	if (held->busy || held->gateway->draining)
		return;
	move = talloc_zero(NULL, struct move_op);
	if (!move)
		return;
	move->op = (struct store_op){ .run = run_look, .done = look_done };
	move->held = held;
	move->now_ms = clock_now_ms();
	held->busy = true;
	store_submit(held->gateway->reader, &move->op);
}

void held_texts_start(struct held_texts *held)
{
	struct timeval every = { TICK_MS / 1000, (TICK_MS % 1000) * 1000 };

	event_add(held->timer, &every);
}

static int held_destroy(struct held_texts *held)
{
	if (held->timer)
		event_free(held->timer);
	return 0;
}

struct held_texts *held_texts_create(void *ctx, struct gateway *gateway)
{
	struct held_texts *held = talloc_zero(ctx, struct held_texts);

	if (!held)
		return NULL;
	talloc_set_destructor(held, held_destroy);
	held->gateway = gateway;
	held->timer = event_new(gateway->base, -1, EV_PERSIST, on_timer, held);
	if (!held->timer) {
		talloc_free(held);
		return NULL;
	}
	return held;
}
