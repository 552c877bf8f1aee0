/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <event2/http.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <talloc.h>
#include <time.h>
#include <unistd.h>

#include "gateway/http.h"
#include "gateway/http_guard.h"

static struct event_base *base;
static void *root;
static struct http *http;
static bool is_ready;
static char reply[65536];

static char *show_metrics(void *user, void *ctx)
{
	ck_assert_ptr_eq(user, &is_ready);
	return talloc_strdup(ctx, "mianrao_x_total 1\n");
}

static bool check_ready(void *user, const char **why)
{
	ck_assert_ptr_eq(user, &is_ready);
	if (!is_ready)
		*why = "the store does not answer";
	return is_ready;
}

/* An answer is told at once, or kept until the test answers it. */
static struct http_exchange *kept;
static bool has_ended;

static void on_end(void *user)
{
	ck_assert_ptr_eq(user, &has_ended);
	has_ended = true;
}

static void take_acks(void *user, struct http_exchange *exchange)
{
	const char *colour = http_exchange_header(exchange, "x-colour");
	char text[128];
	size_t len;
	const uint8_t *body = http_exchange_body(exchange, &len);

	ck_assert_ptr_eq(user, &is_ready);
	if (!colour) {
		ck_assert_ptr_null(kept);
		kept = exchange;
		http_exchange_on_end(exchange, on_end, &has_ended);
		return;
	}
	snprintf(text, sizeof(text), "%zu:%.*s:%s", len, (int)len, body ? (const char *)body : "",
		 colour);
	http_exchange_answer(exchange, 200, "application/json", text, NULL, NULL);
}

static const struct http_hooks hooks = { .metrics = show_metrics,
					 .ready = check_ready,
					 .acks = take_acks };

static void setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	root = talloc_new(NULL);
	base = event_base_new();
	is_ready = true;
	http = http_create(root, base, "127.0.0.1", 0, &hooks, &is_ready);
	ck_assert_ptr_nonnull(http);
}

static void teardown(void)
{
	talloc_free(http);
	ck_assert_uint_eq(talloc_total_blocks(root), 1);
	talloc_free(root);
	event_base_free(base);
}

static void turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static double now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int client(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* Turns the loop until the server has closed the connection. */
static void exchange(const char *request, size_t len)
{
	int fd = client(http_port(http));
	size_t got = 0;
	ssize_t n;
	for (size_t sent = 0; sent < len; turn()) {
		n = write(fd, request + sent, len - sent);
		if (n < 0 && errno != EAGAIN)
			break;
		sent += n > 0 ? (size_t)n : 0;
	}
	while ((n = read(fd, reply + got, sizeof reply - 1 - got)) != 0) {
		if (n < 0 && errno != EAGAIN)
			break;
		got += n > 0 ? (size_t)n : 0;
		turn();
	}
	reply[got] = 0;
	close(fd);
	turn();
}

static const struct {
	const char *name;
	const char *request;
	const char *status;
	const char *part;
} exchanges[] = {
	{ "metrics", "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ",
	  "\r\n\r\nmianrao_x_total 1\n" },
	{ "type", "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ",
	  "Content-Type: text/plain; version=0.0.4" },
	{ "healthz", "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\nok\n" },
	{ "readyz", "GET /readyz?x=1 HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ", "ready\n" },
	{ "guarded headers", "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ",
	  "X-Content-Type-Options: nosniff" },
	{ "HEAD", "HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ",
	  "Content-Length: 3" },
	{ "HTTP 1.0", "GET /healthz HTTP/1.0\r\n\r\n", "HTTP/1.0 200 ", "ok\n" },
	{ "whole URI", "GET http://a/healthz HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ",
	  "ok\n" },
	{ "second request", "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
	  "HTTP/1.1 200 ", "Connection: close" },
	{ "no such page", "GET /metrics/ HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 ", "" },
	{ "POST", "POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
	  "HTTP/1.1 405 ", "Allow: GET, HEAD" },
#define ACKS "/v1/rewards/acks HTTP/1.1\r\nHost: a\r\n"
	{ "POST with a taker", "POST " ACKS "X-Colour: blue\r\nContent-Length: 3\r\n\r\nabc",
	  "HTTP/1.1 200 ", "\r\n\r\n3:abc:blue" },
	{ "POST, its type", "POST " ACKS "X-Colour: blue\r\nContent-Length: 0\r\n\r\n",
	  "HTTP/1.1 200 ", "Content-Type: application/json" },
	{ "POST in pieces",
	  "POST " ACKS "X-Colour: blue\r\nTransfer-Encoding: chunked\r\n\r\n"
	  "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
	  "HTTP/1.1 200 ", "3:abc:blue" },
	{ "POST with two lengths",
	  "POST " ACKS "X-Colour: blue\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
	  "HTTP/1.1 400 ", "Content-Length comes twice" },
	{ "GET of what is posted to", "GET " ACKS "\r\n", "HTTP/1.1 405 ", "Allow: POST" },
	{ "POST to what nobody takes",
	  "POST /v1/cdrs HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405 ",
	  "Allow: GET, HEAD" },
	{ "OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 405 ", "" },
	{ "unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 501 ", "" },
	{ "no Host", "GET /healthz HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "Host is missing" },
	{ "two Hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", "HTTP/1.1 400 ",
	  "Host comes twice" },
	{ "two lengths",
	  "GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
	  "HTTP/1.1 400 ", "Content-Length comes twice" },
	{ "length with sign", "GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n",
	  "HTTP/1.1 400 ", "" },
	{ "length and coding",
	  "GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n",
	  "HTTP/1.1 400 ", "" },
	{ "blank before colon", "GET /healthz HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
	  "HTTP/1.1 400 ", "not a token" },
	{ "body too long", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n",
	  "HTTP/1.1 413 ", "" },
	{ "no HTTP", "\1\2\3\r\n\r\n", "HTTP/1.1 400 ", "" },
};

START_TEST(test_exchange_when_requested_then_status)
{
	exchange(exchanges[_i].request, strlen(exchanges[_i].request));
	ck_assert_msg(strncmp(reply, exchanges[_i].status, strlen(exchanges[_i].status)) == 0,
		      "%s: %s", exchanges[_i].name, reply);
	ck_assert_msg(strstr(reply, exchanges[_i].part) != NULL, "%s: %s", exchanges[_i].name,
		      reply);
	/* Connections that evhttp ended by itself are found by looking. */
	for (double start = now_s(); http_connections(http) && now_s() - start < 5;)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(http_connections(http), 0);
}
END_TEST

START_TEST(test_head_when_answered_then_no_body)
{
	static const char request[] = "HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
	exchange(request, sizeof request - 1);
	ck_assert_str_eq(reply + strlen(reply) - 4, "\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(reply, "Content-Length: 18\r\n"));
}
END_TEST

static int post_later(const char *behind)
{
	static const char request[] = "POST " ACKS "Content-Length: 2\r\n\r\nhi";
	int fd = client(http_port(http));

	ck_assert_int_eq(write(fd, request, sizeof request - 1), sizeof request - 1);
	ck_assert_int_eq(write(fd, behind, strlen(behind)), (ssize_t)strlen(behind));
	while (!kept)
		turn();
	return fd;
}

static void answer_kept(void)
{
	http_exchange_answer(kept, 200, "application/json", "{}", NULL, NULL);
	kept = NULL;
}

START_TEST(test_post_when_answered_later_then_answer_comes)
{
	static const char *const behind[] = { "", "GET / HTTP/1.1\r\n\r\n" };
	int fd = post_later(behind[_i]);
	ssize_t n;

	for (int i = 0; i < 20; i++)
		turn();
	answer_kept();
	while ((n = read(fd, reply, sizeof reply - 1)) < 0 && errno == EAGAIN)
		turn();
	ck_assert_int_gt(n, 0);
	reply[n] = 0;
	ck_assert_int_eq(strncmp(reply, "HTTP/1.1 200 ", 13), 0);
	ck_assert(!has_ended);
	close(fd);
	turn();
}
END_TEST

START_TEST(test_post_when_client_goes_then_answer_is_dropped)
{
	int fd = post_later("");

	close(fd);
	for (int i = 0; i < 20; i++)
		turn();
	answer_kept();
	for (double start = now_s(); http_connections(http) && now_s() - start < 5;)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(http_connections(http), 0);
}
END_TEST

START_TEST(test_post_when_server_goes_then_taker_is_told)
{
	int fd = post_later("");

	TALLOC_FREE(http);
	ck_assert(has_ended);
	kept = NULL;
	close(fd);
}
END_TEST

START_TEST(test_readyz_when_not_ready_then_503_with_reason)
{
	static const char request[] = "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n";
	is_ready = false;
	exchange(request, sizeof request - 1);
	ck_assert_int_eq(strncmp(reply, "HTTP/1.1 503 ", 13), 0);
	ck_assert_ptr_nonnull(strstr(reply, "\r\n\r\nthe store does not answer\n"));
}
END_TEST

START_TEST(test_headers_when_over_8_kib_then_refused)
{
	static char request[16384] = "GET /healthz HTTP/1.1\r\nHost: a\r\nX: ";
	memset(request + strlen(request), 'x', 9000);
	strcat(request, "\r\n\r\n");
	exchange(request, strlen(request));
	ck_assert_int_eq(strncmp(reply, "HTTP/1.1 400 ", 13), 0);
}
END_TEST

START_TEST(test_connections_when_at_cap_then_others_wait_their_turn)
{
	static const char request[] = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
	int fd[70];
	for (int i = 0; i < 70; i++) {
		fd[i] = client(http_port(http));
		turn();
	}
	ck_assert_uint_eq(http_connections(http), 64);
	for (int i = 0; i < 64; i++)
		ck_assert_int_eq(write(fd[i], request, sizeof request - 1), sizeof request - 1);
	for (int i = 0; i < 8; i++)
		turn();
	ck_assert_uint_eq(http_connections(http), 6);
	for (int i = 0; i < 70; i++)
		close(fd[i]);
}
END_TEST

static void never_called(struct evhttp_request *request, void *arg)
{
	(void)arg;
	ck_abort_msg("%s", evhttp_request_get_uri(request));
}

/* One octet at every turn keeps evhttp's own timeout away for ever. */
START_TEST(test_guard_when_request_trickles_then_ended_at_deadline)
{
	struct evhttp *server = evhttp_new(base);
	evhttp_set_timeout(server, 5);
	evhttp_set_gencb(server, never_called, NULL);
	struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(server, "127.0.0.1", 0);
	struct http_guard *guard = http_guard_create(root, base, server, bound, 4, 1);
	struct sockaddr_in at;
	socklen_t len = sizeof at;
	getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&at, &len);
	int fd = client(ntohs(at.sin_port));
	double start = now_s();
	ssize_t n = -1;
	char octet;
	ck_assert_int_eq(write(fd, "GET / HTTP/1.1\r\nX: ", 19), 19);
	while (n != 0 && now_s() - start < 5) {
		struct timespec pause = { .tv_nsec = 10000000 };
		(void)!write(fd, "x", 1);
		turn();
		nanosleep(&pause, NULL);
		n = read(fd, &octet, 1);
		if (n < 0 && errno == ECONNRESET)
			n = 0;
	}
	ck_assert_int_eq(n, 0);
	ck_assert_double_ge(now_s() - start, 0.9);
	ck_assert_double_le(now_s() - start, 2.5);
	while (http_guard_count(guard) && now_s() - start < 5)
		turn();
	ck_assert_uint_eq(http_guard_count(guard), 0);
	close(fd);
	evhttp_free(server);
	talloc_free(guard);
}
END_TEST

START_TEST(test_create_when_address_in_use_then_errno)
{
	ck_assert_ptr_null(http_create(root, base, "127.0.0.1", http_port(http), &hooks, NULL));
	ck_assert_int_eq(errno, EADDRINUSE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http");
	TCase *tc = tcase_create("all");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, test_exchange_when_requested_then_status, 0,
			    sizeof exchanges / sizeof exchanges[0]);
	tcase_add_test(tc, test_head_when_answered_then_no_body);
	tcase_add_loop_test(tc, test_post_when_answered_later_then_answer_comes, 0, 2);
	tcase_add_test(tc, test_post_when_client_goes_then_answer_is_dropped);
	tcase_add_test(tc, test_post_when_server_goes_then_taker_is_told);
	tcase_add_test(tc, test_readyz_when_not_ready_then_503_with_reason);
	tcase_add_test(tc, test_headers_when_over_8_kib_then_refused);
	tcase_add_test(tc, test_connections_when_at_cap_then_others_wait_their_turn);
	tcase_add_test(tc, test_guard_when_request_trickles_then_ended_at_deadline);
	tcase_add_test(tc, test_create_when_address_in_use_then_errno);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
