/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/http_rewards.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/gateway.h"
#include "gateway/log.h"
#include "gateway/reward_answer.h"
#include "gateway/webhook_sign.h"

static void fail(struct http_post *post, int status, const char *error)
{
	char text[256];

	snprintf(text, sizeof(text), "{\"error\":\"%s\"}\n", error);
	http_post_answer(post, status, text);
}

/* NULL: the signature fits. */
static const char *check_signature(const struct config_webhook *config,
				   const struct http_post *post, const struct webhook_body *body)
{
	const char *const secrets[WEBHOOK_SECRETS] = { config->secrets[0], config->secrets[1] };
	const char *header = http_post_header(post, WEBHOOK_SIGNATURE_HEADER);
	int rc;

	if (!header)
		return WEBHOOK_SIGNATURE_HEADER ": missing, or there twice";
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

static void on_taken(void *user, int rc, const struct reward_answer *answers, size_t count)
{
	struct http_post *post = user;
	json_t *list = json_array();
	json_t *whole = json_pack("{so}", "results", list);
	char *text;

	if (rc < 0) {
		json_decref(whole);
		fail(post, 503, "not stored, send it again");
		return;
	}
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, result_json(&answers[i]));
	text = json_dumps(whole, JSON_COMPACT);
	if (text)
		http_post_answer(post, 200, text);
	else
		fail(post, 503, "out of memory; it is stored all the same");
	free(text);
	json_decref(whole);
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

static void take(struct gateway *gateway, struct http_post *post, const struct webhook_body *text)
{
	void *memory = talloc_new(NULL);
	json_t *body = json_loadb(text->data, text->len, JSON_REJECT_DUPLICATES, NULL);
	const char *error = "body: is not JSON";
	size_t count = 0;
	struct reward_answer *answers = body ? read_answers(memory, body, &count, &error) : NULL;

	json_decref(body);
	if (!answers)
		fail(post, 400, error);
	else if (reward_answers_take(gateway, answers, count, on_taken, post) < 0)
		fail(post, 503, "out of memory, send it again");
	talloc_free(memory);
}

void http_rewards_post(void *user, struct http_post *post)
{
	struct gateway *gateway = user;
	const struct config_webhook *config = &gateway->live->rewards.webhook;
	struct webhook_body body;
	const char *fault;

	body.data = http_post_body(post, &body.len);
	if (!config->secrets[0]) {
		fail(post, 404, "rewards.webhook.secret_file is not configured");
		return;
	}
	fault = check_signature(config, post, &body);
	if (fault) {
		gateway->metrics.reward_acks_bad_total++;
		fail(post, 401, fault);
	} else if (gateway->draining || !gateway->ready) {
		fail(post, 503, "starting or shutting down, send it again");
	} else {
		take(gateway, post, &body);
	}
}
