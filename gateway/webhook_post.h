/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* webhook_post.h - one HTTP request after the other to one place, each on a connection of its own.
 *
 * Does:    posts a JSON body, signed, over HTTP/1.1, with TLS 1.2 or 1.3 where the URL says https
 *          (the certificate has to be vouched for and to bear the name). Redirections are not
 *          followed.
 * Promise: the callback is called exactly once for each post, at the latest when its time is up,
 *          however slowly octets come; not after the struct webhook_client was freed.
 * Bounds:  8 KiB of headers, 64 KiB of body in an answer; more of it is no answer.
 * Owns:    talloc'ed below ctx.
 * Threads: the loop's. Making a client reads the file of authorities.
 */
#pragma once

#include <event2/event.h>

#include "gateway/config.h"

struct webhook_client;

struct webhook_reply {
	int status;	   /* 0: no answer, `fault` says why */
	const char *fault; /* static text */
	const char *body;  /* NUL-terminated copy, may hold NULs besides; gone after the callback */
	size_t len;
	int64_t retry_after_s; /* what the answer asks for; -1: nothing */
};

typedef void webhook_reply_cb(void *user, const struct webhook_reply *reply);

/* NULL with a log line. */
struct webhook_client *webhook_client_create(void *ctx, struct event_base *base,
					     const struct config_webhook *config);
/* 0, or negative errno (-ENOMEM, -ECONNREFUSED), and the callback is not called. `key` is sent as
 * Idempotency-Key. */
int webhook_client_post(struct webhook_client *client, const char *secret, const char *key,
			const char *body, webhook_reply_cb *cb, void *user)
	__attribute__((warn_unused_result));
