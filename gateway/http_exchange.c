/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <talloc.h>

#include "gateway/http_priv.h"

enum { STREAM_BACKLOG_MAX = 64 * 1024 };

struct http_exchange {
	struct llist_head entry;
	struct http *http;
	struct evhttp_request *request;
	void (*on_end)(void *user);
	void *user;
	bool keep;
};

const char *http_path(struct evhttp_request *request)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;

	return path ? path : "";
}

const char *http_reason(int code)
{
	static const struct {
		int code;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 204, "No Content" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 412, "Precondition Failed" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" },
		{ 428, "Precondition Required" },
		{ 429, "Too Many Requests" },
		{ 503, "Service Unavailable" },
	};
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].code == code)
			return reasons[i].reason;
	return "Error";
}

/* ---- writing ---- */

static bool says_close(struct evkeyvalq *headers)
{
	const char *value = evhttp_find_header(headers, "Connection");

	return value && strcasecmp(value, "close") == 0;
}

/* Whether evhttp will wait for another request, as it decides itself. */
static bool stays_open(struct evhttp_request *request)
{
	return request->major == 1 && request->minor >= 1 &&
	       !says_close(evhttp_request_get_input_headers(request)) &&
	       !says_close(evhttp_request_get_output_headers(request));
}

static void on_written(struct evhttp_request *request, void *arg)
{
	struct http *http = arg;

	if (stays_open(request))
		http_guard_renew(http->guard, request);
	else
		http_guard_done(http->guard, request);
}

/* A page that brings its own policy keeps it. */
static void add_headers(const struct http *http, struct evhttp_request *request,
			const struct http_answer *answer)
{
	const struct {
		const char *name;
		const char *value;
	} headers[] = {
		{ "Content-Type", answer->type },
		{ "Connection", answer->keep ? NULL : "close" },
		{ "Cache-Control", "no-store" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "Strict-Transport-Security", http->tls ? "max-age=31536000" : NULL },
		{ "Allow", answer->allow },
	};
	struct evkeyvalq *out = evhttp_request_get_output_headers(request);

	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
		if (headers[i].value && !evhttp_find_header(out, headers[i].name))
			evhttp_add_header(out, headers[i].name, headers[i].value);
}

void http_send(struct http *http, struct evhttp_request *request, const struct http_answer *answer)
{
	add_headers(http, request, answer);
	if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD) {
		char length[24];

		snprintf(length, sizeof length, "%zu", answer->len);
		evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Length",
				  length);
	} else {
		evbuffer_add(evhttp_request_get_output_buffer(request), answer->data, answer->len);
	}
	evhttp_request_set_on_complete_cb(request, on_written, http);
	evhttp_send_reply(request, answer->code, http_reason(answer->code), NULL);
}

/* ---- answered later ---- */

void http_exchange_begin(struct http *http, struct evhttp_request *request, http_take_fn *take,
			 bool keep)
{
	static const char text[] = "out of memory\n";
	const struct http_answer no_memory = { .code = 503,
					       .type = "text/plain; charset=utf-8",
					       .data = text,
					       .len = sizeof(text) - 1 };
	struct http_exchange *exchange = talloc_zero(http, struct http_exchange);

	if (!exchange) {
		http_send(http, request, &no_memory);
		return;
	}
	exchange->http = http;
	exchange->request = request;
	exchange->keep = keep;
	llist_add_tail(&exchange->entry, &http->exchanges);
	take(http->user, exchange);
}

const char *http_exchange_method(const struct http_exchange *exchange)
{
	switch (evhttp_request_get_command(exchange->request)) {
	case EVHTTP_REQ_GET:
		return "GET";
	case EVHTTP_REQ_HEAD:
		return "HEAD";
	case EVHTTP_REQ_POST:
		return "POST";
	case EVHTTP_REQ_PUT:
		return "PUT";
	case EVHTTP_REQ_PATCH:
		return "PATCH";
	case EVHTTP_REQ_DELETE:
		return "DELETE";
	case EVHTTP_REQ_OPTIONS:
		return "OPTIONS";
	case EVHTTP_REQ_TRACE:
	case EVHTTP_REQ_CONNECT:
		break;
	}
	return "TRACE";
}

bool http_exchange_is_post(const struct http_exchange *exchange)
{
	return evhttp_request_get_command(exchange->request) == EVHTTP_REQ_POST;
}

bool http_exchange_is_tls(const struct http_exchange *exchange)
{
	return exchange->http->tls;
}

const char *http_exchange_path(const struct http_exchange *exchange)
{
	return http_path(exchange->request);
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

const struct sockaddr *http_exchange_peer(const struct http_exchange *exchange)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(exchange->request);

	return connection ? evhttp_connection_get_addr(connection) : NULL;
}

void http_exchange_extend(struct http_exchange *exchange, unsigned seconds)
{
	http_guard_extend(exchange->http->guard, exchange->request, seconds);
}

void http_exchange_on_end(struct http_exchange *exchange, void (*cb)(void *user), void *user)
{
	exchange->on_end = cb;
	exchange->user = user;
}

void http_exchange_add_header(struct http_exchange *exchange, const char *name, const char *value)
{
	evhttp_add_header(evhttp_request_get_output_headers(exchange->request), name, value);
}

void http_exchange_answer_data(struct http_exchange *exchange, int code, const char *type,
			       const char *data, size_t len)
{
	struct http *http = exchange->http;
	/* Half of the connections are kept for those that do not come to stay. */
	const struct http_answer answer = { .code = code,
					    .type = type,
					    .data = data,
					    .len = len,
					    .keep = exchange->keep &&
						    http_guard_has_room(http->guard) };

	llist_del(&exchange->entry);
	/* A request whose connection has gone is freed by evhttp when it is answered. */
	http_send(http, exchange->request, &answer);
	talloc_free(exchange);
}

void http_exchange_answer(struct http_exchange *exchange, int code, const char *type,
			  const char *text, const char *header, const char *value)
{
	if (header)
		http_exchange_add_header(exchange, header, value);
	http_exchange_answer_data(exchange, code, type, text, strlen(text));
}

/* evhttp frees the requests that still have a connection with it, and forgets the others. */
void http_exchanges_end(struct http *http)
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

/* ---- streams ---- */

void http_exchange_stream_begin(struct http_exchange *exchange, const char *type)
{
	const struct http_answer head = { .code = 200, .type = type };

	add_headers(exchange->http, exchange->request, &head);
	evhttp_send_reply_start(exchange->request, 200, http_reason(200));
}

static struct bufferevent *bufferevent_of(const struct http_exchange *exchange)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(exchange->request);

	return connection ? evhttp_connection_get_bufferevent(connection) : NULL;
}

/* evhttp learns of it from the write that fails, and lets go of the request. */
static void cut(struct bufferevent *bev)
{
	shutdown(bufferevent_getfd(bev), SHUT_RDWR);
}

int http_exchange_stream(struct http_exchange *exchange, const char *text, size_t len)
{
	struct bufferevent *bev = bufferevent_of(exchange);
	struct evbuffer *chunk;

	if (!bev)
		return -EPIPE;
	if (evbuffer_get_length(bufferevent_get_output(bev)) + len > STREAM_BACKLOG_MAX) {
		cut(bev);
		return -EPIPE;
	}
	chunk = evbuffer_new();
	if (chunk && evbuffer_add(chunk, text, len) == 0)
		evhttp_send_reply_chunk(exchange->request, chunk);
	if (chunk)
		evbuffer_free(chunk);
	return chunk ? 0 : -ENOMEM;
}

void http_exchange_stream_end(struct http_exchange *exchange)
{
	struct http *http = exchange->http;

	llist_del(&exchange->entry);
	evhttp_request_set_on_complete_cb(exchange->request, on_written, http);
	evhttp_send_reply_end(exchange->request);
	talloc_free(exchange);
}
