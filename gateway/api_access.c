/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/api_priv.h"
#include "gateway/http_identity.h"

static const char cookie_name[] = "mianrao_session=";

/* RFC 6265 sec. 4.2.1. */
bool api_access_cookie(const struct http_exchange *exchange, char *out, size_t cap)
{
	const char *at = http_exchange_header(exchange, "Cookie");

	while (at && *at) {
		size_t len;

		at += strspn(at, "; ");
		len = strcspn(at, ";");
		if (strncmp(at, cookie_name, sizeof(cookie_name) - 1) == 0) {
			at += sizeof(cookie_name) - 1;
			len -= sizeof(cookie_name) - 1;
			if (len == 0 || len >= cap)
				return false;
			memcpy(out, at, len);
			out[len] = '\0';
			return true;
		}
		at += len;
	}
	return false;
}

static bool is_own_origin(const struct http_exchange *exchange, const char *origin)
{
	const char *host = http_exchange_header(exchange, "Host");
	bool secure = strncasecmp(origin, "https://", 8) == 0;

	/* Whoever ends TLS before us speaks plainly to us of https pages. */
	if (!secure && (http_exchange_is_tls(exchange) || strncasecmp(origin, "http://", 7) != 0))
		return false;
	return host && strcasecmp(origin + (secure ? 8 : 7), host) == 0;
}

/* Another site's page can send our cookie, but neither this header nor our origin. */
const char *api_access_forgery(const struct http_exchange *exchange)
{
	const char *method = http_exchange_method(exchange);
	const char *mark = http_exchange_header(exchange, "X-Mianrao");
	const char *origin = http_exchange_header(exchange, "Origin");

	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		return NULL;
	if (!mark || strcmp(mark, "1") != 0)
		return "X-Mianrao: a change by a session wants this header with the value 1";
	if (!origin || !is_own_origin(exchange, origin))
		return "Origin: a change by a session comes from our own pages";
	return NULL;
}

/* ---- who, and what they may ---- */

int api_access_who(struct gateway *gateway, const struct http_exchange *exchange,
		   struct api_who *out)
{
	struct http_identity who;
	enum role role;

	*out = (struct api_who){ 0 };
	if (http_identity(gateway->live, http_exchange_header(exchange, "Authorization"), &who) < 0)
		return -EACCES;
	for (unsigned i = 0; who.client && i < who.client->may_count; i++)
		if (role_parse(who.client->may[i], &role) == 0)
			out->roles |= ROLE_BIT(role);
	snprintf(out->user, sizeof(out->user), "%s",
		 who.client ? who.client->name : who.source->name);
	snprintf(out->actor, sizeof(out->actor), "client %.39s", out->user);
	return 0;
}

/* Until roles have a table: those who look, and those who change. */
static bool may(unsigned role, const char *command, const char *op)
{
	static const char *const changes[] = { "set",  "add",  "remove",  "try",   "rollback",
					       "next", "take", "release", "decide" };
	bool change = strcmp(command, "release") == 0 || strncmp(command, "reward_re", 9) == 0 ||
		      strcmp(command, "report-intake") == 0;

	for (size_t i = 0; op && i < sizeof(changes) / sizeof(changes[0]); i++)
		change = change || strcmp(op, changes[i]) == 0;
	return !change || role == ROLE_ADMIN ||
	       role == (strcmp(command, "review") == 0 ? ROLE_REVIEWER : ROLE_OPERATOR);
}

bool api_access_may(unsigned roles, const char *command, const char *op,
		    char name[CONTROL_ACTOR_MAX])
{
	snprintf(name, CONTROL_ACTOR_MAX, "%s%s%s", command, op ? " " : "", op ? op : "");
	for (unsigned role = 0; role < ROLE_COUNT; role++)
		if ((roles & ROLE_BIT(role)) && may(role, command, op))
			return true;
	return false;
}

json_t *api_access_roles(const char *command, const char *op)
{
	json_t *list = json_array();

	for (unsigned role = 0; role < ROLE_COUNT; role++)
		if (may(role, command, op))
			json_array_append_new(list, json_string(role_name((enum role)role)));
	return list;
}

bool api_access_holds(struct gateway *gateway, const struct api_who *who)
{
	(void)gateway;
	return who->roles != 0;
}

int api_access_token(struct gateway *gateway, const char *token, struct api_who *out)
{
	(void)gateway;
	(void)token;
	*out = (struct api_who){ 0 };
	return -EACCES;
}
