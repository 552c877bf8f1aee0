/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/http_identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/clock.h"
#include "gateway/feed_source.h"
#include "gateway/feed_token.h"

static const char scheme[] = "Bearer ";
enum { SCHEME_LEN = sizeof(scheme) - 1 };

/* All are looked at, so that the time tells nothing of where it stands. */
static const struct config_http_client *client_of_token(const struct config_http *http,
							const char *hash)
{
	const struct config_http_client *found = NULL;

	for (unsigned i = 0; i < http->clients_count; i++)
		if (feed_token_same(http->clients[i].token_hash, hash))
			found = &http->clients[i];
	return found;
}

const char *http_identity_bearer(const char *authorization)
{
	const char *token;

	if (!authorization || strncasecmp(authorization, scheme, SCHEME_LEN) != 0)
		return NULL;
	token = authorization + SCHEME_LEN;
	return token + strspn(token, " ");
}

int http_identity(const struct config *config, struct identity *users, const char *authorization,
		  struct http_identity *out)
{
	const char *token = http_identity_bearer(authorization);
	char hash[FEED_TOKEN_HASH_MAX];

	*out = (struct http_identity){ 0 };
	if (!token || feed_token_hash(token, strlen(token), hash) < 0)
		return -EACCES;
	out->source = feed_source_of_token(&config->feed, hash);
	out->client = client_of_token(&config->http, hash);
	if (out->source || out->client)
		return 0;
	return users ? identity_of_token(users, token, clock_now_ms(), &out->user) : -EACCES;
}

bool http_identity_may(const struct http_identity *who, const char *what)
{
	for (unsigned i = 0; who->client && i < who->client->may_count; i++)
		if (strcmp(who->client->may[i], what) == 0)
			return true;
	return false;
}

void http_identity_request(const struct identity_who *who, struct control_request *request)
{
	snprintf(request->actor, sizeof(request->actor), "user %s token %lld", who->user,
		 (long long)who->token_id);
	snprintf(request->name, sizeof(request->name), "user %s", who->user);
	memcpy(request->user, who->user, sizeof(request->user));
	request->roles = who->roles;
	request->token_id = who->token_id;
}
