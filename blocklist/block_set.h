/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* block_set.h - one owner's rules, compiled for deciding.
 *
 * Does:    compiles lines of the rule language; edits a set; writes it back as text; finds the
 *          rules that may apply, most specific first (the order is in block_decide.h).
 * Owns:    a set is one talloc chunk below `ctx`; talloc_free it. Rules are borrowed from it and
 *          keep the order of the text.
 * Errors:  -EBADMSG with the line number (from 1) and fault; -ENOMEM; -E2BIG over BLOCK_SET_MAX
 *          rules, with the line that is too many. `fault_line` and `fault` may be NULL. Nothing is
 *          built on failure.
 * Speed:   a look-up is a binary search and a walk over the rules whose prefix fits.
 * Threads: pure; a built set is read-only and may be shared.
 */
#pragma once

#include "blocklist/block_rule.h"

enum { BLOCK_SET_MAX = 1000 };

struct block_set; /* read-only once built */

int block_set_compile(void *ctx, const struct numbering *plan, const char *text, size_t len,
		      struct block_set **out, size_t *fault_line, struct block_fault *fault)
	__attribute__((warn_unused_result));
size_t block_set_count(const struct block_set *set);
const struct block_rule *block_set_rule(const struct block_set *set, size_t i);

/* The canonical text, talloc'ed below ctx, one rule a line. NULL when out of memory. */
char *block_set_format(void *ctx, const struct block_set *set);

/* A walk over rules; begins zeroed. */
struct block_cursor {
	size_t at;
	bool begun;
};

/* The next rule whose prefix or exact number fits the canonical `number`, or NULL. */
const struct block_rule *block_set_next_number(const struct block_set *set, const char *number,
					       struct block_cursor *cursor);
/* The next rule that names a class (international, hmt, ...), or NULL. */
const struct block_rule *block_set_next_class(const struct block_set *set,
					      struct block_cursor *cursor);

/* True when both hold equal rules in the same order; the hash is equal then. */
bool block_set_equal(const struct block_set *a, const struct block_set *b);
uint32_t block_set_hash(const struct block_set *set);

/* The subscriber's switch "block international": gives, below ctx, the text of `set` (which may be
 * NULL) with the plain international rule for `channels` set to on or off. Other rules stay. Plain
 * means: no hours, days, beginning or end. Switching on also takes `channels` from a plain `allow`
 * or `label` of international, which would win the tie. Doing it twice changes nothing more. NULL
 * when out of memory. */
char *block_set_switch(void *ctx, const struct block_set *set, uint8_t channels, bool on);

/* Gives, below ctx, the text of `set` (which may be NULL) with one rule for `number` (canonical)
 * alone: `action` on both channels, without hours, days or end. Whatever other rule names exactly
 * this number goes; others stay. NULL when out of memory. */
char *block_set_put_number(void *ctx, const struct block_set *set, const struct number *number,
			   enum block_action action);

/* The same without what blocks exactly this number; rules that let it through stay. */
char *block_set_unblock_number(void *ctx, const struct block_set *set, const struct number *number);

/* Which channels the plain international rule blocks; not those that a plain `allow` or `label` of
 * international takes back. */
uint8_t block_set_switched(const struct block_set *set);
