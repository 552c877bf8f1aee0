/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/cdr_post.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <talloc.h>

#include "gateway/cdr_line.h"
#include "gateway/feed_source.h"
#include "gateway/http_identity.h"
#include "gateway/http_problem.h"
#include "gateway/log.h"
#include "gateway/redis_client.h"
#include "gateway/watermark.h"

enum { JOBS_MAX = 8, SLICE_LINES = 200, REJECTED_SHOWN_MAX = 1000, ARGUMENTS_HEAD = 8 };

struct cdr_post {
	struct gateway *gateway;
	const char *stream;
	unsigned jobs;
	int64_t refused_logged_ms;
};

/* One request. It outlives its exchange when the server ends, and hangs below the desk. */
struct job {
	struct cdr_post *post;
	struct http_exchange *exchange; /* NULL: nobody waits for the answer */
	const struct config_source *source;
	struct event *turn;
	char *body;
	size_t len;
	size_t at;
	size_t line;
	size_t accepted;
	size_t rejected;
	json_t *faults;
	size_t waiting; /* replies to come */
	bool trim;
	bool failed;
	bool read; /* to its end */
};

/* ---- answers ---- */

static void answer_lines(struct job *job)
{
	int code = job->accepted > 0 ? 200 : 422;
	json_t *result =
		json_pack("{sI sI sO}", "accepted", (json_int_t)job->accepted, "rejected_count",
			  (json_int_t)job->rejected, "rejected", job->faults);
	char *text;

	if (code != 200) {
		json_object_set_new(result, "type", json_string("about:blank"));
		json_object_set_new(result, "title", json_string(http_reason(code)));
		json_object_set_new(result, "status", json_integer(code));
		json_object_set_new(result, "detail", json_string("no line is a record"));
	}
	text = json_dumps(result, JSON_COMPACT);
	http_exchange_answer(job->exchange, text ? code : 503,
			     code == 200 ? "application/json" : "application/problem+json",
			     text ? text : "{}", NULL, NULL);
	free(text);
	json_decref(result);
}

/* ---- a job ---- */

static int job_destroy(struct job *job)
{
	job->post->jobs--;
	json_decref(job->faults);
	if (job->turn)
		event_free(job->turn);
	return 0;
}

static void end_job(struct job *job)
{
	if (job->waiting > 0 || !job->read)
		return;
	if (job->exchange && job->failed)
		http_problem_answer(
			job->exchange, 503, NULL,
			"Redis did not take all of it: send the request again as a whole");
	else if (job->exchange)
		answer_lines(job);
	talloc_free(job);
}

static void on_ended(void *user)
{
	struct job *job = user;

	job->exchange = NULL;
}

static void on_added(void *user, const redisReply *reply)
{
	struct job *job = user;

	job->waiting--;
	job->failed = job->failed || !redis_reply_ok(reply);
	end_job(job);
}

static void add_line(struct job *job, const struct cdr_line *line)
{
	const char *argv[ARGUMENTS_HEAD + 2 * CDR_LINE_FIELDS_MAX];
	char limit[16];
	int argc = 0;

	argv[argc++] = "XADD";
	argv[argc++] = job->post->stream;
	if (job->trim) {
		snprintf(limit, sizeof(limit), "%u", job->post->gateway->config->feed.stream_max);
		argv[argc++] = "MAXLEN";
		argv[argc++] = "~";
		argv[argc++] = limit;
	}
	argv[argc++] = "*";
	argv[argc++] = "source";
	argv[argc++] = job->source->name;
	for (size_t i = 0; i < line->count; i++) {
		argv[argc++] = line->name[i];
		argv[argc++] = line->value[i];
	}
	if (redis_command(job->post->gateway->redis, on_added, job, argc, argv, NULL) < 0) {
		job->failed = true;
		return;
	}
	job->waiting++;
	job->accepted++;
}

static void reject_line(struct job *job, const char *error)
{
	job->rejected++;
	job->post->gateway->metrics.cdrs_bad_total++;
	watermarks_note_bad(job->post->gateway->watermarks, job->source->name);
	if (json_array_size(job->faults) < REJECTED_SHOWN_MAX)
		json_array_append_new(
			job->faults,
			json_pack("{sI ss}", "line", (json_int_t)job->line, "error", error));
}

static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\n", text[i]) || !text[i])
			return false;
	return true;
}

static void take_line(struct job *job)
{
	const char *text = job->body + job->at;
	const char *end = memchr(text, '\n', job->len - job->at);
	size_t len = end ? (size_t)(end - text) : job->len - job->at;
	char error[CDR_LINE_ERROR_MAX];
	struct cdr_line line;
	void *ctx;
	int rc;

	job->at += len + (end != NULL);
	job->line++;
	if (is_blank(text, len))
		return;
	ctx = talloc_new(job);
	rc = ctx ? cdr_line_read(ctx, job->post->gateway->live->tables->numbering, job->source,
				 text, len, &line, error)
		 : -ENOMEM;
	if (rc == 0)
		add_line(job, &line);
	else if (rc == -EBADMSG)
		reject_line(job, error);
	else
		job->failed = true;
	talloc_free(ctx);
}

static void next_turn(struct job *job)
{
	struct timeval now = { 0, 0 };

	event_add(job->turn, &now);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct job *job = arg;

	(void)fd;
	(void)what;
	job->waiting++; /* ours, so that replies within the loop do not end the job */
	for (int i = 0; i < SLICE_LINES && job->at < job->len && !job->failed; i++)
		take_line(job);
	job->read = job->at >= job->len || job->failed;
	job->waiting--;
	if (job->read)
		end_job(job);
	else
		next_turn(job);
}

/* ---- how much waits in the stream ---- */

static const redisReply *find_value(const redisReply *map, const char *name)
{
	for (size_t i = 0; i + 1 < map->elements; i += 2)
		if (map->element[i]->type == REDIS_REPLY_STRING &&
		    strcmp(map->element[i]->str, name) == 0)
			return map->element[i + 1];
	return NULL;
}

/* Entries that our group has not acknowledged, of the reply to XINFO GROUPS; -1: Redis does not
 * know (before version 7, or when entries were taken out of the middle). */
static int64_t count_waiting(const redisReply *groups, const char *group)
{
	for (size_t i = 0; i < groups->elements; i++) {
		const redisReply *one = groups->element[i];
		const redisReply *name, *lag, *pending;

		if (one->type != REDIS_REPLY_ARRAY)
			continue;
		name = find_value(one, "name");
		if (!name || name->type != REDIS_REPLY_STRING || strcmp(name->str, group) != 0)
			continue;
		lag = find_value(one, "lag");
		pending = find_value(one, "pending");
		if (!lag || lag->type != REDIS_REPLY_INTEGER || !pending ||
		    pending->type != REDIS_REPLY_INTEGER)
			return -1;
		return lag->integer + pending->integer;
	}
	return -1;
}

static void refuse(struct job *job, int code, const char *detail)
{
	if (job->exchange)
		http_problem_answer(job->exchange, code, NULL, detail);
	talloc_free(job);
}

/* No stream yet is an error for XINFO: then nothing waits, and there is nothing to trim. */
static void on_groups(void *user, const redisReply *reply)
{
	struct job *job = user;
	const struct config_feed *feed = &job->post->gateway->config->feed;
	int64_t waiting = -1;

	if (!reply) {
		refuse(job, 503, "Redis is away");
		return;
	}
	if (reply->type == REDIS_REPLY_ARRAY)
		waiting = count_waiting(reply, feed->group);
	if (feed->stream_max > 0 && waiting >= (int64_t)feed->stream_max / 2) {
		refuse(job, 429, "too many records wait to be read");
		return;
	}
	/* Only what was read may be trimmed. */
	job->trim = feed->stream_max > 0 && waiting >= 0;
	next_turn(job);
}

/* ---- requests ---- */

static bool is_ndjson(const char *type)
{
	static const char wanted[] = "application/x-ndjson";
	size_t len = sizeof(wanted) - 1;

	return type && strncasecmp(type, wanted, len) == 0 &&
	       (type[len] == '\0' || strchr("; \t", type[len]));
}

static size_t count_lines(const uint8_t *body, size_t len)
{
	size_t lines = 1;

	for (const uint8_t *at = body; (at = memchr(at, '\n', len - (size_t)(at - body))); at++)
		lines++;
	return lines;
}

static void start_job(struct cdr_post *post, struct http_exchange *exchange,
		      const struct config_source *source, const uint8_t *body, size_t len)
{
	struct job *job = talloc_zero(post, struct job);

	if (!job) {
		http_problem_answer(exchange, 503, NULL, "out of memory");
		return;
	}
	job->post = post;
	post->jobs++;
	talloc_set_destructor(job, job_destroy);
	job->exchange = exchange;
	job->source = source;
	job->body = talloc_memdup(job, body, len);
	job->len = len;
	job->faults = json_array();
	job->turn = event_new(post->gateway->base, -1, 0, on_turn, job);
	http_exchange_on_end(exchange, on_ended, job);
	if (!job->body || !job->faults || !job->turn)
		refuse(job, 503, "out of memory");
	else if (redis_commandf(post->gateway->redis, on_groups, job, "XINFO GROUPS %s",
				post->stream) < 0)
		refuse(job, 503, "Redis is away");
}

void cdr_post_take(struct cdr_post *post, struct http_exchange *exchange)
{
	struct gateway *gateway = post->gateway;
	struct http_identity who;
	const uint8_t *body;
	size_t len;

	if (http_identity(gateway->live, gateway->identity,
			  http_exchange_header(exchange, "Authorization"), &who) < 0) {
		if (log_seldom(&post->refused_logged_ms))
			LOGP(LOG_HTTP, LOGL_NOTICE, "records refused: no known token\n");
		http_problem_answer(exchange, 401, NULL, "no known token");
		return;
	}
	if (!who.source) {
		http_problem_answer(exchange, 403, NULL,
				    "the token is no source's of call records");
		return;
	}
	body = http_exchange_body(exchange, &len);
	if (!is_ndjson(http_exchange_header(exchange, "Content-Type")))
		http_problem_answer(exchange, 415, NULL,
				    "the content type is not application/x-ndjson");
	else if (!body || is_blank((const char *)body, len))
		http_problem_answer(exchange, 400, NULL, "there is no record");
	else if (count_lines(body, len) > CDR_POST_LINES_MAX + 1)
		http_problem_answer(exchange, 413, NULL, "more than 10000 lines");
	else if (gateway->draining || !redis_client_connected(gateway->redis))
		http_problem_answer(exchange, 503, NULL,
				    gateway->draining ? "ending" : "Redis is away");
	else if (post->jobs >= JOBS_MAX)
		http_problem_answer(exchange, 429, NULL, "too many requests at one time");
	else
		start_job(post, exchange,
			  feed_source_find(&gateway->config->feed, who.source->name), body, len);
}

struct cdr_post *cdr_post_create(void *ctx, struct gateway *gateway)
{
	struct cdr_post *post = talloc_zero(ctx, struct cdr_post);

	if (!post)
		return NULL;
	post->gateway = gateway;
	post->stream = talloc_asprintf(post, "%s%s", gateway->config->redis.prefix,
				       gateway->config->feed.stream);
	if (!post->stream)
		TALLOC_FREE(post);
	return post;
}
