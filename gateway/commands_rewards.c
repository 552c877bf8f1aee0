/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao rewards`: the ledger looked at. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/commands_number.h"
#include "gateway/commands_page.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/reward_row.h"
#include "gateway/settlement.h"
#include "rules/report_id.h"

/* SCAN_MAX: of those of a state, so many entries are looked at for a page at most. */
enum { PAGE_MAX = 500, SCAN_MAX = 10000 };

static json_t *entry_json(const struct query *query, const struct reward_row *row)
{
	const struct gateway *gateway = query->gateway;

	return json_pack("{ss ss ss sI so so so so so so so sI so so ss}", "id", row->id, "type",
			 reward_kind_name(row->kind), "state",
			 reward_state_name(row->kind, row->state), "amount_mb",
			 (json_int_t)row->amount_mb, "report", query_id(row->report_id),
			 "subscriber", query_masked(row->subscriber.text), "subscriber_ref",
			 command_ref(gateway, row->subscriber.text), "caller",
			 query_masked(row->caller.text), "caller_ref",
			 command_ref(gateway, row->caller.text), "created",
			 query_time(row->created_ms), "requested", query_time(row->requested_ms),
			 "attempts", (json_int_t)row->attempts, "next", query_time(row->next_ms),
			 "settled", query_time(row->settled_ms), "reason", row->reason);
}

/* ---- the list ---- */

enum which { LATEST, FAILED, OVERDUE };

/* The latest and the failed from the newest on, what is overdue from the oldest on. */
static struct db_stmt *open_list(struct db *db, const struct query *query)
{
	static const enum db_query lists[] = {
		[LATEST] = Q_LEDGER_LIST, [FAILED] = Q_LEDGER_FAILED, [OVERDUE] = Q_LEDGER_OVERDUE
	};
	const struct page *page = query->argument;
	struct db_stmt *stmt = db_query(db, lists[query->id]);

	db_bind_int(stmt, 1, query->id == LATEST ? SCAN_MAX : page->limit + 1);
	switch ((enum which)query->id) {
	case LATEST:
		db_bind_int(stmt, 2, page->at);
		db_bind_int(stmt, 3, page->id);
		break;
	case FAILED:
		db_bind_int(stmt, 2, page->id);
		break;
	case OVERDUE:
		db_bind_int(stmt, 2, clock_now_ms() - query->overdue_ms);
		if (page->id < INT64_MAX) {
			db_bind_int(stmt, 3, page->at);
			db_bind_int(stmt, 4, page->id);
		}
		break;
	}
	return stmt;
}

static int work_list(struct db *db, struct query *query)
{
	const struct page *page = query->argument;
	struct db_stmt *stmt = open_list(db, query);
	json_t *list = json_array();
	struct reward_row row = { 0 };
	int64_t seen = 0;
	int rc = 0;

	query->result = json_pack("{so}", "rewards", list);
	while ((int64_t)json_array_size(list) < page->limit && (rc = db_step(stmt)) > 0) {
		reward_row_load(stmt, &row);
		seen++;
		if (query->state == REWARD_STATE_COUNT || (int)row.state == query->state)
			json_array_append_new(list, entry_json(query, &row));
	}
	if (rc >= 0)
		rc = seen == SCAN_MAX ? 1 : rc > 0 ? db_step(stmt) : 0;
	db_finish(stmt);
	json_object_set_new(query->result, "next",
			    rc > 0 ? page_next(row.created_ms, row.report_id) : json_null());
	return rc < 0 ? rc : 0;
}

void command_rewards(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *state_text = json_string_value(json_object_get(args, "state"));
	bool overdue = json_is_true(json_object_get(args, "overdue"));
	enum reward_state state = REWARD_STATE_COUNT;
	struct query *query;
	struct page page;

	if (state_text && reward_state_parse(state_text, &state) < 0) {
		control_fail(request, "state: '%s' is not known", state_text);
		return;
	}
	if (json_is_true(json_object_get(args, "failed")))
		state = REWARD_STATE_FAILED;
	if (!page_read(request, args, &page))
		return;
	query = query_create(gateway, request, work_list);
	if (!query)
		return;
	query->id = overdue ? OVERDUE : state == REWARD_STATE_FAILED ? FAILED : LATEST;
	query->state = overdue ? REWARD_STATE_COUNT : (int)state;
	query->overdue_ms = (int64_t)gateway->live->rewards.overdue_s * 1000;
	query->argument = talloc_memdup(query, &page, sizeof(page));
	if (query->argument)
		store_submit(gateway->reader, &query->op);
	else
		query_no_memory(query);
}

/* ---- one entry with its history ---- */

static void add_step(json_t *history, int64_t at_ms, const char *what, const char *reason,
		     const char *actor)
{
	if (at_ms)
		json_array_append_new(history,
				      json_pack("{so ss ss ss}", "at", query_time(at_ms), "what",
						what, "reason", reason, "by", actor));
}

static int add_events(struct db *db, const struct reward_row *row, json_t *history)
{
	struct db_stmt *stmt = db_query(db, Q_REWARD_EVENTS);
	int rc;

	db_bind_text(stmt, 1, row->id);
	while ((rc = db_step(stmt)) > 0)
		add_step(history, db_int(stmt, 0), db_text(stmt, 1), db_text(stmt, 2),
			 db_text(stmt, 3));
	return rc;
}

static int add_history(struct db *db, const struct reward_row *row, json_t *history)
{
	bool withheld = row->state == REWARD_STATE_WITHHELD;
	int rc;

	add_step(history, row->created_ms, withheld ? "withheld" : "due",
		 withheld ? row->reason : row->note, "");
	rc = add_events(db, row, history);
	add_step(history, row->requested_ms, "last requested", "", "");
	if (!withheld)
		add_step(history, row->settled_ms, reward_state_name(row->kind, row->state),
			 row->reason, "");
	return rc;
}

/* The reversal of a credit, the credit of a reversal. */
static int add_other(struct db *db, const struct reward_row *row, json_t *result)
{
	bool reversal = row->kind == REWARD_REVERSAL;
	struct reward_row other;
	int rc = reward_row_of_report(db, reversal ? REWARD_CREDIT : REWARD_REVERSAL,
				      row->report_id, &other);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	json_object_set_new(result, reversal ? "reverses" : "reversed_by", json_string(other.id));
	return 0;
}

static int work_one(struct db *db, struct query *query)
{
	const char *id = query->argument;
	json_t *history = json_array();
	struct reward_row row;
	int rc = query->id ? reward_row_of_report(db, REWARD_CREDIT, query->id, &row)
			   : reward_row_get(db, id, &row);

	if (rc == -ENOENT)
		snprintf(query->error, sizeof(query->error), "id: not in the ledger");
	if (rc == 0) {
		query->result = entry_json(query, &row);
		rc = add_other(db, &row, query->result);
	}
	if (rc == 0)
		rc = add_history(db, &row, history);
	if (rc == 0)
		json_object_set(query->result, "history", history);
	json_decref(history);
	return rc;
}

void command_reward(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *text = json_string_value(json_object_get(args, "id"));
	struct query *query;
	int64_t report = 0;

	if (!text || (!reward_id_valid(text) && report_id_parse(text, strlen(text), &report) < 0)) {
		control_fail(request, "id: '%s' is no ledger entry and no report",
			     text ? text : "");
		return;
	}
	query = query_create(gateway, request, work_one);
	if (!query)
		return;
	query->id = report;
	query->argument = talloc_strdup(query, text);
	store_submit(gateway->reader, &query->op);
}

/* ---- for programs that compare ---- */

struct span {
	int64_t from_ms;
	int64_t to_ms;
	int64_t after_ms;
	char after_id[REWARD_KEY_MAX];
};

static json_t *compact_json(const struct reward_row *row)
{
	return json_pack("{ss ss ss sI sI}", "id", row->id, "type", reward_kind_name(row->kind),
			 "state", reward_state_name(row->kind, row->state), "amount_mb",
			 (json_int_t)row->amount_mb, "changed_ms", (json_int_t)row->changed_ms);
}

static int work_page(struct db *db, struct query *query)
{
	const struct span *span = query->argument;
	struct db_stmt *stmt = db_query(db, Q_LEDGER_SPAN);
	json_t *list = json_array();
	struct reward_row row;
	int rc;

	query->result = json_pack("{so}", "entries", list);
	db_bind_int(stmt, 1, span->from_ms);
	db_bind_int(stmt, 2, span->to_ms);
	db_bind_int(stmt, 3, span->after_ms);
	db_bind_text(stmt, 4, span->after_id);
	db_bind_int(stmt, 5, PAGE_MAX);
	while ((rc = db_step(stmt)) > 0) {
		reward_row_load(stmt, &row);
		json_array_append_new(list, compact_json(&row));
	}
	json_object_set_new(query->result, "more", json_boolean(json_array_size(list) == PAGE_MAX));
	return rc;
}

void command_reward_ledger(struct gateway *gateway, struct control_request *request, json_t *args)
{
	json_int_t from, to, after;
	const char *after_id;
	struct query *query;
	struct span *span;

	if (json_unpack(args, "{sI sI sI ss}", "from_ms", &from, "to_ms", &to, "after_ms", &after,
			"after_id", &after_id) < 0) {
		control_fail(request, "wants from_ms, to_ms, after_ms and after_id");
		return;
	}
	query = query_create(gateway, request, work_page);
	if (!query)
		return;
	span = talloc_zero(query, struct span);
	query->argument = span;
	if (span) {
		span->from_ms = from;
		span->to_ms = to;
		span->after_ms = after;
		snprintf(span->after_id, sizeof(span->after_id), "%s", after_id);
	}
	store_submit(gateway->reader, &query->op);
}

static int work_lookup(struct db *db, struct query *query)
{
	const json_t *ids = query->argument;
	json_t *list = json_array();
	struct reward_row row;
	size_t i;
	json_t *id;

	query->result = json_pack("{so}", "entries", list);
	json_array_foreach(ids, i, id)
	{
		int rc = reward_row_get(db, json_string_value(id), &row);

		if (rc < 0 && rc != -ENOENT)
			return rc;
		json_array_append_new(list, rc == 0 ? compact_json(&row) : json_null());
	}
	return 0;
}

/* The list is only read there, and borrowed until the answer. */
void command_reward_lookup(struct gateway *gateway, struct control_request *request, json_t *args)
{
	json_t *ids = json_object_get(args, "ids");
	struct query *query;
	size_t i;
	json_t *id;

	if (!json_is_array(ids) || json_array_size(ids) > PAGE_MAX) {
		control_fail(request, "ids: wants a list of at most %d", PAGE_MAX);
		return;
	}
	json_array_foreach(ids, i, id)
	{
		if (json_is_string(id))
			continue;
		control_fail(request, "ids: wants texts");
		return;
	}
	query = query_create(gateway, request, work_lookup);
	if (!query)
		return;
	query->argument = ids;
	store_submit(gateway->reader, &query->op);
}

/* ---- settlement ---- */

struct settle {
	struct settlement_place place;
	struct settlement_day day;
};

static int work_settlement(struct db *db, struct query *query)
{
	const struct settle *settle = query->argument;
	struct settlement_totals totals;
	char path[PATH_MAX];
	bool written = false;
	int rc = settlement_check(&settle->place, &settle->day, &totals);

	if (rc == -ENOENT) {
		rc = settlement_write(db, &settle->place, &settle->day, clock_now_ms(), &totals);
		written = true;
	}
	settlement_path(&settle->place, &settle->day, path);
	if (rc < 0) {
		snprintf(query->error, sizeof(query->error), "%.160s: %s", path,
			 rc == -EBADMSG ? "is not what was written" : strerror(-rc));
		return rc;
	}
	query->result =
		json_pack("{ss ss sb sI sI sI sI sI ss}", "day", settle->day.text, "file", path,
			  "written_now", written, "count", (json_int_t)totals.count, "adjustments",
			  (json_int_t)totals.adjustments, "sum_mb", (json_int_t)totals.sum_mb,
			  "credited_mb", (json_int_t)totals.credited_mb, "reversed_mb",
			  (json_int_t)totals.reversed_mb, "sha256", totals.sha256);
	return 0;
}

void command_settlement(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *text = json_string_value(json_object_get(args, "day"));
	struct settle settle;
	struct query *query;

	if (!text || settlement_day_read(text, &settle.day) < 0) {
		control_fail(request, "day: '%s' is no day (2026-11-25)", text ? text : "");
		return;
	}
	if (settle.day.to_ms > clock_now_ms()) {
		control_fail(request, "day: %s is not over", text);
		return;
	}
	settle.place = *settlement_place_of(gateway->settlement);
	query = query_create(gateway, request, work_settlement);
	if (!query)
		return;
	query->argument = talloc_memdup(query, &settle, sizeof(settle));
	store_submit(gateway->worker, &query->op);
}
