/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_link_io.c - octets between socket, TLS and session. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <talloc.h>

#include "smpp/smpp_link_priv.h"

enum {
	TLS_CHUNK = 32 * 1024, /* read at once under TLS, which keeps what it has not yet opened */
	REST_SMALL = 4096,     /* a rest that is moved in front of what comes next */
};

size_t smpp_link_output_waiting(const struct smpp_link *link)
{
	return evbuffer_get_length(bufferevent_get_output(link->bev));
}

void smpp_link_update_reading(struct smpp_link *link)
{
	bool want = !link->paused && smpp_link_output_waiting(link) <= link->config.output_max;
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

/* At once as far as the socket takes it; the rest when it does. To leave all to the loop would cost
 * it two changes of what it waits for and a turn. */
static int send_octets(struct smpp_link *link, const uint8_t *data, size_t len)
{
	ssize_t n = 0;
	if (smpp_link_output_waiting(link) == 0 && link->readable)
		n = send(bufferevent_getfd(link->bev), data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	/* What went wrong is met again where it is told. */
	if (n < 0)
		n = 0;
	return (size_t)n == len ? 0 : bufferevent_write(link->bev, data + n, len - (size_t)n);
}

/* What TLS has to send, for itself or for us. */
static int flush_tls(struct smpp_link *link)
{
	size_t len;
	const uint8_t *data = smpp_tls_output(link->tls, &len);
	if (len == 0)
		return 0;
	int rc = send_octets(link, data, len);
	smpp_tls_output_taken(link->tls, len);
	return rc;
}

static int write_octets(struct smpp_link *link, const uint8_t *data, size_t len)
{
	if (!link->tls)
		return send_octets(link, data, len);
	int rc = smpp_tls_write(link->tls, data, len);
	return rc < 0 ? rc : flush_tls(link);
}

static bool can_write(const struct smpp_link *link)
{
	return !link->tls || smpp_tls_ready(link->tls);
}

/* Over output_max the octets stay with the session, which then puts off requests of ours; so they
 * do until the handshake is done. */
void smpp_link_write(struct smpp_link *link)
{
	size_t len;
	const uint8_t *data = smpp_session_output(link->session, &len);
	bool closed = smpp_session_state(link->session) == SMPP_STATE_CLOSED;
	if (len == 0 || !can_write(link) ||
	    (!closed && smpp_link_output_waiting(link) > link->config.output_max))
		return;
	if (write_octets(link, data, len) < 0)
		smpp_session_close(link->session, "out of memory");
	smpp_session_output_taken(link->session, len);
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

/* Octets that came; 0: none. The end of the connection is told here. */
static size_t receive(struct smpp_link *link, uint8_t *at, size_t room)
{
	/* What comes in at once brings about as much to go out. */
	if (room > link->config.output_max)
		room = link->config.output_max;
	ssize_t n = recv(bufferevent_getfd(link->bev), at, room, 0);
	if (n > 0)
		return (size_t)n;
	if (n == 0)
		smpp_link_socket_end(link, BEV_EVENT_EOF);
	else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		smpp_link_socket_end(link, BEV_EVENT_ERROR);
	return 0;
}

static void tell_connected(struct smpp_link *link)
{
	if (link->phase != PHASE_OPEN || link->connected_told || !can_write(link))
		return;
	link->connected_told = true;
	if (link->outgoing && link->handler.on_connected)
		link->handler.on_connected(link->user);
}

/* Plain octets out of TLS, as many as there is room for: into `at`. */
static ssize_t open_records(struct smpp_link *link, uint8_t *at, size_t room)
{
	size_t got = 0;
	ssize_t n = 0;
	while (got < room && (n = smpp_tls_read(link->tls, at + got, room - got)) > 0)
		got += (size_t)n;
	/* Bad news are repeated when the good ones before them have been told. */
	return got > 0 ? (ssize_t)got : n;
}

/* All that TLS holds, to the session; stops when the link is paused or ends. */
static void pull_tls(struct smpp_link *link, int64_t now_ms)
{
	ssize_t got = 1;
	while (got > 0 && !link->paused && smpp_session_state(link->session) != SMPP_STATE_CLOSED) {
		size_t room;
		uint8_t *at = read_space(link, &room);
		got = at ? open_records(link, at + link->rest_len, room) : -ENOMEM;
		if (flush_tls(link) < 0)
			got = -ENOMEM;
		tell_connected(link);
		if (got > 0)
			feed(link, at, link->rest_len + (size_t)got, now_ms);
	}
	if (got == -EPIPE)
		smpp_session_close(link->session, "the peer closed the connection");
	else if (got == -EPROTO)
		smpp_session_close(link->session, smpp_tls_stream_fault(link->tls));
	else if (got < 0)
		smpp_session_close(link->session, "out of memory");
}

static void read_tls(struct smpp_link *link)
{
	size_t got = receive(link, link->shared->octets, TLS_CHUNK);
	if (got == 0 || link->phase != PHASE_OPEN)
		return;
	int64_t now_ms = smpp_link_now_ms();
	if (smpp_tls_input(link->tls, link->shared->octets, got) < 0)
		smpp_session_close(link->session, "out of memory");
	pull_tls(link, now_ms);
	smpp_link_settle(link, now_ms);
}

static void read_plain(struct smpp_link *link)
{
	size_t room;
	uint8_t *at = read_space(link, &room);
	if (!at) {
		smpp_link_socket_end(link, BEV_EVENT_ERROR);
		return;
	}
	size_t got = receive(link, at + link->rest_len, room);
	if (got == 0 || link->phase != PHASE_OPEN)
		return;
	int64_t now_ms = smpp_link_now_ms();
	feed(link, at, link->rest_len + got, now_ms);
	smpp_link_settle(link, now_ms);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct smpp_link *link = arg;
	if (link->tls)
		read_tls(link);
	else
		read_plain(link);
}

int smpp_link_watch(struct smpp_link *link)
{
	link->readable = event_new(link->base, bufferevent_getfd(link->bev), EV_READ | EV_PERSIST,
				   on_readable, link);
	if (!link->readable)
		return -ENOMEM;
	link->reading = true;
	return event_add(link->readable, NULL);
}

void smpp_link_write_end(struct smpp_link *link)
{
	if (!link->tls)
		return;
	smpp_tls_close(link->tls);
	(void)flush_tls(link); /* the peer sees the end without it */
}

void smpp_link_resume(struct smpp_link *link, int64_t now_ms)
{
	feed(link, link->rest, link->rest_len, now_ms);
	if (link->tls && link->readable)
		pull_tls(link, now_ms);
}

void smpp_link_begin(struct smpp_link *link, int64_t now_ms)
{
	tell_connected(link);
	if (link->tls)
		pull_tls(link, now_ms); /* the first word of the handshake is ours */
}
