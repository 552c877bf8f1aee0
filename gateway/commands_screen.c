/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao screen --why`: a decision step by step. */
#include <string.h>
#include <talloc.h>

#include "gateway/commands_number.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/rule_cache.h"

struct why {
	struct command_screened screened;
	json_t *result; /* of `screen` */
	struct rule_state stored;
};

/* The subscriber's rules as the store has them, with their version. */
static int work_why(struct db *db, struct query *query)
{
	struct why *why = query->argument;

	return rule_store_get(query->memory, db, query->tables->numbering,
			      why->screened.attempt.called.text, &why->stored);
}

static json_t *number_json(const struct numbering *plan, const struct number *number, bool by_ref)
{
	return json_pack("{so ss}", "canonical", command_shown(number->text, by_ref), "class",
			 number_class_name(number_classify(plan, number->text)));
}

static json_t *attempt_json(const struct numbering *plan, const struct command_screened *screened)
{
	const struct block_attempt *attempt = &screened->attempt;

	return json_pack("{ss so so so ss sb sb}", "channel",
			 attempt->channel == BLOCK_SMS ? "sms" : "call", "at",
			 query_time(attempt->now_ms), "caller",
			 number_json(plan, &attempt->caller, screened->caller_by_ref), "called",
			 number_json(plan, &attempt->called, screened->called_by_ref), "entry",
			 block_entry_name(attempt->entry), "roaming_home", attempt->roaming_home,
			 "reported", attempt->reported);
}

/* Of the rules of an owner; -1: they have none. */
static json_int_t version_of(enum block_owner owner, const struct why *why,
			     const struct fixed_rules *fixed)
{
	switch (owner) {
	case BLOCK_OWNER_SUBSCRIBER:
		return why->stored.version;
	case BLOCK_OWNER_OPERATOR:
		return fixed->version;
	case BLOCK_OWNER_PROTECTED:
		break;
	}
	return -1;
}

static json_t *step_json(const struct block_step *step, bool decides, json_int_t version)
{
	char rule[BLOCK_RULE_TEXT_MAX] = "";
	json_t *row = json_pack("{ss ss}", "owner", block_owner_name(step->owner), "rules_for",
				step->classes ? "classes" : "numbers");

	if (version >= 0)
		json_object_set_new(row, "version", json_integer(version));
	else
		json_object_set_new(row, "version", json_null());
	if (step->rule)
		block_rule_format(step->rule, rule);
	json_object_set_new(row, "rule", json_string(rule));
	json_object_set_new(row, "verdict",
			    json_string(step->rule ? block_verdict_name(step->verdict) : ""));
	json_object_set_new(row, "tier",
			    json_string(step->rule ? block_tier_name(step->tier) : ""));
	json_object_set_new(row, "decides", json_boolean(decides));
	return row;
}

static json_t *steps_json(const struct why *why, const struct block_context *context,
			  const struct fixed_rules *fixed)
{
	struct block_step steps[BLOCK_STEP_COUNT];
	json_t *list = json_array();
	bool decided = false;

	block_explain(&why->screened.attempt, context, steps);
	for (size_t i = 0; i < BLOCK_STEP_COUNT; i++) {
		bool known = context->subscriber_known || steps[i].owner == BLOCK_OWNER_PROTECTED;
		bool decides = steps[i].rule && !decided && known;

		json_array_append_new(list, step_json(&steps[i], decides,
						      version_of(steps[i].owner, why, fixed)));
		decided = decided || decides;
	}
	return list;
}

/* The rules that decided are those of the near cache; the version is the store's. */
static bool is_as_stored(void *ctx, const struct block_context *context, const struct why *why)
{
	const char *held = context->subscriber ? block_set_format(ctx, context->subscriber) : "";

	return context->subscriber_known && held && strcmp(held, why->stored.text) == 0;
}

static void finish_why(struct query *query)
{
	struct why *why = query->argument;
	struct gateway *gateway = query->gateway;
	struct fixed_rules *fixed = rule_cache_hold(gateway->rules);
	struct block_context context =
		rule_cache_context(gateway->rules, why->screened.attempt.called.text);
	json_t *versions =
		json_pack("{sI sb sI ss}", "subscriber", (json_int_t)why->stored.version,
			  "subscriber_as_stored", is_as_stored(query->memory, &context, why),
			  "operator", (json_int_t)fixed->version, "operator_source",
			  fixed->configured ? "configuration" : "operations");

	json_object_set_new(why->result, "attempt",
			    attempt_json(gateway->live->tables->numbering, &why->screened));
	json_object_set_new(why->result, "versions", versions);
	json_object_set_new(why->result, "steps", steps_json(why, &context, fixed));
	fixed_rules_release(fixed);
	query->result = why->result;
	why->result = NULL;
}

static int why_destroy(struct why *why)
{
	json_decref(why->result);
	return 0;
}

void command_screen_why(struct gateway *gateway, struct control_request *request,
			const struct command_screened *screened, json_t *result)
{
	struct query *query = query_create(gateway, request, work_why);
	struct why *why = query ? talloc_zero(query, struct why) : NULL;

	if (!why) {
		json_decref(result);
		if (query)
			query_no_memory(query);
		return;
	}
	talloc_set_destructor(why, why_destroy);
	why->screened = *screened;
	why->result = result;
	query->argument = why;
	query->finish = finish_why;
	store_submit(gateway->reader, &query->op);
}
