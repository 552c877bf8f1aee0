/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A complaint to its reports: opened, or joined to those of the sender that say the same. */
#include "gateway/report_flow_priv.h"

#include <string.h>

#include "gateway/message_row.h"

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

int flow_take_report(struct db *db, struct flow *flow)
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
