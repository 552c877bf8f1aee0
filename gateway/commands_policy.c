/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao policy`: the policies in force, and what others would have made of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/iso_time.h"
#include "gateway/policy_try.h"

enum { DAYS_DEFAULT = 7, DAYS_MAX = 366, LIMIT_DEFAULT = 100, LIMIT_MAX = 10000 };

/* "classes.mobile.points" in the objects on its way. */
static void put_value(json_t *object, const char *key, json_t *value)
{
	const char *dot = strchr(key, '.');
	char name[64];
	json_t *below;

	if (!dot) {
		json_object_set_new(object, key, value);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(dot - key), key);
	below = json_object_get(object, name);
	if (!below) {
		below = json_object();
		json_object_set_new(object, name, below);
	}
	put_value(below, dot + 1, value);
}

static json_t *value_json(const char *text)
{
	char *end;
	long long number = strtoll(text, &end, 10);

	return *text && !*end ? json_integer(number) : json_string(text);
}

static json_t *policy_json(const struct gateway *gateway, const struct verdict_policy *policy,
			   const struct verdict_policy *in_force)
{
	json_t *values = json_pack("{ss sb}", "hash", config_policy_hash(gateway->live, policy),
				   "in_force", policy == in_force);
	char value[VERDICT_VALUE_MAX];
	const char *key;

	for (size_t i = 0; (key = verdict_policy_key(i)); i++) {
		verdict_policy_value(policy, i, value);
		put_value(values, key,
			  strcmp(key, "require_answered") == 0
				  ? json_boolean(policy->require_answered)
				  : value_json(value));
	}
	return values;
}

static json_t *tiers_json(const struct reward_policy *policy)
{
	json_t *tiers = json_array();

	for (uint32_t i = 0; i < policy->tier_count; i++) {
		const struct reward_tier *tier = &policy->tiers[i];

		json_array_append_new(
			tiers, json_pack("{sI ss sI}", "from_reports",
					 (json_int_t)tier->from_reports, "category",
					 tier->category == REWARD_ANY_CATEGORY
						 ? "any"
						 : report_category_name(
							   (enum report_category)tier->category),
					 "amount_mb", (json_int_t)tier->amount_mb));
	}
	return tiers;
}

static json_t *reward_json(const struct reward_policy *policy, const struct reward_policy *in_force)
{
	const struct {
		const char *name;
		uint64_t value;
	} values[] = { { "amount_mb", policy->amount_mb },
		       { "cap_day", policy->cap_day },
		       { "cap_month", policy->cap_month },
		       { "cap_year", policy->cap_year },
		       { "first_reporters", policy->first_reporters },
		       { "cap_caller", policy->cap_caller },
		       { "caller_days", policy->caller_days },
		       { "budget_mb", policy->budget_mb } };
	json_t *json = json_pack("{sb}", "in_force", policy == in_force);

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		json_object_set_new(json, values[i].name,
				    json_integer((json_int_t)values[i].value));
	json_object_set_new(json, "budget_since", query_time(policy->budget_since_ms));
	json_object_set_new(json, "tiers", tiers_json(policy));
	return json;
}

static json_t *rewards_json(const struct config *live)
{
	const struct reward_policy *in_force = reward_policy_at(
		live->reward_policies, live->reward_policies_count, clock_now_ms());
	json_t *policies = json_object();
	char effective[ISO_TIME_MAX];

	for (unsigned i = 0; i < live->reward_policies_count; i++)
		json_object_set_new(
			policies, iso_time_format(live->reward_policies[i].effective_ms, effective),
			reward_json(&live->reward_policies[i], in_force));
	return policies;
}

static void show(struct gateway *gateway, struct control_request *request)
{
	const struct config *live = gateway->live;
	const struct verdict_policy *in_force = verdict_policy_at(
		live->verdict_policies, live->verdict_policies_count, clock_now_ms());
	json_t *policies = json_object();
	char effective[ISO_TIME_MAX];

	for (unsigned i = 0; i < live->verdict_policies_count; i++)
		json_object_set_new(
			policies,
			iso_time_format(live->verdict_policies[i].effective_ms, effective),
			policy_json(gateway, &live->verdict_policies[i], in_force));
	control_answer(request, json_pack("{so so}", "verdict_policies", policies,
					  "reward_policies", rewards_json(live)));
}

static bool read_count(const json_t *args, const char *name, uint32_t preset, uint32_t max,
		       uint32_t *out)
{
	const json_t *value = json_object_get(args, name);
	json_int_t count = value ? json_integer_value(value) : preset;

	*out = (uint32_t)count;
	return count >= (value && strcmp(name, "limit") == 0 ? 0 : 1) && count <= max;
}

static void try(struct gateway *gateway, struct control_request *request, const json_t *args)
{
	struct policy_try_request wanted = {
		.name = json_string_value(json_object_get(args, "name")),
		.text = json_string_value(json_object_get(args, "text")),
	};

	if (!wanted.text || !wanted.name)
		control_fail(request, "text: there is none");
	else if (!read_count(args, "days", DAYS_DEFAULT, DAYS_MAX, &wanted.days))
		control_fail(request, "days: not from 1 to %d", DAYS_MAX);
	else if (!read_count(args, "limit", LIMIT_DEFAULT, LIMIT_MAX, &wanted.limit))
		control_fail(request, "limit: not from 0 to %d", LIMIT_MAX);
	else
		policy_try(gateway, request, &wanted);
}

void command_policy(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *op = json_string_value(json_object_get(args, "op"));

	if (!op || strcmp(op, "show") == 0)
		show(gateway, request);
	else if (strcmp(op, "try") == 0)
		try(gateway, request, args);
	else
		control_fail(request, "op: not known");
}
