/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* near_table.h - the near cache's table: a 64-bit key to a 32-bit value, in generations.
 *
 * Does:    open addressing in shards of a few thousand entries, so that no operation ever moves
 *          more than one shard. A generation that is over is swept shard by shard: the shard that
 *          an operation touches first of all, so an outdated entry is never seen.
 * Owns:    its entries; a pointer to one holds until the next call that is not near_table_peek.
 *          Values are handed to `release` when the table sweeps their entry away.
 * Bounds:  16 octets an entry, and at most half as much again and a quarter of slack.
 * Threads: one. No clock, no I/O.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct near_entry {
	uint64_t key; /* 0: an empty slot */
	uint32_t value;
	uint32_t generation;
};

struct near_table;

typedef void near_release_cb(void *arg, uint32_t value);

/* Sized for about `expected` entries; holds more. NULL when out of memory. */
struct near_table *near_table_create(void *ctx, size_t expected, near_release_cb *release,
				     void *arg);
/* Has memory brought where `key` will be looked for. Changes nothing. */
void near_table_prefetch(const struct near_table *table, uint64_t key);
struct near_entry *near_table_find(struct near_table *table, uint64_t key);
/* `key` is not in the table. The caller fills value and generation. NULL when out of memory. */
struct near_entry *near_table_insert(struct near_table *table, uint64_t key);
void near_table_remove(struct near_table *table, struct near_entry *entry);

/* An entry to drop for `key`, if possible one of a generation before `generation`, or NULL in an
 * empty table. Successive calls go round. */
struct near_entry *near_table_victim(struct near_table *table, uint64_t key, uint32_t generation);

/* Entries of generations before `oldest` are gone from now on. */
void near_table_expire(struct near_table *table, uint32_t oldest);
/* Sweeps one more shard; false when nothing is left to sweep. */
bool near_table_sweep_some(struct near_table *table);

size_t near_table_count(const struct near_table *table);
size_t near_table_octets(const struct near_table *table);
