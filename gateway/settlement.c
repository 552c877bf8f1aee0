/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/settlement.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/store.h"

enum { TICK_S = 20, DAY_MS = 86400000 };

struct settlement {
	struct gateway *gateway;
	struct settlement_place place;
	struct event *timer;
	bool busy;
	bool stopped;
	int64_t done_to_ms; /* every day up to here has its file */
	int logged;	    /* the errno that was logged last */
};

/* One day's file, if one is missing. */
struct settle_op {
	struct store_op op; /* first */
	struct settlement *settlement;
	struct settlement_place place;
	int64_t now_ms;
	int64_t until_ms; /* days that end up to here are over */
	int64_t keep_ms;
	bool wrote;
	struct settlement_day day;
	struct settlement_totals totals;
};

/* Where the ledger begins: 0 when it has no entry. */
static int ledger_begins(struct db *db, int64_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_LEDGER_FIRST);
	int rc = db_step(stmt);

	*out = rc > 0 ? db_int(stmt, 0) : 0;
	db_finish(stmt);
	return rc < 0 ? rc : 0;
}

/* 1 when there is a day to be written. */
static int find_day(struct db *db, struct settle_op *op)
{
	int64_t oldest_ms = op->until_ms - op->keep_ms;
	int64_t begins_ms;
	int rc = settlement_newest(&op->place, &op->day);

	if (rc == 0) {
		settlement_day_at(op->day.to_ms, &op->day);
	} else if (rc == -ENOENT) {
		rc = ledger_begins(db, &begins_ms);
		if (rc < 0 || begins_ms == 0)
			return rc;
		settlement_day_at(begins_ms > oldest_ms ? begins_ms : oldest_ms, &op->day);
	} else {
		return rc;
	}
	if (op->day.from_ms < oldest_ms)
		settlement_day_at(oldest_ms, &op->day);
	return op->day.to_ms <= op->until_ms;
}

static int run_settle(struct db *db, struct store_op *base)
{
	struct settle_op *op = (struct settle_op *)base;
	int rc = find_day(db, op);

	op->wrote = rc > 0;
	if (rc > 0)
		rc = settlement_write(db, &op->place, &op->day, op->now_ms, &op->totals);
	if (rc == 0 && op->wrote)
		settlement_expire(&op->place, op->until_ms - op->keep_ms);
	return rc;
}

static void look(struct settlement *settlement);

static void settle_done(struct store_op *base)
{
	struct settle_op *op = (struct settle_op *)base;
	struct settlement *settlement = op->settlement;
	struct metrics *metrics = &settlement->gateway->metrics;
	bool more = base->rc == 0 && op->wrote;

	settlement->busy = false;
	if (base->rc < 0) {
		metrics->settlement_failures_total++;
		if (settlement->logged != base->rc)
			LOGP(LOG_REWARD, LOGL_ERROR, "settlement %s: %s\n", op->day.text,
			     strerror(-base->rc));
	} else if (op->wrote) {
		metrics->settlement_files_total++;
		LOGP(LOG_REWARD, LOGL_NOTICE, "settlement %s: %llu entries, %llu MB credited\n",
		     op->day.text, (unsigned long long)op->totals.count,
		     (unsigned long long)op->totals.credited_mb);
	} else {
		settlement->done_to_ms = op->until_ms;
	}
	settlement->logged = base->rc;
	talloc_free(op);
	if (more)
		look(settlement);
}

static void look(struct settlement *settlement)
{
	const struct config_rewards *rewards = &settlement->gateway->live->rewards;
	int64_t now_ms = clock_now_ms();
	int64_t until_ms = calendar_day_start(now_ms - (int64_t)rewards->settlement_delay_s * 1000);
	struct settle_op *op;

	if (settlement->busy || settlement->stopped || !settlement->gateway->ready ||
	    until_ms <= settlement->done_to_ms)
		return;
	op = talloc_zero(NULL, struct settle_op);
	if (!op)
		return;
	op->op.run = run_settle;
	op->op.done = settle_done;
	op->settlement = settlement;
	op->place = settlement->place; /* its texts outlive the worker */
	op->now_ms = now_ms;
	op->until_ms = until_ms;
	op->keep_ms = (int64_t)rewards->settlement_keep_days * DAY_MS;
	settlement->busy = true;
	store_submit(settlement->gateway->worker, &op->op);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct settlement *settlement = arg;
	struct timeval tv = { settlement->gateway->ready ? TICK_S : 1, 0 };

	(void)fd;
	(void)what;
	look(settlement);
	if (!settlement->stopped)
		event_add(settlement->timer, &tv);
}

static int settlement_destroy(struct settlement *settlement)
{
	if (settlement->timer)
		event_free(settlement->timer);
	return 0;
}

struct settlement *settlement_create(void *ctx, struct gateway *gateway)
{
	struct settlement *settlement = talloc_zero(ctx, struct settlement);
	struct timeval tv = { 1, 0 };

	if (!settlement)
		return NULL;
	talloc_set_destructor(settlement, settlement_destroy);
	settlement->gateway = gateway;
	settlement->place.instance = gateway->config->instance;
	settlement->place.folder =
		talloc_asprintf(settlement, "%s/settlement", gateway->config->state_dir);
	settlement->timer = evtimer_new(gateway->base, on_timer, settlement);
	if (!settlement->place.folder || !settlement->timer ||
	    event_add(settlement->timer, &tv) < 0) {
		talloc_free(settlement);
		return NULL;
	}
	return settlement;
}

void settlement_stop(struct settlement *settlement)
{
	settlement->stopped = true;
	event_del(settlement->timer);
}

const struct settlement_place *settlement_place_of(const struct settlement *settlement)
{
	return &settlement->place;
}
