/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* route_journal.h - routes of hubs' messages on their way into the store, in a file that outlives
 * the process.
 *
 * Does:    a ring of slots in a file that is mapped into memory. To put a route costs no system
 * call and no wait for the disk, and a process that is killed takes nothing with it: the next one
 * finds what was not released. Promise: what was put and not released is there after a kill. When
 * the machine loses its power, routes of the last moment may be lost, and some that were released
 * may be found again; a slot that is not whole is never taken for a route. Bounds:
 * ROUTE_JOURNAL_SLOTS. Positions count up and are never used twice in a file. Errors:  negative
 * errno. A file of another layout is begun anew. Threads: the loop's; route_journal_at() also the
 * store's, of positions that are not released.
 */
#pragma once

#include "gateway/hub_route_row.h"

enum { ROUTE_JOURNAL_SLOTS = 4096 };

struct route_journal;

int route_journal_open(void *ctx, const char *path, struct route_journal **out)
	__attribute__((warn_unused_result));

/* False: all slots are taken. */
bool route_journal_put(struct route_journal *journal, const struct hub_route *route);
/* From the oldest that is not released, to behind the newest. */
uint64_t route_journal_begin(const struct route_journal *journal);
uint64_t route_journal_end(const struct route_journal *journal);
/* NULL: there is no whole one at that position. */
const struct hub_route *route_journal_at(const struct route_journal *journal, uint64_t position);
/* All before that position are in the store. */
void route_journal_release(struct route_journal *journal, uint64_t until);
