/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/report_flow_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/answer.h"
#include "gateway/attempt_desk.h"
#include "gateway/dialogue.h"
#include "gateway/log.h"
#include "gateway/message_row.h"
#include "gateway/number_set.h"
#include "gateway/outbox.h"
#include "gateway/report_blocked.h"
#include "gateway/rule_cache.h"
#include "gateway/subscriber_row.h"
#include "rules/choice_read.h"
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

/* ---- reports ---- */

void flow_set_clocks(struct flow *flow, struct report_row *row)
{
	/* It is looked at right away; this finds it again should that come to nothing. */
	row->check_at = flow->received_ms + flow->recheck_ms;
	row->deadline_ms = row->received_ms + flow->deadline_ms;
}

int flow_tell_received(struct db *db, struct flow *flow, const struct report_row *row)
{
	struct reply_values values = { .number = row->number.text };

	return flow_answer(db, flow, REPLY_RECEIVED, &values, row->id, TOLD_RECEIPT);
}

void flow_check_now(struct flow *flow, const struct report_row *row)
{
	flow->checks[flow->check_count++] = verify_request_of(row);
}

static int open_with_question(struct db *db, struct flow *flow, struct report_row *row)
{
	int rc = report_row_insert(db, row);

	return rc < 0 ? rc : flow_ask_number(db, flow, row);
}

/* Where the call was looked up meanwhile, the row is stored with its verdict. */
static int open_with_number(struct db *db, struct flow *flow, struct report_row *row, bool at_once)
{
	int rc = flow_tell_received(db, flow, row);

	if (at_once)
		flow_check_now(flow, row);
	if (rc == 0 && at_once && flow->ahead && flow->check_count == 1)
		rc = verifier_decide_ahead(db, flow->ahead, row);
	if (rc < 0)
		return rc;
	flow->decided = flow->decided || rc > 0;
	return rc > 0 ? 0 : report_row_insert(db, row);
}

/* `number` NULL: it has to be asked for. */
static int open_report(struct db *db, struct flow *flow, int64_t id, const struct number *number)
{
	const struct report_reading *reading = &flow->reading;
	struct report_row row = {
		.id = id,
		.subscriber = flow->subscriber,
		.intent = reading->intent,
		.category = reading->category,
		.text = flow->text,
		.received_ms = flow->received_ms,
		.has_call_time = reading->has_call_time,
		.call_from_ms = reading->call_from_ms,
		.call_to_ms = reading->call_to_ms,
	};
	enum report_state state = REPORT_STATE_PENDING;
	int64_t at_once;
	int rc;

	memcpy(row.route, flow->route, sizeof(row.route));
	flow_set_clocks(flow, &row);
	at_once = row.check_at;
	if (number) {
		row.number = *number;
		if (flow_may_go_on(flow))
			row.check_at = flow->received_ms + flow->join_ms;
	} else {
		state = REPORT_STATE_NEEDS_NUMBER;
		row.check_at = flow->received_ms + flow->dialogue_ms;
	}
	rc = report_row_begin(db, &row, state, flow->received_ms, flow->text);
	if (rc < 0)
		return rc;
	if (!flow->report_id)
		flow->report_id = row.id;
	flow->opened++;
	return number ? open_with_number(db, flow, &row, row.check_at == at_once)
		      : open_with_question(db, flow, &row);
}

static bool windows_meet(const struct report_row *row, const struct report_reading *reading)
{
	if (!row->has_call_time || !reading->has_call_time)
		return true;
	return row->call_from_ms < reading->call_to_ms && reading->call_from_ms < row->call_to_ms;
}

/* A call and an SMS of one number are two complaints. */
static bool same_kind(enum report_intent a, enum report_intent b)
{
	return (a == REPORT_CALL) == (b == REPORT_CALL);
}

static bool is_open(enum report_state state)
{
	return state == REPORT_STATE_RECEIVED || state == REPORT_STATE_NEEDS_NUMBER ||
	       state == REPORT_STATE_PENDING || state == REPORT_STATE_REVIEW ||
	       state == REPORT_STATE_APPEALED;
}

int flow_find_same(struct db *db, struct flow *flow, const struct report_reading *reading,
		   const struct number *number, struct report_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_REPORT_SAME);
	int rc;

	db_bind_text(stmt, 1, flow->subscriber.text);
	db_bind_text(stmt, 2, number->text);
	db_bind_int(stmt, 3, flow->received_ms - flow->duplicate_ms);
	rc = report_row_first(flow->memory, stmt, row);
	if (rc <= 0)
		return rc;
	return same_kind(row->intent, reading->intent) && windows_meet(row, reading);
}

int flow_join(struct db *db, struct flow *flow, const struct report_row *row)
{
	struct reply_values values = { .number = row->number.text,
				       .day_ms = row->call_start_ms ? row->call_start_ms
								    : row->received_ms,
				       .state = row->state };

	if (!flow->report_id)
		flow->report_id = row->id;
	flow->duplicates++;
	return flow_answer(db, flow, is_open(row->state) ? REPLY_DUPLICATE : REPLY_STATUS, &values,
			   row->id, TOLD_NOTHING);
}

/* The sender's latest report: 1, or 0 when there is none. */
int flow_find_latest(struct db *db, struct flow *flow, struct report_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_REPORT_LATEST);

	db_bind_text(stmt, 1, flow->subscriber.text);
	return report_row_first(flow->memory, stmt, row);
}

/* Report ids are rows of message_in. A message that complains of several numbers makes as many
 * reports; each but the first takes a row of its own, without octets. */
static int make_id(struct db *db, struct flow *flow, int64_t *id)
{
	struct message_row row = { .received_ms = flow->received_ms,
				   .account = flow->route,
				   .source = flow->subscriber.text,
				   .state = MESSAGE_DONE };
	int rc = db_next_id(db, DB_SEQUENCE_MESSAGE, &row.id);

	*id = row.id;
	return rc < 0 ? rc : message_row_insert(db, &row);
}

static int take_number(struct db *db, struct flow *flow, const struct number *number)
{
	int64_t id = flow->first_id;
	struct report_row row;
	int rc = flow->first ? 0 : flow_find_same(db, flow, &flow->reading, number, &row);

	if (rc != 0)
		return rc < 0 ? rc : flow_join(db, flow, &row);
	if (flow->opened > 0)
		rc = make_id(db, flow, &id);
	return rc < 0 ? rc : open_report(db, flow, id, number);
}

/* "A or B": the records may tell which. An SMS leaves none, so both are taken. */
static bool is_one_of_several(const struct flow *flow)
{
	return flow->reading.either && flow->reading.intent == REPORT_CALL;
}

static int take_report(struct db *db, struct flow *flow)
{
	struct report_row row;
	int rc = flow_join_words(db, flow);

	if (rc == 0)
		rc = flow_find_latest(db, flow, &row);
	if (rc < 0)
		return rc;
	flow->first = rc == 0;
	if (rc > 0 && flow_is_question(flow, &row))
		return flow->reading.number_count ? flow_complete(db, flow, &row)
						  : flow_add_words(db, flow, &row);
	if (flow->reading.number_count == 0 || is_one_of_several(flow))
		return open_report(db, flow, flow->first_id, NULL);
	rc = flow->first ? 0 : flow_take_correction(db, flow);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	for (size_t i = 0; rc == 0 && i < flow->reading.number_count; i++)
		rc = take_number(db, flow, &flow->reading.numbers[i]);
	return rc;
}

/* ---- questions about a report ---- */

/* The report that a text is about: the one it names, if it is the sender's; else the latest. */
static int find_mentioned(struct db *db, struct flow *flow, struct report_row *row)
{
	struct db_stmt *stmt;
	int64_t id;
	int rc;

	if (flow->reading.receipt[0]) {
		if (report_id_parse(flow->reading.receipt, strlen(flow->reading.receipt), &id) < 0)
			return 0;
		rc = report_row_get(flow->memory, db, id, row);
		if (rc == -ENOENT)
			return 0;
		if (rc < 0)
			return rc;
		/* Nobody is shown another person's report. */
		return strcmp(row->subscriber.text, flow->subscriber.text) == 0;
	}
	stmt = db_query(db, flow->reading.number_count ? Q_REPORT_SAME : Q_REPORT_LATEST);
	db_bind_text(stmt, 1, flow->subscriber.text);
	if (flow->reading.number_count) {
		db_bind_text(stmt, 2, flow->reading.numbers[0].text);
		db_bind_int(stmt, 3, 0);
	}
	return report_row_first(flow->memory, stmt, row);
}

static int tell_status(struct db *db, struct flow *flow)
{
	struct reply_values values = { 0 };
	struct report_row row;
	int rc = find_mentioned(db, flow, &row);

	if (rc < 0)
		return rc;
	if (rc == 0)
		return flow_answer(db, flow, REPLY_STATUS_NONE, &values, 0, TOLD_NOTHING);
	flow->report_id = row.id;
	values.number = row.number.text;
	values.day_ms = row.call_start_ms ? row.call_start_ms : row.received_ms;
	values.state = row.state;
	return flow_answer(db, flow, REPLY_STATUS, &values, row.id, TOLD_NOTHING);
}

static bool may_appeal(const struct report_row *row)
{
	return !row->appealed &&
	       (row->state == REPORT_STATE_REJECTED || row->state == REPORT_STATE_UNPROVED);
}

static int take_appeal(struct db *db, struct flow *flow)
{
	struct reply_values values = { 0 };
	struct report_row row;
	int rc = find_mentioned(db, flow, &row);

	if (rc < 0)
		return rc;
	if (rc == 0 || !may_appeal(&row))
		return flow_answer(db, flow, REPLY_APPEAL_REFUSED, &values, rc ? row.id : 0,
				   TOLD_NOTHING);
	row.appealed = true;
	/* A clock of its own; it is looked at soon, to be warned of in time. */
	row.deadline_ms = flow->received_ms + flow->deadline_ms;
	row.check_at = flow->received_ms + flow->recheck_ms;
	rc = report_transition(db, &row, REPORT_STATE_APPEALED, flow->received_ms, "", flow->text);
	if (rc == 0)
		rc = report_transition(db, &row, REPORT_STATE_REVIEW, flow->received_ms, "", "");
	if (rc < 0)
		return rc;
	flow->report_id = row.id;
	flow->reopened++;
	values.number = row.number.text;
	return flow_answer(db, flow, REPLY_APPEALED, &values, row.id, TOLD_NOTHING);
}

/* ---- the rest ---- */

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
	[REPORT_APPEAL] = take_appeal,
	[REPORT_STATUS_QUERY] = tell_status,
	[REPORT_SMS] = take_report,
	[REPORT_CALL] = take_report,
	[REPORT_SPAM_FORWARD] = take_report,
	[REPORT_UNSUBSCRIBE] = flow_ask_wish,
	[REPORT_CHAT] = flow_chat,
};
_Static_assert(sizeof(handlers) / sizeof(*handlers) == REPORT_INTENT_COUNT,
	       "one handler an intent");

/* Exact keywords. */
static flow_handler *const sense_handlers[] = {
	[KEYWORD_NONE] = NULL,
	[KEYWORD_HELP] = tell_help,
	[KEYWORD_STATUS] = tell_status,
	[KEYWORD_APPEAL] = take_appeal,
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
};
_Static_assert(sizeof(sense_handlers) / sizeof(*sense_handlers) == KEYWORD_SENSE_COUNT,
	       "one handler a sense");

static flow_handler *handler_of(const struct report_reading *reading)
{
	if (reading->keyword.near)
		return flow_ask_wish;
	return reading->keyword.sense == KEYWORD_NONE ? handlers[reading->intent]
						      : sense_handlers[reading->keyword.sense];
}

/* An exact keyword is no answer, and goes on with nothing. */
static int take_words(struct db *db, struct flow *flow)
{
	return flow->reading.keyword.sense == KEYWORD_NONE ? flow_take_words(db, flow) : 0;
}

static flow_handler *const blocked_handlers[] = {
	[BLOCKED_REQUEST_NONE] = NULL,
	[BLOCKED_REQUEST_LIST] = flow_blocked_list,
	[BLOCKED_REQUEST_RELEASE] = flow_release,
	[BLOCKED_REQUEST_DIGEST_ON] = flow_digest,
	[BLOCKED_REQUEST_DIGEST_OFF] = flow_digest,
};

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
	if (rc == 0 && blocked_handlers[flow->blocked.kind]) {
		rc = blocked_handlers[flow->blocked.kind](db, flow);
	} else if (rc == 0) {
		rc = take_words(db, flow);
		if (rc == 0)
			rc = handler_of(&flow->reading)(db, flow);
	}
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

static int flow_destroy(struct flow *flow)
{
	if (flow->retry)
		event_free(flow->retry);
	if (flow->ahead)
		verifier_forget(flow->ahead);
	tables_release(flow->tables);
	fixed_rules_release(flow->fixed);
	return 0;
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

static int64_t deadline_of(const struct config *live, int64_t received_ms)
{
	const struct verdict_policy *policy = verdict_policy_at(
		live->verdict_policies, live->verdict_policies_count, received_ms);

	return (int64_t)(policy ? policy : &verdict_policy_default)->deadline_s * 1000;
}

/* The call will probably be looked for: what of it is known already is asked now. */
static struct check *look_ahead(const struct flow *flow)
{
	const struct report_reading *reading = &flow->reading;
	struct verify_request request = {
		.subscriber = flow->subscriber,
		.intent = reading->intent,
		.state = REPORT_STATE_PENDING,
		.received_ms = flow->received_ms,
		.deadline_ms = flow->received_ms + flow->deadline_ms,
		.has_call_time = reading->has_call_time,
		.call_from_ms = reading->call_from_ms,
		.call_to_ms = reading->call_to_ms,
	};

	if (reading->number_count != 1 || flow_may_go_on(flow))
		return NULL;
	request.number = reading->numbers[0];
	return verifier_ahead(flow->gateway->verifier, &request);
}

static int read_text(struct flow *flow, const struct config *live,
		     const struct flow_message *message)
{
	const struct keyword_set *keywords =
		keyword_table_set(live->keyword_table, message->service_code);
	const struct number *number = &flow->reading.keyword.number;
	int rc = report_parse_text(flow->tables->language, keywords, message->text, message->len,
				   message->received_ms, &flow->reading);

	if (rc < 0)
		return rc;
	report_forget_number(&flow->reading, message->subscriber.text);
	if (number->text[0]) {
		flow->number_ours = config_is_service_code(live, number->text);
		flow->number_reported = number_set_has(flow->gateway->reported, number->text);
	}
	flow->blocked =
		blocked_keyword_read(flow->tables->language, keywords, message->text, message->len);
	flow_read_word(flow, keywords);
	return 0;
}

struct flow *report_flow_read(struct gateway *gateway, const struct flow_message *message)
{
	const struct config *live = gateway->live;
	const struct language *language = live->tables->language;
	struct flow *flow = talloc_pooled_object(NULL, struct flow, 8, message->len + 2048);

	if (!flow)
		return NULL;
	memset(flow, 0, sizeof(*flow));
	talloc_set_destructor(flow, flow_destroy);
	flow->gateway = gateway;
	flow->tables = tables_hold(live->tables);
	flow->text = talloc_strndup(flow, message->text, message->len);
	flow->subscriber = message->subscriber;
	flow->received_ms = message->received_ms;
	flow->deadline_ms = deadline_of(live, message->received_ms);
	flow->chat_answers_day = live->reports.chat_answers_day;
	flow->fixed = rule_cache_hold(gateway->rules);
	flow->operator_blocks = rule_cache_operator_blocks(gateway->rules);
	flow->recheck_ms = (int64_t)live->reports.recheck_s * 1000;
	flow->dialogue_ms = (int64_t)live->reports.dialogue_s * 1000;
	flow->join_ms = (int64_t)live->reports.join_s * 1000;
	flow->duplicate_ms = (int64_t)live->reports.duplicate_s * 1000;
	flow->turn = flood_take(gateway->flood, message->subscriber.text, message->received_ms,
				(struct flood_bound){ (int64_t)live->reports.flood_s * 1000,
						      live->reports.flood_answers });
	flow->choice = choice_read(language, message->text, message->len);
	flow->blocked_since_ms = attempt_desk_since(gateway, message->received_ms);
	flow->release_allows = live->blocking.release_allows;
	flow->digest_hour = (int)live->blocking.digest_hour;
	flow->consent = consent_read(language, message->text, message->len);
	route_make(flow->route, message->account, message->service_code);
	if (!flow->text || answer_manner(flow, live, &flow->manner) < 0 ||
	    read_text(flow, live, message) < 0) {
		talloc_free(flow);
		return NULL;
	}
	flow->ahead = look_ahead(flow);
	return flow;
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
