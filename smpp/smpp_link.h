/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_link.h - a session on a libevent socket, and the listener that makes such links.
 *
 * Does:    one read and one write per loop turn; all whole PDUs of a read are handled before the
 *          write. Stops reading while the peer does not take what we wrote (output_max).
 * Owns:    links are talloc'ed below ctx. smpp_link_close() ends one: the session's CLOSED event
 *          comes, what is written is flushed (for a second at most, then the peer has had its
 *          chance), and the link is freed on a later turn, after `on_gone`. A session that closes
 *          by itself ends its link the same way. Never talloc_free a link inside a handler; from
 *          outside it frees everything at once, without CLOSED and `on_gone`.
 * TLS:     with config.tls, octets pass through a struct smpp_tls_stream on their way. The
 * handshake has to be done within the session's init_ms; what breaks it is the reason of CLOSED.
 *          The session may be bound before it is done: what it has to send waits.
 * Needs:   a process that ignores SIGPIPE.
 * Threads: the loop's. The link's own files are the only ones in smpp/ that know libevent.
 */
#pragma once

#include <event2/event.h>
#include <sys/socket.h>

#include "smpp/smpp_session.h"
#include "smpp/smpp_tls.h"

struct smpp_link;
struct smpp_listener;

struct smpp_link_handler {
	smpp_session_handler *on_event;	  /* `user` is the link's user pointer */
	void (*on_gone)(void *user);	  /* the link is about to be freed; may be NULL */
	void (*on_connected)(void *user); /* client: the connection stands, and the handshake of
					   * TLS is done; may be NULL */
};

struct smpp_link_config {
	struct smpp_session_config session;
	size_t output_max; /* octets waiting for the peer before reading stops; 0: 1 MiB */
	/* NULL: plain. A link needs it only while it is made, a listener until the next _set_tls.
	 */
	const struct smpp_tls *tls;
};

/* Called for each accepted connection, before anything is read and before its session exists.
 * Returns the user pointer for the link and fills `handler` and may change `config`; NULL refuses
 * the connection. */
typedef void *smpp_accept_cb(void *ctx, struct smpp_link *link, const struct sockaddr *peer,
			     struct smpp_link_handler *handler, struct smpp_link_config *config);

/* Listens on address:port (port 0: the kernel's choice). NULL with errno. */
struct smpp_listener *smpp_listener_create(void *ctx, struct event_base *base, const char *address,
					   uint16_t port, const struct smpp_link_config *config,
					   smpp_accept_cb *accept_cb, void *accept_ctx);
uint16_t smpp_listener_port(const struct smpp_listener *listener);
void smpp_listener_stop(struct smpp_listener *listener); /* no new connections */
/* For the connections to come; those that stand go on as they are. NULL: plain. */
void smpp_listener_set_tls(struct smpp_listener *listener, const struct smpp_tls *tls);

/* Connects to address:port (numeric address), ESME side. The session is there at once and may be
 * bound at once: what it has to send waits for the connection. NULL with errno when no link could
 * be made; every later failure is a CLOSED event on a later turn. */
struct smpp_link *smpp_link_connect(void *ctx, struct event_base *base, const char *address,
				    uint16_t port, const struct smpp_link_config *config,
				    const struct smpp_link_handler *handler, void *user);

struct smpp_session *smpp_link_session(struct smpp_link *link);
const char *smpp_link_peer(const struct smpp_link *link); /* "127.0.0.1:2775" */
/* Whom the peer's certificate names, and more. NULL: the link is plain. */
const struct smpp_tls_stream *smpp_link_tls(const struct smpp_link *link);
/* Writes what the session has to send, at the end of this loop turn. Call it after using the
 * session outside a handler (a late answer, a request of ours). */
void smpp_link_flush(struct smpp_link *link);
void smpp_link_close(struct smpp_link *link, const char *reason);
/* Stops and resumes reading from this peer (back-pressure). What was read already is still handed
 * over. Its answers to our requests wait as well, so a pause is shorter than response_ms. */
void smpp_link_pause(struct smpp_link *link, bool paused);
int64_t smpp_link_now_ms(void); /* the monotonic clock that sessions are given */
