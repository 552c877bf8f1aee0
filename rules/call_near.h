/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_near.h - numbers that somebody may have mistaken for one another.
 *
 * Does:    tells near misses, and collects the near misses of a packed run of call records.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include "rules/call_record.h"
#include "rules/verdict.h"

/* Same length, and one or two digits differ (an exchange of neighbours is two). */
bool call_number_near(const char *a, const char *b);

/* Adds to `evidence->near` the callers of the run's records in [from_ms, to_ms) that are near
 * misses of `number`; at most EVIDENCE_NEAR_MAX, no duplicates. */
void call_run_near(const uint8_t *run, size_t len, int64_t day_start_ms, const char *number,
		   int64_t from_ms, int64_t to_ms, struct evidence *evidence);
