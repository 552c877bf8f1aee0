/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Sessions of browsers: a token is shown once, and a cookie that no script can read stands for it
 * afterwards. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/api_priv.h"
#include "gateway/clock.h"
#include "gateway/http_problem.h"
#include "gateway/lockout.h"

enum { COOKIE_MAX = 256, SESSION_S = 12 * 3600 };

static const struct lockout_policy logins = { .after = 10,
					      .first_ms = 60 * 1000,
					      .max_ms = 3600 * 1000 };

static void set_cookie(struct http_exchange *exchange, const char *token, int age_s)
{
	char text[COOKIE_MAX];

	snprintf(text, sizeof(text),
		 "mianrao_session=%.120s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s", token,
		 age_s, http_exchange_is_tls(exchange) ? "; Secure" : "");
	http_exchange_add_header(exchange, "Set-Cookie", text);
}

/* What whoever signed in is told: who they are, not by what. */
static void reduce(const struct api_request *request, json_t *result)
{
	json_t *roles = json_array();
	const char *name;
	void *next;
	json_t *value;

	for (unsigned role = 0; role < ROLE_COUNT; role++)
		if (request->request.roles & ROLE_BIT(role))
			json_array_append_new(roles, json_string(role_name((enum role)role)));
	json_object_foreach_safe(result, next, name, value) if (strcmp(name, "user") != 0 &&
								strcmp(name, "expires") != 0)
		json_object_del(result, name);
	json_object_set_new(result, "roles", roles);
}

void api_session_answered(const struct api_request *request, json_t *result)
{
	struct http_exchange *exchange = request->exchange;
	const json_t *args = request->request.args;
	const char *command = json_string_value(json_object_get(args, "command"));
	const char *op = json_string_value(json_object_get(args, "op"));
	const char *token = json_string_value(json_object_get(result, "token"));

	if (!command || !op || strcmp(command, "session") != 0)
		return;
	if (strcmp(op, "end") == 0) {
		set_cookie(exchange, "", 0);
	} else if (token) {
		set_cookie(exchange, token, SESSION_S);
		reduce(request, result);
	}
}

static bool is_locked(struct api *api, const struct sockaddr *peer)
{
	return peer && lockout_holds(api->logins, peer, clock_monotonic_ms());
}

static void note_failure(struct api *api, const struct sockaddr *peer)
{
	if (peer)
		lockout_failed(api->logins, &logins, peer, clock_monotonic_ms());
}

/* The page that signs somebody in is ours: another's would sign them in as somebody else. */
static const char *stranger(const struct http_exchange *exchange)
{
	return http_exchange_header(exchange, "Origin") ? api_access_forgery(exchange) : NULL;
}

void api_session_begin(struct api *api, struct http_exchange *exchange,
		       const struct api_operation *operation)
{
	const struct sockaddr *peer = http_exchange_peer(exchange);
	struct api_input input = api_input_of(exchange);
	const char *forgery = stranger(exchange);
	struct api_problem problem;
	struct api_who who;
	json_t *body;
	int rc;

	if (forgery || is_locked(api, peer)) {
		http_problem_answer(exchange, forgery ? 403 : 429, NULL,
				    forgery ? forgery : "too many tokens that were none: later");
		return;
	}
	rc = api_body_read(operation->body, true, &input, &body, &problem);
	if (rc < 0) {
		api_refuse(exchange, rc, &problem);
		return;
	}
	if (api_access_token(api->gateway, json_string_value(json_object_get(body, "token")),
			     &who) < 0) {
		note_failure(api, peer);
		http_problem_answer(exchange, 401, "token", "is nobody's, or not now");
	} else {
		api_command(api, exchange, operation, &who,
			    json_pack("{ss ss}", "command", "session", "op", "begin"));
	}
	json_decref(body);
}
