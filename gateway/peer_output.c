/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Our requests to peers, and which peer may take one. */
#include <errno.h>
#include <talloc.h>

#include "gateway/hub.h"
#include "gateway/hub_receipts.h"
#include "gateway/peer_priv.h"
#include "gateway/release_out.h"
#include "gateway/sms_out.h"

enum { WAKE_MIN_MS = 20 }; /* at high rates: a few tokens at a time */

/* A request of ours to a peer; its address is the session's cookie. */
struct request {
	peer_answer_cb *cb;
	void *user;
};

/* ---- answers of ours ---- */

void peer_answer(struct peer *peer, uint32_t sequence, uint32_t status, const char *message_id)
{
	if (!peer->link)
		return;
	/* SMPP 3.4 sec. 4.6.2: message_id is the SMSC's to give. */
	if (peer->side == PEER_CLIENT)
		message_id = NULL;
	smpp_session_respond(smpp_link_session(peer->link), sequence, status, message_id);
	smpp_link_flush(peer->link);
}

void peer_answer_pdu(struct peer *peer, uint32_t sequence, const struct smpp_pdu *pdu)
{
	if (!peer->link)
		return;
	smpp_session_respond_pdu(smpp_link_session(peer->link), sequence, pdu);
	smpp_link_flush(peer->link);
}

/* ---- who can take something ---- */

static bool can_deliver(const struct peer *peer)
{
	return peer->link && peer->bound && !peer->retiring &&
	       smpp_session_can_deliver(smpp_link_session(peer->link));
}

/* The session's window may be wider than the one that was agreed. */
size_t peer_room(const struct peer *peer)
{
	size_t room = smpp_session_window_free(smpp_link_session(peer->link));
	size_t left = peer->traits.window_out > peer->requests
			      ? peer->traits.window_out - peer->requests
			      : 0;

	return room < left ? room : left;
}

bool peer_takes(const struct smsc_slot *slot)
{
	const struct peer *peer = container_of(slot, struct peer, slot);
	uint32_t rate = peer->traits.rate_out;
	int64_t now_ms;

	if (!can_deliver(peer) || peer_room(peer) == 0)
		return false;
	if (rate == 0 && peer->pace.allowed == 0)
		return true;
	now_ms = smpp_link_now_ms();
	return pace_allows(&peer->pace, peer->requests, now_ms) &&
	       bucket_has(&peer->out, rate, now_ms);
}

struct peer *peer_pick(struct peer_set *set, const char *link)
{
	struct smsc_slot *slot = smsc_pool_pick(&set->pool, link);

	return slot ? container_of(slot, struct peer, slot) : NULL;
}

struct peer *peer_pick_hub(struct peer_set *set, const char *account)
{
	struct smsc_slot *slot = smsc_pool_pick_only(&set->hubs, account);

	return slot ? container_of(slot, struct peer, slot) : NULL;
}

bool peer_any_smsc(const struct peer_set *set)
{
	const struct peer *peer;

	llist_for_each_entry(peer, &set->pool.slots, slot.list)
		if (can_deliver(peer))
			return true;
	return false;
}

/* Hubs and our own texts share the windows of SMSCs. They take turns with the room that there is,
 * so that a backlog of the one cannot keep the other waiting; what the first does not want is the
 * second's. Released messages, which are few, and for which somebody waits, go before both. */
void peer_offer_room(struct peer_set *set)
{
	struct gateway *gateway = set->gateway;

	set->hubs_turn = !set->hubs_turn;
	release_out_room(gateway->release_out);
	if (set->hubs_turn)
		hub_kick(gateway->hub);
	sms_out_room(gateway->sms_out);
	hub_kick(gateway->hub);
	hub_receipts_room(gateway->hub_receipts);
}

static void wake_in(struct peer *peer, int64_t wait_ms)
{
	struct timeval wait = { wait_ms / 1000, wait_ms % 1000 * 1000 };

	event_add(peer->wake, &wait);
}

/* How long a pause, or its rate, keeps it from another message; 0: not at all. */
static int64_t wait_of(const struct peer *peer, int64_t now_ms)
{
	int64_t pause_ms = peer->pace.until_ms - now_ms;
	int64_t rate_ms = bucket_wait_ms(&peer->out, peer->traits.rate_out, now_ms);

	return pause_ms > rate_ms ? pause_ms : rate_ms;
}

/* The event loop's clock is coarser than ours, and its timers may come some ms early: whoever waits
 * would not be woken again. */
void peer_wake(struct peer *peer)
{
	int64_t wait_ms = wait_of(peer, smpp_link_now_ms());

	if (wait_ms > 0)
		wake_in(peer, wait_ms);
	else
		peer_offer_room(peer->set);
}

/* ---- requests of ours ---- */

uint32_t peer_message_command(const struct peer *peer)
{
	return peer->side == PEER_CLIENT ? SMPP_SUBMIT_SM : SMPP_DELIVER_SM;
}

static void count_request(struct peer *peer, int64_t now_ms)
{
	int64_t wait_ms;

	peer->requests++;
	peer->messages_out++;
	peer->row->messages_out_total++;
	if (peer->traits.rate_out == 0)
		return;
	bucket_take(&peer->out, peer->traits.rate_out, now_ms);
	wait_ms = bucket_wait_ms(&peer->out, peer->traits.rate_out, now_ms);
	if (wait_ms > 0)
		wake_in(peer, wait_ms > WAKE_MIN_MS ? wait_ms : WAKE_MIN_MS);
}

int peer_request(struct peer *peer, const struct smpp_pdu *pdu, peer_answer_cb *cb, void *user)
{
	int64_t now_ms = smpp_link_now_ms();
	struct request *request;
	int rc;

	if (!peer->link || !peer->row)
		return -ENOTCONN;
	request = talloc(peer->set, struct request);
	if (!request)
		return -ENOMEM;
	*request = (struct request){ cb, user };
	rc = smpp_session_request(smpp_link_session(peer->link), pdu, (uintptr_t)request, now_ms);
	if (rc < 0) {
		talloc_free(request);
		return rc;
	}
	count_request(peer, now_ms);
	smpp_link_flush(peer->link);
	return 0;
}

static void slow_down(struct peer *peer)
{
	uint32_t random;
	int64_t wait_ms;

	peer->row->throttled_out_total++;
	evutil_secure_rng_get_bytes(&random, sizeof(random));
	wait_ms = pace_refused(&peer->pace, peer->requests, smpp_link_now_ms(), random);
	if (wait_ms > 0)
		wake_in(peer, wait_ms + 1);
}

static void note_answer(struct peer *peer, const struct smpp_pdu *pdu)
{
	uint32_t status = pdu ? pdu->command_status : SMPP_ROK;

	if (pdu && status == SMPP_ROK) {
		if (peer->pace.allowed)
			pace_taken(&peer->pace, peer->traits.window_out, smpp_link_now_ms());
		return;
	}
	if (status == SMPP_RTHROTTLED || status == SMPP_RMSGQFUL)
		slow_down(peer);
	else
		peer->row->errors_out_total++;
	peer_note_error(peer, "%s", pdu ? smpp_status_name(status) : "a message was not answered");
}

void peer_request_end(struct peer *peer, uint64_t cookie, const struct smpp_pdu *pdu)
{
	struct request *request = (struct request *)(uintptr_t)cookie;
	struct peer_set *set = peer->set;

	if (!request)
		return;
	peer->requests--;
	note_answer(peer, pdu);
	set->hubs_turn = !set->hubs_turn;
	release_out_room(set->gateway->release_out);
	if (set->hubs_turn)
		hub_kick(set->gateway->hub);
	request->cb(request->user, pdu);
	talloc_free(request);
	hub_kick(set->gateway->hub);
	sms_out_room(set->gateway->sms_out);
	if (peer->retiring && peer->requests == 0)
		peer_retire(peer);
}
