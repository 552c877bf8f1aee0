/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* block_guard.h - whether rules of the operator may be put in force.
 *
 * Does:    finds the protected numbers that the rules would block if nothing protected them: such
 *          rules are a mistake, also where precedence makes them harmless today. And judges how
 *          much more of the recent traffic they would block.
 * How:     a protected number is asked about as a national call or message that nobody reported.
 *          A rule that blocks counts whatever its hours, days and end are, one that lets through
 *          only if it has none: what is found is what the rules could ever block.
 * Returns: block_guard_protected: how many, of which the first `max` are in `out`; -ENOMEM.
 * Owns:    hits borrow from `rules` and `protected_numbers`.
 * Threads: pure, any thread.
 */
#pragma once

#include "blocklist/block_decide.h"

struct block_guard_hit {
	const char *number;
	uint8_t channel;
	const struct block_rule *rule; /* that would block it */
};

ssize_t block_guard_protected(void *ctx, const struct numbering *plan,
			      const struct block_set *rules,
			      const struct block_set *protected_numbers,
			      struct block_guard_hit *out, size_t max)
	__attribute__((warn_unused_result));

enum block_guard_verdict {
	BLOCK_GUARD_PASSES,
	BLOCK_GUARD_CANNOT_TELL, /* fewer than `least` attempts */
	BLOCK_GUARD_TOO_MUCH,
};

/* What a channel had, and what of it the new rules would block and the old ones did not. */
struct block_guard_traffic {
	double attempts;
	double more;
	size_t samples; /* by which both are known */
};

/* Too much is more than `percent` of the attempts. */
enum block_guard_verdict block_guard_share(const struct block_guard_traffic *traffic,
					   uint32_t percent, uint32_t least);
