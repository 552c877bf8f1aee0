/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/http_guard.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <openssl/ssl.h>
#include <osmocom/core/linuxlist.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <talloc.h>

#include "gateway/log.h"
#include "smpp/smpp_tls.h"

enum { RETRY_S = 1, SWEEPS_A_SECOND = 4 };

struct http_guard {
	struct event_base *base;
	struct evconnlistener *listener;
	const struct smpp_tls *tls; /* NULL: plain */
	struct event *resume;
	struct event *sweep; /* runs while there are connections */
	struct llist_head connections;
	unsigned count;
	unsigned max;
	unsigned deadline_sweeps;
};

/* A connection, known by a reference of our own to its bufferevent. */
struct guarded {
	struct llist_head entry;
	struct http_guard *guard;
	struct bufferevent *bev;
	unsigned sweeps_left;
};

static void release(struct guarded *guarded)
{
	struct http_guard *guard = guarded->guard;
	llist_del(&guarded->entry);
	bufferevent_decref(guarded->bev); /* closes the socket if evhttp has let go of it */
	talloc_free(guarded);
	if (guard->count-- == guard->max)
		evconnlistener_enable(guard->listener);
	if (guard->count == 0)
		event_del(guard->sweep);
}

/* bufferevent_free() takes the callbacks away; evhttp never leaves a live connection without. */
static bool is_abandoned(struct bufferevent *bev)
{
	bufferevent_data_cb on_read, on_write;
	bufferevent_event_cb on_event;
	void *arg;
	bufferevent_getcb(bev, &on_read, &on_write, &on_event, &arg);
	return !on_read && !on_write && !on_event;
}

static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct http_guard *guard = arg;
	struct guarded *guarded, *next;
	(void)fd;
	(void)what;
	llist_for_each_entry_safe(guarded, next, &guard->connections, entry) {
		if (is_abandoned(guarded->bev))
			release(guarded);
		else if (guarded->sweeps_left > 0)
			guarded->sweeps_left--;
		else
			shutdown(bufferevent_getfd(guarded->bev), SHUT_RDWR);
	}
}

/* It begins its handshake when evhttp gives it the socket. */
static struct bufferevent *create_tls(struct event_base *base, const struct smpp_tls *tls)
{
	SSL *ssl = SSL_new(smpp_tls_context(tls));
	struct bufferevent *bev =
		ssl ? bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
						     BEV_OPT_CLOSE_ON_FREE)
		    : NULL;

	if (bev)
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1); /* lengths say the end */
	else
		SSL_free(ssl);
	return bev;
}

static struct bufferevent *create_bufferevent(const struct http_guard *guard,
					      struct event_base *base)
{
	return guard->tls ? create_tls(base, guard->tls)
			  : bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
}

/* NULL only when memory is out: evhttp then makes a bufferevent of its own, in which a TLS client
 * finds nothing that it could talk to. */
static struct bufferevent *guard_connection(struct event_base *base, void *arg)
{
	const struct timeval interval = { .tv_usec = 1000000 / SWEEPS_A_SECOND };
	struct http_guard *guard = arg;
	struct guarded *guarded = talloc_zero(guard, struct guarded);
	struct bufferevent *bev = guarded ? create_bufferevent(guard, base) : NULL;
	if (!bev) {
		talloc_free(guarded);
		return NULL;
	}
	bufferevent_incref(bev);
	guarded->guard = guard;
	guarded->bev = bev;
	guarded->sweeps_left = guard->deadline_sweeps;
	llist_add(&guarded->entry, &guard->connections);
	if (guard->count++ == 0)
		event_add(guard->sweep, &interval);
	if (guard->count == guard->max)
		evconnlistener_disable(guard->listener);
	return bev;
}

static struct guarded *find(struct http_guard *guard, struct evhttp_request *request)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(request);
	struct bufferevent *bev = connection ? evhttp_connection_get_bufferevent(connection) : NULL;
	struct guarded *guarded;
	llist_for_each_entry(guarded, &guard->connections, entry)
		if (guarded->bev == bev)
			return guarded;
	return NULL;
}

void http_guard_done(struct http_guard *guard, struct evhttp_request *request)
{
	struct guarded *guarded = find(guard, request);
	if (guarded)
		release(guarded);
}

void http_guard_renew(struct http_guard *guard, struct evhttp_request *request)
{
	struct guarded *guarded = find(guard, request);
	if (guarded)
		guarded->sweeps_left = guard->deadline_sweeps;
}

void http_guard_extend(struct http_guard *guard, struct evhttp_request *request, unsigned seconds)
{
	struct guarded *guarded = find(guard, request);
	if (guarded)
		guarded->sweeps_left = seconds * SWEEPS_A_SECOND;
}

bool http_guard_has_room(const struct http_guard *guard)
{
	return guard->count <= guard->max / 2;
}

void http_guard_set_tls(struct http_guard *guard, const struct smpp_tls *tls)
{
	guard->tls = tls;
}

static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	const struct timeval pause = { .tv_sec = RETRY_S };
	struct http_guard *guard = arg;
	LOGP(LOG_HTTP, LOGL_ERROR, "cannot accept a connection: %s\n", strerror(errno));
	evconnlistener_disable(listener);
	event_add(guard->resume, &pause);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct http_guard *guard = arg;
	(void)fd;
	(void)what;
	if (guard->count < guard->max)
		evconnlistener_enable(guard->listener);
}

static int guard_free(struct http_guard *guard)
{
	struct guarded *guarded, *next;
	guard->max = 0; /* the listener has gone with the evhttp */
	llist_for_each_entry_safe(guarded, next, &guard->connections, entry)
		release(guarded);
	event_free(guard->resume);
	event_free(guard->sweep);
	return 0;
}

struct http_guard *http_guard_create(void *ctx, struct event_base *base, struct evhttp *http,
				     struct evhttp_bound_socket *socket, unsigned max,
				     unsigned deadline_s)
{
	struct http_guard *guard = talloc_zero(ctx, struct http_guard);
	if (!guard)
		return NULL;
	INIT_LLIST_HEAD(&guard->connections);
	guard->base = base;
	guard->max = max;
	guard->deadline_sweeps = deadline_s * SWEEPS_A_SECOND;
	guard->listener = evhttp_bound_socket_get_listener(socket);
	guard->resume = evtimer_new(base, on_resume, guard);
	guard->sweep = event_new(base, -1, EV_PERSIST, on_sweep, guard);
	if (!guard->resume || !guard->sweep) {
		if (guard->resume)
			event_free(guard->resume);
		talloc_free(guard);
		return NULL;
	}
	talloc_set_destructor(guard, guard_free);
	evconnlistener_set_error_cb(guard->listener, on_accept_error);
	evhttp_set_bevcb(http, guard_connection, guard);
	return guard;
}

unsigned http_guard_count(const struct http_guard *guard)
{
	return guard->count;
}

static bool is_token(const char *name)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	return name[0] && name[strspn(name, token)] == 0;
}

static bool is_length(const char *value)
{
	size_t len = strlen(value);
	return len >= 1 && len <= 18 && value[strspn(value, "0123456789")] == 0;
}

/* RFC 9112 sec. 3.2, 6.1 and 6.3. */
const char *http_guard_ambiguity(const struct evkeyvalq *headers, bool host_needed)
{
	unsigned hosts = 0, lengths = 0, codings = 0;
	const struct evkeyval *header;
	for (header = headers->tqh_first; header; header = header->next.tqe_next) {
		if (!is_token(header->key))
			return "a header's name is not a token";
		hosts += strcasecmp(header->key, "Host") == 0;
		if (strcasecmp(header->key, "Transfer-Encoding") == 0) {
			codings++;
			if (strcasecmp(header->value, "chunked") != 0)
				return "Transfer-Encoding is not chunked";
		}
		if (strcasecmp(header->key, "Content-Length") != 0)
			continue;
		lengths++;
		if (!is_length(header->value))
			return "Content-Length is not a number";
	}
	if (hosts > 1)
		return "Host comes twice";
	if (lengths > 1)
		return "Content-Length comes twice";
	if (codings > 1 || (codings && lengths))
		return "Transfer-Encoding comes twice or beside Content-Length";
	return host_needed && !hosts ? "Host is missing" : NULL;
}
