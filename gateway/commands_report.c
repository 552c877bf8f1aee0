/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/commands_number.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/report_row.h"
#include "gateway/report_trace.h"
#include "gateway/report_why.h"
#include "gateway/reward_row.h"
#include "gateway/text_row.h"
#include "rules/report_id.h"
#include "smpp/smpp_concat.h"
#include "smpp/smpp_pdu.h"
#include "smpp/smpp_text.h"

static json_t *hex_json(const uint8_t *octets, size_t len)
{
	char text[2 * REPORT_CHAIN_SIZE + 1] = "";

	for (size_t i = 0; i < len && i < REPORT_CHAIN_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", octets[i]);
	return json_string(text);
}

/* What we wrote ourselves, a verdict or a decision, is JSON; anything else may be a subscriber's
 * text, whatever it looks like. */
static json_t *detail_json(const struct query *query, int64_t from, const char *detail)
{
	bool ours = from == REPORT_STATE_PENDING || from == REPORT_STATE_REVIEW;
	json_t *object = ours && detail[0] == '{' ? json_loads(detail, 0, NULL) : NULL;
	const char *number = json_string_value(json_object_get(object, "number"));

	if (number) {
		json_object_set_new(object, "number_ref", command_ref(query->gateway, number));
		json_object_set_new(object, "number", query_masked(number));
	}
	return object ? object : json_string(detail);
}

static int add_events(struct db *db, const struct query *query, json_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_EVENTS_OF_REPORT);
	int rc;

	db_bind_int(stmt, 1, query->id);
	while ((rc = db_step(stmt)) > 0) {
		size_t len;
		const uint8_t *hash = db_blob(stmt, 6, &len);

		json_array_append_new(
			out, json_pack("{so ss ss so so so}", "at", query_time(db_int(stmt, 1)),
				       "from", query_report_state(db_int(stmt, 2)), "to",
				       query_report_state(db_int(stmt, 3)), "reasons",
				       query_list(db_text(stmt, 4)), "detail",
				       detail_json(query, db_int(stmt, 2), db_text(stmt, 5)),
				       "hash", hex_json(hash, len)));
	}
	return rc;
}

/* The text of one stored PDU; a part of a long message by itself. */
static json_t *message_text(void *ctx, const uint8_t *raw, size_t len)
{
	struct smpp_part_info part;
	struct smpp_fault fault;
	struct smpp_pdu pdu;
	enum smpp_alphabet used;
	json_t *json;
	char *text;

	if (smpp_pdu_decode(raw, len, &pdu, &fault) < 0)
		return json_string("");
	smpp_part_read(&pdu, &part);
	text = talloc_size(ctx, 3 * part.text.len + 4);
	if (!text)
		return json_string("");
	len = smpp_text_decode_shifted(pdu.data_coding, &part.shift, part.text.data, part.text.len,
				       text, 3 * part.text.len + 4, &used);
	json = json_stringn(text, len);
	return json ? json : json_string("");
}

static int add_messages(struct db *db, struct query *query, json_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_MESSAGES_OF_REPORT);
	int rc;

	db_bind_int(stmt, 1, query->id);
	while ((rc = db_step(stmt)) > 0) {
		size_t len;
		const uint8_t *raw = db_blob(stmt, 3, &len);

		json_array_append_new(
			out, json_pack("{so so ss so}", "id", query_id(db_int(stmt, 0)), "at",
				       query_time(db_int(stmt, 1)), "direction", "in", "text",
				       message_text(query->memory, raw, len)));
	}
	return rc;
}

static int add_waiting(struct db *db, struct query *query, json_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_OUTBOX_OF_REPORT);
	int rc;

	db_bind_int(stmt, 1, query->id);
	while ((rc = db_step(stmt)) > 0)
		json_array_append_new(out,
				      json_pack("{so ss ss ss sI ss}", "at",
						query_time(db_int(stmt, 0)), "direction", "out",
						"channel", query_channel(db_int(stmt, 1)), "state",
						"waiting", "attempts", (json_int_t)db_int(stmt, 3),
						"text", db_text(stmt, 2)));
	return rc;
}

/* Those that owe a receipt, or came to an end with one. */
static int add_texts(struct db *db, struct query *query, json_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_TEXTS_OF_REPORT);
	int rc;

	db_bind_int(stmt, 1, query->id);
	while ((rc = db_step(stmt)) > 0)
		json_array_append_new(
			out,
			json_pack("{so ss ss ss sI so ss ss}", "at", query_time(db_int(stmt, 0)),
				  "direction", "out", "channel", query_channel(OUTBOX_SMS), "state",
				  text_state_name((enum text_state)db_int(stmt, 1)), "attempts",
				  (json_int_t)db_int(stmt, 2), "sent", query_time(db_int(stmt, 3)),
				  "reason", db_text(stmt, 4), "text", db_text(stmt, 5)));
	return rc;
}

static json_t *entry_json(const struct reward_row *row)
{
	return json_pack("{ss ss sI ss sI so so}", "id", row->id, "state",
			 reward_state_name(row->kind, row->state), "amount_mb",
			 (json_int_t)row->amount_mb, "reason", row->reason, "attempts",
			 (json_int_t)row->attempts, "requested", query_time(row->requested_ms),
			 "settled", query_time(row->settled_ms));
}

static int add_entry(struct db *db, struct query *query, enum reward_kind kind, const char *name)
{
	struct reward_row row;
	int rc = reward_row_of_report(db, kind, query->id, &row);

	if (rc < 0 && rc != -ENOENT)
		return rc;
	json_object_set_new(query->result, name, rc == 0 ? entry_json(&row) : json_null());
	return 0;
}

static int add_reward(struct db *db, struct query *query)
{
	int rc = add_entry(db, query, REWARD_CREDIT, "reward");

	return rc < 0 ? rc : add_entry(db, query, REWARD_REVERSAL, "reversal");
}

static void add_told(unsigned told, json_t *out)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = { { TOLD_RECEIPT, "receipt" },
		      { TOLD_VERDICT, "verdict" },
		      { TOLD_CREDIT, "credit" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (told & names[i].bit)
			json_array_append_new(out, json_string(names[i].name));
}

static bool decided(enum report_state state)
{
	return state == REPORT_STATE_VERIFIED || state == REPORT_STATE_REJECTED ||
	       state == REPORT_STATE_UNPROVED || state == REPORT_STATE_REVIEW;
}

static void describe_report(struct query *query, const struct report_row *row, bool intact)
{
	json_t *told = json_array();

	add_told(row->told, told);
	query->result = query_report(query, row);
	json_object_set_new(query->result, "text", json_string(row->text));
	json_object_set_new(query->result, "call_time",
			    row->has_call_time
				    ? json_pack("{so so}", "from", query_time(row->call_from_ms),
						"to", query_time(row->call_to_ms))
				    : json_null());
	json_object_set_new(query->result, "call_start", query_time(row->call_start_ms));
	json_object_set_new(query->result, "deadline", query_time(row->deadline_ms));
	json_object_set_new(query->result, "next_look", query_time(row->check_at));
	json_object_set_new(query->result, "told", told);
	json_object_set_new(query->result, "chain", json_string(intact ? "intact" : "BROKEN"));
	json_object_set_new(query->result, "verdict",
			    decided(row->state) ? json_pack("{ss si sb so}", "kind",
							    report_state_name(row->state), "score",
							    row->score, "forged", row->forged,
							    "reasons", query_list(row->reasons))
						: json_null());
}

static int work_report(struct db *db, struct query *query)
{
	json_t *events = json_array();
	json_t *messages = json_array();
	struct report_row row;
	int rc = report_row_get(query->memory, db, query->id, &row);

	if (rc == 0) {
		describe_report(query, &row, report_chain_verify(db, &row) == 0);
		json_object_set_new(query->result, "similar", query_similar(db, &row, &rc));
		json_object_set(query->result, "events", events);
		json_object_set(query->result, "messages", messages);
		rc = rc < 0 ? rc : add_reward(db, query);
	} else if (rc == -ENOENT) {
		snprintf(query->error, sizeof(query->error), "id: no such report");
	}
	if (rc == 0)
		rc = add_events(db, query, events);
	if (rc == 0)
		rc = add_messages(db, query, messages);
	if (rc == 0)
		rc = add_texts(db, query, messages);
	if (rc == 0)
		rc = add_waiting(db, query, messages);
	json_decref(events);
	json_decref(messages);
	return rc;
}

static int work_trace(struct db *db, struct query *query)
{
	json_t *lines = NULL;
	struct report_row row;
	int rc = report_row_get(query->memory, db, query->id, &row);

	if (rc == -ENOENT)
		snprintf(query->error, sizeof(query->error), "id: no such report");
	rc = rc < 0 ? rc : report_trace(db, &row, &lines);
	if (rc == 0)
		query->result = json_pack("{so ss so}", "id", query_id(row.id), "state",
					  report_state_name(row.state), "trace", lines);
	return rc;
}

static int work_why(struct db *db, struct query *query)
{
	struct report_row row;
	int rc = report_row_get(query->memory, db, query->id, &row);

	if (rc == -ENOENT) {
		snprintf(query->error, sizeof(query->error), "id: no such report");
		return rc;
	}
	rc = rc < 0 ? rc : report_why(db, &row, &query->result);
	if (rc == -ENOENT)
		snprintf(query->error, sizeof(query->error),
			 "the report is %s, and policy has judged no evidence of it so far",
			 report_state_name(row.state));
	else if (rc == -EBADMSG)
		snprintf(query->error, sizeof(query->error),
			 "the evidence is broken, or its policy is not in the store");
	if (rc == 0)
		json_object_set_new(query->result, "id", query_id(row.id));
	return rc;
}

bool command_report_id(struct control_request *request, const json_t *args, int64_t *id)
{
	const char *text = json_string_value(json_object_get(args, "id"));

	if (text && report_id_parse(text, strlen(text), id) == 0)
		return true;
	control_fail(request, "id: '%s' is no report number", text ? text : "");
	return false;
}

void command_report(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct query *query;
	int64_t id;

	if (!command_report_id(request, args, &id))
		return;
	query = query_create(gateway, request,
			     json_is_true(json_object_get(args, "why"))	    ? work_why
			     : json_is_true(json_object_get(args, "trace")) ? work_trace
									    : work_report);
	if (!query)
		return;
	query->id = id;
	store_submit(gateway->reader, &query->op);
}
