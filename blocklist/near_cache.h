/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* near_cache.h - the rules of many subscribers in memory, so that no decision waits for Redis.
 *
 * Does:    maps a subscriber to a compiled set. Equal rule texts share one set, which is freed with
 *          its last user. While the cache is complete, an absent subscriber has no rules; otherwise
 *          the answer is "not known". A new cache is empty and not complete.
 * Owns:    the sets; a set returned by near_cache_find is borrowed until the next change.
 * Bounds:  at most `max_entries`, marks for stale and for known empty subscribers included; past
 *          that the cache is no longer complete and an older entry is dropped. Sixteen octets an
 *          entry and the table's slack (a quarter to a half); nothing is allocated in advance.
 * Errors:  -ENOMEM, -EBADMSG (text does not compile, or has too many rules), -EINVAL (subscriber is
 *          no number of up to 15 digits; such a one is never known). After a failed put the earlier
 *          entry stays, and a subscriber without one is not known, never "no rules".
 * Speed:   every operation is O(1) amortised and touches at most one shard of some 4096 entries.
 * Threads: one. No clock, no I/O.
 */
#pragma once

#include "blocklist/block_set.h"

enum near_cache_answer { NEAR_CACHE_RULES, NEAR_CACHE_NO_RULES, NEAR_CACHE_NOT_KNOWN };

struct near_cache_stats {
	size_t entries;
	size_t sets;
	size_t octets;
	uint64_t hits;
	uint64_t misses;
	uint64_t dropped;
	bool complete;
};

struct near_cache;

struct near_cache *near_cache_create(void *ctx, size_t max_entries);
/* The subscriber will be asked for in a moment: with millions of them, where they stand is far away
 * in memory, and comes while the caller does something else. */
void near_cache_prefetch(const struct near_cache *cache, const char *subscriber);
enum near_cache_answer near_cache_find(struct near_cache *cache, const char *subscriber,
				       const struct block_set **set);
/* text "" removes the subscriber's rules. */
int near_cache_put(struct near_cache *cache, const struct numbering *plan, const char *subscriber,
		   const char *text, size_t len) __attribute__((warn_unused_result));
/* What is held of the subscriber may be stale: not known until the next put. That also holds for a
 * subscriber who is absent, and through the end of a rebuild that is under way. */
void near_cache_invalidate(struct near_cache *cache, const char *subscriber);

/* A rebuild: begin, put everything, end. Entries that were not put again are gone after end;
 * between the two the old entries answer. The cache is complete after end, unless something of this
 * rebuild could not be kept (full, out of memory).
 *
 * near_cache_put is for what was read just now and always counts. near_cache_rebuild_put is for the
 * rebuild's own scan, whose pages may be older than a change that came in between: it yields to
 * every put and invalidation since begin, also where the cache was too full to keep them, and does
 * nothing outside a rebuild. So an invalidated subscriber whom only the scan puts stays not known
 * until read afresh.
 *
 * All puts of a rebuild are given one and the same plan.
 *
 * A second begin starts over. An end without begin does nothing. A large cache frees what has gone
 * little by little after end; until then it still counts in the statistics. */
void near_cache_rebuild_begin(struct near_cache *cache);
int near_cache_rebuild_put(struct near_cache *cache, const struct numbering *plan,
			   const char *subscriber, const char *text, size_t len)
	__attribute__((warn_unused_result));
void near_cache_rebuild_end(struct near_cache *cache);
/* Everything held stays, but absent subscribers are not known from now on. A rebuild that is under
 * way is given up, because it may have missed changes: begin again. */
void near_cache_set_incomplete(struct near_cache *cache);
struct near_cache_stats near_cache_stats(const struct near_cache *cache);
