/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao rules operator try`, and the changes that the same judgement guards. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/commands_number.h"
#include "gateway/commands_page.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/operator_rules.h"
#include "gateway/operator_try.h"
#include "gateway/outbox.h"

enum { EXAMPLES_DEFAULT = 10 };

/* ---- try ---- */

static const char *const channel_names[] = { [BLOCK_CALL] = "call", [BLOCK_SMS] = "sms" };

static const char *guard_name(enum block_guard_verdict verdict)
{
	switch (verdict) {
	case BLOCK_GUARD_PASSES:
		return "passes";
	case BLOCK_GUARD_CANNOT_TELL:
		return "too few to tell";
	case BLOCK_GUARD_TOO_MUCH:
		break;
	}
	return "too much";
}

/* One figure behind the point. */
static json_t *percent_json(double part, double whole)
{
	return whole > 0 ? json_real((double)(int64_t)(part * 1000 / whole + 0.5) / 10)
			 : json_null();
}

static json_t *rounded(double value)
{
	return json_integer((json_int_t)(value + 0.5));
}

static json_t *effects_json(const struct operator_try *try)
{
	json_t *list = json_array();

	for (uint8_t channel = BLOCK_CALL; channel <= BLOCK_SMS; channel++) {
		const struct operator_effect *effect = &try->effects[channel];
		const struct block_guard_traffic *traffic = &effect->traffic;
		json_t *row = json_pack(
			"{ss so sI so so so so}", "channel", channel_names[channel], "attempts",
			rounded(traffic->attempts), "samples", (json_int_t)traffic->samples,
			"blocked_before", rounded(effect->blocked_before), "blocked_after",
			rounded(effect->blocked_after), "more", rounded(traffic->more),
			"let_through", rounded(effect->let_through));

		json_object_set_new(row, "more_percent",
				    percent_json(traffic->more, traffic->attempts));
		json_object_set_new(row, "guard",
				    json_string(guard_name(operator_try_verdict(try, channel))));
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *hits_json(const struct operator_try *try)
{
	json_t *list = json_array();

	for (size_t i = 0; i < try->hit_count && i < OPERATOR_HITS_MAX; i++) {
		char rule[BLOCK_RULE_TEXT_MAX];

		block_rule_format(try->hits[i].rule, rule);
		json_array_append_new(
			list, json_pack("{ss ss ss}", "number", try->hits[i].number, "channel",
					channel_names[try->hits[i].channel], "rule", rule));
	}
	return list;
}

static json_t *examples_json(const struct operator_try *try)
{
	const struct gateway *gateway = try->gateway;
	json_t *list = json_array();

	for (size_t i = 0; i < try->example_count; i++) {
		const struct operator_example *example = &try->examples[i];
		const struct block_attempt *attempt = &example->attempt;

		json_array_append_new(
			list, json_pack("{so ss so so so so ss ss ss ss}", "at",
					query_time(attempt->now_ms), "channel",
					channel_names[attempt->channel == BLOCK_SMS ? BLOCK_SMS
										    : BLOCK_CALL],
					"caller", query_masked(attempt->caller.text), "caller_ref",
					command_ref(gateway, attempt->caller.text), "called",
					query_masked(attempt->called.text), "called_ref",
					command_ref(gateway, attempt->called.text), "entry",
					block_entry_name(attempt->entry), "before",
					block_verdict_name(example->before), "after",
					block_verdict_name(example->after), "rule", example->rule));
	}
	return list;
}

static bool too_much(const struct operator_try *try)
{
	return operator_try_verdict(try, BLOCK_CALL) == BLOCK_GUARD_TOO_MUCH ||
	       operator_try_verdict(try, BLOCK_SMS) == BLOCK_GUARD_TOO_MUCH;
}

static json_t *try_json(const struct operator_try *try)
{
	return json_pack("{sI sI so so so so s{sI sI} so}", "in_force",
			 (json_int_t)try->fixed->version, "rules",
			 (json_int_t)block_set_count(try->wanted), "guard",
			 json_string(try->hit_count > 0 ? "refused: protected numbers"
				     : too_much(try)	? "refused unless forced: too much traffic"
							: "passes"),
			 "traffic_since", query_time(try->first_ms), "traffic", effects_json(try),
			 "protected", hits_json(try), "recorded_blocks", "attempts",
			 (json_int_t)try->recorded, "let_through",
			 (json_int_t)try->recorded_let_through, "examples", examples_json(try));
}

static enum control_code code_of(const struct operator_try *try)
{
	switch (try->failure) {
	case -ENOENT:
		return CONTROL_NOT_FOUND;
	case -EBADMSG:
	case -E2BIG:
	case -EINVAL:
		return CONTROL_INVALID;
	default:
		return CONTROL_UNAVAILABLE;
	}
}

static void try_done(struct operator_try *try)
{
	struct control_request *request = try->user;

	if (try->error[0])
		control_fail_code(request, code_of(try), "%s", try->error);
	else
		control_answer(request, try_json(try));
	operator_try_free(try);
}

/* What is wanted of the request: rules, or a version to go back to. NULL: it was refused. */
static struct operator_try *create_try(struct gateway *gateway, struct control_request *request,
				       const json_t *args)
{
	const char *text = json_string_value(json_object_get(args, "text"));
	const json_t *version = json_object_get(args, "version");
	const json_t *limit = json_object_get(args, "limit");
	struct operator_try *try;
	const char *why;

	if (!text && (!json_is_integer(version) || json_integer_value(version) < 0)) {
		control_fail(request, "neither rules nor a version");
		return NULL;
	}
	try = operator_try_create(gateway, text ? text : "",
				  text ? -1 : json_integer_value(version), &why);
	if (!try) {
		control_fail_code(request,
				  gateway->trying_operator_rules ? CONTROL_BUSY
								 : CONTROL_UNAVAILABLE,
				  "%s", why);
		return NULL;
	}
	try->examples_max = EXAMPLES_DEFAULT;
	if (json_is_integer(limit) && json_integer_value(limit) >= 0)
		try->examples_max = (size_t)json_integer_value(limit);
	if (try->examples_max > OPERATOR_EXAMPLES_MAX)
		try->examples_max = OPERATOR_EXAMPLES_MAX;
	return try;
}

void command_operator_try(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct operator_try *try = create_try(gateway, request, args);

	if (!try)
		return;
	try->user = request;
	operator_try_begin(try, try_done);
}

/* ---- set, rollback ---- */

/* Below the try that judges it, then below the query that makes it. */
struct change {
	struct control_request *request;
	struct operator_change wanted;
	struct operator_version version; /* that came of it */
	json_t *traffic;
	char actor[CONTROL_ACTOR_MAX];
	bool forced;
	int64_t expected; /* the version that whoever asks looked at, or PAGE_NO_VERSION */
};

#define STALE "another change came first: look at it and try again"

static int work_change(struct db *db, struct query *query)
{
	struct change *change = query->argument;
	bool stale = change->expected != PAGE_NO_VERSION && change->expected != change->wanted.base;
	int rc = stale ? -ESTALE
		       : operator_store_put(query->memory, db, &change->wanted, &change->version);

	if (rc == -ESTALE)
		snprintf(query->error, sizeof(query->error), STALE);
	if (rc == 0)
		query->result =
			json_pack("{sI sb ss ss}", "version", (json_int_t)change->version.version,
				  "changed", change->version.version != change->wanted.base, "note",
				  change->version.note, "hash", change->version.hash);
	return rc;
}

static void finish_change(struct query *query)
{
	struct change *change = query->argument;
	struct gateway *gateway = query->gateway;

	json_object_set(query->result, "traffic", change->traffic);
	operator_rules_take(gateway->operator_rules, &change->version);
	outbox_kick(gateway->outbox);
}

static int change_destroy(struct change *change)
{
	json_decref(change->traffic);
	return 0;
}

/* False, and what the guard says, when the change may not be made. */
static bool guard_lets(const struct operator_try *try, bool forced, char out[CONTROL_ERROR_MAX])
{
	char rule[BLOCK_RULE_TEXT_MAX];

	out[0] = '\0';
	if (try->hit_count > 0) {
		block_rule_format(try->hits[0].rule, rule);
		snprintf(out, CONTROL_ERROR_MAX,
			 "refused: '%.80s' would block the protected number %s%s; "
			 "this cannot be forced",
			 rule, try->hits[0].number, try->hit_count > 1 ? " and others" : "");
		return false;
	}
	for (uint8_t channel = BLOCK_CALL; channel <= BLOCK_SMS && !forced; channel++) {
		const struct block_guard_traffic *traffic = &try->effects[channel].traffic;

		if (operator_try_verdict(try, channel) != BLOCK_GUARD_TOO_MUCH)
			continue;
		snprintf(out, CONTROL_ERROR_MAX,
			 "refused: of %.0f recent attempts (%s) %.0f more would be blocked, over "
			 "%u %%; look with `rules operator try`, or --force",
			 traffic->attempts, channel_names[channel], traffic->more,
			 (unsigned)try->gateway->live->blocking.guard_percent);
		return false;
	}
	return true;
}

static void submit_change(const struct operator_try *try, struct change *change)
{
	struct query *query = query_create(try->gateway, change->request, work_change);

	if (!query)
		return;
	query->argument = talloc_steal(query, change);
	query->finish = finish_change;
	change->wanted.base = try->fixed->version;
	change->wanted.now_ms = clock_now_ms();
	change->wanted.back_to = try->back_to;
	change->wanted.configured = try->wants_configured;
	change->wanted.actor = change->actor;
	change->wanted.forced = change->forced && too_much(try);
	change->wanted.text = talloc_strdup(change, try->wants_configured ? "" : try->canonical);
	change->traffic = effects_json(try);
	if (change->wanted.text)
		store_submit(try->gateway->store, &query->op);
	else
		query_no_memory(query);
}

static void change_tried(struct operator_try *try)
{
	struct change *change = try->user;
	char refusal[CONTROL_ERROR_MAX];

	if (try->error[0])
		control_fail_code(change->request, code_of(try), "%s", try->error);
	else if (change->expected != PAGE_NO_VERSION && change->expected < try->fixed->version)
		control_fail_code(change->request, CONTROL_STALE, STALE);
	else if (!guard_lets(try, change->forced, refusal))
		control_fail(change->request, "%s", refusal);
	else
		submit_change(try, change);
	operator_try_free(try);
}

void command_operator_change(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *note = json_string_value(json_object_get(args, "note"));
	struct operator_try *try;
	struct change *change;
	int64_t expected;

	if (!note || !note[0] || strlen(note) > OPERATOR_NOTE_MAX) {
		control_fail(request, "note: say why, in 1 to %d octets", OPERATOR_NOTE_MAX);
		return;
	}
	if (!page_version(request, args, &expected))
		return;
	try = create_try(gateway, request, args);
	if (!try)
		return;
	change = talloc_zero(try, struct change);
	if (change)
		change->wanted.note = talloc_strdup(change, note);
	if (!change || !change->wanted.note) {
		control_fail_code(request, CONTROL_UNAVAILABLE, "out of memory");
		operator_try_free(try);
		return;
	}
	talloc_set_destructor(change, change_destroy);
	change->request = request;
	change->expected = expected;
	change->forced = json_is_true(json_object_get(args, "force"));
	control_actor(request, change->actor);
	try->user = change;
	operator_try_begin(try, change_tried);
}
