/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/policy_try.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/commands_query.h"
#include "gateway/iso_time.h"
#include "gateway/outbox.h"
#include "gateway/policy_judge.h"
#include "gateway/store.h"

/* CHUNK_MS: how long the reader is busy with us before it does something else. LATE_MS: ids are
 * given in the order of receipt, but for what waited for other parts. */
enum { CHUNK_MS = 30, TELL_MS = 500, LATE_MS = 3600000, DAY_MS = 86400000 };

struct totals {
	json_int_t judged;
	json_int_t changed;
	json_int_t approximate;
	json_int_t open;    /* policy has not judged them yet */
	json_int_t without; /* ended without evidence: no number came */
	json_int_t broken;
	json_int_t before_mb;
	json_int_t after_mb;
	json_int_t rewards_before;
	json_int_t rewards_after;
	json_int_t matrix[REPORT_STATE_COUNT][REPORT_STATE_COUNT];
};

struct
try {
	struct store_op op; /* first */
	struct gateway *gateway;
	struct control_request *request;
	const char *name;
	const char *text;
	uint32_t days;
	uint32_t limit;
	struct tables *tables; /* held: a reload may come meanwhile */
	struct config_policies running;
	struct config_policies wanted;
	struct policy_judge judge;
	int64_t last_id;
	int64_t done_id;
	bool begun;
	bool ended;
	int64_t told_ms;
	struct totals totals;
	json_t *changes;
	char error[CONFIG_ERROR_MAX];
};

/* ---- on the reader ---- */

static int report_at(struct db *db, int64_t id, int64_t *found, int64_t *received_ms)
{
	struct db_stmt *stmt = db_query(db, Q_REPORT_AT);
	int rc;

	db_bind_int(stmt, 1, id);
	rc = db_step(stmt);
	if (rc > 0) {
		*found = db_int(stmt, 0);
		*received_ms = db_int(stmt, 1);
	}
	db_finish(stmt);
	return rc;
}

/* The first report that may be of the time, by halves: there is no index of times. */
static int find_first(struct db *db, int64_t from_ms, int64_t last_id, int64_t *out)
{
	int64_t low = 0;
	int64_t high = last_id + 1;

	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		int64_t id;
		int64_t received_ms;
		int rc = report_at(db, middle, &id, &received_ms);

		if (rc < 0)
			return rc;
		if (rc == 0 || received_ms >= from_ms)
			high = middle;
		else
			low = id + 1;
	}
	*out = low;
	return 0;
}

static int find_last(struct db *db, int64_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_REPORT_LAST);
	int rc = db_step(stmt);

	if (rc > 0)
		*out = db_int(stmt, 0);
	db_finish(stmt);
	return rc < 0 ? rc : 0;
}

static int begin(struct db *db, struct try *try)
{
	struct policy_judge *judge = &try->judge;
	int rc = config_policies_read(try, try->name, try->text, strlen(try->text), &try->running,
				      &try->wanted, try->error);

	if (rc < 0)
		return rc;
	judge->db = db;
	judge->wanted = &try->wanted;
	judge->from_ms = clock_now_ms() - (int64_t)try->days * DAY_MS;
	try->changes = json_array();
	rc = find_last(db, &try->last_id);
	if (rc == 0)
		rc = find_first(db, judge->from_ms - LATE_MS, try->last_id, &judge->first_id);
	if (rc == 0)
		rc = policy_judge_begin(try, judge);
	try->done_id = judge->first_id - 1;
	try->begun = rc == 0;
	return rc;
}

static void list_change(struct try *try, const struct report_row *row,
			const struct judgement *judgement)
{
	char reasons[REPORT_REASONS_MAX];

	if (json_array_size(try->changes) >= try->limit)
		return;
	verdict_join_reasons(&judgement->verdict, reasons);
	json_array_append_new(
		try->changes,
		json_pack("{so so so ss ss so so}", "id", query_id(row->id), "received",
			  query_time(row->received_ms), "number", query_masked(row->number.text),
			  "from", report_state_name(judgement->was), "to",
			  report_state_name(judgement->is), "reasons",
			  query_list(judgement->stored.reasons), "would_be", query_list(reasons)));
}

static void add(struct try *try, const struct report_row *row, const struct judgement *judgement)
{
	struct totals *totals = &try->totals;

	totals->judged++;
	totals->approximate += judgement->approximate;
	totals->matrix[judgement->was][judgement->is]++;
	totals->before_mb += judgement->before_mb;
	totals->after_mb += judgement->after_mb;
	totals->rewards_before += judgement->before_mb > 0;
	totals->rewards_after += judgement->after_mb > 0;
	if (judgement->was == judgement->is)
		return;
	totals->changed++;
	list_change(try, row, judgement);
}

static bool is_closed(enum report_state state)
{
	return state == REPORT_STATE_VERIFIED || state == REPORT_STATE_REJECTED ||
	       state == REPORT_STATE_UNPROVED;
}

static int judge_row(struct try *try, const struct report_row *row)
{
	struct judgement judgement;
	int rc;

	if (row->received_ms < try->judge.from_ms)
		return 0;
	rc = policy_judge_report(&try->judge, row, &judgement);
	if (rc == -ENOENT && is_closed(row->state))
		try->totals.without++;
	else if (rc == -ENOENT)
		try->totals.open++;
	else if (rc == -EBADMSG)
		try->totals.broken++;
	else if (rc == 0)
		add(try, row, &judgement);
	else
		return rc;
	return 0;
}

/* Requests of the scratch ledger go nowhere. */
static int forget_requests(struct db *scratch)
{
	struct db_stmt *stmt = db_query(scratch, Q_OUTBOX_DELETE);

	db_bind_int(stmt, 1, OUTBOX_REWARD);
	db_bind_int(stmt, 2, 0);
	db_bind_int(stmt, 3, INT64_MAX);
	return db_run(stmt);
}

/* 1: there is more; 0: that was all. */
static int judge_rows(struct db *db, struct try *try, void *memory)
{
	struct db_stmt *stmt = db_query(db, Q_REPORT_RANGE);
	int64_t until_ms = clock_monotonic_ms() + CHUNK_MS;
	struct report_row row;
	int more;

	db_bind_int(stmt, 1, try->done_id);
	db_bind_int(stmt, 2, try->last_id);
	while ((more = db_step(stmt)) > 0) {
		int rc = report_row_load(memory, stmt, &row);

		if (rc == 0)
			rc = judge_row(try, &row);
		if (rc < 0)
			return rc;
		try->done_id = row.id;
		if (clock_monotonic_ms() >= until_ms)
			break;
	}
	db_finish(stmt);
	return more;
}

static int judge_chunk(struct db *db, struct try *try)
{
	struct db *scratch = try->judge.scratch;
	void *memory = talloc_new(try);
	int rc = memory ? db_begin(scratch) : -ENOMEM;

	if (rc == 0) {
		rc = judge_rows(db, try, memory);
		if (rc == 0)
			try->done_id = try->last_id;
		if (rc >= 0)
			rc = forget_requests(scratch);
		if (rc == 0)
			rc = db_commit(scratch);
		if (rc < 0)
			db_rollback(scratch);
	}
	talloc_free(memory);
	return rc;
}

/* A failed chunk ends it: what it counted may be half of one. */
static int run_try(struct db *db, struct store_op *op)
{
	struct try *try = (struct try *)op;
	int rc;

	if (try->ended)
		return try->op.rc;
	rc = try->begun ? judge_chunk(db, try) : begin(db, try);
	if (rc < 0)
		try->ended = true;
	return rc;
}

/* ---- the answer ---- */

static json_t *moves_json(const struct totals *totals)
{
	json_t *list = json_array();

	for (int from = 0; from < REPORT_STATE_COUNT; from++)
		for (int to = 0; to < REPORT_STATE_COUNT; to++)
			if (totals->matrix[from][to] > 0)
				json_array_append_new(list,
						      json_pack("{ss ss sI}", "from",
								query_report_state(from), "to",
								query_report_state(to), "reports",
								totals->matrix[from][to]));
	return list;
}

static json_t *policies_json(const struct config_policies *wanted)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < wanted->verdict_count; i++) {
		char effective[ISO_TIME_MAX];
		char hash[VERDICT_HASH_MAX];

		verdict_policy_hash(&wanted->verdict[i], hash);
		iso_time_format(wanted->verdict[i].effective_ms, effective);
		json_array_append_new(list,
				      json_pack("{ss ss}", "effective", effective, "hash", hash));
	}
	return list;
}

static json_t *answer_json(const struct try *try)
{
	const struct totals *totals = &try->totals;

	return json_pack(
		"{ss sI sI sI sI sI sI sI so so s{sI sI sI sI sI} sO}", "file", try->name, "days",
		(json_int_t)try->days, "judged", totals->judged, "changed", totals->changed,
		"approximate", totals->approximate, "not_judged_yet", totals->open,
		"ended_without_evidence", totals->without, "evidence_not_readable", totals->broken,
		"policies", policies_json(&try->wanted), "verdicts", moves_json(totals), "rewards",
		"before", totals->rewards_before, "after", totals->rewards_after, "before_mb",
		totals->before_mb, "after_mb", totals->after_mb, "difference_mb",
		totals->after_mb - totals->before_mb, "changes", try->changes);
}

static void finish(struct try *try)
{
	if (try->error[0])
		control_fail(try->request, "%s", try->error);
	else if (try->op.rc < 0)
		control_fail_code(try->request, CONTROL_UNAVAILABLE, "store: %s",
				  strerror(-try->op.rc));
	else if (try->gateway->draining || !try->begun || try->done_id < try->last_id)
		control_fail_code(try->request, CONTROL_UNAVAILABLE, "ended before it was through");
	else
		control_answer(try->request, answer_json(try));
	try->gateway->trying_policy = false;
	json_decref(try->changes);
	tables_release(try->tables);
	talloc_free(try);
}

static void tell(struct try *try)
{
	int64_t now_ms = clock_monotonic_ms();
	int64_t of = try->last_id - try->judge.first_id + 1;
	int64_t done = try->done_id - try->judge.first_id + 1;

	if (now_ms - try->told_ms < TELL_MS)
		return;
	try->told_ms = now_ms;
	/* Lost when the client does not read: the next one says as much. */
	(void)control_push(try->request,
			   json_pack("{sI si}", "judged", try->totals.judged, "percent",
				     (int)(of > 0 ? done * 100 / of : 100)));
}

static void try_done(struct store_op *op)
{
	struct try *try = (struct try *)op;

	if (op->rc < 0 || try->gateway->draining || !control_is_wanted(try->request) ||
	    try->done_id >= try->last_id) {
		finish(try);
		return;
	}
	tell(try);
	store_submit(try->gateway->reader, &try->op);
}

void policy_try(struct gateway *gateway, struct control_request *request,
		const struct policy_try_request *wanted)
{
	struct try *try = gateway->trying_policy ? NULL : talloc_zero(NULL, struct try);

	if (!try) {
		control_fail_code(
			request, gateway->trying_policy ? CONTROL_BUSY : CONTROL_UNAVAILABLE, "%s",
			gateway->trying_policy ? "another policy is being tried" : "out of memory");
		return;
	}
	try->op = (struct store_op){ .run = run_try, .done = try_done };
	try->gateway = gateway;
	try->request = request;
	try->name = talloc_strdup(try, wanted->name);
	try->text = talloc_strdup(try, wanted->text);
	try->days = wanted->days;
	try->limit = wanted->limit;
	if (!try->name || !try->text ||
	    config_policies_copy(try, gateway->live, &try->running) < 0) {
		control_fail_code(request, CONTROL_UNAVAILABLE, "out of memory");
		talloc_free(try);
		return;
	}
	try->tables = tables_hold(gateway->live->tables);
	try->running.plan = try->tables->numbering;
	gateway->trying_policy = true;
	store_submit(gateway->reader, &try->op);
}
