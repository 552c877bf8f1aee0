/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/verifier.h"

#include <errno.h>
#include <osmocom/core/hashtable.h>
#include <osmocom/core/utils.h>
#include <stdatomic.h>
#include <string.h>
#include <talloc.h>

#include "gateway/answer.h"
#include "gateway/call_index.h"
#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/number_set.h"
#include "gateway/outbox.h"
#include "gateway/redis_client.h"
#include "gateway/store.h"
#include "gateway/watermark.h"
#include "rules/report_id.h"

enum { TICK_MS = 250, FAULT_PAUSE_MS = 2000, DAY_MS = 86400000, FLYING_BITS = 11 };

enum stage {
	STAGE_FLYING,
	STAGE_AHEAD,	 /* its report is on its way into the store */
	STAGE_FORGOTTEN, /* nobody waits for the answer of the look-up */
};

struct check {
	struct store_op op; /* first */
	enum stage stage;
	atomic_bool answered; /* read by the store thread: what the look-up found is in place */
	struct hlist_node node;
	struct verifier *verifier;
	struct verify_request request;
	struct evidence evidence;
	int64_t from_ms; /* for this time the records have to be complete */
	int64_t to_ms;
	bool covered; /* asked before the look-up */
	int64_t now_ms;
	struct verdict_terms terms;
	void *memory;
	struct verdict_outcome outcome;
};

struct verifier {
	struct gateway *gateway;
	struct event *timer;
	DECLARE_HASHTABLE(flying, FLYING_BITS);
	size_t flying_count;
	/* A burst of new reports comes faster than it can be looked at. In line, a ring that is
	 * there while it is needed, it does not have to wait for its check_at. */
	struct verify_request *waiting;
	size_t waiting_first;
	size_t waiting_count;
	bool scanning;
	int64_t pause_until_ms; /* the store failed: what is due stays due */
};

struct verify_request verify_request_of(const struct report_row *row)
{
	return (struct verify_request){
		.id = row->id,
		.subscriber = row->subscriber,
		.number = row->number,
		.intent = row->intent,
		.state = row->state,
		.received_ms = row->received_ms,
		.deadline_ms = row->deadline_ms,
		.has_call_time = row->has_call_time,
		.call_from_ms = row->call_from_ms,
		.call_to_ms = row->call_to_ms,
	};
}

static bool is_flying(struct verifier *verifier, int64_t id)
{
	struct check *check;

	hash_for_each_possible(verifier->flying, check, node,
			       (uint64_t)id) if (check->request.id == id) return true;
	return false;
}

static void check_free(struct check *check)
{
	hash_del(&check->node);
	check->verifier->flying_count--;
	talloc_free(check->memory);
	talloc_free(check);
}

/* ---- those in line ---- */

static void wait_in_line(struct verifier *verifier, const struct verify_request *request)
{
	if (!verifier->waiting)
		verifier->waiting = talloc_array(verifier, struct verify_request, WAITING_MAX);
	if (!verifier->waiting || verifier->waiting_count == WAITING_MAX)
		return; /* found again by its check_at */
	verifier->waiting[(verifier->waiting_first + verifier->waiting_count++) % WAITING_MAX] =
		*request;
}

static void call_next(struct verifier *verifier)
{
	struct verify_request next;

	if (verifier->waiting_count == 0)
		return;
	next = verifier->waiting[verifier->waiting_first];
	verifier->waiting_first = (verifier->waiting_first + 1) % WAITING_MAX;
	verifier->waiting_count--;
	if (verifier->waiting_count == 0)
		TALLOC_FREE(verifier->waiting);
	verifier_check(verifier, &next);
}

/* ---- the verdict, in the store ---- */

static int run_check(struct db *db, struct store_op *op)
{
	struct check *check = (struct check *)op;
	struct evidence evidence = check->evidence;

	talloc_free(check->memory);
	check->memory = talloc_new(NULL);
	if (!check->memory)
		return -ENOMEM;
	return verdict_book_look(check->memory, db, check->request.id, &evidence,
				 &check->terms.settings, check->now_ms, &check->outcome);
}

static void count(struct metrics *metrics, const struct verdict_outcome *outcome)
{
	metrics->reports_open += outcome->reopened;
	if (outcome->ended && metrics->reports_open > 0)
		metrics->reports_open--;
	metrics->reports_in_time_total += outcome->ended && outcome->in_time;
	metrics->reports_late_total += outcome->ended && !outcome->in_time;
	metrics->reports_verified_total += outcome->kind == VERDICT_VERIFIED;
	metrics->reports_rejected_total += outcome->kind == VERDICT_REJECTED;
	metrics->reports_unproved_total += outcome->kind == VERDICT_UNPROVED;
	metrics->reports_review_total += outcome->kind == VERDICT_REVIEW;
	metrics->rewards_due_total += outcome->rewarded;
	metrics->rewards_open += outcome->rewarded;
	metrics->rewards_withheld_total += outcome->withheld;
}

static void log_outcome(int64_t report_id, const struct verdict_outcome *outcome)
{
	char id[REPORT_ID_MAX];

	report_id_format(report_id, id);
	LOGP(LOG_REPORT, LOGL_INFO, "%s %s: %s\n", id, report_state_name(outcome->state),
	     outcome->reasons);
}

void verdict_committed(struct gateway *gateway, int64_t id, const struct verdict_outcome *outcome)
{
	log_outcome(id, outcome);
	count(&gateway->metrics, outcome);
	if (outcome->kind == VERDICT_VERIFIED && !outcome->forged &&
	    number_set_add(gateway->reported, outcome->number.text) < 0)
		LOGP(LOG_BLOCK, LOGL_ERROR, "out of memory for reported numbers\n");
	outbox_kick(gateway->outbox);
}

static void note_warning(struct gateway *gateway, const struct check *check)
{
	char id[REPORT_ID_MAX];

	report_id_format(check->request.id, id);
	gateway->metrics.reports_warned_total++;
	LOGP(LOG_REPORT, LOGL_INFO, "%s %s: its clock runs out soon\n", id,
	     report_state_name(check->outcome.state));
	outbox_kick(gateway->outbox);
}

static void check_done(struct store_op *op)
{
	struct check *check = (struct check *)op;
	struct gateway *gateway = check->verifier->gateway;
	const struct verdict_outcome *outcome = &check->outcome;

	if (op->rc < 0) {
		/* Its check_at is as it was: it comes again. */
		if (log_seldom(&gateway->store_fault_logged_ms))
			LOGP(LOG_STORE, LOGL_ERROR, "report %lld not decided: %s\n",
			     (long long)check->request.id, strerror(-op->rc));
		check->verifier->pause_until_ms = clock_monotonic_ms() + FAULT_PAUSE_MS;
	} else {
		if (outcome->kind != VERDICT_WAIT)
			verdict_committed(gateway, check->request.id, outcome);
		if (outcome->warned)
			note_warning(gateway, check);
	}
	check_free(check);
	call_next(gateway->verifier);
}

static bool is_partner(const struct config *config, const char *number)
{
	for (unsigned i = 0; i < config->reports.partners_count; i++)
		if (strcmp(config->reports.partners[i], number) == 0)
			return true;
	return false;
}

static void drop(struct check *check)
{
	struct verifier *verifier = check->verifier;

	check_free(check);
	call_next(verifier);
}

static void submit(struct check *check)
{
	check->op.run = run_check;
	check->op.done = check_done;
	store_submit(check->verifier->gateway->store, &check->op);
}

/* A later call, or one that weighs it, may still come; or Redis was emptied, and not all is there
 * again: then no source reaches back to the call, or its caller has called nobody. */
static bool is_partial(const struct check *check)
{
	const struct evidence *evidence = &check->evidence;

	return evidence->call == EVIDENCE_CALL_FOUND &&
	       (evidence->distinct_called == 0 ||
		!watermarks_cover(check->verifier->gateway->watermarks, evidence->record.start_ms,
				  check->to_ms));
}

static void decide(struct check *check)
{
	struct gateway *gateway = check->verifier->gateway;

	/* The index is empty of this call; that says something only once the feed is complete. */
	if (check->evidence.call == EVIDENCE_CALL_NONE && !check->covered)
		check->evidence.call = EVIDENCE_CALL_UNKNOWN;
	check->evidence.partial = is_partial(check);
	check->evidence.class =
		number_classify(gateway->live->tables->numbering, check->request.number.text);
	check->evidence.official =
		number_is_official(gateway->live->tables->numbering, check->request.number.text);
	number_looks_like(gateway->live->tables->language, check->request.number.text,
			  strlen(check->request.number.text), &check->evidence.alike);
	check->evidence.partner = is_partner(gateway->live, check->request.number.text);
	check->now_ms = clock_now_ms();
	atomic_store_explicit(&check->answered, true, memory_order_release);
	if (check->stage == STAGE_FLYING)
		submit(check);
	else if (check->stage == STAGE_FORGOTTEN)
		drop(check);
}

/* ---- the look-up ---- */

static void on_marks_read(void *user, bool ok)
{
	struct check *check = user;

	check->covered = ok && watermarks_cover(check->verifier->gateway->watermarks,
						check->from_ms, check->to_ms);
	decide(check);
}

/* What was covered a moment ago may have been lost since, the records with it (FLUSHALL, a failover
 * to an empty Redis): "no such call" is believed when the marks are there after the look-up, too.
 */
static void on_found(void *user, const struct evidence *found)
{
	struct check *check = user;

	check->evidence = *found;
	if (found->call == EVIDENCE_CALL_NONE && check->covered) {
		if (watermarks_reread(check->verifier->gateway->watermarks, on_marks_read, check) ==
		    0)
			return;
		check->covered = false;
	}
	decide(check);
}

static struct call_query make_query(const struct check *check)
{
	const struct verify_request *request = &check->request;
	const struct verdict_policy *policy = &check->terms.policy;
	int64_t slack_ms = (int64_t)policy->slack_s * 1000;
	struct call_query query = { .subscriber = request->subscriber,
				    .caller = request->number,
				    .fanout_days = policy->fanout_days,
				    .acquaintance_days = policy->acquaintance_days };

	if (request->has_call_time) {
		query.from_ms = request->call_from_ms - slack_ms;
		query.to_ms = request->call_to_ms + slack_ms;
	} else {
		query.from_ms = request->received_ms - (int64_t)policy->window_days * DAY_MS;
		query.to_ms = request->received_ms + slack_ms;
	}
	/* Records of a source whose clock is ahead tell later times than the subscriber. */
	query.to_ms += watermarks_ahead(check->verifier->gateway->watermarks);
	/* The slack may reach into a day that has hardly begun. */
	query.fanout_to_ms =
		query.to_ms < request->received_ms ? query.to_ms : request->received_ms;
	return query;
}

/* The index still has the day: call_index.h lets its keys expire. */
static bool is_kept(const struct check *check)
{
	int64_t days = check->verifier->gateway->config->feed.retention_days + (int64_t)1;

	return clock_now_ms() < call_day_start(check->from_ms) + days * DAY_MS;
}

/* A look that ends the report even without a call writes down what it knows of the number: that
 * should be all. One that only waits on, or asks whether a late record has come, needs no more than
 * the answer. */
static bool ends_without_call(const struct check *check)
{
	const struct verify_request *request = &check->request;

	if (request->state == REPORT_STATE_UNPROVED)
		return false;
	return check->covered || clock_now_ms() >= request->deadline_ms ||
	       number_is_official(check->verifier->gateway->live->tables->numbering,
				  request->number.text) ||
	       is_partner(check->verifier->gateway->live, request->number.text);
}

static void look_up(struct check *check)
{
	struct gateway *gateway = check->verifier->gateway;
	struct call_query query = make_query(check);

	/* A call after the report cannot be meant: the slack at its end need not be covered. */
	int64_t to_ms = query.to_ms - watermarks_ahead(gateway->watermarks);

	if (to_ms > check->request.received_ms)
		to_ms = check->request.received_ms;

	check->from_ms = query.from_ms;
	check->to_ms = to_ms + (int64_t)check->terms.policy.grace_s * 1000;
	check->covered = is_kept(check) &&
			 watermarks_cover(gateway->watermarks, check->from_ms, check->to_ms);
	query.whole = ends_without_call(check);
	if (call_index_find(gateway->calls, &query, on_found, check) == 0)
		return;
	/* Redis is away: nothing is known, and the clock still runs. */
	check->evidence = (struct evidence){ .call = EVIDENCE_CALL_UNKNOWN };
	decide(check);
}

int verdict_terms_fill(void *ctx, const struct gateway *gateway, int64_t received_ms,
		       struct verdict_terms *out)
{
	const struct config *live = gateway->live;
	struct reply_manner manner;
	const struct verdict_policy *policy = verdict_policy_at(
		live->verdict_policies, live->verdict_policies_count, received_ms);
	const struct reward_policy *reward = reward_policy_at(
		live->reward_policies, live->reward_policies_count, clock_now_ms());

	if (answer_manner(ctx, live, &manner) < 0)
		return -ENOMEM;
	out->policy = policy ? *policy : verdict_policy_default;
	memcpy(out->policy_hash, config_policy_hash(live, policy), VERDICT_HASH_MAX);
	if (reward)
		out->reward = *reward;
	out->settings = (struct verdict_settings){
		.policy = &out->policy,
		.policy_hash = out->policy_hash,
		.reward = reward ? &out->reward : NULL,
		.reward_channel = reward_channel(gateway->config),
		.manner = manner,
		.instance = gateway->config->instance,
		.recheck_ms = (int64_t)live->reports.recheck_s * 1000,
		.recheck_max_ms = (int64_t)live->reports.recheck_max_s * 1000,
		.quiet = live->reports.quiet,
		.questions = live->reports.questions,
		.reopen_ms = (int64_t)live->reports.reopen_days * DAY_MS,
		.warn_ms = (int64_t)live->reports.warn_before_s * 1000,
		.promise_ms = (int64_t)live->reports.promise_s * 1000,
	};
	return 0;
}

static bool has_call_to_find(const struct verify_request *request)
{
	return request->intent == REPORT_CALL && request->number.text[0] &&
	       request->state != REPORT_STATE_REVIEW;
}

/* NULL: out of memory. `key`: the report's id or, while that is not known, the check's own. */
static struct check *check_create(struct verifier *verifier, const struct verify_request *request,
				  enum stage stage)
{
	struct check *check = talloc_zero(NULL, struct check);
	uint64_t key = stage == STAGE_AHEAD ? (uintptr_t)check : (uint64_t)request->id;

	if (!check ||
	    verdict_terms_fill(check, verifier->gateway, request->received_ms, &check->terms) < 0) {
		talloc_free(check);
		return NULL;
	}
	check->verifier = verifier;
	check->request = *request;
	check->stage = stage;
	hash_add(verifier->flying, &check->node, key);
	verifier->flying_count++;
	return check;
}

void verifier_check(struct verifier *verifier, const struct verify_request *request)
{
	struct check *check;

	if (verifier->gateway->draining || is_flying(verifier, request->id))
		return; /* found again by its check_at */
	if (verifier->flying_count >= VERIFY_MAX) {
		wait_in_line(verifier, request);
		return;
	}
	check = check_create(verifier, request, STAGE_FLYING);
	if (!check)
		return; /* the same */
	if (has_call_to_find(request)) {
		look_up(check);
		return;
	}
	decide(check);
}

/* ---- before the report is stored ---- */

struct check *verifier_ahead(struct verifier *verifier, const struct verify_request *request)
{
	struct check *check;

	if (verifier->gateway->draining || verifier->flying_count >= VERIFY_MAX ||
	    !has_call_to_find(request) || !redis_client_connected(verifier->gateway->redis))
		return NULL;
	check = check_create(verifier, request, STAGE_AHEAD);
	if (check)
		look_up(check);
	return check;
}

/* What was asked is what is to be known. */
static bool same_question(const struct verify_request *a, const struct verify_request *b)
{
	return a->intent == b->intent && a->state == b->state && a->received_ms == b->received_ms &&
	       a->deadline_ms == b->deadline_ms && a->has_call_time == b->has_call_time &&
	       a->call_from_ms == b->call_from_ms && a->call_to_ms == b->call_to_ms &&
	       strcmp(a->subscriber.text, b->subscriber.text) == 0 &&
	       strcmp(a->number.text, b->number.text) == 0;
}

int verifier_decide_ahead(struct db *db, struct check *check, const struct report_row *row)
{
	struct verify_request request = verify_request_of(row);
	struct evidence evidence;

	if (!atomic_load_explicit(&check->answered, memory_order_acquire) ||
	    !same_question(&check->request, &request))
		return 0;
	evidence = check->evidence;
	return verdict_book_look_new(db, row, &evidence, &check->terms.settings, check->now_ms,
				     &check->outcome);
}

void verifier_ahead_done(struct check *check, int64_t id)
{
	check->request.id = id;
	verdict_committed(check->verifier->gateway, id, &check->outcome);
	drop(check);
}

void verifier_go_on(struct check *check, const struct verify_request *request)
{
	struct verifier *verifier = check->verifier;

	if (!same_question(&check->request, request)) {
		verifier_forget(check);
		verifier_check(verifier, request);
		return;
	}
	hash_del(&check->node);
	hash_add(verifier->flying, &check->node, (uint64_t)request->id);
	check->request.id = request->id;
	check->stage = STAGE_FLYING;
	if (check->answered)
		submit(check);
}

void verifier_forget(struct check *check)
{
	check->stage = STAGE_FORGOTTEN;
	if (check->answered)
		drop(check);
}

/* ---- what is due ---- */

struct due_op {
	struct store_op op; /* first */
	struct verifier *verifier;
	int64_t now_ms;
	size_t limit;
	void *memory;
	struct verify_request *requests;
	size_t count;
};

static int run_due(struct db *db, struct store_op *op)
{
	struct due_op *due = (struct due_op *)op;
	struct db_stmt *stmt = db_query(db, Q_REPORT_DUE);
	struct report_row row;
	int rc;

	talloc_free(due->memory);
	due->memory = talloc_new(NULL);
	due->requests = talloc_array(due->memory, struct verify_request, due->limit);
	due->count = 0;
	if (!due->requests)
		return -ENOMEM;
	db_bind_int(stmt, 1, due->now_ms);
	db_bind_int(stmt, 2, (int64_t)due->limit);
	while ((rc = db_step(stmt)) > 0) {
		rc = report_row_load(due->memory, stmt, &row);
		if (rc < 0)
			return rc;
		due->requests[due->count++] = verify_request_of(&row);
	}
	return rc;
}

static void due_done(struct store_op *op)
{
	struct due_op *due = (struct due_op *)op;

	due->verifier->scanning = false;
	for (size_t i = 0; op->rc == 0 && i < due->count; i++)
		verifier_check(due->verifier, &due->requests[i]);
	talloc_free(due->memory);
	talloc_free(due);
}

static void scan(struct verifier *verifier)
{
	struct due_op *due;

	if (verifier->scanning || verifier->gateway->draining ||
	    verifier->flying_count >= VERIFY_MAX || clock_monotonic_ms() < verifier->pause_until_ms)
		return;
	due = talloc_zero(NULL, struct due_op);
	if (!due)
		return;
	due->op.run = run_due;
	due->op.done = due_done;
	due->verifier = verifier;
	due->now_ms = clock_now_ms();
	/* Those under way are due as well until they are decided: leave room to see past them. */
	due->limit = VERIFY_MAX;
	verifier->scanning = true;
	store_submit(verifier->gateway->reader, &due->op);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	scan(arg);
}

void verifier_start(struct verifier *verifier)
{
	struct timeval every = { TICK_MS / 1000, (TICK_MS % 1000) * 1000 };

	event_add(verifier->timer, &every);
	scan(verifier);
}

/* Looks that Redis did not answer any more; what was with the store is done by now. */
static int verifier_destroy(struct verifier *verifier)
{
	struct hlist_node *next;
	struct check *check;
	size_t bucket;

	if (verifier->timer)
		event_free(verifier->timer);
	hash_for_each_safe(verifier->flying, bucket, next, check, node) check_free(check);
	return 0;
}

struct verifier *verifier_create(void *ctx, struct gateway *gateway)
{
	struct verifier *verifier = talloc_zero(ctx, struct verifier);

	if (!verifier)
		return NULL;
	talloc_set_destructor(verifier, verifier_destroy);
	verifier->gateway = gateway;
	hash_init(verifier->flying);
	verifier->timer = event_new(gateway->base, -1, EV_PERSIST, on_timer, verifier);
	if (!verifier->timer) {
		talloc_free(verifier);
		return NULL;
	}
	return verifier;
}
