/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_index.h - the call records in Redis: who called whom, and how a number calls.
 *
 * Keys:    <prefix>calls:{bucket}:YYYYMMDD  hash, field 00-99, packed records (rules/call_record.h)
 *          of calls to that number; field o00-o99, of calls by it to numbers that are no
 *          subscriber's (codes, abroad), with these in the caller's place
 *          <prefix>caller:{number}:YYYYMMDD HyperLogLog of the people called that day
 *          <prefix>caller:{number}:YYYYMMDD:n hash: a attempts, n answered, s seconds
 *          all of them expire after the retention.
 * Does:    adds a record (a repeated one changes nothing) and gathers the evidence of a report.
 * Errors:  -ENOTCONN, -ENOMEM: the callback is not called then.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/redis_client.h"
#include "rules/verdict.h"

struct call_index;

struct call_index *call_index_create(void *ctx, struct redis_client *redis, const char *prefix,
				     uint32_t retention_days);
/* Makes the scripts known to a Redis that was just connected to. */
void call_index_connected(struct call_index *index);

/* rc: 1 a new call, 0 known already or of no subscriber of ours, -EIO Redis failed. */
typedef void call_index_added_cb(void *user, int rc);
int call_index_add(struct call_index *index, const struct call_record *record,
		   call_index_added_cb *cb, void *user) __attribute__((warn_unused_result));

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
