/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/api_priv.h"
#include "gateway/commands.h"
#include "gateway/http_identity.h"
#include "gateway/http_problem.h"

enum { ANSWER_S = 60, LOCATION_MAX = 256 };

void api_answer_json(struct http_exchange *exchange, int status, json_t *result)
{
	char *text = result ? json_dumps(result, JSON_COMPACT) : NULL;

	if (text)
		http_exchange_answer(exchange, status, "application/json", text, NULL, NULL);
	else
		http_problem_answer(exchange, 503, NULL, "out of memory");
	free(text);
	json_decref(result);
}

/* ---- what went well ---- */

/* Whether whoever asks has this version already. */
static bool add_etag(const struct api_request *request, const json_t *result)
{
	const json_t *version = json_object_get(result, request->operation->etag);
	char tag[32];

	if (!json_is_integer(version))
		return false;
	snprintf(tag, sizeof(tag), "\"v%lld\"", (long long)json_integer_value(version));
	http_exchange_add_header(request->exchange, "ETag", tag);
	http_exchange_add_header(request->exchange, "Cache-Control", "private, no-cache");
	return strcmp(request->seen, tag) == 0 && strcmp(request->operation->method, "GET") == 0;
}

static bool is_plain(const char *text)
{
	return text && text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~")] == '\0';
}

/* "/v1/reports/{id}" with the result's id. */
static void add_location(const struct api_request *request, const json_t *result)
{
	const char *form = request->operation->location;
	const char *open = strchr(form, '{');
	const char *close = open ? strchr(open, '}') : NULL;
	char name[32];
	char location[LOCATION_MAX];
	const json_t *value;
	const char *text;
	char number[24];

	if (!close || (size_t)(close - open) > sizeof(name))
		return;
	snprintf(name, sizeof(name), "%.*s", (int)(close - open - 1), open + 1);
	value = json_object_get(result, name);
	snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	text = json_is_integer(value) ? number : json_string_value(value);
	if (!is_plain(text))
		return;
	snprintf(location, sizeof(location), "%.*s%s%s", (int)(open - form), form, text, close + 1);
	http_exchange_add_header(request->exchange, "Location", location);
}

/* Steals result. */
static void tell_result(struct api_request *request, json_t *result)
{
	const struct api_operation *operation = request->operation;
	int status = operation->status;

	api_session_answered(request, result);
	if (operation->location)
		add_location(request, result);
	if (operation->etag && add_etag(request, result))
		status = 304;
	if (status != 204 && status != 304) {
		api_answer_json(request->exchange, status, result);
		return;
	}
	http_exchange_answer_data(request->exchange, status, NULL, "", 0);
	json_decref(result);
}

/* ---- what did not ---- */

static int status_of(const char *code)
{
	static const int statuses[CONTROL_CODE_COUNT] = {
		[CONTROL_INVALID] = 422,     [CONTROL_FORBIDDEN] = 403, [CONTROL_NOT_FOUND] = 404,
		[CONTROL_CONFLICT] = 409,    [CONTROL_STALE] = 412,	[CONTROL_BUSY] = 429,
		[CONTROL_UNAVAILABLE] = 503,
	};

	for (int i = 0; code && i < CONTROL_CODE_COUNT; i++)
		if (strcmp(control_code_name((enum control_code)i), code) == 0)
			return statuses[i];
	return 503;
}

/* As whoever asks calls it. */
static const char *field_of(const struct api_operation *operation, const char *argument)
{
	for (size_t i = 0; argument && i < operation->param_count; i++)
		if (strcmp(operation->params[i].argument, argument) == 0)
			return operation->params[i].name;
	return argument;
}

static void tell_failure(struct api_request *request, const json_t *reply)
{
	const char *error = json_string_value(json_object_get(reply, "error"));
	const char *field = json_string_value(json_object_get(reply, "field"));
	int status = status_of(json_string_value(json_object_get(reply, "code")));

	http_problem_answer(request->exchange, status, field_of(request->operation, field),
			    error ? error : "out of memory");
}

/* ---- the sink ---- */

static void finish(struct control_request *control, json_t *reply)
{
	struct api_request *request = (struct api_request *)control;

	if (request->exchange && json_is_true(json_object_get(reply, "ok")))
		tell_result(request, json_incref(json_object_get(reply, "result")));
	else if (request->exchange)
		tell_failure(request, reply);
	if (request->exchange)
		llist_del(&request->entry);
	json_decref(reply);
	json_decref(control->args);
	talloc_free(request);
}

static int push(struct control_request *control, json_t *line)
{
	(void)control;
	json_decref(line);
	return -ENOTSUP;
}

static bool is_wanted(const struct control_request *control)
{
	return ((const struct api_request *)control)->exchange != NULL;
}

static const struct control_sink sink = { .finish = finish, .push = push, .is_wanted = is_wanted };

/* ---- a request ---- */

static void on_ended(void *user)
{
	struct api_request *request = user;

	llist_del(&request->entry);
	request->exchange = NULL;
}

static unsigned count_of(const struct api *api, const char *user)
{
	const struct api_request *request;
	unsigned count = 0;

	llist_for_each_entry(request, &api->under_way, entry)
		count += strcmp(request->user, user) == 0;
	return count;
}

static void fill(struct api_request *request, const struct api_who *who)
{
	const char *seen = http_exchange_header(request->exchange, "If-None-Match");

	memcpy(request->user, who->user.user, sizeof(request->user));
	snprintf(request->seen, sizeof(request->seen), "%s", seen ? seen : "");
	http_identity_request(&who->user, &request->request);
}

struct api_request *api_request_create(struct api *api, struct http_exchange *exchange,
				       const struct api_operation *operation,
				       const struct api_who *who, json_t *args)
{
	bool busy = count_of(api, who->user.user) >= API_UNDER_WAY_MAX;
	struct api_request *request = busy ? NULL : talloc_zero(NULL, struct api_request);

	if (!request) {
		json_decref(args);
		http_problem_answer(exchange, busy ? 429 : 503, NULL,
				    busy ? "too many requests of this user are under way"
					 : "out of memory");
		return NULL;
	}
	request->request.sink = &sink;
	request->request.args = args;
	request->exchange = exchange;
	request->operation = operation;
	request->api = api;
	fill(request, who);
	llist_add_tail(&request->entry, &api->under_way);
	http_exchange_on_end(exchange, on_ended, request);
	http_exchange_extend(exchange, ANSWER_S);
	return request;
}

void api_command(struct api *api, struct http_exchange *exchange,
		 const struct api_operation *operation, const struct api_who *who, json_t *args)
{
	struct api_request *request = api_request_create(api, exchange, operation, who, args);

	if (request)
		commands_handle(api->gateway, &request->request, request->request.args);
}
