/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* peer.h - a session with another system, whoever made the connection.
 *
 * Does:    hands the peer's messages to intake (role smsc) or hub (role hub); pairs our requests
 *          with their answers; keeps window, rates and counters; waits with a peer that says that
 *          we are too fast; offers the room of SMSCs to hub and sms_out in turn.
 * Promise: each accepted request of a peer is answered once; the callback of peer_request is called
 *          once.
 * Owns:    a peer lives below its set, while its link does or somebody holds it (peer_hold), so
 *          that a late answer finds a peer without a link rather than nothing.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "smpp/smpp_link.h"

struct peer;
struct peer_set;

enum { PEER_NAME_MAX = 64 };

/* Which side of SMPP we are. An SMSC that asked for it by outbind finds us as client on a
 * connection that it made itself. */
enum peer_side { PEER_SERVER, PEER_CLIENT };

/* What the configuration says of the other end. */
struct peer_traits {
	char name[PEER_NAME_MAX]; /* of the link: an account, or "centre#1" */
	enum account_role role;
	enum block_entry entry;
	uint32_t window;     /* its requests that may wait for our answers */
	uint32_t window_out; /* ours that may wait for its */
	uint32_t rate;	     /* its requests a second; 0: unlimited */
	uint32_t rate_out;   /* ours */
	/* Its number ranges, which are copied by peer_identify(); NULL: none. */
	const struct config_account *account;
};

/* What server and client do differently; each may be NULL. The link may be gone when they
 * return, the peer is not. */
struct peer_hooks {
	void (*on_bind)(struct peer *peer, const struct smpp_session_event *event);
	void (*on_outbind)(struct peer *peer, const struct smpp_pdu *pdu);
	void (*on_bound)(struct peer *peer);
	void (*on_bind_refused)(struct peer *peer, uint32_t status);
	/* `was_bound`: a link was lost, else an attempt failed. */
	void (*on_closed)(struct peer *peer, bool was_bound, const char *reason);
	void (*on_gone)(struct peer *peer); /* the last hook of all */
};

struct peer_set *peer_set_create(void *ctx, struct gateway *gateway);
size_t peer_set_count(const struct peer_set *set); /* connections, bound or not */
/* Nothing of any peer is open any more, either way. */
bool peer_set_drained(const struct peer_set *set);
void peer_set_stop(struct peer_set *set); /* unbinds everybody */
/* Once a second: measures rates. */
void peer_set_sample(struct peer_set *set);
/* Whoever listens to all sessions: each PDU as octets, before it is handled. NULL: nobody. */
typedef void peer_tap_cb(void *user, struct peer *peer, bool sent, const uint8_t *data, size_t len);
void peer_set_listen(struct peer_set *set, peer_tap_cb *tap, void *user);
/* One after the other, NULL first; NULL after the last. Those without a link are left out. */
struct peer *peer_set_next(const struct peer_set *set, const struct peer *before);
/* /metrics of the links, behind `text`, which is taken. */
char *peer_set_format_metrics(const struct peer_set *set, char *text);

/* A bound SMSC that can take a message now: over the link of that name if it is one, else over
 * another of the same SMSC, else any. NULL: none. */
struct peer *peer_pick(struct peer_set *set, const char *link);
/* A bound session of that hub that can take a receipt now. NULL: none. */
struct peer *peer_pick_hub(struct peer_set *set, const char *account);
/* Some peer may take something (again): hub and sms_out are told in turn. */
void peer_offer_room(struct peer_set *set);
/* An SMSC is bound for delivery, whether or not it can take anything now. */
bool peer_any_smsc(const struct peer_set *set);

/* `owner` is for the hooks, peer_owner() gives it. The link is handed over by peer_set_link. */
struct peer *peer_create(struct peer_set *set, enum peer_side side, const struct sockaddr *address,
			 const struct peer_hooks *hooks, void *owner);
extern const struct smpp_link_handler peer_link_handler; /* its user is the peer */
/* For a session that is not there yet. */
void peer_listen_from_start(struct peer *peer, struct smpp_session_config *config);
void peer_set_link(struct peer *peer, struct smpp_link *link);
void *peer_owner(const struct peer *peer);
/* The hooks are not called any more: nobody owns it. */
void peer_disown(struct peer *peer);
/* Whose session it is, from now on or anew after a reload. */
void peer_identify(struct peer *peer, const struct peer_traits *traits);
/* After an outbind: from now on we are the client. 0 or as smpp_session_turn(). */
int peer_turn(struct peer *peer) __attribute__((warn_unused_result));

const char *peer_account(const struct peer *peer); /* the name of its link; "" at first */
enum peer_side peer_side(const struct peer *peer);
enum account_role peer_role(const struct peer *peer);
enum block_entry peer_entry(const struct peer *peer);
bool peer_is_accepted(const struct peer *peer);	   /* the other end made the connection */
uint64_t peer_number(const struct peer *peer);	   /* none other had it since the start */
const char *peer_address(const struct peer *peer); /* "127.0.0.1:2775" */
const struct sockaddr *peer_socket_address(const struct peer *peer);
bool peer_is_bound(const struct peer *peer);
struct smpp_session *peer_session(struct peer *peer);		 /* NULL: the link is gone */
const struct smpp_tls_stream *peer_tls(const struct peer *peer); /* NULL: plain, or gone */
struct peer_set *peer_set_of(const struct peer *peer);
/* deliver_sm or submit_sm: as what a message leaves over it. */
uint32_t peer_message_command(const struct peer *peer);

/* Whether the peer may send this message: SMPP_ROK, or the status to refuse it with, which is then
 * counted. The numbers are the PDU's. */
uint32_t peer_admits(struct peer *peer, const struct smpp_pdu *pdu, const struct number *source,
		     const struct number *destination);

/* pdu NULL: no answer came (time-out, or the link is gone). */
typedef void peer_answer_cb(void *user, const struct smpp_pdu *pdu);
int peer_request(struct peer *peer, const struct smpp_pdu *pdu, peer_answer_cb *cb, void *user)
	__attribute__((warn_unused_result));

/* Keeps the struct alive past its link. */
void peer_hold(struct peer *peer);
void peer_release(struct peer *peer);
/* Answers a request if the link is still there; the octets go out at the end of the turn. */
void peer_answer(struct peer *peer, uint32_t sequence, uint32_t status, const char *message_id);
void peer_answer_pdu(struct peer *peer, uint32_t sequence, const struct smpp_pdu *pdu);
void peer_close(struct peer *peer, const char *reason);
void peer_unbind(struct peer *peer);
/* Takes no more messages, and is unbound once ours are answered. */
void peer_retire(struct peer *peer);
/* Remembered for `mianrao links`. */
void peer_note_error(struct peer *peer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

struct peer_info {
	const char *link;
	const char *address;
	const char *system_id;
	const char *role;
	const char *side;
	const char *state;
	size_t window_in;
	size_t window_out; /* our requests that wait */
	size_t window_out_free;
	size_t window_out_size;
	uint64_t messages_in;
	uint64_t messages_out;
	double rate_in; /* messages a second, over the last seconds */
	double rate_out;
	const char *last_error;
	int64_t since_ms; /* of the state */
};
void peer_info_fill(const struct peer *peer, struct peer_info *out);
const char *peer_side_name(enum peer_side side);
