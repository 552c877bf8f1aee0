/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* feed_name.h - which files of a drop directory are meant, and the sequence numbers in their names.
 *
 * Pattern: "{seq}" is a decimal number of 1 to 18 digits, '*' any text; all else stands for itself.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A file's number, and where the counting begins again: 0 after modulus - 1. */
struct feed_sequence {
	bool known;
	int64_t number;
	int64_t modulus;
};

/* Has "{seq}" at most once, and nothing that a file's name cannot have. */
bool feed_pattern_ok(const char *pattern);
/* `out` tells of no number where the pattern has none, and is untouched when the name does not fit.
 */
bool feed_name_fits(const char *pattern, const char *name, struct feed_sequence *out);

/* The position of a number on a line without end, near where `next` is expected: at most half of
 * the modulus away. */
int64_t feed_sequence_position(const struct feed_sequence *sequence, int64_t next);
