/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/api_pace.h"

#include <osmocom/core/linuxlist.h>
#include <talloc.h>

#include "gateway/bucket.h"
#include "gateway/clock.h"
#include "gateway/http_problem.h"

struct api_pace {
	struct event *timer;
	api_turn_fn *turn;
	void *user;
	struct bucket bucket;
	uint32_t rate;
	struct llist_head waiting;
};

struct waiting {
	struct llist_head entry;
	struct http_exchange *exchange;
};

static void leave(struct waiting *waiting)
{
	llist_del(&waiting->entry);
	talloc_free(waiting);
}

/* The server has ended: the exchange goes with it. */
static void on_ended(void *user)
{
	leave(user);
}

static void schedule(struct api_pace *pace, int64_t now_ms)
{
	int64_t ms = bucket_wait_ms(&pace->bucket, pace->rate, now_ms);
	struct timeval wait = { ms / 1000, ms % 1000 * 1000 };

	if (!event_pending(pace->timer, EV_TIMEOUT, NULL))
		event_add(pace->timer, &wait);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct api_pace *pace = arg;
	int64_t now_ms = clock_monotonic_ms();

	(void)fd;
	(void)what;
	while (!llist_empty(&pace->waiting) && bucket_take(&pace->bucket, pace->rate, now_ms)) {
		struct waiting *first = llist_entry(pace->waiting.next, struct waiting, entry);
		struct http_exchange *exchange = first->exchange;

		http_exchange_on_end(exchange, NULL, NULL);
		leave(first);
		pace->turn(pace->user, exchange);
	}
	if (!llist_empty(&pace->waiting))
		schedule(pace, now_ms);
}

void api_pace_take(struct api_pace *pace, struct http_exchange *exchange, uint32_t rate)
{
	int64_t now_ms = clock_monotonic_ms();
	struct waiting *waiting;

	if (rate != pace->rate) { /* of a new configuration */
		pace->rate = rate;
		bucket_init(&pace->bucket, rate, now_ms);
	}
	if (llist_empty(&pace->waiting) && bucket_take(&pace->bucket, rate, now_ms)) {
		pace->turn(pace->user, exchange);
		return;
	}
	waiting = talloc_zero(pace, struct waiting);
	if (!waiting) {
		http_problem_answer(exchange, 503, NULL, "out of memory");
		return;
	}
	waiting->exchange = exchange;
	llist_add_tail(&waiting->entry, &pace->waiting);
	http_exchange_on_end(exchange, on_ended, waiting);
	schedule(pace, now_ms);
}

static int pace_destroy(struct api_pace *pace)
{
	struct waiting *waiting, *next;

	llist_for_each_entry_safe(waiting, next, &pace->waiting, entry)
		http_exchange_on_end(waiting->exchange, NULL, NULL);
	if (pace->timer)
		event_free(pace->timer);
	return 0;
}

struct api_pace *api_pace_create(void *ctx, struct event_base *base, api_turn_fn *turn, void *user)
{
	struct api_pace *pace = talloc_zero(ctx, struct api_pace);

	if (!pace)
		return NULL;
	pace->turn = turn;
	pace->user = user;
	INIT_LLIST_HEAD(&pace->waiting);
	talloc_set_destructor(pace, pace_destroy);
	pace->timer = evtimer_new(base, on_timer, pace);
	if (pace->timer)
		return pace;
	talloc_free(pace);
	return NULL;
}
