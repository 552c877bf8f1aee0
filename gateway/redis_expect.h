/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* redis_expect.h - which kind of reply a command has, so that one of another kind is known for what
 * it is: an answer to something else, or no Redis.
 *
 * Does:    a table of the commands that we send. An error is always a reply.
 * Source:  the Redis command reference, RESP2.
 * Threads: pure.
 */
#pragma once

#include <hiredis/hiredis.h>
#include <stdbool.h>

struct redis_expect;

/* By the first word of a command. NULL: not in the table, whatever comes will do. */
const struct redis_expect *redis_expect_find(const char *command);
const char *redis_expect_name(const struct redis_expect *expect);
bool redis_expect_fits(const struct redis_expect *expect, const redisReply *reply);
