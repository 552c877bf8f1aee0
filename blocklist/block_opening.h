/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* block_opening.h - what a subscriber changes by place and time: a country let through, Hong Kong's
 * messages blocked, two hours open, a trip.
 *
 * Does:    gives the text of a set with one rule more, or without some. Rules that are over at
 *          `now_ms` go with every change. A rule is plain when it has neither hours, days,
 * beginning nor end, and timed when it has an end and neither hours nor days. Owns:    texts are
 * talloc'ed below ctx; NULL when out of memory. `set` may be NULL. Threads: pure.
 */
#pragma once

#include "blocklist/block_set.h"

/* A plain rule takes its channels from all plain ones of the same origin. A timed one takes the
 * place of timed ones with the same action and origin that lie within it, and changes nothing where
 * one is there already that holds as long or longer: *held is that one then, else untouched. */
char *block_opening_put(void *ctx, const struct block_set *set, const struct block_rule *rule,
			int64_t now_ms, struct block_rule *held);
/* The channels of the plain rules of that origin are no rule's any more. */
char *block_opening_drop(void *ctx, const struct block_set *set, const struct block_rule *origin,
			 int64_t now_ms);
/* Everything goes that lets a place, or all from abroad, through for a time. */
char *block_opening_end(void *ctx, const struct block_set *set, int64_t now_ms);

/* The rules that are worth telling, up to `max`, with what ends first before the others and single
 * numbers, if they are wanted, last: all but the shield itself (plain, international), what is
 * over, and what has hours or days. Returns how many there are. */
size_t block_opening_list(const struct block_set *set, int64_t now_ms, bool numbers,
			  const struct block_rule **out, size_t max);
