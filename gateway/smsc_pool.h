/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smsc_pool.h - the bound links over which messages to subscribers may leave, and whose turn it is.
 *
 * Does:    picks among those that can take a message now: the link asked for, else another of the
 *          same SMSC, else any; among equals the one that was picked longest ago. An SMSC is the
 *          part of a link's name before '#': "centre#1" and "centre#2" are links of "centre".
 * Owns:    nothing; slots lie in their links, which take them out before they go.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <osmocom/core/linuxlist.h>
#include <stdbool.h>

struct smsc_slot {
	struct llist_head list; /* the pool's */
	const char *name;	/* borrows */
	bool listed;
};

/* Whether the link can take a message now. */
typedef bool smsc_takes_cb(const struct smsc_slot *slot);

struct smsc_pool {
	struct llist_head slots;
	smsc_takes_cb *takes;
};

void smsc_pool_init(struct smsc_pool *pool, smsc_takes_cb *takes);
/* Both do nothing when the slot is in, or out, already. */
void smsc_pool_add(struct smsc_pool *pool, struct smsc_slot *slot, const char *name);
void smsc_pool_remove(struct smsc_slot *slot);
/* `link` "" or NULL: any. NULL: no link takes anything now. */
struct smsc_slot *smsc_pool_pick(struct smsc_pool *pool, const char *link);
/* The same among the links of that name only, of which there may be several. */
struct smsc_slot *smsc_pool_pick_only(struct smsc_pool *pool, const char *link);
