/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/release_out.h"

#include <errno.h>
#include <osmocom/core/linuxlist.h>
#include <osmocom/core/utils.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/outbox.h"
#include "gateway/peer.h"
#include "gateway/quarantine_row.h"
#include "gateway/release_end.h"
#include "gateway/sms_turn.h"

enum {
	READ_MAX = 50,
	RETRY_FIRST_MS = 1000,
	RETRY_MAX_MS = 600000,
	GIVE_UP_MS = 86400000,
	TICK_MS = 250,
};

struct released {
	/* In release_out.waiting or .later, unless it flies or is behind another to its receiver.
	 */
	struct llist_head list;
	struct sms_turn turn;
	struct release_out *out;
	struct outbox_row row; /* id, target, created_ms */
	uint8_t *octets;
	size_t len;
	char account[PEER_NAME_MAX];   /* of the hub, and the id by which it knows the message; */
	char name[HUB_MESSAGE_ID_MAX]; /* both "" in rows of earlier versions */
	const struct peer *smsc;       /* to which it went; there while an answer of it comes */
	bool receipt;		       /* the hub wants to hear of it */
	int64_t sent_ms;
	int64_t not_before_ms; /* monotonic */
	int64_t backoff_ms;
};

struct release_out {
	struct gateway *gateway;
	struct llist_head waiting; /* to be sent as soon as a window has room */
	struct llist_head later;   /* refused before: each has its time */
	struct sms_turns turns;
	size_t held; /* in memory, waiting or flying */
	int64_t cursor;
	bool reading;
	bool kicked; /* rows may have come since the last reading began */
	bool more;   /* the last reading did not reach the end */
	struct event *timer;
};

static void go_on(struct release_out *out);

/* In front of those that came after it. */
static void wait_again(struct released *released)
{
	struct llist_head *before = &released->out->waiting;
	struct released *other;

	llist_for_each_entry(other, &released->out->waiting, list) {
		if (other->row.id > released->row.id)
			break;
		before = &other->list;
	}
	llist_add(&released->list, before);
}

static void leave_turn(struct released *released)
{
	struct sms_turn *next = sms_turns_leave(&released->out->turns, &released->turn);

	if (next)
		wait_again(container_of(next, struct released, turn));
}

static void arrive(struct released *released)
{
	if (sms_turns_enter(&released->out->turns, &released->turn, released->row.target))
		llist_add_tail(&released->list, &released->out->waiting);
}

/* `told`, taken, goes with the row; NULL: the hub does not hear of it. */
static void end(struct released *released, struct release_end *told)
{
	struct release_out *out = released->out;

	leave_turn(released);
	if (told)
		outbox_released(out->gateway->outbox, &released->row, told);
	else
		outbox_delivered(out->gateway->outbox, OUTBOX_RELEASE, &released->row);
	out->held--;
	talloc_free(released);
}

/* An SMSC took it. */
static void taken(struct released *released, const struct smpp_pdu *answer)
{
	struct release_end *told = NULL;

	if (released->receipt)
		told = release_end_taken(released, released->out->gateway, released->account,
					 released->name, released->smsc, answer, released->sent_ms);
	end(released, told);
}

static struct release_end *make_failure(struct released *released, enum smpp_message_state state)
{
	struct kept_message kept = { .pdu = { released->octets, released->len },
				     .taken_ms = released->row.created_ms,
				     .ended_ms = clock_now_ms(),
				     .state = state };

	if (!released->name[0])
		return NULL;
	osmo_strlcpy(kept.id, released->name, sizeof(kept.id));
	return release_end_failed(released, released->out->gateway, released->account, &kept);
}

static void give_up(struct released *released, const char *why, enum smpp_message_state state)
{
	char mask[NUMBER_MAX];

	LOGP(LOG_BLOCK, LOGL_ERROR, "released message to %s given up: %s\n",
	     log_number(mask, released->row.target), why);
	released->out->gateway->metrics.released_given_up_total++;
	end(released, make_failure(released, state));
}

static void send_later(struct released *released)
{
	released->out->gateway->metrics.messages_out_failed_total++;
	if (clock_now_ms() - released->row.created_ms > GIVE_UP_MS) {
		give_up(released, "not taken for a day", SMPP_MESSAGE_EXPIRED);
		return;
	}
	released->not_before_ms = clock_monotonic_ms() + released->backoff_ms;
	released->backoff_ms *= 2;
	if (released->backoff_ms > RETRY_MAX_MS)
		released->backoff_ms = RETRY_MAX_MS;
	leave_turn(released);
	llist_add_tail(&released->list, &released->out->later);
}

static void on_answer(void *user, const struct smpp_pdu *answer)
{
	struct released *released = user;
	struct release_out *out = released->out;

	if (answer && answer->command_status == SMPP_ROK) {
		out->gateway->metrics.messages_out_total++;
		out->gateway->metrics.released_sent_total++;
		taken(released, answer);
	} else if (answer && answer->command_status == SMPP_RINVDSTADR) {
		out->gateway->metrics.messages_out_failed_total++;
		give_up(released, smpp_status_name(answer->command_status),
			SMPP_MESSAGE_UNDELIVERABLE);
	} else {
		send_later(released);
	}
	go_on(out);
}

/* SMPP 3.4 sec. 7.1.1: an absolute time ends in its zone's sign, a relative one in R. */
static void drop_moment(struct smpp_octets *time)
{
	if (time->len > 0 && time->data[time->len - 1] != 'R')
		*time = (struct smpp_octets){ 0 };
}

/* 0 when it flies; -EBADMSG for a row that holds no message. */
static int send_one(struct released *released, struct peer *smsc)
{
	struct smpp_fault fault;
	struct smpp_pdu pdu;
	int rc = smpp_pdu_decode(released->octets, released->len, &pdu, &fault);

	if (rc < 0)
		return rc;
	if (pdu.command_id == SMPP_SUBMIT_SM || pdu.command_id == SMPP_DELIVER_SM)
		pdu.command_id = peer_message_command(smsc);
	drop_moment(&pdu.validity_period);
	drop_moment(&pdu.schedule_delivery_time);
	/* Whose hub is not known has nobody who would get it. */
	if (!released->name[0])
		pdu.registered_delivery &= (uint8_t)~HUB_RECEIPTS_ASKED;
	released->smsc = smsc;
	released->receipt = pdu.registered_delivery & HUB_RECEIPTS_ASKED;
	released->sent_ms = clock_now_ms();
	return peer_request(smsc, &pdu, on_answer, released);
}

static void send_waiting(struct release_out *out)
{
	struct released *released;

	while (!llist_empty(&out->waiting)) {
		struct peer *smsc = peer_pick(out->gateway->peers, NULL);
		int rc;

		if (!smsc)
			return;
		released = llist_first_entry(&out->waiting, struct released, list);
		llist_del(&released->list);
		rc = send_one(released, smsc);
		if (rc == -EBADMSG)
			give_up(released, "not readable", SMPP_MESSAGE_UNDELIVERABLE);
		else if (rc < 0)
			send_later(released);
	}
}

/* False: out of memory. A row that holds no PDU makes a message that is given up. */
static bool take_row(struct release_out *out, const struct outbox_row *row)
{
	struct released *released = talloc_zero(out, struct released);
	int rc;

	if (!released)
		return false;
	released->out = out;
	released->row.id = row->id;
	released->row.created_ms = row->created_ms;
	released->row.target = talloc_strdup(released, row->target);
	released->backoff_ms = RETRY_FIRST_MS;
	(void)quarantine_read_route(row->route, released->account, released->name);
	rc = quarantine_read_pdu(released, row->payload, &released->octets, &released->len);
	if (!released->row.target || rc == -ENOMEM) {
		talloc_free(released);
		return false;
	}
	if (rc < 0)
		released->len = 0;
	out->held++;
	arrive(released);
	return true;
}

static void on_rows(void *user, int rc, const struct outbox_row *rows, size_t count)
{
	struct release_out *out = user;

	out->reading = false;
	if (rc < 0) {
		out->kicked = true; /* the timer tries again */
		return;
	}
	out->more = count == READ_MAX;
	for (size_t i = 0; i < count; i++) {
		if (!take_row(out, &rows[i])) {
			out->kicked = true; /* the same */
			send_waiting(out);
			return;
		}
		out->cursor = rows[i].id;
	}
	go_on(out);
}

static void read_more(struct release_out *out)
{
	if (out->reading || out->gateway->draining || !(out->kicked || out->more) ||
	    out->held + READ_MAX > RELEASE_OUT_MAX)
		return;
	out->kicked = false;
	out->reading =
		outbox_read(out->gateway, OUTBOX_RELEASE, out->cursor, READ_MAX, on_rows, out) == 0;
}

static void go_on(struct release_out *out)
{
	send_waiting(out);
	read_more(out);
}

void release_out_room(struct release_out *out)
{
	send_waiting(out);
}

void release_out_kick(struct release_out *out)
{
	out->kicked = true;
	go_on(out);
}

/* Those whose time has come join the others. */
static void wake_later(struct release_out *out)
{
	int64_t now_ms = clock_monotonic_ms();
	struct released *released;
	struct released *next;

	llist_for_each_entry_safe(released, next, &out->later, list) {
		if (released->not_before_ms > now_ms)
			continue;
		llist_del(&released->list);
		arrive(released);
	}
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	wake_later(arg);
	go_on(arg);
}

static int release_out_destroy(struct release_out *out)
{
	if (out->timer)
		event_free(out->timer);
	return 0;
}

struct release_out *release_out_create(void *ctx, struct gateway *gateway)
{
	struct release_out *out = talloc_zero(ctx, struct release_out);
	struct timeval every = { 0, TICK_MS * 1000 };

	if (!out)
		return NULL;
	talloc_set_destructor(out, release_out_destroy);
	out->gateway = gateway;
	out->kicked = true;
	INIT_LLIST_HEAD(&out->waiting);
	INIT_LLIST_HEAD(&out->later);
	sms_turns_init(&out->turns);
	out->timer = event_new(gateway->base, -1, EV_PERSIST, on_timer, out);
	if (!out->timer || event_add(out->timer, &every) < 0)
		TALLOC_FREE(out);
	return out;
}
