/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/number_set.h"

#include <errno.h>
#include <talloc.h>

#include "rules/number.h"

enum { FIRST_SIZE = 64 };

struct number_set {
	uint64_t *slots; /* 0 is empty */
	size_t size;	 /* a power of two */
	size_t count;
};

static uint64_t scatter(uint64_t key)
{
	key ^= key >> 32;
	key *= 0x9e3779b97f4a7c15u;
	return key ^ key >> 29;
}

struct number_set *number_set_create(void *ctx)
{
	struct number_set *set = talloc_zero(ctx, struct number_set);

	if (!set)
		return NULL;
	set->slots = talloc_zero_array(set, uint64_t, FIRST_SIZE);
	set->size = FIRST_SIZE;
	if (!set->slots) {
		talloc_free(set);
		return NULL;
	}
	return set;
}

/* The slot that holds the key, or the empty one where it belongs. */
static size_t slot_of(const uint64_t *slots, size_t size, uint64_t key)
{
	size_t at = scatter(key) & (size - 1);

	while (slots[at] && slots[at] != key)
		at = (at + 1) & (size - 1);
	return at;
}

static int grow(struct number_set *set)
{
	size_t size = set->size * 2;
	uint64_t *slots = talloc_zero_array(set, uint64_t, size);

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i])
			slots[slot_of(slots, size, set->slots[i])] = set->slots[i];
	talloc_free(set->slots);
	set->slots = slots;
	set->size = size;
	return 0;
}

int number_set_add(struct number_set *set, const char *number)
{
	uint64_t key = number_pack(number);
	size_t at;

	if (key == 0)
		return 0;
	if (set->count >= set->size / 4 * 3 && grow(set) < 0)
		return -ENOMEM;
	at = slot_of(set->slots, set->size, key);
	set->count += set->slots[at] == 0;
	set->slots[at] = key;
	return 0;
}

/* What was pushed on by the key that leaves is put where it belongs now. */
void number_set_remove(struct number_set *set, const char *number)
{
	uint64_t key = number_pack(number);
	size_t mask = set->size - 1;
	size_t at = slot_of(set->slots, set->size, key);

	if (key == 0 || set->slots[at] != key)
		return;
	set->slots[at] = 0;
	set->count--;
	for (at = (at + 1) & mask; set->slots[at]; at = (at + 1) & mask) {
		uint64_t moved = set->slots[at];

		set->slots[at] = 0;
		set->slots[slot_of(set->slots, set->size, moved)] = moved;
	}
}

bool number_set_has(const struct number_set *set, const char *number)
{
	uint64_t key = number_pack(number);

	return key && set->slots[slot_of(set->slots, set->size, key)] == key;
}
