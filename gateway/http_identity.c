/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/http_identity.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

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

int http_identity(const struct config *config, const char *authorization, struct http_identity *out)
{
	char hash[FEED_TOKEN_HASH_MAX];
	const char *token;

	if (!authorization || strncasecmp(authorization, scheme, SCHEME_LEN) != 0)
		return -EACCES;
	token = authorization + SCHEME_LEN;
	token += strspn(token, " ");
	if (feed_token_hash(token, strlen(token), hash) < 0)
		return -EACCES;
	out->source = feed_source_of_token(&config->feed, hash);
	out->client = client_of_token(&config->http, hash);
	return out->source || out->client ? 0 : -EACCES;
}

bool http_identity_may(const struct http_identity *who, const char *what)
{
	for (unsigned i = 0; who->client && i < who->client->may_count; i++)
		if (strcmp(who->client->may[i], what) == 0)
			return true;
	return false;
}
