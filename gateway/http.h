/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http.h - the HTTP server: /metrics, /healthz and /readyz for machines that watch, POST
 * /v1/cdrs and /v1/rewards/acks for those that bring call records and the rewards system's answers,
 * GET and POST /v1/screen for those that ask whether a call or message may go on; whatever else
 * there is belongs to one hook, the API and the console.
 *
 * Does:    GET and HEAD, and those methods for those paths; 405 for other methods, 404 for other
 *          paths without the hook. Requests that two readers could frame differently
 *          (Content-Length twice or beside Transfer-Encoding, Host twice or missing, a body where
 *          none is read) get 400. A connection serves one request, or, when the hook answered and
 *          at most half of the connections are taken, another one.
 * Bounds:  64 connections, 8 KiB of headers, 64 KiB of body (or what the hooks say). A request has
 *          10 s to come and be answered, however its octets trickle (evhttp's own timeout starts
 *          anew at each); whoever answers it may give it longer.
 * Owns:    the listener and its connections hang below the struct http: talloc_free it. Hooks are
 *          copied.
 * Rules:   the process ignores SIGPIPE.
 * Threads: the loop's.
 */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct http;
struct smpp_tls;

/* A request that is answered later, exactly once; or never, when the server ends before. */
struct http_exchange;

struct http_hooks {
	char *(*metrics)(void *user,
			 void *ctx); /* Prometheus text below ctx, NULL: out of memory */
	bool (*ready)(void *user, const char **why); /* *why: static text, when false */
	/* POST /v1/cdrs; NULL: there is no such page. */
	void (*cdrs)(void *user, struct http_exchange *exchange);
	/* The same for POST /v1/rewards/acks. */
	void (*acks)(void *user, struct http_exchange *exchange);
	/* The same for GET and POST /v1/screen. */
	void (*screen)(void *user, struct http_exchange *exchange);
	/* Every method of every other path; NULL: 404. */
	void (*other)(void *user, struct http_exchange *exchange);
	size_t body_max; /* octets; 0: 64 KiB */
};

/* Listens on address:port (port 0: the kernel's choice). NULL with errno. */
struct http *http_create(void *ctx, struct event_base *base, const char *address, uint16_t port,
			 const struct http_hooks *hooks, void *user);
/* For connections that come from now on; NULL: plain. It must live until another takes its place,
 * and the connections made with it go on without it. */
void http_set_tls(struct http *http, const struct smpp_tls *tls);
uint16_t http_port(const struct http *http);
/* Connections open now. */
unsigned http_connections(const struct http *http);

/* "Too Many Requests" for 429. */
const char *http_reason(int code);

/* "GET"; a method that nobody here serves is "TRACE". */
const char *http_exchange_method(const struct http_exchange *exchange);
bool http_exchange_is_post(const struct http_exchange *exchange);
bool http_exchange_is_tls(const struct http_exchange *exchange);
/* As it came, without the query. */
const char *http_exchange_path(const struct http_exchange *exchange);
/* What stands behind the '?' of the address, as it came; NULL when there is none. */
const char *http_exchange_query(const struct http_exchange *exchange);
/* Of the request; NULL when it has none. Borrowed until the answer. */
const char *http_exchange_header(const struct http_exchange *exchange, const char *name);
const uint8_t *http_exchange_body(struct http_exchange *exchange, size_t *len);
/* Whence; NULL when the connection has gone. */
const struct sockaddr *http_exchange_peer(const struct http_exchange *exchange);
/* The connection ends so many seconds from now at the latest. */
void http_exchange_extend(struct http_exchange *exchange, unsigned seconds);
/* Of the answer to come. Those that every answer has can be said otherwise with it. */
void http_exchange_add_header(struct http_exchange *exchange, const char *name, const char *value);
/* `type` NULL: nothing follows the headers. The exchange is gone then. */
void http_exchange_answer_data(struct http_exchange *exchange, int code, const char *type,
			       const char *data, size_t len);
/* `header` and `value` NULL: none besides the usual. The exchange is gone then; its connection may
 * have gone before. */
void http_exchange_answer(struct http_exchange *exchange, int code, const char *type,
			  const char *text, const char *header, const char *value);
/* Called when the server ends before the answer; the exchange is gone afterwards. */
void http_exchange_on_end(struct http_exchange *exchange, void (*cb)(void *user), void *user);

/* ---- an answer that goes on ---- */

void http_exchange_stream_begin(struct http_exchange *exchange, const char *type);
/* 0; -EPIPE: whoever reads has gone, or reads too slowly and was cut off; -ENOMEM. */
int http_exchange_stream(struct http_exchange *exchange, const char *text, size_t len)
	__attribute__((warn_unused_result));
/* The exchange is gone then. */
void http_exchange_stream_end(struct http_exchange *exchange);
