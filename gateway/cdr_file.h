/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cdr_file.h - reads a file of call records, CSV or 3GPP, a piece at a time.
 *
 * Does:    reads from an offset, gives records and marks, and writes bad lines at an offset of the
 *          reasons file: a piece that is read twice has the same effect as once.
 * Errors:  0 or negative errno of the files; bad lines are no error.
 * Threads: any one; no globals.
 */
#pragma once

#include "gateway/config.h"
#include "gateway/feed_name.h"
#include "rules/call_record.h"

enum { CDR_PIECE = 500, CDR_NAME_MAX = 256, CDR_LINE_MAX = 8192, CDR_HASH_SIZE = 32 };

/* A file of a drop directory before it is read. */
struct cdr_file {
	char name[CDR_NAME_MAX];
	struct feed_sequence sequence;
	uint8_t hash[CDR_HASH_SIZE]; /* SHA-256 of all that is in it */
};

struct cdr_mark {
	int64_t from_ms; /* INT64_MIN: none */
	int64_t to_ms;
};

/* Where a file is being read; copied from the end of one piece to the start of the next. */
struct cdr_place {
	int64_t offset;
	int64_t bad_offset;
	uint64_t line; /* or record */
	uint64_t good;
	uint64_t bad;
	uint64_t other;	  /* records of something else than calls */
	int64_t expected; /* records that the file's header tells of; -1: it does not */
	bool has_columns; /* or header */
	bool end;
	int column[CALL_FIELD_COUNT]; /* from 0; -1 absent */
};

struct cdr_piece {
	struct cdr_place place; /* in: where to start; out: where to go on */
	size_t count;
	struct call_record records[CDR_PIECE];
	size_t mark_count;
	struct cdr_mark marks[CDR_PIECE];
};

int cdr_file_read(const struct numbering *plan, const struct config_source *source,
		  const char *name, struct cdr_piece *piece) __attribute__((warn_unused_result));
/* The first file in name order that fits the source's pattern, or -ENOENT. */
int cdr_file_next(const struct config_source *source, struct cdr_file *file)
	__attribute__((warn_unused_result));
/* Moves a file that was read to its end, and syncs the folders. */
int cdr_file_finish(const struct config_source *source, const char *name,
		    const struct cdr_place *place) __attribute__((warn_unused_result));
/* One that came before: to done/NAME.repeat. `unfinished`, in: it has the same name;
 * out: and it was not moved then, for we ended between. It goes to done/NAME in that case. */
int cdr_file_repeated(const struct config_source *source, const char *name, bool *unfinished)
	__attribute__((warn_unused_result));
/* One that may not count: to bad/NAME.orig, and the reason to bad/NAME. */
int cdr_file_refuse(const struct config_source *source, const char *name, const char *reason)
	__attribute__((warn_unused_result));
