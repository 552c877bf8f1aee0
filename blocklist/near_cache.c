/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/near_cache.h"

#include <errno.h>
#include <talloc.h>

#include "blocklist/near_sets.h"
#include "blocklist/near_table.h"

/* Values of entries that name no set. */
enum {
	KNOWN_EMPTY = NEAR_SETS_MAX, /* has no rules */
	STALE,			     /* not known until the next put */
};

struct near_cache {
	struct near_table *table;
	struct near_sets *sets;
	size_t max_entries;
	uint32_t generation; /* of what is put now */
	bool rebuilding;
	bool lost; /* something of this generation could not be kept */
	bool complete;
	uint64_t hits;
	uint64_t misses;
	uint64_t dropped;
};

static void release_value(void *arg, uint32_t value)
{
	struct near_cache *cache = arg;

	if (value < NEAR_SETS_MAX)
		near_sets_release(cache->sets, value);
}

struct near_cache *near_cache_create(void *ctx, size_t max_entries)
{
	struct near_cache *cache = talloc_zero(ctx, struct near_cache);

	if (!cache)
		return NULL;
	cache->max_entries = max_entries > 0 ? max_entries : 1;
	cache->sets = near_sets_create(cache);
	cache->table = near_table_create(cache, max_entries, release_value, cache);
	if (!cache->sets || !cache->table) {
		talloc_free(cache);
		return NULL;
	}
	return cache;
}

void near_cache_prefetch(const struct near_cache *cache, const char *subscriber)
{
	near_table_prefetch(cache->table, number_pack(subscriber));
}

static enum near_cache_answer look_up(struct near_cache *cache, const char *subscriber,
				      const struct block_set **set)
{
	uint64_t key = number_pack(subscriber);
	const struct near_entry *entry = key ? near_table_find(cache->table, key) : NULL;

	if (!entry)
		return key && cache->complete ? NEAR_CACHE_NO_RULES : NEAR_CACHE_NOT_KNOWN;
	if (entry->value == STALE)
		return NEAR_CACHE_NOT_KNOWN;
	if (entry->value == KNOWN_EMPTY)
		return NEAR_CACHE_NO_RULES;
	*set = near_sets_get(cache->sets, entry->value);
	return NEAR_CACHE_RULES;
}

enum near_cache_answer near_cache_find(struct near_cache *cache, const char *subscriber,
				       const struct block_set **set)
{
	*set = NULL;
	enum near_cache_answer answer = look_up(cache, subscriber, set);

	if (answer == NEAR_CACHE_NOT_KNOWN)
		cache->misses++;
	else
		cache->hits++;
	return answer;
}

/* Absent subscribers are not known from now on, nor when a rebuild ends that is under way. */
static void lose(struct near_cache *cache)
{
	cache->complete = false;
	cache->lost = true;
}

static void drop_one(struct near_cache *cache, uint64_t key)
{
	struct near_entry *victim = near_table_victim(cache->table, key, cache->generation);

	/* An entry from before the rebuild is either put again or was to go anyway. */
	cache->complete = false;
	if (victim->generation == cache->generation)
		cache->lost = true;
	release_value(cache, victim->value);
	near_table_remove(cache->table, victim);
	cache->dropped++;
}

static bool is_full(struct near_cache *cache)
{
	while (near_table_count(cache->table) >= cache->max_entries) {
		if (!near_table_sweep_some(cache->table))
			return true;
	}
	return false;
}

static void set_entry(struct near_cache *cache, struct near_entry *entry, uint32_t value)
{
	entry->value = value;
	entry->generation = cache->generation;
}

static void remove_entry(struct near_cache *cache, struct near_entry *entry)
{
	release_value(cache, entry->value);
	near_table_remove(cache->table, entry);
}

/* Takes over the hold of `value`, also on failure. */
static int store(struct near_cache *cache, uint64_t key, uint32_t value)
{
	struct near_entry *entry = near_table_find(cache->table, key);

	if (value == KNOWN_EMPTY && cache->complete && !cache->rebuilding) {
		if (entry)
			remove_entry(cache, entry);
		return 0;
	}
	if (entry) {
		release_value(cache, entry->value);
		set_entry(cache, entry, value);
		return 0;
	}
	if (is_full(cache))
		drop_one(cache, key);
	entry = near_table_insert(cache->table, key);
	if (!entry) {
		release_value(cache, value);
		lose(cache);
		return -ENOMEM;
	}
	set_entry(cache, entry, value);
	return 0;
}

/* While absence would be read as "no rules", now or after the rebuild, a mark is kept. */
static void forget(struct near_cache *cache, uint64_t key)
{
	struct near_entry *entry = near_table_find(cache->table, key);
	bool marked = cache->complete || cache->rebuilding;

	if (entry && marked) {
		release_value(cache, entry->value);
		set_entry(cache, entry, STALE);
		return;
	}
	if (entry) {
		remove_entry(cache, entry);
		return;
	}
	if (!marked)
		return;
	entry = is_full(cache) ? NULL : near_table_insert(cache->table, key);
	if (entry)
		set_entry(cache, entry, STALE);
	else
		lose(cache);
}

/* There are rules, but they cannot be read or held: what was known stays, if anything was. */
static void keep(struct near_cache *cache, uint64_t key)
{
	struct near_entry *entry = near_table_find(cache->table, key);

	if (entry)
		entry->generation = cache->generation;
	else
		forget(cache, key);
}

/* What near_sets_hold or its like gave for the subscriber's text. */
static int put(struct near_cache *cache, uint64_t key, int rc, uint32_t value)
{
	if (rc != 0) {
		keep(cache, key);
		return rc == -E2BIG ? -EBADMSG : rc;
	}
	if (block_set_count(near_sets_get(cache->sets, value)) == 0) {
		near_sets_release(cache->sets, value);
		value = KNOWN_EMPTY;
	}
	return store(cache, key, value);
}

int near_cache_put(struct near_cache *cache, const struct numbering *plan, const char *subscriber,
		   const char *text, size_t len)
{
	uint64_t key = number_pack(subscriber);
	uint32_t value = 0;

	near_table_sweep_some(cache->table);
	if (!key)
		return -EINVAL;
	int rc = near_sets_hold(cache->sets, plan, text, len, &value);

	return put(cache, key, rc, value);
}

int near_cache_rebuild_put(struct near_cache *cache, const struct numbering *plan,
			   const char *subscriber, const char *text, size_t len)
{
	uint64_t key = number_pack(subscriber);
	uint32_t value = 0;

	near_table_sweep_some(cache->table);
	if (!key)
		return -EINVAL;
	const struct near_entry *entry = near_table_find(cache->table, key);

	if (!cache->rebuilding || (entry && entry->generation == cache->generation))
		return 0;
	/* With marks lost, an absent subscriber may be one who changed meanwhile. */
	if (!entry && cache->lost)
		return 0;
	int rc = near_sets_hold_noted(cache->sets, plan, text, len, &value);

	return put(cache, key, rc, value);
}

void near_cache_invalidate(struct near_cache *cache, const char *subscriber)
{
	uint64_t key = number_pack(subscriber);

	near_table_sweep_some(cache->table);
	if (key)
		forget(cache, key);
}

void near_cache_rebuild_begin(struct near_cache *cache)
{
	cache->generation++;
	cache->rebuilding = true;
	cache->lost = false;
	near_sets_forget_texts(cache->sets);
}

void near_cache_rebuild_end(struct near_cache *cache)
{
	if (!cache->rebuilding)
		return;
	cache->rebuilding = false;
	cache->complete = !cache->lost;
	near_table_expire(cache->table, cache->generation);
}

void near_cache_set_incomplete(struct near_cache *cache)
{
	cache->complete = false;
	cache->rebuilding = false;
}

struct near_cache_stats near_cache_stats(const struct near_cache *cache)
{
	return (struct near_cache_stats){
		.entries = near_table_count(cache->table),
		.sets = near_sets_count(cache->sets),
		.octets = sizeof(*cache) + near_table_octets(cache->table) +
			  near_sets_octets(cache->sets),
		.hits = cache->hits,
		.misses = cache->misses,
		.dropped = cache->dropped,
		.complete = cache->complete,
	};
}
