/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_guard.h - what libevent 2.1.12's evhttp leaves open: how many connections, and for how long.
 *
 * Does:    makes the bufferevent of each new connection for evhttp and keeps a reference to it. At
 *          the deadline the socket is shut down, and evhttp clears up as if the peer had gone. At
 *          the cap the listener rests. evhttp tells nobody of a connection's end but through a
 *          request, so the rest is found by looking, four times a second while there are any.
 * Owns:    talloc'ed below ctx; free it after the evhttp.
 * Threads: the loop's.
 */
#pragma once

#include <event2/http.h>
#include <stdbool.h>

struct http_guard;
struct smpp_tls;

/* `http` must be bound with `socket` already; NULL when out of memory. */
struct http_guard *http_guard_create(void *ctx, struct event_base *base, struct evhttp *http,
				     struct evhttp_bound_socket *socket, unsigned max,
				     unsigned deadline_s);
/* The answer has been written: the connection is evhttp's alone from now on. */
void http_guard_done(struct http_guard *guard, struct evhttp_request *request);
/* The same, but it will carry another request: with a deadline of its own. */
void http_guard_renew(struct http_guard *guard, struct evhttp_request *request);
/* The deadline is so many seconds from now. */
void http_guard_extend(struct http_guard *guard, struct evhttp_request *request, unsigned seconds);
/* Connections may stay for another request: no more than half of them are taken. */
bool http_guard_has_room(const struct http_guard *guard);
/* For new connections; NULL: plain. Borrowed until the next call. */
void http_guard_set_tls(struct http_guard *guard, const struct smpp_tls *tls);
unsigned http_guard_count(const struct http_guard *guard);

/* What makes the headers of a request ambiguous, as a static text, or NULL. HTTP 1.1 needs a Host.
 */
const char *http_guard_ambiguity(const struct evkeyvalq *headers, bool host_needed);
