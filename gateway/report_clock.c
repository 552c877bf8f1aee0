/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/report_clock.h"

#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/store.h"

/* A report ends some moments after its clock; GRACE_MS later something is wrong. */
enum { EVERY_MS = 2000, SHARE = 50, REMIND_MS = 3600000, GRACE_MS = 60000 };

/* What was said last of reports of one kind. */
struct notice {
	uint64_t count;
	int64_t said_ms;
};

struct report_clock {
	struct gateway *gateway;
	struct event *timer;
	struct notice soon;
	struct notice overdue;
};

struct count {
	struct store_op op; /* first */
	struct report_clock *clock;
	int64_t now_ms;
	int64_t warn_ms;
	int64_t took_ms;
	int64_t oldest_ms; /* 0: there is none */
	int64_t soon;
	int64_t overdue;
};

static int run_count(struct db *db, struct store_op *op)
{
	struct count *count = (struct count *)op;
	int64_t began_ms = clock_monotonic_ms();
	struct db_stmt *stmt = db_query(db, Q_REPORT_CLOCKS);
	int rc;

	db_bind_int(stmt, 1, count->now_ms + count->warn_ms);
	db_bind_int(stmt, 2, count->now_ms - GRACE_MS);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	count->oldest_ms = db_int(stmt, 0);
	count->soon = db_int(stmt, 1);
	count->overdue = db_int(stmt, 2);
	db_finish(stmt);
	count->took_ms = clock_monotonic_ms() - began_ms;
	return 0;
}

/* When they appear, when the last of them is gone, and once an hour between. */
static bool is_news(struct notice *notice, uint64_t count, int64_t now_ms)
{
	bool news = (count == 0) != (notice->count == 0) ||
		    (count > 0 && now_ms - notice->said_ms >= REMIND_MS);

	notice->count = count;
	if (news)
		notice->said_ms = now_ms;
	return news;
}

static void say(struct report_clock *clock, const struct metrics *metrics)
{
	int64_t now_ms = clock_monotonic_ms();

	if (is_news(&clock->soon, metrics->reports_due_soon, now_ms))
		LOGP(LOG_REPORT, LOGL_NOTICE,
		     "%llu open reports whose clock runs out within %u s; mianrao review\n",
		     (unsigned long long)metrics->reports_due_soon,
		     clock->gateway->live->reports.warn_before_s);
	if (is_news(&clock->overdue, metrics->reports_overdue, now_ms))
		LOGP(LOG_REPORT, metrics->reports_overdue ? LOGL_ERROR : LOGL_NOTICE,
		     "%llu open reports whose clock has run out\n",
		     (unsigned long long)metrics->reports_overdue);
}

static void again(struct report_clock *clock, int64_t ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(clock->timer, &tv);
}

static void count_done(struct store_op *op)
{
	struct count *count = (struct count *)op;
	struct report_clock *clock = count->clock;
	struct metrics *metrics = &clock->gateway->metrics;

	if (op->rc == 0) {
		metrics->reports_oldest_seconds =
			count->oldest_ms && count->oldest_ms < count->now_ms
				? (uint64_t)(count->now_ms - count->oldest_ms) / 1000
				: 0;
		metrics->reports_due_soon = (uint64_t)(count->soon - count->overdue);
		metrics->reports_overdue = (uint64_t)count->overdue;
		say(clock, metrics);
	}
	if (!clock->gateway->draining)
		again(clock, count->took_ms * SHARE > EVERY_MS ? count->took_ms * SHARE : EVERY_MS);
	talloc_free(count);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct report_clock *clock = arg;
	struct count *count = talloc_zero(NULL, struct count);

	(void)fd;
	(void)what;
	if (!count) {
		again(clock, EVERY_MS);
		return;
	}
	count->op = (struct store_op){ .run = run_count, .done = count_done };
	count->clock = clock;
	count->now_ms = clock_now_ms();
	count->warn_ms = (int64_t)clock->gateway->live->reports.warn_before_s * 1000;
	store_submit(clock->gateway->reader, &count->op);
}

void report_clock_start(struct report_clock *clock)
{
	again(clock, 0);
}

static int report_clock_destroy(struct report_clock *clock)
{
	if (clock->timer)
		event_free(clock->timer);
	return 0;
}

struct report_clock *report_clock_create(void *ctx, struct gateway *gateway)
{
	struct report_clock *clock = talloc_zero(ctx, struct report_clock);

	if (!clock)
		return NULL;
	talloc_set_destructor(clock, report_clock_destroy);
	clock->gateway = gateway;
	clock->timer = event_new(gateway->base, -1, 0, on_timer, clock);
	if (!clock->timer) {
		talloc_free(clock);
		return NULL;
	}
	return clock;
}
