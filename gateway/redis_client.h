/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* redis_client.h - one connection to Redis on the loop: deadlines, reconnection, one answer each.
 *
 * Does:    connects again by itself (backoff 50 ms to 2 s); drops the connection when a command has
 *          waited longer than the deadline and no reply has come for as long.
 * Promise: the callback of an accepted command is called exactly once: with the reply, or with
 *          NULL when the connection failed before it came. A reply is an error or of a kind that
 *          the command has (redis_expect.h); after any other the connection is made again.
 * Owns:    a reply is gone when its callback returns.
 * Errors:  -ENOTCONN, -ENOMEM; the callback is not called then.
 * Threads: the loop's.
 */
#pragma once

#include <event2/event.h>
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/config.h"
#include "gateway/metrics.h"

struct redis_client;
typedef void redis_reply_cb(void *user, const redisReply *reply);
typedef void redis_state_cb(void *user, bool connected);

enum redis_kind {
	REDIS_COMMANDS, /* the configured deadline */
	REDIS_BLOCKING, /* commands may block in Redis for REDIS_BLOCK_MS; subscriptions for ever */
};
enum { REDIS_BLOCK_MS = 1000 };

struct redis_client *redis_client_create(void *ctx, struct event_base *base, const char *name,
					 enum redis_kind kind, const struct config_redis *config,
					 struct metrics *metrics);
/* Told after each connect and disconnect. Set it before the loop runs. */
void redis_client_on_state(struct redis_client *client, redis_state_cb *cb, void *user);
bool redis_client_connected(const struct redis_client *client);

/* cb may be NULL. len may be NULL: strlen. */
int redis_command(struct redis_client *client, redis_reply_cb *cb, void *user, int argc,
		  const char *const *argv, const size_t *len);
/* The same, formatted as hiredis does (%s, %b, %lld). */
int redis_commandf(struct redis_client *client, redis_reply_cb *cb, void *user, const char *format,
		   ...);
/* For SUBSCRIBE: cb is called for every message, and with NULL at the end. */
int redis_subscribe(struct redis_client *client, redis_reply_cb *cb, void *user,
		    const char *channel);

/* Drops the connection at the next turn; it is made again. */
void redis_client_reset(struct redis_client *client, const char *why);

/* True for a reply that is neither NULL nor an error. */
bool redis_reply_ok(const redisReply *reply);
/* The reply's error text, or "no connection". */
const char *redis_reply_error(const redisReply *reply);
