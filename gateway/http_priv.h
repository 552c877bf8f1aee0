/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_priv.h - what http.c and http_exchange.c share; nobody else includes it.
 *
 * http.c           the server: which path is whose, bounds
 * http_exchange.c  one request that is answered later, and how answers are written
 */
#pragma once

#include <event2/http.h>
#include <osmocom/core/linuxlist.h>

#include "gateway/http.h"
#include "gateway/http_guard.h"
#include "smpp/smpp_tls.h"

struct http {
	struct evhttp *server;
	struct http_guard *guard;
	struct http_hooks hooks;
	void *user;
	uint16_t port;
	bool tls;
	struct llist_head exchanges; /* not answered yet */
};

struct http_answer {
	int code;
	const char *type; /* NULL: no body */
	const char *data;
	size_t len;
	const char *allow; /* of a 405; NULL: none */
	bool keep;	   /* the connection may serve another request */
};

/* The path of the request's address, as it came. */
const char *http_path(struct evhttp_request *request);
void http_send(struct http *http, struct evhttp_request *request, const struct http_answer *answer);

typedef void http_take_fn(void *user, struct http_exchange *exchange);
/* Hands the request to `take`, whose answer is written later. */
void http_exchange_begin(struct http *http, struct evhttp_request *request, http_take_fn *take,
			 bool keep);
/* The server ends: their owners are told. */
void http_exchanges_end(struct http *http);
