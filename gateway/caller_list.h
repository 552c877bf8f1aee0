/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* caller_list.h - the callers whom a report without a number may mean, looked up in Redis.
 *
 * Does:    gathers the callers of the subscriber's last days from the calls to this subscriber and
 *          to nobody else; leaves out official numbers, service codes, protected numbers and
 *          partners, and whom the subscriber called as well. When the report tells a time and
 *          somebody called then, only those are listed.
 *          Of numbers that the report names itself, those that called are listed, acquaintances or
 *          not.
 * Returns: through the callback, once; `list` is NULL when anything could not be asked: half a look
 *          may hide that a caller is an acquaintance.
 * Errors:  -ENOTCONN, -ENOMEM: the callback is not called then.
 * Owns:    the look-up hangs below ctx.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "rules/call_list.h"

struct caller_query {
	struct number subscriber;
	int64_t received_ms;
	uint32_t days; /* before receipt */
	size_t max;
	struct call_list only; /* the numbers that the report names; none: all callers are listed */
	bool has_call_time;
	int64_t call_from_ms;
	int64_t call_to_ms;
};

typedef void caller_list_cb(void *user, const struct call_list *list);
int caller_list_ask(void *ctx, struct gateway *gateway, const struct caller_query *query,
		    caller_list_cb *cb, void *user) __attribute__((warn_unused_result));
