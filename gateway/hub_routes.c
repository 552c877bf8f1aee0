/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/hub_routes.h"

#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/hub_receipts.h"
#include "gateway/hub_route_row.h"
#include "gateway/log.h"
#include "gateway/store.h"

enum { BATCH_FIRST = 16, DAY_MS = 86400000 };

/* A message whose hub waits for the commit. */
struct item {
	struct peer *peer; /* held */
	uint32_t sequence;
	struct hub_route route;
	uint8_t *answer; /* as it came */
	size_t answer_len;
	bool early; /* its receipt waits for the hub already */
};

struct batch {
	struct store_op op; /* first */
	struct hub_routes *routes;
	size_t count;
	size_t cap;
	struct item *items;
};

struct hub_routes {
	struct gateway *gateway;
	struct batch *batch; /* being collected, or NULL */
	struct event *end_of_turn;
};

int64_t hub_routes_expiry(const struct gateway *gateway)
{
	return clock_now_ms() + (int64_t)gateway->live->smpp.hub_receipt_days * DAY_MS;
}

static int run_batch(struct db *db, struct store_op *op)
{
	struct batch *batch = (struct batch *)op;

	for (size_t i = 0; i < batch->count; i++) {
		int rc = hub_route_put(db, &batch->items[i].route);

		if (rc < 0)
			return rc;
		batch->items[i].early = rc > 0;
	}
	return 0;
}

static void answer(const struct item *item)
{
	struct smpp_pdu pdu;

	/* It did decode when it came. */
	if (smpp_pdu_decode(item->answer, item->answer_len, &pdu, NULL) == 0)
		peer_answer_pdu(item->peer, item->sequence, &pdu);
	else
		peer_answer(item->peer, item->sequence, SMPP_RSYSERR, NULL);
}

static void batch_done(struct store_op *op)
{
	struct batch *batch = (struct batch *)op;
	struct gateway *gateway = batch->routes->gateway;

	if (op->rc == 0) {
		gateway->metrics.hub_routes_total += batch->count;
	} else {
		gateway->metrics.hub_routes_failed_total += batch->count;
		if (log_seldom(&gateway->store_fault_logged_ms))
			LOGP(LOG_STORE, LOGL_ERROR,
			     "%zu messages of hubs will have no receipts: %s\n", batch->count,
			     strerror(-op->rc));
	}
	for (size_t i = 0; i < batch->count; i++) {
		const struct item *item = &batch->items[i];

		answer(item);
		if (op->rc == 0 && item->early) {
			gateway->metrics.receipts_early_total++;
			hub_receipts_kick(gateway->hub_receipts, item->route.account);
		}
		peer_release(item->peer);
	}
	talloc_free(batch);
}

static void on_end_of_turn(evutil_socket_t fd, short what, void *arg)
{
	struct hub_routes *routes = arg;
	struct batch *batch = routes->batch;

	(void)fd;
	(void)what;
	if (!batch)
		return;
	routes->batch = NULL;
	batch->op.weight = batch->count;
	store_submit(routes->gateway->store, &batch->op);
}

static struct batch *batch_get(struct hub_routes *routes)
{
	struct batch *batch = routes->batch;

	if (batch)
		return batch;
	batch = talloc_zero(NULL, struct batch);
	if (!batch)
		return NULL;
	batch->op.run = run_batch;
	batch->op.done = batch_done;
	batch->routes = routes;
	routes->batch = batch;
	event_active(routes->end_of_turn, 0, 0);
	return batch;
}

static bool has_room(struct batch *batch)
{
	size_t cap = batch->cap ? batch->cap * 2 : BATCH_FIRST;
	struct item *items;

	if (batch->count < batch->cap)
		return true;
	items = talloc_realloc(batch, batch->items, struct item, cap);
	if (!items)
		return false;
	batch->items = items;
	batch->cap = cap;
	return true;
}

static bool keep_answer(struct batch *batch, struct item *item, const struct smpp_pdu *pdu)
{
	ssize_t len;

	item->answer = talloc_size(batch, pdu->command_length);
	if (!item->answer)
		return false;
	len = smpp_pdu_encode(pdu, item->answer, pdu->command_length);
	item->answer_len = len < 0 ? 0 : (size_t)len;
	return len > 0;
}

bool hub_routes_add(struct hub_routes *routes, struct peer *peer, uint32_t sequence,
		    const struct peer *smsc, const struct smpp_pdu *pdu, int64_t sent_ms)
{
	struct item item = { .peer = peer, .sequence = sequence };
	struct receipt_policy policy;
	struct batch *batch;

	receipt_policy_of(routes->gateway->live, peer_side(smsc), peer_account(smsc), &policy);
	/* Who gives no id gives no receipt. */
	if (smpp_receipt_id_key(policy.receipts.response_id, pdu->message_id, &item.route.key) < 0)
		return false;
	batch = batch_get(routes);
	if (!batch || !has_room(batch) || !keep_answer(batch, &item, pdu))
		return false;
	snprintf(item.route.scope, sizeof(item.route.scope), "%s", policy.scope);
	snprintf(item.route.account, sizeof(item.route.account), "%s", peer_account(peer));
	item.route.sent_ms = sent_ms;
	item.route.expires_ms = hub_routes_expiry(routes->gateway);
	peer_hold(peer);
	batch->items[batch->count++] = item;
	return true;
}

static int routes_destroy(struct hub_routes *routes)
{
	if (routes->end_of_turn)
		event_free(routes->end_of_turn);
	talloc_free(routes->batch);
	return 0;
}

struct hub_routes *hub_routes_create(void *ctx, struct gateway *gateway)
{
	struct hub_routes *routes = talloc_zero(ctx, struct hub_routes);

	if (!routes)
		return NULL;
	talloc_set_destructor(routes, routes_destroy);
	routes->gateway = gateway;
	routes->end_of_turn = event_new(gateway->base, -1, 0, on_end_of_turn, routes);
	if (!routes->end_of_turn)
		TALLOC_FREE(routes);
	return routes;
}
