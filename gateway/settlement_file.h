/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* settlement_file.h - the ledger of one day in +08:00 as a file that is compared with the rewards
 * system's.
 *
 * Format:  JSON Lines, UTF-8; deploy/rewards/settlement.schema.json. First a header with the day;
 *          then one line for each entry that was made on that day, and, as "adjustment", for each
 *          older one whose state changed on it; last a trailer with count, sums, and the SHA-256 of
 *          every octet before it. States are those of the moment that the header names: what
 * changes later is in the file of the day on which it changes. Does:    writes beside the file,
 * syncs, renames: a file that is there is whole. Errors:  negative errno; -EBADMSG for a file that
 * is not what was written. Threads: any that has a database; never the loop's.
 */
#pragma once

#include <limits.h>

#include "gateway/db.h"
#include "rules/calendar.h"

enum { SETTLEMENT_DAY_MAX = 16, SETTLEMENT_SHA256_MAX = 65 };

struct settlement_day {
	struct calendar_date date;
	int64_t from_ms;
	int64_t to_ms;
	char text[SETTLEMENT_DAY_MAX]; /* "2026-11-25" */
};

struct settlement_totals {
	uint64_t count;
	uint64_t adjustments; /* of them */
	uint64_t sum_mb;      /* of all amounts */
	uint64_t credited_mb;
	uint64_t reversed_mb;
	char sha256[SETTLEMENT_SHA256_MAX];
};

struct settlement_place {
	const char *folder; /* made when it is missing */
	const char *instance;
};

/* "2026-11-25". -EINVAL. */
int settlement_day_read(const char *text, struct settlement_day *out)
	__attribute__((warn_unused_result));
void settlement_day_at(int64_t ms, struct settlement_day *out);

void settlement_path(const struct settlement_place *place, const struct settlement_day *day,
		     char out[PATH_MAX]);
int settlement_write(struct db *db, const struct settlement_place *place,
		     const struct settlement_day *day, int64_t now_ms,
		     struct settlement_totals *out) __attribute__((warn_unused_result));
/* Reads a file and compares it with its trailer. */
int settlement_check(const struct settlement_place *place, const struct settlement_day *day,
		     struct settlement_totals *out) __attribute__((warn_unused_result));
/* The newest day that has a file. -ENOENT. */
int settlement_newest(const struct settlement_place *place, struct settlement_day *out)
	__attribute__((warn_unused_result));
/* Removes the files of days before it. */
void settlement_expire(const struct settlement_place *place, int64_t before_ms);
