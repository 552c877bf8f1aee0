/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/operator_try.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/operator_rules.h"
#include "gateway/traffic_desk.h"
#include "gateway/traffic_row.h"

/* CHUNK_MS: how long the reader is busy with us before it does something else. */
enum { CHUNK_MS = 30, RECORDED_MAX = 20000, RECORDED_STEP = 200, HOUR_MS = 3600 * 1000 };

enum step { STEP_BEGIN, STEP_TRAFFIC, STEP_RECORDED, STEP_END };

/* ---- on the reader ---- */

static int find_wanted(struct db *db, struct operator_try *try)
{
	struct operator_version version;
	int rc;

	if (try->back_to < 0)
		return 0;
	rc = operator_store_get(try, db, try->back_to, &version);
	if (rc == -ENOENT)
		snprintf(try->error, sizeof(try->error), "version: there is no %lld",
			 (long long)try->back_to);
	if (rc < 0)
		return rc;
	try->wants_configured = version.configured;
	try->text = version.configured ? try->configured : version.text;
	return 0;
}

static int compile_wanted(struct operator_try *try)
{
	const struct numbering *plan = try->tables->numbering;
	struct block_fault fault = { 0 };
	size_t line = 0;
	int rc = block_set_compile(try, plan, try->text, strlen(try->text), &try->wanted, &line,
				   &fault);

	if (rc == -EBADMSG || rc == -E2BIG)
		snprintf(try->error, sizeof(try->error), "line %zu, column %zu: %s", line,
			 fault.column, fault.text);
	if (rc < 0)
		return rc;
	try->canonical = block_set_format(try, try->wanted);
	return try->canonical ? 0 : -ENOMEM;
}

static int begin(struct db *db, struct operator_try *try)
{
	ssize_t hits;
	int rc = find_wanted(db, try);

	if (rc == 0)
		rc = compile_wanted(try);
	if (rc < 0)
		return rc;
	hits = block_guard_protected(try, try->tables->numbering, try->wanted,
				     try->fixed->protected_numbers, try->hits, OPERATOR_HITS_MAX);
	if (hits < 0)
		return (int)hits;
	try->hit_count = (size_t)hits;
	try->step = STEP_TRAFFIC;
	return 0;
}

/* The receiver's rules; NULL: none. Below ctx. */
static int subscriber_rules(void *ctx, struct db *db, const struct numbering *plan,
			    const struct number *subscriber, struct block_set **out)
{
	struct db_stmt *stmt = db_query(db, Q_RULE_GET);
	int rc;

	*out = NULL;
	db_bind_text(stmt, 1, subscriber->text);
	rc = db_step(stmt);
	if (rc > 0) {
		const char *text = db_text(stmt, 1);

		rc = block_set_compile(ctx, plan, text, strlen(text), out, NULL, NULL);
		/* The near cache does not take them either. */
		if (rc == -EBADMSG || rc == -E2BIG)
			rc = 0;
	}
	db_finish(stmt);
	return rc;
}

struct both {
	struct block_decision before;
	struct block_decision after;
};

/* Of a pair that calls again and again one example is enough. */
static void add_example(struct operator_try *try, const struct block_attempt *attempt,
			const struct both *both)
{
	struct operator_example *example = &try->examples[try->example_count];

	if (try->example_count >= try->examples_max)
		return;
	for (size_t i = 0; i < try->example_count; i++) {
		const struct block_attempt *known = &try->examples[i].attempt;

		if (known->channel == attempt->channel &&
		    strcmp(known->caller.text, attempt->caller.text) == 0 &&
		    strcmp(known->called.text, attempt->called.text) == 0)
			return;
	}
	*example = (struct operator_example){ .attempt = *attempt,
					      .before = both->before.verdict,
					      .after = both->after.verdict };
	if (both->after.rule)
		block_rule_format(both->after.rule, example->rule);
	try->example_count++;
}

static int decide_both(struct db *db, struct operator_try *try, const struct block_attempt *attempt,
		       struct both *out)
{
	struct block_context context = { .subscriber_known = true,
					 .protected_numbers = try->fixed->protected_numbers };
	struct block_set *own;
	int rc = subscriber_rules(try, db, try->tables->numbering, &attempt->called, &own);

	if (rc < 0)
		return rc;
	context.subscriber = own;
	context.operator_rules = try->fixed->operator_rules;
	out->before = block_decide(attempt, &context);
	context.operator_rules = try->wanted;
	out->after = block_decide(attempt, &context);
	if (out->before.verdict != out->after.verdict)
		add_example(try, attempt, out);
	talloc_free(own);
	return 0;
}

static int judge_row(struct db *db, struct operator_try *try, const struct traffic_row *row)
{
	struct operator_effect *effect = &try->effects[row->channel];
	double weight = row->count > 0 ? (double)row->seen / (double)row->count : 0;

	effect->traffic.attempts += (double)row->seen;
	effect->traffic.samples += row->count;
	if (try->first_ms == 0 || row->begun_ms < try->first_ms)
		try->first_ms = row->begun_ms;
	for (size_t i = 0; i < row->count; i++) {
		struct both both;
		int rc = decide_both(db, try, &row->records[i].attempt, &both);
		bool before = both.before.verdict == BLOCK_DENY;
		bool after = both.after.verdict == BLOCK_DENY;

		if (rc < 0)
			return rc;
		effect->blocked_before += before ? weight : 0;
		effect->blocked_after += after ? weight : 0;
		effect->traffic.more += after && !before ? weight : 0;
		effect->let_through += before && !after ? weight : 0;
	}
	return 0;
}

static int judge_traffic(struct db *db, struct operator_try *try)
{
	int64_t until_ms = clock_monotonic_ms() + CHUNK_MS;
	void *memory = talloc_new(try);
	int rc = memory ? 1 : -ENOMEM;

	while (rc > 0 && clock_monotonic_ms() < until_ms) {
		struct traffic_row row = { .id = try->traffic_id };

		rc = traffic_row_next(memory, db, &row);
		if (rc <= 0 && rc != -EBADMSG)
			break;
		try->traffic_id = row.id;
		if (rc == -EBADMSG) {
			/* Of it nothing is known; it must not keep operations from changes. */
			row.count = 0;
			row.seen = 0;
			rc = 1;
		}
		if (row.begun_ms >= try->from_ms &&
		    (row.channel == BLOCK_CALL || row.channel == BLOCK_SMS) &&
		    judge_row(db, try, &row) < 0)
			rc = -EIO;
		talloc_free_children(memory);
	}
	talloc_free(memory);
	if (rc == 0)
		try->step = STEP_RECORDED;
	return rc < 0 ? rc : 0;
}

/* Where it entered, as far as the rule that blocked it tells. */
static enum block_entry entry_of(const struct numbering *plan, const char *rule)
{
	struct block_rule read;

	if (block_rule_parse(plan, rule, strlen(rule), &read, NULL) == 1 &&
	    read.origin == BLOCK_ORIGIN_INTERNATIONAL)
		return BLOCK_ENTRY_INTERNATIONAL;
	return BLOCK_ENTRY_UNKNOWN;
}

struct recorded {
	struct block_attempt attempt;
	int64_t id;
	int64_t count;
};

/* The next rows, read before they are judged: that asks the same connection. */
static ssize_t read_recorded(struct db *db, const struct operator_try *try,
			     struct recorded out[RECORDED_STEP])
{
	struct db_stmt *stmt = db_query(db, Q_ATTEMPT_BACK);
	ssize_t count = 0;
	int rc;

	db_bind_int(stmt, 1, try->attempt_id);
	db_bind_int(stmt, 2, RECORDED_STEP);
	while ((rc = db_step(stmt)) > 0) {
		struct recorded *row = &out[count++];

		*row = (struct recorded){ .id = db_int(stmt, 0), .count = db_int(stmt, 5) };
		snprintf(row->attempt.called.text, NUMBER_MAX, "%s", db_text(stmt, 1));
		snprintf(row->attempt.caller.text, NUMBER_MAX, "%s", db_text(stmt, 2));
		row->attempt.channel = (uint8_t)db_int(stmt, 3);
		row->attempt.now_ms = db_int(stmt, 4);
		row->attempt.entry = entry_of(try->tables->numbering, db_text(stmt, 6));
	}
	return rc < 0 ? rc : count;
}

static int judge_recorded(struct db *db, struct operator_try *try)
{
	struct recorded rows[RECORDED_STEP];
	ssize_t count = read_recorded(db, try, rows);

	for (ssize_t i = 0; i < count; i++) {
		struct both both;
		int rc = decide_both(db, try, &rows[i].attempt, &both);

		if (rc < 0)
			return rc;
		try->attempt_id = rows[i].id;
		try->recorded += rows[i].count;
		if (both.before.verdict == BLOCK_DENY && both.after.verdict != BLOCK_DENY)
			try->recorded_let_through += rows[i].count;
	}
	if (count < 0)
		return (int)count;
	try->attempt_rows += (size_t)count;
	if (count < RECORDED_STEP || try->attempt_rows >= RECORDED_MAX)
		try->step = STEP_END;
	return 0;
}

static int take_step(struct db *db, struct operator_try *try)
{
	switch ((enum step)try->step) {
	case STEP_BEGIN:
		return begin(db, try);
	case STEP_TRAFFIC:
		return judge_traffic(db, try);
	case STEP_RECORDED:
		return judge_recorded(db, try);
	case STEP_END:
		break;
	}
	return 0;
}

static int run_try(struct db *db, struct store_op *op)
{
	struct operator_try *try = (struct operator_try *)op;

	/* What failed is run once more by itself: what it counted may be half of a step. */
	if (try->failure == 0)
		try->failure = take_step(db, try);
	return try->failure;
}

/* ---- on the loop ---- */

static void try_done(struct store_op *op)
{
	struct operator_try *try = (struct operator_try *)op;

	if (op->rc == 0 && try->step != STEP_END && !try->gateway->draining) {
		store_submit(try->gateway->reader, &try->op);
		return;
	}
	if (op->rc < 0 && !try->error[0])
		snprintf(try->error, sizeof(try->error), "store: %s", strerror(-op->rc));
	else if (op->rc == 0 && try->step != STEP_END)
		snprintf(try->error, sizeof(try->error), "ended before it was through");
	try->done(try);
}

/* The sample is in the store now. */
static void on_flushed(void *user)
{
	struct operator_try *try = user;

	if (try->gateway->draining)
		try_done(&try->op);
	else
		store_submit(try->gateway->reader, &try->op);
}

struct operator_try *operator_try_create(struct gateway *gateway, const char *text, int64_t back_to,
					 const char **why)
{
	const struct config_blocking *blocking = &gateway->live->blocking;
	struct operator_try *try = NULL;

	*why = "other rules are being tried";
	if (gateway->trying_operator_rules)
		return NULL;
	*why = "out of memory";
	try = talloc_zero(NULL, struct operator_try);
	if (!try)
		return NULL;
	try->gateway = gateway;
	try->text = talloc_strdup(try, text);
	try->configured = operator_configured_text(try, blocking);
	if (!try->text || !try->configured) {
		talloc_free(try);
		return NULL;
	}
	try->op = (struct store_op){ .run = run_try, .done = try_done };
	try->back_to = back_to;
	try->tables = tables_hold(gateway->live->tables);
	try->fixed = rule_cache_hold(gateway->rules);
	try->from_ms = clock_now_ms() - (int64_t)blocking->traffic_hours * HOUR_MS;
	try->attempt_id = INT64_MAX;
	gateway->trying_operator_rules = true;
	return try;
}

void operator_try_begin(struct operator_try *try, void (*done)(struct operator_try *try))
{
	try->done = done;
	traffic_desk_flush(try->gateway->traffic, on_flushed, try);
}

void operator_try_free(struct operator_try *try)
{
	try->gateway->trying_operator_rules = false;
	fixed_rules_release(try->fixed);
	tables_release(try->tables);
	talloc_free(try);
}

enum block_guard_verdict operator_try_verdict(const struct operator_try *try, uint8_t channel)
{
	const struct config_blocking *blocking = &try->gateway->live->blocking;

	return block_guard_share(&try->effects[channel].traffic, blocking->guard_percent,
				 blocking->guard_least);
}
