/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/verifier_priv.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/outbox.h"
#include "gateway/redis_client.h"
#include "gateway/store.h"
#include "rules/report_id.h"

enum { FAULT_PAUSE_MS = 2000 };

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

void check_drop(struct check *check)
{
	struct verifier *verifier = check->verifier;

	check_free(check);
	call_next(verifier);
}

void check_submit(struct check *check)
{
	check->op.run = run_check;
	check->op.done = check_done;
	store_submit(check->verifier->gateway->store, &check->op);
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
		check_look_up(check);
		return;
	}
	check_decide(check);
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
		check_look_up(check);
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
	talloc_free(check->memory);
	check->memory = talloc_new(NULL);
	if (!check->memory)
		return -ENOMEM;
	return verdict_book_look_new(check->memory, db, row, &evidence, &check->terms.settings,
				     check->now_ms, &check->outcome);
}

void verifier_ahead_done(struct check *check, int64_t id)
{
	check->request.id = id;
	verdict_committed(check->verifier->gateway, id, &check->outcome);
	check_drop(check);
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
		check_submit(check);
}

void verifier_forget(struct check *check)
{
	check->stage = STAGE_FORGOTTEN;
	if (check->answered)
		check_drop(check);
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
	verifier->timer = event_new(gateway->base, -1, EV_PERSIST, verifier_on_timer, verifier);
	if (!verifier->timer) {
		talloc_free(verifier);
		return NULL;
	}
	return verifier;
}
