/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/reward_row.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const state_names[REWARD_KIND_COUNT][REWARD_STATE_COUNT] = {
	[REWARD_CREDIT] = {
		[REWARD_STATE_DUE] = "due",
		[REWARD_STATE_REQUESTED] = "requested",
		[REWARD_STATE_CREDITED] = "credited",
		[REWARD_STATE_FAILED] = "failed",
		[REWARD_STATE_WITHHELD] = "withheld",
	},
	[REWARD_REVERSAL] = {
		[REWARD_STATE_DUE] = "due",
		[REWARD_STATE_REQUESTED] = "requested",
		[REWARD_STATE_CREDITED] = "reversed",
		[REWARD_STATE_FAILED] = "failed",
		[REWARD_STATE_WITHHELD] = "withheld",
	},
};

const char *reward_state_name(enum reward_kind kind, enum reward_state state)
{
	return kind < REWARD_KIND_COUNT && state < REWARD_STATE_COUNT ? state_names[kind][state]
								      : "unknown";
}

int reward_state_parse(const char *name, enum reward_state *out)
{
	for (int kind = 0; kind < REWARD_KIND_COUNT; kind++)
		for (int state = 0; state < REWARD_STATE_COUNT; state++)
			if (strcmp(state_names[kind][state], name) == 0) {
				*out = (enum reward_state)state;
				return 0;
			}
	return -EINVAL;
}

const char *reward_kind_name(enum reward_kind kind)
{
	return kind == REWARD_REVERSAL ? "reverse" : "credit";
}

enum reward_kind reward_kind_of(const char *id)
{
	return id[0] == 'V' ? REWARD_REVERSAL : REWARD_CREDIT;
}

bool reward_is_open(enum reward_state state)
{
	return state == REWARD_STATE_DUE || state == REWARD_STATE_REQUESTED;
}

bool reward_id_valid(const char *id)
{
	enum { DIGITS = 32 };

	return (id[0] == 'W' || id[0] == 'V') && strlen(id) == DIGITS + 1 &&
	       strspn(id + 1, "0123456789abcdef") == DIGITS;
}

void reward_row_load(struct db_stmt *stmt, struct reward_row *out)
{
	*out = (struct reward_row){ .report_id = db_int(stmt, 1) };
	snprintf(out->id, sizeof(out->id), "%s", db_text(stmt, 0));
	out->kind = reward_kind_of(out->id);
	snprintf(out->subscriber.text, NUMBER_MAX, "%s", db_text(stmt, 2));
	snprintf(out->caller.text, NUMBER_MAX, "%s", db_text(stmt, 3));
	out->call_start_ms = db_int(stmt, 4);
	out->amount_mb = (uint32_t)db_int(stmt, 5);
	out->state = (enum reward_state)db_int(stmt, 6);
	snprintf(out->reason, sizeof(out->reason), "%s", db_text(stmt, 7));
	out->created_ms = db_int(stmt, 8);
	out->requested_ms = db_int(stmt, 9);
	out->settled_ms = db_int(stmt, 10);
	out->attempts = db_int(stmt, 11);
	out->next_ms = db_int(stmt, 12);
	out->budgeted = !db_is_null(stmt, 13);
	out->budget_ms = db_int(stmt, 13);
	out->returned = db_int(stmt, 14) != 0;
	out->changed_ms = db_int(stmt, 15);
	snprintf(out->note, sizeof(out->note), "%s", db_text(stmt, 16));
}

static int first(struct db_stmt *stmt, struct reward_row *out)
{
	int rc = db_step(stmt);

	if (rc <= 0)
		return rc < 0 ? rc : -ENOENT;
	reward_row_load(stmt, out);
	db_finish(stmt);
	return 0;
}

int reward_row_get(struct db *db, const char *id, struct reward_row *out)
{
	static const enum db_query queries[] = { Q_REWARD_GET, Q_REVERSAL_GET };
	struct db_stmt *stmt = db_query(db, queries[reward_kind_of(id)]);

	db_bind_text(stmt, 1, id);
	return first(stmt, out);
}

int reward_row_of_report(struct db *db, enum reward_kind kind, int64_t report_id,
			 struct reward_row *out)
{
	static const enum db_query queries[] = { Q_REWARD_OF_REPORT, Q_REVERSAL_OF_REPORT };
	struct db_stmt *stmt = db_query(db, queries[kind]);

	db_bind_int(stmt, 1, report_id);
	return first(stmt, out);
}

static int any_row(struct db_stmt *stmt)
{
	int rc = db_step(stmt);

	db_finish(stmt);
	return rc;
}

int reward_row_known(struct db *db, const char *id)
{
	struct db_stmt *stmt = db_query(db, Q_REWARD_GET);
	int rc;

	db_bind_text(stmt, 1, id);
	rc = any_row(stmt);
	if (rc != 0)
		return rc;
	stmt = db_query(db, Q_IS_GONE);
	db_bind_text(stmt, 1, id);
	return any_row(stmt);
}

int reward_row_note_elsewhere(struct db *db, int64_t report_id, const char *id)
{
	struct reward_row own;
	struct db_stmt *stmt;
	int rc = reward_row_of_report(db, REWARD_CREDIT, report_id, &own);

	if (rc != -ENOENT)
		return rc;
	rc = reward_row_known(db, id);
	if (rc <= 0)
		return rc;
	stmt = db_query(db, Q_ELSEWHERE_PUT);
	db_bind_int(stmt, 1, report_id);
	rc = db_run(stmt);
	return rc < 0 ? rc : 1;
}

int reward_row_is_elsewhere(struct db *db, int64_t report_id)
{
	struct db_stmt *stmt = db_query(db, Q_ELSEWHERE_GET);

	db_bind_int(stmt, 1, report_id);
	return any_row(stmt);
}
