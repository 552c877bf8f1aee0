/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_smpp_session_timer.c - what time brings, how sessions end, handlers that use the session,
 * and memory: the window, the output buffer, allocations that fail. */
#include <errno.h>
#include <stdlib.h>

#include "smpp/smpp_session_priv.h"
#include "smpp_peer.h"

#define SMSC SMPP_SIDE_SMSC
#define ESME SMPP_SIDE_ESME
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct smpp_pdu deliver = { .command_id = SMPP_DELIVER_SM };

/* Goes from one due time to the next; nothing may be told before it is due. */
static void tick_until(struct smpp_peer *p, int64_t until_ms)
{
	int64_t due;

	while ((due = smpp_session_next_tick(p->session)) <= until_ms) {
		size_t used = p->used;

		smpp_session_tick(p->session, due - 1);
		ck_assert_msg(p->used == used, "too early: %s", p->log);
		smpp_session_tick(p->session, due);
		ck_assert_int_gt(smpp_session_next_tick(p->session), due);
	}
}

START_TEST(test_init_when_not_bound_in_time_then_closed)
{
	struct smpp_session_config config = smpp_peer_config(SMSC);
	struct smpp_peer p;

	smpp_peer_open(&p, &config);
	ck_assert_int_eq(smpp_session_next_tick(p.session), PEER_INIT_MS);
	/* A bind that is still being decided does not stop the clock; nor does chatter. */
	smpp_peer_feed(&p, SMPP_ENQUIRE_LINK, 1, 0, 500);
	smpp_peer_feed(&p, SMPP_BIND_RECEIVER, 2, 0, 1000);
	tick_until(&p, 60000);
	assert_log(&p, "init", "BIND#2:bind_receiver CLOSED(not bound in time) ");
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_own_bind_when_unanswered_then_closed)
{
	struct smpp_session_config config = smpp_peer_config(ESME);
	struct smpp_peer p;

	smpp_peer_open(&p, &config);
	ck_assert_int_eq(smpp_session_bind(p.session, SMPP_BIND_RECEIVER, "a", "b", "", 100), 0);
	ck_assert_int_eq(smpp_session_next_tick(p.session), 100 + PEER_RESPONSE_MS);
	tick_until(&p, 60000);
	assert_log(&p, "bind", "CLOSED(no answer to bind) ");
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_enquire_when_silent_then_asked_and_closed)
{
	struct smpp_peer p;

	smpp_peer_open_bound(&p, SMSC, SMPP_BIND_TRANSMITTER);
	smpp_session_tick(p.session, PEER_ENQUIRE_MS - 1);
	assert_sent(&p, "early", "");
	smpp_session_tick(p.session, PEER_ENQUIRE_MS);
	smpp_session_tick(p.session, PEER_ENQUIRE_MS);
	assert_sent(&p, "once", "enquire_link#1 ");
	smpp_peer_feed(&p, SMPP_ENQUIRE_LINK | SMPP_RESP, 1, 0, 5100);
	ck_assert_int_eq(smpp_session_next_tick(p.session), 5100 + PEER_ENQUIRE_MS);
	smpp_session_tick(p.session, 10100);
	assert_sent(&p, "again", "enquire_link#2 ");
	ck_assert_int_eq(smpp_session_next_tick(p.session), 10100 + PEER_RESPONSE_MS);
	/* It does not answer, but it sends: it is alive. */
	smpp_peer_feed(&p, SMPP_SUBMIT_SM, 9, 0, 11000);
	ck_assert_int_eq(smpp_session_next_tick(p.session), 11000 + PEER_RESPONSE_MS);
	assert_log(&p, "alive", "REQUEST#9:submit_sm ");
	tick_until(&p, 60000);
	assert_log(&p, "silent", "CLOSED(no answer to enquire_link) ");
	ck_assert_uint_eq(smpp_session_counters(p.session)->unexpected, 0);
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_own_request_when_unanswered_then_expired_in_order)
{
	struct smpp_peer p;

	smpp_peer_open_bound(&p, SMSC, SMPP_BIND_RECEIVER);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(
			smpp_session_request(p.session, &deliver, 10 + (uint64_t)i, 100 * i), 0);
	smpp_peer_feed(&p, SMPP_DELIVER_SM | SMPP_RESP, 2, 0, 500);
	ck_assert_int_eq(smpp_session_next_tick(p.session), PEER_RESPONSE_MS);
	smpp_session_tick(p.session, PEER_RESPONSE_MS + 250);
	assert_log(&p, "expired",
		   "RESPONSE@11:deliver_sm_resp=ESME_ROK EXPIRED@10(no answer in time) "
		   "EXPIRED@12(no answer in time) ");
	ck_assert_int_eq(smpp_session_next_tick(p.session), PEER_RESPONSE_MS + 300);
	ck_assert_uint_eq(smpp_session_window_free(p.session), 3);
	/* An answer that comes too late changes nothing. */
	smpp_peer_feed(&p, SMPP_DELIVER_SM | SMPP_RESP, 1, 0, 1260);
	ck_assert_uint_eq(smpp_session_counters(p.session)->unexpected, 1);
	ck_assert_uint_eq(smpp_session_counters(p.session)->expired, 2);
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_inactivity_when_only_enquire_link_then_unbound)
{
	struct smpp_session_config config = smpp_peer_config(SMSC);
	struct smpp_peer p;

	config.inactivity_ms = 3000;
	smpp_peer_open(&p, &config);
	smpp_peer_bind(&p, SMSC, SMPP_BIND_TRANSMITTER);
	smpp_peer_feed(&p, SMPP_SUBMIT_SM, 2, 0, 1000);
	ck_assert_int_eq(smpp_session_respond(p.session, 2, 0, "A"), 0);
	smpp_peer_feed(&p, SMPP_ENQUIRE_LINK, 3, 0, 3900);
	ck_assert_int_eq(smpp_session_next_tick(p.session), 4000);
	smpp_peer_forget(&p);
	smpp_session_tick(p.session, 4000);
	assert_sent(&p, "inactive", "unbind#1 ");
	ck_assert_int_eq(smpp_session_state(p.session), SMPP_STATE_UNBINDING);
	smpp_peer_feed(&p, SMPP_UNBIND | SMPP_RESP, 1, 0, 4100);
	assert_log(&p, "inactive", "CLOSED(inactive) ");
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_timers_when_all_off_then_never_due)
{
	struct smpp_session_config config = { .side = SMSC };
	struct smpp_peer p;

	smpp_peer_open(&p, &config);
	ck_assert_int_eq(smpp_session_next_tick(p.session), INT64_MAX);
	smpp_peer_bind(&p, SMSC, SMPP_BIND_TRANSCEIVER);
	ck_assert_int_eq(smpp_session_request(p.session, &deliver, 1, 1), 0);
	ck_assert_int_eq(smpp_session_request(p.session, &deliver, 2, 1), -EAGAIN);
	ck_assert_int_eq(smpp_session_next_tick(p.session), INT64_MAX);
	smpp_session_tick(p.session, INT64_MAX - 1);
	assert_log(&p, "off", "");
	smpp_peer_end(&p);
}
END_TEST

/* ---- unbinding ---- */

START_TEST(test_unbind_when_ours_then_earlier_requests_are_answered_first)
{
	struct smpp_peer p;

	smpp_peer_open_bound(&p, SMSC, SMPP_BIND_TRANSCEIVER);
	smpp_peer_feed(&p, SMPP_SUBMIT_SM, 5, 0, 1);
	ck_assert_int_eq(smpp_session_request(p.session, &deliver, 42, 1), 0);
	smpp_session_unbind(p.session, 2);
	smpp_session_unbind(p.session, 2);
	ck_assert_int_eq(smpp_session_request(p.session, &deliver, 43, 2), -ENOTCONN);
	smpp_peer_feed(&p, SMPP_SUBMIT_SM, 6, 0, 3);
	smpp_peer_feed(&p, SMPP_UNBIND | SMPP_RESP, 2, 0, 4);
	smpp_peer_feed(&p, SMPP_DELIVER_SM | SMPP_RESP, 1, 0, 5);
	assert_log(&p, "open still",
		   "REQUEST#5:submit_sm REFUSED#6(bind_state) "
		   "RESPONSE@42:deliver_sm_resp=ESME_ROK ");
	ck_assert_int_eq(smpp_session_respond(p.session, 5, SMPP_ROK, "A"), 0);
	assert_log(&p, "answered", "CLOSED(unbound) ");
	assert_sent(&p, "all",
		    "deliver_sm#1 unbind#2 submit_sm_resp#6=ESME_RINVBNDSTS "
		    "submit_sm_resp#5=ESME_ROK ");
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_unbind_when_the_peers_then_answered_after_the_rest)
{
	struct smpp_peer p;

	smpp_peer_open_bound(&p, SMSC, SMPP_BIND_TRANSCEIVER);
	smpp_peer_feed(&p, SMPP_SUBMIT_SM, 5, 0, 1);
	ck_assert_int_eq(smpp_session_request(p.session, &deliver, 42, 1), 0);
	smpp_peer_feed(&p, SMPP_UNBIND, 6, 0, 2);
	smpp_peer_feed(&p, SMPP_UNBIND, 7, 0, 2);
	ck_assert_int_eq(smpp_session_respond(p.session, 5, SMPP_ROK, "A"), 0);
	assert_sent(&p, "all",
		    "deliver_sm#1 unbind_resp#7=ESME_ROK submit_sm_resp#5=ESME_ROK "
		    "unbind_resp#6=ESME_ROK ");
	assert_log(&p, "all",
		   "REQUEST#5:submit_sm EXPIRED@42(the peer unbound) CLOSED(the peer unbound) ");
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_unbind_when_not_finished_in_time_then_closed)
{
	static const struct {
		const char *name;
		bool ours, answered;
		const char *told, *sent;
	} rows[] = {
		{ "ours unanswered", true, false, "CLOSED(no answer to unbind) ", "unbind#1 " },
		{ "ours answered, a request not", true, true,
		  "CLOSED(unbound with requests unanswered) ", "unbind#1 " },
		{ "the peer's, a request not", false, false,
		  "CLOSED(unbound with requests unanswered) ", "unbind_resp#6=ESME_ROK " },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct smpp_peer p;

		smpp_peer_open_bound(&p, SMSC, SMPP_BIND_TRANSCEIVER);
		smpp_peer_feed(&p, SMPP_SUBMIT_SM, 5, 0, 1);
		smpp_peer_forget(&p);
		if (rows[i].ours)
			smpp_session_unbind(p.session, 10);
		else
			smpp_peer_feed(&p, SMPP_UNBIND, 6, 0, 10);
		if (rows[i].answered)
			smpp_peer_feed(&p, SMPP_UNBIND | SMPP_RESP, 1, 0, 20);
		ck_assert_int_eq(smpp_session_next_tick(p.session), 10 + PEER_RESPONSE_MS);
		tick_until(&p, 60000);
		assert_log(&p, rows[i].name, rows[i].told);
		assert_sent(&p, rows[i].name, rows[i].sent);
		smpp_peer_end(&p);
	}
}
END_TEST

START_TEST(test_unbind_when_both_at_once_then_both_answered)
{
	struct smpp_peer p;

	smpp_peer_open_bound(&p, ESME, SMPP_BIND_TRANSCEIVER);
	smpp_session_unbind(p.session, 1);
	smpp_peer_feed(&p, SMPP_UNBIND, 9, 0, 2);
	assert_sent(&p, "crossed", "unbind#2 unbind_resp#9=ESME_ROK ");
	assert_log(&p, "crossed", "");
	smpp_peer_feed(&p, SMPP_UNBIND | SMPP_RESP, 2, 0, 3);
	assert_log(&p, "crossed", "CLOSED(unbound) ");
	smpp_peer_end(&p);
}
END_TEST

/* ---- handlers that use the session ---- */

static void close_at_request(struct smpp_peer *p, const struct smpp_session_event *e)
{
	if (e->kind == SMPP_EVENT_REQUEST)
		smpp_session_close(p->session, "handler");
}

static void refill(struct smpp_peer *p, const struct smpp_session_event *e)
{
	if (e->kind == SMPP_EVENT_RESPONSE || e->kind == SMPP_EVENT_EXPIRED)
		smpp_peer_note(p, "<%d> ",
			       smpp_session_request(p->session, &deliver, e->cookie + 10,
						    p->session->now_ms));
}

static void close_at_expiry(struct smpp_peer *p, const struct smpp_session_event *e)
{
	if (e->kind == SMPP_EVENT_EXPIRED)
		smpp_session_close(p->session, "handler");
}

static void misuse(struct smpp_peer *p, const struct smpp_session_event *e)
{
	if (e->kind != SMPP_EVENT_REQUEST)
		return;
	smpp_session_tick(p->session, 1000000);
	ck_assert_int_eq(smpp_session_input(p->session, NULL, 0, 1), -EINVAL);
	smpp_session_unbind(p->session, 1);
	ck_assert_int_eq(smpp_session_respond(p->session, e->sequence, SMPP_ROK, "A"), 0);
}

START_TEST(test_handler_when_it_closes_then_the_rest_is_not_read)
{
	uint8_t wire[256];
	size_t len = 0;
	struct smpp_peer p;

	smpp_peer_open_bound(&p, SMSC, SMPP_BIND_TRANSCEIVER);
	ck_assert_int_eq(smpp_session_request(p.session, &deliver, 42, 1), 0);
	ck_assert_int_eq(smpp_session_request(p.session, &deliver, 43, 1), 0);
	for (uint32_t sequence = 5; sequence < 8; sequence++) {
		struct smpp_pdu pdu = { .command_id = SMPP_SUBMIT_SM, .sequence_number = sequence };

		len += (size_t)smpp_pdu_encode(&pdu, wire + len, sizeof(wire) - len);
	}
	p.react = close_at_request;
	ck_assert_int_eq(smpp_session_input(p.session, wire, len, 2), (ssize_t)(len / 3));
	assert_log(&p, "closed",
		   "REQUEST#5:submit_sm EXPIRED@42(handler) EXPIRED@43(handler) CLOSED(handler) ");
	smpp_session_close(p.session, "again");
	smpp_session_unbind(p.session, 3);
	smpp_session_tick(p.session, 1000000);
	assert_log(&p, "once", "");
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_handler_when_it_sends_then_the_window_has_room)
{
	struct smpp_peer p;

	smpp_peer_open_bound(&p, SMSC, SMPP_BIND_RECEIVER);
	for (uint64_t i = 0; i < 4; i++)
		ck_assert_int_eq(smpp_session_request(p.session, &deliver, i, 0), 0);
	p.react = refill;
	smpp_peer_feed(&p, SMPP_DELIVER_SM | SMPP_RESP, 2, 0, 500);
	smpp_session_tick(p.session, PEER_RESPONSE_MS);
	assert_log(&p, "refilled",
		   "RESPONSE@1:deliver_sm_resp=ESME_ROK <0> EXPIRED@0(no answer in time) <0> "
		   "EXPIRED@2(no answer in time) <0> EXPIRED@3(no answer in time) <0> ");
	smpp_session_close(p.session, "gone");
	ck_assert_ptr_nonnull(strstr(p.log, "EXPIRED@11(gone) <-107> EXPIRED@10(gone) <-107> "));
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_handler_when_it_closes_at_expiry_then_each_is_told_once)
{
	struct smpp_peer p;

	smpp_peer_open_bound(&p, SMSC, SMPP_BIND_RECEIVER);
	for (uint64_t i = 0; i < 3; i++)
		ck_assert_int_eq(smpp_session_request(p.session, &deliver, i, 0), 0);
	p.react = close_at_expiry;
	smpp_session_tick(p.session, PEER_RESPONSE_MS);
	assert_log(&p, "closed",
		   "EXPIRED@0(no answer in time) EXPIRED@1(handler) EXPIRED@2(handler) "
		   "CLOSED(handler) ");
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_handler_when_it_feeds_or_ticks_then_refused)
{
	struct smpp_peer p;

	smpp_peer_open_bound(&p, SMSC, SMPP_BIND_TRANSMITTER);
	p.react = misuse;
	smpp_peer_feed(&p, SMPP_SUBMIT_SM, 5, 0, 1);
	assert_sent(&p, "misuse", "unbind#1 submit_sm_resp#5=ESME_ROK ");
	assert_log(&p, "misuse", "REQUEST#5:submit_sm ");
	smpp_peer_end(&p);
}
END_TEST

/* ---- memory ---- */

/* talloc calls its limit deprecated, but nothing else makes its allocations fail under ASan. */
static void limit_memory(void *ctx, size_t size)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	ck_assert_int_eq(talloc_set_memlimit(ctx, size), 0);
#pragma GCC diagnostic pop
}

static void answer_at_once(struct smpp_peer *p, const struct smpp_session_event *e)
{
	p->used = 0;
	if (e->kind == SMPP_EVENT_REQUEST)
		ck_assert_int_eq(smpp_session_respond(p->session, e->sequence, SMPP_ROK, "A"), 0);
}

START_TEST(test_output_when_taken_slowly_then_nothing_is_lost)
{
	uint32_t sent = 0, seen = 0, seed = 7;
	uint8_t stream[1 << 16];
	size_t have = 0;
	struct smpp_peer p;

	smpp_peer_open_bound(&p, SMSC, SMPP_BIND_TRANSMITTER);
	p.react = answer_at_once;
	while (seen < 50000) {
		size_t len, take, pos = 0;
		const uint8_t *out;
		ssize_t whole;

		for (int i = 0; i < 20 && sent < 50000; i++, sent++)
			smpp_peer_feed(&p, SMPP_SUBMIT_SM, sent, 0, 1);
		out = smpp_session_output(p.session, &len);
		seed = seed * 1664525u + 1013904223u;
		take = (seed >> 16) % 800;
		take = take < len ? take : len;
		memcpy(stream + have, out, take);
		have += take;
		smpp_session_output_taken(p.session, take);
		while ((whole = smpp_pdu_frame(stream + pos, have - pos, 64)) > 0) {
			struct smpp_pdu pdu;

			ck_assert_int_eq(smpp_pdu_decode(stream + pos, (size_t)whole, &pdu, NULL),
					 0);
			ck_assert_uint_eq(pdu.sequence_number, seen++);
			pos += (size_t)whole;
		}
		ck_assert_int_eq(whole, 0);
		memmove(stream, stream + pos, have -= pos);
	}
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_output_when_a_burst_is_over_then_small_again)
{
	struct smpp_session_config config = smpp_peer_config(SMSC);
	struct smpp_pdu big = deliver;
	static const uint8_t payload[50000];
	static uint8_t tlv[60000];
	size_t quiet, accepted = 0, len;
	struct smpp_peer p;

	big.tlvs.data = tlv;
	big.tlvs.len = (size_t)smpp_tlv_append(tlv, sizeof(tlv), SMPP_TAG_MESSAGE_PAYLOAD, payload,
					       sizeof(payload));
	config.window_out = 1000;
	smpp_peer_open(&p, &config);
	smpp_peer_bind(&p, SMSC, SMPP_BIND_TRANSCEIVER);
	quiet = talloc_total_size(p.session);
	while (smpp_session_request(p.session, &big, accepted, 1) == 0)
		accepted++;
	smpp_session_output(p.session, &len);
	ck_assert_msg(len >= SMPP_SESSION_OUTPUT_MAX && len < SMPP_SESSION_OUTPUT_MAX + 60000,
		      "%zu octets wait", len);
	ck_assert_uint_gt(talloc_total_size(p.session), SMPP_SESSION_OUTPUT_MAX);
	smpp_session_output_taken(p.session, len + 1);
	/* The window keeps what it has grown. */
	ck_assert_uint_lt(talloc_total_size(p.session), quiet + 8192);
	ck_assert_int_eq(smpp_session_request(p.session, &deliver, 1, 1), 0);
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_create_when_memory_is_short_then_null_and_nothing_leaks)
{
	struct smpp_session_config config = smpp_peer_config(SMSC);
	bool made = false;

	for (size_t limit = 64; !made && limit < 100000; limit += 64) {
		void *root = talloc_new(NULL);
		struct smpp_peer p = { 0 };

		limit_memory(root, limit);
		p.session = smpp_session_create(root, &config, smpp_peer_event, &p, 0);
		made = p.session != NULL;
		ck_assert_msg(made || talloc_total_blocks(root) == 1, "%zu octets: a leak", limit);
		talloc_free(root);
	}
	ck_assert(made);
}
END_TEST

START_TEST(test_output_when_memory_ends_then_enomem_or_closed)
{
	struct smpp_session_config config = smpp_peer_config(SMSC);
	void *root = talloc_new(NULL);
	struct smpp_peer p = { 0 };
	int rc = 0;

	config.window_out = 1000;
	p.session = smpp_session_create(root, &config, smpp_peer_event, &p, 0);
	smpp_peer_bind(&p, SMSC, SMPP_BIND_TRANSCEIVER);
	limit_memory(root, talloc_total_size(root) + 16);
	while (rc == 0)
		rc = smpp_session_request(p.session, &deliver, 1, 1);
	ck_assert_int_eq(rc, -ENOMEM);
	/* Our own request can wait; an answer that we owe cannot be left out. */
	ck_assert_int_eq(smpp_session_state(p.session), SMPP_STATE_BOUND_TRX);
	for (uint32_t i = 0; smpp_session_state(p.session) != SMPP_STATE_CLOSED; i++) {
		ck_assert_uint_lt(i, 1000);
		p.used = 0;
		smpp_peer_feed(&p, SMPP_ENQUIRE_LINK, i, 0, 1);
	}
	ck_assert_ptr_nonnull(strstr(p.log, "CLOSED(out of memory) "));
	talloc_free(root);
}
END_TEST

static void window_model_step(struct smpp_window *w, bool *waits, size_t *count, uint32_t sequence)
{
	struct smpp_waiting request = { .sequence = sequence, .cookie = sequence };
	int want = waits[sequence] ? -EEXIST : *count == smpp_window_capacity(w) ? -EAGAIN : 0;

	ck_assert_int_eq(smpp_window_add(w, &request), want);
	if (want == 0) {
		waits[sequence] = true;
		(*count)++;
	}
	ck_assert(!!smpp_window_find(w, sequence) == waits[sequence]);
}

START_TEST(test_window_when_used_at_random_then_as_a_plain_list)
{
	bool waits[256] = { false };
	struct smpp_window *w = smpp_window_create(NULL, 20);
	uint32_t seed = 99;
	size_t count = 0;

	for (int i = 0; i < 100000; i++) {
		uint32_t sequence = (seed = seed * 1664525u + 1013904223u) >> 24;

		if (seed & 0x10000) {
			window_model_step(w, waits, &count, sequence);
		} else {
			ck_assert(smpp_window_take(w, sequence) == waits[sequence]);
			count -= waits[sequence];
			ck_assert(!waits[sequence] || smpp_window_was_taken(w, sequence));
			waits[sequence] = false;
		}
		ck_assert_uint_eq(smpp_window_count(w), count);
		ck_assert(!!smpp_window_oldest(w) == (count > 0));
	}
	smpp_window_clear(w);
	ck_assert(smpp_window_count(w) == 0 && !smpp_window_oldest(w));
	talloc_free(w);
	w = smpp_window_create(NULL, SIZE_MAX);
	ck_assert_uint_eq(smpp_window_capacity(w), SMPP_WINDOW_MAX);
	talloc_free(w);
}
END_TEST

START_TEST(test_window_when_more_wait_then_it_grows_and_forgets_nothing)
{
	struct smpp_window *w = smpp_window_create(NULL, SMPP_WINDOW_MAX);
	struct smpp_waiting request = { .sequence = 7 };

	ck_assert_uint_lt(talloc_total_size(w), 256);
	ck_assert(smpp_window_add(w, &request) == 0 && smpp_window_take(w, 7));
	for (uint32_t i = 0; i < SMPP_WINDOW_MAX; i++) {
		request.sequence = 1000 + 3 * i;
		ck_assert_int_eq(smpp_window_add(w, &request), 0);
		ck_assert_uint_eq(smpp_window_oldest(w)->sequence, 1000);
	}
	request.sequence = 8;
	ck_assert_int_eq(smpp_window_add(w, &request), -EAGAIN);
	ck_assert(smpp_window_was_taken(w, 7) && !smpp_window_was_taken(w, 8));
	for (uint32_t i = 0; i < SMPP_WINDOW_MAX; i++) {
		ck_assert_uint_eq(smpp_window_oldest(w)->sequence, 1000 + 3 * i);
		ck_assert(smpp_window_take(w, 1000 + 3 * i));
	}
	talloc_free(w);
}
END_TEST

START_TEST(test_window_when_filled_then_oldest_first)
{
	struct smpp_window *w = smpp_window_create(NULL, 3);

	for (uint32_t i = 1; i <= 3; i++)
		ck_assert_int_eq(smpp_window_add(w, &(struct smpp_waiting){ .sequence = i * 8 }),
				 0);
	ck_assert(smpp_window_take(w, 16));
	ck_assert_uint_eq(smpp_window_oldest(w)->sequence, 8);
	ck_assert(smpp_window_take(w, 8));
	ck_assert_uint_eq(smpp_window_oldest(w)->sequence, 24);
	ck_assert_int_eq(smpp_window_add(w, &(struct smpp_waiting){ .sequence = 32 }), 0);
	ck_assert(smpp_window_take(w, 24));
	ck_assert_uint_eq(smpp_window_oldest(w)->sequence, 32);
	talloc_free(w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smpp_session_timer");
	TCase *tc;
	SRunner *runner;
	int failed;

	tc = tcase_create("timers");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_init_when_not_bound_in_time_then_closed);
	tcase_add_test(tc, test_own_bind_when_unanswered_then_closed);
	tcase_add_test(tc, test_enquire_when_silent_then_asked_and_closed);
	tcase_add_test(tc, test_own_request_when_unanswered_then_expired_in_order);
	tcase_add_test(tc, test_inactivity_when_only_enquire_link_then_unbound);
	tcase_add_test(tc, test_timers_when_all_off_then_never_due);
	suite_add_tcase(suite, tc);
	tc = tcase_create("unbinding");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_unbind_when_ours_then_earlier_requests_are_answered_first);
	tcase_add_test(tc, test_unbind_when_the_peers_then_answered_after_the_rest);
	tcase_add_test(tc, test_unbind_when_not_finished_in_time_then_closed);
	tcase_add_test(tc, test_unbind_when_both_at_once_then_both_answered);
	suite_add_tcase(suite, tc);
	tc = tcase_create("handlers");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_handler_when_it_closes_then_the_rest_is_not_read);
	tcase_add_test(tc, test_handler_when_it_sends_then_the_window_has_room);
	tcase_add_test(tc, test_handler_when_it_closes_at_expiry_then_each_is_told_once);
	tcase_add_test(tc, test_handler_when_it_feeds_or_ticks_then_refused);
	suite_add_tcase(suite, tc);
	tc = tcase_create("memory");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_output_when_taken_slowly_then_nothing_is_lost);
	tcase_add_test(tc, test_output_when_a_burst_is_over_then_small_again);
	tcase_add_test(tc, test_create_when_memory_is_short_then_null_and_nothing_leaks);
	tcase_add_test(tc, test_output_when_memory_ends_then_enomem_or_closed);
	tcase_add_test(tc, test_window_when_used_at_random_then_as_a_plain_list);
	tcase_add_test(tc, test_window_when_filled_then_oldest_first);
	tcase_add_test(tc, test_window_when_more_wait_then_it_grows_and_forgets_nothing);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
