/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* feed_store.h - the files of drop directories as the store remembers them: which came, which are
 * missing, and up to where their watermarks may be believed.
 *
 * Does:    finds repeats by name and content, and by sequence number; keeps a list of missing
 *          numbers; holds the watermarks of files behind a gap until it is filled or has waited
 *          long enough.
 * Tables:  feed_sequence, feed_file, feed_gap.
 * Rules:   positions are the numbers on a line without end: counters that turn over or begin anew
 *          go on there. A step of more than FEED_GAP_MAX is a counter that begins anew.
 * Errors:  0 or negative errno. Threads: the store's.
 */
#pragma once

#include "gateway/cdr_file.h"
#include "gateway/db.h"

enum { FEED_GAP_MAX = 1000 };

enum feed_file_state {
	FEED_FILE_NEW,
	FEED_FILE_REPEAT, /* the same content under the same name or number */
	FEED_FILE_OTHER,  /* other content under the same number */
};

/* What the records and lines of a file say; valid when `any`. */
struct feed_marks {
	bool any;
	int64_t first_ms;    /* the first record */
	int64_t to_ms;	     /* complete up to here */
	int64_t explicit_ms; /* complete from here, as the file tells; INT64_MAX: it does not */
};

struct feed_limits {
	int64_t now_ms;
	int64_t gap_wait_ms;
	int64_t keep_ms; /* files and gaps that are older are forgotten */
};

/* How a source stands, and what may be told of it that was not yet. */
struct feed_standing {
	struct feed_marks marks;
	uint32_t files;	       /* whose marks these are */
	uint32_t missing;      /* files that did not come */
	uint32_t passed;       /* of these: not waited for any more */
	uint32_t passed_now;   /* by this very call */
	int64_t first_missing; /* its number; -1: none */
	int64_t wait_until_ms; /* when the next gap has waited long enough; 0: none waits */
	bool restarted;	       /* the numbers began anew with this file */
};

int feed_store_look(struct db *db, const char *source, const struct cdr_file *file,
		    enum feed_file_state *state, char same_as[CDR_NAME_MAX])
	__attribute__((warn_unused_result));
/* A file of which every record is in the index. */
int feed_store_record(struct db *db, const char *source, const struct cdr_file *file,
		      const struct feed_marks *marks, const struct feed_limits *limits,
		      struct feed_standing *out) __attribute__((warn_unused_result));
/* Passes gaps that have waited long enough. */
int feed_store_stand(struct db *db, const char *source, const struct feed_limits *limits,
		     struct feed_standing *out) __attribute__((warn_unused_result));
/* The next number is the first: nothing is missing, nothing came before. */
int feed_store_restart(struct db *db, const char *source) __attribute__((warn_unused_result));
