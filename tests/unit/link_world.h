/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* link_world.h - a loop with a listener, its link and the link of a client, for the tests of links;
 * and a peer that is only a socket.
 *
 * Handlers count what happens at each end; RUN_UNTIL() turns the loop until a condition holds, and
 * fails after WAIT_S.
 */
#pragma once

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
	char reason[128]; /* why it was closed */
	char subject[64]; /* of the peer's certificate, at its bind; "none" without */
};

struct world {
	void *root;
	struct event_base *base;
	struct event *ticker;
	struct smpp_listener *listener;
	struct smpp_link_config config;
	struct end server, client;
	struct end second; /* the server's for a connection while `server` has one */
	bool refuse;
	int64_t started_ms;
};

static inline void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct world *w = arg;
	ck_assert_msg(smpp_link_now_ms() - w->started_ms < WAIT_S * 1000, "waited too long");
}

static inline void note_subject(struct end *end)
{
	const struct smpp_tls_stream *tls = smpp_link_tls(end->link);
	const struct smpp_tls_peer *peer = tls ? smpp_tls_peer(tls) : NULL;
	snprintf(end->subject, sizeof(end->subject), "%s", peer ? peer->subject : "none");
}

static inline void on_event(void *user, struct smpp_session *session,
			    const struct smpp_session_event *event)
{
	struct end *end = user;
	end->events[event->kind]++;
	if (event->kind == SMPP_EVENT_CLOSED)
		snprintf(end->reason, sizeof(end->reason), "%s", event->reason);
	if (event->kind == SMPP_EVENT_BIND)
		note_subject(end);
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

static inline void on_gone(void *user)
{
	struct end *end = user;
	ck_assert(!end->gone);
	ck_assert_uint_eq(end->events[SMPP_EVENT_CLOSED], 1);
	end->gone = true;
	end->link = NULL;
}

static inline void on_connected(void *user)
{
	((struct end *)user)->connected = true;
}

static const struct smpp_link_handler handler = { on_event, on_gone, on_connected };

static inline void *on_accept(void *ctx, struct smpp_link *link, const struct sockaddr *peer,
			      struct smpp_link_handler *out, struct smpp_link_config *config)
{
	struct world *w = ctx;
	(void)peer;
	(void)config;
	if (w->refuse)
		return NULL;
	*out = handler;
	struct end *end = w->server.link ? &w->second : &w->server;
	end->link = link;
	return end;
}

static inline void world_start(struct world *w, const char *address)
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

static inline void turn(struct world *w)
{
	event_base_loop(w->base, EVLOOP_ONCE);
}

#define RUN_UNTIL(w, condition)                                                                    \
	do                                                                                         \
		turn(w);                                                                           \
	while (!(condition))

static inline void world_end(struct world *w)
{
	talloc_free(w->listener);
	ck_assert_uint_eq(talloc_total_blocks(w->root), 1);
	talloc_free(w->root);
	event_free(w->ticker);
	event_base_free(w->base);
}

static inline struct smpp_session *connect_client(struct world *w, const char *address,
						  uint16_t port)
{
	struct smpp_link_config config = w->config;
	config.session.side = SMPP_SIDE_ESME;
	w->client.link =
		smpp_link_connect(w->root, w->base, address, port, &config, &handler, &w->client);
	ck_assert_ptr_nonnull(w->client.link);
	return smpp_link_session(w->client.link);
}

static inline int send_bind(struct smpp_session *session)
{
	return smpp_session_bind(session, SMPP_BIND_TRANSCEIVER, "esme", "secret", "",
				 smpp_link_now_ms());
}

static inline struct smpp_pdu submit(uint32_t sequence)
{
	static const uint8_t text[] = "13800138000*fraud";
	return (struct smpp_pdu){ .command_id = SMPP_SUBMIT_SM,
				  .sequence_number = sequence,
				  .has_body = true,
				  .source_addr = smpp_octets_of("8613900000000"),
				  .destination_addr = smpp_octets_of("10086999"),
				  .short_message = { text, sizeof(text) - 1 } };
}

static inline void bind_client(struct world *w, const char *address)
{
	struct smpp_session *session = connect_client(w, address, smpp_listener_port(w->listener));
	ck_assert_int_eq(send_bind(session), 0);
	RUN_UNTIL(w, w->client.events[SMPP_EVENT_BOUND] && w->server.events[SMPP_EVENT_BOUND]);
}

/* ---- a peer that is only a socket ---- */

static inline int raw_connect(struct world *w, int receive_buffer)
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

static inline size_t encode(const struct smpp_pdu *pdu, uint8_t *out)
{
	ssize_t n = smpp_pdu_encode(pdu, out, PDU_ROOM);
	ck_assert_int_gt(n, 0);
	return (size_t)n;
}

static inline size_t encode_bind(uint8_t *out)
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
	size_t step; /* octets at a time; 0: as many as there are */
};

static inline bool raw_read(int fd, struct reader *reader, uint32_t command_id)
{
	size_t room = sizeof(reader->buffer) - reader->len;
	if (reader->step)
		room = reader->step;
	ssize_t n = recv(fd, reader->buffer + reader->len, room, 0);
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
