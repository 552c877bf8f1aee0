/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "link_world.h"

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

START_TEST(test_peer_reading_one_octet_at_a_time_gets_every_answer)
{
	struct world w;
	static struct reader reader;
	static uint8_t octets[101 * PDU_ROOM];
	world_start(&w, "127.0.0.1");
	int fd = raw_connect(&w, 1024);
	size_t len = encode_bind(octets);
	for (uint32_t i = 0; i < 100; i++) {
		const struct smpp_pdu pdu = submit(i + 2);
		len += encode(&pdu, octets + len);
	}
	ck_assert_int_eq(send(fd, octets, len, 0), len);
	reader.step = 1;
	while (reader.count < 100) {
		event_base_loop(w.base, EVLOOP_NONBLOCK);
		ck_assert(raw_read(fd, &reader, SMPP_SUBMIT_SM | SMPP_RESP));
	}
	close(fd);
	RUN_UNTIL(&w, w.server.gone);
	world_end(&w);
}
END_TEST

static size_t encode_large(uint32_t sequence, uint8_t *out, size_t cap)
{
	static uint8_t payload[60000], tlv[60004];
	const struct smpp_pdu pdu = {
		.command_id = SMPP_DATA_SM,
		.sequence_number = sequence,
		.tlvs = { tlv, (size_t)smpp_tlv_append(tlv, sizeof(tlv), SMPP_TAG_MESSAGE_PAYLOAD,
						       payload, sizeof(payload)) },
	};
	ssize_t n = smpp_pdu_encode(&pdu, out, cap);
	ck_assert_int_gt(n, 0);
	return (size_t)n;
}

/* Large ones with small ones between them, in pieces that end anywhere. */
START_TEST(test_peer_sending_large_pdus_in_pieces_is_served)
{
	struct world w;
	static struct reader reader;
	static uint8_t octets[4 * SMPP_PDU_MAX];
	static const size_t pieces[] = { 100, 4095, 4097, 50000, SIZE_MAX };
	world_start(&w, "127.0.0.1");
	int fd = raw_connect(&w, 0);
	size_t len = encode_bind(octets);
	for (uint32_t i = 0; i < 3; i++) {
		const struct smpp_pdu pdu = submit(2 * i + 3);
		len += encode_large(2 * i + 2, octets + len, sizeof(octets) - len);
		len += encode(&pdu, octets + len);
	}
	for (size_t at = 0; at < len;) {
		size_t piece = len - at < pieces[_i] ? len - at : pieces[_i];
		ssize_t n = send(fd, octets + at, piece, 0);
		at += n > 0 ? (size_t)n : 0;
		event_base_loop(w.base, EVLOOP_NONBLOCK);
	}
	RUN_UNTIL(&w, w.server.events[SMPP_EVENT_REQUEST] == 6);
	RUN_UNTIL(&w, raw_read(fd, &reader, SMPP_DATA_SM | SMPP_RESP) && reader.count == 3);
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

START_TEST(test_peer_resetting_in_the_middle_of_a_pdu_expires_what_waits)
{
	struct world w;
	const struct linger now = { 1, 0 };
	uint8_t octets[2 * PDU_ROOM];
	world_start(&w, "127.0.0.1");
	w.server.manner = KEEPS;
	int fd = raw_connect(&w, 0);
	size_t len = encode_bind(octets);
	const struct smpp_pdu theirs = submit(2), half = submit(3);
	len += encode(&theirs, octets + len);
	len += encode(&half, octets + len) / 2;
	ck_assert_int_eq(send(fd, octets, len, 0), len);
	RUN_UNTIL(&w, w.server.events[SMPP_EVENT_REQUEST] == 1);
	struct smpp_pdu ours = submit(0);
	ours.command_id = SMPP_DELIVER_SM;
	for (uint64_t i = 0; i < 10; i++)
		ck_assert_int_eq(smpp_session_request(smpp_link_session(w.server.link), &ours, i,
						      smpp_link_now_ms()),
				 0);
	smpp_link_flush(w.server.link);
	turn(&w);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	RUN_UNTIL(&w, w.server.gone);
	ck_assert_uint_eq(w.server.events[SMPP_EVENT_EXPIRED], 10);
	ck_assert_uint_eq(w.server.events[SMPP_EVENT_REQUEST], 1);
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
	tcase_add_test(tests, test_peer_resetting_in_the_middle_of_a_pdu_expires_what_waits);
	tcase_add_test(tests, test_peer_reading_one_octet_at_a_time_gets_every_answer);
	tcase_add_loop_test(tests, test_peer_sending_large_pdus_in_pieces_is_served, 0, 5);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
