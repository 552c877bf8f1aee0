/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/near_table.h"

#include <talloc.h>

enum {
	SHARD_ENTRIES = 4096,
	SHARDS_MAX = 1 << 16,
	SLOTS_MIN = 8,
	SLOTS_SWEPT_AT_ONCE = 1 << 16, /* some tenths of a millisecond */
	VICTIMS_SEEN = 8,
};

struct shard {
	struct near_entry *slots;
	uint32_t cap;
	uint32_t count;
	uint32_t swept; /* the oldest generation that it may hold */
};

struct near_table {
	near_release_cb *release;
	void *arg;
	size_t count;
	size_t slots;
	uint32_t oldest;
	uint32_t hand;	    /* where the next victim is looked for */
	size_t sweep_at;    /* shards before it are swept */
	size_t shard_count; /* a power of two */
	struct shard shards[];
};

static uint64_t mix(uint64_t key)
{
	key = (key ^ key >> 33) * UINT64_C(0xff51afd7ed558ccd);
	key = (key ^ key >> 29) * UINT64_C(0xc4ceb9fe1a85ec53);
	return key ^ key >> 32;
}

static size_t shard_index(const struct near_table *table, uint64_t key)
{
	return (size_t)(mix(key) >> 32) & (table->shard_count - 1);
}

/* The low half of the hash, scaled to the slots: any capacity will do, not only powers of two. */
static uint32_t home_slot(const struct shard *shard, uint64_t key)
{
	return (uint32_t)((mix(key) & UINT32_MAX) * shard->cap >> 32);
}

static uint32_t next_slot(const struct shard *shard, uint32_t slot)
{
	return slot + 1 == shard->cap ? 0 : slot + 1;
}

struct near_table *near_table_create(void *ctx, size_t expected, near_release_cb *release,
				     void *arg)
{
	size_t shards = 1;

	while (shards < SHARDS_MAX && shards * SHARD_ENTRIES < expected)
		shards *= 2;
	struct near_table *table =
		talloc_zero_size(ctx, sizeof(*table) + shards * sizeof(table->shards[0]));

	if (!table)
		return NULL;
	talloc_set_name_const(table, "struct near_table");
	table->release = release;
	table->arg = arg;
	table->shard_count = shards;
	table->sweep_at = shards;
	return table;
}

/* The slot of `key`, or the empty one in which its search ends. */
static struct near_entry *seek(const struct shard *shard, uint64_t key)
{
	uint32_t slot = home_slot(shard, key);

	while (shard->slots[slot].key != 0 && shard->slots[slot].key != key)
		slot = next_slot(shard, slot);
	return &shard->slots[slot];
}

static bool resize(struct near_table *table, struct shard *shard, uint32_t cap)
{
	struct shard made = *shard;

	made.slots = talloc_zero_array(table, struct near_entry, cap);
	if (!made.slots)
		return false;
	made.cap = cap;
	for (uint32_t i = 0; i < shard->cap; i++) {
		if (shard->slots[i].key != 0)
			*seek(&made, shard->slots[i].key) = shard->slots[i];
	}
	table->slots += cap;
	table->slots -= shard->cap;
	talloc_free(shard->slots);
	*shard = made;
	return true;
}

/* Closes the gap: whoever was pushed past `gap` on the way from home moves back into it. */
static void remove_slot(struct shard *shard, uint32_t gap)
{
	uint32_t cap = shard->cap;

	for (uint32_t at = next_slot(shard, gap); shard->slots[at].key != 0;
	     at = next_slot(shard, at)) {
		uint32_t from_home = (at + cap - home_slot(shard, shard->slots[at].key)) % cap;

		if (from_home >= (at + cap - gap) % cap) {
			shard->slots[gap] = shard->slots[at];
			gap = at;
		}
	}
	shard->slots[gap].key = 0;
	shard->count--;
}

/* Gives back what a shard no longer needs; without memory for the smaller one it stays large. */
static void shrink(struct near_table *table, struct shard *shard)
{
	if (shard->count == 0) {
		table->slots -= shard->cap;
		TALLOC_FREE(shard->slots);
		shard->cap = 0;
	} else if (shard->cap > SLOTS_MIN && shard->count < shard->cap / 4) {
		uint32_t cap = shard->count * 2;

		resize(table, shard, cap > SLOTS_MIN ? cap : SLOTS_MIN);
	}
}

static void sweep(struct near_table *table, struct shard *shard)
{
	if (shard->swept == table->oldest)
		return;
	shard->swept = table->oldest;
	for (uint32_t i = 0; i < shard->cap;) {
		struct near_entry *entry = &shard->slots[i];

		if (entry->key == 0 || entry->generation >= table->oldest) {
			i++;
			continue;
		}
		table->release(table->arg, entry->value);
		table->count--;
		remove_slot(shard, i); /* another entry may stand here now */
	}
	shrink(table, shard);
}

void near_table_prefetch(const struct near_table *table, uint64_t key)
{
	const struct shard *shard = &table->shards[shard_index(table, key)];

	if (shard->cap > 0)
		__builtin_prefetch(&shard->slots[home_slot(shard, key)]);
}

struct near_entry *near_table_find(struct near_table *table, uint64_t key)
{
	struct shard *shard = &table->shards[shard_index(table, key)];

	sweep(table, shard);
	if (shard->count == 0)
		return NULL;
	struct near_entry *entry = seek(shard, key);

	return entry->key == key ? entry : NULL;
}

struct near_entry *near_table_insert(struct near_table *table, uint64_t key)
{
	struct shard *shard = &table->shards[shard_index(table, key)];

	sweep(table, shard);
	if (shard->count >= shard->cap / 5 * 4) {
		uint32_t cap = shard->cap < SLOTS_MIN ? SLOTS_MIN : shard->cap + shard->cap / 2;

		if (!resize(table, shard, cap))
			return NULL;
	}
	struct near_entry *entry = seek(shard, key);

	*entry = (struct near_entry){ .key = key };
	shard->count++;
	table->count++;
	return entry;
}

void near_table_remove(struct near_table *table, struct near_entry *entry)
{
	struct shard *shard = &table->shards[shard_index(table, entry->key)];

	remove_slot(shard, (uint32_t)(entry - shard->slots));
	table->count--;
}

static struct near_entry *shard_victim(struct near_table *table, struct shard *shard,
				       uint32_t generation)
{
	struct near_entry *first = NULL;
	uint32_t slot = table->hand % shard->cap;
	unsigned seen = 0;

	for (uint32_t i = 0; i < shard->cap && seen < VICTIMS_SEEN; i++) {
		struct near_entry *entry = &shard->slots[slot];

		slot = next_slot(shard, slot);
		if (entry->key == 0)
			continue;
		if (entry->generation < generation) {
			first = entry;
			break;
		}
		if (!first)
			first = entry;
		seen++;
	}
	table->hand = (uint32_t)(first - shard->slots) + 1;
	return first;
}

struct near_entry *near_table_victim(struct near_table *table, uint64_t key, uint32_t generation)
{
	size_t from = shard_index(table, key);

	for (size_t i = 0; i < table->shard_count; i++) {
		struct shard *shard = &table->shards[(from + i) & (table->shard_count - 1)];

		sweep(table, shard);
		if (shard->count > 0)
			return shard_victim(table, shard, generation);
	}
	return NULL;
}

void near_table_expire(struct near_table *table, uint32_t oldest)
{
	table->oldest = oldest;
	table->sweep_at = 0;
	for (size_t slots = 0;
	     slots < SLOTS_SWEPT_AT_ONCE && table->sweep_at < table->shard_count;) {
		slots += table->shards[table->sweep_at].cap;
		near_table_sweep_some(table);
	}
}

bool near_table_sweep_some(struct near_table *table)
{
	if (table->sweep_at == table->shard_count)
		return false;
	sweep(table, &table->shards[table->sweep_at++]);
	return true;
}

size_t near_table_count(const struct near_table *table)
{
	return table->count;
}

size_t near_table_octets(const struct near_table *table)
{
	return sizeof(*table) + table->shard_count * sizeof(table->shards[0]) +
	       table->slots * sizeof(struct near_entry);
}
