/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/report_flow_priv.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/answer.h"
#include "gateway/api.h"
#include "gateway/dialogue.h"
#include "gateway/log.h"
#include "gateway/message_row.h"
#include "gateway/outbox.h"
#include "gateway/report_blocked.h"
#include "gateway/rule_cache.h"
#include "gateway/subscriber_row.h"
#include "rules/report_id.h"

enum { RETRY_S = 1, RETRY_MAX_S = 64 };

/* ---- answers ---- */

int flow_answer(struct db *db, struct flow *flow, enum reply_kind kind, struct reply_values *values,
		int64_t report_id, unsigned told)
{
	const struct outbox_row row = { .target = flow->subscriber.text,
					.report_id = report_id,
					.told = told,
					.route = flow->route,
					.created_ms = flow->received_ms };

	if (flow->turn == FLOOD_SILENT)
		return 0;
	if (flow->turn == FLOOD_LAST)
		kind = REPLY_FLOOD;
	return answer_put(db, kind, &flow->manner, values, &row);
}

/* ---- what a text asks for ---- */

static int tell_help(struct db *db, struct flow *flow)
{
	struct reply_values values = { 0 };

	return flow_answer(db, flow, REPLY_HELP, &values, 0, TOLD_NOTHING);
}

typedef int flow_handler(struct db *db, struct flow *flow);
/* What words ask for is done at once unless it changes something. */
static flow_handler *const handlers[] = {
	[REPORT_EMPTY] = flow_empty,
	[REPORT_BLOCK_ON] = flow_ask_wish,
	[REPORT_BLOCK_OFF] = flow_ask_wish,
	[REPORT_BLOCK_QUERY] = flow_tell_shield,
	[REPORT_HELP] = tell_help,
	[REPORT_APPEAL] = flow_take_appeal,
	[REPORT_STATUS_QUERY] = flow_tell_status,
	[REPORT_SMS] = flow_take_report,
	[REPORT_CALL] = flow_take_report,
	[REPORT_SPAM_FORWARD] = flow_take_report,
	[REPORT_UNSUBSCRIBE] = flow_ask_wish,
	[REPORT_CHAT] = flow_chat,
};
_Static_assert(sizeof(handlers) / sizeof(*handlers) == REPORT_INTENT_COUNT,
	       "one handler an intent");

/* Exact keywords. */
static flow_handler *const sense_handlers[] = {
	[KEYWORD_NONE] = NULL,
	[KEYWORD_HELP] = tell_help,
	[KEYWORD_STATUS] = flow_tell_status,
	[KEYWORD_APPEAL] = flow_take_appeal,
	[KEYWORD_SHIELD_ON] = flow_take_shield,
	[KEYWORD_SHIELD_OFF] = flow_take_shield,
	[KEYWORD_SHIELD_STATE] = flow_tell_shield,
	[KEYWORD_ALLOW_NUMBER] = flow_take_number,
	[KEYWORD_BLOCK_NUMBER] = flow_take_number,
	[KEYWORD_UNDO] = flow_undo,
	[KEYWORD_BLOCKED_LIST] = flow_blocked_list,
	[KEYWORD_RELEASE] = flow_release,
	[KEYWORD_THANKS] = flow_thanks,
	[KEYWORD_DIGEST_ON] = flow_digest,
	[KEYWORD_DIGEST_OFF] = flow_digest,
	[KEYWORD_UNSUBSCRIBE] = flow_unsubscribe,
	[KEYWORD_PLAIN_TEXTS] = flow_take_style,
	[KEYWORD_STANDARD_TEXTS] = flow_take_style,
	[KEYWORD_MACHINE] = flow_machine,
	[KEYWORD_REPORTED_ON] = flow_take_reported,
	[KEYWORD_REPORTED_OFF] = flow_take_reported,
	[KEYWORD_REPORTED_STATE] = flow_take_reported,
};
_Static_assert(sizeof(sense_handlers) / sizeof(*sense_handlers) == KEYWORD_SENSE_COUNT,
	       "one handler a sense");

static flow_handler *handler_of(const struct flow *flow)
{
	const struct report_reading *reading = &flow->reading;

	if (flow->opening.act != SHIELD_NONE)
		return flow_take_opening;
	if (reading->keyword.near)
		return flow_ask_wish;
	return reading->keyword.sense == KEYWORD_NONE ? handlers[reading->intent]
						      : sense_handlers[reading->keyword.sense];
}

/* An exact keyword is no answer, and goes on with nothing. */
static int take_words(struct db *db, struct flow *flow)
{
	bool whole =
		flow->reading.keyword.sense != KEYWORD_NONE || flow->opening.act != SHIELD_NONE;

	return whole ? 0 : flow_take_words(db, flow);
}

/* What was asked is answered by the next text or not at all. */
static int take_answer(struct db *db, struct flow *flow)
{
	int rc = flow_take_short_answer(db, flow);

	if (rc != 0 || !answer_is_person(flow->subscriber.text))
		return rc;
	return subscriber_row_close(db, flow->subscriber.text);
}

int report_flow_run(struct db *db, struct flow *flow, int64_t id, int64_t *report_id)
{
	int rc;

	flow_part_words(flow);
	talloc_free(flow->memory);
	flow->memory = talloc_new(flow);
	flow->first_id = id;
	flow->report_id = 0;
	flow->opened = 0;
	flow->reopened = 0;
	flow->duplicates = 0;
	flow->unanswered = 0;
	flow->check_count = 0;
	flow->decided = false;
	flow->asks = false;
	flow->released = 0;
	flow->rules = (struct rule_state){ 0 };
	if (!flow->memory)
		return -ENOMEM;
	rc = take_answer(db, flow);
	if (rc == 0)
		rc = take_words(db, flow);
	if (rc == 0)
		rc = handler_of(flow)(db, flow);
	*report_id = flow->report_id;
	return rc < 0 ? rc : 0;
}

static int run_flow(struct db *db, struct store_op *op)
{
	struct flow *flow = (struct flow *)op;
	int64_t report_id;
	int rc = report_flow_run(db, flow, flow->first_id, &report_id);

	for (size_t i = 0; rc == 0 && i < flow->id_count; i++)
		rc = message_row_done(db, flow->ids[i], report_id);
	return rc;
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct flow *flow = arg;

	(void)fd;
	(void)what;
	event_free(flow->retry);
	flow->retry = NULL;
	talloc_steal(NULL, flow); /* from now on the store thread's */
	store_submit(flow->gateway->store, &flow->op);
}

/* What the store will be able to do again. Anything else is about this message: it is tried ever
 * more seldom, so that a few of them do not keep the store busy. */
static bool passes(int rc)
{
	return rc == -ENOSPC || rc == -EIO || rc == -EBUSY || rc == -ENOMEM;
}

static void retry_later(struct flow *flow)
{
	struct timeval tv = { 0 };

	if (!flow->retry_s || passes(flow->op.rc))
		flow->retry_s = RETRY_S;
	else if (flow->retry_s < RETRY_MAX_S)
		flow->retry_s *= 2;
	tv.tv_sec = flow->retry_s;
	if (log_seldom(&flow->gateway->store_fault_logged_ms))
		LOGP(LOG_STORE, LOGL_ERROR, "message %lld not read: %s\n",
		     (long long)flow->first_id, strerror(-flow->op.rc));
	/* On the way out it stays in the store, and is read after the next start. */
	flow->retry = flow->gateway->draining
			      ? NULL
			      : event_new(flow->gateway->base, -1, 0, on_retry, flow);
	if (flow->ahead)
		verifier_forget(flow->ahead); /* what it finds is old by then */
	flow->ahead = NULL;
	talloc_steal(flow->gateway, flow); /* while it waits, to go with everything else */
	if (!flow->retry || event_add(flow->retry, &tv) < 0)
		talloc_free(flow);
}

static void log_flow(const struct flow *flow)
{
	char id[REPORT_ID_MAX] = "-";
	char mask[2][NUMBER_MAX];

	if (flow->report_id)
		report_id_format(flow->report_id, id);
	LOGP(LOG_REPORT, LOGL_INFO, "%s %s from %s about %s%s\n", id,
	     report_intent_name(flow->reading.intent), log_number(mask[0], flow->subscriber.text),
	     flow->reading.number_count ? log_number(mask[1], flow->reading.numbers[0].text) : "-",
	     flow->duplicates ? ", joins an earlier report" : "");
}

static void check_reports(struct flow *flow)
{
	size_t i = 0;

	if (flow->ahead && flow->check_count > 0) {
		if (flow->decided)
			verifier_ahead_done(flow->ahead, flow->checks[0].id);
		else
			verifier_go_on(flow->ahead, &flow->checks[0]);
		flow->ahead = NULL;
		i = 1;
	}
	for (; i < flow->check_count; i++)
		verifier_check(flow->gateway->verifier, &flow->checks[i]);
}

void report_flow_done(struct flow *flow)
{
	struct gateway *gateway = flow->gateway;

	log_flow(flow);
	gateway->metrics.reports_total += flow->opened;
	gateway->metrics.reports_open += flow->opened + flow->reopened;
	gateway->metrics.reports_duplicate_total += flow->duplicates;
	gateway->metrics.texts_flood_total += flow->turn == FLOOD_SILENT;
	gateway->metrics.texts_unanswered_total += flow->unanswered;
	gateway->metrics.released_total += flow->released;
	if (flow->rules.text)
		rule_cache_put(gateway->rules, flow->subscriber.text, flow->rules.text);
	for (size_t i = 0; i < flow->check_count; i++)
		api_note_report(gateway->api, flow->checks[i].id,
				report_state_name(REPORT_STATE_PENDING));
	outbox_kick(gateway->outbox);
	check_reports(flow);
	if (flow->asks)
		dialogue_ask(gateway->dialogue, &flow->question, &flow->candidates);
	talloc_free(flow);
}

static void flow_done(struct store_op *op)
{
	struct flow *flow = (struct flow *)op;

	if (op->rc < 0)
		retry_later(flow);
	else
		report_flow_done(flow);
}

void report_flow_free(struct flow *flow)
{
	talloc_free(flow);
}

void report_flow_submit(struct flow *flow, const int64_t *ids, size_t id_count)
{
	flow->op.run = run_flow;
	flow->op.done = flow_done;
	flow->ids = talloc_memdup(flow, ids, id_count * sizeof(*ids));
	flow->id_count = id_count;
	if (!flow->ids) {
		talloc_free(flow); /* it is read after the next start */
		return;
	}
	flow->first_id = ids[0];
	for (size_t i = 1; i < id_count; i++)
		if (ids[i] < flow->first_id)
			flow->first_id = ids[i];
	store_submit(flow->gateway->store, &flow->op);
}

/* ---- repeated parts ---- */

struct mark_op {
	struct store_op op; /* first */
	int64_t id;
};

static int run_mark(struct db *db, struct store_op *op)
{
	return message_row_done(db, ((struct mark_op *)op)->id, 0);
}

/* A failure leaves the part in the store; after the next start it is a repeated part again. */
static void mark_done(struct store_op *op)
{
	talloc_free(op);
}

void report_flow_duplicate_part(struct gateway *gateway, int64_t id)
{
	struct mark_op *mark = talloc_zero(NULL, struct mark_op);

	if (!mark)
		return;
	mark->op.run = run_mark;
	mark->op.done = mark_done;
	mark->id = id;
	store_submit(gateway->store, &mark->op);
}
