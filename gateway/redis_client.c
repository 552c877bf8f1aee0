/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/redis_client.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/redis_encode.h"
#include "gateway/redis_expect.h"
#include "gateway/redis_wire.h"

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

/* One command under way. Redis answers in order, so the list is a queue by age. */
struct pending {
	redis_reply_cb *cb;
	void *user;
	const struct redis_expect *expect;
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
	struct bufferevent *link; /* NULL: there is none */
	struct redis_wire *wire;  /* what came over it */
	bool reached;		  /* the other side has taken the connection */
	redis_reply_cb *heard_cb; /* of a subscription */
	void *heard_user;
	bool connected; /* and it has answered */
	bool was_connected;
	bool missed;	 /* and that it was not there at the start was told */
	bool drop;	 /* the link ends at the next turn */
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

/* The last one added, which was not sent after all. */
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

/* The oldest command has its answer; NULL: it will have none. */
static void answer(struct redis_client *client, const redisReply *reply)
{
	struct pending *pending = client->first;
	redis_reply_cb *cb = pending->cb;
	void *user = pending->user;

	if (pending->subscription && redis_reply_ok(reply)) {
		client->heard_cb = cb;
		client->heard_user = user;
	}
	pending_unlink(client, pending);
	pending_give(client, pending);
	if (!redis_reply_ok(reply) && !client->stopping)
		client->metrics->redis_errors_total++;
	if (cb && !client->stopping)
		cb(user, reply);
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

/* What waits has no answer any more. Nothing is sent meanwhile. */
static void fail_all(struct redis_client *client)
{
	redis_reply_cb *heard = client->heard_cb;

	client->drop = true;
	while (client->first)
		answer(client, NULL);
	client->heard_cb = NULL;
	if (heard && !client->stopping)
		heard(client->heard_user, NULL);
}

/* Of one that was there once, tell_state tells. */
static void tell_missing(struct redis_client *client)
{
	if (client->was_connected || client->reached || client->missed || client->stopping)
		return;
	client->missed = true;
	LOGP(LOG_REDIS, LOGL_NOTICE, "%s: nothing answers at %s:%u\n", client->name,
	     client->config.address, client->config.port);
}

static void lost(struct redis_client *client)
{
	tell_missing(client);
	fail_all(client);
	if (client->link)
		bufferevent_free(client->link);
	client->link = NULL;
	TALLOC_FREE(client->wire);
	client->reached = false;
	client->drop = false;
	tell_state(client, false);
	if (client->stopping)
		return;
	schedule(client, client->backoff_ms);
	client->backoff_ms *= 2;
	if (client->backoff_ms > BACKOFF_MAX_MS)
		client->backoff_ms = BACKOFF_MAX_MS;
}

static void take(struct redis_client *client, const redisReply *reply)
{
	client->heard_ms = coarse_ms();
	if (client->first && !redis_expect_fits(client->first->expect, reply)) {
		/* What comes after it answers nothing that was asked, either. */
		LOGP(LOG_REDIS, LOGL_ERROR, "%s: what came is no answer to %s\n", client->name,
		     redis_expect_name(client->first->expect));
		client->drop = true;
	} else if (client->first) {
		answer(client, reply);
	} else if (client->heard_cb) {
		client->heard_cb(client->heard_user, reply);
	} else {
		LOGP(LOG_REDIS, LOGL_ERROR, "%s: an answer to nothing\n", client->name);
		client->drop = true;
	}
}

static int feed(struct redis_client *client, struct evbuffer *input)
{
	struct evbuffer_iovec piece;
	int rc = 0;

	while (rc == 0 && evbuffer_peek(input, -1, NULL, &piece, 1) > 0) {
		rc = redis_wire_feed(client->wire, piece.iov_base, piece.iov_len);
		evbuffer_drain(input, piece.iov_len);
	}
	return rc;
}

static void on_octets(struct bufferevent *link, void *arg)
{
	struct redis_client *client = arg;
	redisReply *reply;
	int rc = feed(client, bufferevent_get_input(link));

	while (rc == 0 && !client->drop && (rc = redis_wire_next(client->wire, &reply)) > 0) {
		take(client, reply);
		freeReplyObject(reply);
		rc = 0;
	}
	if (rc < 0)
		LOGP(LOG_REDIS, LOGL_ERROR, "%s: what came is no answer: %s\n", client->name,
		     redis_wire_error(client->wire));
	if (rc < 0 || client->drop)
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

static void on_event(struct bufferevent *link, short what, void *arg)
{
	struct redis_client *client = arg;
	int on = 1;

	if (!(what & BEV_EVENT_CONNECTED)) {
		lost(client);
		return;
	}
	client->reached = true;
	setsockopt(bufferevent_getfd(link), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	bufferevent_enable(link, EV_READ);
	greet(client);
	schedule(client, WATCH_MS);
}

static void start_connect(struct redis_client *client)
{
	client->wire = redis_wire_create(client);
	client->link = bufferevent_socket_new(client->base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!client->wire || !client->link) {
		lost(client);
		return;
	}
	bufferevent_setcb(client->link, on_octets, NULL, on_event, client);
	schedule(client, client->config.timeout_ms); /* of the connection itself */
	if (bufferevent_socket_connect_hostname(client->link, NULL, AF_UNSPEC,
						client->config.address,
						(int)client->config.port) < 0 &&
	    client->link)
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
	if (!client->link) {
		start_connect(client);
		return;
	}
	if (!client->reached) {
		if (may_complain(client))
			LOGP(LOG_REDIS, LOGL_NOTICE, "%s: connecting took too long\n",
			     client->name);
		lost(client);
		return;
	}
	if (client->drop || overdue(client)) {
		if (!client->drop)
			LOGP(LOG_REDIS, LOGL_NOTICE, "%s: no answer in %u ms\n", client->name,
			     client->config.timeout_ms);
		lost(client);
		return;
	}
	schedule(client, WATCH_MS);
}

static int client_destroy(struct redis_client *client)
{
	client->stopping = true;
	if (client->link)
		bufferevent_free(client->link);
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
				   bool subscription, const char *command)
{
	struct pending *pending = pending_take(client);

	if (!pending)
		return NULL;
	*pending = (struct pending){ .cb = cb, .user = user, .expect = redis_expect_find(command) };
	pending->subscription = subscription;
	if (!subscription)
		pending->deadline_ms =
			coarse_ms() + client->config.timeout_ms + extra_ms(client->kind);
	*client->last = pending;
	client->last = &pending->next;
	return pending;
}

static int send_text(struct redis_client *client, struct pending *pending, const char *text,
		     size_t len)
{
	if (bufferevent_write(client->link, text, len) == 0)
		return 0;
	pending_unlink(client, pending);
	pending_give(client, pending);
	return -ENOMEM;
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

	if (!client->reached || client->drop)
		return -ENOTCONN;
	if (make_room(client, redis_encode_bound((size_t)argc, argv, len)) < 0)
		return -ENOMEM;
	pending = pending_add(client, cb, user, subscription, argv[0]);
	if (!pending)
		return -ENOMEM;
	octets = redis_encode(client->text, (size_t)argc, argv, len);
	return send_text(client, pending, client->text, octets);
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
	char *text;
	int len, rc;

	if (!redis_client_connected(client))
		return -ENOTCONN;
	va_start(args, format);
	len = redisvFormatCommand(&text, format, args);
	va_end(args);
	if (len < 0)
		return -ENOMEM;
	pending = pending_add(client, cb, user, false, format);
	rc = pending ? send_text(client, pending, text, (size_t)len) : -ENOMEM;
	redisFreeCommand(text);
	return rc;
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
	if (!client->link || client->drop)
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
