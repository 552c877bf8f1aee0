/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/commands_number.h"
#include "gateway/commands_page.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/outbox.h"
#include "gateway/reported_row.h"
#include "gateway/rule_cache.h"
#include "gateway/subscriber_row.h"

/* The set's text without the rule; NULL when it was not in it. */
static char *without(void *ctx, const struct numbering *plan, const struct rule_state *state,
		     const char *rule)
{
	struct block_rule unwanted;
	struct block_rule one;
	struct block_fault fault;
	char *out = talloc_strdup(ctx, "");
	bool found = false;

	if (block_rule_parse(plan, rule, strlen(rule), &unwanted, &fault) != 1)
		return NULL;
	for (const char *line = state->text; *line;) {
		size_t len = strcspn(line, "\n");

		if (block_rule_parse(plan, line, len, &one, &fault) == 1 &&
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
		return without(query->memory, query->tables->numbering, before, query->rules);
	case RULES_SET:
	case RULES_SHOW:
		break;
	}
	return talloc_strdup(query->memory, query->rules);
}

static int change_rules(struct db *db, struct query *query)
{
	struct rule_change change = { query->number.text, query->actor, clock_now_ms() };
	struct rule_fault fault = { 0 };
	struct rule_state before;
	char *text;
	int rc = rule_store_get(query->memory, db, query->tables->numbering, query->number.text,
				&before);

	if (rc < 0)
		return rc;
	/* In the transaction of the change: of two who looked at the same version one comes first.
	 */
	if (query->expected_version != PAGE_NO_VERSION &&
	    query->expected_version != before.version) {
		snprintf(query->error, sizeof(query->error),
			 "the rules are of version %lld by now, not %lld: look at them again",
			 (long long)before.version, (long long)query->expected_version);
		return -ESTALE;
	}
	text = wanted_text(query, &before);
	if (!text) {
		snprintf(query->error, sizeof(query->error),
			 "rule: the subscriber has no such rule");
		return -ENOENT;
	}
	rc = rule_store_set(query->memory, db, query->tables->numbering, &change, text,
			    &query->changed, &fault);
	/* What is added is one rule: its line among all of them says nothing to who typed it. */
	if (rc == -EBADMSG && query->action == RULES_ADD && !strchr(query->rules, '\n'))
		snprintf(query->error, sizeof(query->error), "rule: column %zu: %s",
			 fault.fault.column, fault.fault.text);
	else if (rc == -EBADMSG)
		snprintf(query->error, sizeof(query->error), "rules: line %zu, column %zu: %s",
			 fault.line, fault.fault.column, fault.fault.text);
	else if (rc == -E2BIG)
		snprintf(query->error, sizeof(query->error), "rules: more than %d", BLOCK_SET_MAX);
	return rc;
}

static int note_number(void *list, const char *number, int64_t at_ms)
{
	(void)at_ms;
	return json_array_append_new(list, json_string(number)) < 0 ? -ENOMEM : 0;
}

/* Whether numbers that they report are blocked for them, and which they took back. */
static int add_reported(struct db *db, struct query *query)
{
	const char *subscriber = query->number.text;
	struct subscriber_row row;
	json_t *taken_back = json_array();
	int rc = subscriber_row_get(db, subscriber, &row);

	if (rc >= 0)
		rc = reported_row_each(db, subscriber, note_number, taken_back);
	if (rc < 0) {
		json_decref(taken_back);
		return rc;
	}
	json_object_set_new(query->result, "block_reported",
			    json_string(reported_policy_name(query->block_reported)));
	json_object_set_new(query->result, "reported_wish",
			    json_string(reported_wish_name(row.reported_wish)));
	json_object_set_new(
		query->result, "reported_blocked",
		json_boolean(reported_is_wanted(query->block_reported, row.reported_wish)));
	json_object_set_new(query->result, "taken_back", taken_back);
	return 0;
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
	rc = rule_store_get(query->memory, db, query->tables->numbering, query->number.text,
			    &state);
	if (rc < 0)
		return rc;
	query->result =
		json_pack("{so so sI so so sb sb}", "subscriber",
			  command_shown(query->number.text, query->by_ref), "subscriber_ref",
			  command_ref(query->gateway, query->number.text), "version",
			  (json_int_t)state.version, "rules", query_lines(state.text), "over",
			  query_lines_over(query->tables->numbering, state.text, clock_now_ms()),
			  "calls_blocked", (state.blocked & BLOCK_CALL) != 0, "sms_blocked",
			  (state.blocked & BLOCK_SMS) != 0);
	rc = add_reported(db, query);
	if (rc < 0) {
		json_decref(query->result);
		query->result = NULL;
	}
	return rc;
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
	int action = read_action(json_string_value(json_object_get(args, "op")));
	const char *rules =
		json_string_value(json_object_get(args, action == RULES_SET ? "text" : "rule"));
	struct named_number number;
	struct query *query;
	int64_t version;

	if (!command_number(gateway, request, args, "number", &number) ||
	    !page_version(request, args, &version))
		return;
	if (action < 0 || (action != RULES_SHOW && !rules)) {
		control_fail(request, action < 0 ? "op: not known" : "rules: missing");
		return;
	}
	query = query_create(gateway, request, work_rules);
	if (!query)
		return;
	query->finish = finish_rules;
	query->number = number.number;
	query->by_ref = number.by_ref;
	query->action = action;
	query->block_reported = gateway->live->blocking.block_reported;
	query->expected_version = version;
	query->rules = talloc_strdup(query, rules ? rules : "");
	store_submit(action == RULES_SHOW ? gateway->reader : gateway->store, &query->op);
}
