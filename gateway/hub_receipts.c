/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/hub_receipts.h"

#include <errno.h>
#include <osmocom/core/linuxlist.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/hub_receipt_read.h"
#include "gateway/log.h"
#include "gateway/peer.h"

enum { READ_MAX = 500, RETRY_FIRST_MS = 1000, RETRY_MAX_MS = 600000, TICK_MS = 250 };

/* The receipts of one hub. */
struct line {
	struct llist_head list;
	struct hub_receipts *receipts;
	struct llist_head waiting; /* to be sent as soon as a session has room */
	struct llist_head later;   /* refused before: each has its time */
	size_t held;		   /* in memory, waiting or flying */
	int64_t cursor;
	bool reading;
	bool kicked; /* rows may have come since the last reading began */
	bool more;   /* the last reading did not reach the end */
	char account[PEER_NAME_MAX];
};

struct receipt {
	struct llist_head list; /* in line.waiting or .later, unless it flies */
	struct line *line;
	int64_t id;
	int64_t expires_ms;
	int64_t not_before_ms; /* monotonic */
	int64_t backoff_ms;
	size_t len;
	uint8_t octets[];
};

struct hub_receipts {
	struct gateway *gateway;
	struct llist_head lines;
	struct hub_receipt_ends *ends;
	struct event *timer;
	int64_t given_up_logged_ms;
};

static void go_on(struct line *line);

/* ---- one receipt ---- */

static void forget(struct receipt *receipt)
{
	receipt->line->held--;
	talloc_free(receipt);
}

static void end(struct receipt *receipt)
{
	hub_receipt_end(receipt->line->receipts->ends, receipt->id);
	forget(receipt);
}

static void give_up(struct receipt *receipt, const char *why)
{
	struct hub_receipts *receipts = receipt->line->receipts;

	receipts->gateway->metrics.hub_receipts_given_up_total++;
	if (log_seldom(&receipts->given_up_logged_ms))
		LOGP(LOG_SMPP, LOGL_NOTICE, "a receipt for %s is given up: %s (%llu)\n",
		     receipt->line->account, why,
		     (unsigned long long)receipts->gateway->metrics.hub_receipts_given_up_total);
	end(receipt);
}

static void send_later(struct receipt *receipt)
{
	if (clock_now_ms() > receipt->expires_ms) {
		give_up(receipt, "expired");
		return;
	}
	receipt->not_before_ms = clock_monotonic_ms() + receipt->backoff_ms;
	receipt->backoff_ms *= 2;
	if (receipt->backoff_ms > RETRY_MAX_MS)
		receipt->backoff_ms = RETRY_MAX_MS;
	llist_add_tail(&receipt->list, &receipt->line->later);
}

/* In front of those that came after it. */
static void wait_again(struct receipt *receipt)
{
	struct llist_head *before = &receipt->line->waiting;
	struct receipt *other;

	llist_for_each_entry(other, &receipt->line->waiting, list) {
		if (other->id > receipt->id)
			break;
		before = &other->list;
	}
	llist_add(&receipt->list, before);
}

static void on_answer(void *user, const struct smpp_pdu *answer)
{
	struct receipt *receipt = user;
	struct line *line = receipt->line;

	if (!answer) {
		/* Its session is gone, or silent: another may take it at once. */
		wait_again(receipt);
	} else if (answer->command_status == SMPP_ROK) {
		line->receipts->gateway->metrics.hub_receipts_sent_total++;
		end(receipt);
	} else if (answer->command_status == SMPP_RX_P_APPN ||
		   answer->command_status == SMPP_RX_R_APPN) {
		give_up(receipt, smpp_status_name(answer->command_status));
	} else if (answer->command_status == SMPP_RTHROTTLED ||
		   answer->command_status == SMPP_RMSGQFUL) {
		wait_again(receipt); /* the session is left alone for a while (peer.h) */
	} else {
		send_later(receipt);
	}
	go_on(line);
}

/* An SMSC that bound to us submits what a hub is delivered: the same body under another name. */
static int send_one(struct receipt *receipt, struct peer *peer)
{
	struct smpp_pdu pdu;
	int rc = smpp_pdu_decode(receipt->octets, receipt->len, &pdu, NULL);

	if (rc < 0)
		return rc;
	if (pdu.command_id == SMPP_SUBMIT_SM)
		pdu.command_id = SMPP_DELIVER_SM;
	return peer_request(peer, &pdu, on_answer, receipt);
}

/* ---- a hub's ---- */

static struct peer *pick(const struct line *line)
{
	return peer_pick_hub(line->receipts->gateway->peers, line->account);
}

static void send_waiting(struct line *line)
{
	while (!llist_empty(&line->waiting)) {
		struct peer *peer = pick(line);
		struct receipt *receipt;
		int rc;

		if (!peer)
			return;
		receipt = llist_first_entry(&line->waiting, struct receipt, list);
		llist_del(&receipt->list);
		rc = send_one(receipt, peer);
		if (rc == -EBADMSG)
			give_up(receipt, "not readable");
		else if (rc < 0)
			send_later(receipt);
	}
}

static bool add(struct line *line, const struct hub_receipt *row)
{
	struct receipt *receipt = talloc_size(line, sizeof(*receipt) + row->len);

	if (!receipt)
		return false;
	*receipt = (struct receipt){ .line = line,
				     .id = row->id,
				     .expires_ms = row->expires_ms,
				     .backoff_ms = RETRY_FIRST_MS,
				     .len = row->len };
	memcpy(receipt->octets, row->pdu, row->len);
	llist_add_tail(&receipt->list, &line->waiting);
	line->held++;
	return true;
}

static void on_rows(void *user, int rc, const struct hub_receipt *rows, size_t count)
{
	struct line *line = user;

	line->reading = false;
	if (rc < 0) {
		line->kicked = true; /* the timer tries again */
		return;
	}
	line->more = count == READ_MAX;
	for (size_t i = 0; i < count; i++) {
		if (!add(line, &rows[i])) {
			line->kicked = true;
			break;
		}
		line->cursor = rows[i].id;
	}
	go_on(line);
}

static void read_more(struct line *line)
{
	struct gateway *gateway = line->receipts->gateway;

	if (line->reading || gateway->draining || !(line->kicked || line->more) ||
	    line->held + READ_MAX > HUB_RECEIPTS_MAX || !pick(line))
		return;
	line->kicked = false;
	line->reading = hub_receipt_read(gateway, line->account, line->cursor, READ_MAX, on_rows,
					 line) == 0;
	line->kicked = !line->reading;
}

static void go_on(struct line *line)
{
	send_waiting(line);
	read_more(line);
}

static struct line *find_line(struct hub_receipts *receipts, const char *account)
{
	struct line *line;

	llist_for_each_entry(line, &receipts->lines, list)
		if (strcmp(line->account, account) == 0)
			return line;
	return NULL;
}

static struct line *line_create(struct hub_receipts *receipts, const char *account)
{
	struct line *line = talloc_zero(receipts, struct line);

	if (!line)
		return NULL;
	line->receipts = receipts;
	INIT_LLIST_HEAD(&line->waiting);
	INIT_LLIST_HEAD(&line->later);
	snprintf(line->account, sizeof(line->account), "%s", account);
	llist_add_tail(&line->list, &receipts->lines);
	return line;
}

/* ---- all of them ---- */

void hub_receipts_kick(struct hub_receipts *receipts, const char *account)
{
	struct line *line = find_line(receipts, account);

	/* Without memory: it is read when the hub binds the next time. */
	if (!line)
		line = line_create(receipts, account);
	if (!line)
		return;
	line->kicked = true;
	go_on(line);
}

void hub_receipts_kick_all(struct hub_receipts *receipts)
{
	struct line *line;

	llist_for_each_entry(line, &receipts->lines, list)
		line->kicked = true;
	hub_receipts_room(receipts);
}

void hub_receipts_room(struct hub_receipts *receipts)
{
	struct line *line;

	llist_for_each_entry(line, &receipts->lines, list)
		go_on(line);
}

/* Those whose time has come join the others. */
static void wake_later(struct line *line)
{
	int64_t now_ms = clock_monotonic_ms();
	struct receipt *receipt;
	struct receipt *next;

	llist_for_each_entry_safe(receipt, next, &line->later, list) {
		if (receipt->not_before_ms > now_ms)
			continue;
		llist_del(&receipt->list);
		wait_again(receipt);
	}
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct hub_receipts *receipts = arg;
	struct line *line;

	(void)fd;
	(void)what;
	llist_for_each_entry(line, &receipts->lines, list)
		wake_later(line);
	hub_receipts_room(receipts);
}

static int receipts_destroy(struct hub_receipts *receipts)
{
	if (receipts->timer)
		event_free(receipts->timer);
	return 0;
}

struct hub_receipts *hub_receipts_create(void *ctx, struct gateway *gateway)
{
	struct hub_receipts *receipts = talloc_zero(ctx, struct hub_receipts);
	struct timeval every = { 0, TICK_MS * 1000 };

	if (!receipts)
		return NULL;
	talloc_set_destructor(receipts, receipts_destroy);
	receipts->gateway = gateway;
	INIT_LLIST_HEAD(&receipts->lines);
	receipts->ends = hub_receipt_ends_create(receipts, gateway);
	receipts->timer = event_new(gateway->base, -1, EV_PERSIST, on_timer, receipts);
	if (!receipts->ends || !receipts->timer || event_add(receipts->timer, &every) < 0)
		TALLOC_FREE(receipts);
	return receipts;
}
