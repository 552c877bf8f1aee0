/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/reward_webhook.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/rand.h>
#include <osmocom/core/linuxlist.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/backoff.h"
#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/outbox.h"
#include "gateway/reward_answer.h"
#include "gateway/webhook_post.h"

enum { STORE_RETRY_MS = 1000, STATUS_TIMEOUT = 408, STATUS_TOO_MANY = 429 };

struct reward_webhook {
	struct gateway *gateway;
	struct webhook_client *client;
	struct llist_head jobs; /* in the order of their ids */
	size_t count;
	size_t flying;
	int64_t cursor; /* the newest row that was read */
	bool reading;
	bool kicked; /* rows may have come since the reading began */
	struct event *timer;
	int64_t fault_logged_ms;
};

/* A row of the outbox, until it is delivered. */
struct job {
	struct llist_head entry;
	struct reward_webhook *webhook;
	struct outbox_row row; /* id, report_id, target and payload */
	struct backoff backoff;
	int64_t next_ms; /* not before; monotonic */
	bool flying;
};

static void go_on(struct reward_webhook *webhook);

static void job_end(struct job *job)
{
	struct reward_webhook *webhook = job->webhook;

	outbox_delivered(webhook->gateway->outbox, OUTBOX_WEBHOOK, &job->row);
	llist_del(&job->entry);
	webhook->count--;
	talloc_free(job);
}

static void job_again(struct job *job, int64_t wait_ms)
{
	job->flying = false;
	job->next_ms = clock_monotonic_ms() + wait_ms;
}

/* ---- what became of a post ---- */

static void on_taken(void *user, int rc, const struct reward_answer *answers, size_t count)
{
	struct job *job = user;
	struct reward_webhook *webhook = job->webhook;

	for (size_t i = 0; rc == 0 && i < count; i++)
		if (reward_answer_fault(answers[i].result))
			LOGP(LOG_REWARD, LOGL_NOTICE, "webhook: answer to %s: %s\n", answers[i].id,
			     reward_answer_fault(answers[i].result));
	if (rc < 0)
		job_again(job, STORE_RETRY_MS);
	else
		job_end(job);
	go_on(webhook);
}

static void take_answer(struct job *job, const struct reward_answer *answer)
{
	if (reward_answers_take(job->webhook->gateway, answer, 1, on_taken, job) < 0)
		job_again(job, STORE_RETRY_MS);
}

/* What a refusal says of itself. */
static const char *words_of(const json_t *body)
{
	static const char *const names[] = { "reason", "detail", "error", "message" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *text = json_string_value(json_object_get(body, names[i]));

		if (text)
			return text;
	}
	return "refused";
}

static void refused(struct job *job, const struct webhook_reply *reply, const json_t *body)
{
	struct reward_answer answer;
	char reason[REWARD_REASON_MAX];

	snprintf(reason, sizeof(reason), "HTTP %d: %s", reply->status, words_of(body));
	reward_answer_read(job->row.target, "failed", reason, &answer);
	take_answer(job, &answer);
}

static void accepted(struct job *job, const json_t *body)
{
	const char *id = json_string_value(json_object_get(body, "id"));
	const char *status = json_string_value(json_object_get(body, "status"));
	struct reward_answer answer;

	reward_answer_read(job->row.target, status,
			   json_string_value(json_object_get(body, "reason")), &answer);
	if (answer.says == REWARD_SAYS_NOTHING || (id && strcmp(id, job->row.target) != 0))
		job_end(job);
	else
		take_answer(job, &answer);
}

static void again_later(struct job *job, const struct webhook_reply *reply)
{
	struct reward_webhook *webhook = job->webhook;
	const struct config_webhook *config = &webhook->gateway->live->rewards.webhook;
	uint32_t random = 0;
	int64_t wait_ms;

	(void)RAND_bytes((unsigned char *)&random,
			 sizeof(random)); /* without, there is no jitter */
	job->backoff.min_ms = config->retry_min_ms;
	job->backoff.max_ms = config->retry_max_ms;
	wait_ms = backoff_next_ms(&job->backoff, random);
	if (reply->retry_after_s * 1000 > wait_ms)
		wait_ms = reply->retry_after_s * 1000;
	webhook->gateway->metrics.webhook_failures_total++;
	if (log_seldom(&webhook->fault_logged_ms))
		LOGP(LOG_REWARD, LOGL_NOTICE, "webhook: %s: %s %d; again in %lld ms\n",
		     job->row.target, reply->status ? "status" : reply->fault, reply->status,
		     (long long)wait_ms);
	job_again(job, wait_ms);
}

static bool for_good(int status)
{
	return status >= 400 && status < 500 && status != STATUS_TIMEOUT &&
	       status != STATUS_TOO_MANY;
}

static void on_reply(void *user, const struct webhook_reply *reply)
{
	struct job *job = user;
	struct reward_webhook *webhook = job->webhook;
	json_t *body = reply->len ? json_loadb(reply->body, reply->len, 0, NULL) : NULL;

	webhook->flying--;
	if (reply->status >= 200 && reply->status < 300)
		accepted(job, body);
	else if (for_good(reply->status))
		refused(job, reply, body);
	else
		again_later(job, reply);
	json_decref(body);
	go_on(webhook);
}

/* ---- posting ---- */

static void start(struct job *job)
{
	struct reward_webhook *webhook = job->webhook;
	const struct config_webhook *config = &webhook->gateway->live->rewards.webhook;

	job->flying = true;
	if (webhook_client_post(webhook->client, config->secrets[0], job->row.target,
				job->row.payload, on_reply, job) < 0) {
		job_again(job, STORE_RETRY_MS);
		return;
	}
	webhook->flying++;
	webhook->gateway->metrics.webhook_requests_total++;
}

/* Starts what may start; when the next one may, -1: none waits. */
static int64_t start_due(struct reward_webhook *webhook)
{
	const struct config_webhook *config = &webhook->gateway->config->rewards.webhook;
	int64_t now_ms = clock_monotonic_ms();
	int64_t next_ms = -1;
	struct job *job;

	llist_for_each_entry(job, &webhook->jobs, entry) {
		if (webhook->flying >= config->connections)
			return -1;
		if (job->flying)
			continue;
		if (job->next_ms <= now_ms)
			start(job);
		if (!job->flying && (next_ms < 0 || job->next_ms < next_ms))
			next_ms = job->next_ms;
	}
	return next_ms < 0 ? -1 : next_ms > now_ms ? next_ms - now_ms : 1;
}

static bool add_job(struct reward_webhook *webhook, const struct outbox_row *row)
{
	struct job *job = talloc_zero(webhook, struct job);

	if (job) {
		job->row.target = talloc_strdup(job, row->target);
		job->row.payload = talloc_strdup(job, row->payload);
	}
	if (!job || !job->row.target || !job->row.payload) {
		talloc_free(job);
		return false;
	}
	job->webhook = webhook;
	job->row.id = row->id;
	job->row.report_id = row->report_id;
	llist_add_tail(&job->entry, &webhook->jobs);
	webhook->count++;
	webhook->cursor = row->id;
	return true;
}

static void on_rows(void *user, int rc, const struct outbox_row *rows, size_t count)
{
	struct reward_webhook *webhook = user;
	struct timeval pause = { STORE_RETRY_MS / 1000, 0 };
	size_t i = 0;

	webhook->reading = false;
	while (rc == 0 && i < count && add_job(webhook, &rows[i]))
		i++;
	/* There may be more; after a fault, the timer looks again. */
	if (count > 0 || rc < 0)
		webhook->kicked = true;
	if (rc == 0 && i == count)
		go_on(webhook);
	else
		event_add(webhook->timer, &pause);
}

static void read_more(struct reward_webhook *webhook)
{
	size_t room = WEBHOOK_WINDOW - webhook->count;

	if (webhook->reading || !webhook->kicked || room == 0)
		return;
	webhook->kicked = false;
	webhook->reading = true;
	if (outbox_read(webhook->gateway, OUTBOX_WEBHOOK, webhook->cursor, room, on_rows,
			webhook) == 0)
		return;
	webhook->reading = false;
	webhook->kicked = true; /* out of memory: with the next look */
}

static void go_on(struct reward_webhook *webhook)
{
	int64_t wait_ms;
	struct timeval tv;

	if (webhook->gateway->draining)
		return;
	read_more(webhook);
	wait_ms = start_due(webhook);
	if (wait_ms < 0)
		return;
	tv = (struct timeval){ wait_ms / 1000, (wait_ms % 1000) * 1000 };
	event_add(webhook->timer, &tv);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	go_on(arg);
}

void reward_webhook_kick(struct reward_webhook *webhook)
{
	webhook->kicked = true;
	go_on(webhook);
}

static int webhook_destroy(struct reward_webhook *webhook)
{
	if (webhook->timer)
		event_free(webhook->timer);
	TALLOC_FREE(webhook->client); /* before the jobs that its posts name */
	return 0;
}

struct reward_webhook *reward_webhook_create(void *ctx, struct gateway *gateway)
{
	struct reward_webhook *webhook = talloc_zero(ctx, struct reward_webhook);

	if (!webhook)
		return NULL;
	INIT_LLIST_HEAD(&webhook->jobs);
	talloc_set_destructor(webhook, webhook_destroy);
	webhook->gateway = gateway;
	webhook->timer = evtimer_new(gateway->base, on_timer, webhook);
	webhook->client =
		webhook_client_create(webhook, gateway->base, &gateway->config->rewards.webhook);
	if (!webhook->timer || !webhook->client) {
		talloc_free(webhook);
		return NULL;
	}
	return webhook;
}
