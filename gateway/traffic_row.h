/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* traffic_row.h - the sample of recent traffic as the store holds it: one row for each stratum of
 * each gateway (blocklist/traffic_sample.h).
 *
 * Errors:  -EBADMSG octets that no gateway wrote; negative errno of the database.
 * Threads: the store thread's; traffic_row_next also on a reader.
 */
#pragma once

#include "blocklist/traffic_sample.h"
#include "gateway/db.h"

/* A stratum packed for the store. */
struct traffic_row {
	int64_t id; /* 0 before the first one */
	int64_t begun_ms;
	uint8_t channel;
	uint64_t seen;
	size_t count;
	struct traffic_record *records; /* talloc'ed */
};

/* Octets of all records, below ctx; NULL when out of memory. */
uint8_t *traffic_row_pack(void *ctx, const struct traffic_stratum *stratum, size_t *len);
int traffic_row_put(struct db *db, const char *instance, const struct traffic_stratum *stratum,
		    const uint8_t *octets, size_t len) __attribute__((warn_unused_result));
/* The row behind row->id, of whatever gateway: 1; 0: there is none. Records hang below ctx. After
 * -EBADMSG row->id is that of the row that cannot be read. */
int traffic_row_next(void *ctx, struct db *db, struct traffic_row *row)
	__attribute__((warn_unused_result));
/* Another name in the place of this number in the rows behind `after` and up to `to`; `rows` counts
 * those that had it. One that cannot be read is left alone. */
int traffic_row_rename(void *ctx, struct db *db, int64_t after, int64_t to, const char *number,
		       const char *name, uint64_t *rows) __attribute__((warn_unused_result));
/* All that began before. */
int traffic_row_purge(struct db *db, int64_t before_ms) __attribute__((warn_unused_result));
