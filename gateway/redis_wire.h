/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* redis_wire.h - the octets that Redis sends, as replies, whatever these octets are.
 *
 * Does:    hiredis' reader, with bounds: what cannot be a reply to us is refused before memory is
 *          asked for it. (hiredis' own asynchronous client trusts the server: it ends the program
 *          with an assertion when a reply comes that nobody asked for.)
 * Errors:  -EBADMSG: these are no replies, or too large ones; nothing more can be read then.
 * Threads: pure.
 */
#pragma once

#include <hiredis/hiredis.h>
#include <stddef.h>

enum {
	REDIS_WIRE_WAITING_MAX = 64 << 20, /* octets of a reply that is not whole */
	REDIS_WIRE_ELEMENTS_MAX = 1 << 20, /* of one list */
};

struct redis_wire;

struct redis_wire *redis_wire_create(void *ctx); /* NULL when out of memory */
int redis_wire_feed(struct redis_wire *wire, const void *octets, size_t len)
	__attribute__((warn_unused_result));
/* 1 with a reply, the caller's to free with freeReplyObject; 0: more octets are needed. */
int redis_wire_next(struct redis_wire *wire, redisReply **reply)
	__attribute__((warn_unused_result));
/* What was wrong, after -EBADMSG. */
const char *redis_wire_error(const struct redis_wire *wire);
