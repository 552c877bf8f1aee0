/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_states.h - what a session may do in which state, as one table.
 *
 * Does:    for a state and a trigger says the next state and what is to be done. The same table
 *          serves both sides: a trigger is a kind of event, whoever caused it.
 * Threads: pure. Memory: allocates nothing.
 * Source:  SMPP 3.4 sec. 2.2 (states) and 2.3 (commands allowed in them).
 */
#pragma once

#include "smpp/smpp_session.h"

enum smpp_trigger {
	SMPP_ON_BIND,	  /* a bind request: the peer's, or ours */
	SMPP_ON_BOUND_TX, /* it was granted */
	SMPP_ON_BOUND_RX,
	SMPP_ON_BOUND_TRX,
	SMPP_ON_BIND_DENIED,  /* we refused the peer's bind: it may try again */
	SMPP_ON_BIND_REFUSED, /* the peer refused ours */
	SMPP_ON_OUTBIND,
	SMPP_ON_SUBMIT,	 /* a request that an ESME sends to an SMSC, either way */
	SMPP_ON_DELIVER, /* a request that an SMSC sends to an ESME, either way */
	SMPP_ON_ENQUIRE,
	SMPP_ON_RESPONSE,
	SMPP_ON_UNBIND,	     /* we want to end */
	SMPP_ON_PEER_UNBIND, /* the peer wants to end */
	SMPP_ON_UNBOUND,     /* everything is answered that had to be */
	SMPP_ON_TIMEOUT,
	SMPP_ON_BROKEN, /* framing lost, or no memory to go on */
	SMPP_ON_CLOSE,
	SMPP_TRIGGER_COUNT
};

enum smpp_action {
	SMPP_DO_IGNORE,
	SMPP_DO_ALLOW,
	SMPP_DO_REFUSE,	      /* ESME_RINVBNDSTS, or -ENOTCONN for ourselves */
	SMPP_DO_REFUSE_BOUND, /* ESME_RALYBND */
	SMPP_DO_SEND_UNBIND,
	SMPP_DO_DRAIN,	/* answer the unbind when all that came before it is answered */
	SMPP_DO_FINISH, /* expire what is open, then tell CLOSED */
	SMPP_ACTION_COUNT
};

struct smpp_step {
	enum smpp_state next;
	enum smpp_action action;
};

struct smpp_step smpp_step_find(enum smpp_state state, enum smpp_trigger trigger);

/* The trigger that a request of this command is when `sender` sends it; SMPP_TRIGGER_COUNT when
 * that side never does, or when it is not a request that carries something (bind, unbind and
 * enquire_link are the session's own). */
enum smpp_trigger smpp_trigger_of(enum smpp_side sender, uint32_t command_id);
/* Whether SMPP has a response to the request: not to alert_notification and outbind. */
bool smpp_command_is_answered(uint32_t command_id);

const char *smpp_trigger_name(enum smpp_trigger trigger);
const char *smpp_action_name(enum smpp_action action);
