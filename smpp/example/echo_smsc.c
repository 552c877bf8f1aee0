/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* echo_smsc.c - a small SMSC: every bind is welcome, every message comes back to its sender, and
 * after it the delivery receipt that was asked for.   echo_smsc ADDRESS PORT */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "smpp/smpp_link.h"
#include "smpp/smpp_receipt.h"
#include "smpp/smpp_trace.h"

static void send_back(struct smpp_session *session, struct smpp_pdu pdu, const char *id)
{
	const struct smpp_receipt receipt = { .id = smpp_octets_of(id),
					      .state = SMPP_MESSAGE_DELIVERED };
	struct smpp_octets source = pdu.source_addr;
	bool wanted = pdu.registered_delivery & 1;
	struct smpp_receipt_buffer buffer;

	pdu.command_id = SMPP_DELIVER_SM;
	pdu.registered_delivery = 0;
	pdu.source_addr = pdu.destination_addr;
	pdu.destination_addr = source;
	if (smpp_session_request(session, &pdu, 0, smpp_link_now_ms()) < 0)
		warnx("%s was not sent back", id);
	if (wanted && (smpp_receipt_write(&receipt, &buffer, &pdu) < 0 ||
		       smpp_session_request(session, &pdu, 0, smpp_link_now_ms()) < 0))
		warnx("%s: no receipt", id);
}

static void on_event(void *user, struct smpp_session *session,
		     const struct smpp_session_event *event)
{
	static unsigned last_id;
	char line[1024], id[16];

	(void)user;
	if (event->pdu && smpp_trace_pdu(event->pdu, NULL, line, sizeof(line)) > 0)
		puts(line);
	snprintf(id, sizeof(id), "%08X", ++last_id);
	if (event->kind == SMPP_EVENT_BIND)
		smpp_session_respond(session, event->sequence, SMPP_ROK, NULL);
	else if (event->kind == SMPP_EVENT_REQUEST && event->pdu->command_id != SMPP_SUBMIT_SM)
		smpp_session_respond(session, event->sequence, SMPP_RINVCMDID, NULL);
	else if (event->kind == SMPP_EVENT_REQUEST &&
		 smpp_session_respond(session, event->sequence, SMPP_ROK, id) == 0)
		send_back(session, *event->pdu, id);
}

static void *on_accept(void *ctx, struct smpp_link *link, const struct sockaddr *peer,
		       struct smpp_link_handler *handler, struct smpp_link_config *config)
{
	(void)ctx, (void)peer, (void)config;
	handler->on_event = on_event;
	return link;
}

int main(int argc, char **argv)
{
	const struct smpp_link_config config = {
		.session = { .system_id = "echo", .window_in = 100, .window_out = 100 }
	};
	struct event_base *base = event_base_new();
	struct smpp_listener *listener;

	if (argc != 3 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		errx(EXIT_FAILURE, "usage: echo_smsc ADDRESS PORT");
	listener = smpp_listener_create(NULL, base, argv[1], (uint16_t)atoi(argv[2]), &config,
					on_accept, NULL);
	if (!listener)
		err(EXIT_FAILURE, "%s:%s", argv[1], argv[2]);
	setlinebuf(stdout);
	printf("listening on %u\n", smpp_listener_port(listener));
	return event_base_dispatch(base);
}
