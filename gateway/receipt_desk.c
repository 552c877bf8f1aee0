/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/receipt_desk.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/intake.h"
#include "gateway/log.h"
#include "gateway/store.h"

enum { TICK_MS = 250, DUE_LIMIT = 500, BATCH_FIRST = 16 };

struct receipt_desk {
	struct gateway *gateway;
	struct batch *batch; /* being collected, or NULL */
	size_t waiting;	     /* for the store */
	struct event *end_of_turn;
	struct event *timer;
	bool scanning;
	int64_t unmatched_logged_ms;
	int64_t given_up_logged_ms;
};

/* A receipt that waits for its commit. */
struct item {
	struct peer *peer; /* held */
	uint32_t sequence;
	struct text_receipt receipt;
};

struct batch {
	struct store_op op; /* first */
	struct receipt_desk *desk;
	struct text_policy policy;
	struct text_counts counts;
	size_t count;
	size_t cap;
	struct item *items;
};

struct text_policy receipt_desk_policy(const struct gateway *gateway)
{
	return (struct text_policy){ gateway->live->answers, clock_now_ms() };
}

void receipt_desk_count(struct gateway *gateway, const struct text_counts *counts)
{
	struct metrics *metrics = &gateway->metrics;
	struct receipt_desk *desk = gateway->receipts;

	metrics->texts_delivered_total += counts->delivered;
	metrics->texts_assumed_total += counts->assumed;
	metrics->texts_retried_total += counts->retried;
	metrics->texts_undelivered_total += counts->failed;
	metrics->texts_unheard_total += counts->unheard;
	metrics->receipts_unknown_total += counts->unmatched;
	metrics->receipts_early_total += counts->early;
	metrics->receipts_repeated_total += counts->repeated;
	if (counts->failed && log_seldom(&desk->given_up_logged_ms))
		LOGP(LOG_SMPP, LOGL_NOTICE, "a text was not delivered and is given up (%llu)\n",
		     (unsigned long long)metrics->texts_undelivered_total);
	if (counts->outbox)
		outbox_kick(gateway->outbox);
}

/* ---- receipts ---- */

static int run_batch(struct db *db, struct store_op *op)
{
	struct batch *batch = (struct batch *)op;
	int rc = 0;

	batch->counts = (struct text_counts){ 0 };
	for (size_t i = 0; rc == 0 && i < batch->count; i++)
		rc = text_row_receipt(db, &batch->items[i].receipt, &batch->policy, &batch->counts);
	return rc;
}

static void log_unmatched(struct receipt_desk *desk, const char *link)
{
	if (log_seldom(&desk->unmatched_logged_ms))
		LOGP(LOG_SMPP, LOGL_NOTICE, "%s: receipt for no text that is known (%llu)\n", link,
		     (unsigned long long)desk->gateway->metrics.receipts_unknown_total);
}

static void batch_done(struct store_op *op)
{
	struct batch *batch = (struct batch *)op;
	struct receipt_desk *desk = batch->desk;

	desk->waiting -= batch->count;
	for (size_t i = 0; i < batch->count; i++)
		peer_answer(batch->items[i].peer, batch->items[i].sequence,
			    intake_status_of(op->rc), NULL);
	if (op->rc == 0) {
		receipt_desk_count(desk->gateway, &batch->counts);
		if (batch->counts.unmatched)
			log_unmatched(desk, peer_account(batch->items[batch->count - 1].peer));
	} else if (log_seldom(&desk->gateway->store_fault_logged_ms)) {
		LOGP(LOG_STORE, LOGL_ERROR, "%zu receipts not stored: %s\n", batch->count,
		     strerror(-op->rc));
	}
	for (size_t i = 0; i < batch->count; i++)
		peer_release(batch->items[i].peer);
	talloc_free(batch);
}

static void on_end_of_turn(evutil_socket_t fd, short what, void *arg)
{
	struct receipt_desk *desk = arg;
	struct batch *batch = desk->batch;

	(void)fd;
	(void)what;
	if (!batch)
		return;
	desk->batch = NULL;
	batch->policy = receipt_desk_policy(desk->gateway);
	batch->op.weight = batch->count;
	store_submit(desk->gateway->store, &batch->op);
}

static struct batch *batch_get(struct receipt_desk *desk)
{
	struct batch *batch = desk->batch;

	if (batch)
		return batch;
	batch = talloc_zero(NULL, struct batch);
	if (!batch)
		return NULL;
	batch->op.run = run_batch;
	batch->op.done = batch_done;
	batch->desk = desk;
	desk->batch = batch;
	event_active(desk->end_of_turn, 0, 0);
	return batch;
}

static struct item *item_add(struct receipt_desk *desk)
{
	struct batch *batch = batch_get(desk);

	if (!batch || desk->waiting >= desk->gateway->config->smpp.queue_max)
		return NULL;
	if (batch->count == batch->cap) {
		size_t cap = batch->cap ? batch->cap * 2 : BATCH_FIRST;
		struct item *items = talloc_realloc(batch, batch->items, struct item, cap);

		if (!items)
			return NULL;
		batch->items = items;
		batch->cap = cap;
	}
	desk->waiting++;
	return &batch->items[batch->count++];
}

/* "UNDELIV error 11": `err` is the SMSC's and may hold anything. */
static void write_reason(const struct smpp_receipt *receipt, char out[TEXT_REASON_MAX])
{
	int len = snprintf(out, TEXT_REASON_MAX, "%s", smpp_message_state_name(receipt->state));

	if (receipt->error > 0) {
		snprintf(out + len, TEXT_REASON_MAX - (size_t)len, " error %ld",
			 (long)receipt->error);
		return;
	}
	for (size_t i = 0; i < receipt->err.len; i++)
		if (!isalnum(receipt->err.data[i]) || i == 16)
			return;
	if (receipt->error < 0 && receipt->err.len > 0)
		snprintf(out + len, TEXT_REASON_MAX - (size_t)len, " error %.*s",
			 (int)receipt->err.len, (const char *)receipt->err.data);
}

static void submit(struct receipt_desk *desk, struct peer *peer, const struct smpp_pdu *pdu,
		   const struct smpp_receipt *receipt)
{
	struct receipt_policy policy;
	struct smpp_id_key key;
	struct item *item;

	receipt_policy_of(desk->gateway->live, peer_side(peer), peer_account(peer), &policy);
	if (smpp_receipt_id_key(policy.receipts.receipt_id, receipt->id, &key) < 0) {
		desk->gateway->metrics.receipts_unknown_total++;
		log_unmatched(desk, peer_account(peer));
		peer_answer(peer, pdu->sequence_number, SMPP_ROK, NULL);
		return;
	}
	item = item_add(desk);
	if (!item) {
		desk->gateway->metrics.smpp_throttled_total++;
		peer_answer(peer, pdu->sequence_number, SMPP_RMSGQFUL, NULL);
		return;
	}
	*item = (struct item){ .peer = peer, .sequence = pdu->sequence_number };
	item->receipt.key = key;
	item->receipt.state = receipt->state;
	item->receipt.received_ms = clock_now_ms();
	snprintf(item->receipt.scope, sizeof(item->receipt.scope), "%s", policy.scope);
	write_reason(receipt, item->receipt.reason);
	peer_hold(peer);
}

bool receipt_desk_take(struct receipt_desk *desk, struct peer *peer, const struct smpp_pdu *pdu)
{
	struct metrics *metrics = &desk->gateway->metrics;
	struct smpp_receipt receipt;
	struct smpp_pdu like = *pdu;

	/* To our listeners SMSCs submit: the same body under another name. */
	if (like.command_id == SMPP_SUBMIT_SM)
		like.command_id = SMPP_DELIVER_SM;
	receipt.kind = smpp_receipt_kind_of(&like);
	if (receipt.kind != SMPP_RECEIPT_DELIVERY && receipt.kind != SMPP_RECEIPT_INTERMEDIATE)
		return false;
	metrics->receipts_total++;
	(void)smpp_receipt_parse(&like, &receipt);
	if (receipt.kind == SMPP_RECEIPT_DELIVERY &&
	    (receipt.state == SMPP_MESSAGE_NONE || smpp_message_state_is_final(receipt.state))) {
		/* Without a state nothing can follow, whichever text it is about. */
		if (receipt.state == SMPP_MESSAGE_NONE)
			receipt.id.len = 0;
		submit(desk, peer, pdu, &receipt);
		return true;
	}
	metrics->receipts_intermediate_total++;
	peer_answer(peer, pdu->sequence_number, SMPP_ROK, NULL);
	return true;
}

/* ---- what is due ---- */

struct scan {
	struct store_op op; /* first */
	struct receipt_desk *desk;
	struct text_policy policy;
	struct text_counts counts;
	int found;
};

static void look(struct receipt_desk *desk);

static int run_due(struct db *db, struct store_op *op)
{
	struct scan *scan = (struct scan *)op;

	scan->counts = (struct text_counts){ 0 };
	return text_row_due(db, DUE_LIMIT, &scan->policy, &scan->counts);
}

static void due_done(struct store_op *op)
{
	struct scan *scan = (struct scan *)op;
	struct receipt_desk *desk = scan->desk;

	desk->scanning = false;
	if (op->rc == 0) {
		receipt_desk_count(desk->gateway, &scan->counts);
		look(desk); /* there may be more */
	} else if (log_seldom(&desk->gateway->store_fault_logged_ms)) {
		LOGP(LOG_STORE, LOGL_ERROR, "texts not moved on: %s\n", strerror(-op->rc));
	}
	talloc_free(scan);
}

static int run_look(struct db *db, struct store_op *op)
{
	struct scan *scan = (struct scan *)op;

	scan->found = text_row_any_due(db, scan->policy.now_ms);
	return scan->found < 0 ? scan->found : 0;
}

static void look_done(struct store_op *op)
{
	struct scan *scan = (struct scan *)op;
	struct receipt_desk *desk = scan->desk;

	if (op->rc < 0 || scan->found == 0 || desk->gateway->draining) {
		desk->scanning = false;
		talloc_free(scan);
		return;
	}
	scan->op = (struct store_op){ .run = run_due, .done = due_done };
	store_submit(desk->gateway->store, &scan->op);
}

static void look(struct receipt_desk *desk)
{
	struct scan *scan;

	if (desk->scanning || desk->gateway->draining)
		return;
	scan = talloc_zero(NULL, struct scan);
	if (!scan)
		return;
	scan->op.run = run_look;
	scan->op.done = look_done;
	scan->desk = desk;
	scan->policy = receipt_desk_policy(desk->gateway);
	desk->scanning = true;
	store_submit(desk->gateway->reader, &scan->op);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	look(arg);
}

int receipt_desk_start(struct receipt_desk *desk)
{
	struct timeval every = { 0, TICK_MS * 1000 };

	return event_add(desk->timer, &every);
}

static int desk_destroy(struct receipt_desk *desk)
{
	if (desk->end_of_turn)
		event_free(desk->end_of_turn);
	if (desk->timer)
		event_free(desk->timer);
	talloc_free(desk->batch);
	return 0;
}

struct receipt_desk *receipt_desk_create(void *ctx, struct gateway *gateway)
{
	struct receipt_desk *desk = talloc_zero(ctx, struct receipt_desk);

	if (!desk)
		return NULL;
	talloc_set_destructor(desk, desk_destroy);
	desk->gateway = gateway;
	desk->end_of_turn = event_new(gateway->base, -1, 0, on_end_of_turn, desk);
	desk->timer = event_new(gateway->base, -1, EV_PERSIST, on_timer, desk);
	if (!desk->end_of_turn || !desk->timer)
		TALLOC_FREE(desk);
	return desk;
}
