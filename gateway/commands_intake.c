/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `report-intake`: a subscriber's text from the operator's App. From here on it is a text like any
 * other: read by the same flow, joined to reports that came by SMS, answered by SMS.
 *
 * First the reader looks whether the key is known, so that a repeated request costs no turn of the
 * subscriber's; then the writer stores message, report and key in one transaction, and looks again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistr.h>

#include "gateway/answer.h"
#include "gateway/app_message.h"
#include "gateway/app_request.h"
#include "gateway/clock.h"
#include "gateway/commands_number.h"
#include "gateway/commands_page.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/message_row.h"
#include "gateway/report_flow.h"
#include "gateway/report_row.h"

/* In the place of an SMPP account, which cannot be called so. */
#define APP_ACCOUNT "App (HTTP interface)"
_Static_assert(sizeof(APP_ACCOUNT) > 16, "longer than a system_id");

/* A text that lay on a handset without a network is still one; a clock that is ahead, too. */
enum { LATE_MS = 12 * 3600 * 1000, EARLY_MS = 5 * 60 * 1000 };

struct app_intake {
	struct app_request request;
	const char *text;
	const char *service_code;
	int64_t received_ms;
	uint8_t pdu[APP_PDU_MAX];
	size_t pdu_len;
	struct flow *flow; /* from the writer's work to its end */
};

/* ---- the store ---- */

/* 1: the request was answered before, and is again. */
static int find_answer(struct db *db, struct query *query)
{
	const struct app_intake *intake = query->argument;
	char answer[APP_ANSWER_MAX];
	int rc = app_request_find(db, &intake->request, clock_now_ms(), answer);

	if (rc == -EEXIST)
		snprintf(query->error, sizeof(query->error),
			 "the key was used for another text, subscriber or time");
	if (rc > 0)
		query->result = json_loads(answer, 0, NULL);
	return rc > 0 && !query->result ? -ENOMEM : rc;
}

static int work_known(struct db *db, struct query *query)
{
	int rc = find_answer(db, query);

	return rc < 0 ? rc : 0;
}

/* What became of it: the report that it opened or joined, with the state that has now. */
static json_t *answer_json(struct db *db, struct query *query, int64_t id, int64_t report_id,
			   int *rc)
{
	struct report_row row;

	*rc = 0;
	if (!report_id)
		return json_pack("{so sn sb}", "id", query_id(id), "state", "duplicate", 0);
	*rc = report_row_get(query->memory, db, report_id, &row);
	return *rc < 0 ? NULL
		       : json_pack("{so ss sb}", "id", query_id(report_id), "state",
				   report_state_name(row.state), "duplicate", report_id != id);
}

static int store_text(struct db *db, struct query *query, json_t **out)
{
	struct app_intake *intake = query->argument;
	struct message_row row = { .received_ms = clock_now_ms(),
				   .account = APP_ACCOUNT,
				   .source = query->number.text,
				   .state = MESSAGE_DONE,
				   .raw = intake->pdu,
				   .len = intake->pdu_len };
	int rc = db_next_id(db, DB_SEQUENCE_MESSAGE, &row.id);

	*out = NULL;
	if (rc == 0)
		rc = report_flow_run(db, intake->flow, row.id, &row.report_id);
	if (rc == 0)
		rc = message_row_insert(db, &row);
	if (rc == 0)
		*out = answer_json(db, query, row.id, row.report_id, &rc);
	return rc < 0 ? rc : *out ? 0 : -ENOMEM;
}

static int work_intake(struct db *db, struct query *query)
{
	struct app_intake *intake = query->argument;
	char *answer;
	int rc = find_answer(db, query);

	query->count = rc == 0;
	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = store_text(db, query, &query->result);
	if (rc < 0)
		return rc;
	answer = json_dumps(query->result, JSON_COMPACT);
	rc = answer && strlen(answer) < APP_ANSWER_MAX
		     ? app_request_put(db, &intake->request, clock_now_ms(), answer)
		     : -ENOMEM;
	free(answer);
	return rc;
}

/* ---- on the loop ---- */

/* Committed: what follows from the text outside the store. */
static void finish_intake(struct query *query)
{
	struct app_intake *intake = query->argument;
	struct flow *flow = intake->flow;

	if (query->count == 0)
		return; /* answered before: the flow goes with the query */
	intake->flow = NULL;
	query->gateway->metrics.messages_in_total++;
	report_flow_done(flow);
}

static void take_in(struct query *query)
{
	struct app_intake *intake = query->argument;
	const struct flow_message message = { .account = APP_ACCOUNT,
					      .service_code = intake->service_code,
					      .subscriber = query->number,
					      .text = intake->text,
					      .len = strlen(intake->text),
					      .received_ms = intake->received_ms };

	if (query->result) { /* known */
		query_end(query);
		return;
	}
	intake->flow = report_flow_read(query->gateway, &message);
	if (!intake->flow) {
		query_end_failed(query, CONTROL_UNAVAILABLE, "out of memory");
		return;
	}
	query->finish = finish_intake;
	query_again(query, query->gateway->store, work_intake);
}

static int intake_destroy(struct app_intake *intake)
{
	report_flow_free(intake->flow);
	return 0;
}

/* ---- the request ---- */

static const char *text_of(const json_t *args, const char *name)
{
	return json_string_value(json_object_get(args, name));
}

static bool read_text(struct control_request *request, const json_t *args, const char **out)
{
	const char *text = text_of(args, "text");
	size_t len = text ? strlen(text) : 0;

	*out = text;
	if (len > 0 && u8_mbsnlen((const uint8_t *)text, len) <= APP_TEXT_MAX)
		return true;
	control_fail(request, "text: wants from 1 to %d characters", APP_TEXT_MAX);
	return false;
}

static bool read_key(struct control_request *request, const json_t *args, const char **out)
{
	*out = text_of(args, "idempotency_key");
	if (*out && app_key_valid(*out))
		return true;
	control_fail(request,
		     "idempotency_key: wants from 1 to %d printable ASCII characters "
		     "without blanks",
		     APP_KEY_MAX - 1);
	return false;
}

static bool read_subscriber(const struct gateway *gateway, struct control_request *request,
			    const json_t *args, struct named_number *out)
{
	if (!command_number(gateway, request, args, "subscriber", out))
		return false;
	if (answer_is_person(out->number.text))
		return true;
	control_fail(request, "subscriber: is no number that a subscriber has");
	return false;
}

static bool read_received(struct control_request *request, const json_t *args, int64_t *out)
{
	int64_t now_ms = clock_now_ms();

	*out = now_ms;
	if (!page_time(request, args, "received", out))
		return false;
	if (*out > now_ms - LATE_MS && *out < now_ms + EARLY_MS) {
		*out = *out < now_ms ? *out : now_ms;
		return true;
	}
	control_fail(request, "received: is more than 12 hours ago, or in the future");
	return false;
}

/* Why it cannot be taken now, or NULL. */
static const char *not_now(const struct gateway *gateway, enum control_code *code)
{
	*code = gateway->ready && !gateway->draining ? CONTROL_BUSY : CONTROL_UNAVAILABLE;
	if (*code == CONTROL_UNAVAILABLE)
		return "starting, or shutting down";
	return store_waiting(gateway->store) < gateway->config->smpp.queue_max
		       ? NULL
		       : "too many texts wait for the store";
}

static struct app_intake *fill(struct query *query, const char *key, const char *text,
			       const json_t *args)
{
	const struct config_reports *reports = &query->gateway->live->reports;
	const char *const body[] = { query->number.text, text, text_of(args, "received") };
	struct app_intake *intake = talloc_zero(query, struct app_intake);

	if (!intake)
		return NULL;
	talloc_set_destructor(intake, intake_destroy);
	intake->text = talloc_strdup(intake, text);
	intake->request.owner = talloc_strdup(intake, query->request->user);
	intake->request.key = talloc_strdup(intake, key);
	intake->service_code = talloc_strdup(intake, reports->service_codes[0]);
	if (!intake->text || !intake->request.owner || !intake->request.key ||
	    !intake->service_code)
		return NULL;
	app_request_hash(&intake->request, body, sizeof(body) / sizeof(*body));
	return intake;
}

void command_report_intake(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct named_number subscriber;
	struct app_intake *intake;
	enum control_code code;
	const char *why = not_now(gateway, &code);
	const char *text, *key;
	int64_t received_ms;
	struct query *query;
	ssize_t len;

	if (why) {
		control_fail_code(request, code, "%s", why);
		return;
	}
	if (!read_key(request, args, &key) ||
	    !read_subscriber(gateway, request, args, &subscriber) ||
	    !read_text(request, args, &text) || !read_received(request, args, &received_ms))
		return;
	query = query_create(gateway, request, work_known);
	if (!query)
		return;
	query->number = subscriber.number;
	intake = fill(query, key, text, args);
	if (!intake) {
		query_no_memory(query);
		return;
	}
	len = app_message_encode(query->number.text, intake->service_code, text, intake->pdu);
	if (len < 0) {
		query_refuse(query, "text: is too long");
		return;
	}
	intake->pdu_len = (size_t)len;
	intake->received_ms = received_ms;
	query->argument = intake;
	query->go_on = take_in;
	store_submit(gateway->reader, &query->op);
}
