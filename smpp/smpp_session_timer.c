/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_session_timer.c - what time brings: for each timer when it is due, and what it does then.
 * Nothing is armed or cancelled; due times follow from what the session knows. */
#include "smpp/smpp_session_priv.h"

typedef int64_t due_fn(const struct smpp_session *s);
typedef void fire_fn(struct smpp_session *s);

static int64_t after(int64_t start_ms, int64_t wait_ms)
{
	return wait_ms > 0 ? start_ms + wait_ms : INT64_MAX;
}

static bool is_bound(const struct smpp_session *s)
{
	return s->state == SMPP_STATE_BOUND_TX || s->state == SMPP_STATE_BOUND_RX ||
	       s->state == SMPP_STATE_BOUND_TRX;
}

static int64_t init_due(const struct smpp_session *s)
{
	if (s->state != SMPP_STATE_OPEN && s->state != SMPP_STATE_BINDING)
		return INT64_MAX;
	return after(s->opened_ms, s->config.init_ms);
}

static void init_fire(struct smpp_session *s)
{
	smpp_session_step(s, SMPP_ON_TIMEOUT, "not bound in time");
}

static int64_t bind_due(const struct smpp_session *s)
{
	return s->bind.open ? after(s->bind.since_ms, s->config.response_ms) : INT64_MAX;
}

static void bind_fire(struct smpp_session *s)
{
	smpp_session_step(s, SMPP_ON_TIMEOUT, "no answer to bind");
}

static int64_t request_due(const struct smpp_session *s)
{
	const struct smpp_waiting *oldest = smpp_window_oldest(s->out);

	return oldest ? after(oldest->since_ms, s->config.response_ms) : INT64_MAX;
}

/* All that are due: the handler may send new ones meanwhile, which are not. */
static void request_fire(struct smpp_session *s)
{
	while (request_due(s) <= s->now_ms)
		smpp_session_expire(s, smpp_window_oldest(s->out), "no answer in time");
}

/* A peer that is silent only towards enquire_link, but sends, is alive. */
static int64_t enquire_due(const struct smpp_session *s)
{
	int64_t since = s->enquire.since_ms;

	if (!is_bound(s))
		return INT64_MAX;
	if (!s->enquire.open)
		return after(s->heard_ms, s->config.enquire_ms);
	return after(s->heard_ms > since ? s->heard_ms : since, s->config.response_ms);
}

static void enquire_fire(struct smpp_session *s)
{
	struct smpp_pdu pdu = { .command_id = SMPP_ENQUIRE_LINK };

	if (s->enquire.open)
		smpp_session_step(s, SMPP_ON_TIMEOUT, "no answer to enquire_link");
	else if (smpp_session_control(s, &s->enquire, &pdu) < 0)
		smpp_session_step(s, SMPP_ON_BROKEN, smpp_out_of_memory);
}

static int64_t inactive_due(const struct smpp_session *s)
{
	return is_bound(s) ? after(s->active_ms, s->config.inactivity_ms) : INT64_MAX;
}

static void inactive_fire(struct smpp_session *s)
{
	smpp_session_step(s, SMPP_ON_UNBIND, "inactive");
}

static int64_t unbind_due(const struct smpp_session *s)
{
	if (s->state != SMPP_STATE_UNBINDING)
		return INT64_MAX;
	return after(s->unbinding_ms, s->config.response_ms);
}

static void unbind_fire(struct smpp_session *s)
{
	if (s->peer_unbind) {
		s->peer_unbind = false;
		smpp_session_put_short(s, SMPP_UNBIND | SMPP_RESP, SMPP_ROK,
				       s->peer_unbind_sequence);
	}
	smpp_session_step(s, SMPP_ON_TIMEOUT,
			  s->unbind.open ? "no answer to unbind"
					 : "unbound with requests unanswered");
}

static const struct {
	due_fn *due;
	fire_fn *fire;
} timers[] = {
	{ init_due, init_fire },	 { bind_due, bind_fire },
	{ request_due, request_fire },	 { enquire_due, enquire_fire },
	{ inactive_due, inactive_fire }, { unbind_due, unbind_fire },
};
enum { TIMER_COUNT = sizeof(timers) / sizeof(timers[0]) };

void smpp_session_tick(struct smpp_session *s, int64_t now_ms)
{
	if (s->busy)
		return;
	s->busy = true;
	s->now_ms = now_ms;
	for (int i = 0; i < TIMER_COUNT && s->state != SMPP_STATE_CLOSED; i++) {
		if (timers[i].due(s) <= now_ms)
			timers[i].fire(s);
	}
	s->busy = false;
}

int64_t smpp_session_next_tick(const struct smpp_session *s)
{
	int64_t next = INT64_MAX;

	if (s->state == SMPP_STATE_CLOSED)
		return next;
	for (int i = 0; i < TIMER_COUNT; i++) {
		int64_t due = timers[i].due(s);

		next = due < next ? due : next;
	}
	return next;
}
