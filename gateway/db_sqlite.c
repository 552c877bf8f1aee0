/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/db.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

/* A statement is just sqlite3's; the name keeps sqlite3.h out of every other file. */
static sqlite3_stmt *raw(struct db_stmt *stmt)
{
	return (sqlite3_stmt *)stmt;
}

enum { BLOCK = 1024 };

/* Ids taken from the table of sequences and not yet given out. */
struct block {
	int64_t next;
	int64_t end;
};

struct db {
	sqlite3 *handle;
	enum db_mode mode;
	struct db_watch *watch;
	uint64_t epoch;
	void *memo;
	const struct db_collector *collector;
	void *collected;
	struct block blocks[DB_SEQUENCE_COUNT];
	sqlite3_stmt *stmt[DB_QUERY_COUNT];
};

static _Thread_local char open_error[256];

static const char *const query_sql[] = {
#define QUERY_SQL(name, sql) [name] = sql,
	DB_QUERIES(QUERY_SQL)
#undef QUERY_SQL
};
_Static_assert(sizeof(query_sql) / sizeof(*query_sql) == DB_QUERY_COUNT, "one text a query");

/* Settings of design "Dependencies": FULL, since only a power cut tells it from NORMAL. The
 * checkpoint runs on the writing connection, every 64,000 pages (256 MiB of log, read in a fraction
 * of a second after a crash): it costs two syncs, and writes each page once however often it was
 * changed since. */
static const char pragmas[] = "PRAGMA journal_mode=WAL;"
			      "PRAGMA synchronous=FULL;"
			      "PRAGMA wal_autocheckpoint=64000;"
			      "PRAGMA cache_size=-65536;"
			      "PRAGMA temp_store=MEMORY;"
			      "PRAGMA foreign_keys=OFF;"
			      "PRAGMA busy_timeout=5000;";

static const char reader_pragmas[] = "PRAGMA query_only=ON;PRAGMA busy_timeout=5000;";

static const int open_flags[] = {
	[DB_WRITER] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	[DB_READER] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, /* WAL readers write its index */
};

static int errno_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_CONSTRAINT:
		return -EEXIST;
	case SQLITE_ERROR:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
		return -EINVAL;
	default:
		return -EIO;
	}
}

static int db_destroy(struct db *db)
{
	for (size_t i = 0; i < DB_QUERY_COUNT; i++)
		sqlite3_finalize(db->stmt[i]);
	sqlite3_close(db->handle);
	return 0;
}

static int user_version(sqlite3 *handle, int *version)
{
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(handle, "PRAGMA user_version", -1, &stmt, NULL);

	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*version = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* Each migration is a transaction of its own that also moves user_version on. */
static int migrate(sqlite3 *handle)
{
	int version = 0;
	int rc = user_version(handle, &version);

	if (rc != SQLITE_OK)
		return rc;
	if ((size_t)version > store_migrations_count) {
		snprintf(open_error, sizeof(open_error),
			 "schema version %d is newer than this program's %zu", version,
			 store_migrations_count);
		return SQLITE_MISUSE;
	}
	for (size_t i = (size_t)version; i < store_migrations_count; i++) {
		char *sql = sqlite3_mprintf("BEGIN IMMEDIATE;%s;PRAGMA user_version=%d;COMMIT;",
					    store_migrations[i], (int)i + 1);

		rc = sql ? sqlite3_exec(handle, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
		sqlite3_free(sql);
		if (rc != SQLITE_OK)
			return rc;
	}
	return SQLITE_OK;
}

int db_open(void *ctx, const char *path, enum db_mode mode, struct db **out)
{
	struct db *db = talloc_zero(ctx, struct db);
	int rc;

	if (!db)
		return -ENOMEM;
	talloc_set_destructor(db, db_destroy);
	open_error[0] = '\0';
	db->mode = mode;
	/* Counting its memory takes a lock at each allocation. Refused, and of no consequence, once
	 * a database is open. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	rc = sqlite3_open_v2(path, &db->handle, open_flags[mode], NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db->handle, mode == DB_WRITER ? pragmas : reader_pragmas, NULL,
				  NULL, NULL);
	if (rc == SQLITE_OK && mode == DB_WRITER)
		rc = migrate(db->handle);
	for (size_t i = 0; rc == SQLITE_OK && i < DB_QUERY_COUNT; i++)
		rc = sqlite3_prepare_v3(db->handle, query_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
					&db->stmt[i], NULL);
	if (rc != SQLITE_OK) {
		if (!open_error[0])
			snprintf(open_error, sizeof(open_error), "%s: %s", path,
				 db->handle ? sqlite3_errmsg(db->handle) : "out of memory");
		talloc_free(db);
		return errno_of(rc);
	}
	*out = db;
	return 0;
}

const char *db_open_error(void)
{
	return open_error;
}

const char *db_error(const struct db *db)
{
	return sqlite3_errmsg(db->handle);
}

void db_set_watch(struct db *db, struct db_watch *watch)
{
	db->watch = watch;
}

struct db_watch *db_watch(const struct db *db)
{
	return db->watch;
}

uint64_t db_epoch(const struct db *db)
{
	return db->epoch;
}

void db_set_collector(struct db *db, const struct db_collector *collector, void *memory)
{
	db->collector = collector;
	db->collected = memory;
}

void *db_collected(const struct db *db)
{
	return db->collected;
}

int db_settle(struct db *db)
{
	return db->collector ? db->collector->write(db, db->collected) : 0;
}

static void forget_collected(struct db *db)
{
	if (db->collector)
		db->collector->forget(db->collected);
}

void **db_memo(struct db *db)
{
	return &db->memo;
}

/* Passes rc on: what failed has not come to this end. */
static int tell_end(struct db *db, enum db_end end, int rc)
{
	db->epoch++;
	if (rc == 0 && db->watch)
		db->watch->ended(db->watch, end);
	return rc;
}

int db_begin(struct db *db)
{
	const char *begin = db->mode == DB_WRITER ? "BEGIN IMMEDIATE" : "BEGIN";

	db->epoch++;
	return errno_of(sqlite3_exec(db->handle, begin, NULL, NULL, NULL));
}

static void reset_all(struct db *db)
{
	for (size_t i = 0; i < DB_QUERY_COUNT; i++)
		sqlite3_reset(db->stmt[i]);
}

int db_commit(struct db *db)
{
	int rc = db_settle(db);

	if (rc < 0)
		return rc;
	/* A statement that stands on a row would keep its snapshot beyond the commit: the next
	 * transaction would read what was true then, and checkpoints would stop there. */
	reset_all(db);
	return tell_end(db, DB_COMMITTED,
			errno_of(sqlite3_exec(db->handle, "COMMIT", NULL, NULL, NULL)));
}

/* What was taken may be undone with the rest: it is taken again. */
static void forget_blocks(struct db *db)
{
	memset(db->blocks, 0, sizeof(db->blocks));
}

void db_rollback(struct db *db)
{
	forget_blocks(db);
	forget_collected(db);
	/* SQLite has rolled back by itself after some errors; a second time does no harm. */
	reset_all(db);
	if (!sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	(void)tell_end(db, DB_ROLLED_BACK, 0);
}

int db_savepoint(struct db *db)
{
	int rc = db_settle(db);

	if (rc < 0)
		return rc;
	return tell_end(db, DB_MARKED,
			errno_of(sqlite3_exec(db->handle, "SAVEPOINT part", NULL, NULL, NULL)));
}

int db_release(struct db *db)
{
	return errno_of(sqlite3_exec(db->handle, "RELEASE part", NULL, NULL, NULL));
}

int db_undo(struct db *db)
{
	forget_blocks(db);
	forget_collected(db);
	reset_all(db);
	if (sqlite3_get_autocommit(db->handle))
		return -ECANCELED;
	return tell_end(db, DB_UNDONE,
			errno_of(sqlite3_exec(db->handle, "ROLLBACK TO part;RELEASE part", NULL,
					      NULL, NULL)));
}

static int take_block(struct db *db, enum db_sequence sequence)
{
	struct db_stmt *stmt = db_query(db, Q_SEQUENCE_TAKE);
	int rc;

	db_bind_int(stmt, 1, sequence);
	db_bind_int(stmt, 2, BLOCK);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc < 0 ? rc : -EIO;
	db->blocks[sequence].end = db_int(stmt, 0);
	db->blocks[sequence].next = db->blocks[sequence].end - BLOCK;
	return db_run(stmt);
}

int db_next_id(struct db *db, enum db_sequence sequence, int64_t *id)
{
	struct block *block = &db->blocks[sequence];
	int rc = block->next == block->end ? take_block(db, sequence) : 0;

	if (rc == 0)
		*id = block->next++;
	return rc;
}

struct db_stmt *db_query(struct db *db, enum db_query query)
{
	sqlite3_stmt *stmt = db->stmt[query];

	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return (struct db_stmt *)stmt;
}

void db_bind_int(struct db_stmt *stmt, int i, int64_t value)
{
	sqlite3_bind_int64(raw(stmt), i, value);
}

void db_bind_text(struct db_stmt *stmt, int i, const char *text)
{
	if (text)
		sqlite3_bind_text(raw(stmt), i, text, -1, SQLITE_STATIC);
}

void db_bind_blob(struct db_stmt *stmt, int i, const void *data, size_t len)
{
	sqlite3_bind_blob(raw(stmt), i, data ? data : "", (int)len, SQLITE_STATIC);
}

void db_bind_null(struct db_stmt *stmt, int i)
{
	sqlite3_bind_null(raw(stmt), i);
}

int db_step(struct db_stmt *stmt)
{
	int rc = sqlite3_step(raw(stmt));

	if (rc == SQLITE_ROW)
		return 1;
	/* Reset at once, so that no read transaction stays open behind a finished statement. */
	sqlite3_reset(raw(stmt));
	return errno_of(rc);
}

void db_finish(struct db_stmt *stmt)
{
	sqlite3_reset(raw(stmt));
}

int db_run(struct db_stmt *stmt)
{
	int rc = db_step(stmt);

	return rc > 0 ? 0 : rc;
}

int64_t db_int(struct db_stmt *stmt, int column)
{
	return sqlite3_column_int64(raw(stmt), column);
}

bool db_is_null(struct db_stmt *stmt, int column)
{
	return sqlite3_column_type(raw(stmt), column) == SQLITE_NULL;
}

const char *db_text(struct db_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(raw(stmt), column);

	return text ? (const char *)text : "";
}

const void *db_blob(struct db_stmt *stmt, int column, size_t *len)
{
	const void *data = sqlite3_column_blob(raw(stmt), column);

	*len = (size_t)sqlite3_column_bytes(raw(stmt), column);
	return data;
}

int64_t db_changes(struct db *db)
{
	return sqlite3_changes64(db->handle);
}
