/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_session_send.c - requests of ours, and the answers to the peer's. */
#include <errno.h>

#include "smpp/smpp_session_priv.h"

enum { SEQUENCE_MAX = 0x7fffffff, VERSION_34 = 0x34 };

int smpp_session_put(struct smpp_session *s, const struct smpp_pdu *pdu)
{
	size_t waiting = s->output.end - s->output.start;
	int rc = smpp_output_put(&s->output, pdu);

	if (rc < 0)
		return rc;
	s->counters.sent++;
	if (s->config.tap)
		s->config.tap(s->config.tap_user, true, s->output.data + s->output.start + waiting,
			      s->output.end - s->output.start - waiting);
	return 0;
}

void smpp_session_put_short(struct smpp_session *s, uint32_t command_id, uint32_t status,
			    uint32_t sequence)
{
	struct smpp_pdu pdu = { .command_id = command_id,
				.command_status = status,
				.sequence_number = sequence };

	if (smpp_session_put(s, &pdu) < 0)
		smpp_session_step(s, SMPP_ON_BROKEN, smpp_out_of_memory);
}

/* SMPP 3.4 sec. 3.2: 1 to 0x7fffffff. After a wrap an old request may still wait. */
static uint32_t next_sequence(struct smpp_session *s)
{
	do {
		s->last_sequence = s->last_sequence < SEQUENCE_MAX ? s->last_sequence + 1 : 1;
	} while (smpp_window_find(s->out, s->last_sequence));
	return s->last_sequence;
}

int smpp_session_control(struct smpp_session *s, struct smpp_control *control, struct smpp_pdu *pdu)
{
	int rc;

	pdu->sequence_number = next_sequence(s);
	rc = smpp_session_put(s, pdu);
	if (rc == 0)
		*control = (struct smpp_control){ true, pdu->sequence_number, pdu->command_id,
						  s->now_ms };
	return rc;
}

static int send_request(struct smpp_session *s, const struct smpp_pdu *pdu, uint64_t cookie)
{
	struct smpp_pdu request = *pdu;
	struct smpp_waiting waiting = { .command_id = pdu->command_id,
					.cookie = cookie,
					.since_ms = s->now_ms };
	int rc;

	request.command_status = SMPP_ROK;
	request.sequence_number = waiting.sequence = next_sequence(s);
	/* First: what was put cannot be taken back. */
	if (smpp_command_is_answered(pdu->command_id)) {
		rc = smpp_window_add(s->out, &waiting);
		if (rc < 0)
			return rc;
	}
	rc = smpp_session_put(s, &request);
	if (rc < 0)
		smpp_window_take(s->out, waiting.sequence);
	else
		s->active_ms = s->now_ms;
	return rc;
}

int smpp_session_request(struct smpp_session *s, const struct smpp_pdu *pdu, uint64_t cookie,
			 int64_t now_ms)
{
	enum smpp_trigger trigger = smpp_trigger_of(s->config.side, pdu->command_id);

	s->now_ms = now_ms;
	if (trigger == SMPP_TRIGGER_COUNT)
		return -EINVAL;
	if (smpp_session_peek(s, trigger) != SMPP_DO_ALLOW)
		return -ENOTCONN;
	if (smpp_window_count(s->out) == smpp_window_capacity(s->out) ||
	    s->output.end - s->output.start >= SMPP_SESSION_OUTPUT_MAX)
		return -EAGAIN;
	return send_request(s, pdu, cookie);
}

static bool is_bind(uint32_t command_id)
{
	return command_id == SMPP_BIND_RECEIVER || command_id == SMPP_BIND_TRANSMITTER ||
	       command_id == SMPP_BIND_TRANSCEIVER;
}

int smpp_session_bind_pdu(struct smpp_session *s, const struct smpp_pdu *bind, int64_t now_ms)
{
	enum smpp_action action = smpp_session_peek(s, SMPP_ON_BIND);
	struct smpp_pdu pdu = *bind;
	int rc;

	s->now_ms = now_ms;
	if (s->config.side != SMPP_SIDE_ESME || !is_bind(bind->command_id))
		return -EINVAL;
	if (action != SMPP_DO_ALLOW)
		return action == SMPP_DO_REFUSE_BOUND ? -EALREADY : -ENOTCONN;
	pdu.command_status = SMPP_ROK;
	rc = smpp_session_control(s, &s->bind, &pdu);
	if (rc < 0)
		return rc;
	s->bind_kind = bind->command_id;
	smpp_session_step(s, SMPP_ON_BIND, NULL);
	return 0;
}

int smpp_session_bind(struct smpp_session *s, uint32_t kind, const char *system_id,
		      const char *password, const char *system_type, int64_t now_ms)
{
	struct smpp_pdu pdu = { .command_id = kind, .interface_version = VERSION_34 };

	pdu.system_id = smpp_octets_of(system_id ? system_id : "");
	pdu.password = smpp_octets_of(password ? password : "");
	pdu.system_type = smpp_octets_of(system_type ? system_type : "");
	return smpp_session_bind_pdu(s, &pdu, now_ms);
}

int smpp_session_turn(struct smpp_session *s)
{
	if (!s->outbind_seen)
		return -EINVAL;
	if (s->config.side == SMPP_SIDE_ESME)
		return -EALREADY;
	if (s->state != SMPP_STATE_OPEN)
		return -ENOTCONN;
	s->config.side = SMPP_SIDE_ESME;
	return 0;
}

/* ---- answering ---- */

static void bind_answered(struct smpp_session *s, const struct smpp_pdu *answer)
{
	if (answer->command_status != SMPP_ROK) {
		smpp_session_step(s, SMPP_ON_BIND_DENIED, NULL);
		return;
	}
	if (smpp_session_step(s, smpp_session_bound_trigger(s->bind_kind), NULL) == SMPP_DO_ALLOW)
		smpp_session_emit(
			s, &(struct smpp_session_event){ .kind = SMPP_EVENT_BOUND,
							 .pdu = answer,
							 .sequence = answer->sequence_number });
}

/* SMPP 3.4 sec. 4.1.2: a peer of 3.3 would not understand the optional parameter. */
static void complete_bind_resp(const struct smpp_session *s, struct smpp_pdu *answer)
{
	static const uint8_t our_version[] = { SMPP_TAG_SC_INTERFACE_VERSION >> 8,
					       SMPP_TAG_SC_INTERFACE_VERSION & 0xff, 0, 1,
					       VERSION_34 };

	if (answer->system_id.len == 0)
		answer->system_id = smpp_octets_of(s->system_id);
	if (answer->tlvs.len == 0 && s->peer_version >= VERSION_34)
		answer->tlvs = (struct smpp_octets){ our_version, sizeof(our_version) };
}

static int answer_request(struct smpp_session *s, uint32_t sequence, struct smpp_pdu *answer)
{
	const struct smpp_waiting *request = smpp_window_find(s->in, sequence);
	uint32_t command_id;
	int rc;

	if (s->state == SMPP_STATE_CLOSED)
		return -ENOTCONN;
	if (!request)
		return smpp_window_was_taken(s->in, sequence) ? -EALREADY : -ENOENT;
	command_id = request->command_id;
	answer->command_id = command_id | SMPP_RESP;
	answer->sequence_number = sequence;
	/* deliver_sm_resp and data_sm_resp always have a body; the others only without an error. */
	answer->has_body = answer->has_body || answer->command_status == SMPP_ROK ||
			   command_id == SMPP_DELIVER_SM || command_id == SMPP_DATA_SM;
	if (is_bind(command_id) && answer->command_status == SMPP_ROK)
		complete_bind_resp(s, answer);
	rc = smpp_session_put(s, answer);
	if (rc < 0)
		return rc;
	smpp_window_take(s->in, sequence);
	s->active_ms = s->now_ms;
	if (is_bind(command_id))
		bind_answered(s, answer);
	else
		smpp_session_drain(s);
	return 0;
}

int smpp_session_respond(struct smpp_session *s, uint32_t sequence, uint32_t status,
			 const char *message_id)
{
	struct smpp_pdu answer = { .command_status = status };

	if (message_id) {
		answer.message_id = smpp_octets_of(message_id);
		answer.has_body = true;
	}
	return answer_request(s, sequence, &answer);
}

int smpp_session_respond_pdu(struct smpp_session *s, uint32_t sequence, const struct smpp_pdu *pdu)
{
	struct smpp_pdu answer = *pdu;

	return answer_request(s, sequence, &answer);
}
