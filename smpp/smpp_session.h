/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_session.h - one SMPP session, either side, without a socket.
 *
 * Does:    takes octets or a tick; gives octets to send and tells what happened. Frames, answers
 *          enquire_link and unbind, refuses what the state does not allow, keeps both windows,
 *          pairs responses with requests, runs the timers.
 * Owns:    the session is talloc'ed below ctx. PDUs given to the handler are borrowed for the call.
 *          The handler may call anything here but smpp_session_input() and smpp_session_tick();
 *          it must not free the session.
 * Promise: each request handed to the handler is answered exactly once, by
 *          smpp_session_respond(); the session refuses a second answer (-EALREADY) and one for a
 *          sequence number it does not know (-ENOENT). alert_notification and outbind have no
 *          answer in SMPP: for them it is -ENOENT at once.
 * Bounds:  both windows, the PDU, and by them the output; responses are never held back.
 * Errors:  0 or negative errno. -EPROTO: the peer broke the protocol; the session is closing.
 * Threads: one. No clock: now_ms is monotonic and passed in.
 * Source:  SMPP 3.4 chapters 2 and 4, sec. 5.1.
 */
#pragma once

#include "smpp/smpp_pdu.h"

enum smpp_side { SMPP_SIDE_SMSC, SMPP_SIDE_ESME }; /* who we are: SMSC accepts binds */

enum smpp_state {
	SMPP_STATE_OPEN,
	SMPP_STATE_BINDING, /* a bind request is under way */
	SMPP_STATE_BOUND_TX,
	SMPP_STATE_BOUND_RX,
	SMPP_STATE_BOUND_TRX,
	SMPP_STATE_UNBINDING,
	SMPP_STATE_CLOSED,
	SMPP_STATE_COUNT
};

/* Whoever listens to a session: each PDU as octets, ours when it is put to be sent, the peer's
 * before it is handled; where framing is lost, what came then. It may not call the session. */
typedef void smpp_session_tap_cb(void *user, bool sent, const uint8_t *data, size_t len);

struct smpp_session_config {
	enum smpp_side side;
	bool outbind;	       /* SMSC side: outbind is handed over as REQUEST, see _turn */
	const char *system_id; /* ours, for bind_resp; copied; NULL: empty */
	size_t window_in;      /* requests of the peer that may wait for our answer; 1 to 16384 */
	size_t window_out;     /* our requests that may wait for the peer's answer; the same */
	size_t max_pdu;	       /* octets; 0: SMPP_PDU_MAX */
	int64_t init_ms;       /* from open to bound (session init timer); 0: never */
	int64_t enquire_ms;    /* idle time before we send enquire_link; 0: never */
	/* A request of ours unanswered for so long has expired; an enquire_link, bind or unbind so
	 * long unanswered ends the session. 0: never. */
	int64_t response_ms;
	int64_t inactivity_ms;	  /* without traffic other than enquire_link: unbind; 0: never */
	smpp_session_tap_cb *tap; /* NULL: nobody listens, which costs nothing */
	void *tap_user;
};

/* Requests of ours are put off (-EAGAIN) while so many octets wait for the peer to read them. */
enum { SMPP_SESSION_OUTPUT_MAX = 1 << 20 };

enum smpp_event_kind {
	SMPP_EVENT_BIND,    /* SMSC side: decide, then smpp_session_respond() */
	SMPP_EVENT_BOUND,   /* the session is bound (either side); pdu is the bind's response */
	SMPP_EVENT_REQUEST, /* a request to answer: submit_sm, deliver_sm, data_sm, ... */
	/* The answer to a request of ours; `cookie` is ours. It may be a generic_nack, and may have
	 * no body (has_body). A refused bind of ours comes as one with cookie 0; CLOSED follows. */
	SMPP_EVENT_RESPONSE,
	SMPP_EVENT_EXPIRED, /* no answer came in time, or the session closed before; `cookie` */
	/* The peer's octets were refused, and answered if they were a request; `fault` says why: a
	 * reason of smpp_pdu_decode(), or "bind_state", "interface_version", "window_full",
	 * "sequence_in_use", "out_of_memory". */
	SMPP_EVENT_REFUSED,
	SMPP_EVENT_CLOSED, /* nothing more will come; flush and close the socket */
};

struct smpp_session_event {
	enum smpp_event_kind kind;
	const struct smpp_pdu *pdu; /* BIND, REQUEST, RESPONSE, BOUND; NULL otherwise */
	uint32_t sequence;
	uint64_t cookie;
	const struct smpp_fault *fault;
	const char *reason; /* static text for CLOSED and EXPIRED */
};

struct smpp_session;
typedef void smpp_session_handler(void *user, struct smpp_session *session,
				  const struct smpp_session_event *event);

struct smpp_session *smpp_session_create(void *ctx, const struct smpp_session_config *config,
					 smpp_session_handler *handler, void *user, int64_t now_ms);

/* Feeds received octets. Returns how many were used (whole PDUs); the rest must be fed again with
 * what follows. Also when the session ended in an orderly way meanwhile (unbind, _close): look at
 * its state. -EPROTO when framing was lost, or when it had been closed before. */
ssize_t smpp_session_input(struct smpp_session *session, const uint8_t *data, size_t len,
			   int64_t now_ms);
/* Timers. Call it when smpp_session_next_tick() is due; more often does no harm. */
void smpp_session_tick(struct smpp_session *session, int64_t now_ms);
int64_t smpp_session_next_tick(const struct smpp_session *session); /* ms, INT64_MAX: none */

/* Sends a request; the sequence number is the session's. 0, -EAGAIN (window or output full),
 * -ENOTCONN (not bound in a way that allows it), -EINVAL (not a request that our side sends, or
 * cannot be encoded), -EMSGSIZE, -ENOMEM. */
int smpp_session_request(struct smpp_session *session, const struct smpp_pdu *pdu, uint64_t cookie,
			 int64_t now_ms) __attribute__((warn_unused_result));

/* Answers a request of the peer. `message_id` may be NULL. For a bind, status 0 binds. 0, -ENOENT,
 * -EALREADY (the last answered ones are remembered), -EINVAL (message_id too long), -ENOTCONN
 * (closed), -ENOMEM. After -EINVAL or -ENOMEM the request waits still. */
int smpp_session_respond(struct smpp_session *session, uint32_t sequence, uint32_t status,
			 const char *message_id);
/* The same with a whole PDU of ours (command_id and sequence are set by the session, and has_body
 * when the status is 0). */
int smpp_session_respond_pdu(struct smpp_session *session, uint32_t sequence,
			     const struct smpp_pdu *pdu);

/* ESME side: sends the bind. kind: SMPP_BIND_RECEIVER, _TRANSMITTER, _TRANSCEIVER. NULL strings
 * are empty. 0, -EINVAL, -EALREADY (binding or bound), -ENOTCONN (closed), -ENOMEM. */
int smpp_session_bind(struct smpp_session *session, uint32_t kind, const char *system_id,
		      const char *password, const char *system_type, int64_t now_ms)
	__attribute__((warn_unused_result));
/* The same with all fields of the PDU, whose command_id says what kind of bind it is; the sequence
 * number is the session's. */
int smpp_session_bind_pdu(struct smpp_session *session, const struct smpp_pdu *bind, int64_t now_ms)
	__attribute__((warn_unused_result));
/* SMSC side, after an outbind that the handler has found good: from now on we are the ESME, and may
 * bind (SMPP 3.4 sec. 2.2.1, 4.1.7). 0, -EINVAL (no outbind came), -EALREADY (turned already),
 * -ENOTCONN (no longer open). */
int smpp_session_turn(struct smpp_session *session) __attribute__((warn_unused_result));

/* Sends unbind; CLOSED follows when the peer has answered or did not in time. Requests of the peer
 * are refused from now on; those that came before may still be answered. */
void smpp_session_unbind(struct smpp_session *session, int64_t now_ms);
/* At once: expires what is open. The socket is gone or will be. */
void smpp_session_close(struct smpp_session *session, const char *reason);

/* From now on; NULL: nobody listens. */
void smpp_session_set_tap(struct smpp_session *session, smpp_session_tap_cb *tap, void *user);

/* Octets to send, valid until the next call that is not const. The caller writes them and says how
 * many it took. */
const uint8_t *smpp_session_output(const struct smpp_session *session, size_t *len);
void smpp_session_output_taken(struct smpp_session *session, size_t len);

enum smpp_state smpp_session_state(const struct smpp_session *session);
bool smpp_session_can_deliver(const struct smpp_session *session); /* we may send messages to it */
size_t smpp_session_window_free(const struct smpp_session *session); /* requests that we may send */
size_t smpp_session_waiting(const struct smpp_session *session);     /* of the peer's, unanswered */
/* The peer's, from its bind or bind_resp; "" before. Octets as the peer sent them. */
const char *smpp_session_system_id(const struct smpp_session *session);
uint8_t smpp_session_peer_version(const struct smpp_session *session); /* 0x34; 0: not known */

struct smpp_session_counters {
	uint64_t received;   /* PDUs that were framed */
	uint64_t sent;	     /* PDUs */
	uint64_t refused;    /* requests answered with an error by the session itself */
	uint64_t throttled;  /* of these: over window_in */
	uint64_t malformed;  /* PDUs that did not decode */
	uint64_t unexpected; /* responses that answer nothing of ours, ignored */
	uint64_t expired;    /* requests of ours that were not answered */
};
const struct smpp_session_counters *smpp_session_counters(const struct smpp_session *session);
const char *smpp_state_name(enum smpp_state state);
