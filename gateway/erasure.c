/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/erasure.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_erase.h"
#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/number_set.h"
#include "gateway/outbox.h"
#include "gateway/rule_cache.h"
#include "gateway/stream_erase.h"

enum { AGAIN_MS = 1000, REDIS_S = 1, TELL_MS = 500 };

struct waiter {
	struct waiter *next;
	int64_t id;
	struct erasure_waiter is;
};

struct erasures {
	struct gateway *gateway;
	struct event *timer;
	bool busy; /* a step is under way, here or in Redis */
	bool kicked;
	bool failing; /* it was logged */
	struct erasure_row row;
	struct waiter *waiters;
	int64_t told_ms;
};

struct step_op {
	struct store_op op; /* first */
	struct erasures *erasures;
	int to_stage; /* 0: whatever the row says */
	struct erasure_row row;
	bool idle;
	bool ended;
};

static void go_on(struct erasures *erasures, int to_stage);

/* ---- who waits ---- */

int erasures_wait(struct erasures *erasures, int64_t id, const struct erasure_waiter *is)
{
	struct waiter *waiter = talloc_zero(erasures, struct waiter);

	if (!waiter)
		return -ENOMEM;
	waiter->id = id;
	waiter->is = *is;
	waiter->next = erasures->waiters;
	erasures->waiters = waiter;
	return 0;
}

static void tell_progress(struct erasures *erasures, const char *waits_for)
{
	int64_t now_ms = clock_monotonic_ms();

	if (now_ms - erasures->told_ms < TELL_MS)
		return;
	erasures->told_ms = now_ms;
	for (struct waiter *waiter = erasures->waiters; waiter; waiter = waiter->next)
		if (waiter->id == erasures->row.id)
			waiter->is.progress(waiter->is.user, &erasures->row, waits_for);
}

static void tell_end(struct erasures *erasures)
{
	struct waiter **at = &erasures->waiters;

	while (*at) {
		struct waiter *waiter = *at;

		if (waiter->id != erasures->row.id) {
			at = &waiter->next;
			continue;
		}
		*at = waiter->next;
		waiter->is.end(waiter->is.user, &erasures->row);
		talloc_free(waiter);
	}
}

/* ---- Redis ---- */

static void again(struct erasures *erasures, const char *why)
{
	const struct timeval wait = { AGAIN_MS / 1000, 0 };

	if (!erasures->failing)
		LOGP(LOG_STORE, LOGL_NOTICE, "erasure %" PRId64 " waits: %s\n", erasures->row.id,
		     why);
	erasures->failing = true;
	tell_progress(erasures, why);
	erasures->busy = false;
	if (!erasures->gateway->draining)
		event_add(erasures->timer, &wait);
}

static void calls_progress(void *user, const struct call_erased *so_far)
{
	(void)so_far;
	tell_progress(user, NULL);
}

static void calls_end(void *user, const struct call_erased *erased, const char *error)
{
	struct erasures *erasures = user;

	erasures->row.rows +=
		erased->to_number + erased->by_number + erased->counters + erased->listed;
	if (error)
		again(erasures, error);
	else
		go_on(erasures, ERASURE_STREAMS);
}

static void erase_calls(struct erasures *erasures)
{
	static const struct call_erase_hooks hooks = { calls_progress, calls_end };
	struct gateway *gateway = erasures->gateway;
	int rc = call_erase(gateway, gateway->redis, gateway->config->redis.prefix,
			    gateway->config->feed.retention_days, &erasures->row.subject.number,
			    &hooks, erasures);

	if (rc < 0)
		again(erasures, rc == -ENOTCONN ? "Redis is away" : strerror(-rc));
}

static void streams_end(void *user, uint64_t erased, const char *error)
{
	struct erasures *erasures = user;

	erasures->row.rows += erased;
	if (error)
		again(erasures, error);
	else
		go_on(erasures, ERASURE_END);
}

static void erase_streams(struct erasures *erasures)
{
	struct gateway *gateway = erasures->gateway;
	int rc = stream_erase(gateway, gateway->redis, gateway->config->redis.prefix,
			      erasures->row.subject.digits, streams_end, erasures);

	if (rc < 0)
		again(erasures, rc == -ENOTCONN ? "Redis is away" : strerror(-rc));
}

/* ---- the store ---- */

static int run_end(struct db *db, struct step_op *op)
{
	int rc = erasure_row_end(db, &op->row, clock_now_ms());

	op->ended = rc == 0;
	return rc == -EAGAIN ? 0 : rc;
}

static int run_step(struct db *db, struct store_op *base)
{
	struct step_op *op = (struct step_op *)base;
	struct erasures *erasures = op->erasures;
	uint64_t rows = erasures->row.rows;
	int64_t id = op->to_stage ? erasures->row.id : 0;
	void *memory;
	int rc = erasure_row_get(db, id, &op->row);

	op->ended = false;
	op->idle = rc == -ENOENT;
	if (rc < 0)
		return op->idle ? 0 : rc;
	if (op->to_stage) {
		op->row.rows = rows; /* with those in Redis */
		return erasure_row_move(db, &op->row, op->to_stage);
	}
	if (op->row.stage == ERASURE_END)
		return run_end(db, op);
	if (op->row.stage >= ERASURE_CALLS)
		return 0;
	memory = talloc_new(NULL);
	if (!memory)
		return -ENOMEM;
	rc = erasure_row_step(memory, db, &op->row, clock_now_ms());
	talloc_free(memory);
	return rc;
}

static void end_one(struct erasures *erasures)
{
	struct gateway *gateway = erasures->gateway;

	LOGP(LOG_STORE, LOGL_NOTICE, "erasure %" PRId64 " is done: %" PRIu64 " rows and records\n",
	     erasures->row.id, erasures->row.rows);
	gateway->metrics.erasures_total++;
	rule_cache_put(gateway->rules, erasures->row.subject.number.text, "");
	rule_cache_snapshot(gateway->rules);
	number_set_remove(gateway->reported, erasures->row.subject.number.text);
	tell_end(erasures);
	erasures->row = (struct erasure_row){ 0 };
}

static void step_done(struct store_op *base)
{
	struct step_op *op = (struct step_op *)base;
	struct erasures *erasures = op->erasures;
	int rc = base->rc;
	bool idle = op->idle, ended = op->ended;

	if (rc == 0 && !idle)
		erasures->row = op->row;
	talloc_free(op);
	if (rc < 0) {
		again(erasures, strerror(-rc));
	} else if (idle) {
		erasures->busy = false;
		if (erasures->kicked)
			erasures_kick(erasures);
	} else if (ended) {
		end_one(erasures);
		go_on(erasures, 0);
	} else if (erasures->row.stage == ERASURE_CALLS) {
		erase_calls(erasures);
	} else if (erasures->row.stage == ERASURE_STREAMS) {
		erase_streams(erasures);
	} else if (erasures->row.stage == ERASURE_END) {
		again(erasures, "Redis has not the emptied rules yet");
	} else {
		tell_progress(erasures, NULL);
		go_on(erasures, 0);
	}
}

static void go_on(struct erasures *erasures, int to_stage)
{
	struct step_op *op;

	erasures->busy = true;
	if (erasures->gateway->draining) {
		again(erasures, "the gateway ends");
		return;
	}
	op = talloc_zero(NULL, struct step_op);
	if (!op) {
		again(erasures, "out of memory");
		return;
	}
	op->op = (struct store_op){ .run = run_step, .done = step_done, .lazy = true };
	op->erasures = erasures;
	op->to_stage = to_stage;
	erasures->failing = false;
	store_submit(erasures->gateway->store, &op->op);
}

void erasures_kick(struct erasures *erasures)
{
	erasures->kicked = erasures->busy;
	if (!erasures->busy && !erasures->gateway->draining)
		go_on(erasures, 0);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	erasures_kick(arg);
}

static int erasures_destroy(struct erasures *erasures)
{
	for (struct waiter *waiter = erasures->waiters; waiter; waiter = waiter->next)
		waiter->is.end(waiter->is.user, NULL);
	if (erasures->timer)
		event_free(erasures->timer);
	return 0;
}

struct erasures *erasures_create(void *ctx, struct gateway *gateway)
{
	struct erasures *erasures = talloc_zero(ctx, struct erasures);

	if (!erasures)
		return NULL;
	talloc_set_destructor(erasures, erasures_destroy);
	erasures->gateway = gateway;
	erasures->timer = event_new(gateway->base, -1, 0, on_timer, erasures);
	if (!erasures->timer)
		TALLOC_FREE(erasures);
	return erasures;
}
