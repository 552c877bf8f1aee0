/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* part_verdict.h - what was decided about a message that comes in parts, for the parts to come.
 *
 * Does:    remembers for wait_ms what became of the first part, by sender, receiver, reference and
 *          total: whichever session brings the others, a message is blocked or passed as a whole,
 *          also when the rules change meanwhile. A message of which every part was seen is over:
 *          the same reference is a new one then.
 * Bounds:  `max` messages; the oldest is forgotten for a new one, whose parts are then decided
 *          about by themselves.
 * Threads: pure; the loop's. Time is passed in.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/number.h"
#include "smpp/smpp_concat.h"

enum part_way {
	PART_PASSES,
	PART_REFUSED,
	PART_SWALLOWED,
	PART_KEPT,
	PART_NO_ROOM, /* was to be kept, and could not */
};

struct part_verdicts;

struct part_verdicts *part_verdicts_create(void *ctx, size_t max, int64_t wait_ms);

/* What was decided about the message, or NULL: this is the first part that is seen of it, and
 * part_verdicts_add() is to be told. The part counts as seen. */
const enum part_way *part_verdicts_take(struct part_verdicts *verdicts, const struct number *source,
					const struct number *destination,
					const struct smpp_part_info *part, int64_t now_ms);
/* Nothing is remembered when memory is short. */
void part_verdicts_add(struct part_verdicts *verdicts, const struct number *source,
		       const struct number *destination, const struct smpp_part_info *part,
		       int64_t now_ms, enum part_way way);
/* It came to be otherwise. Nothing happens when the message is not known any more. */
void part_verdicts_change(struct part_verdicts *verdicts, const struct number *source,
			  const struct number *destination, const struct smpp_part_info *part,
			  enum part_way way);
size_t part_verdicts_count(const struct part_verdicts *verdicts);
