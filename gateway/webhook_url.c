/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/webhook_url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/http.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { PORT_HTTP = 80, PORT_HTTPS = 443, PORT_MAX = 65535 };

static bool take_host(const char *host, struct webhook_url *out)
{
	size_t len = host ? strlen(host) : 0;
	uint8_t octets[16];

	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	if (len == 0 || len >= sizeof(out->host))
		return false;
	memcpy(out->host, host, len);
	out->host[len] = '\0';
	out->v6 = inet_pton(AF_INET6, out->host, octets) == 1;
	return out->v6 || inet_pton(AF_INET, out->host, octets) == 1;
}

static const char *take(const struct evhttp_uri *uri, struct webhook_url *out)
{
	const char *scheme = evhttp_uri_get_scheme(uri);
	const char *path = evhttp_uri_get_path(uri);
	const char *query = evhttp_uri_get_query(uri);
	int port = evhttp_uri_get_port(uri);

	out->https = scheme && strcasecmp(scheme, "https") == 0;
	if (!scheme || (!out->https && strcasecmp(scheme, "http") != 0))
		return "is neither http nor https";
	if (evhttp_uri_get_userinfo(uri) || evhttp_uri_get_fragment(uri))
		return "has a user or a fragment, which are not sent";
	if (!take_host(evhttp_uri_get_host(uri), out))
		return "has no numeric address as its host";
	if (port == 0 || port > PORT_MAX)
		return "has no port from 1 to 65535";
	out->port = (uint16_t)(port > 0 ? port : out->https ? PORT_HTTPS : PORT_HTTP);
	if (snprintf(out->target, sizeof(out->target), "%s%s%s", path && *path ? path : "/",
		     query ? "?" : "", query ? query : "") >= (int)sizeof(out->target))
		return "is too long";
	return NULL;
}

int webhook_url_parse(const char *text, struct webhook_url *out, const char **why)
{
	struct evhttp_uri *uri = evhttp_uri_parse(text);

	memset(out, 0, sizeof(*out));
	*why = uri ? take(uri, out) : "is no URL";
	if (uri)
		evhttp_uri_free(uri);
	return *why ? -EINVAL : 0;
}
