/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/receipt_desk.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/hub_receipts.h"
#include "gateway/hub_route_row.h"
#include "gateway/hub_routes.h"
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
	enum smpp_receipt_kind kind;
	struct text_receipt receipt;
	char hub[PEER_NAME_MAX]; /* whose message it is about; "": no hub's */
};

struct batch {
	struct store_op op; /* first */
	struct receipt_desk *desk;
	struct text_policy policy;
	int64_t hub_expires_ms;
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

static bool is_final(enum smpp_receipt_kind kind, enum smpp_message_state state)
{
	return kind == SMPP_RECEIPT_DELIVERY && smpp_message_state_is_final(state);
}

static bool item_is_final(const struct item *item)
{
	return is_final(item->kind, item->receipt.state);
}

/* Hubs first: ids of their messages are kept for days, those of our texts for months, in which an
 * SMSC may use them again. */
static int apply(struct db *db, struct batch *batch, struct item *item)
{
	int rc;

	item->hub[0] = '\0';
	rc = hub_route_receipt(db, &item->receipt, item_is_final(item), batch->hub_expires_ms,
			       item->hub);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (item_is_final(item))
		return text_row_receipt(db, &item->receipt, &batch->policy, &batch->counts);
	/* What tells no end means nothing for a text of ours; a handset's answer is the intake's.
	 */
	return item->kind == SMPP_RECEIPT_ACK ? 0 : hub_route_notice(db, &item->receipt);
}

static int run_batch(struct db *db, struct store_op *op)
{
	struct batch *batch = (struct batch *)op;
	int rc = 0;

	batch->counts = (struct text_counts){ 0 };
	for (size_t i = 0; rc == 0 && i < batch->count; i++)
		rc = apply(db, batch, &batch->items[i]);
	return rc;
}

static void log_unmatched(struct receipt_desk *desk, const char *link)
{
	if (log_seldom(&desk->unmatched_logged_ms))
		LOGP(LOG_SMPP, LOGL_NOTICE, "%s: receipt for no text that is known (%llu)\n", link,
		     (unsigned long long)desk->gateway->metrics.receipts_unknown_total);
}

/* A handset's answer, and no hub waits for it: it is a text like others. */
static void hand_to_intake(struct receipt_desk *desk, const struct item *item)
{
	struct smpp_pdu pdu;

	if (smpp_pdu_decode(item->receipt.pdu.data, item->receipt.pdu.len, &pdu, NULL) == 0)
		intake_text(desk->gateway->intake, item->peer, &pdu);
	else
		peer_answer(item->peer, item->sequence, SMPP_RSYSERR, NULL);
}

/* A receipt that names no state tells no more than one that names no message. */
static bool is_unknown(enum smpp_receipt_kind kind, enum smpp_message_state state)
{
	return kind == SMPP_RECEIPT_DELIVERY &&
	       (state == SMPP_MESSAGE_NONE || smpp_message_state_is_final(state));
}

static void count_item(struct receipt_desk *desk, const struct item *item)
{
	struct metrics *metrics = &desk->gateway->metrics;

	if (item->hub[0])
		metrics->hub_receipts_total++;
	else if (item_is_final(item))
		return; /* text_row_receipt() has counted it */
	else if (is_unknown(item->kind, item->receipt.state))
		metrics->receipts_unknown_total++;
	else
		metrics->receipts_intermediate_total++;
}

static void item_done(struct receipt_desk *desk, const struct item *item, int rc)
{
	if (rc == 0 && item->kind == SMPP_RECEIPT_ACK && !item->hub[0]) {
		hand_to_intake(desk, item);
		return;
	}
	peer_answer(item->peer, item->sequence, intake_status_of(rc), NULL);
	if (rc < 0)
		return;
	count_item(desk, item);
	if (item->hub[0])
		hub_receipts_kick(desk->gateway->hub_receipts, item->hub);
}

static void batch_done(struct store_op *op)
{
	struct batch *batch = (struct batch *)op;
	struct receipt_desk *desk = batch->desk;

	desk->waiting -= batch->count;
	for (size_t i = 0; i < batch->count; i++)
		item_done(desk, &batch->items[i], op->rc);
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
	batch->hub_expires_ms = hub_routes_expiry(desk->gateway, clock_now_ms());
	batch->op.weight = batch->count;
	hub_routes_flush(desk->gateway->hub_routes); /* the store has them before it looks */
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

/* The PDU, for a hub or for the intake. */
static bool keep_pdu(struct receipt_desk *desk, struct item *item, const struct smpp_pdu *pdu)
{
	uint8_t *octets = talloc_size(desk->batch, pdu->command_length);
	ssize_t len = octets ? smpp_pdu_encode(pdu, octets, pdu->command_length) : -ENOMEM;

	if (len < 0)
		return false;
	item->receipt.pdu = (struct smpp_octets){ octets, (size_t)len };
	return true;
}

static void refuse_for_now(struct receipt_desk *desk, struct peer *peer, const struct smpp_pdu *pdu)
{
	desk->gateway->metrics.smpp_throttled_total++;
	peer_answer(peer, pdu->sequence_number, SMPP_RMSGQFUL, NULL);
}

static void submit(struct receipt_desk *desk, struct peer *peer, const struct smpp_pdu *pdu,
		   const struct smpp_receipt *receipt, const struct smpp_id_key *key,
		   const char *scope)
{
	struct item *item = item_add(desk);

	if (!item) {
		refuse_for_now(desk, peer, pdu);
		return;
	}
	*item = (struct item){ .peer = peer,
			       .sequence = pdu->sequence_number,
			       .kind = receipt->kind };
	if (!keep_pdu(desk, item, pdu)) {
		desk->batch->count--;
		desk->waiting--;
		refuse_for_now(desk, peer, pdu);
		return;
	}
	item->receipt.key = *key;
	item->receipt.state = receipt->state;
	item->receipt.received_ms = clock_now_ms();
	snprintf(item->receipt.scope, sizeof(item->receipt.scope), "%s", scope);
	write_reason(receipt, item->receipt.reason);
	peer_hold(peer);
}

/* Without an id nothing can follow, whichever message it is about. */
static void nobodys(struct receipt_desk *desk, struct peer *peer, const struct smpp_pdu *pdu,
		    const struct smpp_receipt *receipt)
{
	if (is_unknown(receipt->kind, receipt->state)) {
		desk->gateway->metrics.receipts_unknown_total++;
		log_unmatched(desk, peer_account(peer));
	} else {
		desk->gateway->metrics.receipts_intermediate_total++;
	}
	peer_answer(peer, pdu->sequence_number, SMPP_ROK, NULL);
}

bool receipt_desk_take(struct receipt_desk *desk, struct peer *peer, const struct smpp_pdu *pdu)
{
	struct receipt_policy policy;
	struct smpp_receipt receipt;
	struct smpp_pdu like = *pdu;
	struct smpp_id_key key;
	bool named;

	/* To our listeners SMSCs submit: the same body under another name. */
	if (like.command_id == SMPP_SUBMIT_SM)
		like.command_id = SMPP_DELIVER_SM;
	if (smpp_receipt_kind_of(&like) == SMPP_RECEIPT_NONE)
		return false;
	(void)smpp_receipt_parse(&like, &receipt);
	receipt_policy_of(desk->gateway->live, peer_side(peer), peer_account(peer), &policy);
	named = smpp_receipt_id_key(policy.receipts.receipt_id, receipt.id, &key) == 0;
	if (receipt.kind == SMPP_RECEIPT_ACK && !named)
		return false;
	if (receipt.kind != SMPP_RECEIPT_ACK)
		desk->gateway->metrics.receipts_total++;
	if (named)
		submit(desk, peer, pdu, &receipt, &key, policy.scope);
	else
		nobodys(desk, peer, pdu, &receipt);
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
