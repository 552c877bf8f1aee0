/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http.h - the HTTP server: /metrics, /healthz and /readyz for machines that watch, and what others
 * post to us.
 *
 * Does:    GET and HEAD, and POST to the paths that have a handler, which answers at once or later,
 *          exactly once; 405 for other methods, 404 for other paths. One request a connection.
 *          Requests that two readers could frame differently (Content-Length twice or beside
 *          Transfer-Encoding, Host twice or missing) get 400.
 * Bounds:  64 connections, 8 KiB of headers, 64 KiB of body; a connection ends after 10 s, however
 *          its octets trickle (evhttp's own timeout starts anew at each of them).
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

struct http;

/* A POST under way. Its pointer is good until it is answered, also after the struct http is freed:
 * the answer is then dropped. */
struct http_post;

/* NULL when there is none, or more than one, of that name. */
const char *http_post_header(const struct http_post *post, const char *name);
/* Borrowed until the answer; NUL-terminated, may hold NULs besides. */
const char *http_post_body(const struct http_post *post, size_t *len);
/* `json`: a copy is made. */
void http_post_answer(struct http_post *post, int status, const char *json);

struct http_post_route {
	const char *path; /* NULL ends the list */
	void (*run)(void *user, struct http_post *post);
};

struct http_hooks {
	char *(*metrics)(void *user,
			 void *ctx); /* Prometheus text below ctx, NULL: out of memory */
	bool (*ready)(void *user, const char **why); /* *why: static text, when false */
	const struct http_post_route *posts;	     /* NULL: none; not copied */
};

/* Listens on address:port (port 0: the kernel's choice). NULL with errno. */
struct http *http_create(void *ctx, struct event_base *base, const char *address, uint16_t port,
			 const struct http_hooks *hooks, void *user);
uint16_t http_port(const struct http *http);
/* Connections open now. */
unsigned http_connections(const struct http *http);
