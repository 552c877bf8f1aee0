/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/redis_client.h"

#include <errno.h>
#include <hiredis/adapters/libevent.h>
#include <hiredis/async.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/redis_encode.h"

enum {
	BACKOFF_FIRST_MS = 50,
	BACKOFF_MAX_MS = 2000,
	WATCH_MS = 50,
	PASSWORD_MAX = 512,
	TEXT_MIN = 512
};

/* Twice a command; the coarse clock takes a tenth of the time and lags by a few ms, of deadlines of
 * hundreds. */
static int64_t coarse_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC_COARSE);
}

static int64_t extra_ms(enum redis_kind kind)
{
	return kind == REDIS_BLOCKING ? REDIS_BLOCK_MS : 0;
}

/* One command under way. hiredis answers in order, so the list is a queue by age. */
struct pending {
	struct redis_client *client;
	redis_reply_cb *cb;
	void *user;
	int64_t deadline_ms;
	bool subscription;
	struct pending *next;
};

struct redis_client {
	const char *name;
	enum redis_kind kind;
	struct config_redis config;
	struct metrics *metrics;
	struct event_base *base;
	redisAsyncContext *context;
	bool connected;
	bool was_connected;
	bool drop;	 /* free the context at the next turn */
	bool complained; /* why it cannot connect is told once until it can */
	bool stopping;
	int64_t heard_ms; /* when the last reply came */
	int64_t backoff_ms;
	struct event *timer; /* reconnect while away, the watch on deadlines while connected */
	redis_state_cb *state_cb;
	void *state_user;
	struct pending *first;
	struct pending **last;
	struct pending *spare; /* freed entries kept for reuse: no allocation per command */
	char *text;	       /* the command being sent; grows to the longest */
	size_t text_size;
};

static void schedule(struct redis_client *client, int64_t ms)
{
	struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

	event_add(client->timer, &tv);
}

static struct pending *pending_take(struct redis_client *client)
{
	struct pending *pending = client->spare;

	if (pending)
		client->spare = pending->next;
	else
		pending = talloc(client, struct pending);
	return pending;
}

static void pending_give(struct redis_client *client, struct pending *pending)
{
	pending->next = client->spare;
	client->spare = pending;
}

static void pending_unlink(struct redis_client *client, struct pending *pending)
{
	struct pending **at = &client->first;

	while (*at && *at != pending)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = pending->next;
	if (!*at)
		client->last = at;
}

static void on_reply(redisAsyncContext *context, void *raw, void *arg)
{
	struct pending *pending = arg;
	struct redis_client *client = pending->client;
	redis_reply_cb *cb = pending->cb;
	void *user = pending->user;

	(void)context;
	if (pending->subscription && raw) {
		cb(user, raw);
		return;
	}
	client->heard_ms = coarse_ms();
	pending_unlink(client, pending);
	pending_give(client, pending);
	if (!redis_reply_ok(raw) && !client->stopping)
		client->metrics->redis_errors_total++;
	if (cb && !client->stopping)
		cb(user, raw);
}

static void tell_state(struct redis_client *client, bool connected)
{
	if (client->connected == connected)
		return;
	client->connected = connected;
	if (connected && client->was_connected)
		client->metrics->redis_reconnects_total++;
	client->was_connected = client->was_connected || connected;
	client->complained = client->complained && !connected;
	LOGP(LOG_REDIS, LOGL_NOTICE, "%s: %s %s:%u\n", client->name,
	     connected ? "connected to" : "lost", client->config.address, client->config.port);
	if (client->state_cb && !client->stopping)
		client->state_cb(client->state_user, connected);
}

static bool may_complain(struct redis_client *client)
{
	bool first = !client->complained;

	client->complained = true;
	return first;
}

static void lost(struct redis_client *client)
{
	client->context = NULL;
	client->drop = false;
	tell_state(client, false);
	if (client->stopping)
		return;
	schedule(client, client->backoff_ms);
	client->backoff_ms *= 2;
	if (client->backoff_ms > BACKOFF_MAX_MS)
		client->backoff_ms = BACKOFF_MAX_MS;
}

/* hiredis frees the context itself after both of these on failure. */
static void on_disconnect(const redisAsyncContext *context, int status)
{
	struct redis_client *client = context->data;

	(void)status;
	lost(client);
}

static void on_auth(void *user, const redisReply *reply)
{
	struct redis_client *client = user;

	if (redis_reply_ok(reply)) {
		client->backoff_ms = BACKOFF_FIRST_MS;
		tell_state(client, true);
		return;
	}
	if (reply && may_complain(client))
		LOGP(LOG_REDIS, LOGL_ERROR, "%s: refused: %s\n", client->name,
		     redis_reply_error(reply));
	client->drop = true;
}

/* -ENOENT when no password file is set. */
static int read_password(const struct config_redis *config, char out[PASSWORD_MAX])
{
	FILE *file;
	bool ok;

	if (!config->password_file || !config->password_file[0])
		return -ENOENT;
	file = fopen(config->password_file, "re");
	if (!file)
		return -errno;
	ok = fgets(out, PASSWORD_MAX, file) != NULL;
	fclose(file);
	if (!ok)
		return -EBADMSG;
	out[strcspn(out, "\r\n")] = '\0';
	return 0;
}

static int submit(struct redis_client *client, redis_reply_cb *cb, void *user, bool subscription,
		  int argc, const char *const *argv, const size_t *len);

/* The first command proves that Redis answers and, with a password, that it lets us in. */
static void greet(struct redis_client *client)
{
	char password[PASSWORD_MAX];
	const char *auth[] = { "AUTH", password };
	const char *ping[] = { "PING" };
	int rc = read_password(&client->config, password);

	if (rc == 0)
		rc = submit(client, on_auth, client, false, 2, auth, NULL);
	else if (rc == -ENOENT)
		rc = submit(client, on_auth, client, false, 1, ping, NULL);
	else if (may_complain(client))
		LOGP(LOG_REDIS, LOGL_ERROR, "%s: password file %s: %s\n", client->name,
		     client->config.password_file, strerror(-rc));
	if (rc < 0)
		client->drop = true;
}

static void on_connect(const redisAsyncContext *context, int status)
{
	struct redis_client *client = context->data;

	if (status != REDIS_OK) {
		lost(client);
		return;
	}
	greet(client);
	schedule(client, WATCH_MS);
}

static void start_connect(struct redis_client *client)
{
	redisAsyncContext *context = redisAsyncConnect(client->config.address, client->config.port);

	if (!context || context->err) {
		if (context)
			redisAsyncFree(context);
		lost(client);
		return;
	}
	context->data = client;
	client->context = context;
	if (redisLibeventAttach(context, client->base) != REDIS_OK) {
		redisAsyncFree(context);
		lost(client);
		return;
	}
	redisAsyncSetConnectCallback(context, on_connect);
	redisAsyncSetDisconnectCallback(context, on_disconnect);
	schedule(client, client->config.timeout_ms); /* of the connection itself */
}

/* From the timer only: hiredis 0.14 may not be freed inside its own callbacks. */
static void drop_now(struct redis_client *client)
{
	redisAsyncContext *context = client->context;
	bool reports_itself = context->c.flags & REDIS_CONNECTED;

	redisAsyncFree(context);
	if (!reports_itself)
		lost(client);
}

/* A long queue that Redis works off is no reason to drop it: all of it would have to come again,
 * and be too long again. Silence is one. */
static bool overdue(const struct redis_client *client)
{
	const struct pending *oldest = client->first;
	int64_t patience_ms = client->config.timeout_ms + extra_ms(client->kind);
	int64_t now_ms = coarse_ms();

	return oldest && oldest->deadline_ms && now_ms > oldest->deadline_ms &&
	       now_ms > client->heard_ms + patience_ms;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct redis_client *client = arg;

	(void)fd;
	(void)what;
	if (!client->context) {
		start_connect(client);
		return;
	}
	if (!(client->context->c.flags & REDIS_CONNECTED)) {
		if (may_complain(client))
			LOGP(LOG_REDIS, LOGL_NOTICE, "%s: connecting took too long\n",
			     client->name);
		drop_now(client);
		return;
	}
	if (client->drop || overdue(client)) {
		if (!client->drop)
			LOGP(LOG_REDIS, LOGL_NOTICE, "%s: no answer in %u ms\n", client->name,
			     client->config.timeout_ms);
		drop_now(client);
		return;
	}
	schedule(client, WATCH_MS);
}

static int client_destroy(struct redis_client *client)
{
	client->stopping = true;
	if (client->context) {
		client->context->data = client;
		redisAsyncFree(client->context);
	}
	if (client->timer)
		event_free(client->timer);
	return 0;
}

struct redis_client *redis_client_create(void *ctx, struct event_base *base, const char *name,
					 enum redis_kind kind, const struct config_redis *config,
					 struct metrics *metrics)
{
	struct redis_client *client = talloc_zero(ctx, struct redis_client);

	if (!client)
		return NULL;
	client->name = name;
	client->kind = kind;
	client->base = base;
	client->metrics = metrics;
	client->backoff_ms = BACKOFF_FIRST_MS;
	client->last = &client->first;
	client->config = *config;
	client->config.address = talloc_strdup(client, config->address);
	client->config.password_file = talloc_strdup(client, config->password_file);
	client->timer = event_new(base, -1, 0, on_timer, client);
	talloc_set_destructor(client, client_destroy);
	if (!client->config.address || !client->timer) {
		talloc_free(client);
		return NULL;
	}
	schedule(client, 0);
	return client;
}

void redis_client_on_state(struct redis_client *client, redis_state_cb *cb, void *user)
{
	client->state_cb = cb;
	client->state_user = user;
}

bool redis_client_connected(const struct redis_client *client)
{
	return client->connected && !client->drop;
}

static struct pending *pending_add(struct redis_client *client, redis_reply_cb *cb, void *user,
				   bool subscription)
{
	struct pending *pending = pending_take(client);

	if (!pending)
		return NULL;
	*pending = (struct pending){ .client = client, .cb = cb, .user = user };
	pending->subscription = subscription;
	if (!subscription)
		pending->deadline_ms =
			coarse_ms() + client->config.timeout_ms + extra_ms(client->kind);
	*client->last = pending;
	client->last = &pending->next;
	return pending;
}

static int make_room(struct redis_client *client, size_t octets)
{
	char *text;

	if (octets <= client->text_size)
		return 0;
	octets = octets > TEXT_MIN ? octets : TEXT_MIN;
	text = talloc_realloc(client, client->text, char, octets);
	if (!text)
		return -ENOMEM;
	client->text = text;
	client->text_size = octets;
	return 0;
}

static int submit(struct redis_client *client, redis_reply_cb *cb, void *user, bool subscription,
		  int argc, const char *const *argv, const size_t *len)
{
	struct pending *pending;
	size_t octets;

	if (!client->context || client->drop)
		return -ENOTCONN;
	if (make_room(client, redis_encode_bound((size_t)argc, argv, len)) < 0)
		return -ENOMEM;
	pending = pending_add(client, cb, user, subscription);
	if (!pending)
		return -ENOMEM;
	/* With redisAsyncCommandArgv a command and its reply take nearly twice the time. */
	octets = redis_encode(client->text, (size_t)argc, argv, len);
	if (redisAsyncFormattedCommand(client->context, on_reply, pending, client->text, octets) ==
	    REDIS_OK)
		return 0;
	pending_unlink(client, pending);
	pending_give(client, pending);
	return -ENOTCONN;
}

int redis_command(struct redis_client *client, redis_reply_cb *cb, void *user, int argc,
		  const char *const *argv, const size_t *len)
{
	if (!redis_client_connected(client))
		return -ENOTCONN;
	return submit(client, cb, user, false, argc, argv, len);
}

int redis_commandf(struct redis_client *client, redis_reply_cb *cb, void *user, const char *format,
		   ...)
{
	struct pending *pending;
	va_list args;
	int rc;

	if (!redis_client_connected(client))
		return -ENOTCONN;
	pending = pending_add(client, cb, user, false);
	if (!pending)
		return -ENOMEM;
	va_start(args, format);
	rc = redisvAsyncCommand(client->context, on_reply, pending, format, args);
	va_end(args);
	if (rc == REDIS_OK)
		return 0;
	pending_unlink(client, pending);
	pending_give(client, pending);
	return -ENOTCONN;
}

int redis_subscribe(struct redis_client *client, redis_reply_cb *cb, void *user,
		    const char *channel)
{
	const char *argv[] = { "SUBSCRIBE", channel };

	if (!redis_client_connected(client))
		return -ENOTCONN;
	return submit(client, cb, user, true, 2, argv, NULL);
}

void redis_client_reset(struct redis_client *client, const char *why)
{
	if (!client->context || client->drop)
		return;
	LOGP(LOG_REDIS, LOGL_NOTICE, "%s: reset: %s\n", client->name, why);
	client->drop = true;
	schedule(client, 0);
}

bool redis_reply_ok(const redisReply *reply)
{
	return reply && reply->type != REDIS_REPLY_ERROR;
}

const char *redis_reply_error(const redisReply *reply)
{
	if (!reply)
		return "no connection";
	return reply->type == REDIS_REPLY_ERROR ? reply->str : "no error";
}
