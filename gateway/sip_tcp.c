/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sip_tcp.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <osmocom/core/linuxlist.h>
#include <string.h>
#include <talloc.h>

#include "gateway/sip_socket.h"

enum {
	MESSAGE_S = 5,
	OUTPUT_HIGH = 1 << 20,
	BACKLOG = 128,
};

struct sip_tcp {
	struct event_base *base;
	struct sip_screen *screen;
	struct evconnlistener *listener;
	struct llist_head connections;
	unsigned count;
	uint32_t max;
	uint32_t idle_s;
	uint16_t port;
	char answer[SIP_MESSAGE_MAX];
};

struct connection {
	struct llist_head list;
	struct sip_tcp *tcp;
	struct bufferevent *bev;
	struct event *deadline; /* by which the message that has begun must be there */
	struct sockaddr_storage from;
	bool ending;
};

static int connection_destroy(struct connection *connection)
{
	llist_del(&connection->list);
	connection->tcp->count--;
	if (connection->deadline)
		event_free(connection->deadline);
	bufferevent_free(connection->bev);
	return 0;
}

/* Closes when all is written. */
static void end(struct connection *connection)
{
	connection->ending = true;
	bufferevent_disable(connection->bev, EV_READ);
	if (evbuffer_get_length(bufferevent_get_output(connection->bev)) == 0)
		talloc_free(connection);
}

static void skip_empty_lines(struct evbuffer *in, struct evbuffer *out)
{
	unsigned char *first;

	while ((first = evbuffer_pullup(in, 1)) && (*first == '\r' || *first == '\n')) {
		unsigned char *four = evbuffer_pullup(in, 4);
		if (four && memcmp(four, "\r\n\r\n", 4) == 0) {
			evbuffer_add(out, "\r\n", 2);
			evbuffer_drain(in, 4);
		} else {
			evbuffer_drain(in, 1);
		}
	}
}

/* A message has begun, and `anew` if it is another one than before. */
static void watch_deadline(struct connection *connection, bool begun, bool anew)
{
	const struct timeval tv = { MESSAGE_S, 0 };

	if (!begun || anew)
		event_del(connection->deadline);
	if (begun && !event_pending(connection->deadline, EV_TIMEOUT, NULL))
		event_add(connection->deadline, &tv);
}

/* One message: 1, 0 when it is not whole yet, -1 when the stream is at its end. */
static int take_message(struct connection *connection, struct evbuffer *in, struct evbuffer *out)
{
	struct sip_tcp *tcp = connection->tcp;
	size_t len = evbuffer_get_length(in);
	size_t most = 2 * SIP_MESSAGE_MAX; /* a head and a body */
	struct sip_reply reply = { .octets = tcp->answer, .cap = sizeof(tcp->answer) };
	struct sip_message message = { .framing = SIP_STREAM,
				       .len = len < most ? len : most,
				       .from = (const struct sockaddr *)&connection->from };

	message.octets = (const char *)evbuffer_pullup(in, (ev_ssize_t)message.len);
	if (!message.octets)
		return -1;
	if (sip_screen_answer(tcp->screen, &message, &reply) == -EAGAIN)
		return message.len == most ? -1 : 0;
	if (reply.len > 0)
		evbuffer_add(out, reply.octets, reply.len);
	evbuffer_drain(in, reply.used);
	return reply.broken ? -1 : 1;
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct connection *connection = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	struct evbuffer *out = bufferevent_get_output(bev);
	bool taken = false;
	int rc = 1;

	while (rc > 0 && evbuffer_get_length(out) < OUTPUT_HIGH) {
		skip_empty_lines(in, out);
		if (evbuffer_get_length(in) == 0)
			break;
		rc = take_message(connection, in, out);
		taken = taken || rc > 0;
	}
	if (rc < 0) {
		end(connection);
		return;
	}
	watch_deadline(connection, evbuffer_get_length(in) > 0, taken);
	if (evbuffer_get_length(out) >= OUTPUT_HIGH)
		bufferevent_disable(bev, EV_READ);
}

/* All is written. */
static void on_write(struct bufferevent *bev, void *arg)
{
	struct connection *connection = arg;

	if (connection->ending) {
		talloc_free(connection);
		return;
	}
	if (!(bufferevent_get_enabled(bev) & EV_READ)) {
		bufferevent_enable(bev, EV_READ);
		on_read(bev, arg);
	}
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	talloc_free(arg);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	talloc_free(arg);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
		      int len, void *arg)
{
	struct sip_tcp *tcp = arg;
	const struct timeval idle = { tcp->idle_s, 0 };
	struct connection *connection;

	(void)listener;
	if (tcp->count >= tcp->max || !sip_screen_knows(tcp->screen, address)) {
		evutil_closesocket(fd);
		return;
	}
	connection = talloc_zero(tcp, struct connection);
	if (!connection) {
		evutil_closesocket(fd);
		return;
	}
	connection->tcp = tcp;
	memcpy(&connection->from, address, (size_t)len);
	connection->bev = bufferevent_socket_new(tcp->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!connection->bev) {
		evutil_closesocket(fd);
		talloc_free(connection);
		return;
	}
	llist_add_tail(&connection->list, &tcp->connections);
	tcp->count++;
	talloc_set_destructor(connection, connection_destroy);
	connection->deadline = event_new(tcp->base, -1, 0, on_deadline, connection);
	if (!connection->deadline) {
		talloc_free(connection);
		return;
	}
	bufferevent_setcb(connection->bev, on_read, on_write, on_event, connection);
	bufferevent_set_timeouts(connection->bev, &idle, &idle);
	bufferevent_setwatermark(connection->bev, EV_READ, 0, 2 * SIP_MESSAGE_MAX);
	bufferevent_enable(connection->bev, EV_READ | EV_WRITE);
}

static int tcp_destroy(struct sip_tcp *tcp)
{
	struct connection *connection, *next;

	llist_for_each_entry_safe(connection, next, &tcp->connections, list)
		talloc_free(connection);
	if (tcp->listener)
		evconnlistener_free(tcp->listener);
	return 0;
}

static int listen_on(struct sip_tcp *tcp, const char *address, uint16_t port)
{
	struct sockaddr_storage own;
	int len = sip_address_read(address, port, &own);

	if (len < 0)
		return -1;
	tcp->listener = evconnlistener_new_bind(tcp->base, on_accept, tcp,
						LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE |
							LEV_OPT_CLOSE_ON_EXEC,
						BACKLOG, (struct sockaddr *)&own, len);
	if (!tcp->listener)
		return -1;
	tcp->port = sip_bound_port(evconnlistener_get_fd(tcp->listener));
	return 0;
}

struct sip_tcp *sip_tcp_create(void *ctx, struct event_base *base, struct sip_screen *screen,
			       const struct config_sip *config, const char *address, uint16_t port)
{
	struct sip_tcp *tcp = talloc_zero(ctx, struct sip_tcp);
	int error;

	if (!tcp)
		return NULL;
	tcp->base = base;
	tcp->screen = screen;
	tcp->max = config->connections;
	tcp->idle_s = config->idle_s;
	INIT_LLIST_HEAD(&tcp->connections);
	talloc_set_destructor(tcp, tcp_destroy);
	if (listen_on(tcp, address, port) == 0)
		return tcp;
	error = errno;
	talloc_free(tcp);
	errno = error;
	return NULL;
}

uint16_t sip_tcp_port(const struct sip_tcp *tcp)
{
	return tcp->port;
}

unsigned sip_tcp_connections(const struct sip_tcp *tcp)
{
	return tcp->count;
}
