/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <osmocom/core/linuxlist.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <talloc.h>

#include "gateway/http_guard.h"

enum {
	CONNECTIONS_MAX = 64,
	DEADLINE_S = 10,
	IDLE_S = 5,
	HEADERS_MAX = 8192,
	BODY_MAX = 65536,
};

struct http {
	struct evhttp *server;
	struct http_guard *guard;
	struct http_hooks hooks;
	void *user;
	uint16_t port;
	struct llist_head exchanges; /* not answered yet */
};

struct http_exchange {
	struct llist_head entry;
	struct http *http;
	struct evhttp_request *request;
	void (*on_end)(void *user);
	void *user;
};

struct answer {
	int code;
	const char *type;
	const char *text;
};

static const char plain[] = "text/plain; charset=utf-8";

static struct answer answer_metrics(struct http *http, void *ctx)
{
	char *text = http->hooks.metrics(http->user, ctx);
	if (!text)
		return (struct answer){ 503, plain, "out of memory\n" };
	return (struct answer){ 200, "text/plain; version=0.0.4; charset=utf-8", text };
}

/* That this is answered shows that the loop turns. */
static struct answer answer_healthz(struct http *http, void *ctx)
{
	(void)http;
	(void)ctx;
	return (struct answer){ 200, plain, "ok\n" };
}

static struct answer answer_readyz(struct http *http, void *ctx)
{
	const char *why = "not ready";
	if (http->hooks.ready(http->user, &why))
		return (struct answer){ 200, plain, "ready\n" };
	char *text = talloc_asprintf(ctx, "%s\n", why);
	return (struct answer){ 503, plain, text ? text : "not ready\n" };
}

static const struct {
	const char *path;
	struct answer (*answer)(struct http *http, void *ctx);
} routes[] = {
	{ "/metrics", answer_metrics },
	{ "/healthz", answer_healthz },
	{ "/readyz", answer_readyz },
};

typedef void take_fn(void *user, struct http_exchange *exchange);

/* A path whose requests are answered by others. */
struct taker {
	take_fn *take; /* NULL: there is no such page */
	bool get;      /* beside POST */
};

static const char *path_of(struct evhttp_request *request)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;

	return path ? path : "";
}

static struct taker taker_of(const struct http *http, struct evhttp_request *request)
{
	const struct {
		const char *path;
		struct taker taker;
	} takers[] = {
		{ "/v1/cdrs", { http->hooks.cdrs, false } },
		{ "/v1/rewards/acks", { http->hooks.acks, false } },
		{ "/v1/screen", { http->hooks.screen, true } },
	};
	for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++)
		if (strcmp(takers[i].path, path_of(request)) == 0)
			return takers[i].taker;
	return (struct taker){ NULL, false };
}

static bool takes(const struct taker *taker, struct evhttp_request *request)
{
	enum evhttp_cmd_type method = evhttp_request_get_command(request);

	return taker->take &&
	       (method == EVHTTP_REQ_POST || (taker->get && method == EVHTTP_REQ_GET));
}

/* Nothing of a request with a fault in it is believed. */
static const char *find_fault(struct evhttp_request *request)
{
	bool host_needed = request->major > 1 || request->minor > 0;

	return http_guard_ambiguity(evhttp_request_get_input_headers(request), host_needed);
}

static struct answer route(struct http *http, void *ctx, struct evhttp_request *request)
{
	enum evhttp_cmd_type method = evhttp_request_get_command(request);
	const char *path = path_of(request);
	const char *fault = find_fault(request);
	if (fault) {
		char *text = talloc_asprintf(ctx, "%s\n", fault);
		return (struct answer){ 400, plain, text ? text : "bad request\n" };
	}
	const struct taker taker = taker_of(http, request);
	if (taker.take)
		return (struct answer){ 405, plain,
					taker.get ? "only GET and POST\n" : "only POST\n" };
	if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD)
		return (struct answer){ 405, plain, "only GET and HEAD\n" };
	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
		if (strcmp(routes[i].path, path) == 0)
			return routes[i].answer(http, ctx);
	return (struct answer){ 404, plain, "no such page\n" };
}

const char *http_reason(int code)
{
	static const struct {
		int code;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" },
		{ 503, "Service Unavailable" },
	};
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].code == code)
			return reasons[i].reason;
	return "Error";
}

static const char *allowed(const struct http *http, struct evhttp_request *request)
{
	const struct taker taker = taker_of(http, request);

	if (!taker.take)
		return "GET, HEAD";
	return taker.get ? "GET, POST" : "POST";
}

static void add_headers(const struct http *http, struct evhttp_request *request,
			const struct answer *answer)
{
	const struct {
		const char *name;
		const char *value;
	} headers[] = {
		{ "Content-Type", answer->type },
		{ "Connection", "close" },
		{ "Cache-Control", "no-store" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Allow", answer->code == 405 ? allowed(http, request) : NULL },
	};
	struct evkeyvalq *out = evhttp_request_get_output_headers(request);
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
		if (headers[i].value)
			evhttp_add_header(out, headers[i].name, headers[i].value);
}

static void on_written(struct evhttp_request *request, void *arg)
{
	struct http *http = arg;
	http_guard_done(http->guard, request);
}

static void send_answer(struct http *http, struct evhttp_request *request,
			const struct answer *answer)
{
	size_t len = strlen(answer->text);

	add_headers(http, request, answer);
	if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD) {
		char length[24];
		snprintf(length, sizeof length, "%zu", len);
		evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Length",
				  length);
	} else {
		evbuffer_add(evhttp_request_get_output_buffer(request), answer->text, len);
	}
	evhttp_request_set_on_complete_cb(request, on_written, http);
	evhttp_send_reply(request, answer->code, http_reason(answer->code), NULL);
}

/* ---- answered later ---- */

static void begin_exchange(struct http *http, struct evhttp_request *request, take_fn *take)
{
	const struct answer no_memory = { 503, plain, "out of memory\n" };
	struct http_exchange *exchange = talloc_zero(http, struct http_exchange);

	if (!exchange) {
		send_answer(http, request, &no_memory);
		return;
	}
	exchange->http = http;
	exchange->request = request;
	llist_add_tail(&exchange->entry, &http->exchanges);
	take(http->user, exchange);
}

bool http_exchange_is_post(const struct http_exchange *exchange)
{
	return evhttp_request_get_command(exchange->request) == EVHTTP_REQ_POST;
}

const char *http_exchange_query(const struct http_exchange *exchange)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(exchange->request);

	return uri ? evhttp_uri_get_query(uri) : NULL;
}

const char *http_exchange_header(const struct http_exchange *exchange, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(exchange->request), name);
}

const uint8_t *http_exchange_body(struct http_exchange *exchange, size_t *len)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(exchange->request);

	*len = evbuffer_get_length(body);
	return *len ? evbuffer_pullup(body, -1) : NULL;
}

void http_exchange_on_end(struct http_exchange *exchange, void (*cb)(void *user), void *user)
{
	exchange->on_end = cb;
	exchange->user = user;
}

void http_exchange_answer(struct http_exchange *exchange, int code, const char *type,
			  const char *text, const char *header, const char *value)
{
	const struct answer answer = { code, type, text };

	if (header)
		evhttp_add_header(evhttp_request_get_output_headers(exchange->request), header,
				  value);
	llist_del(&exchange->entry);
	/* A request whose connection has gone is freed by evhttp when it is answered. */
	send_answer(exchange->http, exchange->request, &answer);
	talloc_free(exchange);
}

/* evhttp frees the requests that still have a connection with it, and forgets the others. */
static void end_exchanges(struct http *http)
{
	struct http_exchange *exchange, *next;

	llist_for_each_entry_safe(exchange, next, &http->exchanges, entry) {
		if (exchange->on_end)
			exchange->on_end(exchange->user);
		if (!evhttp_request_get_connection(exchange->request))
			evhttp_request_free(exchange->request);
		llist_del(&exchange->entry);
		talloc_free(exchange);
	}
}

static void on_request(struct evhttp_request *request, void *arg)
{
	struct http *http = arg;
	void *ctx;
	struct answer answer;
	const struct taker taker = taker_of(http, request);

	if (takes(&taker, request) && !find_fault(request)) {
		begin_exchange(http, request, taker.take);
		return;
	}
	ctx = talloc_new(http);
	answer = route(http, ctx, request);
	send_answer(http, request, &answer);
	talloc_free(ctx);
}

static uint16_t bound_port(struct evhttp_bound_socket *socket)
{
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof address;
	getsockname(evhttp_bound_socket_get_fd(socket), (struct sockaddr *)&address, &len);
	if (address.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

static int http_free(struct http *http)
{
	end_exchanges(http);
	evhttp_free(http->server);
	talloc_free(http->guard); /* after the connections that tell it of their end */
	return 0;
}

static void set_limits(struct evhttp *server, size_t body_max)
{
	evhttp_set_max_headers_size(server, HEADERS_MAX);
	evhttp_set_max_body_size(server, (ev_ssize_t)(body_max ? body_max : BODY_MAX));
	evhttp_set_timeout(server, IDLE_S);
	/* What evhttp knows, so that refusing it with 405 is ours; but CONNECT, after which evhttp
	 * would leave the connection open. */
	evhttp_set_allowed_methods(server, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
						   EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
						   EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE |
						   EVHTTP_REQ_PATCH);
}

struct http *http_create(void *ctx, struct event_base *base, const char *address, uint16_t port,
			 const struct http_hooks *hooks, void *user)
{
	struct http *http = talloc_zero(ctx, struct http);
	if (!http || !(http->server = evhttp_new(base))) {
		talloc_free(http);
		errno = ENOMEM;
		return NULL;
	}
	http->hooks = *hooks;
	http->user = user;
	INIT_LLIST_HEAD(&http->exchanges);
	talloc_set_destructor(http, http_free);
	set_limits(http->server, hooks->body_max);
	evhttp_set_gencb(http->server, on_request, http);
	errno = 0;
	struct evhttp_bound_socket *socket =
		evhttp_bind_socket_with_handle(http->server, address, port);
	int rc = socket ? ENOMEM : errno ? errno : EADDRNOTAVAIL;
	if (socket) {
		http->port = bound_port(socket);
		http->guard = http_guard_create(http, base, http->server, socket, CONNECTIONS_MAX,
						DEADLINE_S);
	}
	if (http->guard)
		return http;
	talloc_free(http);
	errno = rc;
	return NULL;
}

uint16_t http_port(const struct http *http)
{
	return http->port;
}

unsigned http_connections(const struct http *http)
{
	return http_guard_count(http->guard);
}
