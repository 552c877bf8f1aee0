/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/report_row.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/report_chain.h"
#include "gateway/report_crowd.h"
#include "gateway/report_tally.h"

/* Columns of REPORT_COLUMNS, in its order. */
enum column {
	C_ID,
	C_SUBSCRIBER,
	C_NUMBER,
	C_INTENT,
	C_CATEGORY,
	C_TEXT,
	C_RECEIVED,
	C_CALL_FROM,
	C_CALL_TO,
	C_STATE,
	C_CHECK_AT,
	C_CHECKS,
	C_DEADLINE,
	C_ROUTE,
	C_SCORE,
	C_REASONS,
	C_CALL_START,
	C_FORGED,
	C_EVENTS,
	C_CHAIN,
	C_TOLD,
	C_APPEALED,
};

#define BIT(state) (1u << REPORT_STATE_##state)

/* Which states may follow. An unproved report is reopened by a late record, a rejected one by its
 * corrected number; an appeal goes through `appealed` to review. */
static const unsigned next_states[REPORT_STATE_COUNT] = {
	[REPORT_STATE_RECEIVED] = BIT(NEEDS_NUMBER) | BIT(PENDING),
	[REPORT_STATE_NEEDS_NUMBER] = BIT(PENDING) | BIT(UNPROVED),
	[REPORT_STATE_PENDING] = BIT(VERIFIED) | BIT(REJECTED) | BIT(UNPROVED) | BIT(REVIEW),
	[REPORT_STATE_VERIFIED] = BIT(APPEALED),
	[REPORT_STATE_REJECTED] = BIT(PENDING) | BIT(APPEALED),
	[REPORT_STATE_UNPROVED] = BIT(PENDING) | BIT(APPEALED),
	[REPORT_STATE_REVIEW] = BIT(VERIFIED) | BIT(REJECTED) | BIT(UNPROVED),
	[REPORT_STATE_APPEALED] = BIT(REVIEW),
};

static void copy_number(struct number *out, const char *text)
{
	snprintf(out->text, sizeof(out->text), "%s", text);
}

int report_row_load(void *ctx, struct db_stmt *stmt, struct report_row *out)
{
	struct report_row row = { .id = db_int(stmt, C_ID) };
	const void *chain;
	size_t len;

	copy_number(&row.subscriber, db_text(stmt, C_SUBSCRIBER));
	copy_number(&row.number, db_text(stmt, C_NUMBER));
	row.number_stored = row.number;
	row.state_stored = (enum report_state)db_int(stmt, C_STATE);
	row.category_stored = (enum report_category)db_int(stmt, C_CATEGORY);
	row.intent = (enum report_intent)db_int(stmt, C_INTENT);
	row.category = (enum report_category)db_int(stmt, C_CATEGORY);
	row.text = talloc_strdup(ctx, db_text(stmt, C_TEXT));
	row.received_ms = db_int(stmt, C_RECEIVED);
	row.has_call_time = !db_is_null(stmt, C_CALL_FROM);
	row.call_from_ms = db_int(stmt, C_CALL_FROM);
	row.call_to_ms = db_int(stmt, C_CALL_TO);
	row.state = (enum report_state)db_int(stmt, C_STATE);
	row.check_at = db_int(stmt, C_CHECK_AT);
	row.checks = db_int(stmt, C_CHECKS);
	row.deadline_ms = db_int(stmt, C_DEADLINE);
	snprintf(row.route, sizeof(row.route), "%s", db_text(stmt, C_ROUTE));
	row.score = (int32_t)db_int(stmt, C_SCORE);
	snprintf(row.reasons, sizeof(row.reasons), "%s", db_text(stmt, C_REASONS));
	row.call_start_ms = db_int(stmt, C_CALL_START);
	row.forged = db_int(stmt, C_FORGED) != 0;
	row.events = db_int(stmt, C_EVENTS);
	chain = db_blob(stmt, C_CHAIN, &len);
	if (chain && len == sizeof(row.chain))
		memcpy(row.chain, chain, len);
	row.told = (unsigned)db_int(stmt, C_TOLD);
	row.appealed = db_int(stmt, C_APPEALED) != 0;
	if (!row.text)
		return -ENOMEM;
	*out = row;
	return 0;
}

int report_row_first(void *ctx, struct db_stmt *stmt, struct report_row *out)
{
	int rc = db_step(stmt);

	if (rc <= 0)
		return rc;
	rc = report_row_load(ctx, stmt, out);
	db_finish(stmt);
	return rc < 0 ? rc : 1;
}

int report_row_get(void *ctx, struct db *db, int64_t id, struct report_row *out)
{
	struct db_stmt *stmt = db_query(db, Q_REPORT_GET);
	int rc;

	db_bind_int(stmt, 1, id);
	rc = report_row_first(ctx, stmt, out);
	return rc > 0 ? 0 : rc == 0 ? -ENOENT : rc;
}

static void bind_time(struct db_stmt *stmt, int i, int64_t ms)
{
	if (ms)
		db_bind_int(stmt, i, ms);
	else
		db_bind_null(stmt, i);
}

/* The store has it as it is now: what it counts towards moves with it. */
static int recount(struct db *db, struct report_row *row, const struct report_counted *is)
{
	const struct report_counted was = { row->state_stored, row->category_stored,
					    row->number_stored };

	row->state_stored = is->state;
	row->category_stored = is->category;
	row->number_stored = is->number;
	return report_tally_changed(db, row->received_ms, &was, is);
}

static struct report_counted counted_of(const struct report_row *row)
{
	return (struct report_counted){ row->state, row->category, row->number };
}

static int update_number(struct db *db, const struct report_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_REPORT_NUMBER);

	if (strcmp(row->number.text, row->number_stored.text) == 0)
		return 0;
	db_bind_text(stmt, 1, row->number.text);
	db_bind_int(stmt, 2, row->id);
	report_crowd_forget(db);
	return db_run(stmt);
}

static int update_row(struct db *db, struct report_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_REPORT_UPDATE);
	struct report_counted is = counted_of(row);
	int rc;

	db_bind_int(stmt, 1, row->state);
	bind_time(stmt, 2, row->check_at);
	db_bind_int(stmt, 3, row->checks);
	db_bind_int(stmt, 4, row->deadline_ms);
	db_bind_int(stmt, 5, row->score);
	db_bind_text(stmt, 6, row->reasons);
	bind_time(stmt, 7, row->call_start_ms);
	db_bind_int(stmt, 8, row->forged);
	db_bind_int(stmt, 9, row->events);
	db_bind_blob(stmt, 10, row->chain, sizeof(row->chain));
	db_bind_int(stmt, 11, row->appealed);
	db_bind_int(stmt, 12, row->id);
	rc = db_run(stmt);
	if (rc == 0)
		rc = update_number(db, row);
	is.category = row->category_stored; /* another statement's: report_row_write_reading() */
	return rc < 0 ? rc : recount(db, row, &is);
}

static void bind_call_time(struct db_stmt *stmt, int i, const struct report_row *row)
{
	if (!row->has_call_time)
		return;
	db_bind_int(stmt, i, row->call_from_ms);
	db_bind_int(stmt, i + 1, row->call_to_ms);
}

int report_row_insert(struct db *db, struct report_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_REPORT_INSERT);
	const struct report_counted is = counted_of(row);
	int rc;

	db_bind_int(stmt, 1 + C_ID, row->id);
	db_bind_text(stmt, 1 + C_SUBSCRIBER, row->subscriber.text);
	db_bind_text(stmt, 1 + C_NUMBER, row->number.text);
	db_bind_int(stmt, 1 + C_INTENT, row->intent);
	db_bind_int(stmt, 1 + C_CATEGORY, row->category);
	db_bind_text(stmt, 1 + C_TEXT, row->text);
	db_bind_int(stmt, 1 + C_RECEIVED, row->received_ms);
	bind_call_time(stmt, 1 + C_CALL_FROM, row);
	db_bind_int(stmt, 1 + C_STATE, row->state);
	bind_time(stmt, 1 + C_CHECK_AT, row->check_at);
	db_bind_int(stmt, 1 + C_CHECKS, row->checks);
	db_bind_int(stmt, 1 + C_DEADLINE, row->deadline_ms);
	db_bind_text(stmt, 1 + C_ROUTE, row->route);
	db_bind_int(stmt, 1 + C_SCORE, row->score);
	db_bind_text(stmt, 1 + C_REASONS, row->reasons);
	bind_time(stmt, 1 + C_CALL_START, row->call_start_ms);
	db_bind_int(stmt, 1 + C_FORGED, row->forged);
	db_bind_int(stmt, 1 + C_EVENTS, row->events);
	db_bind_blob(stmt, 1 + C_CHAIN, row->chain, sizeof(row->chain));
	db_bind_int(stmt, 1 + C_TOLD, row->told);
	db_bind_int(stmt, 1 + C_APPEALED, row->appealed);
	row->is_new = false;
	row->number_stored = is.number;
	row->state_stored = is.state;
	row->category_stored = is.category;
	report_crowd_add(db, row->number.text, row->subscriber.text, row->received_ms);
	rc = db_run(stmt);
	return rc < 0 ? rc : report_tally_new(db, row->received_ms, &is);
}

/* The one place in which a state changes: in `row`, with its event in the store. */
static int step(struct db *db, struct report_row *row, enum report_state to, int64_t now_ms,
		const char *reasons, const char *detail)
{
	const struct report_event event = { row->id, row->events + 1, now_ms, row->state,
					    to,	     reasons,	      detail };

	if (!(next_states[row->state] & 1u << to))
		return -EINVAL;
	row->events = event.seq;
	row->state = to;
	snprintf(row->reasons, sizeof(row->reasons), "%s", reasons);
	return report_chain_add(db, &event, row->chain);
}

int report_row_begin(struct db *db, struct report_row *row, enum report_state to, int64_t now_ms,
		     const char *detail)
{
	row->state = REPORT_STATE_RECEIVED;
	row->is_new = true;
	return step(db, row, to, now_ms, "", detail);
}

int report_row_open(struct db *db, struct report_row *row, enum report_state to, int64_t now_ms,
		    const char *detail)
{
	int rc = report_row_begin(db, row, to, now_ms, detail);

	return rc < 0 ? rc : report_row_insert(db, row);
}

int report_transition(struct db *db, struct report_row *row, enum report_state to, int64_t now_ms,
		      const char *reasons, const char *detail)
{
	bool answers = to == REPORT_STATE_VERIFIED || to == REPORT_STATE_REJECTED ||
		       to == REPORT_STATE_UNPROVED;
	bool late = now_ms > row->deadline_ms;
	int rc = step(db, row, to, now_ms, reasons, detail);

	if (rc < 0)
		return rc;
	if (row->is_new)
		return report_row_insert(db, row);
	rc = answers && row->state_stored != to ? report_tally_answered(db, now_ms, late) : 0;
	return rc < 0 ? rc : update_row(db, row);
}

int report_row_erase_details(struct db *db, struct report_row *row, int64_t now_ms)
{
	struct report_event event = { row->id,	  row->events + 1, now_ms, row->state,
				      row->state, REPORT_ERASED,   NULL };
	char seal[REPORT_SEAL_MAX];
	int rc = report_chain_erase(db, row->id, seal);

	if (rc <= 0)
		return rc;
	event.detail = seal;
	row->events = event.seq;
	rc = report_chain_add(db, &event, row->chain);
	return rc < 0 ? rc : update_row(db, row);
}

int report_row_erase(struct db *db, struct report_row *row, const struct number *subscriber,
		     const struct number *number, int64_t now_ms)
{
	int rc = report_row_erase_details(db, row, now_ms);
	struct report_counted is;
	struct db_stmt *stmt;

	if (rc < 0)
		return rc;
	row->subscriber = *subscriber;
	row->number = *number;
	is = (struct report_counted){ row->state_stored, row->category_stored, *number };
	rc = recount(db, row, &is);
	if (rc < 0)
		return rc;
	row->text = "";
	row->check_at = 0;
	report_crowd_forget(db);
	stmt = db_query(db, Q_REPORT_ERASE);
	db_bind_text(stmt, 1, row->subscriber.text);
	db_bind_text(stmt, 2, row->number.text);
	db_bind_int(stmt, 3, row->id);
	return db_run(stmt);
}

void route_make(char out[ROUTE_MAX], const char *account, const char *service_code)
{
	snprintf(out, ROUTE_MAX, "%.40s/%.20s", account, service_code);
}

void route_split(const char *route, char account[ROUTE_MAX], char service_code[ROUTE_MAX])
{
	const char *slash = strrchr(route, '/');

	account[0] = '\0';
	service_code[0] = '\0';
	if (!slash)
		return;
	snprintf(account, ROUTE_MAX, "%.*s", (int)(slash - route), route);
	snprintf(service_code, ROUTE_MAX, "%s", slash + 1);
}

int report_row_write_reading(struct db *db, struct report_row *row, const char *more)
{
	struct db_stmt *stmt = db_query(db, Q_REPORT_COMPLETE);
	const struct report_counted is = { row->state_stored, row->category, row->number_stored };
	int rc;

	db_bind_int(stmt, 1, row->category);
	if (row->has_call_time) {
		db_bind_int(stmt, 2, row->call_from_ms);
		db_bind_int(stmt, 3, row->call_to_ms);
	}
	if (more)
		db_bind_text(stmt, 4, more);
	db_bind_int(stmt, 5, row->intent);
	db_bind_int(stmt, 6, row->id);
	rc = db_run(stmt);
	return rc < 0 ? rc : recount(db, row, &is);
}
