/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sms_out.h"

#include <errno.h>
#include <osmocom/core/linuxlist.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/outbox_stock.h"
#include "gateway/peer.h"
#include "gateway/report_row.h"
#include "gateway/sms_receipt.h"
#include "gateway/sms_turn.h"
#include "smpp/smpp_text.h"

enum {
	READ_MAX = 500,
	RETRY_FIRST_MS = 1000,
	RETRY_MAX_MS = 600000,
	GIVE_UP_MS = 86400000,
	TICK_MS = 250,
	/* So often may a queue be full for one text; then it waits by itself, others go first. */
	PUT_OFF_MAX = 3,
};

struct sms {
	/* In sms_out.waiting or .later, unless it is flying or behind another to its subscriber. */
	struct llist_head list;
	struct sms_turn turn;
	struct sms_out *out;
	struct outbox_row row;
	struct smpp_parts parts;
	struct sms_receipt receipt;
	size_t next_part;
	int64_t not_before_ms; /* monotonic */
	int64_t backoff_ms;
	unsigned put_off;
	char account[ROUTE_MAX];
	char service_code[ROUTE_MAX];
};

struct sms_out {
	struct gateway *gateway;
	struct llist_head waiting; /* to be sent as soon as a window has room */
	struct llist_head later;   /* refused before: each has its time */
	struct sms_turns turns;	   /* of those in `waiting` and those that fly */
	size_t held;		   /* in memory, waiting or flying */
	size_t flying;
	int64_t cursor;
	bool reading;
	bool kicked; /* rows may have come since the last reading began */
	bool more;   /* the last reading did not reach the end */
	uint8_t reference;
	struct event *timer;
};

static void go_on(struct sms_out *out);

/* In front of those that came after it. */
static void wait_again(struct sms *sms)
{
	struct llist_head *before = &sms->out->waiting;
	struct sms *other;

	llist_for_each_entry(other, &sms->out->waiting, list) {
		if (other->row.id > sms->row.id)
			break;
		before = &other->list;
	}
	llist_add(&sms->list, before);
}

/* Done, or not to be sent now: the next one to this subscriber may go. */
static void leave_turn(struct sms *sms)
{
	struct sms_turn *next = sms_turns_leave(&sms->out->turns, &sms->turn);

	if (next)
		wait_again(container_of(next, struct sms, turn));
}

static void sms_arrive(struct sms *sms)
{
	if (sms_turns_enter(&sms->out->turns, &sms->turn, sms->row.target))
		llist_add_tail(&sms->list, &sms->out->waiting);
}

static void sms_end(struct sms *sms)
{
	struct sms_out *out = sms->out;

	leave_turn(sms);
	if (sms->receipt.handed)
		outbox_text_handed(out->gateway->outbox, &sms->row, sms->receipt.handed);
	else
		outbox_delivered(out->gateway->outbox, OUTBOX_SMS, &sms->row);
	out->held--;
	talloc_free(sms);
}

/* It is not sent again: why is kept with the report, which stays untold. */
static void sms_give_up(struct sms *sms, const char *reason)
{
	sms_receipt_refused(&sms->receipt, sms, reason);
	sms->row.told = TOLD_NOTHING;
	sms_end(sms);
}

static void sms_later(struct sms *sms)
{
	struct sms_out *out = sms->out;
	char mask[NUMBER_MAX];

	out->gateway->metrics.messages_out_failed_total++;
	if (clock_now_ms() - sms->row.created_ms > GIVE_UP_MS) {
		LOGP(LOG_SMPP, LOGL_ERROR, "text to %s given up after a day\n",
		     log_number(mask, sms->row.target));
		sms_give_up(sms, "not taken for a day");
		return;
	}
	sms->not_before_ms = clock_monotonic_ms() + sms->backoff_ms;
	sms->backoff_ms = sms->backoff_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : sms->backoff_ms * 2;
	leave_turn(sms);
	llist_add_tail(&sms->list, &out->later);
}

/* Not this text is at fault but the pace: the peer is left alone for a while, and the text keeps
 * its place, for another link or until then. A full queue may also be its receiver's alone. */
static void put_off(struct sms *sms, uint32_t status)
{
	struct sms_out *out = sms->out;

	if (status == SMPP_RMSGQFUL && ++sms->put_off > PUT_OFF_MAX) {
		sms->put_off = 0;
		sms_later(sms);
		return;
	}
	out->gateway->metrics.messages_out_failed_total++;
	wait_again(sms);
}

static bool too_fast(uint32_t status)
{
	return status == SMPP_RTHROTTLED || status == SMPP_RMSGQFUL;
}

static bool final_refusal(uint32_t status)
{
	return status == SMPP_RINVDSTADR;
}

static void on_answer(void *user, const struct smpp_pdu *pdu)
{
	struct sms *sms = user;
	struct sms_out *out = sms->out;
	char mask[NUMBER_MAX];

	out->flying--;
	if (pdu && pdu->command_status == SMPP_ROK) {
		out->gateway->metrics.messages_out_total++;
		sms_receipt_taken(&sms->receipt, pdu);
		sms->next_part++;
		if (sms->next_part == sms->parts.count)
			sms_end(sms);
		else
			llist_add(&sms->list, &out->waiting);
	} else if (pdu && final_refusal(pdu->command_status)) {
		LOGP(LOG_SMPP, LOGL_NOTICE, "text to %s refused: %s\n",
		     log_number(mask, sms->row.target), smpp_status_name(pdu->command_status));
		out->gateway->metrics.messages_out_failed_total++;
		sms_give_up(sms, smpp_status_name(pdu->command_status));
	} else if (pdu && too_fast(pdu->command_status)) {
		put_off(sms, pdu->command_status);
	} else {
		sms_later(sms);
	}
	go_on(out);
}

/* E.164 numbers go out with ton 1 and without the plus, codes as dialled with ton 0. */
static void set_address(const char *number, uint8_t *ton, uint8_t *npi, struct smpp_octets *out)
{
	bool global = number[0] == '+';

	*ton = global;
	*npi = 1;
	*out = smpp_octets_of(number + global);
}

static int send_part(struct sms *sms, struct peer *peer)
{
	const struct smpp_part *part = &sms->parts.part[sms->next_part];
	struct smpp_pdu pdu = { .command_id = peer_message_command(peer) };

	set_address(sms->service_code, &pdu.source_addr_ton, &pdu.source_addr_npi,
		    &pdu.source_addr);
	set_address(sms->row.target, &pdu.dest_addr_ton, &pdu.dest_addr_npi, &pdu.destination_addr);
	pdu.esm_class = sms->parts.udhi ? SMPP_ESM_UDHI : 0;
	pdu.data_coding = sms->parts.data_coding;
	pdu.short_message = (struct smpp_octets){ part->octets, part->len };
	sms_receipt_ask(&sms->receipt, sms, sms->out->gateway->live, peer, &pdu, clock_now_ms());
	return peer_request(peer, &pdu, on_answer, sms);
}

static void send_waiting(struct sms_out *out)
{
	struct sms *sms;
	struct sms *next;

	llist_for_each_entry_safe(sms, next, &out->waiting, list) {
		struct peer *peer = peer_pick(out->gateway->peers, sms->account);

		if (!peer)
			return;
		llist_del(&sms->list);
		out->flying++;
		if (send_part(sms, peer) < 0) {
			out->flying--;
			sms_later(sms);
		}
	}
}

/* -ENOMEM, or what its text lacks. */
static int sms_create(struct sms_out *out, const struct outbox_row *row, struct sms **result)
{
	struct sms *sms = talloc_zero(out, struct sms);
	const char *code = out->gateway->live->reports.service_codes[0];
	int rc;

	if (!sms)
		return -ENOMEM;
	sms->out = out;
	sms->row = *row;
	sms->row.target = talloc_strdup(sms, row->target);
	sms->row.payload = NULL;
	sms->row.route = NULL;
	sms->backoff_ms = RETRY_FIRST_MS;
	route_split(row->route, sms->account, sms->service_code);
	if (!sms->service_code[0])
		snprintf(sms->service_code, sizeof(sms->service_code), "%s", code);
	/* A text of ours always fits; one of a foreign row is cut to what does. */
	rc = sms->row.target ? smpp_text_segment(row->payload, strlen(row->payload),
						 out->reference++, &sms->parts)
			     : -ENOMEM;
	if (rc < 0) {
		talloc_free(sms);
		return rc;
	}
	*result = sms;
	return 0;
}

/* False: there is no memory for it now, and the timer tries again. */
static bool take_row(struct sms_out *out, const struct outbox_row *row)
{
	struct sms *sms;
	int rc = sms_create(out, row, &sms);

	out->kicked = out->kicked || rc == -ENOMEM;
	if (rc == -ENOMEM)
		return false;
	out->cursor = row->id;
	if (rc < 0) {
		LOGP(LOG_SMPP, LOGL_ERROR, "outbox row %lld does not make an SMS\n",
		     (long long)row->id);
		return true;
	}
	out->held++;
	sms_arrive(sms);
	return true;
}

static void on_rows(void *user, int rc, const struct outbox_row *rows, size_t count)
{
	struct sms_out *out = user;

	out->reading = false;
	if (rc < 0) {
		out->kicked = true; /* the timer tries again */
		return;
	}
	out->more = count == READ_MAX;
	for (size_t i = 0; i < count; i++) {
		if (!take_row(out, &rows[i])) {
			send_waiting(out);
			return;
		}
	}
	go_on(out);
}

/* What was committed just now need not be read. */
static void take_stock(struct sms_out *out)
{
	struct outbox_stock *stock = outbox_stock(out->gateway->outbox);
	const struct outbox_row *row;

	while (out->held < SMS_OUT_MAX && (row = outbox_stock_first(stock, OUTBOX_SMS)) &&
	       take_row(out, row))
		outbox_stock_drop(stock, OUTBOX_SMS);
}

static void read_more(struct sms_out *out)
{
	if (out->reading || out->gateway->draining)
		return;
	if (outbox_stock_live(outbox_stock(out->gateway->outbox), OUTBOX_SMS)) {
		out->kicked = false;
		take_stock(out);
		return;
	}
	if (!(out->kicked || out->more) || out->held + READ_MAX > SMS_OUT_MAX)
		return;
	out->kicked = false;
	out->reading =
		outbox_read(out->gateway, OUTBOX_SMS, out->cursor, READ_MAX, on_rows, out) == 0;
}

static void go_on(struct sms_out *out)
{
	read_more(out);
	send_waiting(out);
}

void sms_out_room(struct sms_out *out)
{
	send_waiting(out);
}

void sms_out_kick(struct sms_out *out)
{
	out->kicked = true;
	go_on(out);
}

/* Those whose time has come join the others. */
static void wake_later(struct sms_out *out)
{
	int64_t now_ms = clock_monotonic_ms();
	struct sms *sms;
	struct sms *next;

	llist_for_each_entry_safe(sms, next, &out->later, list) {
		if (sms->not_before_ms > now_ms)
			continue;
		llist_del(&sms->list);
		sms_arrive(sms);
	}
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	wake_later(arg);
	go_on(arg);
}

static int sms_out_destroy(struct sms_out *out)
{
	if (out->timer)
		event_free(out->timer);
	return 0;
}

struct sms_out *sms_out_create(void *ctx, struct gateway *gateway)
{
	struct sms_out *out = talloc_zero(ctx, struct sms_out);
	struct timeval every = { 0, TICK_MS * 1000 };

	if (!out)
		return NULL;
	talloc_set_destructor(out, sms_out_destroy);
	out->gateway = gateway;
	out->kicked = true;
	INIT_LLIST_HEAD(&out->waiting);
	INIT_LLIST_HEAD(&out->later);
	sms_turns_init(&out->turns);
	out->timer = event_new(gateway->base, -1, EV_PERSIST, on_timer, out);
	if (!out->timer || event_add(out->timer, &every) < 0) {
		talloc_free(out);
		return NULL;
	}
	return out;
}
