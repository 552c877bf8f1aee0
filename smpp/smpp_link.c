/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_link.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <time.h>
#include <unistd.h>

enum {
	READ_CHUNK = 256 * 1024, /* the most that is read at once */
	REST_SMALL = 4096,	 /* a rest that is moved in front of what comes next */
	WRITE_CHUNK = 256 * 1024,
	OUTPUT_MAX_DEFAULT = 1024 * 1024,
	LINGER_MS = 1000, /* for the peer to take the last PDUs and to close its side */
	RETRY_MS = 500,	  /* pause of a listener when descriptors or memory run out */
	BACKLOG = 512,
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
	struct smpp_link_handler handler;
	void *user;
	struct smpp_link_config config;
	enum phase phase;
	int64_t timer_due_ms; /* INT64_MAX: not armed */
	bool connect_failed;  /* at once; told on the first turn */
	bool paused;
	bool reading;
	bool turn_pending;
	char peer[PEER_NAME_MAX];
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

int64_t smpp_link_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void schedule_turn(struct smpp_link *link)
{
	if (link->turn_pending)
		return;
	link->turn_pending = true;
	event_active(link->turn, EV_TIMEOUT, 0);
}

static void arm_timer(struct smpp_link *link, int64_t due_ms, int64_t now_ms)
{
	int64_t wait = due_ms > now_ms ? due_ms - now_ms : 1;
	const struct timeval tv = { wait / 1000, wait % 1000 * 1000 };
	link->timer_due_ms = due_ms;
	event_add(link->timer, &tv);
}

/* Only ever brings the timer forward: deadlines move on with each PDU, and a timer that fires too
 * early costs less than one that is set anew each time. */
static void update_timer(struct smpp_link *link, int64_t now_ms)
{
	int64_t due = smpp_session_next_tick(link->session);
	if (due < link->timer_due_ms)
		arm_timer(link, due, now_ms);
}

static size_t output_waiting(const struct smpp_link *link)
{
	return evbuffer_get_length(bufferevent_get_output(link->bev));
}

static void update_reading(struct smpp_link *link)
{
	bool want = !link->paused && output_waiting(link) <= link->config.output_max;
	if (link->phase != PHASE_OPEN)
		want = link->phase == PHASE_DRAINING;
	if (want == link->reading || !link->readable)
		return;
	link->reading = want;
	if (want)
		event_add(link->readable, NULL);
	else
		event_del(link->readable);
}

static void die(struct smpp_link *link)
{
	link->phase = PHASE_DEAD;
	update_reading(link);
	schedule_turn(link);
}

/* The last octets are with the kernel: say that no more will come, and wait for the peer's end. */
static void start_draining(struct smpp_link *link)
{
	link->phase = PHASE_DRAINING;
	if (shutdown(bufferevent_getfd(link->bev), SHUT_WR) < 0)
		die(link);
	else
		update_reading(link);
}

static void start_closing(struct smpp_link *link, int64_t now_ms)
{
	link->phase = PHASE_FLUSHING;
	update_reading(link);
	/* The write callback has to tell of the empty buffer, not of a half empty one. */
	bufferevent_setwatermark(link->bev, EV_WRITE, 0, 0);
	arm_timer(link, now_ms + LINGER_MS, now_ms);
	if (output_waiting(link) == 0)
		start_draining(link);
}

/* Over output_max the octets stay with the session, which then puts off requests of ours. */
static void write_output(struct smpp_link *link)
{
	size_t len;
	const uint8_t *data = smpp_session_output(link->session, &len);
	bool closed = smpp_session_state(link->session) == SMPP_STATE_CLOSED;
	if (len == 0 || (!closed && output_waiting(link) > link->config.output_max))
		return;
	if (bufferevent_write(link->bev, data, len) < 0)
		smpp_session_close(link->session, "out of memory");
	smpp_session_output_taken(link->session, len);
}

/* After anything that may have made the session speak, wait or close. */
static void settle(struct smpp_link *link, int64_t now_ms)
{
	write_output(link);
	if (smpp_session_state(link->session) == SMPP_STATE_CLOSED) {
		start_closing(link, now_ms);
		return;
	}
	update_reading(link);
	update_timer(link, now_ms);
}

/* Keeps what the session did not use; `from` may be the rest itself. */
static int keep_rest(struct smpp_link *link, const uint8_t *from, size_t len)
{
	uint8_t *rest = link->rest;
	bool own = from >= rest && rest && from < rest + talloc_get_size(rest);

	if (len > 0 && !own && talloc_get_size(rest) < len)
		rest = talloc_realloc(link, rest, uint8_t, len);
	if (len > 0 && !rest)
		return -ENOMEM;
	if (len > 0)
		memmove(rest, from, len);
	else
		TALLOC_FREE(rest);
	link->rest = rest;
	link->rest_len = len;
	return 0;
}

/* Gives the session all whole PDUs of `data`. */
static void feed(struct smpp_link *link, const uint8_t *data, size_t len, int64_t now_ms)
{
	ssize_t used = 0;
	if (len == 0)
		return;
	if (!link->paused)
		used = smpp_session_input(link->session, data, len, now_ms);
	if (used < 0)
		used = (ssize_t)len;
	if (keep_rest(link, data + used, len - (size_t)used) < 0)
		smpp_session_close(link->session, "out of memory");
}

static void on_socket_end(struct smpp_link *link, short what)
{
	enum phase before = link->phase;
	if (before == PHASE_DEAD)
		return;
	if (before == PHASE_OPEN)
		smpp_session_close(link->session, what & BEV_EVENT_EOF
							  ? "the peer closed the connection"
							  : "the connection failed");
	if (before == PHASE_OPEN && what & BEV_EVENT_EOF)
		settle(link, smpp_link_now_ms()); /* it may have shut one direction only */
	else
		die(link);
}

/* Where the next octets go, behind the rest. A long one, of a large PDU, stays where it is. */
static uint8_t *read_space(struct smpp_link *link, size_t *room)
{
	*room = READ_CHUNK - link->rest_len;
	if (link->rest_len <= REST_SMALL) {
		if (link->rest_len > 0)
			memcpy(link->shared->octets, link->rest, link->rest_len);
		return link->shared->octets;
	}
	size_t cap = talloc_get_size(link->rest);
	if (cap - link->rest_len < REST_SMALL) {
		uint8_t *wider = talloc_realloc(link, link->rest, uint8_t, 2 * cap);
		if (!wider)
			return NULL;
		link->rest = wider;
		cap *= 2;
	}
	*room = cap - link->rest_len;
	return link->rest;
}

/* Octets that came, behind the rest; 0: none. The end of the connection is told here. */
static size_t receive(struct smpp_link *link, uint8_t *at, size_t room)
{
	/* What comes in at once brings about as much to go out. */
	if (room > link->config.output_max)
		room = link->config.output_max;
	ssize_t n = recv(bufferevent_getfd(link->bev), at + link->rest_len, room, 0);
	if (n > 0)
		return (size_t)n;
	if (n == 0)
		on_socket_end(link, BEV_EVENT_EOF);
	else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		on_socket_end(link, BEV_EVENT_ERROR);
	return 0;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct smpp_link *link = arg;
	size_t room;
	uint8_t *at = read_space(link, &room);
	if (!at) {
		on_socket_end(link, BEV_EVENT_ERROR);
		return;
	}
	size_t got = receive(link, at, room);
	if (got == 0 || link->phase != PHASE_OPEN)
		return;
	int64_t now_ms = smpp_link_now_ms();
	feed(link, at, link->rest_len + got, now_ms);
	settle(link, now_ms);
}

static void on_write(struct bufferevent *bev, void *arg)
{
	(void)bev;
	struct smpp_link *link = arg;
	if (link->phase == PHASE_FLUSHING && output_waiting(link) == 0)
		start_draining(link);
	else if (link->phase == PHASE_OPEN)
		settle(link, smpp_link_now_ms());
}

static int watch_socket(struct smpp_link *link)
{
	link->readable = event_new(link->base, bufferevent_getfd(link->bev), EV_READ | EV_PERSIST,
				   on_readable, link);
	if (!link->readable)
		return -ENOMEM;
	link->reading = true;
	return event_add(link->readable, NULL);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct smpp_link *link = arg;
	if (!(what & BEV_EVENT_CONNECTED)) {
		on_socket_end(link, what);
		return;
	}
	int on = 1;
	(void)setsockopt(bufferevent_getfd(bev), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (watch_socket(link) < 0) {
		on_socket_end(link, BEV_EVENT_ERROR);
		return;
	}
	update_reading(link);
	if (link->phase != PHASE_OPEN)
		return;
	if (link->handler.on_connected)
		link->handler.on_connected(link->user);
	settle(link, smpp_link_now_ms());
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct smpp_link *link = arg;
	link->timer_due_ms = INT64_MAX;
	if (link->phase != PHASE_OPEN) {
		die(link);
		return;
	}
	int64_t now_ms = smpp_link_now_ms();
	smpp_session_tick(link->session, now_ms);
	settle(link, now_ms);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct smpp_link *link = arg;
	link->turn_pending = false;
	if (link->phase == PHASE_DEAD) {
		talloc_steal(NULL, link); /* on_gone may free our parent */
		if (link->handler.on_gone)
			link->handler.on_gone(link->user);
		talloc_free(link);
	} else if (link->connect_failed) {
		on_socket_end(link, BEV_EVENT_ERROR);
	} else if (link->phase == PHASE_OPEN) {
		int64_t now_ms = smpp_link_now_ms();
		feed(link, link->rest, link->rest_len, now_ms); /* what a pause left */
		settle(link, now_ms);
	}
}

static void on_session_event(void *user, struct smpp_session *session,
			     const struct smpp_session_event *event)
{
	struct smpp_link *link = user;
	link->handler.on_event(link->user, session, event);
	if (event->kind == SMPP_EVENT_CLOSED)
		schedule_turn(link);
}

static int link_destructor(struct smpp_link *link)
{
	if (link->readable)
		event_free(link->readable);
	if (link->bev)
		bufferevent_free(link->bev);
	if (link->timer)
		event_free(link->timer);
	if (link->turn)
		event_free(link->turn);
	return 0;
}

static void name_peer(struct smpp_link *link, const struct sockaddr *peer, socklen_t len)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	if (getnameinfo(peer, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	const char *form = peer->sa_family == AF_INET6 ? "[%.48s]:%.5s" : "%.48s:%.5s";
	snprintf(link->peer, sizeof(link->peer), form, host, port);
}

/* `shared` NULL: a buffer of its own. */
static struct smpp_link *link_create(void *ctx, struct event_base *base,
				     const struct smpp_link_config *config,
				     struct read_buffer *shared, const struct sockaddr *peer,
				     socklen_t peer_len)
{
	struct smpp_link *link = talloc_zero(ctx, struct smpp_link);
	if (!link)
		return NULL;
	talloc_set_destructor(link, link_destructor);
	link->base = base;
	link->config = *config;
	link->timer_due_ms = INT64_MAX;
	link->timer = evtimer_new(base, on_timer, link);
	link->turn = event_new(base, -1, 0, on_turn, link);
	link->shared = shared ? talloc_reference(link, shared) : talloc(link, struct read_buffer);
	if (!link->timer || !link->turn || !link->shared) {
		talloc_free(link);
		return NULL;
	}
	name_peer(link, peer, peer_len);
	return link;
}

/* The one place that knows what the octets travel on; takes `fd`. TLS is another bufferevent. */
static int link_attach(struct smpp_link *link, evutil_socket_t fd)
{
	link->bev = bufferevent_socket_new(link->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!link->bev) {
		if (fd >= 0)
			close(fd);
		return -ENOMEM;
	}
	if (link->config.output_max == 0)
		link->config.output_max = OUTPUT_MAX_DEFAULT;
	bufferevent_set_max_single_write(link->bev, WRITE_CHUNK);
	bufferevent_setwatermark(link->bev, EV_WRITE, link->config.output_max / 2, 0);
	link->session = smpp_session_create(link, &link->config.session, on_session_event, link,
					    smpp_link_now_ms());
	return link->session ? 0 : -ENOMEM;
}

static void link_start(struct smpp_link *link)
{
	bufferevent_setcb(link->bev, NULL, on_write, on_event, link);
	bufferevent_enable(link->bev, EV_WRITE);
	schedule_turn(link);
}

static void on_accept(struct evconnlistener *socket, evutil_socket_t fd, struct sockaddr *peer,
		      int peer_len, void *arg)
{
	(void)socket;
	struct smpp_listener *listener = arg;
	struct smpp_link *link = link_create(listener->ctx, listener->base, &listener->config,
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
	if (link_attach(link, fd) < 0) {
		if (link->handler.on_gone)
			link->handler.on_gone(link->user);
		talloc_free(link);
		return;
	}
	link_start(link);
	if (watch_socket(link) < 0)
		on_socket_end(link, BEV_EVENT_ERROR);
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

/* Numeric addresses only: a name would have to be looked up, and that blocks. */
static struct addrinfo *parse_address(const char *address, uint16_t port)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
					.ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	char service[8];
	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(address, service, &hints, &found) == 0)
		return found;
	errno = EINVAL;
	return NULL;
}

struct smpp_listener *smpp_listener_create(void *ctx, struct event_base *base, const char *address,
					   uint16_t port, const struct smpp_link_config *config,
					   smpp_accept_cb *accept_cb, void *accept_ctx)
{
	struct addrinfo *at = parse_address(address, port);
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

struct smpp_link *smpp_link_connect(void *ctx, struct event_base *base, const char *address,
				    uint16_t port, const struct smpp_link_config *config,
				    const struct smpp_link_handler *handler, void *user)
{
	struct addrinfo *to = parse_address(address, port);
	if (!to)
		return NULL;
	struct smpp_link *link = link_create(ctx, base, config, NULL, to->ai_addr, to->ai_addrlen);
	if (!link || link_attach(link, -1) < 0) {
		talloc_free(link);
		freeaddrinfo(to);
		errno = ENOMEM;
		return NULL;
	}
	link->handler = *handler;
	link->user = user;
	/* Before the callbacks are set: none may run before the caller has the link. */
	link->connect_failed =
		bufferevent_socket_connect(link->bev, to->ai_addr, (int)to->ai_addrlen) < 0;
	freeaddrinfo(to);
	link_start(link);
	return link;
}

struct smpp_session *smpp_link_session(struct smpp_link *link)
{
	return link->session;
}

const char *smpp_link_peer(const struct smpp_link *link)
{
	return link->peer;
}

void smpp_link_flush(struct smpp_link *link)
{
	schedule_turn(link);
}

void smpp_link_close(struct smpp_link *link, const char *reason)
{
	if (link->phase == PHASE_OPEN)
		smpp_session_close(link->session, reason);
	schedule_turn(link);
}

void smpp_link_pause(struct smpp_link *link, bool paused)
{
	link->paused = paused;
	update_reading(link);
	if (!paused)
		schedule_turn(link);
}
