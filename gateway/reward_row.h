/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reward_row.h - an entry of the ledger as the store holds it: a credit (table reward) or the
 * reversal of one (table reversal). The letter that its id begins with tells which.
 *
 * Errors:  negative errno of the database.
 * Threads: any that has a database.
 */
#pragma once

#include <stdbool.h>

#include "gateway/db.h"
#include "rules/reward.h"

enum reward_kind { REWARD_CREDIT, REWARD_REVERSAL, REWARD_KIND_COUNT };

enum reward_state {
	REWARD_STATE_DUE,	/* the request is in the outbox */
	REWARD_STATE_REQUESTED, /* published, not answered */
	REWARD_STATE_CREDITED,	/* of a reversal: reversed */
	REWARD_STATE_FAILED,
	REWARD_STATE_WITHHELD,
	REWARD_STATE_COUNT
};

enum { REWARD_REASON_MAX = 128, REWARD_NOTE_MAX = 128 };

struct reward_row {
	char id[REWARD_KEY_MAX];
	enum reward_kind kind;
	int64_t report_id;
	struct number subscriber;
	struct number caller;
	int64_t call_start_ms;
	uint32_t amount_mb;
	enum reward_state state;
	char reason[REWARD_REASON_MAX];
	int64_t created_ms;
	int64_t requested_ms; /* 0: never */
	int64_t settled_ms;
	int64_t attempts;
	int64_t next_ms; /* when it is asked again; 0 while open: the request is in the outbox */
	bool budgeted;	 /* it took from the budget that budget_ms names */
	int64_t budget_ms;
	bool returned; /* what it took from budget and caps was given back */
	int64_t changed_ms;
	char note[REWARD_NOTE_MAX]; /* of a reversal: why */
};

const char *reward_state_name(enum reward_kind kind, enum reward_state state); /* "credited" */
/* Of either kind. -EINVAL. */
int reward_state_parse(const char *name, enum reward_state *out)
	__attribute__((warn_unused_result));
const char *reward_kind_name(enum reward_kind kind); /* "credit", "reverse" */
enum reward_kind reward_kind_of(const char *id);
bool reward_is_open(enum reward_state state);
/* "W" or "V" and 32 hex digits. */
bool reward_id_valid(const char *id);

/* From a statement that selects REWARD_ENTRY or LEDGER_ENTRY and stands on a row. */
void reward_row_load(struct db_stmt *stmt, struct reward_row *out);
/* -ENOENT when there is none. */
int reward_row_get(struct db *db, const char *id, struct reward_row *out)
	__attribute__((warn_unused_result));
/* 1: a credit has this id, or had it before it was removed for its age; 0: none. */
int reward_row_known(struct db *db, const char *id) __attribute__((warn_unused_result));
/* Before a report is erased: if its call has an entry that is not its own, that is noted, since the
 * id cannot be derived from it any more. 1 when it was noted. */
int reward_row_note_elsewhere(struct db *db, int64_t report_id, const char *id)
	__attribute__((warn_unused_result));
int reward_row_is_elsewhere(struct db *db, int64_t report_id) __attribute__((warn_unused_result));
int reward_row_of_report(struct db *db, enum reward_kind kind, int64_t report_id,
			 struct reward_row *out) __attribute__((warn_unused_result));
