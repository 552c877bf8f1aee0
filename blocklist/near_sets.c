/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/near_sets.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

enum { CHUNK = 1024, TALLOC_OVERHEAD = 96, NOTES = 256, NOTE_TEXT_MAX = 116 };

static const uint32_t NOBODY = UINT32_MAX;

struct slot {
	struct block_set *set; /* NULL: free */
	uint32_t hash;
	uint32_t users;
	uint32_t next; /* of the bucket, or of the free slots */
};

/* Which set a text gave. Valid while `era` is that of the sets. */
struct note {
	uint32_t era;
	uint32_t id;
	uint32_t len;
	char text[NOTE_TEXT_MAX];
};

/* Slots and buckets live in chunks that never move. */
struct near_sets {
	struct slot **slots;
	uint32_t **buckets;
	size_t slot_chunks;
	size_t bucket_chunks;
	uint32_t slot_count; /* used or free */
	uint32_t bucket_count;
	uint32_t mask; /* of the larger half of the buckets' hashes */
	uint32_t free_slot;
	size_t count;
	size_t set_octets;
	uint32_t era; /* ends when a set goes, or the plan may be another */
	struct note notes[NOTES];
};

static struct slot *slot_at(const struct near_sets *sets, uint32_t id)
{
	return &sets->slots[id / CHUNK][id % CHUNK];
}

static uint32_t *bucket_at(const struct near_sets *sets, uint32_t bucket)
{
	return &sets->buckets[bucket / CHUNK][bucket % CHUNK];
}

/* Buckets that were not split yet hold what will go to their upper twin, too. */
static uint32_t *bucket_of(const struct near_sets *sets, uint32_t hash)
{
	uint32_t bucket = hash & sets->mask;

	return bucket_at(sets, bucket < sets->bucket_count ? bucket : hash & sets->mask >> 1);
}

/* Makes room for one more slot and one more bucket. */
static bool reserve(struct near_sets *sets)
{
	if (sets->slot_count == sets->slot_chunks * CHUNK) {
		struct slot **slots =
			talloc_realloc(sets, sets->slots, struct slot *, sets->slot_chunks + 1);
		if (!slots)
			return false;
		sets->slots = slots;
		slots[sets->slot_chunks] = talloc_array(sets, struct slot, CHUNK);
		if (!slots[sets->slot_chunks])
			return false;
		sets->slot_chunks++;
	}
	if (sets->bucket_count == sets->bucket_chunks * CHUNK) {
		uint32_t **buckets =
			talloc_realloc(sets, sets->buckets, uint32_t *, sets->bucket_chunks + 1);
		if (!buckets)
			return false;
		sets->buckets = buckets;
		buckets[sets->bucket_chunks] = talloc_array(sets, uint32_t, CHUNK);
		if (!buckets[sets->bucket_chunks])
			return false;
		sets->bucket_chunks++;
	}
	return true;
}

/* Adds a bucket and moves there what belongs there from its lower twin. */
static void split_bucket(struct near_sets *sets)
{
	uint32_t upper = sets->bucket_count++;

	if (upper > sets->mask)
		sets->mask = sets->mask * 2 + 1;
	uint32_t id = *bucket_at(sets, upper & sets->mask >> 1);

	*bucket_at(sets, upper) = NOBODY;
	*bucket_at(sets, upper & sets->mask >> 1) = NOBODY;
	while (id != NOBODY) {
		struct slot *slot = slot_at(sets, id);
		uint32_t next = slot->next;
		uint32_t *bucket = bucket_of(sets, slot->hash);

		slot->next = *bucket;
		*bucket = id;
		id = next;
	}
}

struct near_sets *near_sets_create(void *ctx)
{
	struct near_sets *sets = talloc_zero(ctx, struct near_sets);

	if (!sets)
		return NULL;
	sets->free_slot = NOBODY;
	sets->era = 1;
	if (!reserve(sets)) {
		talloc_free(sets);
		return NULL;
	}
	sets->bucket_count = 1;
	*bucket_at(sets, 0) = NOBODY;
	return sets;
}

static uint32_t find(const struct near_sets *sets, const struct block_set *set, uint32_t hash)
{
	uint32_t id = *bucket_of(sets, hash);

	while (id != NOBODY &&
	       (slot_at(sets, id)->hash != hash || !block_set_equal(slot_at(sets, id)->set, set)))
		id = slot_at(sets, id)->next;
	return id;
}

/* Room is reserved. */
static uint32_t add(struct near_sets *sets, struct block_set *set, uint32_t hash)
{
	uint32_t id = sets->free_slot;

	if (id == NOBODY)
		id = sets->slot_count++;
	else
		sets->free_slot = slot_at(sets, id)->next;
	if (sets->count >= sets->bucket_count)
		split_bucket(sets);
	uint32_t *bucket = bucket_of(sets, hash);

	*slot_at(sets, id) = (struct slot){ .set = set, .hash = hash, .next = *bucket };
	*bucket = id;
	sets->count++;
	sets->set_octets += talloc_get_size(set) + TALLOC_OVERHEAD;
	return id;
}

int near_sets_hold(struct near_sets *sets, const struct numbering *plan, const char *text,
		   size_t len, uint32_t *id)
{
	struct block_set *set;
	int rc = block_set_compile(sets, plan, text, len, &set, NULL, NULL);

	if (rc != 0)
		return rc;
	uint32_t hash = block_set_hash(set);
	uint32_t known = find(sets, set, hash);

	if (known != NOBODY) {
		talloc_free(set);
	} else if (sets->slot_count < NEAR_SETS_MAX && reserve(sets)) {
		known = add(sets, set, hash);
	} else {
		talloc_free(set);
		return -ENOMEM;
	}
	slot_at(sets, known)->users++;
	*id = known;
	return 0;
}

static struct note *note_of(struct near_sets *sets, const char *text, size_t len)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)text[i]) * 16777619u;
	return &sets->notes[(hash ^ hash >> 16) % NOTES];
}

int near_sets_hold_noted(struct near_sets *sets, const struct numbering *plan, const char *text,
			 size_t len, uint32_t *id)
{
	if (len > NOTE_TEXT_MAX)
		return near_sets_hold(sets, plan, text, len, id);
	struct note *note = note_of(sets, text, len);

	if (note->era == sets->era && note->len == len && memcmp(note->text, text, len) == 0) {
		slot_at(sets, note->id)->users++;
		*id = note->id;
		return 0;
	}
	int rc = near_sets_hold(sets, plan, text, len, id);

	if (rc != 0)
		return rc;
	*note = (struct note){ .era = sets->era, .id = *id, .len = (uint32_t)len };
	memcpy(note->text, text, len);
	return 0;
}

void near_sets_forget_texts(struct near_sets *sets)
{
	sets->era++;
}

void near_sets_release(struct near_sets *sets, uint32_t id)
{
	struct slot *slot = slot_at(sets, id);

	if (--slot->users > 0)
		return;
	uint32_t *link = bucket_of(sets, slot->hash);

	while (*link != id)
		link = &slot_at(sets, *link)->next;
	*link = slot->next;
	sets->set_octets -= talloc_get_size(slot->set) + TALLOC_OVERHEAD;
	talloc_free(slot->set);
	near_sets_forget_texts(sets);
	slot->set = NULL;
	slot->next = sets->free_slot;
	sets->free_slot = id;
	sets->count--;
}

const struct block_set *near_sets_get(const struct near_sets *sets, uint32_t id)
{
	return slot_at(sets, id)->set;
}

size_t near_sets_count(const struct near_sets *sets)
{
	return sets->count;
}

size_t near_sets_octets(const struct near_sets *sets)
{
	return sizeof(*sets) + sets->set_octets +
	       sets->slot_chunks * (CHUNK * sizeof(struct slot) + sizeof(void *)) +
	       sets->bucket_chunks * (CHUNK * sizeof(uint32_t) + sizeof(void *));
}
