/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_manner.h - how a number calls others.
 *
 * Does:    asks Redis once for all who want to know the same of one number at the same moment: the
 *          reports of a number that calls many people come together.
 * Owns:    a wish is its caller's, and stays in place until its `done`.
 * Threads: the loop's.
 */
#pragma once

#include <osmocom/core/linuxlist.h>

#include "gateway/redis_client.h"
#include "rules/verdict.h"

struct manner_question {
	struct number caller;
	uint32_t days; /* of +08:00, up to that of to_ms; 90 at most */
	int64_t to_ms;
};

struct manner_wish {
	struct llist_head list;
	struct evidence *evidence; /* distinct_called, attempts, answered, seconds are filled in */
	void (*done)(struct manner_wish *wish, bool ok); /* false: some of it is not known */
};

struct call_manners;

struct call_manners *call_manners_create(void *ctx, struct redis_client *redis, const char *prefix);
/* `done` may be called before this returns. */
void call_manner_ask(struct call_manners *manners, const struct manner_question *question,
		     struct manner_wish *wish);
