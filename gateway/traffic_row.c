/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/traffic_row.h"

#include <errno.h>
#include <talloc.h>

enum { RECORD_LEAST = 12 }; /* octets of one without numbers */

uint8_t *traffic_row_pack(void *ctx, const struct traffic_stratum *stratum, size_t *len)
{
	uint8_t *octets = talloc_size(ctx, stratum->count * TRAFFIC_RECORD_MAX + 1);

	*len = 0;
	for (size_t i = 0; octets && i < stratum->count; i++)
		*len += traffic_record_write(&stratum->records[i], octets + *len);
	return octets;
}

int traffic_row_put(struct db *db, const char *instance, const struct traffic_stratum *stratum,
		    const uint8_t *octets, size_t len)
{
	struct db_stmt *stmt = db_query(db, Q_TRAFFIC_PUT);

	db_bind_text(stmt, 1, instance);
	db_bind_int(stmt, 2, stratum->begun_ms);
	db_bind_int(stmt, 3, stratum->channel);
	db_bind_int(stmt, 4, (int64_t)stratum->seen);
	db_bind_blob(stmt, 5, octets, len);
	return db_run(stmt);
}

static int unpack(void *ctx, const uint8_t *octets, size_t len, struct traffic_row *row)
{
	row->count = 0;
	row->records = talloc_array(ctx, struct traffic_record, len / RECORD_LEAST + 1);
	if (!row->records)
		return -ENOMEM;
	while (len > 0) {
		ssize_t n =
			traffic_record_read(octets, len, row->channel, &row->records[row->count]);

		if (n < 0)
			return -EBADMSG;
		octets += n;
		len -= (size_t)n;
		row->count++;
	}
	return 0;
}

int traffic_row_next(void *ctx, struct db *db, struct traffic_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_TRAFFIC_NEXT);
	const void *octets;
	size_t len;
	int rc;

	db_bind_int(stmt, 1, row->id);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	row->id = db_int(stmt, 0);
	row->begun_ms = db_int(stmt, 1);
	row->channel = (uint8_t)db_int(stmt, 2);
	row->seen = (uint64_t)db_int(stmt, 3);
	octets = db_blob(stmt, 4, &len);
	rc = unpack(ctx, octets, len, row);
	db_finish(stmt);
	return rc < 0 ? rc : 1;
}

static int write_samples(void *ctx, struct db *db, const struct traffic_row *row)
{
	const struct traffic_stratum stratum = { .count = row->count, .records = row->records };
	struct db_stmt *stmt;
	size_t len;
	uint8_t *octets = traffic_row_pack(ctx, &stratum, &len);
	int rc;

	if (!octets)
		return -ENOMEM;
	stmt = db_query(db, Q_TRAFFIC_SAMPLES);
	db_bind_blob(stmt, 1, octets, len);
	db_bind_int(stmt, 2, row->id);
	rc = db_run(stmt);
	talloc_free(octets);
	return rc;
}

int traffic_row_rename(void *ctx, struct db *db, int64_t after, int64_t to, const char *number,
		       const char *name, uint64_t *rows)
{
	struct traffic_row row = { .id = after };
	int rc;

	while ((rc = traffic_row_next(ctx, db, &row)) != 0 && row.id <= to) {
		bool had = false;

		if (rc == -EBADMSG)
			continue;
		if (rc < 0)
			return rc;
		for (size_t i = 0; i < row.count; i++)
			had = traffic_record_rename(&row.records[i], number, name) || had;
		rc = had ? write_samples(ctx, db, &row) : 0;
		*rows += had;
		talloc_free(row.records);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int traffic_row_purge(struct db *db, int64_t before_ms)
{
	struct db_stmt *stmt = db_query(db, Q_TRAFFIC_PURGE);

	db_bind_int(stmt, 1, before_ms);
	return db_run(stmt);
}
