/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/lockout.h"

#include <string.h>
#include <talloc.h>

#include "gateway/address_list.h"

enum { PLACES = 1024, FIRST_ROOM = 64 };

struct entry {
	struct address_source source;
	uint32_t next; /* in its place: index + 1, 0: none */
	uint32_t failures;
	uint32_t level;	   /* locks that it has had */
	int64_t since_ms;  /* of the first failure counted */
	int64_t until_ms;  /* locked */
	int64_t forget_ms; /* from then on it says nothing any more */
};

struct lockout {
	struct entry *entries;
	size_t count;
	size_t room;
	size_t capacity;
	uint32_t places[PLACES]; /* index + 1 of the first entry */
};

struct lockout *lockout_create(void *ctx, size_t capacity)
{
	struct lockout *lockout = talloc_zero(ctx, struct lockout);

	if (lockout)
		lockout->capacity = capacity;
	return lockout;
}

/* FNV-1a. Who chooses addresses to collide makes a walk over one list longer, beside which the hash
 * of the password that comes with it is dear. */
static uint32_t *place_of(struct lockout *lockout, const struct address_source *source)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < sizeof(source->octets); i++)
		hash = (hash ^ source->octets[i]) * 16777619u;
	return &lockout->places[hash % PLACES];
}

static struct entry *find(const struct lockout *lockout, const struct address_source *source)
{
	uint32_t at = *place_of((struct lockout *)lockout, source);

	while (at) {
		struct entry *entry = &lockout->entries[at - 1];

		if (memcmp(&entry->source, source, sizeof(*source)) == 0)
			return entry;
		at = entry->next;
	}
	return NULL;
}

static void unchain(struct lockout *lockout, const struct entry *entry)
{
	uint32_t *link = place_of(lockout, &entry->source);
	uint32_t wanted = (uint32_t)(entry - lockout->entries) + 1;

	while (*link != wanted)
		link = &lockout->entries[*link - 1].next;
	*link = entry->next;
}

/* Whether `a` has less to remember. */
static bool is_less(const struct entry *a, const struct entry *b, int64_t now_ms)
{
	bool a_quiet = a->forget_ms <= now_ms;
	bool b_quiet = b->forget_ms <= now_ms;

	if (a_quiet != b_quiet)
		return a_quiet;
	if (a->level != b->level)
		return a->level < b->level;
	if (a->failures != b->failures)
		return a->failures < b->failures;
	return a->forget_ms < b->forget_ms;
}

static struct entry *make_room(struct lockout *lockout, int64_t now_ms)
{
	struct entry *least = NULL;

	for (size_t i = 0; i < lockout->count; i++) {
		struct entry *entry = &lockout->entries[i];

		if (entry->until_ms <= now_ms && (!least || is_less(entry, least, now_ms)))
			least = entry;
	}
	if (least)
		unchain(lockout, least);
	return least;
}

static bool widen(struct lockout *lockout)
{
	size_t room = lockout->room ? 2 * lockout->room : FIRST_ROOM;
	struct entry *entries;

	if (room > lockout->capacity)
		room = lockout->capacity;
	if (room <= lockout->count)
		return false;
	entries = talloc_realloc(lockout, lockout->entries, struct entry, room);
	if (!entries)
		return false;
	lockout->entries = entries;
	lockout->room = room;
	return true;
}

/* NULL: all that there are are locked. */
static struct entry *add(struct lockout *lockout, const struct address_source *source,
			 int64_t now_ms)
{
	struct entry *entry;
	uint32_t *place;

	if (lockout->count < lockout->room || widen(lockout))
		entry = &lockout->entries[lockout->count++];
	else
		entry = make_room(lockout, now_ms);
	if (!entry)
		return NULL;
	place = place_of(lockout, source);
	*entry = (struct entry){ .source = *source, .next = *place, .since_ms = now_ms };
	*place = (uint32_t)(entry - lockout->entries) + 1;
	return entry;
}

static int64_t lock_ms(const struct lockout_policy *policy, uint32_t level)
{
	int64_t ms = policy->first_ms;

	while (level-- > 0 && ms < policy->max_ms)
		ms *= 2;
	return ms < policy->max_ms ? ms : policy->max_ms;
}

static void begin_anew(struct entry *entry, int64_t now_ms)
{
	entry->failures = 0;
	entry->since_ms = now_ms;
}

static int64_t lock(struct entry *entry, const struct lockout_policy *policy, int64_t now_ms)
{
	int64_t ms = lock_ms(policy, entry->level);

	entry->level++;
	entry->until_ms = now_ms + ms;
	entry->forget_ms = entry->until_ms + policy->max_ms;
	entry->failures = 0;
	return ms;
}

static int64_t count_failure(struct entry *entry, const struct lockout_policy *policy,
			     int64_t now_ms)
{
	if (entry->forget_ms <= now_ms)
		entry->level = 0;
	if (now_ms - entry->since_ms >= policy->first_ms || entry->failures == 0)
		begin_anew(entry, now_ms);
	entry->failures++;
	if (entry->forget_ms < now_ms + policy->first_ms)
		entry->forget_ms = now_ms + policy->first_ms;
	return entry->failures < policy->after ? 0 : lock(entry, policy, now_ms);
}

bool lockout_holds(const struct lockout *lockout, const struct sockaddr *source, int64_t now_ms)
{
	struct address_source key;
	const struct entry *entry;

	if (lockout->count == 0)
		return false;
	address_source(source, &key);
	entry = find(lockout, &key);
	return entry && entry->until_ms > now_ms;
}

int64_t lockout_failed(struct lockout *lockout, const struct lockout_policy *policy,
		       const struct sockaddr *source, int64_t now_ms)
{
	struct address_source key;
	struct entry *entry;

	if (policy->after == 0)
		return 0;
	address_source(source, &key);
	entry = find(lockout, &key);
	if (!entry)
		entry = add(lockout, &key, now_ms);
	/* What was asked before the lock and answered after it adds nothing. */
	if (!entry || entry->until_ms > now_ms)
		return 0;
	return count_failure(entry, policy, now_ms);
}

void lockout_clear(struct lockout *lockout)
{
	TALLOC_FREE(lockout->entries);
	lockout->count = 0;
	lockout->room = 0;
	memset(lockout->places, 0, sizeof(lockout->places));
}

size_t lockout_locked(const struct lockout *lockout, int64_t now_ms)
{
	size_t locked = 0;

	for (size_t i = 0; i < lockout->count; i++)
		locked += lockout->entries[i].until_ms > now_ms;
	return locked;
}

size_t lockout_count(const struct lockout *lockout)
{
	return lockout->count;
}
