/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/http_screen.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <talloc.h>

#include "gateway/attempt_desk.h"
#include "gateway/clock.h"
#include "gateway/gateway.h"
#include "gateway/http_identity.h"
#include "gateway/http_problem.h"
#include "gateway/rule_cache.h"
#include "gateway/screen.h"
#include "gateway/screen_ask.h"
#include "gateway/tables.h"

/* Whoever asks, and the moment. */
struct asking {
	struct gateway *gateway;
	const struct config_http_client *client;
	int64_t now_ms;
};

/* ---- one decision ---- */

struct outcome {
	struct screen_answer answer;
	struct block_context context;
	bool forged;
	bool blocked;
};

static struct outcome decide(const struct asking *asking, struct screen_ask *ask)
{
	struct gateway *gateway = asking->gateway;
	struct block_attempt *attempt = &ask->attempt;
	struct outcome outcome = { 0 };

	attempt->now_ms = asking->now_ms;
	outcome.forged = attempt->channel == BLOCK_CALL &&
			 screen_is_forged(attempt, &attempt->caller, ask->validation_failed);
	if (outcome.forged) {
		attempt->entry = BLOCK_ENTRY_INTERNATIONAL;
		attempt->roaming_home = false;
	}
	outcome.answer =
		ask->enforce ? screen_decide(gateway, attempt) : screen_explain(gateway, attempt);
	outcome.context = rule_cache_context(gateway->rules, attempt->called.text);
	outcome.blocked = outcome.answer.blocked ||
			  (outcome.forged && gateway->live->sip.forged == SIP_FORGED_REJECT);
	if (ask->enforce && outcome.answer.blocked)
		attempt_desk_note(gateway->attempts, attempt, &outcome.answer,
				  asking->client->name);
	return outcome;
}

static bool is_label(const struct outcome *outcome)
{
	return !outcome->blocked && outcome->answer.decision.verdict == BLOCK_LABEL;
}

static const char *decision_name(const struct outcome *outcome)
{
	if (outcome->blocked)
		return "block";
	return is_label(outcome) ? "label" : "allow";
}

/* The owner's rules as they are now: other rules, another text. */
static const char *version_of(const struct outcome *outcome, char out[16])
{
	const struct block_set *set = NULL;

	switch (outcome->answer.decision.tier) {
	case BLOCK_TIER_PROTECTED:
		set = outcome->context.protected_numbers;
		break;
	case BLOCK_TIER_SUBSCRIBER_ALLOWED:
	case BLOCK_TIER_SUBSCRIBER_BLOCKED:
	case BLOCK_TIER_SUBSCRIBER_CLASS:
		set = outcome->context.subscriber;
		break;
	case BLOCK_TIER_OPERATOR_ALLOWED:
	case BLOCK_TIER_OPERATOR_BLOCKED:
	case BLOCK_TIER_OPERATOR_DEFAULT:
		set = outcome->context.operator_rules;
		break;
	case BLOCK_TIER_NONE:
	case BLOCK_TIER_COUNT:
		break;
	}
	if (!set)
		return NULL;
	snprintf(out, 16, "%08" PRIx32, block_set_hash(set));
	return out;
}

static json_t *why_json(const struct screen_ask *ask, const struct outcome *outcome)
{
	const struct block_context *context = &outcome->context;
	size_t own = context->subscriber ? block_set_count(context->subscriber) : 0;
	size_t operators = context->operator_rules ? block_set_count(context->operator_rules) : 0;

	return json_pack("{ss sb sb sb sI sI}", "entry", block_entry_name(ask->attempt.entry),
			 "roaming", ask->attempt.roaming_home, "reported", ask->attempt.reported,
			 "rules_known", context->subscriber_known, "subscriber_rules",
			 (json_int_t)own, "operator_rules", (json_int_t)operators);
}

static json_t *decision_json(const struct screen_ask *ask, const struct outcome *outcome)
{
	const struct block_decision *decision = &outcome->answer.decision;
	char rule[BLOCK_RULE_TEXT_MAX] = "";
	char version[16];
	json_t *result;

	if (decision->rule)
		block_rule_format(decision->rule, rule);
	result = json_pack(
		"{ss ss ss ss sb sb ss ss? ss? ss? sb}", "decision", decision_name(outcome),
		"channel", ask->attempt.channel == BLOCK_CALL ? "call" : "sms", "from",
		ask->attempt.caller.text, "to", ask->attempt.called.text, "international",
		decision->international, "forged", outcome->forged, "tier",
		block_tier_name(decision->tier), "rule", decision->rule ? rule : NULL, "version",
		version_of(outcome, version), "label",
		is_label(outcome) ? block_rule_origin_text(decision->rule) : NULL,
		"by_failure_policy", outcome->answer.by_failure_policy);
	if (result && ask->why)
		json_object_set_new(result, "why", why_json(ask, outcome));
	return result;
}

/* ---- answers ---- */

static void answer_json(struct http_exchange *exchange, json_t *result)
{
	char *text = result ? json_dumps(result, JSON_COMPACT) : NULL;

	if (text)
		http_exchange_answer(exchange, 200, "application/json", text, NULL, NULL);
	else
		http_problem_answer(exchange, 503, NULL, "out of memory");
	free(text);
	json_decref(result);
}

static void refuse(struct http_exchange *exchange, int rc, const struct screen_fault *fault)
{
	if (rc == -ENOMEM)
		http_problem_answer(exchange, 503, NULL, "out of memory");
	else
		http_problem_answer(exchange, 400, fault->field[0] ? fault->field : NULL,
				    fault->text);
}

static void answer_one(const struct asking *asking, struct http_exchange *exchange)
{
	const char *query = http_exchange_query(exchange);
	struct screen_fault fault;
	struct screen_ask ask;
	json_t *object;
	int rc = screen_ask_from_query(query ? query : "", &object, &fault);

	if (rc == 0) {
		rc = screen_ask_read(asking->gateway->live->tables->numbering, object, &ask,
				     &fault);
		json_decref(object);
	}
	if (rc < 0) {
		refuse(exchange, rc, &fault);
		return;
	}
	struct outcome outcome = decide(asking, &ask);
	answer_json(exchange, decision_json(&ask, &outcome));
}

static json_t *answer_object(const struct asking *asking, const json_t *object)
{
	struct screen_fault fault;
	struct screen_ask ask;

	if (screen_ask_read(asking->gateway->live->tables->numbering, object, &ask, &fault) < 0)
		return http_problem(422, fault.field[0] ? fault.field : NULL, fault.text);
	struct outcome outcome = decide(asking, &ask);
	return decision_json(&ask, &outcome);
}

/* NULL: out of memory. */
static json_t *answer_batch(const struct asking *asking, struct screen_batch *batch)
{
	json_t *results = json_array();
	struct screen_fault fault;
	json_t *object;
	int rc;

	while (results && (rc = screen_batch_next(batch, &object, &fault)) != 0) {
		json_t *result = rc < 0 ? http_problem(400, NULL, fault.text)
					: answer_object(asking, object);

		if (rc > 0)
			json_decref(object);
		if (!result || json_array_append_new(results, result) < 0) {
			json_decref(results);
			results = NULL;
		}
	}
	return results;
}

static void answer_lines(struct http_exchange *exchange, json_t *results)
{
	char *text = talloc_strdup(NULL, "");
	size_t i;
	json_t *result;

	json_array_foreach(results, i, result)
	{
		char *line = json_dumps(result, JSON_COMPACT);

		text = line && text ? talloc_asprintf_append_buffer(text, "%s\n", line) : NULL;
		free(line);
	}
	if (results && text)
		http_exchange_answer(exchange, 200, "application/x-ndjson", text, NULL, NULL);
	else
		http_problem_answer(exchange, 503, NULL, "out of memory");
	talloc_free(text);
	json_decref(results);
}

/* ---- requests ---- */

static bool is_type(const char *type, const char *wanted)
{
	size_t len = strlen(wanted);

	return type && strncasecmp(type, wanted, len) == 0 &&
	       (type[len] == '\0' || strchr("; \t", type[len]));
}

static void answer_post(const struct asking *asking, struct http_exchange *exchange)
{
	const char *type = http_exchange_header(exchange, "Content-Type");
	bool lines = is_type(type, "application/x-ndjson");
	struct screen_batch batch;
	struct screen_fault fault;
	size_t len;
	const char *body = (const char *)http_exchange_body(exchange, &len);
	json_t *results;
	int rc;

	if (!lines && !is_type(type, "application/json")) {
		http_problem_answer(exchange, 415, "Content-Type",
				    "is neither application/json nor application/x-ndjson");
		return;
	}
	if (len > HTTP_SCREEN_BODY_MAX) {
		http_problem_answer(exchange, 413, NULL, "the body is longer than 256 KiB");
		return;
	}
	rc = screen_batch_open(lines, body ? body : "", len, &batch, &fault);
	if (rc < 0) {
		refuse(exchange, rc, &fault);
		return;
	}
	results = answer_batch(asking, &batch);
	screen_batch_close(&batch);
	if (lines)
		answer_lines(exchange, results);
	else
		answer_json(exchange, results);
}

void http_screen_take(void *user, struct http_exchange *exchange)
{
	struct gateway *gateway = user;
	struct asking asking = { .gateway = gateway, .now_ms = clock_now_ms() };
	struct http_identity who;

	gateway->metrics.http_screen_requests_total++;
	if (http_identity(gateway->live, gateway->identity,
			  http_exchange_header(exchange, "Authorization"), &who) < 0) {
		http_problem_answer(exchange, 401, NULL, "no known token");
		return;
	}
	if (!http_identity_may(&who, "screen")) {
		http_problem_answer(exchange, 403, NULL, "the token may not screen");
		return;
	}
	if (!gateway->ready) {
		http_problem_answer(exchange, 503, NULL, "starting: the rules are being loaded");
		return;
	}
	asking.client = who.client;
	if (http_exchange_is_post(exchange))
		answer_post(&asking, exchange);
	else
		answer_one(&asking, exchange);
}
