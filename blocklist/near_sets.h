/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* near_sets.h - compiled sets that many share: equal rules are held once.
 *
 * Does:    compiles a text and counts who uses its set; the last release frees it. Sets are known
 *          by a small number, which is used again when its set is gone.
 * Owns:    the sets; near_sets_get lends one for as long as it is held.
 * Speed:   linear hashing grows by one bucket at a time, so no single call is slow.
 * Threads: one. No clock, no I/O.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "blocklist/block_set.h"

/* Never the number of a set: from here on numbers are free for the caller's own use. */
enum { NEAR_SETS_MAX = 0x7fffff00 };

struct near_sets;

struct near_sets *near_sets_create(void *ctx);
/* 0, and the caller holds *id; -EBADMSG or -E2BIG (does not compile), -ENOMEM. */
int near_sets_hold(struct near_sets *sets, const struct numbering *plan, const char *text,
		   size_t len, uint32_t *id) __attribute__((warn_unused_result));
/* The same for many texts in a row, most of which are alike: a text that was seen lately is not
 * compiled again. `plan` is one and the same until near_sets_forget_texts. */
int near_sets_hold_noted(struct near_sets *sets, const struct numbering *plan, const char *text,
			 size_t len, uint32_t *id) __attribute__((warn_unused_result));
void near_sets_forget_texts(struct near_sets *sets);
void near_sets_release(struct near_sets *sets, uint32_t id);
const struct block_set *near_sets_get(const struct near_sets *sets, uint32_t id);
size_t near_sets_count(const struct near_sets *sets);
size_t near_sets_octets(const struct near_sets *sets);
