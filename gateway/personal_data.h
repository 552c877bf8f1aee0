/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* personal_data.h - where the store holds something about a number: the one list that export and
 * erasure go by. A new table or column with a number in it belongs here.
 *
 * Does:    goes through a table by ranges of its ids, so that a step is some milliseconds' work
 *          however long the table is. Export gives each row as a line of JSON: what is about the
 *          number as a subscriber; where it called or wrote to others, nothing that tells of them.
 *          Erasure removes rows or puts the pseudonym in the number's place.
 * Errors:  negative errno of the database.
 * Threads: export's any that has a database, erasure's the store thread's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "gateway/db.h"
#include "gateway/pseudonym.h"
#include "rules/number.h"

/* The numbers stand in the database (erasure.stage): append only. */
enum personal_table {
	PERSONAL_MESSAGES,
	PERSONAL_TEXTS, /* that were sent */
	PERSONAL_ATTEMPTS,
	PERSONAL_KEPT,
	PERSONAL_QUESTIONS,
	PERSONAL_REPORTS, /* with their events */
	PERSONAL_REWARDS,
	PERSONAL_REVERSALS,
	PERSONAL_REWARD_EVENTS,
	PERSONAL_AUDIT,
	PERSONAL_TRAFFIC, /* samples of what was screened */
	PERSONAL_OWN,	  /* the tables that have one row for a subscriber */
	PERSONAL_TABLE_COUNT
};

struct personal_subject {
	struct number number;
	char digits[NUMBER_MAX]; /* as any writing of it has them, for what is in texts */
	char pseudonym[PSEUDONYM_MAX];
};

/* What a text may hold of the number. */
void personal_digits(const char *number, char out[NUMBER_MAX]);

struct personal_range {
	int64_t after; /* ids behind this one... */
	int64_t to;    /* ...up to this one */
};

/* The last id of the table. */
int personal_last(struct db *db, enum personal_table table, int64_t *out)
	__attribute__((warn_unused_result));
/* How many ids a step looks at. */
int64_t personal_step(enum personal_table table);

typedef int personal_line_cb(void *user, const char *line);
/* Each line goes to the callback, which may end it with a negative errno. */
int personal_export(struct db *db, enum personal_table table,
		    const struct personal_subject *subject, const struct personal_range *range,
		    personal_line_cb *line, void *user) __attribute__((warn_unused_result));

/* `rows` counts what was changed. Nothing open is among it, if personal_open() found nothing. */
int personal_erase(void *ctx, struct db *db, enum personal_table table,
		   const struct personal_subject *subject, const struct personal_range *range,
		   int64_t now_ms, const char *actor, uint64_t *rows)
	__attribute__((warn_unused_result));

/* Lines about what is open or on its way, of either role: the same callback. `all`: effects that
 * wait for delivery and held texts as well, which are looked through. */
int personal_open(struct db *db, const struct personal_subject *subject, bool all,
		  personal_line_cb *line, void *user) __attribute__((warn_unused_result));
