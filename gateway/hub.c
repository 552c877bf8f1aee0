/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/hub.h"

#include <errno.h>
#include <osmocom/core/linuxlist.h>
#include <string.h>
#include <talloc.h>

#include "gateway/attempt_desk.h"
#include "gateway/clock.h"
#include "gateway/hub_routes.h"
#include "gateway/log.h"
#include "gateway/part_verdict.h"
#include "gateway/quarantine.h"
#include "gateway/rule_cache.h"
#include "gateway/screen.h"

enum { WAITING_MAX = 10000, PART_SETS_MAX = 20000 };

struct hub {
	struct gateway *gateway;
	struct llist_head waiting; /* for room in an SMSC's window */
	size_t waiting_count;
	struct part_verdicts *parts;
};

/* A message on its way to the SMSC. */
struct passing {
	struct llist_head list; /* in hub.waiting, while it waits */
	struct hub *hub;
	struct peer *peer;	 /* held */
	const struct peer *smsc; /* to which it went; there while an answer of it comes */
	uint32_t sequence;
	bool receipt; /* the hub wants to hear of it */
	int64_t sent_ms;
	size_t len;
	uint8_t octets[]; /* the PDU, while it waits */
};

static struct passing *passing_create(struct hub *hub, struct peer *peer, uint32_t sequence,
				      size_t room)
{
	struct passing *passing = talloc_size(hub, sizeof(*passing) + room);

	if (!passing)
		return NULL;
	*passing = (struct passing){ .hub = hub, .peer = peer, .sequence = sequence, .len = room };
	peer_hold(peer);
	return passing;
}

static void passing_end(struct passing *passing, uint32_t status)
{
	peer_answer(passing->peer, passing->sequence, status, NULL);
	peer_release(passing->peer);
	talloc_free(passing);
}

/* True: the hub is answered when there is room to remember whose message it was. */
static bool await_receipt(const struct passing *passing, const struct smpp_pdu *answer)
{
	struct gateway *gateway = passing->hub->gateway;

	return passing->receipt && answer->command_status == SMPP_ROK &&
	       hub_routes_add(gateway->hub_routes, passing->peer, passing->sequence, passing->smsc,
			      answer, passing->sent_ms);
}

static void on_answer(void *user, const struct smpp_pdu *answer)
{
	struct passing *passing = user;

	if (answer) {
		if (!await_receipt(passing, answer))
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
	passing->smsc = smsc;
	passing->receipt = pdu->registered_delivery & HUB_RECEIPTS_ASKED;
	if (passing->receipt)
		passing->sent_ms = clock_now_ms();
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
static bool read_numbers(struct hub *hub, struct peer *peer, const struct smpp_pdu *pdu,
			 struct block_attempt *attempt)
{
	const struct numbering *plan = hub->gateway->live->tables->numbering;
	int called = number_from_address(plan, pdu->dest_addr_ton,
					 (const char *)pdu->destination_addr.data,
					 pdu->destination_addr.len, &attempt->called);

	if (called == 0)
		rule_cache_prefetch(hub->gateway->rules, attempt->called.text);
	if (number_from_address(plan, pdu->source_addr_ton, (const char *)pdu->source_addr.data,
				pdu->source_addr.len, &attempt->caller) < 0) {
		peer_answer(peer, pdu->sequence_number, SMPP_RINVSRCADR, NULL);
		return false;
	}
	if (called < 0) {
		peer_answer(peer, pdu->sequence_number, SMPP_RINVDSTADR, NULL);
		return false;
	}
	return true;
}

static enum part_way blocked_way(const struct config_blocking *blocking)
{
	switch (blocking->on_blocked_sms) {
	case CONFIG_BLOCKED_REFUSE:
		return PART_REFUSED;
	case CONFIG_BLOCKED_SWALLOW:
		return PART_SWALLOWED;
	case CONFIG_BLOCKED_QUARANTINE:
		break;
	}
	return PART_KEPT;
}

/* A message under decision. */
struct screening {
	struct hub *hub;
	struct peer *peer;
	const struct smpp_pdu *pdu;
	struct smpp_part_info part;
	struct block_attempt attempt;
	struct screen_answer answer;
	bool later; /* another part of it was decided about */
};

/* What becomes of the message: as of its first part, or as the rules say now. */
static enum part_way decide(struct screening *s)
{
	const struct block_attempt *attempt = &s->attempt;
	struct gateway *gateway = s->hub->gateway;
	const enum part_way *decided = NULL;
	enum part_way way;

	if (s->part.concatenated)
		decided = part_verdicts_take(s->hub->parts, &attempt->caller, &attempt->called,
					     &s->part, attempt->now_ms);
	if (decided) {
		s->later = true;
		if (*decided == PART_KEPT)
			s->answer = screen_explain(gateway, &s->attempt);
		return *decided;
	}
	s->answer = screen_decide(gateway, &s->attempt);
	way = s->answer.blocked ? blocked_way(&gateway->live->blocking) : PART_PASSES;
	if (s->part.concatenated)
		part_verdicts_add(s->hub->parts, &attempt->caller, &attempt->called, &s->part,
				  attempt->now_ms, way);
	return way;
}

static void log_blocked(const struct screening *s)
{
	char mask[2][NUMBER_MAX];

	LOGP(LOG_BLOCK, LOGL_INFO, "SMS %s to %s blocked: %s\n",
	     log_number(mask[0], s->attempt.caller.text),
	     log_number(mask[1], s->attempt.called.text),
	     s->later ? "as its first part" : block_tier_name(s->answer.decision.tier));
}

/* Answered first: to note it shall cost the hub nothing. */
static void drop(const struct screening *s, uint32_t status)
{
	log_blocked(s);
	peer_answer(s->peer, s->pdu->sequence_number, status, NULL);
	if (!s->later)
		attempt_desk_note(s->hub->gateway->attempts, &s->attempt, &s->answer,
				  peer_account(s->peer));
}

static void keep(const struct screening *s)
{
	const struct quarantine_request request = {
		.peer = s->peer,
		.pdu = s->pdu,
		.part = &s->part,
		.attempt = &s->attempt,
		.answer = &s->answer,
		.later = s->later,
		.parts = s->hub->parts,
	};

	log_blocked(s);
	quarantine_keep(s->hub->gateway, &request);
}

void hub_message(struct hub *hub, struct peer *peer, const struct smpp_pdu *pdu)
{
	struct screening s = { .hub = hub, .peer = peer, .pdu = pdu };
	uint32_t status;

	s.attempt.channel = BLOCK_SMS;
	s.attempt.entry = peer_entry(peer);
	if (!read_numbers(hub, peer, pdu, &s.attempt))
		return;
	status = peer_admits(peer, pdu, &s.attempt.caller, &s.attempt.called);
	if (status != SMPP_ROK) {
		peer_answer(peer, pdu->sequence_number, status, NULL);
		return;
	}
	s.attempt.now_ms = clock_now_ms();
	smpp_part_read(pdu, &s.part);
	switch (decide(&s)) {
	case PART_PASSES:
		pass_on(hub, peer, pdu);
		break;
	case PART_REFUSED:
		drop(&s, hub->gateway->live->blocking.blocked_status);
		break;
	case PART_SWALLOWED:
		drop(&s, SMPP_ROK);
		break;
	case PART_NO_ROOM:
		drop(&s, quarantine_full_status(&hub->gateway->live->blocking));
		break;
	case PART_KEPT:
		keep(&s);
		break;
	}
}

struct hub *hub_create(void *ctx, struct gateway *gateway)
{
	struct hub *hub = talloc_zero(ctx, struct hub);

	if (!hub)
		return NULL;
	hub->gateway = gateway;
	INIT_LLIST_HEAD(&hub->waiting);
	hub->parts = part_verdicts_create(hub, PART_SETS_MAX,
					  (int64_t)gateway->config->smpp.concat_wait_s * 1000);
	if (!hub->parts)
		TALLOC_FREE(hub);
	return hub;
}
