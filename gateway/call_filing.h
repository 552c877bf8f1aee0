/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_filing.h - call records put into the call index in Redis.
 *
 * Does:    files a record with the number that was called, and counts it for the number that
 *          called. A record that is there already changes nothing, a fuller one of the same call
 *          takes the place of the poorer one. Some records are one command, which Redis does as a
 *          whole; where the keys of a command must be of one slot (a cluster, a proxy before
 *          several), a record is two.
 * Promise: the callback of a record that was taken is called exactly once, perhaps before the call
 *          that took or sent it returns.
 * Errors:  -ENOTCONN, -ENOMEM: the callback is not called then.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/redis_client.h"
#include "rules/call_record.h"

struct call_filing;

struct call_filing *call_filing_create(void *ctx, struct redis_client *redis, const char *prefix,
				       uint32_t retention_days);
/* Makes the scripts known to a Redis that was just connected to. */
void call_filing_connected(struct call_filing *filing);

/* rc: 1 a new call, 0 known already or of no subscriber of ours, -EIO Redis failed: some of it may
 * have been done, and doing it again does no harm. */
typedef void call_filed_cb(void *user, int rc);
int call_filing_add(struct call_filing *filing, const struct call_record *record, call_filed_cb *cb,
		    void *user) __attribute__((warn_unused_result));
/* Sends what waits for more to come with it. Whoever adds does this in the same turn. */
void call_filing_send(struct call_filing *filing);
