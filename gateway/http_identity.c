/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/http_identity.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "gateway/feed_source.h"
#include "gateway/feed_token.h"

static const char scheme[] = "Bearer ";
enum { SCHEME_LEN = sizeof(scheme) - 1 };

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
	return out->source ? 0 : -EACCES;
}
