/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_states.h"

#define ON(trigger, next_state, what)                                                              \
	[SMPP_ON_##trigger] = { SMPP_STATE_##next_state, SMPP_DO_##what }

/* In every state but CLOSED the end is the same. */
#define ENDS ON(TIMEOUT, CLOSED, FINISH), ON(BROKEN, CLOSED, FINISH), ON(CLOSE, CLOSED, FINISH)

/* What is a late or senseless answer to a bind. */
#define NO_GRANT(self)                                                                             \
	ON(BOUND_TX, self, IGNORE), ON(BOUND_RX, self, IGNORE), ON(BOUND_TRX, self, IGNORE),       \
		ON(BIND_DENIED, self, IGNORE), ON(BIND_REFUSED, self, IGNORE)

#define BOUND(self, submit, deliver)                                                               \
	{                                                                                          \
		ON(BIND, self, REFUSE_BOUND), NO_GRANT(self), ON(OUTBIND, self, REFUSE),           \
			ON(SUBMIT, self, submit), ON(DELIVER, self, deliver),                      \
			ON(ENQUIRE, self, ALLOW), ON(RESPONSE, self, ALLOW),                       \
			ON(UNBIND, UNBINDING, SEND_UNBIND), ON(PEER_UNBIND, UNBINDING, DRAIN),     \
			ON(UNBOUND, self, IGNORE), ENDS                                            \
	}

static const struct smpp_step steps[SMPP_STATE_COUNT][SMPP_TRIGGER_COUNT] = {
	[SMPP_STATE_OPEN] = {
		ON(BIND, BINDING, ALLOW),
		NO_GRANT(OPEN),
		ON(OUTBIND, OPEN, ALLOW),
		ON(SUBMIT, OPEN, REFUSE),
		ON(DELIVER, OPEN, REFUSE),
		ON(ENQUIRE, OPEN, ALLOW), /* not by the letter, but peers test a link so */
		ON(RESPONSE, OPEN, IGNORE),
		ON(UNBIND, CLOSED, FINISH),
		ON(PEER_UNBIND, OPEN, REFUSE),
		ON(UNBOUND, OPEN, IGNORE),
		ENDS,
	},
	[SMPP_STATE_BINDING] = {
		ON(BIND, BINDING, REFUSE_BOUND),
		ON(BOUND_TX, BOUND_TX, ALLOW),
		ON(BOUND_RX, BOUND_RX, ALLOW),
		ON(BOUND_TRX, BOUND_TRX, ALLOW),
		ON(BIND_DENIED, OPEN, ALLOW),
		ON(BIND_REFUSED, CLOSED, FINISH),
		ON(OUTBIND, BINDING, REFUSE),
		ON(SUBMIT, BINDING, REFUSE),
		ON(DELIVER, BINDING, REFUSE),
		ON(ENQUIRE, BINDING, ALLOW),
		ON(RESPONSE, BINDING, ALLOW),
		ON(UNBIND, CLOSED, FINISH),
		ON(PEER_UNBIND, BINDING, REFUSE),
		ON(UNBOUND, BINDING, IGNORE),
		ENDS,
	},
	[SMPP_STATE_BOUND_TX] = BOUND(BOUND_TX, ALLOW, REFUSE),
	[SMPP_STATE_BOUND_RX] = BOUND(BOUND_RX, REFUSE, ALLOW),
	[SMPP_STATE_BOUND_TRX] = BOUND(BOUND_TRX, ALLOW, ALLOW),
	[SMPP_STATE_UNBINDING] = {
		ON(BIND, UNBINDING, REFUSE),
		NO_GRANT(UNBINDING),
		ON(OUTBIND, UNBINDING, REFUSE),
		ON(SUBMIT, UNBINDING, REFUSE),
		ON(DELIVER, UNBINDING, REFUSE),
		ON(ENQUIRE, UNBINDING, ALLOW),
		ON(RESPONSE, UNBINDING, ALLOW),
		ON(UNBIND, UNBINDING, IGNORE),
		ON(PEER_UNBIND, UNBINDING, DRAIN),
		ON(UNBOUND, CLOSED, FINISH),
		ENDS,
	},
	[SMPP_STATE_CLOSED] = {
		ON(BIND, CLOSED, REFUSE),
		NO_GRANT(CLOSED),
		ON(OUTBIND, CLOSED, REFUSE),
		ON(SUBMIT, CLOSED, REFUSE),
		ON(DELIVER, CLOSED, REFUSE),
		ON(ENQUIRE, CLOSED, REFUSE),
		ON(RESPONSE, CLOSED, IGNORE),
		ON(UNBIND, CLOSED, IGNORE),
		ON(PEER_UNBIND, CLOSED, REFUSE),
		ON(UNBOUND, CLOSED, IGNORE),
		ON(TIMEOUT, CLOSED, IGNORE),
		ON(BROKEN, CLOSED, IGNORE),
		ON(CLOSE, CLOSED, IGNORE),
	},
};

static const char *const state_names[] = {
	[SMPP_STATE_OPEN] = "OPEN",	      [SMPP_STATE_BINDING] = "BINDING",
	[SMPP_STATE_BOUND_TX] = "BOUND_TX",   [SMPP_STATE_BOUND_RX] = "BOUND_RX",
	[SMPP_STATE_BOUND_TRX] = "BOUND_TRX", [SMPP_STATE_UNBINDING] = "UNBINDING",
	[SMPP_STATE_CLOSED] = "CLOSED",
};
_Static_assert(sizeof(state_names) / sizeof(state_names[0]) == SMPP_STATE_COUNT, "state names");

static const char *const trigger_names[] = {
	[SMPP_ON_BIND] = "bind",
	[SMPP_ON_BOUND_TX] = "bound_tx",
	[SMPP_ON_BOUND_RX] = "bound_rx",
	[SMPP_ON_BOUND_TRX] = "bound_trx",
	[SMPP_ON_BIND_DENIED] = "bind_denied",
	[SMPP_ON_BIND_REFUSED] = "bind_refused",
	[SMPP_ON_OUTBIND] = "outbind",
	[SMPP_ON_SUBMIT] = "submit",
	[SMPP_ON_DELIVER] = "deliver",
	[SMPP_ON_ENQUIRE] = "enquire",
	[SMPP_ON_RESPONSE] = "response",
	[SMPP_ON_UNBIND] = "unbind",
	[SMPP_ON_PEER_UNBIND] = "peer_unbind",
	[SMPP_ON_UNBOUND] = "unbound",
	[SMPP_ON_TIMEOUT] = "timeout",
	[SMPP_ON_BROKEN] = "broken",
	[SMPP_ON_CLOSE] = "close",
};
_Static_assert(sizeof(trigger_names) / sizeof(trigger_names[0]) == SMPP_TRIGGER_COUNT,
	       "trigger names");

static const char *const action_names[] = {
	[SMPP_DO_IGNORE] = "ignore",	       [SMPP_DO_ALLOW] = "allow",
	[SMPP_DO_REFUSE] = "refuse",	       [SMPP_DO_REFUSE_BOUND] = "refuse_bound",
	[SMPP_DO_SEND_UNBIND] = "send_unbind", [SMPP_DO_DRAIN] = "drain",
	[SMPP_DO_FINISH] = "finish",
};
_Static_assert(sizeof(action_names) / sizeof(action_names[0]) == SMPP_ACTION_COUNT, "action names");

struct smpp_step smpp_step_find(enum smpp_state state, enum smpp_trigger trigger)
{
	return steps[state][trigger];
}

enum smpp_trigger smpp_trigger_of(enum smpp_side sender, uint32_t command_id)
{
	bool esme = sender == SMPP_SIDE_ESME;

	switch (command_id) {
	case SMPP_SUBMIT_SM:
	case SMPP_SUBMIT_MULTI:
	case SMPP_QUERY_SM:
	case SMPP_CANCEL_SM:
	case SMPP_REPLACE_SM:
		return esme ? SMPP_ON_SUBMIT : SMPP_TRIGGER_COUNT;
	case SMPP_DATA_SM:
		return esme ? SMPP_ON_SUBMIT : SMPP_ON_DELIVER;
	case SMPP_DELIVER_SM:
	case SMPP_ALERT_NOTIFICATION:
		return esme ? SMPP_TRIGGER_COUNT : SMPP_ON_DELIVER;
	case SMPP_OUTBIND:
		return esme ? SMPP_TRIGGER_COUNT : SMPP_ON_OUTBIND;
	}
	return SMPP_TRIGGER_COUNT;
}

bool smpp_command_is_answered(uint32_t command_id)
{
	return !smpp_command_is_response(command_id) && smpp_command_known(command_id | SMPP_RESP);
}

const char *smpp_state_name(enum smpp_state state)
{
	return state < SMPP_STATE_COUNT ? state_names[state] : "unknown";
}

const char *smpp_trigger_name(enum smpp_trigger trigger)
{
	return trigger < SMPP_TRIGGER_COUNT ? trigger_names[trigger] : "unknown";
}

const char *smpp_action_name(enum smpp_action action)
{
	return action < SMPP_ACTION_COUNT ? action_names[action] : "unknown";
}
