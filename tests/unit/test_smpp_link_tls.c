/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_tls.h"
#include "certificates.h"
#include "link_world.h"

static const struct smpp_tls *make(const struct world *w, const struct smpp_tls_config *config)
{
	struct smpp_tls_fault fault = { 0 };
	struct smpp_tls *tls = smpp_tls_create(w->root, config, &fault);
	ck_assert_msg(tls != NULL, "%s: %s", fault.item, fault.text);
	return tls;
}

static const struct smpp_tls *make_server(const struct world *w, const char *certificate,
					  const char *key)
{
	return make(w, &(struct smpp_tls_config){ .server = true,
						  .certificate = certificate_path(certificate),
						  .key = certificate_path(key),
						  .ca = certificate_path("authority.pem"),
						  .verify = SMPP_TLS_VERIFY_OPTIONAL });
}

static const struct smpp_tls_config by_name = { .name = "127.0.0.1" };

static struct smpp_tls_config known_client(void)
{
	struct smpp_tls_config config = by_name;
	config.ca = certificate_path("authority.pem");
	config.certificate = certificate_path("client.pem");
	config.key = certificate_path("client.key");
	return config;
}

/* A world whose listener speaks TLS; what its certificates were read from is freed at once. */
static void world_start_tls(struct world *w, int64_t init_ms)
{
	world_start(w, "127.0.0.1");
	talloc_free(w->listener);
	w->config.session.init_ms = init_ms;
	w->config.tls = make_server(w, "server.pem", "server.key");
	w->listener =
		smpp_listener_create(w->root, w->base, "127.0.0.1", 0, &w->config, on_accept, w);
	ck_assert_ptr_nonnull(w->listener);
	w->config.session.init_ms = 5000;
}

static void world_end_tls(struct world *w)
{
	talloc_free((void *)(uintptr_t)w->config.tls);
	world_end(w);
}

static struct smpp_session *connect_tls(struct world *w, struct end *end,
					const struct smpp_tls_config *how)
{
	struct smpp_link_config config = w->config;
	const struct smpp_tls *tls = make(w, how);
	config.session.side = SMPP_SIDE_ESME;
	config.tls = tls;
	end->link = smpp_link_connect(w->root, w->base, "127.0.0.1",
				      smpp_listener_port(w->listener), &config, &handler, end);
	talloc_free((void *)(uintptr_t)tls);
	ck_assert_ptr_nonnull(end->link);
	return smpp_link_session(end->link);
}

/* Bound before the connection stands: the bind waits for the handshake. */
static struct smpp_session *bind_tls(struct world *w, struct end *end)
{
	const struct smpp_tls_config how = known_client();
	struct smpp_session *session = connect_tls(w, end, &how);
	ck_assert_int_eq(send_bind(session), 0);
	RUN_UNTIL(w, end->events[SMPP_EVENT_BOUND]);
	ck_assert(end->connected);
	return session;
}

static void send_requests(struct smpp_session *session, struct end *end, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		struct smpp_pdu pdu = submit(0);
		ck_assert_int_eq(smpp_session_request(session, &pdu, i, smpp_link_now_ms()), 0);
	}
	smpp_link_flush(end->link);
}

START_TEST(test_tls_link_when_bound_then_carries_requests_and_unbinds)
{
	struct world w;
	world_start_tls(&w, 5000);
	struct smpp_session *session = bind_tls(&w, &w.client);
	ck_assert_str_eq(w.server.subject, "CN=smsc1,O=短信中心");
	ck_assert_str_eq(smpp_tls_version(smpp_link_tls(w.client.link)), "TLSv1.3");
	send_requests(session, &w.client, MANY);
	RUN_UNTIL(&w, w.client.events[SMPP_EVENT_RESPONSE] == MANY);
	smpp_session_unbind(session, smpp_link_now_ms());
	smpp_link_flush(w.client.link);
	RUN_UNTIL(&w, w.client.gone && w.server.gone);
	ck_assert_str_eq(w.server.reason, "the peer unbound");
	world_end_tls(&w);
}
END_TEST

START_TEST(test_tls_link_when_paused_then_reads_nothing_until_resumed)
{
	struct world w;
	world_start_tls(&w, 5000);
	w.server.manner = PAUSES;
	struct smpp_session *session = bind_tls(&w, &w.client);
	for (size_t round = 1; round <= 2; round++) {
		send_requests(session, &w.client, 1);
		for (int i = 0; i < 10; i++)
			turn(&w);
		ck_assert_uint_eq(w.server.events[SMPP_EVENT_REQUEST], 1);
	}
	w.server.manner = ANSWERS;
	smpp_link_pause(w.server.link, false);
	RUN_UNTIL(&w, w.client.events[SMPP_EVENT_RESPONSE] == 2);
	send_requests(session, &w.client, MANY);
	RUN_UNTIL(&w, w.client.events[SMPP_EVENT_RESPONSE] == MANY + 2);
	smpp_link_close(w.server.link, "done");
	RUN_UNTIL(&w, w.client.gone && w.server.gone);
	ck_assert_str_eq(w.client.reason, "the peer closed the connection");
	world_end_tls(&w);
}
END_TEST

START_TEST(test_tls_link_when_certificates_are_renewed_then_old_sessions_go_on)
{
	struct world w;
	struct end late = { 0 };
	world_start_tls(&w, 5000);
	struct smpp_session *session = bind_tls(&w, &w.client);
	const struct smpp_tls *renewed = make_server(&w, "renewed.pem", "renewed.key");
	smpp_listener_set_tls(w.listener, renewed);
	talloc_free((void *)(uintptr_t)w.config.tls);
	w.config.tls = renewed;
	const struct smpp_tls_config pin = { .fingerprint =
						     certificate_fingerprint("renewed.pem") };
	ck_assert_int_eq(send_bind(connect_tls(&w, &late, &pin)), 0);
	RUN_UNTIL(&w, late.events[SMPP_EVENT_BOUND]);
	ck_assert_str_eq(w.second.subject, "none");
	send_requests(session, &w.client, 10);
	RUN_UNTIL(&w, w.client.events[SMPP_EVENT_RESPONSE] == 10);
	smpp_link_close(late.link, "done");
	smpp_link_close(w.client.link, "done");
	RUN_UNTIL(&w, w.client.gone && w.server.gone && late.gone && w.second.gone);
	world_end_tls(&w);
}
END_TEST

START_TEST(test_tls_client_when_the_server_is_not_the_one_then_gone_before_the_bind)
{
	struct world w;
	world_start_tls(&w, 5000);
	const struct smpp_tls_config how = { .ca = certificate_path("stranger.pem") };
	ck_assert_int_eq(send_bind(connect_tls(&w, &w.client, &how)), 0);
	RUN_UNTIL(&w, w.client.gone && w.server.gone);
	ck_assert(!w.client.connected);
	ck_assert_msg(strstr(w.client.reason, "certificate verify failed: unable to get") != NULL,
		      "%s", w.client.reason);
	ck_assert_ptr_nonnull(strstr(w.server.reason, "unknown ca"));
	ck_assert_uint_eq(w.server.events[SMPP_EVENT_BIND], 0);
	world_end_tls(&w);
}
END_TEST

START_TEST(test_tls_client_when_the_server_speaks_plain_then_gone)
{
	struct world w;
	world_start(&w, "127.0.0.1");
	const struct smpp_tls_config how = known_client();
	connect_tls(&w, &w.client, &how);
	RUN_UNTIL(&w, w.client.gone && w.server.gone);
	ck_assert_int_eq(strncmp(w.client.reason, "TLS: ", 5), 0);
	world_end(&w);
}
END_TEST

/* There is no alert that it would understand. Nothing of what it sent reaches the session. */
START_TEST(test_plain_client_when_the_server_speaks_tls_then_closed)
{
	struct world w;
	uint8_t octets[PDU_ROOM];
	ssize_t n;
	world_start_tls(&w, 5000);
	int fd = raw_connect(&w, 0);
	size_t len = encode_bind(octets);
	ck_assert_int_eq(send(fd, octets, len, 0), len);
	RUN_UNTIL(&w, (n = recv(fd, octets, sizeof(octets), 0)) >= 0);
	ck_assert_int_eq(n, 0);
	close(fd);
	RUN_UNTIL(&w, w.server.gone);
	ck_assert_str_eq(w.server.reason, "TLS: wrong version number");
	ck_assert_uint_eq(w.server.events[SMPP_EVENT_BIND], 0);
	world_end_tls(&w);
}
END_TEST

/* Nothing at all, or a hello of which an octet comes now and then: the deadline is absolute. */
START_TEST(test_handshake_when_it_takes_too_long_then_closed_by_the_timer)
{
	static const uint8_t hello[] = { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc };
	struct world w;
	world_start_tls(&w, 100);
	int fd = raw_connect(&w, 0);
	int64_t before = smpp_link_now_ms();
	for (size_t i = 0; !w.server.gone; i++) {
		if (_i && i < 500) /* of the 517 that it announces */
			(void)send(fd, &hello[i < sizeof(hello) ? i : 8], 1, MSG_NOSIGNAL);
		turn(&w);
		char end[16];
		if (recv(fd, end, sizeof(end), 0) == 0)
			shutdown(fd, SHUT_WR);
	}
	ck_assert_int_ge(smpp_link_now_ms() - before, 100);
	ck_assert_str_eq(w.server.reason, "not bound in time");
	close(fd);
	world_end_tls(&w);
}
END_TEST

/* How a peer may go in the middle of a handshake: with an end, or with a reset. */
START_TEST(test_handshake_when_the_peer_goes_then_the_link_is_gone)
{
	static const uint8_t hello[] = { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc };
	const struct linger now = { 1, 0 };
	struct world w;
	world_start_tls(&w, 5000);
	int fd = raw_connect(&w, 0);
	ck_assert_int_eq(send(fd, hello, sizeof(hello), 0), sizeof(hello));
	RUN_UNTIL(&w, w.server.link);
	turn(&w);
	if (_i)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	RUN_UNTIL(&w, w.server.gone);
	world_end_tls(&w);
}
END_TEST

START_TEST(test_tls_link_when_freed_with_its_parent_then_nothing_is_left)
{
	struct world w;
	world_start_tls(&w, 5000);
	bind_tls(&w, &w.client);
	talloc_free(w.client.link);
	talloc_free(w.server.link);
	world_end_tls(&w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smpp_link_tls");
	TCase *tests = tcase_create("tls");
	tcase_set_timeout(tests, 2 * WAIT_S);
	tcase_add_unchecked_fixture(tests, certificates_make, certificates_remove);
	tcase_add_test(tests, test_tls_link_when_bound_then_carries_requests_and_unbinds);
	tcase_add_test(tests, test_tls_link_when_paused_then_reads_nothing_until_resumed);
	tcase_add_test(tests, test_tls_link_when_certificates_are_renewed_then_old_sessions_go_on);
	tcase_add_test(tests,
		       test_tls_client_when_the_server_is_not_the_one_then_gone_before_the_bind);
	tcase_add_test(tests, test_tls_client_when_the_server_speaks_plain_then_gone);
	tcase_add_test(tests, test_plain_client_when_the_server_speaks_tls_then_closed);
	tcase_add_loop_test(tests, test_handshake_when_it_takes_too_long_then_closed_by_the_timer,
			    0, 2);
	tcase_add_loop_test(tests, test_handshake_when_the_peer_goes_then_the_link_is_gone, 0, 2);
	tcase_add_test(tests, test_tls_link_when_freed_with_its_parent_then_nothing_is_left);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
