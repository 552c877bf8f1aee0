/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_identity.h - who speaks in an HTTP request, and for whom.
 *
 * Does:    the one place where what a request shows (now: a bearer token) becomes somebody. A token
 *          is a source's or a client's of the configuration, or a user's of the gateway; of the
 *          others `source` and `client` are NULL and `user` is "".
 * Owns:    what it gives points into the configuration.
 * Threads: the loop's.
 * Source:  RFC 6750 sec. 2.1.
 */
#pragma once

#include "gateway/config.h"
#include "gateway/identity.h"

struct http_identity {
	const struct config_source *source; /* whose call records it may bring, and no others */
	const struct config_http_client *client; /* who may do what its `may` says */
	struct identity_who user;
};

/* 0, or -EACCES: nobody. `authorization` is the header's value or NULL; `users` NULL: only the
 * configuration's. */
int http_identity(const struct config *config, struct identity *users, const char *authorization,
		  struct http_identity *out) __attribute__((warn_unused_result));
/* The bearer token in the header's value, or NULL. */
const char *http_identity_bearer(const char *authorization);
/* `what`: a word of http.clients[].may. */
bool http_identity_may(const struct http_identity *who, const char *what);
/* Whatever showed the token of the user: who asks, for a command. */
void http_identity_request(const struct identity_who *who, struct control_request *request);
