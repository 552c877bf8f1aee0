/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* route_journal.h - routes of hubs' messages on their way into the store, in a file that outlives
 * the process.
 *
 * Does:    a ring of slots in a file that is mapped into memory. To put a route costs no system
 *          call and no wait for the disk, and a process that is killed takes nothing with it: the
 *          next one finds what was not released.
 * Promise: what was put and not released is there after a kill. When the machine loses its power,
 *          routes of the last moment may be lost, and some that were released may be found again.
 *          Each slot has a checksum (CRC-32C): one that is not as it was written is never taken for
 *          a route.
 * Bounds:  the slots, which are the file's. Positions count up and are never used twice in a file.
 * Files:   those of version 1, without checksums, are taken over as they stand; any other file is
 *          begun anew. Written in the order of octets of the machine: of another one it is refused.
 * Errors:  negative errno.
 * Threads: the loop's; route_journal_at() also the store's, of positions that are not released.
 */
#pragma once

#include "gateway/hub_route_row.h"

enum route_journal_origin {
	ROUTE_JOURNAL_NEW,	  /* there was no file, or an empty one */
	ROUTE_JOURNAL_FOUND,	  /* with all that was put */
	ROUTE_JOURNAL_TAKEN_OVER, /* the same, from version 1 */
	ROUTE_JOURNAL_REFUSED,	  /* no journal of these layouts: what was in it is lost */
};

struct route_journal;

enum { ROUTE_JOURNAL_SLOTS_MAX = 1 << 20 };

/* A new file gets so many slots, of half a KiB each; one with others, as soon as nothing is in it.
 */
int route_journal_open(void *ctx, const char *path, uint32_t slots, struct route_journal **out)
	__attribute__((warn_unused_result));
uint32_t route_journal_slots(const struct route_journal *journal);

enum route_journal_origin route_journal_origin(const struct route_journal *journal);
/* Slots found changed at the opening that cannot be told from the newest; those among the others
 * are the positions at which there is nothing. */
uint64_t route_journal_damaged(const struct route_journal *journal);

/* False: all slots are taken. */
bool route_journal_put(struct route_journal *journal, const struct hub_route *route);
/* From the oldest that is not released, to behind the newest. */
uint64_t route_journal_begin(const struct route_journal *journal);
uint64_t route_journal_end(const struct route_journal *journal);
/* NULL: there is no whole one at that position. */
const struct hub_route *route_journal_at(const struct route_journal *journal, uint64_t position);
/* All before that position are in the store. */
void route_journal_release(struct route_journal *journal, uint64_t until);
