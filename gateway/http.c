/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <string.h>
#include <sys/socket.h>
#include <talloc.h>

#include "gateway/http_priv.h"

enum {
	CONNECTIONS_MAX = 64,
	DEADLINE_S = 10,
	IDLE_S = 5,
	HEADERS_MAX = 8192,
	BODY_MAX = 65536,
};

struct page {
	int code;
	const char *type;
	const char *text;
};

static const char plain[] = "text/plain; charset=utf-8";

static struct page page_metrics(struct http *http, void *ctx)
{
	char *text = http->hooks.metrics(http->user, ctx);
	if (!text)
		return (struct page){ 503, plain, "out of memory\n" };
	return (struct page){ 200, "text/plain; version=0.0.4; charset=utf-8", text };
}

/* That this is answered shows that the loop turns. */
static struct page page_healthz(struct http *http, void *ctx)
{
	(void)http;
	(void)ctx;
	return (struct page){ 200, plain, "ok\n" };
}

static struct page page_readyz(struct http *http, void *ctx)
{
	const char *why = "not ready";
	if (http->hooks.ready(http->user, &why))
		return (struct page){ 200, plain, "ready\n" };
	char *text = talloc_asprintf(ctx, "%s\n", why);
	return (struct page){ 503, plain, text ? text : "not ready\n" };
}

static const struct {
	const char *path;
	struct page (*answer)(struct http *http, void *ctx);
} pages[] = {
	{ "/metrics", page_metrics },
	{ "/healthz", page_healthz },
	{ "/readyz", page_readyz },
};

/* A path whose requests are answered by others. */
struct taker {
	http_take_fn *take; /* NULL: there is no such page */
	bool get;	    /* beside POST */
	bool any;	    /* every method: it says itself which it knows */
};

static bool is_page(const char *path)
{
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
		if (strcmp(pages[i].path, path) == 0)
			return true;
	return false;
}

static struct taker taker_of(const struct http *http, struct evhttp_request *request)
{
	const struct {
		const char *path;
		struct taker taker;
	} takers[] = {
		{ "/v1/cdrs", { http->hooks.cdrs, false, false } },
		{ "/v1/rewards/acks", { http->hooks.acks, false, false } },
		{ "/v1/screen", { http->hooks.screen, true, false } },
	};
	const char *path = http_path(request);

	for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++)
		if (strcmp(takers[i].path, path) == 0)
			return takers[i].taker;
	return (struct taker){ is_page(path) ? NULL : http->hooks.other, true, true };
}

static bool takes(const struct taker *taker, struct evhttp_request *request)
{
	enum evhttp_cmd_type method = evhttp_request_get_command(request);

	return taker->take && (taker->any || method == EVHTTP_REQ_POST ||
			       (taker->get && method == EVHTTP_REQ_GET));
}

/* evhttp does not read the body of such a request: on a connection that stays open it would be
 * taken for the next one. */
static const char *find_stray_body(struct evhttp_request *request)
{
	struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	enum evhttp_cmd_type method = evhttp_request_get_command(request);
	const char *length = evhttp_find_header(headers, "Content-Length");

	if (method == EVHTTP_REQ_POST || method == EVHTTP_REQ_PUT || method == EVHTTP_REQ_PATCH)
		return NULL;
	if ((length && strspn(length, "0") != strlen(length)) ||
	    evhttp_find_header(headers, "Transfer-Encoding"))
		return "a request with this method has no body";
	return NULL;
}

/* Nothing of a request with a fault in it is believed. */
static const char *find_fault(struct evhttp_request *request, bool any)
{
	bool host_needed = request->major > 1 || request->minor > 0;
	const char *fault =
		http_guard_ambiguity(evhttp_request_get_input_headers(request), host_needed);

	return !fault && any ? find_stray_body(request) : fault;
}

static struct page page_of_fault(void *ctx, const char *fault, bool as_problem)
{
	char *text = as_problem ? talloc_asprintf(ctx,
						  "{\"type\":\"about:blank\",\"title\":\"%s\","
						  "\"status\":400,\"detail\":\"%s\"}",
						  http_reason(400), fault)
				: talloc_asprintf(ctx, "%s\n", fault);

	return (struct page){ 400, as_problem ? "application/problem+json" : plain,
			      text ? text : "bad request\n" };
}

static struct page route(struct http *http, void *ctx, struct evhttp_request *request,
			 const struct taker *taker)
{
	enum evhttp_cmd_type method = evhttp_request_get_command(request);
	const char *path = http_path(request);
	const char *fault = find_fault(request, taker->any);

	if (fault)
		return page_of_fault(ctx, fault, taker->take && taker->any);
	if (taker->take)
		return (struct page){ 405, plain,
				      taker->get ? "only GET and POST\n" : "only POST\n" };
	if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD)
		return (struct page){ 405, plain, "only GET and HEAD\n" };
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
		if (strcmp(pages[i].path, path) == 0)
			return pages[i].answer(http, ctx);
	return (struct page){ 404, plain, "no such page\n" };
}

static const char *allowed(const struct taker *taker)
{
	if (!taker->take)
		return "GET, HEAD";
	return taker->get ? "GET, POST" : "POST";
}

static void on_request(struct evhttp_request *request, void *arg)
{
	struct http *http = arg;
	const struct taker taker = taker_of(http, request);
	struct http_answer answer = { 0 };
	struct page page;
	void *ctx;

	if (takes(&taker, request) && !find_fault(request, taker.any)) {
		http_exchange_begin(http, request, taker.take, taker.any);
		return;
	}
	ctx = talloc_new(http);
	page = route(http, ctx, request, &taker);
	answer.code = page.code;
	answer.type = page.type;
	answer.data = page.text;
	answer.len = strlen(page.text);
	answer.allow = page.code == 405 ? allowed(&taker) : NULL;
	http_send(http, request, &answer);
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
	http_exchanges_end(http);
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

void http_set_tls(struct http *http, const struct smpp_tls *tls)
{
	http->tls = tls != NULL;
	http_guard_set_tls(http->guard, tls);
}

uint16_t http_port(const struct http *http)
{
	return http->port;
}

unsigned http_connections(const struct http *http)
{
	return http_guard_count(http->guard);
}
