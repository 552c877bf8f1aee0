/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_session_input.c - what the peer sends. In each function the handler is called last: it may
 * have closed the session when it returns. */
#include <errno.h>

#include "smpp/smpp_session_priv.h"

enum { VERSION_33 = 0x33, VERSION_34 = 0x34, VERSION_50 = 0x50 };

static void emit_refused(struct smpp_session *s, uint32_t sequence, const struct smpp_fault *fault)
{
	smpp_session_emit(s, &(struct smpp_session_event){ .kind = SMPP_EVENT_REFUSED,
							   .sequence = sequence,
							   .fault = fault });
}

/* Answers a request that is not handed over. */
static void refuse(struct smpp_session *s, const struct smpp_pdu *pdu,
		   const struct smpp_fault *fault)
{
	uint32_t answer =
		smpp_command_is_answered(pdu->command_id) ? pdu->command_id | SMPP_RESP : SMPP_RESP;

	s->counters.refused++;
	smpp_session_put_short(s, answer, fault->status, pdu->sequence_number);
	emit_refused(s, pdu->sequence_number, fault);
}

static void refuse_for(struct smpp_session *s, const struct smpp_pdu *pdu, const char *reason,
		       uint32_t status)
{
	struct smpp_fault fault = { smpp_command_name(pdu->command_id), reason, 0, status };

	refuse(s, pdu, &fault);
}

static void refuse_state(struct smpp_session *s, const struct smpp_pdu *pdu,
			 enum smpp_action action)
{
	refuse_for(s, pdu, "bind_state",
		   action == SMPP_DO_REFUSE_BOUND ? SMPP_RALYBND : SMPP_RINVBNDSTS);
}

/* Keeps a request until it is answered. False: it was refused. */
static bool admit(struct smpp_session *s, const struct smpp_pdu *pdu)
{
	struct smpp_waiting request = { pdu->sequence_number, pdu->command_id, 0, s->now_ms };
	int rc = smpp_window_add(s->in, &request);

	if (rc == 0)
		return true;
	if (rc == -EAGAIN) {
		s->counters.throttled++;
		refuse_for(s, pdu, "window_full", SMPP_RTHROTTLED);
	} else {
		/* Two requests with one number: which of them an answer means, nobody could tell.
		 */
		refuse_for(s, pdu, rc == -ENOMEM ? "out_of_memory" : "sequence_in_use",
			   SMPP_RSYSERR);
	}
	return false;
}

static void hand_over(struct smpp_session *s, const struct smpp_pdu *pdu, enum smpp_event_kind kind)
{
	smpp_session_emit(s, &(struct smpp_session_event){
				     .kind = kind, .pdu = pdu, .sequence = pdu->sequence_number });
}

static void on_bind(struct smpp_session *s, const struct smpp_pdu *pdu)
{
	enum smpp_action action = smpp_session_peek(s, SMPP_ON_BIND);
	uint8_t version = pdu->interface_version;

	if (s->config.side != SMPP_SIDE_SMSC)
		action = SMPP_DO_REFUSE;
	if (action != SMPP_DO_ALLOW) {
		refuse_state(s, pdu, action);
		return;
	}
	/* SMPP 3.4 sec. 5.2.4: all up to 0x33 mean "3.3 or before". */
	if (version > VERSION_34 && version != VERSION_50) {
		refuse_for(s, pdu, "interface_version", SMPP_RBINDFAIL);
		return;
	}
	if (!admit(s, pdu))
		return;
	s->bind_kind = pdu->command_id;
	smpp_session_set_peer(s, pdu->system_id, version < VERSION_33 ? VERSION_33 : version);
	smpp_session_step(s, SMPP_ON_BIND, NULL);
	hand_over(s, pdu, SMPP_EVENT_BIND);
}

static void on_unbind(struct smpp_session *s, const struct smpp_pdu *pdu)
{
	enum smpp_action action = smpp_session_peek(s, SMPP_ON_PEER_UNBIND);

	if (action != SMPP_DO_DRAIN) {
		refuse_state(s, pdu, action);
		return;
	}
	/* A second unbind while the first is waiting is answered at once, and then the first. */
	if (s->peer_unbind) {
		smpp_session_put_short(s, SMPP_UNBIND | SMPP_RESP, SMPP_ROK, pdu->sequence_number);
		return;
	}
	s->peer_unbind_sequence = pdu->sequence_number;
	smpp_session_step(s, SMPP_ON_PEER_UNBIND, NULL);
}

/* Who sent it: an outbind to one who allows it can only come from an SMSC. */
static enum smpp_side sender_of(struct smpp_session *s, const struct smpp_pdu *pdu)
{
	if (s->config.side == SMPP_SIDE_ESME)
		return SMPP_SIDE_SMSC;
	return pdu->command_id == SMPP_OUTBIND && s->config.outbind ? SMPP_SIDE_SMSC
								    : SMPP_SIDE_ESME;
}

static void on_message(struct smpp_session *s, const struct smpp_pdu *pdu)
{
	enum smpp_trigger trigger = smpp_trigger_of(sender_of(s, pdu), pdu->command_id);

	s->active_ms = s->now_ms;
	if (trigger == SMPP_TRIGGER_COUNT || smpp_session_peek(s, trigger) != SMPP_DO_ALLOW) {
		refuse_state(s, pdu, SMPP_DO_REFUSE);
		return;
	}
	if (smpp_command_is_answered(pdu->command_id) && !admit(s, pdu))
		return;
	s->outbind_seen = s->outbind_seen || pdu->command_id == SMPP_OUTBIND;
	hand_over(s, pdu, SMPP_EVENT_REQUEST);
}

static void on_request(struct smpp_session *s, const struct smpp_pdu *pdu)
{
	switch (pdu->command_id) {
	case SMPP_BIND_RECEIVER:
	case SMPP_BIND_TRANSMITTER:
	case SMPP_BIND_TRANSCEIVER:
		on_bind(s, pdu);
		return;
	case SMPP_UNBIND:
		on_unbind(s, pdu);
		return;
	case SMPP_ENQUIRE_LINK:
		smpp_session_put_short(s, SMPP_ENQUIRE_LINK | SMPP_RESP, SMPP_ROK,
				       pdu->sequence_number);
		return;
	}
	on_message(s, pdu);
}

static bool answers(const struct smpp_pdu *pdu, uint32_t command_id)
{
	return pdu->command_id == (command_id | SMPP_RESP) || pdu->command_id == SMPP_RESP;
}

static bool answers_control(struct smpp_control *control, const struct smpp_pdu *pdu)
{
	if (!control->open || control->sequence != pdu->sequence_number ||
	    !answers(pdu, control->command_id))
		return false;
	control->open = false;
	return true;
}

static void on_bind_resp(struct smpp_session *s, const struct smpp_pdu *pdu)
{
	struct smpp_octets version = { NULL, 0 };

	if (pdu->command_status != SMPP_ROK || pdu->command_id == SMPP_RESP) {
		hand_over(s, pdu, SMPP_EVENT_RESPONSE);
		smpp_session_step(s, SMPP_ON_BIND_REFUSED, "the bind was refused");
		return;
	}
	/* SMPP 3.4 sec. 5.3.2.25: without the parameter the SMSC knows no optional ones. */
	smpp_pdu_find_tlv(pdu, SMPP_TAG_SC_INTERFACE_VERSION, &version);
	smpp_session_set_peer(s, pdu->system_id, version.len == 1 ? version.data[0] : VERSION_33);
	if (smpp_session_step(s, smpp_session_bound_trigger(s->bind_kind), NULL) == SMPP_DO_ALLOW)
		hand_over(s, pdu, SMPP_EVENT_BOUND);
}

static void on_window_resp(struct smpp_session *s, const struct smpp_pdu *pdu)
{
	const struct smpp_waiting *request = smpp_window_find(s->out, pdu->sequence_number);
	struct smpp_session_event event = { .kind = SMPP_EVENT_RESPONSE,
					    .pdu = pdu,
					    .sequence = pdu->sequence_number };

	if (!request || !answers(pdu, request->command_id)) {
		s->counters.unexpected++;
		return;
	}
	event.cookie = request->cookie;
	s->active_ms = s->now_ms;
	smpp_window_take(s->out, pdu->sequence_number);
	smpp_session_emit(s, &event);
}

static void on_response(struct smpp_session *s, const struct smpp_pdu *pdu)
{
	if (smpp_session_peek(s, SMPP_ON_RESPONSE) != SMPP_DO_ALLOW) {
		s->counters.unexpected++;
	} else if (answers_control(&s->enquire, pdu)) {
		return;
	} else if (answers_control(&s->unbind, pdu)) {
		s->unbind_answered = true;
		smpp_session_drain(s);
	} else if (answers_control(&s->bind, pdu)) {
		on_bind_resp(s, pdu);
	} else {
		on_window_resp(s, pdu);
	}
}

/* Framing holds, so the session goes on. A response whose body is broken still says by its status
 * what became of the request: it is handed over without a body. */
static void on_malformed(struct smpp_session *s, struct smpp_pdu *pdu,
			 const struct smpp_fault *fault)
{
	s->counters.malformed++;
	if (!smpp_command_is_response(pdu->command_id)) {
		refuse(s, pdu, fault);
		return;
	}
	emit_refused(s, pdu->sequence_number, fault);
	pdu->has_body = false;
	on_response(s, pdu);
}

static void on_pdu(struct smpp_session *s, const uint8_t *data, size_t len)
{
	struct smpp_fault fault;
	struct smpp_pdu pdu;

	s->counters.received++;
	if (smpp_pdu_decode(data, len, &pdu, &fault) < 0)
		on_malformed(s, &pdu, &fault);
	else if (smpp_command_is_response(pdu.command_id))
		on_response(s, &pdu);
	else
		on_request(s, &pdu);
}

/* Where the next PDU begins can no longer be known: say so, and end. */
static void on_lost_framing(struct smpp_session *s, const uint8_t *data, size_t len)
{
	static const struct smpp_fault fault = { "command_length", "bad_command_length", 0,
						 SMPP_RINVCMDLEN };
	uint32_t sequence = smpp_pdu_sequence(data, len);

	s->broken = true;
	s->counters.malformed++;
	smpp_session_put_short(s, SMPP_RESP, fault.status, sequence);
	emit_refused(s, sequence, &fault);
	smpp_session_step(s, SMPP_ON_BROKEN, "command_length out of bounds: framing lost");
}

static void tap(const struct smpp_session *s, const uint8_t *data, size_t len)
{
	if (s->config.tap)
		s->config.tap(s->config.tap_user, false, data, len);
}

ssize_t smpp_session_input(struct smpp_session *s, const uint8_t *data, size_t len, int64_t now_ms)
{
	size_t used = 0;

	s->now_ms = now_ms;
	if (s->state == SMPP_STATE_CLOSED)
		return -EPROTO;
	if (s->busy)
		return -EINVAL;
	if (len > 0)
		s->heard_ms = now_ms;
	s->busy = true;
	while (used < len && s->state != SMPP_STATE_CLOSED) {
		ssize_t whole = smpp_pdu_frame(data + used, len - used, s->config.max_pdu);

		if (whole == 0)
			break;
		if (whole < 0) {
			tap(s, data + used, len - used);
			on_lost_framing(s, data + used, len - used);
			break;
		}
		tap(s, data + used, (size_t)whole);
		on_pdu(s, data + used, (size_t)whole);
		used += (size_t)whole;
	}
	s->busy = false;
	return s->broken ? -EPROTO : (ssize_t)used;
}
