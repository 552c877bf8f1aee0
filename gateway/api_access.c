/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "gateway/ability.h"
#include "gateway/api_priv.h"
#include "gateway/clock.h"
#include "gateway/http_identity.h"

static const char cookie_name[] = "mianrao_session=";

/* RFC 6265 sec. 4.2.1. */
static bool cookie_of(const struct http_exchange *exchange, char *out, size_t cap)
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

static void take_user(const struct identity_who *user, bool by_cookie, struct api_who *out)
{
	out->user = *user;
	out->by_cookie = by_cookie;
}

/* A header that says who asks is believed or not; the cookie is not looked at then. */
int api_access_who(struct gateway *gateway, const struct http_exchange *exchange,
		   struct api_who *out)
{
	const char *authorization = http_exchange_header(exchange, "Authorization");
	char token[FEED_TOKEN_MAX];
	struct http_identity who;
	struct identity_who user;

	*out = (struct api_who){ 0 };
	if (authorization) {
		if (http_identity(gateway->live, gateway->identity, authorization, &who) < 0)
			return -EACCES;
		take_user(&who.user, false, out);
		return 0;
	}
	if (!cookie_of(exchange, token, sizeof(token)) ||
	    identity_of_token(gateway->identity, token, clock_now_ms(), &user) < 0 ||
	    user.kind != TOKEN_SESSION)
		return -EACCES;
	take_user(&user, true, out);
	return 0;
}

int api_access_token(struct gateway *gateway, const char *token, struct api_who *out)
{
	struct identity_who user;

	*out = (struct api_who){ 0 };
	if (!token || identity_of_token(gateway->identity, token, clock_now_ms(), &user) < 0)
		return -EACCES;
	take_user(&user, false, out);
	return 0;
}

bool api_access_holds(struct gateway *gateway, const struct api_who *who)
{
	struct identity_who now;

	return identity_token_holds(gateway->identity, who->user.token_id, clock_now_ms(), &now) &&
	       now.roles == who->user.roles;
}

/* What nobody made is nobody's. */
bool api_access_may(unsigned roles, const char *command, const char *op)
{
	const struct ability *ability = ability_find(command, op);

	return ability && ability_may(roles, ability);
}

json_t *api_access_roles(const char *command, const char *op)
{
	const struct ability *ability = ability_find(command, op);
	json_t *list = json_array();

	for (unsigned role = 0; ability && role < ROLE_COUNT; role++)
		if (ability_may(ROLE_BIT(role), ability))
			json_array_append_new(list, json_string(role_name((enum role)role)));
	return list;
}
