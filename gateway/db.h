/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* db.h - the few things that the store needs of a database; SQLite behind it.
 *
 * Does:    opens, migrates, runs prepared statements. A second backend implements this header.
 * Owns:    struct db is talloc'ed below ctx; statements belong to it.
 * Errors:  0 or negative errno: -ENOSPC full, -EIO, -EBUSY, -EINVAL a broken statement. The text
 *          of the last one is db_error().
 * Threads: one thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "gateway/store_sql.h"

struct db;
struct db_stmt;

/* Where ids come from. The numbers stand in the database: append only. */
enum db_sequence {
	DB_SEQUENCE_MESSAGE,
	DB_SEQUENCE_OUTBOX, /* and one more for each further channel */
	DB_SEQUENCE_TEXT = DB_SEQUENCE_OUTBOX + 8,
	DB_SEQUENCE_ATTEMPT,
	DB_SEQUENCE_QUARANTINE,
	DB_SEQUENCE_HUB_RECEIPT,
	DB_SEQUENCE_COUNT
};

enum db_mode {
	DB_WRITER, /* creates the file and applies missing migrations; its folder must be writable
		    */
	DB_READER, /* long reports and counts beside the writer */
};

int db_open(void *ctx, const char *path, enum db_mode mode, struct db **out)
	__attribute__((warn_unused_result));
const char *db_open_error(void); /* why the last db_open of this thread failed */
const char *db_error(const struct db *db);

int db_begin(struct db *db) __attribute__((warn_unused_result));
int db_commit(struct db *db) __attribute__((warn_unused_result));
void db_rollback(struct db *db);
/* A part of the transaction that can be undone by itself: db_savepoint, then db_release to keep it
 * or db_undo. Not nested. -ECANCELED: the whole transaction is gone (the disk was full, say). */
int db_savepoint(struct db *db) __attribute__((warn_unused_result));
int db_release(struct db *db) __attribute__((warn_unused_result));
int db_undo(struct db *db) __attribute__((warn_unused_result));

/* Told of each end of a transaction, or of a part of it that can be undone, by the thread that runs
 * it: for what is to happen outside the database only if the transaction does. */
enum db_end {
	DB_COMMITTED,
	DB_ROLLED_BACK,
	DB_MARKED, /* db_savepoint */
	DB_UNDONE, /* back to the mark */
};
struct db_watch {
	void (*ended)(struct db_watch *watch, enum db_end end);
};
/* Borrowed, one at most; before the first transaction. */
void db_set_watch(struct db *db, struct db_watch *watch);
struct db_watch *db_watch(const struct db *db); /* NULL: none */

/* Another number after each beginning and end of a transaction or of an undone part: as long as it
 * stays, what was read is changed only by what is written through this connection. */
uint64_t db_epoch(const struct db *db);
/* A place for one who remembers what was read; talloc'ed below the database, or NULL. */
void **db_memo(struct db *db);

/* What is collected in memory for a transaction and written once, before it is kept, or before a
 * part that can be undone begins; and forgotten with what is undone. `memory` is the collector's.
 */
struct db_collector {
	int (*write)(struct db *db, void *memory);
	void (*forget)(void *memory);
};
/* Borrowed, one at most. */
void db_set_collector(struct db *db, const struct db_collector *collector, void *memory);
void *db_collected(const struct db *db); /* its memory; NULL: none is set */
/* Writes it now: before it is read in the same transaction. */
int db_settle(struct db *db) __attribute__((warn_unused_result));

/* An id that the sequence never gave before and, as long as no restart or rollback comes between,
 * the next one. Only inside a transaction of the writer. */
int db_next_id(struct db *db, enum db_sequence sequence, int64_t *id)
	__attribute__((warn_unused_result));

/* The statement, reset, with nothing bound. Never NULL: a statement that does not prepare stops
 * db_open. */
struct db_stmt *db_query(struct db *db, enum db_query query);

/* Parameters count from 1. Texts and blobs are borrowed until the statement is stepped to its end
 * or queried again. A NULL text binds SQL NULL. */
void db_bind_int(struct db_stmt *stmt, int i, int64_t value);
void db_bind_text(struct db_stmt *stmt, int i, const char *text);
void db_bind_blob(struct db_stmt *stmt, int i, const void *data, size_t len);
void db_bind_null(struct db_stmt *stmt, int i);

/* 1: a row is there; 0: done; negative errno. */
int db_step(struct db_stmt *stmt) __attribute__((warn_unused_result));
/* Reset, once its row has been read: a statement that stands on a row makes every write to that
 * table keep its place. */
void db_finish(struct db_stmt *stmt);
/* db_step for a statement that gives no row: 0 or negative errno. */
int db_run(struct db_stmt *stmt) __attribute__((warn_unused_result));

/* Columns count from 0. Pointers live until the next step. SQL NULL: 0, "" and length 0. */
int64_t db_int(struct db_stmt *stmt, int column);
bool db_is_null(struct db_stmt *stmt, int column);
const char *db_text(struct db_stmt *stmt, int column);
const void *db_blob(struct db_stmt *stmt, int column, size_t *len);

int64_t db_changes(struct db *db);
