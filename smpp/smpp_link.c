/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <talloc.h>
#include <time.h>
#include <unistd.h>

#include "smpp/smpp_link_priv.h"

enum {
	WRITE_CHUNK = 256 * 1024,
	OUTPUT_MAX_DEFAULT = 1024 * 1024,
	LINGER_MS = 1000, /* for the peer to take the last PDUs and to close its side */
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

static void die(struct smpp_link *link)
{
	link->phase = PHASE_DEAD;
	smpp_link_update_reading(link);
	schedule_turn(link);
}

/* The last octets are with the kernel: say that no more will come, and wait for the peer's end. */
static void start_draining(struct smpp_link *link)
{
	link->phase = PHASE_DRAINING;
	if (shutdown(bufferevent_getfd(link->bev), SHUT_WR) < 0)
		die(link);
	else
		smpp_link_update_reading(link);
}

static void start_closing(struct smpp_link *link, int64_t now_ms)
{
	link->phase = PHASE_FLUSHING;
	smpp_link_update_reading(link);
	smpp_link_write_end(link);
	/* The write callback has to tell of the empty buffer, not of a half empty one. */
	bufferevent_setwatermark(link->bev, EV_WRITE, 0, 0);
	arm_timer(link, now_ms + LINGER_MS, now_ms);
	if (smpp_link_output_waiting(link) == 0)
		start_draining(link);
}

void smpp_link_settle(struct smpp_link *link, int64_t now_ms)
{
	smpp_link_write(link);
	if (smpp_session_state(link->session) == SMPP_STATE_CLOSED) {
		start_closing(link, now_ms);
		return;
	}
	smpp_link_update_reading(link);
	update_timer(link, now_ms);
}

void smpp_link_socket_end(struct smpp_link *link, short what)
{
	enum phase before = link->phase;
	if (before == PHASE_DEAD)
		return;
	if (before == PHASE_OPEN)
		smpp_session_close(link->session, what & BEV_EVENT_EOF
							  ? "the peer closed the connection"
							  : "the connection failed");
	/* It may have shut one direction only. */
	if (before == PHASE_OPEN && what & BEV_EVENT_EOF)
		smpp_link_settle(link, smpp_link_now_ms());
	else
		die(link);
}

static void on_write(struct bufferevent *bev, void *arg)
{
	(void)bev;
	struct smpp_link *link = arg;
	if (link->phase == PHASE_FLUSHING && smpp_link_output_waiting(link) == 0)
		start_draining(link);
	else if (link->phase == PHASE_OPEN)
		smpp_link_settle(link, smpp_link_now_ms());
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct smpp_link *link = arg;
	if (!(what & BEV_EVENT_CONNECTED)) {
		smpp_link_socket_end(link, what);
		return;
	}
	int on = 1;
	(void)setsockopt(bufferevent_getfd(bev), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (smpp_link_watch(link) < 0) {
		smpp_link_socket_end(link, BEV_EVENT_ERROR);
		return;
	}
	smpp_link_update_reading(link);
	if (link->phase != PHASE_OPEN)
		return;
	int64_t now_ms = smpp_link_now_ms();
	smpp_link_begin(link, now_ms);
	smpp_link_settle(link, now_ms);
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
	smpp_link_settle(link, now_ms);
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
		smpp_link_socket_end(link, BEV_EVENT_ERROR);
	} else if (link->phase == PHASE_OPEN) {
		int64_t now_ms = smpp_link_now_ms();
		smpp_link_resume(link, now_ms);
		smpp_link_settle(link, now_ms);
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

struct smpp_link *smpp_link_create(void *ctx, struct event_base *base,
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

int smpp_link_attach(struct smpp_link *link, evutil_socket_t fd)
{
	link->bev = bufferevent_socket_new(link->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!link->bev) {
		if (fd >= 0)
			close(fd);
		return -ENOMEM;
	}
	if (link->config.tls) {
		link->tls = smpp_tls_stream_create(link, link->config.tls);
		if (!link->tls)
			return -ENOMEM;
	}
	link->config.tls = NULL; /* it may go; the stream has what it needs */
	if (link->config.output_max == 0)
		link->config.output_max = OUTPUT_MAX_DEFAULT;
	bufferevent_set_max_single_write(link->bev, WRITE_CHUNK);
	bufferevent_setwatermark(link->bev, EV_WRITE, link->config.output_max / 2, 0);
	link->session = smpp_session_create(link, &link->config.session, on_session_event, link,
					    smpp_link_now_ms());
	return link->session ? 0 : -ENOMEM;
}

void smpp_link_start(struct smpp_link *link)
{
	bufferevent_setcb(link->bev, NULL, on_write, on_event, link);
	bufferevent_enable(link->bev, EV_WRITE);
	schedule_turn(link);
}

struct addrinfo *smpp_link_address(const char *address, uint16_t port)
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

struct smpp_link *smpp_link_connect(void *ctx, struct event_base *base, const char *address,
				    uint16_t port, const struct smpp_link_config *config,
				    const struct smpp_link_handler *handler, void *user)
{
	struct addrinfo *to = smpp_link_address(address, port);
	if (!to)
		return NULL;
	struct smpp_link *link =
		smpp_link_create(ctx, base, config, NULL, to->ai_addr, to->ai_addrlen);
	if (!link || smpp_link_attach(link, -1) < 0) {
		talloc_free(link);
		freeaddrinfo(to);
		errno = ENOMEM;
		return NULL;
	}
	link->handler = *handler;
	link->user = user;
	link->outgoing = true;
	/* Before the callbacks are set: none may run before the caller has the link. */
	link->connect_failed =
		bufferevent_socket_connect(link->bev, to->ai_addr, (int)to->ai_addrlen) < 0;
	freeaddrinfo(to);
	smpp_link_start(link);
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

const struct smpp_tls_stream *smpp_link_tls(const struct smpp_link *link)
{
	return link->tls;
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
	smpp_link_update_reading(link);
	if (!paused)
		schedule_turn(link);
}
