/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_smpp_session.c - a whole session with a hostile peer. The first octet says which side we
 * are, how octets are cut into reads and what the handler does; the rest is the peer's stream. */
#include <stdlib.h>
#include <talloc.h>

#include "smpp/smpp_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	unsigned int mode;
	int64_t now_ms;
	bool closed;
};

static void on_event(void *user, struct smpp_session *s, const struct smpp_session_event *e)
{
	const struct smpp_pdu request = { .command_id = SMPP_DATA_SM };
	struct run *run = user;

	if (run->closed)
		abort();
	run->closed = e->kind == SMPP_EVENT_CLOSED;
	if (e->kind == SMPP_EVENT_BIND)
		(void)smpp_session_respond(s, e->sequence, e->sequence % 8 == 7, NULL);
	if (e->kind == SMPP_EVENT_REQUEST && e->pdu->command_id == SMPP_OUTBIND &&
	    smpp_session_turn(s) == 0 &&
	    smpp_session_bind(s, SMPP_BIND_RECEIVER, "a", "b", NULL, run->now_ms) < 0)
		abort();
	if (e->kind == SMPP_EVENT_REQUEST && !(run->mode & 8))
		(void)smpp_session_respond(s, e->sequence, e->sequence % 5, "id");
	if (e->kind == SMPP_EVENT_REQUEST && (run->mode & 16) && e->sequence % 16 == 3)
		smpp_session_unbind(s, run->now_ms);
	if (smpp_session_request(s, &request, 1, run->now_ms) == 0 && run->closed)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run run = { .mode = size > 0 ? data[0] : 0 };
	struct smpp_session_config config = { .side = run.mode & 1,
					      .outbind = (run.mode & 32) != 0,
					      .system_id = "fuzz",
					      .window_in = 3,
					      .window_out = 3,
					      .max_pdu = 2000,
					      .init_ms = 900,
					      .enquire_ms = 300,
					      .response_ms = 200,
					      .inactivity_ms = 5000 };
	struct smpp_session *s = smpp_session_create(NULL, &config, on_event, &run, 0);
	size_t pos = 1, have = 1, step = run.mode & 6 ? 1 + (run.mode & 6) * 4 : size + 1, len;
	ssize_t used = 0;

	if (config.side == SMPP_SIDE_ESME &&
	    smpp_session_bind(s, SMPP_BIND_TRANSCEIVER, "a", "b", NULL, 0) < 0)
		abort();
	while (used >= 0 && have < size) {
		have = size - have < step ? size : have + step;
		used = smpp_session_input(s, data + pos, have - pos, run.now_ms += 50);
		pos += used > 0 ? (size_t)used : 0;
		smpp_session_tick(s, run.now_ms);
		smpp_session_output(s, &len);
		smpp_session_output_taken(s, len / 2);
		if (smpp_session_waiting(s) > 3 || len > SMPP_SESSION_OUTPUT_MAX)
			abort();
	}
	while (smpp_session_next_tick(s) < INT64_MAX && run.now_ms < 100000)
		smpp_session_tick(s, run.now_ms = smpp_session_next_tick(s));
	smpp_session_close(s, "end");
	if (!run.closed || talloc_free(s) != 0)
		abort();
	return 0;
}
