/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/webhook_post.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <osmocom/core/linuxlist.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/version.h"
#include "gateway/webhook_sign.h"
#include "gateway/webhook_url.h"

enum { HEADERS_MAX = 8192, BODY_MAX = 65536, RETRY_AFTER_MAX_S = 86400 };

struct webhook_client {
	struct event_base *base;
	const struct config_webhook *config;
	struct webhook_url url;
	SSL_CTX *tls; /* NULL: plain */
	char host_header[WEBHOOK_HOST_MAX + 192];
	struct llist_head posts;
	struct llist_head ended; /* their connections cannot be freed in their own callbacks */
	struct event *reap;
};

struct post {
	struct llist_head entry;
	struct webhook_client *client;
	struct evhttp_connection *connection;
	struct event *deadline;
	webhook_reply_cb *cb; /* NULL before the request is on its way, and once it was called */
	void *user;
	bool failed; /* before the request was on its way */
};

/* ---- TLS ---- */

static SSL_CTX *tls_create(const struct config_webhook *config)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	bool ok = tls && SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) == 1;

	if (ok && config->server_ca[0])
		ok = SSL_CTX_load_verify_file(tls, config->server_ca) == 1;
	else if (ok)
		ok = SSL_CTX_set_default_verify_paths(tls) == 1;
	if (!ok) {
		LOGP(LOG_REWARD, LOGL_ERROR, "webhook: authorities %s: %s\n", config->server_ca,
		     ERR_reason_error_string(ERR_peek_last_error()));
		SSL_CTX_free(tls);
		return NULL;
	}
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	return tls;
}

/* The name that the certificate shall bear: a configured one, else the address itself. */
static bool expect_name(SSL *ssl, const struct webhook_client *client)
{
	const char *name = client->config->server_name;

	if (!name[0])
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), client->url.host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

static struct bufferevent *open_tls(struct webhook_client *client)
{
	SSL *ssl = SSL_new(client->tls);
	struct bufferevent *bev = NULL;

	if (ssl && expect_name(ssl, client))
		bev = bufferevent_openssl_socket_new(
			client->base, -1, ssl, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
	if (!bev) {
		SSL_free(ssl);
		return NULL;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1); /* the length says where it ends */
	return bev;
}

/* ---- the end of a post ---- */

static void on_reap(evutil_socket_t fd, short what, void *arg)
{
	struct webhook_client *client = arg;
	struct post *post, *next;

	(void)fd;
	(void)what;
	llist_for_each_entry_safe(post, next, &client->ended, entry)
		talloc_free(post);
}

static void end_post(struct post *post, const struct webhook_reply *reply)
{
	webhook_reply_cb *cb = post->cb;

	post->failed = true;
	if (!cb)
		return;
	post->cb = NULL;
	llist_move_tail(&post->entry, &post->client->ended);
	event_del(post->deadline);
	event_active(post->client->reap, 0, 0);
	cb(post->user, reply);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	const struct webhook_reply reply = { .fault = "no answer in time", .retry_after_s = -1 };

	(void)fd;
	(void)what;
	end_post(arg, &reply);
}

/* Whole seconds alone; a date is left to our own clock of retries. */
static int64_t retry_after(struct evhttp_request *request)
{
	const char *text =
		evhttp_find_header(evhttp_request_get_input_headers(request), "Retry-After");
	size_t len = text ? strlen(text) : 0;
	long long seconds;

	if (len == 0 || len > 9 || strspn(text, "0123456789") != len)
		return -1;
	seconds = atoll(text);
	return seconds < RETRY_AFTER_MAX_S ? seconds : RETRY_AFTER_MAX_S;
}

static void on_answer(struct evhttp_request *request, void *arg)
{
	struct post *post = arg;
	struct webhook_reply reply = { .fault = "no connection", .retry_after_s = -1 };
	struct evbuffer *body;

	if (request && evhttp_request_get_response_code(request) > 0) {
		body = evhttp_request_get_input_buffer(request);
		evbuffer_add(body, "", 1);
		reply.status = evhttp_request_get_response_code(request);
		reply.len = evbuffer_get_length(body) - 1;
		reply.body = (const char *)evbuffer_pullup(body, -1);
		reply.retry_after_s = retry_after(request);
		if (!reply.body)
			reply.body = "";
	}
	end_post(post, &reply);
}

/* Called before on_answer, which is then given no request. */
static void on_error(enum evhttp_request_error error, void *arg)
{
	static const char *const texts[] = {
		[EVREQ_HTTP_TIMEOUT] = "no answer in time",
		[EVREQ_HTTP_EOF] = "the connection ended before an answer",
		[EVREQ_HTTP_INVALID_HEADER] = "an answer that is no HTTP",
		[EVREQ_HTTP_BUFFER_ERROR] = "the connection failed",
		[EVREQ_HTTP_REQUEST_CANCEL] = "cancelled",
		[EVREQ_HTTP_DATA_TOO_LONG] = "an answer that is too long",
	};
	const struct webhook_reply reply = { .fault = texts[error], .retry_after_s = -1 };

	end_post(arg, &reply);
}

static int post_free(struct post *post)
{
	post->cb = NULL;
	llist_del(&post->entry);
	if (post->deadline)
		event_free(post->deadline);
	if (post->connection)
		evhttp_connection_free(post->connection);
	return 0;
}

/* ---- posting ---- */

static struct evhttp_connection *open_connection(struct webhook_client *client)
{
	struct bufferevent *bev = NULL;
	struct evhttp_connection *connection;

	if (client->tls && !(bev = open_tls(client)))
		return NULL;
	connection = evhttp_connection_base_bufferevent_new(client->base, NULL, bev,
							    client->url.host, client->url.port);
	if (!connection) {
		if (bev)
			bufferevent_free(bev);
		return NULL;
	}
	evhttp_connection_set_family(connection, client->url.v6 ? AF_INET6 : AF_INET);
	evhttp_connection_set_max_headers_size(connection, HEADERS_MAX);
	evhttp_connection_set_max_body_size(connection, BODY_MAX);
	evhttp_connection_set_retries(connection, 0);
	return connection;
}

static void add_headers(const struct webhook_client *client, struct evhttp_request *request,
			const char *key, const char *signature)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

	evhttp_add_header(headers, "Host", client->host_header);
	evhttp_add_header(headers, "Content-Type", "application/json");
	evhttp_add_header(headers, "Accept", "application/json");
	evhttp_add_header(headers, "User-Agent", "mianrao/" MIANRAO_VERSION);
	evhttp_add_header(headers, "Connection", "close");
	evhttp_add_header(headers, "Idempotency-Key", key);
	evhttp_add_header(headers, WEBHOOK_SIGNATURE_HEADER, signature);
}

static int send_request(struct post *post, const char *key, const char *body, const char *signature)
{
	struct evhttp_request *request = evhttp_request_new(on_answer, post);

	if (!request)
		return -ENOMEM;
	evhttp_request_set_error_cb(request, on_error);
	add_headers(post->client, request, key, signature);
	evbuffer_add(evhttp_request_get_output_buffer(request), body, strlen(body));
	/* Takes the request, whatever it returns. */
	return evhttp_make_request(post->connection, request, EVHTTP_REQ_POST,
				   post->client->url.target) < 0
		       ? -ENOMEM
		       : 0;
}

int webhook_client_post(struct webhook_client *client, const char *secret, const char *key,
			const char *body, webhook_reply_cb *cb, void *user)
{
	uint32_t timeout_ms = client->config->timeout_ms;
	struct timeval tv = { timeout_ms / 1000, (timeout_ms % 1000) * 1000 };
	struct webhook_body signed_body = { body, strlen(body) };
	char signature[WEBHOOK_SIGNATURE_MAX];
	struct post *post = talloc_zero(client, struct post);
	int rc = -ENOMEM;

	if (!post)
		return -ENOMEM;
	post->client = client;
	llist_add_tail(&post->entry, &client->posts);
	talloc_set_destructor(post, post_free);
	post->deadline = evtimer_new(client->base, on_deadline, post);
	post->connection = open_connection(client);
	webhook_sign(secret, clock_now_ms() / 1000, &signed_body, signature);
	if (post->deadline && post->connection && event_add(post->deadline, &tv) == 0)
		rc = send_request(post, key, body, signature);
	if (rc == 0 && post->failed)
		rc = -ECONNREFUSED;
	if (rc < 0) {
		talloc_free(post);
		return rc;
	}
	post->cb = cb;
	post->user = user;
	return 0;
}

static int client_free(struct webhook_client *client)
{
	struct post *post, *next;

	llist_for_each_entry_safe(post, next, &client->posts, entry)
		talloc_free(post);
	llist_for_each_entry_safe(post, next, &client->ended, entry)
		talloc_free(post);
	if (client->reap)
		event_free(client->reap);
	SSL_CTX_free(client->tls);
	return 0;
}

static void set_host_header(struct webhook_client *client)
{
	const struct webhook_url *url = &client->url;
	const char *name = client->config->server_name;

	if (name[0])
		snprintf(client->host_header, sizeof(client->host_header), "%.180s:%u", name,
			 url->port);
	else
		snprintf(client->host_header, sizeof(client->host_header),
			 url->v6 ? "[%s]:%u" : "%s:%u", url->host, url->port);
}

struct webhook_client *webhook_client_create(void *ctx, struct event_base *base,
					     const struct config_webhook *config)
{
	struct webhook_client *client = talloc_zero(ctx, struct webhook_client);
	const char *why;

	if (!client)
		return NULL;
	INIT_LLIST_HEAD(&client->posts);
	INIT_LLIST_HEAD(&client->ended);
	talloc_set_destructor(client, client_free);
	client->base = base;
	client->config = config;
	client->reap = event_new(base, -1, 0, on_reap, client);
	if (!client->reap || webhook_url_parse(config->url, &client->url, &why) < 0)
		goto fail;
	set_host_header(client);
	if (client->url.https && !(client->tls = tls_create(config)))
		goto fail;
	return client;
fail:
	talloc_free(client);
	return NULL;
}
