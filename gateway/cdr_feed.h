/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cdr_feed.h - call records from the Redis stream into the call index.
 *
 * Stream:  <prefix>cdr. A record has the fields source, caller, called, start, duration, answered,
 *          entry (rules/call_record.h says how each is written); a watermark has source, watermark
 *          and perhaps complete_from. What cannot be read is added to <prefix>cdr:bad with an
 *          `error` field before it is acknowledged.
 * Numbers: are read by the plan of *live, which a reload replaces.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/call_filing.h"
#include "gateway/watermark.h"

struct cdr_feed;

struct cdr_feed *cdr_feed_create(void *ctx, struct event_base *base, const struct config *config,
				 const struct config *const *live, struct redis_client *redis,
				 struct call_filing *filing, struct watermarks *watermarks,
				 struct metrics *metrics);
void cdr_feed_stop(struct cdr_feed *feed);
