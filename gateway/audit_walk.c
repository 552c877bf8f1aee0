/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/audit_walk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/audit_text.h"
#include "gateway/pseudonym.h"
#include "rules/report_id.h"

/* ids from..to of one step, the first one left out. */
struct range {
	int64_t from;
	int64_t to;
	bool last;
};

static void name_it(struct audit_walk *walk, const char *name)
{
	if (walk->name_count < AUDIT_NAMES_MAX)
		snprintf(walk->names[walk->name_count++], REWARD_KEY_MAX, "%s", name);
}

static void name_report(struct audit_walk *walk, int64_t id)
{
	char text[REPORT_ID_MAX];

	report_id_format(id, text);
	name_it(walk, text);
}

static struct db_stmt *of_range(struct db *db, enum db_query query, const struct range *range)
{
	struct db_stmt *stmt = db_query(db, query);

	db_bind_int(stmt, 1, range->from);
	db_bind_int(stmt, 2, range->to);
	return stmt;
}

static int find_range(struct db *db, size_t limit, int64_t after, struct range *out)
{
	struct db_stmt *stmt = db_query(db, Q_AUDIT_NEXT);
	int rc;

	db_bind_int(stmt, 1, after);
	db_bind_int(stmt, 2, (int64_t)limit);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc < 0 ? rc : -EIO;
	out->from = after;
	out->last = db_int(stmt, 1) < (int64_t)limit;
	out->to = out->last ? INT64_MAX : db_int(stmt, 0); /* with what has lost its message */
	db_finish(stmt);
	return 0;
}

/* ---- messages ---- */

static int add_messages(struct db *db, const struct range *range, struct audit_walk *walk)
{
	struct db_stmt *stmt = of_range(db, Q_AUDIT_MESSAGES, range);
	int64_t *const sums[] = { &walk->accepted, &walk->further, &walk->opened, &walk->joined,
				  &walk->unread,   &walk->other,   &walk->orphans };
	int rc = db_step(stmt);

	if (rc <= 0)
		return rc < 0 ? rc : -EIO;
	for (int i = 0; i < (int)(sizeof(sums) / sizeof(*sums)); i++)
		*sums[i] += db_int(stmt, i);
	db_finish(stmt);
	return 0;
}

/* ---- reports ---- */

/* Another report's entry of the call: 1. Of who was erased, the key cannot be derived any more. */
static int find_call(struct db *db, const struct report_row *report)
{
	char key[REWARD_KEY_MAX];

	if (pseudonym_is(report->subscriber.text) || pseudonym_is(report->number.text))
		return reward_row_is_elsewhere(db, report->id);
	reward_key(report->subscriber.text, report->number.text, report->call_start_ms, key);
	return reward_row_known(db, key);
}

/* 1 in the ledger, 2 the call is by another report, 0 not. */
static int find_entry(struct db *db, const struct report_row *report)
{
	struct reward_row entry;
	int rc = reward_row_of_report(db, REWARD_CREDIT, report->id, &entry);

	if (rc != -ENOENT)
		return rc < 0 ? rc : 1;
	rc = find_call(db, report);
	return rc > 0 ? 2 : rc;
}

static int add_verified(struct db *db, const struct report_row *report, struct audit_walk *walk)
{
	int rc = find_entry(db, report);

	if (rc < 0)
		return rc;
	walk->verified++;
	walk->rewarded_already += rc == 2;
	walk->unrewarded += rc == 0;
	if (rc == 0)
		name_report(walk, report->id);
	return 0;
}

static int add_report(struct db *db, const struct report_row *report, struct audit_walk *walk)
{
	struct report_chain chain;
	int rc = report_chain_read(db, report, &chain);

	if (rc < 0)
		return rc;
	if (report->state < REPORT_STATE_COUNT)
		walk->reports[report->state]++;
	if (!chain.intact || chain.to != report->state) {
		walk->broken_reports++;
		name_report(walk, report->id);
	}
	return chain.was_verified ? add_verified(db, report, walk) : 0;
}

static int add_reports(void *ctx, struct db *db, const struct range *range, struct audit_walk *walk)
{
	struct db_stmt *stmt = of_range(db, Q_AUDIT_REPORTS, range);
	struct report_row report;
	int rc;

	while ((rc = db_step(stmt)) > 0) {
		rc = report_row_load(ctx, stmt, &report);
		if (rc == 0)
			rc = add_report(db, &report, walk);
		if (rc < 0)
			return rc;
	}
	return rc;
}

/* ---- the ledger ---- */

/* Of who was erased, a credit has the key that it had. */
static bool key_is_right(const struct reward_row *row)
{
	char key[REWARD_KEY_MAX];
	char reversal[REWARD_KEY_MAX];

	if (pseudonym_is(row->subscriber.text) || pseudonym_is(row->caller.text))
		return reward_id_valid(row->id);
	reward_key(row->subscriber.text, row->caller.text, row->call_start_ms, key);
	reward_reversal_key(key, reversal);
	return strcmp(row->id, row->kind == REWARD_REVERSAL ? reversal : key) == 0;
}

/* The credit has to give back when it failed or its reversal is done. */
static int check_return(struct db *db, const struct reward_row *credit, struct audit_walk *walk)
{
	struct reward_row reversal;
	bool back = credit->state == REWARD_STATE_FAILED;
	int rc = reward_row_of_report(db, REWARD_REVERSAL, credit->report_id, &reversal);

	if (rc < 0 && rc != -ENOENT)
		return rc;
	if (rc == 0) {
		back = reversal.state == REWARD_STATE_CREDITED;
		if (credit->state != REWARD_STATE_CREDITED ||
		    reversal.amount_mb != credit->amount_mb)
			back = !credit->returned; /* there is nothing to reverse */
	}
	if (back != credit->returned) {
		walk->wrong_return++;
		name_it(walk, credit->id);
	}
	return 0;
}

/* Its report was verified, and is removed for its age. */
static int was_earned(struct db *db, const struct reward_row *credit, struct audit_walk *walk)
{
	struct db_stmt *stmt = db_query(db, Q_IS_EARNED);
	int rc;

	db_bind_int(stmt, 1, credit->report_id);
	rc = db_step(stmt);
	if (rc > 0)
		rc = db_int(stmt, 0) != 0;
	db_finish(stmt);
	walk->verified += rc > 0;
	return rc;
}

static int check_earned(void *ctx, struct db *db, const struct reward_row *credit,
			struct audit_walk *walk)
{
	struct report_chain chain = { .was_verified = false };
	struct report_row report;
	int rc = report_row_get(ctx, db, credit->report_id, &report);

	if (rc == 0) {
		rc = report_chain_read(db, &report, &chain);
	} else if (rc == -ENOENT) {
		rc = was_earned(db, credit, walk);
		chain.was_verified = rc > 0;
	}
	if (rc < 0)
		return rc;
	if (!chain.was_verified) {
		walk->unearned++;
		name_it(walk, credit->id);
	}
	return 0;
}

static int add_entries(void *ctx, struct db *db, const struct range *range, struct audit_walk *walk)
{
	struct db_stmt *stmt = of_range(db, Q_AUDIT_REWARDS, range);
	struct reward_row row;
	int rc;

	while ((rc = db_step(stmt)) > 0) {
		reward_row_load(stmt, &row);
		walk->entries++;
		if (row.state < REWARD_STATE_COUNT)
			walk->rewards[row.state]++;
		if (!key_is_right(&row)) {
			walk->wrong_keys++;
			name_it(walk, row.id);
		}
		rc = check_return(db, &row, walk);
		if (rc == 0)
			rc = check_earned(ctx, db, &row, walk);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static bool is_reversal_of(const struct reward_row *row, const struct reward_row *credit)
{
	char key[REWARD_KEY_MAX];

	reward_reversal_key(credit->id, key);
	return strcmp(row->id, key) == 0;
}

/* The reversal of what is not in the ledger gives nothing back, and nobody looks for it. */
static int add_reversals(struct db *db, const struct range *range, struct audit_walk *walk)
{
	struct db_stmt *stmt = of_range(db, Q_AUDIT_REVERSALS, range);
	struct reward_row row;
	struct reward_row credit;
	int rc;

	while ((rc = db_step(stmt)) > 0) {
		reward_row_load(stmt, &row);
		walk->reversal_entries++;
		if (row.state < REWARD_STATE_COUNT)
			walk->reversals[row.state]++;
		rc = reward_row_of_report(db, REWARD_CREDIT, row.report_id, &credit);
		if (rc < 0 && rc != -ENOENT)
			return rc;
		if (rc == -ENOENT || !key_is_right(&row) || !is_reversal_of(&row, &credit)) {
			walk->wrong_keys++;
			name_it(walk, row.id);
		}
	}
	return rc;
}

static int add_count(struct db *db, enum db_query query, const struct range *range, int64_t *sum)
{
	struct db_stmt *stmt = range ? of_range(db, query, range) : db_query(db, query);
	int rc = db_step(stmt);

	if (rc <= 0)
		return rc < 0 ? rc : -EIO;
	*sum += db_int(stmt, 0);
	db_finish(stmt);
	return 0;
}

static int step_records(void *ctx, struct db *db, size_t limit, struct audit_walk *walk)
{
	struct range range = { 0 };
	int rc = find_range(db, limit, walk->after, &range);

	if (rc == 0)
		rc = add_messages(db, &range, walk);
	if (rc == 0)
		rc = add_reports(ctx, db, &range, walk);
	if (rc == 0)
		rc = add_entries(ctx, db, &range, walk);
	if (rc == 0)
		rc = add_reversals(db, &range, walk);
	if (rc == 0)
		rc = add_count(db, Q_AUDIT_UNTOLD, &range, &walk->untold);
	if (rc == 0)
		rc = add_count(db, Q_AUDIT_UNASKED, &range, &walk->unasked);
	walk->after = range.last ? 0 : range.to;
	walk->phase = range.last ? AUDIT_BUDGETS : AUDIT_RECORDS;
	return rc;
}

/* ---- the audit itself ---- */

static int add_row(struct db *db, struct db_stmt *stmt, struct audit_walk *walk)
{
	int rc = audit_row_check(db, stmt, walk->chain);

	walk->audit_rows++;
	walk->broken_rows += rc == 0;
	return rc < 0 ? rc : 0;
}

static int step_rows(struct db *db, size_t limit, struct audit_walk *walk)
{
	struct db_stmt *stmt = db_query(db, Q_AUDIT_ROWS);
	size_t count = 0;
	int rc;

	db_bind_int(stmt, 1, walk->after);
	db_bind_int(stmt, 2, (int64_t)limit);
	while ((rc = db_step(stmt)) > 0) {
		walk->after = db_int(stmt, 0);
		rc = add_row(db, stmt, walk);
		if (rc < 0)
			return rc;
		count++;
	}
	if (rc == 0 && count < limit)
		walk->phase = AUDIT_DONE;
	return rc;
}

int audit_walk_step(void *ctx, struct db *db, size_t limit, struct audit_walk *walk)
{
	int rc;

	switch (walk->phase) {
	case AUDIT_RECORDS:
		return step_records(ctx, db, limit, walk);
	case AUDIT_BUDGETS:
		rc = add_count(db, Q_AUDIT_BUDGETS, NULL, &walk->budgets);
		walk->phase = AUDIT_ROWS;
		return rc;
	case AUDIT_ROWS:
		return step_rows(db, limit, walk);
	case AUDIT_DONE:
		break;
	}
	return -EALREADY;
}

/* ---- what it comes to ---- */

static int64_t sum(const int64_t *counts, size_t count)
{
	int64_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += counts[i];
	return total;
}

void audit_walk_lines(const struct audit_walk *walk, struct audit_line out[AUDIT_LINES])
{
	int64_t reports = sum(walk->reports, REPORT_STATE_COUNT);
	const struct audit_line lines[AUDIT_LINES] = {
		{ "accepted = verified + rejected + unproved + open reports + duplicates + others",
		  walk->accepted,
		  reports - walk->further + walk->joined + walk->unread + walk->other },
		{ "reports = messages that opened them", reports, walk->opened },
		{ "messages that joined a report that is not there", walk->orphans, 0 },
		{ "rewards = verified events - calls rewarded before", walk->entries,
		  walk->verified - walk->rewarded_already },
		{ "rewards = credited + failed + open + withheld", walk->entries,
		  walk->rewards[REWARD_STATE_CREDITED] + walk->rewards[REWARD_STATE_FAILED] +
			  walk->rewards[REWARD_STATE_DUE] + walk->rewards[REWARD_STATE_REQUESTED] +
			  walk->rewards[REWARD_STATE_WITHHELD] },
		{ "verified reports whose call is not in the ledger", walk->unrewarded, 0 },
		{ "rewards of reports that were never verified", walk->unearned, 0 },
		{ "ledger entries under a key that is not that of their call", walk->wrong_keys,
		  0 },
		{ "ledger entries that gave back too little or too much", walk->wrong_return, 0 },
		{ "open ledger entries that are not asked for", walk->unasked, 0 },
		{ "budgets that are not the sum of what was taken", walk->budgets, 0 },
		{ "closed reports whose subscriber was not and will not be told, unexplained",
		  walk->untold, 0 },
		{ "reports whose history was changed", walk->broken_reports, 0 },
		{ "audit rows that were changed", walk->broken_rows, 0 },
		{ "reversals = reversed + failed + open", walk->reversal_entries,
		  walk->reversals[REWARD_STATE_CREDITED] + walk->reversals[REWARD_STATE_FAILED] +
			  walk->reversals[REWARD_STATE_DUE] +
			  walk->reversals[REWARD_STATE_REQUESTED] },
	};

	memcpy(out, lines, sizeof(lines));
}
