/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "smpp/smpp_link.h"

enum { KINDS = SMPP_EVENT_CLOSED + 1, WAIT_S = 10, MANY = 1000, PDU_ROOM = 512 };

/* What a handler does with a request, beside counting it. */
enum manner { ANSWERS, CLOSES, PAUSES, KEEPS };

struct end {
	struct smpp_link *link;
	enum manner manner;
	size_t events[KINDS];
	uint32_t last_sequence;
	bool connected;
	bool gone;
};

struct world {
	void *root;
	struct event_base *base;
	struct event *ticker;
	struct smpp_listener *listener;
	struct smpp_link_config config;
	struct end server, client;
	bool refuse;
	int64_t started_ms;
};

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct world *w = arg;
	ck_assert_msg(smpp_link_now_ms() - w->started_ms < WAIT_S * 1000, "waited too long");
}

static void on_event(void *user, struct smpp_session *session,
		     const struct smpp_session_event *event)
{
	struct end *end = user;
	end->events[event->kind]++;
	if (event->kind == SMPP_EVENT_BIND)
		ck_assert_int_eq(smpp_session_respond(session, event->sequence, 0, NULL), 0);
	if (event->kind != SMPP_EVENT_REQUEST)
		return;
	end->last_sequence = event->sequence;
	if (end->manner == CLOSES)
		smpp_link_close(end->link, "closed by the handler");
	if (end->manner == PAUSES)
		smpp_link_pause(end->link, true);
	if (end->manner == ANSWERS || end->manner == PAUSES)
		ck_assert_int_eq(smpp_session_respond(session, event->sequence, 0, "R7K3M9Q2"), 0);
}

static void on_gone(void *user)
{
	struct end *end = user;
	ck_assert(!end->gone);
	ck_assert_uint_eq(end->events[SMPP_EVENT_CLOSED], 1);
	end->gone = true;
	end->link = NULL;
}

static void on_connected(void *user)
{
	((struct end *)user)->connected = true;
}

static const struct smpp_link_handler handler = { on_event, on_gone, on_connected };

static void *on_accept(void *ctx, struct smpp_link *link, const struct sockaddr *peer,
		       struct smpp_link_handler *out, struct smpp_link_config *config)
{
	struct world *w = ctx;
	(void)peer;
	(void)config;
	if (w->refuse)
		return NULL;
	*out = handler;
	w->server.link = link;
	return &w->server;
}

static void world_start(struct world *w, const char *address)
{
	const struct timeval tick = { 0, 5000 };
	signal(SIGPIPE, SIG_IGN);
	*w = (struct world){ 0 };
	w->config.session = (struct smpp_session_config){
		.side = SMPP_SIDE_SMSC,
		.window_in = 2 * MANY,
		.window_out = 2 * MANY,
		.max_pdu = SMPP_PDU_MAX,
		.init_ms = 5000,
		.response_ms = 5000,
	};
	w->root = talloc_named_const(NULL, 0, "world");
	w->base = event_base_new();
	w->started_ms = smpp_link_now_ms();
	w->ticker = event_new(w->base, -1, EV_PERSIST, on_tick, w);
	event_add(w->ticker, &tick);
	w->listener = smpp_listener_create(w->root, w->base, address, 0, &w->config, on_accept, w);
	ck_assert_ptr_nonnull(w->listener);
	ck_assert_uint_ne(smpp_listener_port(w->listener), 0);
}

static void turn(struct world *w)
{
	event_base_loop(w->base, EVLOOP_ONCE);
}

#define RUN_UNTIL(w, condition)                                                                    \
	do                                                                                         \
		turn(w);                                                                           \
	while (!(condition))

static void world_end(struct world *w)
{
	talloc_free(w->listener);
	ck_assert_uint_eq(talloc_total_blocks(w->root), 1);
	talloc_free(w->root);
	event_free(w->ticker);
	event_base_free(w->base);
}

static struct smpp_session *connect_client(struct world *w, const char *address, uint16_t port)
{
	struct smpp_link_config config = w->config;
	config.session.side = SMPP_SIDE_ESME;
	w->client.link =
		smpp_link_connect(w->root, w->base, address, port, &config, &handler, &w->client);
	ck_assert_ptr_nonnull(w->client.link);
	return smpp_link_session(w->client.link);
}

static int send_bind(struct smpp_session *session)
{
	return smpp_session_bind(session, SMPP_BIND_TRANSCEIVER, "esme", "secret", "",
				 smpp_link_now_ms());
}

static struct smpp_pdu submit(uint32_t sequence)
{
	static const uint8_t text[] = "13800138000*fraud";
	return (struct smpp_pdu){ .command_id = SMPP_SUBMIT_SM,
				  .sequence_number = sequence,
				  .has_body = true,
				  .source_addr = smpp_octets_of("8613900000000"),
				  .destination_addr = smpp_octets_of("10086999"),
				  .short_message = { text, sizeof(text) - 1 } };
}

static void bind_client(struct world *w, const char *address)
{
	struct smpp_session *session = connect_client(w, address, smpp_listener_port(w->listener));
	ck_assert_int_eq(send_bind(session), 0);
	RUN_UNTIL(w, w->client.events[SMPP_EVENT_BOUND] && w->server.events[SMPP_EVENT_BOUND]);
}

static const char *const addresses[] = { "127.0.0.1", "::1" };

/* Some machines have no IPv6, not even on the loopback. */
static bool can_listen(const char *address)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	if (!strchr(address, ':'))
		return true;
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool can = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
	if (fd >= 0)
		close(fd);
	return can;
}

START_TEST(test_link_of_two_ends_carries_requests_and_unbinds)
{
	struct world w;
	const char *address = addresses[_i];
	if (!can_listen(address))
		return;
	world_start(&w, address);
	bind_client(&w, address);
	ck_assert(w.client.connected);
	ck_assert_int_eq(
		strncmp(smpp_link_peer(w.client.link), _i ? "[::1]:" : "127.0.0.1:", _i ? 6 : 10),
		0);
	struct smpp_session *session = smpp_link_session(w.client.link);
	for (uint32_t i = 0; i < MANY; i++) {
		struct smpp_pdu pdu = submit(0);
		ck_assert_int_eq(smpp_session_request(session, &pdu, i, smpp_link_now_ms()), 0);
	}
	smpp_link_flush(w.client.link);
	RUN_UNTIL(&w, w.client.events[SMPP_EVENT_RESPONSE] == MANY);
	smpp_session_unbind(session, smpp_link_now_ms());
	smpp_link_flush(w.client.link);
	RUN_UNTIL(&w, w.client.gone && w.server.gone);
	world_end(&w);
}
END_TEST

START_TEST(test_link_closed_by_its_owner_tells_both_ends)
{
	struct world w;
	world_start(&w, "127.0.0.1");
	bind_client(&w, "127.0.0.1");
	smpp_link_close(w.server.link, "maintenance");
	smpp_link_close(w.server.link, "twice");
	RUN_UNTIL(&w, w.client.gone && w.server.gone);
	world_end(&w);
}
END_TEST

START_TEST(test_link_closed_in_its_handler_is_freed_later)
{
	struct world w;
	world_start(&w, "127.0.0.1");
	w.server.manner = CLOSES;
	bind_client(&w, "127.0.0.1");
	struct smpp_pdu pdu = submit(0);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(smpp_session_request(smpp_link_session(w.client.link), &pdu, 0,
						      smpp_link_now_ms()),
				 0);
	smpp_link_flush(w.client.link);
	RUN_UNTIL(&w, w.client.gone && w.server.gone);
	ck_assert_uint_eq(w.server.events[SMPP_EVENT_REQUEST], 1);
	ck_assert_uint_eq(w.client.events[SMPP_EVENT_EXPIRED], 10);
	world_end(&w);
}
END_TEST

START_TEST(test_link_freed_with_its_parent_leaves_nothing)
{
	struct world w;
	world_start(&w, "127.0.0.1");
	bind_client(&w, "127.0.0.1");
	talloc_free(w.client.link);
	talloc_free(w.server.link);
	ck_assert_uint_eq(w.client.events[SMPP_EVENT_CLOSED], 0);
	world_end(&w);
}
END_TEST

START_TEST(test_link_answering_late_writes_after_flush)
{
	struct world w;
	world_start(&w, "127.0.0.1");
	w.server.manner = KEEPS;
	bind_client(&w, "127.0.0.1");
	struct smpp_pdu pdu = submit(0);
	ck_assert_int_eq(
		smpp_session_request(smpp_link_session(w.client.link), &pdu, 7, smpp_link_now_ms()),
		0);
	smpp_link_flush(w.client.link);
	RUN_UNTIL(&w, w.server.events[SMPP_EVENT_REQUEST] == 1);
	ck_assert_int_eq(smpp_session_respond(smpp_link_session(w.server.link),
					      w.server.last_sequence, 0, "R7K3M9Q2"),
			 0);
	smpp_link_flush(w.server.link);
	RUN_UNTIL(&w, w.client.events[SMPP_EVENT_RESPONSE] == 1);
	smpp_link_close(w.client.link, "done");
	RUN_UNTIL(&w, w.client.gone && w.server.gone);
	world_end(&w);
}
END_TEST

START_TEST(test_link_paused_reads_nothing_until_resumed)
{
	struct world w;
	world_start(&w, "127.0.0.1");
	w.server.manner = PAUSES;
	bind_client(&w, "127.0.0.1");
	struct smpp_session *session = smpp_link_session(w.client.link);
	for (size_t round = 1; round <= 2; round++) {
		struct smpp_pdu pdu = submit(0);
		ck_assert_int_eq(smpp_session_request(session, &pdu, 0, smpp_link_now_ms()), 0);
		smpp_link_flush(w.client.link);
		for (int i = 0; i < 10; i++)
			turn(&w);
		ck_assert_uint_eq(w.server.events[SMPP_EVENT_REQUEST], 1);
	}
	smpp_link_pause(w.server.link, false);
	RUN_UNTIL(&w, w.client.events[SMPP_EVENT_RESPONSE] == 2);
	/* Closing needs no resuming. */
	smpp_link_close(w.server.link, "done");
	RUN_UNTIL(&w, w.client.gone && w.server.gone);
	world_end(&w);
}
END_TEST

START_TEST(test_connect_to_a_closed_port_closes_the_session)
{
	struct world w;
	world_start(&w, "127.0.0.1");
	uint16_t port = smpp_listener_port(w.listener);
	smpp_listener_stop(w.listener);
	ck_assert_uint_eq(smpp_listener_port(w.listener), 0);
	struct smpp_session *session = connect_client(&w, "127.0.0.1", port);
	ck_assert_int_eq(send_bind(session), 0);
	ck_assert_uint_eq(w.client.events[SMPP_EVENT_CLOSED], 0);
	RUN_UNTIL(&w, w.client.gone);
	ck_assert(!w.client.connected);
	world_end(&w);
}
END_TEST

START_TEST(test_connect_and_listen_at_a_name_is_refused)
{
	struct world w;
	world_start(&w, "127.0.0.1");
	errno = 0;
	ck_assert_ptr_null(smpp_link_connect(w.root, w.base, "localhost", 2775, &w.config, &handler,
					     &w.client));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(smpp_listener_create(w.root, w.base, "127.0.0.1",
						smpp_listener_port(w.listener), &w.config,
						on_accept, &w));
	ck_assert_int_eq(errno, EADDRINUSE);
	world_end(&w);
}
END_TEST

START_TEST(test_accept_refused_closes_the_connection)
{
	struct world w;
	world_start(&w, "127.0.0.1");
	w.refuse = true;
	connect_client(&w, "127.0.0.1", smpp_listener_port(w.listener));
	RUN_UNTIL(&w, w.client.gone);
	world_end(&w);
}
END_TEST

START_TEST(test_peer_that_never_binds_is_closed_by_the_timer)
{
	struct world w;
	world_start(&w, "127.0.0.1");
	talloc_free(w.listener);
	w.config.session.init_ms = 50;
	w.listener = smpp_listener_create(w.root, w.base, "127.0.0.1", 0, &w.config, on_accept, &w);
	w.config.session.init_ms = 5000;
	connect_client(&w, "127.0.0.1", smpp_listener_port(w.listener));
	RUN_UNTIL(&w, w.client.gone && w.server.gone);
	ck_assert_int_ge(smpp_link_now_ms() - w.started_ms, 50);
	world_end(&w);
}
END_TEST

/* ---- a peer that is only a socket ---- */

static int raw_connect(struct world *w, int receive_buffer)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(smpp_listener_port(w->listener)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (receive_buffer)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static size_t encode(const struct smpp_pdu *pdu, uint8_t *out)
{
	ssize_t n = smpp_pdu_encode(pdu, out, PDU_ROOM);
	ck_assert_int_gt(n, 0);
	return (size_t)n;
}

static size_t encode_bind(uint8_t *out)
{
	const struct smpp_pdu pdu = { .command_id = SMPP_BIND_TRANSCEIVER,
				      .sequence_number = 1,
				      .has_body = true,
				      .system_id = smpp_octets_of("raw"),
				      .interface_version = 0x34 };
	return encode(&pdu, out);
}

/* Reads what is there and counts the PDUs of one kind. False at the end of the stream. */
struct reader {
	uint8_t buffer[SMPP_PDU_MAX];
	size_t len;
	size_t count;
};

static bool raw_read(int fd, struct reader *reader, uint32_t command_id)
{
	ssize_t n = recv(fd, reader->buffer + reader->len, sizeof(reader->buffer) - reader->len, 0);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		return false;
	reader->len += n > 0 ? (size_t)n : 0;
	size_t used = 0;
	ssize_t whole;
	while ((whole = smpp_pdu_frame(reader->buffer + used, reader->len - used, SMPP_PDU_MAX)) >
	       0) {
		struct smpp_pdu pdu;
		struct smpp_fault fault;
		ck_assert_int_eq(
			smpp_pdu_decode(reader->buffer + used, (size_t)whole, &pdu, &fault), 0);
		reader->count += pdu.command_id == command_id;
		used += (size_t)whole;
	}
	ck_assert_int_eq(whole, 0);
	memmove(reader->buffer, reader->buffer + used, reader->len - used);
	reader->len -= used;
	return true;
}

START_TEST(test_peer_sending_one_octet_at_a_time_is_served)
{
	struct world w;
	static struct reader reader;
	uint8_t octets[2 * PDU_ROOM];
	world_start(&w, "127.0.0.1");
	int fd = raw_connect(&w, 0);
	size_t len = encode_bind(octets);
	const struct smpp_pdu pdu = submit(2);
	len += encode(&pdu, octets + len);
	for (size_t i = 0; i < len; i++) {
		ck_assert_int_eq(send(fd, &octets[i], 1, 0), 1);
		event_base_loop(w.base, EVLOOP_NONBLOCK);
	}
	RUN_UNTIL(&w, raw_read(fd, &reader, SMPP_SUBMIT_SM | SMPP_RESP) && reader.count == 1);
	close(fd);
	RUN_UNTIL(&w, w.server.gone);
	world_end(&w);
}
END_TEST

START_TEST(test_peer_sending_many_in_one_segment_is_answered_for_each)
{
	struct world w;
	static struct reader reader;
	static uint8_t octets[(MANY + 1) * PDU_ROOM];
	world_start(&w, "127.0.0.1");
	int fd = raw_connect(&w, 0);
	size_t len = encode_bind(octets);
	for (uint32_t i = 0; i < MANY; i++) {
		const struct smpp_pdu pdu = submit(i + 2);
		len += encode(&pdu, octets + len);
	}
	ck_assert_int_eq(send(fd, octets, len, 0), len);
	/* It may also say at once that it will send no more, and still gets all answers. */
	if (_i)
		shutdown(fd, SHUT_WR);
	RUN_UNTIL(&w, !raw_read(fd, &reader, SMPP_SUBMIT_SM | SMPP_RESP) || reader.count == MANY);
	ck_assert_uint_eq(reader.count, MANY);
	ck_assert_uint_eq(w.server.events[SMPP_EVENT_REQUEST], MANY);
	close(fd);
	RUN_UNTIL(&w, w.server.gone);
	world_end(&w);
}
END_TEST

/* Sends enquire_link until nothing more is taken for a while; returns how many octets went. */
static size_t send_until_blocked(struct world *w, int fd)
{
	uint8_t octets[SMPP_HEADER_SIZE * MANY];
	for (uint32_t i = 0; i < MANY; i++) {
		const struct smpp_pdu pdu = { .command_id = SMPP_ENQUIRE_LINK,
					      .sequence_number = i + 2 };
		encode(&pdu, octets + (size_t)i * SMPP_HEADER_SIZE);
	}
	size_t sent = 0;
	for (int idle = 0; idle < 20;) {
		size_t at = sent % sizeof(octets);
		ssize_t n = send(fd, octets + at, sizeof(octets) - at, 0);
		if (n > 0) {
			sent += (size_t)n;
			idle = 0;
		} else {
			ck_assert_int_eq(errno, EAGAIN);
			idle++;
		}
		turn(w);
	}
	return sent;
}

START_TEST(test_peer_that_never_reads_stops_being_read)
{
	struct world w;
	static struct reader reader;
	uint8_t octets[PDU_ROOM];
	world_start(&w, "127.0.0.1");
	talloc_free(w.listener);
	w.config.output_max = 4096;
	w.listener = smpp_listener_create(w.root, w.base, "127.0.0.1", 0, &w.config, on_accept, &w);
	int fd = raw_connect(&w, 4096);
	size_t len = encode_bind(octets);
	ck_assert_int_eq(send(fd, octets, len, 0), len);
	RUN_UNTIL(&w, w.server.events[SMPP_EVENT_BOUND]);
	size_t sent = send_until_blocked(&w, fd);
	ck_assert_uint_gt(sent, 4096);
	ck_assert_uint_lt(talloc_total_size(w.root), 4 * 1024 * 1024);
	/* Requests of ours are put off in the end, instead of piling up. */
	int rc = 0;
	struct smpp_pdu pdu = submit(0);
	pdu.command_id = SMPP_DELIVER_SM;
	for (size_t i = 0; rc == 0 && i <= w.config.session.window_out; i++)
		rc = smpp_session_request(smpp_link_session(w.server.link), &pdu, i,
					  smpp_link_now_ms());
	ck_assert_int_eq(rc, -EAGAIN);
	if (_i) {
		/* It wakes up: all that it asked is answered. */
		size_t asked = sent / SMPP_HEADER_SIZE;
		RUN_UNTIL(&w, !raw_read(fd, &reader, SMPP_ENQUIRE_LINK | SMPP_RESP) ||
				      reader.count == asked);
		ck_assert_uint_eq(reader.count, asked);
	}
	int64_t before = smpp_link_now_ms();
	smpp_link_close(w.server.link, "enough");
	RUN_UNTIL(&w, w.server.gone);
	ck_assert_int_lt(smpp_link_now_ms() - before, 3000);
	close(fd);
	world_end(&w);
}
END_TEST

START_TEST(test_peer_sending_garbage_is_told_and_closed)
{
	struct world w;
	static struct reader reader;
	static uint8_t octets[100000];
	memset(octets, 'G', sizeof(octets));
	world_start(&w, "127.0.0.1");
	int fd = raw_connect(&w, 0);
	ck_assert_int_eq(send(fd, octets, sizeof(octets), 0), sizeof(octets));
	RUN_UNTIL(&w, !raw_read(fd, &reader, SMPP_RESP));
	ck_assert_uint_eq(reader.count, 1);
	close(fd);
	RUN_UNTIL(&w, w.server.gone);
	world_end(&w);
}
END_TEST

START_TEST(test_peer_resetting_the_connection_ends_the_link)
{
	struct world w;
	const struct linger now = { 1, 0 };
	world_start(&w, "127.0.0.1");
	int fd = raw_connect(&w, 0);
	RUN_UNTIL(&w, w.server.link);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	RUN_UNTIL(&w, w.server.gone);
	world_end(&w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smpp_link");
	TCase *tests = tcase_create("link");
	tcase_set_timeout(tests, 2 * WAIT_S);
	tcase_add_loop_test(tests, test_link_of_two_ends_carries_requests_and_unbinds, 0, 2);
	tcase_add_test(tests, test_link_closed_by_its_owner_tells_both_ends);
	tcase_add_test(tests, test_link_closed_in_its_handler_is_freed_later);
	tcase_add_test(tests, test_link_freed_with_its_parent_leaves_nothing);
	tcase_add_test(tests, test_link_answering_late_writes_after_flush);
	tcase_add_test(tests, test_link_paused_reads_nothing_until_resumed);
	tcase_add_test(tests, test_connect_to_a_closed_port_closes_the_session);
	tcase_add_test(tests, test_connect_and_listen_at_a_name_is_refused);
	tcase_add_test(tests, test_accept_refused_closes_the_connection);
	tcase_add_test(tests, test_peer_that_never_binds_is_closed_by_the_timer);
	tcase_add_test(tests, test_peer_sending_one_octet_at_a_time_is_served);
	tcase_add_loop_test(tests, test_peer_sending_many_in_one_segment_is_answered_for_each, 0,
			    2);
	tcase_add_loop_test(tests, test_peer_that_never_reads_stops_being_read, 0, 2);
	tcase_add_test(tests, test_peer_sending_garbage_is_told_and_closed);
	tcase_add_test(tests, test_peer_resetting_the_connection_ends_the_link);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
