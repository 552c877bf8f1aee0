/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/commands_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/clock.h"
#include "gateway/iso_time.h"
#include "gateway/outbox.h"
#include "gateway/redis_client.h"
#include "gateway/report_row.h"
#include "gateway/reward_book.h"
#include "gateway/rule_cache.h"
#include "gateway/rule_store.h"
#include "gateway/http.h"
#include "gateway/smpp_server.h"
#include "gateway/store.h"
#include "gateway/version.h"
#include "rules/report_id.h"
#include "smpp/smpp_concat.h"
#include "smpp/smpp_pdu.h"
#include "smpp/smpp_text.h"

enum { LIST_DEFAULT = 20, LIST_MAX = 1000, ERROR_MAX = 256 };

/* A command's work in the store: `work` fills `result`, or `error` and a negative errno. */
struct query {
	struct store_op op; /* first */
	struct gateway *gateway;
	struct control_request *request;
	int (*work)(struct db *db, struct query *query);
	void (*finish)(struct query *query); /* on the loop before the answer; may be NULL */
	void *memory;			     /* made anew by each run */
	json_t *result;
	char error[ERROR_MAX];

	/* Arguments, as the command needs them. */
	int64_t id;
	int state; /* enum report_state, -1: all */
	int64_t limit;
	int64_t overdue_ms;
	struct number number;
	enum { RULES_SHOW, RULES_SET, RULES_ADD, RULES_REMOVE } action;
	const char *rules;
	struct rule_state changed;
};

static int run_query(struct db *db, struct store_op *op)
{
	struct query *query = (struct query *)op;
	int rc;

	talloc_free(query->memory);
	query->memory = talloc_new(NULL);
	json_decref(query->result);
	query->result = NULL;
	query->error[0] = '\0';
	query->changed = (struct rule_state){ 0 };
	if (!query->memory)
		return -ENOMEM;
	rc = query->work(db, query);
	/* What the asker did wrong is an answer, not a failure of the store. */
	return query->error[0] ? 0 : rc;
}

static void query_done(struct store_op *op)
{
	struct query *query = (struct query *)op;

	if (query->error[0]) {
		control_fail(query->request, "%s", query->error);
		json_decref(query->result);
	} else if (op->rc < 0) {
		control_fail(query->request, "store: %s", strerror(-op->rc));
		json_decref(query->result);
	} else {
		if (query->finish)
			query->finish(query);
		control_answer(query->request, query->result);
	}
	talloc_free(query->memory);
	talloc_free(query);
}

static struct query *query_create(struct gateway *gateway, struct control_request *request,
				  int (*work)(struct db *db, struct query *query))
{
	struct query *query = talloc_zero(NULL, struct query);

	if (!query) {
		control_fail(request, "out of memory");
		return NULL;
	}
	query->op.run = run_query;
	query->op.done = query_done;
	query->gateway = gateway;
	query->request = request;
	query->work = work;
	return query;
}

static json_t *masked(const char *number)
{
	char mask[NUMBER_MAX];

	number_mask(number, mask);
	return json_string(mask);
}

static json_t *time_json(int64_t ms)
{
	char text[ISO_TIME_MAX];

	return ms ? json_string(iso_time_format(ms, text)) : json_null();
}

/* "a,b" as ["a", "b"]. */
static json_t *list_json(const char *text)
{
	json_t *list = json_array();

	while (*text) {
		size_t len = strcspn(text, ",");

		json_array_append_new(list, json_stringn(text, len));
		text += len;
		text += *text == ',';
	}
	return list;
}

static json_t *id_json(int64_t id)
{
	char text[REPORT_ID_MAX];

	report_id_format(id, text);
	return json_string(text);
}

/* ---- status ---- */

static int count_by(struct db *db, enum db_query sql, const char *(*name)(int64_t value),
		    json_t *out)
{
	struct db_stmt *stmt = db_query(db, sql);
	int rc;

	while ((rc = db_step(stmt)) > 0)
		json_object_set_new(out, name(db_int(stmt, 0)), json_integer(db_int(stmt, 1)));
	return rc;
}

static const char *report_name(int64_t value)
{
	return report_state_name((enum report_state)value);
}

static const char *reward_name(int64_t value)
{
	return reward_state_name((enum reward_state)value);
}

static const char *channel_name(int64_t value)
{
	return outbox_channel_name((enum outbox_channel)value);
}

/* Requests that have been without an answer for longer than rewards.overdue_s. */
static int add_overdue(struct db *db, struct query *query)
{
	struct db_stmt *stmt = db_query(db, Q_REWARD_OVERDUE);
	int rc;

	db_bind_int(stmt, 1, clock_now_ms() - query->overdue_ms);
	rc = db_step(stmt);
	if (rc > 0)
		json_object_set_new(query->result, "rewards_overdue",
				    json_integer(db_int(stmt, 0)));
	return rc < 0 ? rc : 0;
}

static int work_status(struct db *db, struct query *query)
{
	json_t *reports = json_object();
	json_t *rewards = json_object();
	json_t *outbox = json_object();
	int rc;

	query->result = json_pack("{s{so} so so}", "reports", "by_state", reports, "rewards",
				  rewards, "outbox", outbox);
	rc = count_by(db, Q_REPORT_COUNTS, report_name, reports);
	if (rc == 0)
		rc = count_by(db, Q_REWARD_COUNTS, reward_name, rewards);
	if (rc == 0)
		rc = count_by(db, Q_OUTBOX_COUNTS, channel_name, outbox);
	return rc < 0 ? rc : add_overdue(db, query);
}

static json_t *counters_json(const struct metrics *metrics)
{
	json_t *counters = json_object();

#define COUNTER(name, help)                                                                        \
	json_object_set_new(counters, #name, json_integer((json_int_t)metrics->name));
	METRICS_COUNTERS(COUNTER)
#undef COUNTER
	return counters;
}

static json_t *listeners_json(const struct gateway *gateway)
{
	json_t *list = json_array();

	for (size_t i = 0; i < smpp_server_listeners(gateway->smpp); i++)
		json_array_append_new(list,
				      json_pack("{ss si}", "address",
						gateway->config->smpp.listeners[i].address, "port",
						(int)smpp_server_port(gateway->smpp, i)));
	return list;
}

static void finish_status(struct query *query)
{
	const struct gateway *gateway = query->gateway;
	struct near_cache_stats near = rule_cache_stats(gateway->rules);
	json_t *result = query->result;

	json_object_set_new(result, "instance", json_string(gateway->config->instance));
	json_object_set_new(result, "version", json_string(MIANRAO_VERSION));
	json_object_set_new(result, "uptime_s",
			    json_integer((clock_now_ms() - gateway->started_ms) / 1000));
	json_object_set_new(result, "ready", json_boolean(gateway->ready));
	json_object_set_new(result, "redis",
			    json_pack("{sb ss}", "connected",
				      redis_client_connected(gateway->redis), "epoch",
				      rule_cache_epoch(gateway->rules)));
	json_object_set_new(result, "smpp",
			    json_pack("{so sI}", "listeners", listeners_json(gateway), "links",
				      (json_int_t)smpp_server_links(gateway->smpp)));
	if (gateway->http)
		json_object_set_new(result, "http",
				    json_pack("{ss si}", "address", gateway->config->http.address,
					      "port", (int)http_port(gateway->http)));
	json_object_set_new(result, "store",
			    json_pack("{sI}", "queue", (json_int_t)store_waiting(gateway->store)));
	json_object_set_new(json_object_get(result, "reports"), "open",
			    json_integer((json_int_t)gateway->metrics.reports_open));
	json_object_set_new(result, "near_cache",
			    json_pack("{sI sI sI sb}", "entries", (json_int_t)near.entries, "sets",
				      (json_int_t)near.sets, "octets", (json_int_t)near.octets,
				      "complete", near.complete));
	json_object_set_new(result, "watermarks", commands_sources(gateway));
	json_object_set_new(result, "counters", counters_json(&gateway->metrics));
}

void command_status(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct query *query = query_create(gateway, request, work_status);

	(void)args;
	if (!query)
		return;
	query->finish = finish_status;
	query->overdue_ms = (int64_t)gateway->live->rewards.overdue_s * 1000;
	store_submit(gateway->reader, &query->op);
}

/* ---- reports ---- */

static json_t *report_summary(const struct report_row *row)
{
	json_t *summary = json_pack(
		"{so so so so ss ss ss so}", "id", id_json(row->id), "received",
		time_json(row->received_ms), "subscriber", masked(row->subscriber.text), "number",
		masked(row->number.text), "intent", report_intent_name(row->intent), "category",
		report_category_name(row->category), "state", report_state_name(row->state),
		"reasons", list_json(row->reasons));

	return summary;
}

static int work_reports(struct db *db, struct query *query)
{
	struct db_stmt *stmt = db_query(db, query->state < 0 ? Q_REPORT_LIST : Q_REPORT_LIST_STATE);
	json_t *list = json_array();
	struct report_row row;
	int i = 1;
	int rc;

	query->result = json_pack("{so}", "reports", list);
	db_bind_int(stmt, i++, INT64_MAX);
	if (query->state >= 0)
		db_bind_int(stmt, i++, query->state);
	db_bind_int(stmt, i, query->limit);
	while ((rc = db_step(stmt)) > 0) {
		rc = report_row_load(query->memory, stmt, &row);
		if (rc < 0)
			return rc;
		json_array_append_new(list, report_summary(&row));
	}
	return rc;
}

void command_reports(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *state_text = json_string_value(json_object_get(args, "state"));
	json_t *limit = json_object_get(args, "limit");
	enum report_state state = REPORT_STATE_COUNT;
	struct query *query;

	if (state_text && report_state_parse(state_text, &state) < 0) {
		control_fail(request, "state: '%s' is not known", state_text);
		return;
	}
	if (limit && (!json_is_integer(limit) || json_integer_value(limit) < 1 ||
		      json_integer_value(limit) > LIST_MAX)) {
		control_fail(request, "limit: not from 1 to %d", LIST_MAX);
		return;
	}
	query = query_create(gateway, request, work_reports);
	if (!query)
		return;
	query->state = state_text ? (int)state : -1;
	query->limit = limit ? json_integer_value(limit) : LIST_DEFAULT;
	store_submit(gateway->reader, &query->op);
}

/* ---- one report ---- */

static json_t *hex_json(const uint8_t *octets, size_t len)
{
	char text[2 * REPORT_CHAIN_SIZE + 1] = "";

	for (size_t i = 0; i < len && i < REPORT_CHAIN_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", octets[i]);
	return json_string(text);
}

static int add_events(struct db *db, int64_t id, json_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_EVENTS_OF_REPORT);
	int rc;

	db_bind_int(stmt, 1, id);
	while ((rc = db_step(stmt)) > 0) {
		size_t len;
		const uint8_t *hash = db_blob(stmt, 6, &len);

		json_array_append_new(
			out,
			json_pack("{so ss ss so ss so}", "at", time_json(db_int(stmt, 1)), "from",
				  report_name(db_int(stmt, 2)), "to", report_name(db_int(stmt, 3)),
				  "reasons", list_json(db_text(stmt, 4)), "detail",
				  db_text(stmt, 5), "hash", hex_json(hash, len)));
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
	len = smpp_text_decode(pdu.data_coding, part.text.data, part.text.len, text,
			       3 * part.text.len + 4, &used);
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

		json_array_append_new(out,
				      json_pack("{so so ss so}", "id", id_json(db_int(stmt, 0)),
						"at", time_json(db_int(stmt, 1)), "direction", "in",
						"text", message_text(query->memory, raw, len)));
	}
	return rc;
}

static int add_waiting(struct db *db, struct query *query, json_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_OUTBOX_OF_REPORT);
	int rc;

	db_bind_int(stmt, 1, query->id);
	while ((rc = db_step(stmt)) > 0)
		json_array_append_new(out, json_pack("{so ss ss ss}", "at",
						     time_json(db_int(stmt, 0)), "direction", "out",
						     "channel", channel_name(db_int(stmt, 1)),
						     "text", db_text(stmt, 2)));
	return rc;
}

static int add_reward(struct db *db, struct query *query)
{
	struct db_stmt *stmt = db_query(db, Q_REWARD_OF_REPORT);
	struct reward_row row;
	int rc;

	db_bind_int(stmt, 1, query->id);
	rc = db_step(stmt);
	if (rc <= 0) {
		json_object_set_new(query->result, "reward", json_null());
		return rc;
	}
	reward_row_load(stmt, &row);
	json_object_set_new(
		query->result, "reward",
		json_pack("{ss ss sI ss sI so so}", "id", row.id, "state",
			  reward_state_name(row.state), "amount_mb", (json_int_t)row.amount_mb,
			  "reason", row.reason, "attempts", (json_int_t)row.attempts, "requested",
			  time_json(row.requested_ms), "settled", time_json(row.settled_ms)));
	return 0;
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
	query->result = report_summary(row);
	json_object_set_new(query->result, "text", json_string(row->text));
	json_object_set_new(query->result, "call_time",
			    row->has_call_time
				    ? json_pack("{so so}", "from", time_json(row->call_from_ms),
						"to", time_json(row->call_to_ms))
				    : json_null());
	json_object_set_new(query->result, "call_start", time_json(row->call_start_ms));
	json_object_set_new(query->result, "deadline", time_json(row->deadline_ms));
	json_object_set_new(query->result, "next_look", time_json(row->check_at));
	json_object_set_new(query->result, "told", told);
	json_object_set_new(query->result, "chain", json_string(intact ? "intact" : "BROKEN"));
	json_object_set_new(query->result, "verdict",
			    decided(row->state) ? json_pack("{ss si sb so}", "kind",
							    report_state_name(row->state), "score",
							    row->score, "forged", row->forged,
							    "reasons", list_json(row->reasons))
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
		json_object_set(query->result, "events", events);
		json_object_set(query->result, "messages", messages);
		rc = add_reward(db, query);
	} else if (rc == -ENOENT) {
		snprintf(query->error, sizeof(query->error), "id: no such report");
	}
	if (rc == 0)
		rc = add_events(db, query->id, events);
	if (rc == 0)
		rc = add_messages(db, query, messages);
	if (rc == 0)
		rc = add_waiting(db, query, messages);
	json_decref(events);
	json_decref(messages);
	return rc;
}

void command_report(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *text = json_string_value(json_object_get(args, "id"));
	struct query *query;
	int64_t id;

	if (!text || report_id_parse(text, strlen(text), &id) < 0) {
		control_fail(request, "id: '%s' is no report number", text ? text : "");
		return;
	}
	query = query_create(gateway, request, work_report);
	if (!query)
		return;
	query->id = id;
	store_submit(gateway->reader, &query->op);
}

/* ---- rules ---- */

static json_t *lines_json(const char *text)
{
	json_t *lines = json_array();

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len > 0)
			json_array_append_new(lines, json_stringn(text, len));
		text += len;
		text += *text == '\n';
	}
	return lines;
}

/* The set's text without the rule; NULL when it was not in it. */
static char *without(void *ctx, const struct rule_state *state, const char *rule)
{
	struct block_rule unwanted;
	struct block_rule one;
	struct block_fault fault;
	char *out = talloc_strdup(ctx, "");
	bool found = false;

	if (block_rule_parse(rule, strlen(rule), &unwanted, &fault) != 1)
		return NULL;
	for (const char *line = state->text; *line;) {
		size_t len = strcspn(line, "\n");

		if (block_rule_parse(line, len, &one, &fault) == 1 &&
		    block_rule_equal(&one, &unwanted))
			found = true;
		else
			out = talloc_asprintf_append(out, "%.*s\n", (int)len, line);
		line += len;
		line += *line == '\n';
	}
	return found ? out : NULL;
}

static char *wanted_text(struct query *query, const struct rule_state *before)
{
	switch (query->action) {
	case RULES_ADD:
		return talloc_asprintf(query->memory, "%s%s%s\n", before->text,
				       before->text[0] ? "\n" : "", query->rules);
	case RULES_REMOVE:
		return without(query->memory, before, query->rules);
	case RULES_SET:
	case RULES_SHOW:
		break;
	}
	return talloc_strdup(query->memory, query->rules);
}

static int change_rules(struct db *db, struct query *query)
{
	struct rule_change change = { query->number.text, "control", clock_now_ms() };
	struct rule_fault fault = { 0 };
	struct rule_state before;
	char *text;
	int rc = rule_store_get(query->memory, db, query->number.text, &before);

	if (rc < 0)
		return rc;
	text = wanted_text(query, &before);
	if (!text) {
		snprintf(query->error, sizeof(query->error),
			 "rule: the subscriber has no such rule");
		return 0;
	}
	rc = rule_store_set(query->memory, db, &change, text, &query->changed, &fault);
	if (rc == -EBADMSG)
		snprintf(query->error, sizeof(query->error), "rules: line %zu, column %zu: %s",
			 fault.line, fault.fault.column, fault.fault.text);
	else if (rc == -E2BIG)
		snprintf(query->error, sizeof(query->error), "rules: more than %d", BLOCK_SET_MAX);
	return rc;
}

static int work_rules(struct db *db, struct query *query)
{
	struct rule_state state;
	int rc;

	if (query->action != RULES_SHOW) {
		rc = change_rules(db, query);
		if (rc < 0 || query->error[0])
			return rc;
	}
	rc = rule_store_get(query->memory, db, query->number.text, &state);
	if (rc < 0)
		return rc;
	query->result = json_pack("{ss sI so sb sb}", "subscriber", query->number.text, "version",
				  (json_int_t)state.version, "rules", lines_json(state.text),
				  "calls_blocked", (state.blocked & BLOCK_CALL) != 0, "sms_blocked",
				  (state.blocked & BLOCK_SMS) != 0);
	return 0;
}

static void finish_rules(struct query *query)
{
	if (!query->changed.text)
		return;
	rule_cache_put(query->gateway->rules, query->number.text, query->changed.text);
	outbox_kick(query->gateway->outbox);
}

static int read_action(const char *text)
{
	static const char *const names[] = { [RULES_SHOW] = "show",
					     [RULES_SET] = "set",
					     [RULES_ADD] = "add",
					     [RULES_REMOVE] = "remove" };

	for (int i = 0; text && i < 4; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return text ? -EINVAL : RULES_SHOW;
}

void command_rules(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *number = json_string_value(json_object_get(args, "number"));
	int action = read_action(json_string_value(json_object_get(args, "op")));
	const char *rules =
		json_string_value(json_object_get(args, action == RULES_SET ? "text" : "rule"));
	struct number canonical;
	struct query *query;

	if (!number || number_read(number, strlen(number), &canonical) < 0) {
		control_fail(request, "number: '%s' is no number", number ? number : "");
		return;
	}
	if (action < 0 || (action != RULES_SHOW && !rules)) {
		control_fail(request, action < 0 ? "op: not known" : "rules: missing");
		return;
	}
	query = query_create(gateway, request, work_rules);
	if (!query)
		return;
	query->finish = finish_rules;
	query->number = canonical;
	query->action = action;
	query->rules = talloc_strdup(query, rules ? rules : "");
	store_submit(action == RULES_SHOW ? gateway->reader : gateway->store, &query->op);
}

/* ---- accounts ---- */

static int work_accounts(struct db *db, struct query *query)
{
	struct db_stmt *stmt = db_query(db, Q_ACCOUNT_LIST);
	json_t *list = json_array();
	int rc;

	query->result = json_pack("{so}", "accounts", list);
	while ((rc = db_step(stmt)) > 0)
		json_array_append_new(
			list, json_pack("{ss ss so so sI}", "system_id", db_text(stmt, 0), "role",
					db_int(stmt, 1) == ACCOUNT_HUB ? "hub" : "smsc",
					"first_bind", time_json(db_int(stmt, 2)), "last_bind",
					time_json(db_int(stmt, 3)), "binds",
					(json_int_t)db_int(stmt, 4)));
	return rc;
}

void command_accounts(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct query *query = query_create(gateway, request, work_accounts);

	(void)args;
	if (query)
		store_submit(gateway->reader, &query->op);
}

/* ---- audit: what came in equals what came out ---- */

static int count_one(struct db *db, enum db_query sql, int64_t *out)
{
	struct db_stmt *stmt = db_query(db, sql);
	int rc = db_step(stmt);

	*out = rc > 0 ? db_int(stmt, 0) : 0;
	return rc < 0 ? rc : 0;
}

static void add_line(struct query *query, const char *name, int64_t left, int64_t right)
{
	json_t *lines = json_object_get(query->result, "lines");

	json_array_append_new(lines,
			      json_pack("{ss sI sI sb}", "name", name, "left", (json_int_t)left,
					"right", (json_int_t)right, "ok", left == right));
	if (left != right)
		json_object_set_new(query->result, "balanced", json_false());
}

static int work_audit(struct db *db, struct query *query)
{
	int64_t twice = 0;
	int64_t unsettled = 0;
	int64_t untold = 0;
	int rc;

	query->result = json_pack("{sb so}", "balanced", 1, "lines", json_array());
	rc = count_one(db, Q_AUDIT_REWARDED_TWICE, &twice);
	if (rc == 0)
		rc = count_one(db, Q_AUDIT_VERIFIED_UNSETTLED, &unsettled);
	if (rc == 0)
		rc = count_one(db, Q_AUDIT_UNTOLD, &untold);
	if (rc < 0)
		return rc;
	add_line(query, "calls rewarded more than once", twice, 0);
	add_line(query, "verified reports whose call is not in the ledger", unsettled, 0);
	add_line(query, "closed reports whose subscriber was not and will not be told", untold, 0);
	return 0;
}

void command_audit(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct query *query = query_create(gateway, request, work_audit);

	(void)args;
	if (query)
		store_submit(gateway->reader, &query->op);
}
