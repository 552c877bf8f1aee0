/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/smsc_pool.h"

#include <string.h>

/* The lower the better. */
enum rank { RANK_LINK, RANK_SMSC, RANK_ANY, RANK_NONE };

void smsc_pool_init(struct smsc_pool *pool, smsc_takes_cb *takes)
{
	INIT_LLIST_HEAD(&pool->slots);
	pool->takes = takes;
}

void smsc_pool_add(struct smsc_pool *pool, struct smsc_slot *slot, const char *name)
{
	if (slot->listed)
		return;
	slot->name = name;
	slot->listed = true;
	llist_add_tail(&slot->list, &pool->slots);
}

void smsc_pool_remove(struct smsc_slot *slot)
{
	if (!slot->listed)
		return;
	llist_del(&slot->list);
	slot->listed = false;
}

static enum rank rank_of(const struct smsc_slot *slot, const char *link)
{
	size_t len = strcspn(link, "#");

	if (strcmp(slot->name, link) == 0)
		return RANK_LINK;
	return len > 0 && strcspn(slot->name, "#") == len && memcmp(slot->name, link, len) == 0
		       ? RANK_SMSC
		       : RANK_ANY;
}

struct smsc_slot *smsc_pool_pick(struct smsc_pool *pool, const char *link)
{
	struct smsc_slot *best = NULL;
	enum rank best_rank = RANK_NONE;
	struct smsc_slot *slot;

	llist_for_each_entry(slot, &pool->slots, list) {
		enum rank rank = link && link[0] ? rank_of(slot, link) : RANK_LINK;

		if (rank >= best_rank || !pool->takes(slot))
			continue;
		best = slot;
		best_rank = rank;
		if (rank == RANK_LINK)
			break;
	}
	if (best)
		llist_move_tail(&best->list, &pool->slots);
	return best;
}

struct smsc_slot *smsc_pool_pick_only(struct smsc_pool *pool, const char *link)
{
	struct smsc_slot *slot;

	llist_for_each_entry(slot, &pool->slots, list) {
		if (strcmp(slot->name, link) != 0 || !pool->takes(slot))
			continue;
		llist_move_tail(&slot->list, &pool->slots);
		return slot;
	}
	return NULL;
}
