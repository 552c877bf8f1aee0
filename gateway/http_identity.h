/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_identity.h - who speaks in an HTTP request, and for whom.
 *
 * Does:    the one place where what a request shows (now: a bearer token) becomes somebody.
 *          A token is either a source's or a client's; the other is NULL.
 * Owns:    what it gives points into the configuration.
 * Threads: the loop's.
 * Source:  RFC 6750 sec. 2.1.
 */
#pragma once

#include "gateway/config.h"

struct http_identity {
	const struct config_source *source; /* whose call records it may bring, and no others */
	const struct config_http_client *client; /* who may do what its `may` says */
};

/* 0, or -EACCES: nobody. `authorization` is the header's value or NULL. */
int http_identity(const struct config *config, const char *authorization, struct http_identity *out)
	__attribute__((warn_unused_result));
/* `what`: a word of http.clients[].may. */
bool http_identity_may(const struct http_identity *who, const char *what);
