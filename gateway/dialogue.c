/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/dialogue.h"

#include <errno.h>
#include <osmocom/core/hashtable.h>
#include <osmocom/core/utils.h>
#include <string.h>
#include <talloc.h>

#include "gateway/answer.h"
#include "gateway/caller_list.h"
#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/question_row.h"
#include "gateway/store.h"

enum { TICK_MS = 1000, FAULT_PAUSE_MS = 2000, FLYING_BITS = 9 };

/* One question on its way: the look-up below the dialogue, then the store's. */
struct asking {
	struct store_op op; /* first */
	struct hlist_node node;
	struct dialogue *dialogue;
	struct verify_request request;
	struct call_list candidates;
	struct call_list list;
	bool chosen; /* no question: the report in `request` is to be verified */
	struct reply_manner manner;
	int64_t now_ms;
	void *memory;
};

struct dialogue {
	struct gateway *gateway;
	struct event *timer;
	DECLARE_HASHTABLE(flying, FLYING_BITS);
	size_t flying_count;
	bool scanning;
	int64_t pause_until_ms; /* the store failed: what is due stays due */
};

static int asking_destroy(struct asking *asking)
{
	hash_del(&asking->node);
	asking->dialogue->flying_count--;
	return 0;
}

static bool is_flying(struct dialogue *dialogue, int64_t id)
{
	struct asking *asking;

	hash_for_each_possible(dialogue->flying, asking, node,
			       (uint64_t)id) if (asking->request.id == id) return true;
	return false;
}

/* ---- the question, in the store ---- */

static int put_question(struct db *db, const struct asking *asking, const struct report_row *row)
{
	const struct question_row question = { .report_id = row->id,
					       .kind = QUESTION_NUMBER,
					       .choices = asking->list };
	const struct outbox_row out = { .target = row->subscriber.text,
					.report_id = row->id,
					.told = TOLD_RECEIPT,
					.route = row->route,
					.created_ms = asking->now_ms };
	struct reply_values values = { .choices = &asking->list, .now_ms = asking->now_ms };
	int rc = question_row_ask(db, &question, row->subscriber.text, asking->now_ms);

	if (rc < 0)
		return rc;
	return answer_put(db, asking->list.count ? REPLY_CHOOSE_NUMBER : REPLY_NEEDS_NUMBER,
			  &asking->manner, &values, &out);
}

/* One of the numbers that the report names called, and no other: that is the one. */
static int take_caller(struct db *db, struct asking *asking, struct report_row *row)
{
	enum { SECOND_MS = 1000 };
	const struct call_list_entry *entry = &asking->list.entries[0];
	const struct outbox_row out = { .target = row->subscriber.text,
					.report_id = row->id,
					.told = TOLD_RECEIPT,
					.route = row->route,
					.created_ms = asking->now_ms };
	struct reply_values values = { .number = entry->number.text };
	int rc;

	row->number = entry->number;
	row->has_call_time = true;
	row->call_from_ms = entry->start_ms;
	row->call_to_ms = entry->start_ms + SECOND_MS;
	row->check_at = asking->now_ms;
	rc = report_row_write_reading(db, row, NULL);
	if (rc == 0)
		rc = report_transition(db, row, REPORT_STATE_PENDING, asking->now_ms,
				       "number_chosen", row->text);
	if (rc == 0)
		rc = question_row_close(db, row->id, asking->now_ms);
	if (rc < 0)
		return rc;
	asking->chosen = true;
	asking->request = verify_request_of(row);
	return answer_put(db, REPLY_RECEIVED, &asking->manner, &values, &out);
}

static int settle(struct db *db, struct asking *asking, const struct question_row *question,
		  struct report_row *row)
{
	if (question->kind != QUESTION_EITHER)
		return put_question(db, asking, row);
	if (asking->list.count == 1)
		return take_caller(db, asking, row);
	if (asking->list.count == 0)
		asking->list = question->choices;
	return put_question(db, asking, row);
}

/* The report may have its number by now, or somebody else may have asked. */
static int run_ask(struct db *db, struct store_op *op)
{
	struct asking *asking = (struct asking *)op;
	int64_t id = asking->request.id;
	struct question_row question;
	struct report_row row;
	int rc;

	talloc_free(asking->memory);
	asking->memory = talloc_new(NULL);
	asking->chosen = false;
	if (!asking->memory)
		return -ENOMEM;
	rc = question_row_get(db, id, &question);
	if (rc <= 0 || question.asked > 0)
		return rc < 0 ? rc : 0;
	rc = report_row_get(asking->memory, db, id, &row);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	if (rc == -ENOENT || row.state != REPORT_STATE_NEEDS_NUMBER)
		return question_row_close(db, id, asking->now_ms);
	return settle(db, asking, &question, &row);
}

static void ask_done(struct store_op *op)
{
	struct asking *asking = (struct asking *)op;
	struct dialogue *dialogue = asking->dialogue;

	if (op->rc < 0) {
		if (log_seldom(&dialogue->gateway->store_fault_logged_ms))
			LOGP(LOG_STORE, LOGL_ERROR, "question on report %lld not put: %s\n",
			     (long long)asking->request.id, strerror(-op->rc));
		dialogue->pause_until_ms = clock_monotonic_ms() + FAULT_PAUSE_MS;
	} else {
		outbox_kick(dialogue->gateway->outbox);
		if (asking->chosen)
			verifier_check(dialogue->gateway->verifier, &asking->request);
	}
	talloc_free(asking->memory);
	talloc_free(asking);
}

static void submit(struct asking *asking)
{
	struct gateway *gateway = asking->dialogue->gateway;

	talloc_steal(NULL, asking); /* from now on the store thread's */
	asking->now_ms = clock_now_ms();
	asking->op.run = run_ask;
	asking->op.done = ask_done;
	store_submit(gateway->store, &asking->op);
}

/* ---- the look-up ---- */

static void on_listed(void *user, const struct call_list *list)
{
	struct asking *asking = user;

	if (list)
		asking->list = *list;
	submit(asking);
}

static struct caller_query make_query(const struct config *live,
				      const struct verify_request *request,
				      const struct call_list *candidates)
{
	const struct verdict_policy *policy = verdict_policy_at(
		live->verdict_policies, live->verdict_policies_count, request->received_ms);
	int64_t slack_ms = (int64_t)(policy ? policy : &verdict_policy_default)->slack_s * 1000;

	return (struct caller_query){
		.subscriber = request->subscriber,
		.received_ms = request->received_ms,
		.days = live->reports.list_days,
		.max = candidates->count ? candidates->count : (size_t)live->reports.list_max,
		.only = *candidates,
		.has_call_time = request->has_call_time,
		.call_from_ms = request->call_from_ms - slack_ms,
		.call_to_ms = request->call_to_ms + slack_ms,
	};
}

void dialogue_ask(struct dialogue *dialogue, const struct verify_request *request,
		  const struct call_list *candidates)
{
	struct gateway *gateway = dialogue->gateway;
	struct caller_query query = make_query(gateway->live, request, candidates);
	struct asking *asking;

	if (dialogue->flying_count >= DIALOGUE_MAX || gateway->draining ||
	    is_flying(dialogue, request->id))
		return; /* found again by its due_ms */
	asking = talloc_zero(dialogue, struct asking);
	if (!asking || answer_manner(asking, gateway->live, &asking->manner) < 0) {
		talloc_free(asking);
		return;
	}
	asking->dialogue = dialogue;
	asking->request = *request;
	hash_add(dialogue->flying, &asking->node, (uint64_t)request->id);
	dialogue->flying_count++;
	talloc_set_destructor(asking, asking_destroy);
	if (caller_list_ask(asking, gateway, &query, on_listed, asking) < 0)
		submit(asking);
}

/* ---- what is due ---- */

struct due_op {
	struct store_op op; /* first */
	struct dialogue *dialogue;
	int64_t until_ms;
	void *memory;
	size_t count;
	struct due_question {
		struct verify_request request;
		struct call_list candidates;
	} questions[DIALOGUE_MAX];
};

static int load_candidates(struct db *db, struct due_question *due)
{
	struct question_row question;
	int rc = question_row_get(db, due->request.id, &question);

	if (rc > 0 && question.kind == QUESTION_EITHER)
		due->candidates = question.choices;
	return rc < 0 ? rc : 0;
}

static int run_due(struct db *db, struct store_op *op)
{
	struct due_op *due = (struct due_op *)op;
	struct db_stmt *stmt = db_query(db, Q_QUESTION_DUE);
	struct report_row row;
	int rc;

	talloc_free(due->memory);
	due->memory = talloc_new(NULL);
	due->count = 0;
	if (!due->memory)
		return -ENOMEM;
	db_bind_int(stmt, 1, due->until_ms);
	db_bind_int(stmt, 2, DIALOGUE_MAX);
	while ((rc = db_step(stmt)) > 0) {
		rc = report_row_load(due->memory, stmt, &row);
		if (rc < 0)
			return rc;
		due->questions[due->count++].request = verify_request_of(&row);
	}
	for (size_t i = 0; rc == 0 && i < due->count; i++)
		rc = load_candidates(db, &due->questions[i]);
	return rc;
}

static void due_done(struct store_op *op)
{
	struct due_op *due = (struct due_op *)op;

	due->dialogue->scanning = false;
	for (size_t i = 0; op->rc == 0 && i < due->count; i++)
		dialogue_ask(due->dialogue, &due->questions[i].request,
			     &due->questions[i].candidates);
	talloc_free(due->memory);
	talloc_free(due);
}

static void scan(struct dialogue *dialogue, int64_t until_ms)
{
	struct due_op *due;

	if (dialogue->scanning || dialogue->gateway->draining ||
	    dialogue->flying_count >= DIALOGUE_MAX ||
	    clock_monotonic_ms() < dialogue->pause_until_ms)
		return;
	due = talloc_zero(NULL, struct due_op);
	if (!due)
		return;
	due->op.run = run_due;
	due->op.done = due_done;
	due->dialogue = dialogue;
	due->until_ms = until_ms;
	dialogue->scanning = true;
	store_submit(dialogue->gateway->reader, &due->op);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	scan(arg, clock_now_ms());
}

void dialogue_start(struct dialogue *dialogue)
{
	struct timeval every = { TICK_MS / 1000, (TICK_MS % 1000) * 1000 };

	event_add(dialogue->timer, &every);
	scan(dialogue, clock_now_ms() + DIALOGUE_DUE_MS);
}

static int dialogue_destroy(struct dialogue *dialogue)
{
	if (dialogue->timer)
		event_free(dialogue->timer);
	return 0;
}

struct dialogue *dialogue_create(void *ctx, struct gateway *gateway)
{
	struct dialogue *dialogue = talloc_zero(ctx, struct dialogue);

	if (!dialogue)
		return NULL;
	talloc_set_destructor(dialogue, dialogue_destroy);
	dialogue->gateway = gateway;
	hash_init(dialogue->flying);
	dialogue->timer = event_new(gateway->base, -1, EV_PERSIST, on_timer, dialogue);
	if (!dialogue->timer) {
		talloc_free(dialogue);
		return NULL;
	}
	return dialogue;
}
