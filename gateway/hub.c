/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/hub.h"

#include <errno.h>
#include <osmocom/core/linuxlist.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/screen.h"

enum { WAITING_MAX = 10000 };

struct hub {
	struct gateway *gateway;
	struct llist_head waiting; /* for room in an SMSC's window */
	size_t waiting_count;
};

/* A message on its way to the SMSC. */
struct passing {
	struct llist_head list; /* in hub.waiting, while it waits */
	struct peer *peer;	/* held */
	uint32_t sequence;
	size_t len;
	uint8_t octets[]; /* the PDU, while it waits */
};

static struct passing *passing_create(struct hub *hub, struct peer *peer, uint32_t sequence,
				      size_t room)
{
	struct passing *passing = talloc_size(hub, sizeof(*passing) + room);

	if (!passing)
		return NULL;
	*passing = (struct passing){ .peer = peer, .sequence = sequence, .len = room };
	peer_hold(peer);
	return passing;
}

static void passing_end(struct passing *passing, uint32_t status)
{
	peer_answer(passing->peer, passing->sequence, status, NULL);
	peer_release(passing->peer);
	talloc_free(passing);
}

static void on_answer(void *user, const struct smpp_pdu *answer)
{
	struct passing *passing = user;

	if (answer) {
		peer_answer_pdu(passing->peer, passing->sequence, answer);
		peer_release(passing->peer);
		talloc_free(passing);
	} else {
		/* Nobody knows what became of it: the hub shall try again. */
		passing_end(passing, SMPP_RMSGQFUL);
	}
}

static int send_to(struct passing *passing, struct peer *smsc, const struct smpp_pdu *pdu)
{
	struct smpp_pdu out = *pdu;

	if (out.command_id == SMPP_SUBMIT_SM)
		out.command_id = peer_message_command(smsc);
	return peer_request(smsc, &out, on_answer, passing);
}

static void send_waiting(struct passing *passing, struct peer *smsc)
{
	struct smpp_fault fault;
	struct smpp_pdu pdu;
	int rc = smpp_pdu_decode(passing->octets, passing->len, &pdu, &fault);

	if (rc == 0)
		rc = send_to(passing, smsc, &pdu);
	if (rc < 0)
		passing_end(passing, rc == -EAGAIN ? SMPP_RMSGQFUL : SMPP_RSYSERR);
}

void hub_kick(struct hub *hub)
{
	struct passing *passing;
	struct passing *next;

	llist_for_each_entry_safe(passing, next, &hub->waiting, list) {
		struct peer *smsc = peer_pick(hub->gateway->peers, NULL);

		if (!smsc && peer_any_smsc(hub->gateway->peers))
			return;
		llist_del(&passing->list);
		hub->waiting_count--;
		if (smsc)
			send_waiting(passing, smsc);
		else
			passing_end(passing, SMPP_RMSGQFUL);
	}
}

static void wait_for_room(struct hub *hub, struct peer *peer, const struct smpp_pdu *pdu)
{
	struct passing *passing = NULL;

	if (hub->waiting_count < WAITING_MAX)
		passing = passing_create(hub, peer, pdu->sequence_number, pdu->command_length);
	if (!passing) {
		peer_answer(peer, pdu->sequence_number, SMPP_RTHROTTLED, NULL);
		return;
	}
	if (smpp_pdu_encode(pdu, passing->octets, passing->len) < 0) {
		passing_end(passing, SMPP_RSYSERR);
		return;
	}
	llist_add_tail(&passing->list, &hub->waiting);
	hub->waiting_count++;
}

static void pass_on(struct hub *hub, struct peer *peer, const struct smpp_pdu *pdu)
{
	struct peer *smsc = peer_pick(hub->gateway->peers, NULL);
	struct passing *passing;

	if (!smsc && peer_any_smsc(hub->gateway->peers)) {
		wait_for_room(hub, peer, pdu);
		return;
	}
	passing = smsc ? passing_create(hub, peer, pdu->sequence_number, 0) : NULL;
	if (!passing)
		peer_answer(peer, pdu->sequence_number, SMPP_RMSGQFUL, NULL);
	else if (send_to(passing, smsc, pdu) < 0)
		passing_end(passing, SMPP_RMSGQFUL);
}

/* False: the message was refused. */
static bool read_numbers(const struct numbering *plan, struct peer *peer,
			 const struct smpp_pdu *pdu, struct block_attempt *attempt)
{
	if (number_from_address(plan, pdu->source_addr_ton, (const char *)pdu->source_addr.data,
				pdu->source_addr.len, &attempt->caller) < 0) {
		peer_answer(peer, pdu->sequence_number, SMPP_RINVSRCADR, NULL);
		return false;
	}
	if (number_from_address(plan, pdu->dest_addr_ton, (const char *)pdu->destination_addr.data,
				pdu->destination_addr.len, &attempt->called) < 0) {
		peer_answer(peer, pdu->sequence_number, SMPP_RINVDSTADR, NULL);
		return false;
	}
	return true;
}

void hub_message(struct hub *hub, struct peer *peer, const struct smpp_pdu *pdu)
{
	struct gateway *gateway = hub->gateway;
	struct block_attempt attempt = { .channel = BLOCK_SMS, .entry = peer_entry(peer) };
	struct screen_answer answer;
	char mask[2][NUMBER_MAX];
	uint32_t status;

	if (!read_numbers(hub->gateway->live->tables->numbering, peer, pdu, &attempt))
		return;
	status = peer_admits(peer, pdu, &attempt.caller, &attempt.called);
	if (status != SMPP_ROK) {
		peer_answer(peer, pdu->sequence_number, status, NULL);
		return;
	}
	attempt.now_ms = clock_now_ms();
	answer = screen_decide(gateway, &attempt);
	if (!answer.blocked) {
		pass_on(hub, peer, pdu);
		return;
	}
	LOGP(LOG_BLOCK, LOGL_INFO, "SMS %s to %s blocked: %s\n",
	     log_number(mask[0], attempt.caller.text), log_number(mask[1], attempt.called.text),
	     block_tier_name(answer.decision.tier));
	peer_answer(peer, pdu->sequence_number, gateway->live->blocking.blocked_status, NULL);
}

struct hub *hub_create(void *ctx, struct gateway *gateway)
{
	struct hub *hub = talloc_zero(ctx, struct hub);

	if (!hub)
		return NULL;
	hub->gateway = gateway;
	INIT_LLIST_HEAD(&hub->waiting);
	return hub;
}
