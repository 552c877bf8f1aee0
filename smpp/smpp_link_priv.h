/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_link_priv.h - what the files of the link share; nobody else includes it.
 *
 * smpp_link.c      how a link begins and ends, its timer, what callers ask
 * smpp_link_io.c   octets between socket, TLS and session
 * smpp_listener.c  the listener
 */
#pragma once

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "smpp/smpp_link.h"

enum {
	READ_CHUNK = 256 * 1024, /* the most that is read at once */
	PEER_NAME_MAX = 64,
};

enum phase {
	PHASE_OPEN,
	PHASE_FLUSHING, /* the session is closed; its last octets are on the way */
	PHASE_DRAINING, /* our side is shut; a close now could cost the peer what it has not read */
	PHASE_DEAD,	/* freed on the next turn */
};

/* Read into by all links of a listener, one after the other. What a turn leaves of it, the link
 * keeps for itself; most leave nothing, so that an idle link has no buffer at all. */
struct read_buffer {
	uint8_t octets[READ_CHUNK];
};

struct smpp_link {
	struct event_base *base;
	struct bufferevent *bev; /* writes; libevent 2.1 would read 4 KiB at a time with it */
	struct event *readable;
	struct read_buffer *shared;
	uint8_t *rest; /* read, and not yet used by the session; talloc'ed, NULL: nothing */
	size_t rest_len;
	struct event *timer; /* session ticks, then the linger deadline */
	struct event *turn;  /* made active to work at the end of the loop turn */
	struct smpp_session *session;
	struct smpp_tls_stream *tls; /* NULL: plain */
	struct smpp_link_handler handler;
	void *user;
	struct smpp_link_config config;
	enum phase phase;
	int64_t timer_due_ms; /* INT64_MAX: not armed */
	bool connect_failed;  /* at once; told on the first turn */
	bool paused;
	bool reading;
	bool turn_pending;
	bool outgoing;
	bool connected_told;
	char peer[PEER_NAME_MAX];
};

/* `shared` NULL: a buffer of its own. */
struct smpp_link *smpp_link_create(void *ctx, struct event_base *base,
				   const struct smpp_link_config *config,
				   struct read_buffer *shared, const struct sockaddr *peer,
				   socklen_t peer_len);
/* Makes what speaks on `fd`, which it takes; -1: not connected yet. 0 or -ENOMEM. */
int smpp_link_attach(struct smpp_link *link, evutil_socket_t fd);
/* From now on events come. */
void smpp_link_start(struct smpp_link *link);
/* Reading begins: the connection stands. 0 or negative. */
int smpp_link_watch(struct smpp_link *link);
/* After anything that may have made the session speak, wait or close. */
void smpp_link_settle(struct smpp_link *link, int64_t now_ms);
/* `what` as libevent tells it: BEV_EVENT_EOF or BEV_EVENT_ERROR. */
void smpp_link_socket_end(struct smpp_link *link, short what);

/* Octets that wait for the socket. */
size_t smpp_link_output_waiting(const struct smpp_link *link);
/* Reads or not, as the phase, a pause and what waits want it. */
void smpp_link_update_reading(struct smpp_link *link);
/* What the session has to send, to the socket. */
void smpp_link_write(struct smpp_link *link);
/* The last word of TLS; nothing for a plain link. */
void smpp_link_write_end(struct smpp_link *link);
/* What was read before a pause, to the session. */
void smpp_link_resume(struct smpp_link *link, int64_t now_ms);
/* The connection stands: a plain one is ready, TLS begins its handshake. */
void smpp_link_begin(struct smpp_link *link, int64_t now_ms);
/* Numeric addresses only: a name would have to be looked up, and that blocks. NULL with errno. */
struct addrinfo *smpp_link_address(const char *address, uint16_t port);
