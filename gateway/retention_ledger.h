/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* retention_ledger.h - one report, or one entry of the ledger, removed with all that belongs to it
 * (private to retention_row).
 *
 * Returns: 1: removed; 0: it stays, something is open or does not check; negative errno.
 */
#pragma once

#include "gateway/report_row.h"
#include "gateway/reward_row.h"

/* Nothing of it moved since before_ms. An entry that it has stays, marked as earned. */
int retention_report(struct db *db, const struct report_row *report, int64_t before_ms)
	__attribute__((warn_unused_result));
/* A credit whose report is removed, with its reversal. */
int retention_reward(struct db *db, const struct reward_row *credit, int64_t before_ms)
	__attribute__((warn_unused_result));
