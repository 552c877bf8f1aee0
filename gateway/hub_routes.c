/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/hub_routes.h"

#include <errno.h>
#include <osmocom/core/linuxlist.h>
#include <osmocom/core/utils.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/hub_receipts.h"
#include "gateway/log.h"
#include "gateway/route_journal.h"
#include "gateway/store.h"

enum { DAY_MS = 86400000, RETRY_S = 1, PATH_MAX_LEN = 4096 };
enum {
	SLOTS = 32768,	   /* 16 MiB: what comes while the store is with a checkpoint */
	RANGE_MANY = 1024, /* are worth a commit of their own */
};

struct hub_routes {
	struct gateway *gateway;
	struct route_journal *journal; /* NULL until the start */
	struct llist_head ranges;      /* under way, in order */
	uint64_t submitted;	       /* the position behind the last of them */
	struct llist_head waiting;     /* for a free slot */
	bool failing;		       /* the store did not take a range; it is tried again */
	struct event *end_of_turn;
	struct event *retry;
	int64_t damage_logged_ms;
};

/* A piece of the journal on its way into the store. */
struct range {
	struct store_op op; /* first */
	struct llist_head list;
	struct hub_routes *routes;
	uint64_t from;
	uint64_t to;
	bool stored;
	bool failed;	  /* to be tried again */
	uint64_t count;	  /* what was in it */
	uint64_t damaged; /* slots that were not as they had been written */
	uint64_t early;	  /* receipts of these that wait for the hub already */
};

/* A message whose hub waits until the journal has room. */
struct item {
	struct llist_head list;
	struct peer *peer; /* held */
	uint32_t sequence;
	struct hub_route route;
	size_t len;
	uint8_t answer[]; /* as it came */
};

int64_t hub_routes_expiry(const struct gateway *gateway, int64_t then_ms)
{
	return then_ms + (int64_t)gateway->live->smpp.hub_receipt_days * DAY_MS;
}

/* ---- those who wait ---- */

static void item_end(struct item *item)
{
	struct smpp_pdu pdu;

	/* It did decode when it came. */
	if (smpp_pdu_decode(item->answer, item->len, &pdu, NULL) == 0)
		peer_answer_pdu(item->peer, item->sequence, &pdu);
	else
		peer_answer(item->peer, item->sequence, SMPP_RSYSERR, NULL);
	llist_del(&item->list);
	peer_release(item->peer);
	talloc_free(item);
}

static void count_lost(struct hub_routes *routes)
{
	struct gateway *gateway = routes->gateway;

	gateway->metrics.hub_routes_failed_total++;
	if (log_seldom(&gateway->store_fault_logged_ms))
		LOGP(LOG_STORE, LOGL_ERROR,
		     "messages of hubs will have no receipts (%llu so far)\n",
		     (unsigned long long)gateway->metrics.hub_routes_failed_total);
}

static void count_damaged(struct hub_routes *routes, uint64_t count)
{
	struct gateway *gateway = routes->gateway;

	gateway->metrics.hub_routes_damaged_total += count;
	if (count > 0 && log_seldom(&routes->damage_logged_ms))
		LOGP(LOG_STORE, LOGL_ERROR,
		     "routes.journal: slots that are not as they were written are left out: their "
		     "messages will have no receipts (%llu so far)\n",
		     (unsigned long long)gateway->metrics.hub_routes_damaged_total);
}

/* Into the journal as far as there is room; when there will be none, they are told as it is. */
static void go_on(struct hub_routes *routes)
{
	struct item *item;
	struct item *next;

	llist_for_each_entry_safe(item, next, &routes->waiting, list) {
		if (!route_journal_put(routes->journal, &item->route)) {
			if (!routes->failing)
				break;
			count_lost(routes);
		}
		item_end(item);
	}
	if (routes->submitted < route_journal_end(routes->journal))
		event_active(routes->end_of_turn, 0, 0);
}

static bool wait_for_room(struct hub_routes *routes, const struct hub_route *route,
			  struct peer *peer, uint32_t sequence, const struct smpp_pdu *answer)
{
	struct item *item = talloc_size(routes, sizeof(*item) + answer->command_length);
	ssize_t len =
		item ? smpp_pdu_encode(answer, item->answer, answer->command_length) : -ENOMEM;

	if (len < 0) {
		talloc_free(item);
		return false;
	}
	item->peer = peer;
	item->sequence = sequence;
	item->route = *route;
	item->len = (size_t)len;
	peer_hold(peer);
	llist_add_tail(&item->list, &routes->waiting);
	return true;
}

/* ---- into the store ---- */

static int run_range(struct db *db, struct store_op *op)
{
	struct range *range = (struct range *)op;
	int rc = hub_route_any_early(db);
	bool early = rc > 0;

	range->count = 0;
	range->damaged = 0;
	range->early = 0;
	for (uint64_t at = range->from; rc >= 0 && at < range->to; at++) {
		const struct hub_route *route = route_journal_at(range->routes->journal, at);

		if (!route) {
			range->damaged++;
			continue;
		}
		rc = hub_route_put(db, route, early);
		range->count++;
		range->early += rc > 0 ? (uint64_t)rc : 0;
	}
	return rc < 0 ? rc : 0;
}

/* The oldest first: what is behind one that failed stays in the journal with it. */
static void release_stored(struct hub_routes *routes)
{
	struct range *range;
	struct range *next;

	llist_for_each_entry_safe(range, next, &routes->ranges, list) {
		if (!range->stored)
			return;
		route_journal_release(routes->journal, range->to);
		llist_del(&range->list);
		talloc_free(range);
	}
}

static void retry_later(struct hub_routes *routes)
{
	struct timeval wait = { RETRY_S, 0 };

	event_add(routes->retry, &wait);
}

static void range_failed(struct range *range)
{
	struct hub_routes *routes = range->routes;

	if (log_seldom(&routes->gateway->store_fault_logged_ms))
		LOGP(LOG_STORE, LOGL_ERROR, "routes of hubs' messages not stored: %s\n",
		     strerror(-range->op.rc));
	range->failed = true;
	routes->failing = true;
	retry_later(routes);
}

static void range_done(struct store_op *op)
{
	struct range *range = (struct range *)op;
	struct hub_routes *routes = range->routes;
	struct metrics *metrics = &routes->gateway->metrics;

	if (op->rc < 0) {
		range_failed(range);
		go_on(routes);
		return;
	}
	range->stored = true;
	metrics->hub_routes_total += range->count;
	metrics->receipts_early_total += range->early;
	count_damaged(routes, range->damaged);
	if (range->early)
		hub_receipts_kick_all(routes->gateway->hub_receipts);
	release_stored(routes);
	if (llist_empty(&routes->ranges))
		routes->failing = false;
	go_on(routes);
}

static bool are_many(const struct hub_routes *routes)
{
	return route_journal_end(routes->journal) - routes->submitted >= RANGE_MANY;
}

static void submit(struct hub_routes *routes, bool lazy)
{
	uint64_t end = route_journal_end(routes->journal);
	struct range *range;

	if (routes->submitted == end)
		return;
	range = talloc_zero(NULL, struct range);
	if (!range) {
		retry_later(routes);
		return;
	}
	range->op = (struct store_op){ .run = run_range,
				       .done = range_done,
				       .weight = (size_t)(end - routes->submitted),
				       .lazy = lazy };
	range->routes = routes;
	range->from = routes->submitted;
	range->to = end;
	routes->submitted = end;
	llist_add_tail(&range->list, &routes->ranges);
	store_submit(routes->gateway->store, &range->op);
}

/* Nobody waits for a few; of many, the journal is not to be full. */
static void on_end_of_turn(evutil_socket_t fd, short what, void *arg)
{
	struct hub_routes *routes = arg;

	(void)fd;
	(void)what;
	if (are_many(routes))
		submit(routes, false);
	else if (llist_empty(&routes->ranges))
		submit(routes, true);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct hub_routes *routes = arg;
	struct range *range;

	(void)fd;
	(void)what;
	llist_for_each_entry(range, &routes->ranges, list) {
		if (!range->failed)
			continue;
		range->failed = false;
		store_submit(routes->gateway->store, &range->op);
	}
	if (llist_empty(&routes->ranges))
		submit(routes, false); /* there was no memory for it */
}

void hub_routes_flush(struct hub_routes *routes)
{
	if (routes->journal)
		submit(routes, false);
}

bool hub_routes_settled(const struct hub_routes *routes)
{
	return llist_empty(&routes->ranges) && llist_empty(&routes->waiting) &&
	       (!routes->journal || routes->submitted == route_journal_end(routes->journal));
}

/* ---- messages ---- */

bool hub_routes_make(const struct gateway *gateway, const char *account, const struct peer *smsc,
		     const struct smpp_pdu *answer, int64_t sent_ms, struct hub_route *out)
{
	struct receipt_policy policy;

	*out = (struct hub_route){ .sent_ms = sent_ms,
				   .expires_ms = hub_routes_expiry(gateway, sent_ms) };
	receipt_policy_of(gateway->live, peer_side(smsc), peer_account(smsc), &policy);
	if (smpp_receipt_id_key(policy.receipts.response_id, answer->message_id, &out->key) < 0)
		return false;
	osmo_strlcpy(out->scope, policy.scope, sizeof(out->scope));
	osmo_strlcpy(out->account, account, sizeof(out->account));
	return true;
}

bool hub_routes_add(struct hub_routes *routes, struct peer *peer, uint32_t sequence,
		    const struct peer *smsc, const struct smpp_pdu *answer, int64_t sent_ms)
{
	struct hub_route route;

	if (!routes->journal ||
	    !hub_routes_make(routes->gateway, peer_account(peer), smsc, answer, sent_ms, &route))
		return false;
	if (llist_empty(&routes->waiting) && route_journal_put(routes->journal, &route)) {
		if (llist_empty(&routes->ranges) || are_many(routes))
			event_active(routes->end_of_turn, 0, 0);
		return false;
	}
	if (!routes->failing && wait_for_room(routes, &route, peer, sequence, answer))
		return true;
	count_lost(routes);
	return false;
}

/* ---- the whole ---- */

static void log_origin(enum route_journal_origin origin, const char *path)
{
	switch (origin) {
	case ROUTE_JOURNAL_NEW:
	case ROUTE_JOURNAL_FOUND:
		break;
	case ROUTE_JOURNAL_TAKEN_OVER:
		LOGP(LOG_STORE, LOGL_NOTICE, "%s: taken over from version 1\n", path);
		break;
	case ROUTE_JOURNAL_REFUSED:
		LOGP(LOG_STORE, LOGL_ERROR,
		     "%s is no journal of this version: begun anew, the routes in it are lost\n",
		     path);
		break;
	}
}

int hub_routes_start(struct hub_routes *routes)
{
	struct gateway *gateway = routes->gateway;
	char path[PATH_MAX_LEN];
	uint64_t left;
	int rc;

	snprintf(path, sizeof(path), "%s/routes.journal", gateway->config->state_dir);
	rc = route_journal_open(routes, path, SLOTS, &routes->journal);
	if (rc < 0) {
		LOGP(LOG_STORE, LOGL_ERROR, "%s: %s\n", path, strerror(-rc));
		return rc;
	}
	log_origin(route_journal_origin(routes->journal), path);
	count_damaged(routes, route_journal_damaged(routes->journal));
	routes->submitted = route_journal_begin(routes->journal);
	left = route_journal_end(routes->journal) - routes->submitted;
	if (left > 0)
		LOGP(LOG_STORE, LOGL_NOTICE, "%llu routes of an earlier run are stored\n",
		     (unsigned long long)left);
	hub_routes_flush(routes);
	return 0;
}

static int routes_destroy(struct hub_routes *routes)
{
	struct range *range;
	struct range *next;

	if (routes->end_of_turn)
		event_free(routes->end_of_turn);
	if (routes->retry)
		event_free(routes->retry);
	/* The store has ended: these wait to be tried again, by the next run. */
	llist_for_each_entry_safe(range, next, &routes->ranges, list)
		talloc_free(range);
	return 0;
}

struct hub_routes *hub_routes_create(void *ctx, struct gateway *gateway)
{
	struct hub_routes *routes = talloc_zero(ctx, struct hub_routes);

	if (!routes)
		return NULL;
	talloc_set_destructor(routes, routes_destroy);
	routes->gateway = gateway;
	INIT_LLIST_HEAD(&routes->ranges);
	INIT_LLIST_HEAD(&routes->waiting);
	routes->end_of_turn = event_new(gateway->base, -1, 0, on_end_of_turn, routes);
	routes->retry = event_new(gateway->base, -1, 0, on_retry, routes);
	if (!routes->end_of_turn || !routes->retry)
		TALLOC_FREE(routes);
	return routes;
}
