/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/http_rewards.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/gateway.h"
#include "gateway/http_problem.h"
#include "gateway/log.h"
#include "gateway/reward_answer.h"
#include "gateway/webhook_sign.h"

/* Answers that are being stored. */
struct pending {
	struct http_exchange *exchange; /* NULL: the server has ended */
};

static void answer(struct http_exchange *exchange, int status, const char *json)
{
	http_exchange_answer(exchange, status, "application/json", json, NULL, NULL);
}

static void fail(struct http_exchange *exchange, int status, const char *error)
{
	http_problem_answer(exchange, status, NULL, error);
}

/* NULL: the signature fits. */
static const char *check_signature(const struct config_webhook *config,
				   const struct http_exchange *exchange,
				   const struct webhook_body *body)
{
	const char *const secrets[WEBHOOK_SECRETS] = { config->secrets[0], config->secrets[1] };
	const char *header = http_exchange_header(exchange, WEBHOOK_SIGNATURE_HEADER);
	int rc;

	if (!header)
		return WEBHOOK_SIGNATURE_HEADER ": missing";
	rc = webhook_verify(header, secrets, WEBHOOK_SECRETS, body, clock_now_ms() / 1000,
			    config->clock_skew_s);
	if (rc == -EBADMSG)
		return WEBHOOK_SIGNATURE_HEADER ": not of the form t=SECONDS,v1=HEX";
	if (rc == -ETIME)
		return WEBHOOK_SIGNATURE_HEADER ": its time is too far from ours";
	return rc < 0 ? WEBHOOK_SIGNATURE_HEADER ": fits no secret" : NULL;
}

static json_t *result_json(const struct reward_answer *answer)
{
	const char *fault = reward_answer_fault(answer->result);
	json_t *row = json_pack("{ss ss}", "id", answer->id, "result",
				reward_answer_result_name(answer->result));

	if (fault)
		json_object_set_new(row, "error", json_string(fault));
	return row;
}

static void tell_results(struct http_exchange *exchange, const struct reward_answer *answers,
			 size_t count)
{
	json_t *list = json_array();
	json_t *whole = json_pack("{so}", "results", list);
	char *text;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, result_json(&answers[i]));
	text = json_dumps(whole, JSON_COMPACT);
	if (text)
		answer(exchange, 200, text);
	else
		fail(exchange, 503, "out of memory; it is stored all the same");
	free(text);
	json_decref(whole);
}

static void on_taken(void *user, int rc, const struct reward_answer *answers, size_t count)
{
	struct pending *pending = user;

	if (pending->exchange && rc < 0)
		fail(pending->exchange, 503, "not stored, send it again");
	else if (pending->exchange)
		tell_results(pending->exchange, answers, count);
	talloc_free(pending);
}

static void on_end(void *user)
{
	struct pending *pending = user;

	pending->exchange = NULL;
}

/* The answers in `body`, below ctx. NULL with *error. */
static struct reward_answer *read_answers(void *ctx, const json_t *body, size_t *count,
					  const char **error)
{
	bool many = json_is_array(body);
	struct reward_answer *answers;

	*count = many ? json_array_size(body) : 1;
	*error = "body: wants from 1 to 500 answers";
	if (*count == 0 || *count > HTTP_REWARDS_MAX)
		return NULL;
	answers = talloc_array(ctx, struct reward_answer, *count);
	*error = answers ? "body: an answer is an object with texts id, status and reason"
			 : "out of memory";
	for (size_t i = 0; answers && i < *count; i++)
		if (reward_answer_from_json(many ? json_array_get(body, i) : body, &answers[i]) < 0)
			return NULL;
	return answers;
}

static bool store(struct gateway *gateway, struct http_exchange *exchange,
		  const struct reward_answer *answers, size_t count)
{
	struct pending *pending = talloc_zero(NULL, struct pending);

	if (!pending || reward_answers_take(gateway, answers, count, on_taken, pending) < 0) {
		talloc_free(pending);
		return false;
	}
	pending->exchange = exchange;
	http_exchange_on_end(exchange, on_end, pending);
	return true;
}

static void take(struct gateway *gateway, struct http_exchange *exchange,
		 const struct webhook_body *text)
{
	void *memory = talloc_new(NULL);
	json_t *body = json_loadb(text->data, text->len, JSON_REJECT_DUPLICATES, NULL);
	const char *error = "body: is not JSON";
	size_t count = 0;
	struct reward_answer *answers = body ? read_answers(memory, body, &count, &error) : NULL;

	json_decref(body);
	if (!answers)
		fail(exchange, 400, error);
	else if (!store(gateway, exchange, answers, count))
		fail(exchange, 503, "out of memory, send it again");
	talloc_free(memory);
}

void http_rewards_take(void *user, struct http_exchange *exchange)
{
	struct gateway *gateway = user;
	const struct config_webhook *config = &gateway->live->rewards.webhook;
	struct webhook_body body = { "", 0 };
	const uint8_t *data = http_exchange_body(exchange, &body.len);
	const char *fault;

	if (data)
		body.data = data;
	if (!config->secrets[0]) {
		fail(exchange, 404, "rewards.webhook.secret_file is not configured");
		return;
	}
	if (body.len > HTTP_REWARDS_BODY_MAX) {
		fail(exchange, 413, "body: is longer than 64 KiB");
		return;
	}
	fault = check_signature(config, exchange, &body);
	if (fault) {
		gateway->metrics.reward_acks_bad_total++;
		fail(exchange, 401, fault);
	} else if (gateway->draining || !gateway->ready) {
		fail(exchange, 503, "starting or shutting down, send it again");
	} else {
		take(gateway, exchange, &body);
	}
}
