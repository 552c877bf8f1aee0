/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_listener.c - accepts connections and makes links of them. */
#include <errno.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <talloc.h>
#include <unistd.h>

#include "smpp/smpp_link_priv.h"

enum {
	RETRY_MS = 500, /* pause of a listener when descriptors or memory run out */
	BACKLOG = 512,
};

struct smpp_listener {
	void *ctx;
	struct event_base *base;
	struct evconnlistener *socket;
	struct event *retry;
	struct read_buffer *shared;
	struct smpp_link_config config;
	smpp_accept_cb *accept_cb;
	void *accept_ctx;
};

static void on_accept(struct evconnlistener *socket, evutil_socket_t fd, struct sockaddr *peer,
		      int peer_len, void *arg)
{
	(void)socket;
	struct smpp_listener *listener = arg;
	struct smpp_link *link = smpp_link_create(listener->ctx, listener->base, &listener->config,
						  listener->shared, peer, (socklen_t)peer_len);
	if (link)
		link->user = listener->accept_cb(listener->accept_ctx, link, peer, &link->handler,
						 &link->config);
	if (!link || !link->user) {
		close(fd);
		talloc_free(link);
		return;
	}
	int on = 1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (smpp_link_attach(link, fd) < 0) {
		if (link->handler.on_gone)
			link->handler.on_gone(link->user);
		talloc_free(link);
		return;
	}
	smpp_link_start(link);
	if (smpp_link_watch(link) < 0)
		smpp_link_socket_end(link, BEV_EVENT_ERROR);
}

/* Out of descriptors: the waiting connection would wake us again at once. */
static void on_accept_error(struct evconnlistener *socket, void *arg)
{
	struct smpp_listener *listener = arg;
	const struct timeval tv = { 0, RETRY_MS * 1000 };
	evconnlistener_disable(socket);
	event_add(listener->retry, &tv);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct smpp_listener *listener = arg;
	evconnlistener_enable(listener->socket);
}

static int listener_destructor(struct smpp_listener *listener)
{
	smpp_listener_stop(listener);
	if (listener->retry)
		event_free(listener->retry);
	return 0;
}

struct smpp_listener *smpp_listener_create(void *ctx, struct event_base *base, const char *address,
					   uint16_t port, const struct smpp_link_config *config,
					   smpp_accept_cb *accept_cb, void *accept_ctx)
{
	struct addrinfo *at = smpp_link_address(address, port);
	if (!at)
		return NULL;
	struct smpp_listener *listener = talloc_zero(ctx, struct smpp_listener);
	if (!listener) {
		freeaddrinfo(at);
		errno = ENOMEM;
		return NULL;
	}
	*listener = (struct smpp_listener){ .ctx = ctx,
					    .base = base,
					    .config = *config,
					    .accept_cb = accept_cb,
					    .accept_ctx = accept_ctx };
	talloc_set_destructor(listener, listener_destructor);
	listener->retry = evtimer_new(base, on_retry, listener);
	listener->shared = talloc(listener, struct read_buffer);
	listener->socket = evconnlistener_new_bind(base, on_accept, listener,
						   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE |
							   LEV_OPT_CLOSE_ON_EXEC,
						   BACKLOG, at->ai_addr, (int)at->ai_addrlen);
	int error = errno;
	freeaddrinfo(at);
	if (!listener->socket || !listener->retry || !listener->shared) {
		talloc_free(listener);
		errno = error ? error : ENOMEM;
		return NULL;
	}
	evconnlistener_set_error_cb(listener->socket, on_accept_error);
	return listener;
}

uint16_t smpp_listener_port(const struct smpp_listener *listener)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);
	if (!listener->socket ||
	    getsockname(evconnlistener_get_fd(listener->socket), (struct sockaddr *)&at, &len) < 0)
		return 0;
	return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
					      : ((struct sockaddr_in *)&at)->sin_port);
}

void smpp_listener_stop(struct smpp_listener *listener)
{
	if (listener->socket)
		evconnlistener_free(listener->socket);
	listener->socket = NULL;
	if (listener->retry)
		event_del(listener->retry);
}

void smpp_listener_set_tls(struct smpp_listener *listener, const struct smpp_tls *tls)
{
	listener->config.tls = tls;
}
