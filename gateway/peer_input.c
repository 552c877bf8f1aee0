/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a peer's session tells: its requests, binds and answers, and its end. */
#include <string.h>

#include "gateway/clock.h"
#include "gateway/hub.h"
#include "gateway/hub_receipts.h"
#include "gateway/intake.h"
#include "gateway/listener_tls.h"
#include "gateway/log.h"
#include "gateway/peer_priv.h"
#include "gateway/release_out.h"
#include "gateway/sms_out.h"

static uint32_t refusal(struct peer *peer)
{
	const struct smpp_session *session = smpp_link_session(peer->link);

	/* The request itself counts among those that wait. */
	if (smpp_session_waiting(session) > peer->traits.window ||
	    (peer->traits.rate > 0 &&
	     !bucket_take(&peer->in, peer->traits.rate, smpp_link_now_ms())))
		return SMPP_RTHROTTLED;
	return peer->set->gateway->draining ? SMPP_RMSGQFUL : SMPP_ROK;
}

uint32_t peer_admits(struct peer *peer, const struct smpp_pdu *pdu, const struct number *source,
		     const struct number *destination)
{
	struct gateway *gateway = peer->set->gateway;
	const char *why;
	uint32_t status = admission_check(peer->admission, gateway->live, pdu, source->text,
					  destination->text, &why);

	if (status == SMPP_ROK)
		return status;
	gateway->metrics.smpp_not_admitted_total++;
	peer->row->refused_in_total++;
	peer_note_error(peer, "%s: %s", smpp_status_name(status), why);
	return status;
}

static bool brings_message(const struct peer *peer, uint32_t command)
{
	uint32_t message = peer->side == PEER_CLIENT ? SMPP_DELIVER_SM : SMPP_SUBMIT_SM;

	return command == message || command == SMPP_DATA_SM;
}

static void refuse(struct peer *peer, const struct smpp_session_event *event, uint32_t status)
{
	smpp_session_respond(smpp_link_session(peer->link), event->sequence, status, NULL);
}

static void on_message(struct peer *peer, const struct smpp_session_event *event)
{
	struct gateway *gateway = peer->set->gateway;
	uint32_t status = refusal(peer);

	if (status != SMPP_ROK) {
		gateway->metrics.smpp_throttled_total++;
		peer->row->throttled_in_total++;
		refuse(peer, event, status);
		return;
	}
	peer->messages_in++;
	peer->row->messages_in_total++;
	if (peer->traits.role == ACCOUNT_HUB)
		hub_message(gateway->hub, peer, event->pdu);
	else
		intake_message(gateway->intake, peer, event->pdu);
}

static void on_request(struct peer *peer, const struct smpp_session_event *event)
{
	uint32_t command = event->pdu->command_id;

	if (command == SMPP_OUTBIND) {
		if (peer->hooks->on_outbind)
			peer->hooks->on_outbind(peer, event->pdu);
	} else if (brings_message(peer, command)) {
		on_message(peer, event);
	} else {
		refuse(peer, event, SMPP_RINVCMDID); /* alert_notification has no answer */
	}
}

static void on_bound(struct peer *peer)
{
	struct gateway *gateway = peer->set->gateway;
	const struct smpp_session *session = smpp_link_session(peer->link);
	char tls[160];

	peer->bound = true;
	peer->since_ms = clock_now_ms();
	LOGP(LOG_SMPP, LOGL_NOTICE, "%s: %s bound, %s%s\n", peer->address, peer->traits.name,
	     smpp_state_name(smpp_session_state(session)),
	     listener_tls_describe(peer_tls(peer), tls, sizeof(tls)));
	gateway->metrics.smpp_links++;
	peer->row->sessions++;
	peer->row->binds_total++;
	if (smpp_session_can_deliver(session))
		smsc_pool_add(peer->traits.role == ACCOUNT_HUB ? &peer->set->hubs
							       : &peer->set->pool,
			      &peer->slot, peer->traits.name);
	if (peer->hooks->on_bound)
		peer->hooks->on_bound(peer);
	hub_kick(gateway->hub);
	sms_out_kick(gateway->sms_out);
	release_out_kick(gateway->release_out);
	if (peer->traits.role == ACCOUNT_HUB)
		hub_receipts_kick(gateway->hub_receipts, peer->traits.name);
}

static void on_closed(struct peer *peer, const char *reason)
{
	bool was_bound = peer->bound;

	if (peer->row && !peer->retiring && !peer->set->gateway->draining)
		peer->row->failures_total++;
	reason = reason ? reason : "closed";
	smsc_pool_remove(&peer->slot);
	peer->bound = false;
	peer->since_ms = clock_now_ms();
	if (was_bound) {
		peer->set->gateway->metrics.smpp_links--;
		peer->row->sessions--;
		LOGP(LOG_SMPP, LOGL_NOTICE, "%s: %s gone: %s\n", peer->address, peer->traits.name,
		     reason);
	}
	if (peer->hooks->on_closed)
		peer->hooks->on_closed(peer, was_bound, reason);
	if (was_bound)
		hub_kick(peer->set->gateway->hub); /* it may have been the last SMSC */
}

/* A line a second at most: a peer that sends nothing but rubbish shall not fill the disk. */
static void on_refused(struct peer *peer, const struct smpp_fault *fault)
{
	int64_t now_ms = clock_monotonic_ms();

	peer->set->gateway->metrics.smpp_pdus_refused_total++;
	peer->refused++;
	peer_note_error(peer, "%s: %s", fault->field, fault->reason);
	if (now_ms - peer->refused_logged_ms < PEER_LOG_MS)
		return;
	LOGP(LOG_SMPP, LOGL_NOTICE, "%s: PDU refused: %s: %s at octet %zu (%llu so far)\n",
	     peer->address, fault->field, fault->reason, fault->offset,
	     (unsigned long long)peer->refused);
	peer->refused_logged_ms = now_ms;
}

/* The session's cookie 0 is the answer to our bind. */
static void on_response(struct peer *peer, const struct smpp_session_event *event)
{
	if (event->cookie)
		peer_request_end(peer, event->cookie, event->pdu);
	else if (peer->hooks->on_bind_refused)
		peer->hooks->on_bind_refused(peer, event->pdu->command_status);
}

void peer_on_event(void *user, struct smpp_session *session, const struct smpp_session_event *event)
{
	struct peer *peer = user;

	(void)session;
	switch (event->kind) {
	case SMPP_EVENT_BIND:
		if (peer->hooks->on_bind)
			peer->hooks->on_bind(peer, event);
		break;
	case SMPP_EVENT_BOUND:
		on_bound(peer);
		break;
	case SMPP_EVENT_REQUEST:
		on_request(peer, event);
		break;
	case SMPP_EVENT_RESPONSE:
		on_response(peer, event);
		break;
	case SMPP_EVENT_EXPIRED:
		peer_request_end(peer, event->cookie, NULL);
		break;
	case SMPP_EVENT_REFUSED:
		on_refused(peer, event->fault);
		break;
	case SMPP_EVENT_CLOSED:
		on_closed(peer, event->reason);
		break;
	}
}
