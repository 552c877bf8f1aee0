/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Commands that the loop can answer by itself, and the way to all of them. */
#include "gateway/commands.h"

#include <string.h>

#include "gateway/ability.h"
#include "gateway/clock.h"
#include "gateway/commands_number.h"
#include "gateway/commands_page.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/peer.h"
#include "gateway/rule_cache.h"
#include "gateway/screen.h"
#include "gateway/smpp_client.h"

static const char *text_arg(const json_t *args, const char *name)
{
	const char *text = json_string_value(json_object_get(args, name));

	return text ? text : "";
}

/* ---- links ---- */

/* One figure behind the point: 3.25 messages a second are "3.3". */
static json_t *rate_json(double rate)
{
	return json_real((double)(int64_t)(rate * 10 + 0.5) / 10);
}

static json_t *link_json(const struct peer_info *info)
{
	json_t *row = json_pack(
		"{ss ss ss ss ss ss sI sI sI sI sI sI}", "link", info->link, "peer", info->address,
		"system_id", info->system_id, "role", info->role, "side", info->side, "state",
		info->state, "window_in", (json_int_t)info->window_in, "window_out",
		(json_int_t)info->window_out, "window_out_free", (json_int_t)info->window_out_free,
		"window_out_size", (json_int_t)info->window_out_size, "messages_in",
		(json_int_t)info->messages_in, "messages_out", (json_int_t)info->messages_out);

	json_object_set_new(row, "rate_in", rate_json(info->rate_in));
	json_object_set_new(row, "rate_out", rate_json(info->rate_out));
	json_object_set_new(row, "since", query_time(info->since_ms));
	json_object_set_new(row, "last_error", json_string(info->last_error));
	return row;
}

static void add_down(void *user, const struct peer_info *info)
{
	json_array_append_new(user, link_json(info));
}

void command_links(struct gateway *gateway, struct control_request *request, json_t *args)
{
	json_t *list = json_array();
	const struct peer *peer = NULL;
	struct peer_info info;

	(void)args;
	while ((peer = peer_set_next(gateway->peers, peer))) {
		peer_info_fill(peer, &info);
		json_array_append_new(list, link_json(&info));
	}
	smpp_client_each_down(gateway->client, add_down, list);
	control_answer(request, json_pack("{so}", "links", list));
}

/* ---- screen ---- */

/* A caller may also be withheld or alphanumeric. */
static bool read_caller(const struct gateway *gateway, struct control_request *request,
			const json_t *args, struct named_number *out)
{
	const char *text = text_arg(args, "caller");

	if (command_number_read(gateway, args, "caller", out) == 0)
		return true;
	if (strcmp(text, "withheld") == 0) {
		memcpy(out->number.text, "withheld", sizeof("withheld"));
		return true;
	}
	if (!out->by_ref && number_from_address(gateway->live->tables->numbering, 5, text,
						strlen(text), &out->number) == 0)
		return true;
	command_number_refuse(request, args, "caller");
	return false;
}

static json_t *screen_result(const struct screen_answer *answer,
			     const struct command_screened *screened)
{
	const struct block_attempt *attempt = &screened->attempt;
	const struct block_decision *decision = &answer->decision;
	char rule[BLOCK_RULE_TEXT_MAX] = "";

	if (decision->rule)
		block_rule_format(decision->rule, rule);
	return json_pack("{ss sb ss ss sb so so ss}", "verdict",
			 block_verdict_name(decision->verdict), "blocked", answer->blocked, "tier",
			 block_tier_name(decision->tier), "rule", rule, "international",
			 decision->international, "caller",
			 command_shown(attempt->caller.text, screened->caller_by_ref), "called",
			 command_shown(attempt->called.text, screened->called_by_ref), "source",
			 answer->by_failure_policy ? "failure_policy" : "near_cache");
}

void command_screen(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct command_screened screened = { .attempt.channel = BLOCK_CALL,
					     .attempt.now_ms = clock_now_ms() };
	struct block_attempt *attempt = &screened.attempt;
	struct named_number caller, called;
	struct screen_answer answer;

	if (!read_caller(gateway, request, args, &caller) ||
	    !command_number(gateway, request, args, "called", &called) ||
	    !page_time(request, args, "at", &attempt->now_ms))
		return;
	attempt->caller = caller.number;
	attempt->called = called.number;
	screened.caller_by_ref = caller.by_ref;
	screened.called_by_ref = called.by_ref;
	if (json_is_true(json_object_get(args, "sms")))
		attempt->channel = BLOCK_SMS;
	attempt->entry = json_is_true(json_object_get(args, "international"))
				 ? BLOCK_ENTRY_INTERNATIONAL
				 : BLOCK_ENTRY_UNKNOWN;
	answer = screen_explain(gateway, attempt);
	if (json_is_true(json_object_get(args, "why")))
		command_screen_why(gateway, request, &screened, screen_result(&answer, &screened));
	else
		control_answer(request, screen_result(&answer, &screened));
}

/* ---- all of them ---- */

/* Names of the roles that may, for those who may not. */
static void refuse(struct control_request *request, const struct ability *ability)
{
	char name[ABILITY_NAME_MAX];
	char roles[ROLES_TEXT_MAX];

	control_fail_code(request, CONTROL_FORBIDDEN, "%s: is for %s", ability_name(ability, name),
			  roles_format(ability->roles, roles));
}

void commands_handle(void *user, struct control_request *request, json_t *args)
{
	const char *error;
	const struct ability *ability = ability_asked(args, &error);

	if (!ability && error[0] == 'c')
		control_fail(request, "command: '%s' is not known", control_command(request));
	else if (!ability)
		control_fail(request, "%s", error);
	else if (!ability_may(request->roles, ability))
		refuse(request, ability);
	else
		ability->run(user, request, args);
}
