/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_row.h - a report as the store holds it, and its one way of changing state.
 *
 * Does:    loads and inserts rows; report_row_open() and report_transition() write the row and its
 *          report_event with the hash chain, and nothing else changes a state.
 * Owns:    strings of a loaded row are talloc'ed below ctx.
 * Errors:  negative errno of the database.
 * Threads: the store thread's.
 */
#pragma once

#include "gateway/db.h"
#include "rules/reply.h"

enum { REPORT_CHAIN_SIZE = 32, REPORT_REASONS_MAX = 512, ROUTE_MAX = 64 };

/* Bits of report.told: answers that were delivered. Where receipts are asked for, that is what the
 * receipt says (text_row.h); elsewhere, that an SMSC took them. */
enum told {
	TOLD_NOTHING = 0,
	TOLD_RECEIPT = 1,
	TOLD_VERDICT = 2,
	TOLD_CREDIT = 4,
};

struct report_row {
	int64_t id;
	struct number subscriber;
	struct number number;
	/* As the store has them: */
	struct number number_stored;
	enum report_state state_stored;
	enum report_category category_stored;
	bool is_new; /* begun, and not in the store yet */
	enum report_intent intent;
	enum report_category category;
	const char *text;
	int64_t received_ms;
	bool has_call_time;
	int64_t call_from_ms;
	int64_t call_to_ms;
	enum report_state state;
	int64_t check_at; /* 0: never */
	int64_t checks;
	int64_t deadline_ms;
	char route[ROUTE_MAX];
	int32_t score;
	char reasons[REPORT_REASONS_MAX];
	int64_t call_start_ms; /* 0: none found */
	bool forged;
	int64_t events;
	uint8_t chain[REPORT_CHAIN_SIZE]; /* zero before the first event */
	unsigned told;
	bool appealed;
};

/* From a statement that selects REPORT_COLUMNS and stands on a row. -ENOMEM. */
int report_row_load(void *ctx, struct db_stmt *stmt, struct report_row *out)
	__attribute__((warn_unused_result));
/* The first row that such a statement gives: 1, 0 when there is none, negative errno. */
int report_row_first(void *ctx, struct db_stmt *stmt, struct report_row *out)
	__attribute__((warn_unused_result));
/* -ENOENT when there is none. */
int report_row_get(void *ctx, struct db *db, int64_t id, struct report_row *out)
	__attribute__((warn_unused_result));
/* A new report, received and at once moved to `to`: its first event is written; the row itself by
 * report_row_insert or, when more is known of it by then, by the next report_transition. `row` is
 * updated. */
int report_row_begin(struct db *db, struct report_row *row, enum report_state to, int64_t now_ms,
		     const char *detail) __attribute__((warn_unused_result));
int report_row_insert(struct db *db, struct report_row *row) __attribute__((warn_unused_result));
/* Both. */
int report_row_open(struct db *db, struct report_row *row, enum report_state to, int64_t now_ms,
		    const char *detail) __attribute__((warn_unused_result));

/* Moves the row to a state; `row` is updated. `reasons` are names joined by commas, `detail` the
 * evidence as text. -EINVAL for a step that the table of states does not allow. */
int report_transition(struct db *db, struct report_row *row, enum report_state to, int64_t now_ms,
		      const char *reasons, const char *detail) __attribute__((warn_unused_result));

/* Stores what is now read in the report: category, time, intent; and `more`, if not NULL, behind
 * its text. */
int report_row_write_reading(struct db *db, struct report_row *row, const char *more)
	__attribute__((warn_unused_result));

/* What a report's events say. */
struct report_chain {
	bool intact;	      /* nothing was changed, added or taken away */
	bool was_verified;    /* at any time */
	enum report_state to; /* of the last one */
};
int report_chain_read(struct db *db, const struct report_row *row, struct report_chain *out)
	__attribute__((warn_unused_result));
/* Recomputes the chain of a report's events. 0, or -EBADMSG when it was tampered with. */
int report_chain_verify(struct db *db, const struct report_row *row)
	__attribute__((warn_unused_result));

/* Empties the details of its events, which hold the evidence. An event of its own seals what stays
 * of them (report_chain.h). 0, also when there was nothing to erase. */
int report_row_erase_details(struct db *db, struct report_row *row, int64_t now_ms)
	__attribute__((warn_unused_result));
/* The same, and its text; who reported, and whom, become these, which need be no numbers. It is not
 * looked at again. */
int report_row_erase(struct db *db, struct report_row *row, const struct number *subscriber,
		     const struct number *number, int64_t now_ms)
	__attribute__((warn_unused_result));

/* "account/10086999": the way by which a text came. */
void route_make(char out[ROUTE_MAX], const char *account, const char *service_code);
void route_split(const char *route, char account[ROUTE_MAX], char service_code[ROUTE_MAX]);
