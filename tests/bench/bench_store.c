/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bench_store - the database alone.
 *
 *   bench_store insert FILE ROWS [ROWS_A_COMMIT]   the rows that the gateway's intake writes,
 * through its statement, schema and settings bench_store rules FILE SUBSCRIBERS             every
 * second subscriber blocks what comes from abroad: what the screening benchmark starts from
 *
 * One line of JSON. */
#include <talloc.h>

#include "gateway/message_row.h"
#include "gateway/rule_store.h"
#include "tests/bench/bench_pdu.h"

enum { ROWS_A_COMMIT = 1024 };

static int insert_row(struct db *db, const struct bench_message *message, uint32_t i)
{
	char source[16] = "1065500000000";
	uint8_t octets[BENCH_PDU_MAX];
	struct message_row row = { .received_ms = 1767225600000 + i,
				   .account = "centre",
				   .source = source,
				   .state = MESSAGE_DONE,
				   .raw = octets,
				   .len = bench_message_put(message, i, i, octets) };
	int rc = db_next_id(db, DB_SEQUENCE_MESSAGE, &row.id);

	bench_put_digits((uint8_t *)source + bench_texts[BENCH_CHAT].prefix, 1, i);
	return rc < 0 ? rc : message_row_insert(db, &row);
}

static int insert_rows(struct db *db, uint32_t count, uint32_t rows_a_commit)
{
	struct bench_message message;

	if (!bench_message_make(BENCH_CHAT, &message))
		return -1;
	for (uint32_t i = 0; i < count; i++) {
		if (i % rows_a_commit == 0 && db_begin(db) < 0)
			return -1;
		if (insert_row(db, &message, i) < 0)
			return -1;
		if ((i + 1) % rows_a_commit == 0 || i + 1 == count)
			if (db_commit(db) < 0)
				return -1;
	}
	return 0;
}

static int put_rules(struct db *db, uint32_t count)
{
	char subscriber[] = "+8613900000000";

	if (db_begin(db) < 0)
		return -1;
	for (uint32_t i = 0; i < count; i += 2) {
		struct db_stmt *stmt = db_query(db, Q_RULE_PUT);

		bench_put_digits((uint8_t *)subscriber + 6, 1, i);
		db_bind_text(stmt, 1, subscriber);
		db_bind_text(stmt, 2, "block call,sms from international\n");
		db_bind_int(stmt, 3, 1767225600000);
		if (db_run(stmt) < 0)
			return -1;
	}
	/* A snapshot has a mark in the audit. */
	if (audit_put(db, 1767225600000, "bench", "rules", "", "", "") < 0)
		return -1;
	return db_commit(db);
}

int main(int argc, char **argv)
{
	struct db *db;
	int64_t started_ns;
	uint32_t count = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
	uint32_t rows_a_commit = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : ROWS_A_COMMIT;
	bool rules = argc > 3 && strcmp(argv[1], "rules") == 0;
	int rc;

	if (count == 0 || rows_a_commit == 0) {
		fprintf(stderr, "usage: bench_store insert|rules FILE COUNT [ROWS_A_COMMIT]\n");
		return 2;
	}
	if (db_open(NULL, argv[2], DB_WRITER, &db) < 0) {
		fprintf(stderr, "bench_store: %s\n", db_open_error());
		return 1;
	}
	started_ns = bench_now_ns();
	rc = rules ? put_rules(db, count) : insert_rows(db, count, rows_a_commit);
	if (rc < 0)
		fprintf(stderr, "bench_store: %s\n", db_error(db));
	printf("{\"count\": %u, \"seconds\": %.6f}\n", count,
	       (double)(bench_now_ns() - started_ns) / 1e9);
	talloc_free(db);
	return rc < 0;
}
