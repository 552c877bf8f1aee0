/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_peer.h - a session under test whose events and output become lines of text.
 *
 * An event reads "REQUEST#7:submit_sm ", "EXPIRED@42(no answer in time) ", an answer sent reads
 * "submit_sm_resp#7=ESME_ROK ": sequence number after '#', cookie after '@'.
 */
#pragma once

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "smpp/smpp_session.h"

struct smpp_peer {
	struct smpp_session *session;
	char log[8192];
	size_t used;
	char sent[8192];
	size_t sent_used;
	/* Called after an event was logged; may use the session. NULL: nothing is done. */
	void (*react)(struct smpp_peer *peer, const struct smpp_session_event *event);
	uint32_t sequence; /* of the last BIND or REQUEST */
	size_t requests;
};

enum { PEER_RESPONSE_MS = 1000, PEER_ENQUIRE_MS = 5000, PEER_INIT_MS = 2000 };

static inline void smpp_peer_note(struct smpp_peer *p, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(p->log + p->used, sizeof(p->log) - p->used, format, args);
	va_end(args);
	ck_assert(len >= 0 && (size_t)len < sizeof(p->log) - p->used);
	p->used += (size_t)len;
}

static inline void smpp_peer_event(void *user, struct smpp_session *session,
				   const struct smpp_session_event *e)
{
	static const char *const kinds[] = {
		[SMPP_EVENT_BIND] = "BIND",	  [SMPP_EVENT_BOUND] = "BOUND",
		[SMPP_EVENT_REQUEST] = "REQUEST", [SMPP_EVENT_RESPONSE] = "RESPONSE",
		[SMPP_EVENT_EXPIRED] = "EXPIRED", [SMPP_EVENT_REFUSED] = "REFUSED",
		[SMPP_EVENT_CLOSED] = "CLOSED",
	};
	struct smpp_peer *p = user;

	/* NULL while the session is being made: nothing is told then. */
	ck_assert_ptr_eq(session, p->session);
	smpp_peer_note(p, "%s", kinds[e->kind]);
	if (e->kind == SMPP_EVENT_EXPIRED || e->kind == SMPP_EVENT_RESPONSE)
		smpp_peer_note(p, "@%llu", (unsigned long long)e->cookie);
	else if (e->kind != SMPP_EVENT_CLOSED)
		smpp_peer_note(p, "#%u", e->sequence);
	if (e->pdu)
		smpp_peer_note(p, ":%s", smpp_command_name(e->pdu->command_id));
	if (e->pdu && smpp_command_is_response(e->pdu->command_id))
		smpp_peer_note(p, "=%s", smpp_status_name(e->pdu->command_status));
	if (e->fault)
		smpp_peer_note(p, "(%s)", e->fault->reason);
	else if (e->reason)
		smpp_peer_note(p, "(%s)", e->reason);
	smpp_peer_note(p, " ");
	if (e->kind == SMPP_EVENT_BIND || e->kind == SMPP_EVENT_REQUEST) {
		p->sequence = e->sequence;
		p->requests++;
	}
	if (p->react)
		p->react(p, e);
}

static inline struct smpp_session_config smpp_peer_config(enum smpp_side side)
{
	return (struct smpp_session_config){ .side = side,
					     .system_id = "mianrao",
					     .window_in = 4,
					     .window_out = 4,
					     .max_pdu = 8192,
					     .init_ms = PEER_INIT_MS,
					     .enquire_ms = PEER_ENQUIRE_MS,
					     .response_ms = PEER_RESPONSE_MS };
}

static inline void smpp_peer_open(struct smpp_peer *p, const struct smpp_session_config *config)
{
	*p = (struct smpp_peer){ 0 };
	p->session = smpp_session_create(NULL, config, smpp_peer_event, p, 0);
	ck_assert_ptr_nonnull(p->session);
}

/* What happened since the last call. */
#define assert_log(peer, name, want)                                                               \
	do {                                                                                       \
		ck_assert_msg(strcmp((peer)->log, want) == 0, "%s: told \"%s\", not \"%s\"", name, \
			      (peer)->log, want);                                                  \
		(peer)->log[(peer)->used = 0] = '\0';                                              \
	} while (0)

static inline void smpp_peer_note_sent(struct smpp_peer *p, const struct smpp_pdu *pdu)
{
	size_t cap = sizeof(p->sent) - p->sent_used;
	bool response = smpp_command_is_response(pdu->command_id);
	int len = snprintf(p->sent + p->sent_used, cap, "%s#%u%s%s ",
			   smpp_command_name(pdu->command_id), pdu->sequence_number,
			   response ? "=" : "",
			   response ? smpp_status_name(pdu->command_status) : "");

	ck_assert(len > 0 && (size_t)len < cap);
	p->sent_used += (size_t)len;
}

/* Takes all output, as text that lasts until the next call. */
static inline const char *smpp_peer_sent(struct smpp_peer *p)
{
	size_t len, pos = 0;
	const uint8_t *data = smpp_session_output(p->session, &len);

	p->sent[p->sent_used = 0] = '\0';
	while (pos < len) {
		ssize_t whole = smpp_pdu_frame(data + pos, len - pos, SMPP_PDU_MAX);
		struct smpp_pdu pdu;

		ck_assert_int_gt(whole, 0);
		ck_assert_int_eq(smpp_pdu_decode(data + pos, (size_t)whole, &pdu, NULL), 0);
		smpp_peer_note_sent(p, &pdu);
		pos += (size_t)whole;
	}
	smpp_session_output_taken(p->session, len);
	return p->sent;
}

#define assert_sent(peer, name, want)                                                              \
	do {                                                                                       \
		const char *got_ = smpp_peer_sent(peer);                                           \
		ck_assert_msg(strcmp(got_, want) == 0, "%s: sent \"%s\", not \"%s\"", name, got_,  \
			      want);                                                               \
	} while (0)

/* Forgets what was told and sent so far. */
static inline void smpp_peer_forget(struct smpp_peer *p)
{
	smpp_peer_sent(p);
	p->log[p->used = 0] = '\0';
	p->requests = 0;
}

static inline ssize_t smpp_peer_feed_pdu(struct smpp_peer *p, const struct smpp_pdu *pdu,
					 int64_t now_ms)
{
	uint8_t wire[4096];
	ssize_t len = smpp_pdu_encode(pdu, wire, sizeof(wire));

	ck_assert_int_gt(len, 0);
	return smpp_session_input(p->session, wire, (size_t)len, now_ms);
}

/* A PDU of that command with all fields empty; a status other than 0 leaves out the body. */
static inline ssize_t smpp_peer_feed(struct smpp_peer *p, uint32_t command, uint32_t sequence,
				     uint32_t status, int64_t now_ms)
{
	struct smpp_pdu pdu = { .command_id = command,
				.command_status = status,
				.sequence_number = sequence,
				.interface_version = 0x34,
				.has_body = status == 0 };

	return smpp_peer_feed_pdu(p, &pdu, now_ms);
}

/* Binds, on either side, and forgets what was told and sent. */
static inline void smpp_peer_bind(struct smpp_peer *p, enum smpp_side side, uint32_t kind)
{
	if (side == SMPP_SIDE_SMSC) {
		smpp_peer_feed(p, kind, 1, 0, 0);
		ck_assert_int_eq(smpp_session_respond(p->session, 1, SMPP_ROK, NULL), 0);
	} else {
		ck_assert_int_eq(smpp_session_bind(p->session, kind, "id", "pw", NULL, 0), 0);
		smpp_peer_feed(p, kind | SMPP_RESP, 1, 0, 0);
	}
	smpp_peer_forget(p);
}

static inline void smpp_peer_open_bound(struct smpp_peer *p, enum smpp_side side, uint32_t kind)
{
	struct smpp_session_config config = smpp_peer_config(side);

	smpp_peer_open(p, &config);
	smpp_peer_bind(p, side, kind);
}

static inline void smpp_peer_end(struct smpp_peer *p)
{
	ck_assert_int_eq(talloc_free(p->session), 0);
}
