/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_window.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

struct entry {
	struct smpp_waiting request;
	struct entry *chain; /* the next in the same place, or the next free one */
	struct entry *older;
	struct entry *newer;
};

struct place {
	struct entry *first;
	uint32_t taken; /* the sequence number that was taken from here last */
	bool has_taken;
};

enum { FIRST_ROOM = 8, PLACES_PER_ENTRY = 2 };

struct smpp_window {
	struct place *places;
	uint32_t mask; /* places - 1 */
	size_t capacity;
	size_t room; /* entries that there are: most sessions never use their whole window */
	size_t count;
	struct entry *free;
	struct entry *oldest;
	struct entry *newest;
};

/* Peers count upwards, so the low bits spread perfectly. A peer that chooses numbers to collide
 * makes its own requests slower, by no more than a walk over its window. */
static struct place *place_of(const struct smpp_window *w, uint32_t sequence)
{
	return &w->places[sequence & w->mask];
}

static struct entry *entry_find(const struct smpp_window *w, uint32_t sequence)
{
	struct entry *e = place_of(w, sequence)->first;

	while (e && e->request.sequence != sequence)
		e = e->chain;
	return e;
}

static void put_free(struct smpp_window *w, struct entry *e)
{
	e->chain = w->free;
	w->free = e;
}

void smpp_window_clear(struct smpp_window *w)
{
	memset(w->places, 0, (w->mask + 1) * sizeof(*w->places));
	for (struct entry *e = w->oldest; e; e = e->newer)
		put_free(w, e);
	w->oldest = w->newest = NULL;
	w->count = 0;
}

struct smpp_window *smpp_window_create(void *ctx, size_t capacity)
{
	struct smpp_window *w = talloc_zero(ctx, struct smpp_window);

	if (!w)
		return NULL;
	w->capacity = capacity < 1 ? 1 : capacity < SMPP_WINDOW_MAX ? capacity : SMPP_WINDOW_MAX;
	w->places = talloc_zero_array(w, struct place, 1);
	if (!w->places) {
		talloc_free(w);
		return NULL;
	}
	return w;
}

/* All that the places say, told to more of them. */
static void move_places(struct smpp_window *w, struct place *places, uint32_t mask)
{
	for (uint32_t i = 0; i <= w->mask; i++) {
		const struct place *old = &w->places[i];
		struct place *new = &places[old->taken & mask];

		if (old->has_taken)
			*new = (struct place){ new->first, old->taken, true };
	}
	for (struct entry *e = w->oldest; e; e = e->newer) {
		struct place *place = &places[e->request.sequence & mask];

		e->chain = place->first;
		place->first = e;
	}
	talloc_free(w->places);
	w->places = places;
	w->mask = mask;
}

/* Twice the room. Entries stay where they are: pointers to them are out. */
static int grow(struct smpp_window *w)
{
	size_t more = w->room ? w->room : FIRST_ROOM;
	uint32_t count = (uint32_t)(PLACES_PER_ENTRY * (w->room + more));
	struct entry *entries = talloc_zero_array(w, struct entry, more);
	struct place *places = talloc_zero_array(w, struct place, count);

	if (!entries || !places) {
		talloc_free(entries);
		talloc_free(places);
		return -ENOMEM;
	}
	move_places(w, places, count - 1);
	for (size_t i = more; i > 0; i--)
		put_free(w, &entries[i - 1]);
	w->room += more;
	return 0;
}

int smpp_window_add(struct smpp_window *w, const struct smpp_waiting *request)
{
	struct place *place;
	struct entry *e;

	if (entry_find(w, request->sequence))
		return -EEXIST;
	if (w->count == w->capacity)
		return -EAGAIN;
	if (!w->free && grow(w) < 0)
		return -ENOMEM;
	place = place_of(w, request->sequence);
	e = w->free;
	w->free = e->chain;
	*e = (struct entry){ *request, place->first, w->newest, NULL };
	place->first = e;
	if (w->newest)
		w->newest->newer = e;
	else
		w->oldest = e;
	w->newest = e;
	w->count++;
	return 0;
}

const struct smpp_waiting *smpp_window_find(const struct smpp_window *w, uint32_t sequence)
{
	const struct entry *e = entry_find(w, sequence);

	return e ? &e->request : NULL;
}

static void unlink_by_age(struct smpp_window *w, struct entry *e)
{
	if (e->older)
		e->older->newer = e->newer;
	else
		w->oldest = e->newer;
	if (e->newer)
		e->newer->older = e->older;
	else
		w->newest = e->older;
}

bool smpp_window_take(struct smpp_window *w, uint32_t sequence)
{
	struct place *place = place_of(w, sequence);
	struct entry **link = &place->first;
	struct entry *e;

	while (*link && (*link)->request.sequence != sequence)
		link = &(*link)->chain;
	e = *link;
	if (!e)
		return false;
	*link = e->chain;
	unlink_by_age(w, e);
	put_free(w, e);
	w->count--;
	place->taken = sequence;
	place->has_taken = true;
	return true;
}

bool smpp_window_was_taken(const struct smpp_window *w, uint32_t sequence)
{
	const struct place *place = place_of(w, sequence);

	return place->has_taken && place->taken == sequence;
}

const struct smpp_waiting *smpp_window_oldest(const struct smpp_window *w)
{
	return w->oldest ? &w->oldest->request : NULL;
}

size_t smpp_window_count(const struct smpp_window *w)
{
	return w->count;
}

size_t smpp_window_capacity(const struct smpp_window *w)
{
	return w->capacity;
}
