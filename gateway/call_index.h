/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_index.h - looks into the call records in Redis: who called whom, and how a number calls.
 *
 * Does:    gathers the evidence of a report (call_key.h names the keys, call_filing.h fills them).
 * Errors:  -ENOTCONN, -ENOMEM: the callback is not called then.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/redis_client.h"
#include "rules/verdict.h"

struct call_index;

struct call_index *call_index_create(void *ctx, struct redis_client *redis, const char *prefix);

/* How numbers call others: asked for by others, too. */
struct call_manners *call_index_manners(struct call_index *index);

struct call_query {
	struct number subscriber;
	struct number caller;
	int64_t from_ms; /* half-open window */
	int64_t to_ms;
	uint32_t fanout_days; /* up to the day of the call; without one, that of fanout_to_ms */
	int64_t fanout_to_ms;
	uint32_t acquaintance_days; /* before the call that was found, else before to_ms */
	bool whole;		    /* all of the evidence, even when there is no call */
};

/* `evidence` holds what the index knows: call, record, calls_in_window, distinct_called, attempts,
 * answered, seconds, calls_back, near. call is EVIDENCE_CALL_UNKNOWN when any look-up failed, and
 * EVIDENCE_CALL_NONE when the index has no such call, whether or not the feed is complete. How the
 * number calls others and whether it was called back is gathered for a call that was found, or when
 * `whole` is set; else distinct_called, attempts, answered, seconds and calls_back stay empty. */
typedef void call_index_found_cb(void *user, const struct evidence *evidence);
int call_index_find(struct call_index *index, const struct call_query *query,
		    call_index_found_cb *cb, void *user) __attribute__((warn_unused_result));
