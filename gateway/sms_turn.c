/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sms_turn.h"

#include <stdint.h>
#include <string.h>

void sms_turns_init(struct sms_turns *turns)
{
	hash_init(turns->first);
}

/* FNV-1a. Whoever chose numbers to collide would only slow their own texts down. */
static uint32_t key_of(const char *target)
{
	uint32_t key = 2166136261u;

	for (; *target; target++)
		key = (key ^ (unsigned char)*target) * 16777619u;
	return key;
}

static struct sms_turn *find_first(struct sms_turns *turns, const char *target)
{
	struct sms_turn *turn;

	hash_for_each_possible(turns->first, turn, node, key_of(target))
	{
		if (strcmp(turn->target, target) == 0)
			return turn;
	}
	return NULL;
}

bool sms_turns_enter(struct sms_turns *turns, struct sms_turn *turn, const char *target)
{
	struct sms_turn *first = find_first(turns, target);

	turn->target = target;
	if (first) {
		llist_add_tail(&turn->list, &first->behind);
		return false;
	}
	INIT_LLIST_HEAD(&turn->behind);
	hash_add(turns->first, &turn->node, key_of(target));
	return true;
}

struct sms_turn *sms_turns_leave(struct sms_turns *turns, struct sms_turn *turn)
{
	struct sms_turn *next;

	hash_del(&turn->node);
	if (llist_empty(&turn->behind))
		return NULL;
	next = llist_first_entry(&turn->behind, struct sms_turn, list);
	llist_del(&next->list);
	INIT_LLIST_HEAD(&next->behind);
	llist_splice_init(&turn->behind, &next->behind);
	hash_add(turns->first, &next->node, key_of(next->target));
	return next;
}
