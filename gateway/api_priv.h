/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* api_priv.h - what the files of the API share; nobody else includes it.
 *
 * api.c          which operation, who, which arguments
 * api_answer.c   what became of it, written as HTTP
 * api_access.c   who asks, and whether they may
 * api_session.c  sessions of browsers
 * api_events.c   GET /v1/events
 */
#pragma once

#include <osmocom/core/linuxlist.h>

#include "gateway/api.h"
#include "gateway/api_arguments.h"
#include "gateway/control_request.h"
#include "gateway/identity.h"

struct api_events;
struct api_pace;
struct lockout;

struct api {
	struct gateway *gateway;
	struct api_document *document;
	char *served; /* the document with the roles of each operation */
	size_t served_len;
	char served_tag[24];
	struct llist_head under_way;
	struct api_events *events;
	struct lockout *logins;
	struct api_pace *pace;
};

/* ---- who asks: api_access.c ---- */

struct api_who {
	struct identity_who user; /* name "": a client or source of the configuration */
	bool by_cookie;
};

/* 0, or -EACCES. */
int api_access_who(struct gateway *gateway, const struct http_exchange *exchange,
		   struct api_who *out) __attribute__((warn_unused_result));
/* The same for a token by itself. */
int api_access_token(struct gateway *gateway, const char *token, struct api_who *out)
	__attribute__((warn_unused_result));
/* Whether what they came with is still good. */
bool api_access_holds(struct gateway *gateway, const struct api_who *who);
/* Why a request that came with a cookie may be another site's doing; NULL: it is not. */
const char *api_access_forgery(const struct http_exchange *exchange);
bool api_access_may(unsigned roles, const char *command, const char *op);
/* New reference: names of the roles that may. */
json_t *api_access_roles(const char *command, const char *op);

/* ---- a request under way: api_answer.c ---- */

struct api_request {
	struct control_request request; /* first */
	struct llist_head entry;
	struct http_exchange *exchange; /* NULL: the server has ended */
	const struct api_operation *operation;
	struct api *api;
	char user[USER_NAME_MAX];
	char seen[32]; /* If-None-Match */
	bool is_head;
};

/* Steals args. NULL: the exchange was answered. */
struct api_request *api_request_create(struct api *api, struct http_exchange *exchange,
				       const struct api_operation *operation,
				       const struct api_who *who, json_t *args);
/* Steals args, and does the command. */
void api_command(struct api *api, struct http_exchange *exchange,
		 const struct api_operation *operation, const struct api_who *who, json_t *args);
/* Steals result. */
void api_answer_json(struct http_exchange *exchange, int status, json_t *result);

/* ---- handlers in the place of commands ---- */

/* POST /v1/session: of nobody yet. */
void api_session_begin(struct api *api, struct http_exchange *exchange,
		       const struct api_operation *operation);
/* What is said of a session to the browser, and what is not. */
void api_session_answered(const struct api_request *request, json_t *result);

/* NULL when out of memory. */
struct api_events *api_events_create(void *ctx, struct gateway *gateway);
/* What became of a report; told with the next tick. */
void api_events_report(struct api_events *events, int64_t id, const char *state);
void api_events_take(struct api_events *events, struct http_exchange *exchange,
		     const struct api_who *who);

/* ---- shared by commands and handlers: api.c ---- */

struct api_input api_input_of(struct http_exchange *exchange);
void api_refuse(struct http_exchange *exchange, int rc, const struct api_problem *problem);
