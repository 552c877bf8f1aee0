/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/api.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/api_pace.h"
#include "gateway/api_priv.h"
#include "gateway/console.h"
#include "gateway/http_problem.h"
#include "gateway/lockout.h"
#include "gateway/log.h"
#include "rules/embedded.h"

EMBEDDED(openapi_json);

enum { LOGINS_MAX = 1024 };

static const char api_root[] = "/v1/";

/* ---- the document as it is served ---- */

/* Each operation with the roles that may have it. */
static void add_roles(json_t *document)
{
	const char *path, *method;
	json_t *item, *operation;

	json_object_foreach(json_object_get(document, "paths"), path, item)
		json_object_foreach(item, method, operation)
	{
		const json_t *command = json_object_get(operation, "x-command");
		const char *name = json_string_value(json_object_get(command, "command"));

		(void)path;
		(void)method;
		if (name)
			json_object_set_new(
				operation, "x-roles",
				api_access_roles(
					name, json_string_value(json_object_get(command, "op"))));
	}
}

static uint64_t hash_of(const char *text, size_t len)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
	return hash;
}

static int prepare(struct api *api)
{
	char *text;

	add_roles(api_document_json(api->document));
	text = json_dumps(api_document_json(api->document), JSON_COMPACT);
	api->served = text ? talloc_strdup(api, text) : NULL;
	free(text);
	if (!api->served)
		return -ENOMEM;
	api->served_len = strlen(api->served);
	snprintf(api->served_tag, sizeof(api->served_tag), "\"%016" PRIx64 "\"",
		 hash_of(api->served, api->served_len));
	return 0;
}

/* What is somebody's at any time needs no store of sessions. */
static void answer_document(struct api *api, struct http_exchange *exchange)
{
	const char *seen = http_exchange_header(exchange, "If-None-Match");
	bool same = seen && strcmp(seen, api->served_tag) == 0;

	http_exchange_add_header(exchange, "ETag", api->served_tag);
	http_exchange_add_header(exchange, "Cache-Control", "no-cache");
	http_exchange_answer_data(exchange, same ? 304 : 200, same ? NULL : "application/json",
				  api->served, same ? 0 : api->served_len);
}

/* ---- what is not there ---- */

static void answer_unknown(struct api *api, struct http_exchange *exchange, bool known)
{
	char *allow;

	if (!known) {
		http_problem_answer(exchange, 404, NULL, "there is nothing at this path");
		return;
	}
	allow = api_document_allow(api->document, api, http_exchange_path(exchange));
	http_exchange_add_header(exchange, "Allow", allow ? allow : "OPTIONS");
	talloc_free(allow);
	if (strcmp(http_exchange_method(exchange), "OPTIONS") == 0)
		http_exchange_answer_data(exchange, 204, NULL, "", 0);
	else
		http_problem_answer(exchange, 405, NULL, "this path has no such method");
}

/* ---- what is ---- */

static const char *header_of(const void *user, const char *name)
{
	return http_exchange_header(user, name);
}

struct api_input api_input_of(struct http_exchange *exchange)
{
	struct api_input input = { .query = http_exchange_query(exchange),
				   .type = http_exchange_header(exchange, "Content-Type"),
				   .header = header_of,
				   .user = exchange };
	const uint8_t *body = http_exchange_body(exchange, &input.len);

	input.body = body ? (const char *)body : "";
	return input;
}

void api_refuse(struct http_exchange *exchange, int rc, const struct api_problem *problem)
{
	const char *field = problem->fault.field;
	char detail[API_FIELD_MAX + API_FAULT_MAX + 2];

	snprintf(detail, sizeof(detail), "%s%s%s", field, field[0] ? ": " : "",
		 problem->fault.text);
	if (rc == -ENOMEM)
		http_problem_answer(exchange, 503, NULL, "out of memory");
	else
		http_problem_answer(exchange, problem->status, field[0] ? field : NULL, detail);
}

/* Whether whoever asks is somebody who may; else the exchange was answered. */
static bool admit(struct api *api, struct http_exchange *exchange, const char *command,
		  const char *op, struct api_who *who)
{
	char detail[128];
	const char *forgery;

	if (api_access_who(api->gateway, exchange, who) < 0) {
		http_problem_answer(exchange, 401, NULL, "no known token, nor a session");
		return false;
	}
	forgery = who->by_cookie ? api_access_forgery(exchange) : NULL;
	if (forgery) {
		http_problem_answer(exchange, 403, NULL, forgery);
		return false;
	}
	if (!command || api_access_may(who->user.roles, command, op))
		return true;
	snprintf(detail, sizeof(detail), "the user has no right to: %s%s%s", command, op ? " " : "",
		 op ? op : "");
	http_problem_answer(exchange, 403, NULL, detail);
	return false;
}

static void take_command(struct api *api, struct http_exchange *exchange,
			 const struct api_operation *operation, const struct api_path *path)
{
	const char *command = json_string_value(json_object_get(operation->command, "command"));
	const char *op = json_string_value(json_object_get(operation->command, "op"));
	struct api_input input = api_input_of(exchange);
	struct api_problem problem;
	struct api_who who;
	json_t *args;
	int rc;

	if (!admit(api, exchange, command, op, &who))
		return;
	rc = api_arguments_read(operation, path, &input, &args, &problem);
	if (rc < 0)
		api_refuse(exchange, rc, &problem);
	else
		api_command(api, exchange, operation, &who, args);
}

static void take_events(struct api *api, struct http_exchange *exchange)
{
	struct api_who who;

	if (admit(api, exchange, "status", NULL, &who))
		api_events_take(api->events, exchange, &who);
}

static void take_operation(struct api *api, struct http_exchange *exchange,
			   const struct api_operation *operation, const struct api_path *path)
{
	if (operation->command)
		take_command(api, exchange, operation, path);
	else if (strcmp(operation->handler, "openapi") == 0)
		answer_document(api, exchange);
	else if (strcmp(operation->handler, "session") == 0)
		api_session_begin(api, exchange, operation);
	else if (strcmp(operation->handler, "events") == 0)
		take_events(api, exchange);
	else /* paths of their own: http.c */
		http_problem_answer(exchange, 404, NULL, "there is nothing at this path");
}

static void take_turn(void *user, struct http_exchange *exchange)
{
	struct api *api = user;
	const char *path = http_exchange_path(exchange);
	const struct api_operation *operation;
	struct api_path parts;
	bool known;

	if (strncmp(path, api_root, sizeof(api_root) - 1) != 0) {
		console_take(exchange);
		return;
	}
	operation = api_document_find(api->document, http_exchange_method(exchange), path, &parts,
				      &known);
	if (!operation)
		answer_unknown(api, exchange, known);
	else if (api->gateway->draining)
		http_problem_answer(exchange, 503, NULL, "shutting down");
	else
		take_operation(api, exchange, operation, &parts);
}

void api_take(struct api *api, struct http_exchange *exchange)
{
	api_pace_take(api->pace, exchange, api->gateway->live->http.requests_per_second);
}

void api_note_report(struct api *api, int64_t id, const char *state)
{
	if (api)
		api_events_report(api->events, id, state);
}

/* ---- life ---- */

/* Those that are under way are answered into nothing. */
static int api_destroy(struct api *api)
{
	struct api_request *request, *next;

	llist_for_each_entry_safe(request, next, &api->under_way, entry) {
		llist_del(&request->entry);
		http_exchange_on_end(request->exchange, NULL, NULL);
		request->exchange = NULL;
	}
	return 0;
}

struct api *api_create(void *ctx, struct gateway *gateway)
{
	char error[API_FAULT_MAX] = "out of memory";
	struct api *api = talloc_zero(ctx, struct api);

	if (api) {
		api->gateway = gateway;
		INIT_LLIST_HEAD(&api->under_way);
		talloc_set_destructor(api, api_destroy);
		api->document = api_document_load(api, embedded_openapi_json,
						  EMBEDDED_LEN(openapi_json), error);
		api->events = api_events_create(api, gateway);
		api->logins = lockout_create(api, LOGINS_MAX);
		api->pace = api_pace_create(api, gateway->base, take_turn, api);
	}
	if (api && api->document && api->events && api->logins && api->pace && prepare(api) == 0)
		return api;
	LOGP(LOG_HTTP, LOGL_ERROR, "the API's document: %s\n", error);
	talloc_free(api);
	return NULL;
}
