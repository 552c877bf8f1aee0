/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_session.h"

#include <string.h>
#include <talloc.h>

#include "smpp/smpp_session_priv.h"

const char smpp_out_of_memory[] = "out of memory";

/* Cuts what does not fit; the codec has bounded it before. */
static void copy_text(char *out, size_t cap, struct smpp_octets text)
{
	size_t len = text.len < cap ? text.len : cap - 1;

	if (len > 0)
		memcpy(out, text.data, len);
	out[len] = '\0';
}

struct smpp_session *smpp_session_create(void *ctx, const struct smpp_session_config *config,
					 smpp_session_handler *handler, void *user, int64_t now_ms)
{
	struct smpp_session *s = talloc_zero(ctx, struct smpp_session);

	if (!s)
		return NULL;
	s->config = *config;
	if (s->config.max_pdu == 0 || s->config.max_pdu > SMPP_PDU_MAX)
		s->config.max_pdu = SMPP_PDU_MAX;
	if (config->system_id)
		copy_text(s->system_id, sizeof(s->system_id), smpp_octets_of(config->system_id));
	s->config.system_id = s->system_id;
	s->handler = handler;
	s->user = user;
	s->now_ms = s->opened_ms = s->heard_ms = s->active_ms = now_ms;
	s->in = smpp_window_create(s, config->window_in);
	s->out = smpp_window_create(s, config->window_out);
	if (!s->in || !s->out || smpp_output_init(&s->output, s) < 0) {
		talloc_free(s);
		return NULL;
	}
	return s;
}

void smpp_session_emit(struct smpp_session *s, const struct smpp_session_event *event)
{
	/* What is under way when the session ends may still come here. */
	if (s->closed_told)
		return;
	s->closed_told = event->kind == SMPP_EVENT_CLOSED;
	s->handler(s->user, s, event);
}

/* ---- states ---- */

static void finish(struct smpp_session *s, const char *reason)
{
	const struct smpp_waiting *oldest;

	smpp_window_clear(s->in);
	s->bind.open = s->enquire.open = s->unbind.open = false;
	while ((oldest = smpp_window_oldest(s->out)))
		smpp_session_expire(s, oldest, reason);
	smpp_session_emit(
		s, &(struct smpp_session_event){ .kind = SMPP_EVENT_CLOSED, .reason = reason });
}

static void begin_unbinding(struct smpp_session *s)
{
	s->unbinding = true;
	s->unbinding_ms = s->now_ms;
}

static void send_unbind(struct smpp_session *s, const char *reason)
{
	struct smpp_pdu pdu = { .command_id = SMPP_UNBIND };

	begin_unbinding(s);
	s->unbind_reason = reason;
	if (smpp_session_control(s, &s->unbind, &pdu) < 0)
		smpp_session_step(s, SMPP_ON_BROKEN, smpp_out_of_memory);
}

/* Both sides may unbind at once: then the peer is answered without waiting for each other. */
static void start_drain(struct smpp_session *s, const char *reason)
{
	(void)reason;
	if (s->unbinding) {
		smpp_session_put_short(s, SMPP_UNBIND | SMPP_RESP, SMPP_ROK,
				       s->peer_unbind_sequence);
		return;
	}
	begin_unbinding(s);
	s->peer_unbind = true;
	smpp_session_drain(s);
}

void smpp_session_drain(struct smpp_session *s)
{
	if (s->state != SMPP_STATE_UNBINDING || smpp_window_count(s->in) > 0)
		return;
	if (s->peer_unbind) {
		s->peer_unbind = false;
		smpp_session_put_short(s, SMPP_UNBIND | SMPP_RESP, SMPP_ROK,
				       s->peer_unbind_sequence);
		smpp_session_step(s, SMPP_ON_UNBOUND, "the peer unbound");
	} else if (s->unbind_answered) {
		smpp_session_step(s, SMPP_ON_UNBOUND, s->unbind_reason);
	}
}

typedef void effect_fn(struct smpp_session *s, const char *reason);

static effect_fn *const effects[SMPP_ACTION_COUNT] = {
	[SMPP_DO_SEND_UNBIND] = send_unbind,
	[SMPP_DO_DRAIN] = start_drain,
	[SMPP_DO_FINISH] = finish,
};

enum smpp_action smpp_session_step(struct smpp_session *s, enum smpp_trigger trigger,
				   const char *reason)
{
	struct smpp_step step = smpp_step_find(s->state, trigger);

	s->state = step.next;
	if (effects[step.action])
		effects[step.action](s, reason);
	return step.action;
}

enum smpp_action smpp_session_peek(const struct smpp_session *s, enum smpp_trigger trigger)
{
	return smpp_step_find(s->state, trigger).action;
}

enum smpp_trigger smpp_session_bound_trigger(uint32_t bind_kind)
{
	if (bind_kind == SMPP_BIND_TRANSMITTER)
		return SMPP_ON_BOUND_TX;
	return bind_kind == SMPP_BIND_RECEIVER ? SMPP_ON_BOUND_RX : SMPP_ON_BOUND_TRX;
}

void smpp_session_set_peer(struct smpp_session *s, struct smpp_octets system_id, uint8_t version)
{
	copy_text(s->peer_id, sizeof(s->peer_id), system_id);
	s->peer_version = version;
}

void smpp_session_unbind(struct smpp_session *s, int64_t now_ms)
{
	s->now_ms = now_ms;
	smpp_session_step(s, SMPP_ON_UNBIND, "unbound");
}

void smpp_session_close(struct smpp_session *s, const char *reason)
{
	smpp_session_step(s, SMPP_ON_CLOSE, reason);
}

void smpp_session_expire(struct smpp_session *s, const struct smpp_waiting *request,
			 const char *reason)
{
	struct smpp_session_event event = { .kind = SMPP_EVENT_EXPIRED,
					    .sequence = request->sequence,
					    .cookie = request->cookie,
					    .reason = reason };

	smpp_window_take(s->out, request->sequence);
	s->counters.expired++;
	smpp_session_emit(s, &event);
}

void smpp_session_set_tap(struct smpp_session *s, smpp_session_tap_cb *tap, void *user)
{
	s->config.tap = tap;
	s->config.tap_user = user;
}

/* ---- what callers ask ---- */

const uint8_t *smpp_session_output(const struct smpp_session *s, size_t *len)
{
	*len = s->output.end - s->output.start;
	return s->output.data + s->output.start;
}

void smpp_session_output_taken(struct smpp_session *s, size_t len)
{
	smpp_output_taken(&s->output, len);
}

enum smpp_state smpp_session_state(const struct smpp_session *s)
{
	return s->state;
}

bool smpp_session_can_deliver(const struct smpp_session *s)
{
	return smpp_session_peek(s, smpp_trigger_of(s->config.side, SMPP_DATA_SM)) == SMPP_DO_ALLOW;
}

size_t smpp_session_window_free(const struct smpp_session *s)
{
	if (!smpp_session_can_deliver(s))
		return 0;
	return smpp_window_capacity(s->out) - smpp_window_count(s->out);
}

size_t smpp_session_waiting(const struct smpp_session *s)
{
	return smpp_window_count(s->in);
}

const char *smpp_session_system_id(const struct smpp_session *s)
{
	return s->peer_id;
}

uint8_t smpp_session_peer_version(const struct smpp_session *s)
{
	return s->peer_version;
}

const struct smpp_session_counters *smpp_session_counters(const struct smpp_session *s)
{
	return &s->counters;
}
