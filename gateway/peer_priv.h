/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* peer_priv.h - what the files of the peer share; nobody else includes it.
 *
 * peer.c         the set, making one, how it ends, what is told of it
 * peer_input.c   what the session tells: the peer's requests, its binds and answers
 * peer_output.c  our requests, and which peer may take one
 */
#pragma once

#include <osmocom/core/linuxlist.h>

#include "gateway/admission.h"
#include "gateway/bucket.h"
#include "gateway/link_book.h"
#include "gateway/pace.h"
#include "gateway/peer.h"
#include "gateway/smsc_pool.h"

enum { PEER_LOG_MS = 1000 };

struct peer {
	struct llist_head list;
	struct smsc_slot slot; /* in a pool while it is bound for delivery */
	struct peer_set *set;
	enum peer_side side;
	uint64_t number;
	bool accepted; /* the other end made the connection */
	const struct peer_hooks *hooks;
	void *owner;
	struct smpp_link *link; /* NULL once it is gone */
	unsigned holds;
	size_t requests; /* ours, unanswered */
	bool bound;
	bool retiring;
	struct sockaddr_storage socket_address;
	char address[64];
	struct peer_traits traits;
	struct admission *admission; /* NULL until identified, or without memory: nothing */
	struct link_row *row;	     /* NULL until identified */
	struct bucket in;
	struct bucket out;
	struct pace pace;   /* towards a peer that says that we are too fast */
	struct event *wake; /* when it can take something again */
	uint64_t messages_in;
	uint64_t messages_out;
	uint64_t sampled_in;
	uint64_t sampled_out;
	double rate_in;
	double rate_out;
	uint64_t refused;
	int64_t refused_logged_ms;
	char last_error[96];
	int64_t since_ms; /* Unix time of the last change of state */
};

struct peer_set {
	struct gateway *gateway;
	struct llist_head peers;
	size_t count;	       /* with a link */
	struct smsc_pool pool; /* of SMSCs */
	struct smsc_pool hubs;
	struct link_book *book;
	int64_t sampled_ms;
	uint64_t last_number;
	peer_tap_cb *tap; /* NULL: nobody listens */
	void *tap_user;
	bool hubs_turn; /* who gets the next room in a window: hubs or our own texts */
};

/* peer_output.c */
bool peer_takes(const struct smsc_slot *slot);
size_t peer_room(const struct peer *peer); /* requests that we may send to it now */
void peer_request_end(struct peer *peer, uint64_t cookie, const struct smpp_pdu *pdu);
void peer_wake(struct peer *peer); /* its pause is over, or its rate allows another message */
/* peer_input.c */
void peer_on_event(void *user, struct smpp_session *session,
		   const struct smpp_session_event *event);
