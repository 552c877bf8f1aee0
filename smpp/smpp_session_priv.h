/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_session_priv.h - what the files of the session share; nobody else includes it.
 *
 * smpp_session.c        making one, state changes, how it ends, what callers ask
 * smpp_session_send.c   requests of ours, and the answers to the peer's
 * smpp_session_input.c  what the peer sends
 * smpp_session_timer.c  what time brings
 */
#pragma once

#include "smpp/smpp_output.h"
#include "smpp/smpp_states.h"
#include "smpp/smpp_window.h"

/* bind, enquire_link and unbind of ours: at most one of each is under way, outside the window. */
struct smpp_control {
	bool open;
	uint32_t sequence;
	uint32_t command_id;
	int64_t since_ms;
};

struct smpp_session {
	struct smpp_session_config config;
	char system_id[SMPP_STRING_MAX];
	smpp_session_handler *handler;
	void *user;
	enum smpp_state state;
	bool busy;   /* inside input or tick */
	bool broken; /* framing was lost */
	bool closed_told;

	int64_t now_ms; /* as last told */
	int64_t opened_ms;
	int64_t heard_ms;  /* any octets */
	int64_t active_ms; /* requests and responses other than enquire_link */

	struct smpp_window *in;
	struct smpp_window *out;
	struct smpp_control bind;
	struct smpp_control enquire;
	struct smpp_control unbind;
	uint32_t last_sequence; /* of ours */

	int64_t unbinding_ms;
	const char *unbind_reason; /* of ours */
	bool unbinding;
	bool unbind_answered; /* ours was */
	bool peer_unbind;     /* the peer's waits for our answer */
	uint32_t peer_unbind_sequence;

	bool outbind_seen; /* on the SMSC side, which may turn */

	uint32_t bind_kind;
	uint8_t peer_version;
	char peer_id[SMPP_STRING_MAX];

	struct smpp_output output;
	struct smpp_session_counters counters;
};

extern const char smpp_out_of_memory[]; /* why a session ended */

/* The only function that changes the state. Returns what the table says; the effects of
 * SEND_UNBIND, DRAIN and FINISH are done, the others are the caller's. */
enum smpp_action smpp_session_step(struct smpp_session *s, enum smpp_trigger trigger,
				   const char *reason);
enum smpp_action smpp_session_peek(const struct smpp_session *s, enum smpp_trigger trigger);

void smpp_session_emit(struct smpp_session *s, const struct smpp_session_event *event);
/* Takes a request of ours out of the window and tells that it has expired. */
void smpp_session_expire(struct smpp_session *s, const struct smpp_waiting *request,
			 const char *reason);
int smpp_session_put(struct smpp_session *s, const struct smpp_pdu *pdu);
/* Puts a PDU without a body; ends the session when there is no memory for even that. */
void smpp_session_put_short(struct smpp_session *s, uint32_t command_id, uint32_t status,
			    uint32_t sequence);
/* Sends one of bind, enquire_link or unbind; sets command_id and sequence_number. */
int smpp_session_control(struct smpp_session *s, struct smpp_control *control,
			 struct smpp_pdu *pdu);
/* Ends an unbinding session once all is answered that the peer asked before. */
void smpp_session_drain(struct smpp_session *s);
void smpp_session_set_peer(struct smpp_session *s, struct smpp_octets system_id, uint8_t version);
enum smpp_trigger smpp_session_bound_trigger(uint32_t bind_kind);
