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
#include <strings.h>
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
	struct llist_head posts;
	struct evhttp *server;
	struct http_guard *guard;
	struct http_hooks hooks;
	void *user;
	uint16_t port;
};

/* evhttp does not read from a connection whose request waits for its answer, and so does not free
 * it either. */
struct http_post {
	struct llist_head entry;
	struct http *http; /* NULL: it is gone, and the request with it */
	struct evhttp_request *request;
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

static struct answer route(struct http *http, void *ctx, struct evhttp_request *request)
{
	enum evhttp_cmd_type method = evhttp_request_get_command(request);
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
	bool host_needed = request->major > 1 || request->minor > 0;
	const char *fault =
		http_guard_ambiguity(evhttp_request_get_input_headers(request), host_needed);
	if (fault) {
		char *text = talloc_asprintf(ctx, "%s\n", fault);
		return (struct answer){ 400, plain, text ? text : "bad request\n" };
	}
	if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD)
		return (struct answer){ 405, plain, "not this method\n" };
	for (size_t i = 0; path && i < sizeof routes / sizeof routes[0]; i++)
		if (strcmp(routes[i].path, path) == 0)
			return routes[i].answer(http, ctx);
	return (struct answer){ 404, plain, "no such page\n" };
}

/* The handler of a POST, NULL: there is none, and the answer is as for any other method. */
static const struct http_post_route *post_route(struct http *http, struct evhttp_request *request)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
	bool host_needed = request->major > 1 || request->minor > 0;
	if (!path || !http->hooks.posts || evhttp_request_get_command(request) != EVHTTP_REQ_POST ||
	    http_guard_ambiguity(evhttp_request_get_input_headers(request), host_needed))
		return NULL;
	for (const struct http_post_route *route = http->hooks.posts; route->path; route++)
		if (strcmp(route->path, path) == 0)
			return route;
	return NULL;
}

static const char *reason_of(int code)
{
	static const struct {
		int code;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 413, "Content Too Large" },
		{ 503, "Service Unavailable" },
	};
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].code == code)
			return reasons[i].reason;
	return "Error";
}

static void add_headers(struct evhttp_request *request, const struct answer *answer)
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
		{ "Allow", answer->code == 405 ? "GET, HEAD" : NULL },
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
	add_headers(request, answer);
	if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD) {
		char length[24];
		snprintf(length, sizeof length, "%zu", len);
		evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Length",
				  length);
	} else {
		evbuffer_add(evhttp_request_get_output_buffer(request), answer->text, len);
	}
	evhttp_request_set_on_complete_cb(request, on_written, http);
	evhttp_send_reply(request, answer->code, reason_of(answer->code), NULL);
}

/* ---- POST ---- */

static int post_free(struct http_post *post)
{
	if (post->http)
		llist_del(&post->entry);
	return 0;
}

static struct http_post *post_create(struct http *http, struct evhttp_request *request)
{
	struct http_post *post = talloc_zero(NULL, struct http_post);
	if (!post)
		return NULL;
	/* So that the body can be borrowed as one text. */
	evbuffer_add(evhttp_request_get_input_buffer(request), "", 1);
	post->http = http;
	post->request = request;
	llist_add(&post->entry, &http->posts);
	talloc_set_destructor(post, post_free);
	return post;
}

const char *http_post_header(const struct http_post *post, const char *name)
{
	const struct evkeyvalq *headers;
	const struct evkeyval *header;
	const char *found = NULL;
	if (!post->request)
		return NULL;
	headers = evhttp_request_get_input_headers(post->request);
	for (header = headers->tqh_first; header; header = header->next.tqe_next) {
		if (strcasecmp(header->key, name) != 0)
			continue;
		if (found)
			return NULL;
		found = header->value;
	}
	return found;
}

const char *http_post_body(const struct http_post *post, size_t *len)
{
	struct evbuffer *body =
		post->request ? evhttp_request_get_input_buffer(post->request) : NULL;
	const char *text = body ? (const char *)evbuffer_pullup(body, -1) : NULL;
	*len = text ? evbuffer_get_length(body) - 1 : 0;
	return text ? text : "";
}

void http_post_answer(struct http_post *post, int status, const char *json)
{
	const struct answer answer = { status, "application/json", json };
	if (post->http)
		send_answer(post->http, post->request, &answer);
	talloc_free(post);
}

static void on_request(struct evhttp_request *request, void *arg)
{
	struct http *http = arg;
	const struct http_post_route *posted = post_route(http, request);
	struct http_post *post = posted ? post_create(http, request) : NULL;
	if (post) {
		posted->run(http->user, post);
		return;
	}
	void *ctx = talloc_new(http);
	struct answer answer = posted ? (struct answer){ 503, plain, "out of memory\n" }
				      : route(http, ctx, request);
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
	struct http_post *post, *next;
	llist_for_each_entry_safe(post, next, &http->posts, entry) {
		llist_del(&post->entry);
		post->http = NULL;
		post->request = NULL;
	}
	evhttp_free(http->server);
	talloc_free(http->guard); /* after the connections that tell it of their end */
	return 0;
}

static void set_limits(struct evhttp *server)
{
	evhttp_set_max_headers_size(server, HEADERS_MAX);
	evhttp_set_max_body_size(server, BODY_MAX);
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
	INIT_LLIST_HEAD(&http->posts);
	http->hooks = *hooks;
	http->user = user;
	talloc_set_destructor(http, http_free);
	set_limits(http->server);
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
