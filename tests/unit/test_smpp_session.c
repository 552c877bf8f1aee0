/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_smpp_session.c - the session: states, binds, windows, what is refused, how it ends. */
#include <errno.h>
#include <stdlib.h>

#include "smpp/smpp_session_priv.h"
#include "smpp_peer.h"

#define SMSC SMPP_SIDE_SMSC
#define ESME SMPP_SIDE_ESME

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the table ---- */

START_TEST(test_table_when_walked_then_every_pair_is_sound)
{
	for (int state = 0; state < SMPP_STATE_COUNT; state++) {
		for (int trigger = 0; trigger < SMPP_TRIGGER_COUNT; trigger++) {
			struct smpp_step step = smpp_step_find(state, trigger);
			const char *name = smpp_state_name(state);
			const char *on = smpp_trigger_name(trigger);

			ck_assert_str_ne(name, "unknown");
			ck_assert_str_ne(on, "unknown");
			ck_assert_str_ne(smpp_action_name(step.action), "unknown");
			ck_assert_msg(step.next < SMPP_STATE_COUNT, "%s on %s", name, on);
			ck_assert_msg(state != SMPP_STATE_CLOSED || step.next == SMPP_STATE_CLOSED,
				      "CLOSED is left on %s", on);
			ck_assert_msg(
				(step.next == SMPP_STATE_CLOSED && state != SMPP_STATE_CLOSED) ==
					(step.action == SMPP_DO_FINISH),
				"%s on %s: to close is to finish", name, on);
			ck_assert_msg((step.action != SMPP_DO_REFUSE &&
				       step.action != SMPP_DO_REFUSE_BOUND &&
				       step.action != SMPP_DO_IGNORE) ||
					      step.next == (enum smpp_state)state,
				      "%s on %s: what is refused changes nothing", name, on);
		}
	}
	ck_assert_str_eq(smpp_state_name(SMPP_STATE_COUNT), "unknown");
	ck_assert_str_eq(smpp_trigger_name(SMPP_TRIGGER_COUNT), "unknown");
	ck_assert_str_eq(smpp_action_name(SMPP_ACTION_COUNT), "unknown");
}
END_TEST

static void open_in_state(struct smpp_peer *p, enum smpp_side side, enum smpp_state state)
{
	static const uint32_t kinds[SMPP_STATE_COUNT] = {
		[SMPP_STATE_BOUND_TX] = SMPP_BIND_TRANSMITTER,
		[SMPP_STATE_BOUND_RX] = SMPP_BIND_RECEIVER,
		[SMPP_STATE_BOUND_TRX] = SMPP_BIND_TRANSCEIVER,
		[SMPP_STATE_UNBINDING] = SMPP_BIND_TRANSCEIVER,
	};
	struct smpp_session_config config = smpp_peer_config(side);

	smpp_peer_open(p, &config);
	if (kinds[state])
		smpp_peer_bind(p, side, kinds[state]);
	else if (state == SMPP_STATE_BINDING && side == SMSC)
		smpp_peer_feed(p, SMPP_BIND_TRANSCEIVER, 1, 0, 0);
	else if (state == SMPP_STATE_BINDING)
		ck_assert_int_eq(
			smpp_session_bind(p->session, SMPP_BIND_TRANSCEIVER, "a", "b", "c", 0), 0);
	if (state == SMPP_STATE_UNBINDING)
		smpp_session_unbind(p->session, 0);
	if (state == SMPP_STATE_CLOSED)
		smpp_session_close(p->session, "test");
	ck_assert_int_eq(smpp_session_state(p->session), state);
	smpp_peer_forget(p);
}

/* What a request of the peer gets, by state: a status; or it is handed over. */
enum { OVER = -1 };
#define S(x) SMPP_##x
#define EVERYWHERE(x)                                                                              \
	{                                                                                          \
		S(x), S(x), S(x), S(x), S(x), S(x)                                                 \
	}
#define SUBMITTED                                                                                  \
	{                                                                                          \
		S(RINVBNDSTS), S(RINVBNDSTS), OVER, S(RINVBNDSTS), OVER, S(RINVBNDSTS)             \
	}
#define DELIVERED                                                                                  \
	{                                                                                          \
		S(RINVBNDSTS), S(RINVBNDSTS), S(RINVBNDSTS), OVER, OVER, S(RINVBNDSTS)             \
	}
#define BINDS                                                                                      \
	{                                                                                          \
		OVER, S(RALYBND), S(RALYBND), S(RALYBND), S(RALYBND), S(RINVBNDSTS)                \
	}
#define UNBINDS                                                                                    \
	{                                                                                          \
		S(RINVBNDSTS), S(RINVBNDSTS), S(ROK), S(ROK), S(ROK), S(ROK)                       \
	}

static const struct {
	enum smpp_side side;
	uint32_t command;
	int want[SMPP_STATE_CLOSED]; /* OPEN, BINDING, BOUND_TX, _RX, _TRX, UNBINDING */
} request_rows[] = {
	{ SMSC, SMPP_BIND_TRANSMITTER, BINDS },
	{ SMSC, SMPP_BIND_RECEIVER, BINDS },
	{ SMSC, SMPP_BIND_TRANSCEIVER, BINDS },
	{ SMSC, SMPP_SUBMIT_SM, SUBMITTED },
	{ SMSC, SMPP_SUBMIT_MULTI, SUBMITTED },
	{ SMSC, SMPP_DATA_SM, SUBMITTED },
	{ SMSC, SMPP_QUERY_SM, SUBMITTED },
	{ SMSC, SMPP_CANCEL_SM, SUBMITTED },
	{ SMSC, SMPP_REPLACE_SM, SUBMITTED },
	{ SMSC, SMPP_DELIVER_SM, EVERYWHERE(RINVBNDSTS) },
	{ SMSC, SMPP_ALERT_NOTIFICATION, EVERYWHERE(RINVBNDSTS) },
	{ SMSC, SMPP_OUTBIND, EVERYWHERE(RINVBNDSTS) },
	{ SMSC, SMPP_ENQUIRE_LINK, EVERYWHERE(ROK) },
	{ SMSC, SMPP_UNBIND, UNBINDS },
	{ ESME, SMPP_BIND_TRANSCEIVER, EVERYWHERE(RINVBNDSTS) },
	{ ESME, SMPP_DELIVER_SM, DELIVERED },
	{ ESME, SMPP_DATA_SM, DELIVERED },
	{ ESME, SMPP_ALERT_NOTIFICATION, DELIVERED },
	{ ESME, SMPP_SUBMIT_SM, EVERYWHERE(RINVBNDSTS) },
	{ ESME,
	  SMPP_OUTBIND,
	  { OVER, S(RINVBNDSTS), S(RINVBNDSTS), S(RINVBNDSTS), S(RINVBNDSTS), S(RINVBNDSTS) } },
	{ ESME, SMPP_ENQUIRE_LINK, EVERYWHERE(ROK) },
	{ ESME, SMPP_UNBIND, UNBINDS },
};

static void check_request(size_t row, enum smpp_state state)
{
	uint32_t command = request_rows[row].command;
	int want = request_rows[row].want[state];
	uint32_t answer = smpp_command_is_answered(command) ? command | SMPP_RESP : SMPP_RESP;
	char name[128], line[128] = "";
	struct smpp_peer p;

	snprintf(name, sizeof(name), "%s to %s in %s", smpp_command_name(command),
		 request_rows[row].side == SMSC ? "SMSC" : "ESME", smpp_state_name(state));
	open_in_state(&p, request_rows[row].side, state);
	ck_assert_msg(smpp_peer_feed(&p, command, 77, 0, 10) > 0, "%s", name);
	if (want != OVER)
		snprintf(line, sizeof(line), "%s#77=%s ", smpp_command_name(answer),
			 smpp_status_name((uint32_t)want));
	assert_sent(&p, name, line);
	ck_assert_msg(p.requests == (want == OVER), "%s: handed over %zu", name, p.requests);
	ck_assert_msg(!!strstr(p.log, "REFUSED") == (want > 0), "%s: told %s", name, p.log);
	smpp_peer_end(&p);
}

START_TEST(test_request_when_in_any_state_then_as_the_table_says)
{
	for (size_t row = 0; row < COUNT(request_rows); row++) {
		for (int state = 0; state < SMPP_STATE_CLOSED; state++)
			check_request(row, state);
	}
}
END_TEST

START_TEST(test_own_request_when_in_any_state_then_sent_or_not_connected)
{
	static const struct {
		enum smpp_side side;
		uint32_t command;
		const char *states; /* those that allow it */
	} rows[] = {
		{ SMSC, SMPP_DELIVER_SM, "BOUND_RX BOUND_TRX" },
		{ SMSC, SMPP_DATA_SM, "BOUND_RX BOUND_TRX" },
		{ SMSC, SMPP_ALERT_NOTIFICATION, "BOUND_RX BOUND_TRX" },
		{ SMSC, SMPP_OUTBIND, "OPEN" },
		{ ESME, SMPP_SUBMIT_SM, "BOUND_TX BOUND_TRX" },
		{ ESME, SMPP_DATA_SM, "BOUND_TX BOUND_TRX" },
		{ ESME, SMPP_QUERY_SM, "BOUND_TX BOUND_TRX" },
		{ SMSC, SMPP_SUBMIT_SM, "" },
		{ ESME, SMPP_DELIVER_SM, "" },
		{ ESME, SMPP_ENQUIRE_LINK, "" },
		{ SMSC, SMPP_DELIVER_SM | SMPP_RESP, "" },
	};

	for (size_t i = 0; i < COUNT(rows) * SMPP_STATE_COUNT; i++) {
		size_t row = i / SMPP_STATE_COUNT;
		enum smpp_state state = i % SMPP_STATE_COUNT;
		struct smpp_pdu pdu = { .command_id = rows[row].command };
		bool never = rows[row].states[0] == '\0';
		bool allowed = !never && strstr(rows[row].states, smpp_state_name(state));
		struct smpp_peer p;
		int rc;

		open_in_state(&p, rows[row].side, state);
		rc = smpp_session_request(p.session, &pdu, 1, 0);
		ck_assert_msg(rc == (never     ? -EINVAL
				     : allowed ? 0
					       : -ENOTCONN),
			      "%s in %s: %d", smpp_command_name(pdu.command_id),
			      smpp_state_name(state), rc);
		if (rows[row].command == SMPP_DATA_SM)
			ck_assert(smpp_session_can_deliver(p.session) == allowed &&
				  smpp_session_window_free(p.session) == (allowed ? 3 : 0));
		smpp_peer_end(&p);
	}
}
END_TEST

/* ---- binding ---- */

START_TEST(test_bind_when_granted_then_answered_as_the_version_allows)
{
	static const struct {
		const char *name;
		uint8_t version;
		uint8_t peer_version; /* 0: refused */
		bool tlv;
	} rows[] = {
		{ "nothing said", 0x00, 0x33, false },
		{ "3.3", 0x33, 0x33, false },
		{ "3.4", 0x34, 0x34, true },
		{ "5.0", 0x50, 0x50, true },
		{ "3.5", 0x35, 0, false },
		{ "nonsense", 0xff, 0, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct smpp_session_config config = smpp_peer_config(SMSC);
		struct smpp_pdu bind = { .command_id = SMPP_BIND_TRANSCEIVER,
					 .sequence_number = 9,
					 .interface_version = rows[i].version,
					 .system_id = smpp_octets_of("a_rather_long_system_id"),
					 .password = smpp_octets_of("a_rather_long_password") };
		struct smpp_octets tlv;
		struct smpp_pdu answer;
		struct smpp_peer p;
		const uint8_t *out;
		size_t len;

		smpp_peer_open(&p, &config);
		smpp_peer_feed_pdu(&p, &bind, 5);
		if (!rows[i].peer_version) {
			assert_sent(&p, rows[i].name, "bind_transceiver_resp#9=ESME_RBINDFAIL ");
			assert_log(&p, rows[i].name, "REFUSED#9(interface_version) ");
			smpp_peer_end(&p);
			continue;
		}
		assert_log(&p, rows[i].name, "BIND#9:bind_transceiver ");
		ck_assert_uint_eq(smpp_session_waiting(p.session), 1);
		ck_assert_int_eq(smpp_session_respond(p.session, 9, SMPP_ROK, NULL), 0);
		assert_log(&p, rows[i].name, "BOUND#9:bind_transceiver_resp=ESME_ROK ");
		out = smpp_session_output(p.session, &len);
		ck_assert_int_eq(smpp_pdu_decode(out, len, &answer, NULL), 0);
		ck_assert_msg(answer.system_id.len == 7 &&
				      memcmp(answer.system_id.data, "mianrao", 7) == 0,
			      "%s: system_id", rows[i].name);
		ck_assert_msg(smpp_pdu_find_tlv(&answer, SMPP_TAG_SC_INTERFACE_VERSION, &tlv) ==
				      rows[i].tlv,
			      "%s: sc_interface_version", rows[i].name);
		ck_assert_str_eq(smpp_session_system_id(p.session), "a_rather_long_system_id");
		ck_assert_uint_eq(smpp_session_peer_version(p.session), rows[i].peer_version);
		ck_assert_int_eq(smpp_session_respond(p.session, 9, SMPP_ROK, NULL), -EALREADY);
		smpp_peer_end(&p);
	}
}
END_TEST

START_TEST(test_bind_when_denied_then_the_peer_may_try_again)
{
	struct smpp_session_config config = smpp_peer_config(SMSC);
	struct smpp_peer p;

	smpp_peer_open(&p, &config);
	smpp_peer_feed(&p, SMPP_BIND_RECEIVER, 1, 0, 0);
	ck_assert_int_eq(smpp_session_respond(p.session, 1, SMPP_RINVPASWD, NULL), 0);
	assert_sent(&p, "denied", "bind_receiver_resp#1=ESME_RINVPASWD ");
	ck_assert_int_eq(smpp_session_state(p.session), SMPP_STATE_OPEN);
	smpp_peer_feed(&p, SMPP_BIND_TRANSMITTER, 2, 0, 0);
	ck_assert_int_eq(smpp_session_respond(p.session, 2, SMPP_ROK, NULL), 0);
	ck_assert_int_eq(smpp_session_state(p.session), SMPP_STATE_BOUND_TX);
	assert_log(&p, "again",
		   "BIND#1:bind_receiver BIND#2:bind_transmitter "
		   "BOUND#2:bind_transmitter_resp=ESME_ROK ");
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_own_bind_when_answered_then_bound_or_closed)
{
	static const struct {
		const char *name;
		uint32_t command, sequence, status;
		const char *want;
	} rows[] = {
		{ "granted", SMPP_BIND_RECEIVER | SMPP_RESP, 1, 0,
		  "BOUND#1:bind_receiver_resp=ESME_ROK " },
		{ "refused", SMPP_BIND_RECEIVER | SMPP_RESP, 1, SMPP_RINVPASWD,
		  "RESPONSE@0:bind_receiver_resp=ESME_RINVPASWD CLOSED(the bind was refused) " },
		{ "nacked", SMPP_RESP, 1, SMPP_RINVCMDID,
		  "RESPONSE@0:generic_nack=ESME_RINVCMDID CLOSED(the bind was refused) " },
		{ "other number", SMPP_BIND_RECEIVER | SMPP_RESP, 2, 0, "" },
		{ "other kind", SMPP_BIND_TRANSMITTER | SMPP_RESP, 1, 0, "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct smpp_session_config config = smpp_peer_config(ESME);
		struct smpp_session *s;
		struct smpp_peer p;

		smpp_peer_open(&p, &config);
		s = p.session;
		ck_assert_int_eq(smpp_session_bind(s, SMPP_SUBMIT_SM, "a", "b", NULL, 0), -EINVAL);
		ck_assert_int_eq(smpp_session_bind(s, SMPP_BIND_RECEIVER, "a", "b", NULL, 0), 0);
		assert_sent(&p, rows[i].name, "bind_receiver#1 ");
		ck_assert_int_eq(smpp_session_bind(s, SMPP_BIND_RECEIVER, "a", "b", NULL, 0),
				 -EALREADY);
		smpp_peer_feed(&p, rows[i].command, rows[i].sequence, rows[i].status, 1);
		assert_log(&p, rows[i].name, rows[i].want);
		ck_assert_uint_eq(smpp_session_counters(s)->unexpected, rows[i].want[0] == '\0');
		smpp_peer_end(&p);
	}
}
END_TEST

START_TEST(test_own_bind_when_it_has_all_fields_then_they_are_sent)
{
	struct smpp_pdu bind = { .command_id = SMPP_BIND_TRANSMITTER,
				 .command_status = 7,
				 .sequence_number = 99,
				 .system_id = smpp_octets_of("id"),
				 .password = smpp_octets_of("pw"),
				 .system_type = smpp_octets_of("VMA"),
				 .interface_version = 0x33,
				 .addr_ton = 1,
				 .addr_npi = 8,
				 .address_range = smpp_octets_of("^10086") };
	struct smpp_session_config config = smpp_peer_config(ESME);
	const uint8_t *data;
	struct smpp_peer p;
	struct smpp_pdu sent;
	size_t len;

	smpp_peer_open(&p, &config);
	ck_assert_int_eq(smpp_session_bind_pdu(p.session, &bind, 0), 0);
	ck_assert_int_eq(smpp_session_bind_pdu(p.session, &bind, 0), -EALREADY);
	data = smpp_session_output(p.session, &len);
	ck_assert_int_eq(smpp_pdu_decode(data, len, &sent, NULL), 0);
	ck_assert_uint_eq(sent.command_id, SMPP_BIND_TRANSMITTER);
	ck_assert_uint_eq(sent.command_status, 0);
	ck_assert_uint_eq(sent.sequence_number, 1);
	ck_assert_uint_eq(sent.interface_version, 0x33);
	ck_assert_uint_eq(sent.addr_ton, 1);
	ck_assert_uint_eq(sent.addr_npi, 8);
	ck_assert_mem_eq(sent.address_range.data, "^10086", 7);
	ck_assert_mem_eq(sent.system_type.data, "VMA", 4);
	smpp_peer_end(&p);
}
END_TEST

/* ---- outbind ---- */

START_TEST(test_outbind_when_allowed_then_the_session_turns_and_binds)
{
	struct smpp_session_config config = smpp_peer_config(SMSC);
	struct smpp_peer p;

	config.outbind = true;
	smpp_peer_open(&p, &config);
	ck_assert_int_eq(smpp_session_turn(p.session), -EINVAL);
	ck_assert_int_eq(smpp_session_bind(p.session, SMPP_BIND_RECEIVER, "id", "pw", NULL, 1),
			 -EINVAL);
	smpp_peer_feed(&p, SMPP_OUTBIND, 1, 0, 1);
	assert_log(&p, "outbind", "REQUEST#1:outbind ");
	assert_sent(&p, "outbind has no answer", "");
	ck_assert_int_eq(smpp_session_turn(p.session), 0);
	ck_assert_int_eq(smpp_session_turn(p.session), -EALREADY);
	ck_assert_int_eq(smpp_session_bind(p.session, SMPP_BIND_RECEIVER, "id", "pw", NULL, 2), 0);
	assert_sent(&p, "turned", "bind_receiver#1 ");
	smpp_peer_feed(&p, SMPP_BIND_RECEIVER, 2, 0, 3);
	assert_sent(&p, "a bind to the ESME", "bind_receiver_resp#2=ESME_RINVBNDSTS ");
	smpp_peer_forget(&p);
	smpp_peer_feed(&p, SMPP_BIND_RECEIVER | SMPP_RESP, 1, 0, 3);
	assert_log(&p, "bound", "BOUND#1:bind_receiver_resp=ESME_ROK ");
	ck_assert(!smpp_session_can_deliver(p.session));
	smpp_peer_feed(&p, SMPP_DELIVER_SM, 3, 0, 4);
	assert_log(&p, "message", "REQUEST#3:deliver_sm ");
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_outbind_when_not_allowed_then_refused)
{
	static const struct {
		const char *name;
		bool allowed;
		bool bound;
	} rows[] = {
		{ "not allowed", false, false },
		{ "not allowed and bound", false, true },
		{ "bound already", true, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct smpp_session_config config = smpp_peer_config(SMSC);
		struct smpp_peer p;

		config.outbind = rows[i].allowed;
		smpp_peer_open(&p, &config);
		if (rows[i].bound)
			smpp_peer_bind(&p, SMSC, SMPP_BIND_TRANSCEIVER);
		smpp_peer_feed(&p, SMPP_OUTBIND, 5, 0, 1);
		assert_log(&p, rows[i].name, "REFUSED#5(bind_state) ");
		assert_sent(&p, rows[i].name, "generic_nack#5=ESME_RINVBNDSTS ");
		ck_assert_int_eq(smpp_session_turn(p.session), -EINVAL);
		smpp_peer_end(&p);
	}
}
END_TEST

START_TEST(test_turn_when_the_session_has_gone_on_then_too_late)
{
	struct smpp_session_config config = smpp_peer_config(SMSC);
	struct smpp_peer p;

	config.outbind = true;
	smpp_peer_open(&p, &config);
	smpp_peer_feed(&p, SMPP_OUTBIND, 1, 0, 1);
	smpp_peer_feed(&p, SMPP_BIND_RECEIVER, 2, 0, 1);
	ck_assert_int_eq(smpp_session_turn(p.session), -ENOTCONN);
	smpp_session_close(p.session, "end");
	ck_assert_int_eq(smpp_session_turn(p.session), -ENOTCONN);
	smpp_peer_end(&p);
}
END_TEST

/* ---- windows ---- */

START_TEST(test_request_when_over_the_window_then_throttled)
{
	struct smpp_peer p;

	smpp_peer_open_bound(&p, SMSC, SMPP_BIND_TRANSMITTER);
	for (uint32_t sequence = 10; sequence < 16; sequence++)
		smpp_peer_feed(&p, SMPP_SUBMIT_SM, sequence, 0, 1);
	ck_assert_uint_eq(smpp_session_waiting(p.session), 4);
	assert_sent(&p, "over",
		    "submit_sm_resp#14=ESME_RTHROTTLED submit_sm_resp#15=ESME_RTHROTTLED ");
	ck_assert_uint_eq(smpp_session_counters(p.session)->throttled, 2);
	ck_assert_int_eq(smpp_session_respond(p.session, 12, SMPP_RMSGQFUL, NULL), 0);
	ck_assert_int_eq(smpp_session_respond(p.session, 12, SMPP_ROK, "A"), -EALREADY);
	ck_assert_int_eq(smpp_session_respond(p.session, 14, SMPP_ROK, "A"), -ENOENT);
	ck_assert_int_eq(smpp_session_respond(p.session, 10, SMPP_ROK, "A"), 0);
	smpp_peer_feed(&p, SMPP_SUBMIT_SM, 16, 0, 1);
	ck_assert_int_eq(smpp_session_respond(p.session, 16, SMPP_ROK, "B"), 0);
	assert_sent(&p, "room again",
		    "submit_sm_resp#12=ESME_RMSGQFUL submit_sm_resp#10=ESME_ROK "
		    "submit_sm_resp#16=ESME_ROK ");
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_request_when_its_number_waits_then_refused_once)
{
	struct smpp_peer p;

	smpp_peer_open_bound(&p, SMSC, SMPP_BIND_TRANSMITTER);
	smpp_peer_feed(&p, SMPP_SUBMIT_SM, 7, 0, 1);
	smpp_peer_feed(&p, SMPP_QUERY_SM, 7, 0, 1);
	assert_log(&p, "twice", "REQUEST#7:submit_sm REFUSED#7(sequence_in_use) ");
	assert_sent(&p, "twice", "query_sm_resp#7=ESME_RSYSERR ");
	ck_assert_int_eq(smpp_session_respond(p.session, 7, SMPP_ROK, "A"), 0);
	smpp_peer_feed(&p, SMPP_SUBMIT_SM, 7, 0, 1);
	assert_log(&p, "free again", "REQUEST#7:submit_sm ");
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_response_when_it_comes_then_paired_by_number)
{
	struct smpp_pdu deliver = { .command_id = SMPP_DELIVER_SM };
	struct smpp_peer p;

	smpp_peer_open_bound(&p, SMSC, SMPP_BIND_RECEIVER);
	for (uint64_t cookie = 101; cookie <= 104; cookie++)
		ck_assert_int_eq(smpp_session_request(p.session, &deliver, cookie, 1), 0);
	ck_assert_int_eq(smpp_session_request(p.session, &deliver, 105, 1), -EAGAIN);
	ck_assert_uint_eq(smpp_session_window_free(p.session), 0);
	assert_sent(&p, "sent", "deliver_sm#1 deliver_sm#2 deliver_sm#3 deliver_sm#4 ");
	smpp_peer_feed(&p, SMPP_DELIVER_SM | SMPP_RESP, 3, 0, 2);
	smpp_peer_feed(&p, SMPP_DELIVER_SM | SMPP_RESP, 3, 0, 2);
	smpp_peer_feed(&p, SMPP_DATA_SM | SMPP_RESP, 1, 0, 2);
	smpp_peer_feed(&p, SMPP_DELIVER_SM | SMPP_RESP, 99, 0, 2);
	smpp_peer_feed(&p, SMPP_DELIVER_SM | SMPP_RESP, 1, 0x417, 2);
	smpp_peer_feed(&p, SMPP_RESP, 4, SMPP_RSYSERR, 2);
	assert_log(&p, "paired",
		   "RESPONSE@103:deliver_sm_resp=ESME_ROK RESPONSE@101:deliver_sm_resp=vendor "
		   "RESPONSE@104:generic_nack=ESME_RSYSERR ");
	ck_assert_uint_eq(smpp_session_counters(p.session)->unexpected, 3);
	ck_assert_uint_eq(smpp_session_window_free(p.session), 3);
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_own_request_when_numbers_wrap_then_waiting_ones_are_left_out)
{
	struct smpp_pdu deliver = { .command_id = SMPP_DELIVER_SM };
	struct smpp_peer p;

	smpp_peer_open_bound(&p, SMSC, SMPP_BIND_RECEIVER);
	ck_assert_int_eq(smpp_session_request(p.session, &deliver, 1, 1), 0);
	p.session->last_sequence = 0x7ffffffe;
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(smpp_session_request(p.session, &deliver, 2, 1), 0);
	assert_sent(&p, "wrapped", "deliver_sm#1 deliver_sm#2147483647 deliver_sm#2 ");
	smpp_peer_end(&p);
}
END_TEST

START_TEST(test_answer_when_it_is_an_error_then_with_the_body_that_belongs)
{
	static const struct {
		const char *name;
		enum smpp_side side;
		uint32_t kind, command, status;
		const char *id;
		bool body;
	} rows[] = {
		{ "submit accepted", SMSC, SMPP_BIND_TRANSMITTER, SMPP_SUBMIT_SM, 0, "R1", true },
		{ "submit refused", SMSC, SMPP_BIND_TRANSMITTER, SMPP_SUBMIT_SM, 8, NULL, false },
		{ "data refused", SMSC, SMPP_BIND_TRANSMITTER, SMPP_DATA_SM, 8, NULL, true },
		{ "deliver accepted", ESME, SMPP_BIND_RECEIVER, SMPP_DELIVER_SM, 0, NULL, true },
		{ "deliver refused", ESME, SMPP_BIND_RECEIVER, SMPP_DELIVER_SM, 0x64, NULL, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct smpp_peer p;
		struct smpp_pdu got;
		const uint8_t *out;
		size_t len;

		smpp_peer_open_bound(&p, rows[i].side, rows[i].kind);
		smpp_peer_feed(&p, rows[i].command, 5, 0, 1);
		ck_assert_int_eq(smpp_session_respond(p.session, 5, rows[i].status, rows[i].id), 0);
		out = smpp_session_output(p.session, &len);
		ck_assert_msg(smpp_pdu_decode(out, len, &got, NULL) == 0, "%s", rows[i].name);
		ck_assert_msg(got.has_body == rows[i].body, "%s: body", rows[i].name);
		ck_assert_msg(got.message_id.len == (rows[i].id ? strlen(rows[i].id) : 0), "%s: id",
			      rows[i].name);
		smpp_peer_end(&p);
	}
}
END_TEST

START_TEST(test_answer_when_it_cannot_be_said_then_the_request_waits_still)
{
	struct smpp_pdu answer = { .has_body = true };
	char id[SMPP_STRING_MAX + 1];
	struct smpp_peer p;

	memset(id, 'x', SMPP_STRING_MAX);
	id[SMPP_STRING_MAX] = '\0';
	smpp_peer_open_bound(&p, SMSC, SMPP_BIND_TRANSMITTER);
	smpp_peer_feed(&p, SMPP_SUBMIT_SM, 5, 0, 1);
	ck_assert_int_eq(smpp_session_respond(p.session, 5, SMPP_ROK, id), -EINVAL);
	assert_sent(&p, "nothing", "");
	answer.message_id = smpp_octets_of("R7K3M9Q2");
	ck_assert_int_eq(smpp_session_respond_pdu(p.session, 5, &answer), 0);
	assert_sent(&p, "then", "submit_sm_resp#5=ESME_ROK ");
	smpp_session_close(p.session, "test");
	ck_assert_int_eq(smpp_session_respond(p.session, 5, SMPP_ROK, NULL), -ENOTCONN);
	smpp_peer_end(&p);
}
END_TEST

/* ---- broken octets ---- */

START_TEST(test_body_when_broken_then_answered_and_the_session_goes_on)
{
	static const struct {
		const char *name;
		const char *octets;
		size_t len;
		const char *sent, *told;
	} rows[] = {
		{ "submit_sm without a body", "\0\0\0\x10\0\0\0\x04\0\0\0\0\0\0\0\x05", 16,
		  "submit_sm_resp#5=ESME_RINVCMDLEN ", "REFUSED#5(unterminated_string) " },
		{ "enquire_link with half a TLV", "\0\0\0\x11\0\0\0\x15\0\0\0\0\0\0\0\x05\x01", 17,
		  "enquire_link_resp#5=ESME_RINVOPTPARSTREAM ", "REFUSED#5(bad_tlv) " },
		{ "unknown request", "\0\0\0\x10\0\0\x07\x77\0\0\0\0\0\0\0\x05", 16,
		  "generic_nack#5=ESME_RINVCMDID ", "REFUSED#5(unknown_command) " },
		{ "unknown response", "\0\0\0\x10\x80\0\x07\x77\0\0\0\0\0\0\0\x05", 16, "",
		  "REFUSED#5(unknown_command) " },
		{ "broken response to ours",
		  "\0\0\0\x11\x80\0\0\x05\0\0\0\0\0\0\0\x01"
		  "9",
		  17, "", "REFUSED#1(unterminated_string) RESPONSE@42:deliver_sm_resp=ESME_ROK " },
		{ "alert_notification to an SMSC, broken",
		  "\0\0\0\x10\0\0\x01\x02\0\0\0\0\0\0\0\x05", 16, "generic_nack#5=ESME_RINVCMDLEN ",
		  "REFUSED#5(truncated_body) " },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct smpp_pdu deliver = { .command_id = SMPP_DELIVER_SM };
		struct smpp_peer p;

		smpp_peer_open_bound(&p, SMSC, SMPP_BIND_TRANSCEIVER);
		ck_assert_int_eq(smpp_session_request(p.session, &deliver, 42, 0), 0);
		smpp_peer_forget(&p);
		ck_assert_msg(smpp_session_input(p.session, (const uint8_t *)rows[i].octets,
						 rows[i].len, 1) == (ssize_t)rows[i].len,
			      "%s", rows[i].name);
		assert_sent(&p, rows[i].name, rows[i].sent);
		assert_log(&p, rows[i].name, rows[i].told);
		smpp_peer_feed(&p, SMPP_ENQUIRE_LINK, 6, 0, 2);
		assert_sent(&p, rows[i].name, "enquire_link_resp#6=ESME_ROK ");
		smpp_peer_end(&p);
	}
}
END_TEST

START_TEST(test_framing_when_lost_then_nack_and_closed)
{
	static const struct {
		const char *name;
		const char *octets;
		size_t len;
		const char *sent;
	} rows[] = {
		{ "length 15", "\0\0\0\x0f\0\0\0\x15\0\0\0\0\0\0\0\x09", 16,
		  "generic_nack#9=ESME_RINVCMDLEN " },
		{ "over max_pdu", "\0\1\0\0\0\0\0\x15\0\0\0\0\0\0\0\x09", 16,
		  "generic_nack#9=ESME_RINVCMDLEN " },
		{ "four octets of HTTP", "GET ", 4, "generic_nack#0=ESME_RINVCMDLEN " },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct smpp_pdu deliver = { .command_id = SMPP_DELIVER_SM };
		char text[256];
		struct smpp_peer p;

		smpp_peer_open_bound(&p, SMSC, SMPP_BIND_TRANSCEIVER);
		ck_assert_int_eq(smpp_session_request(p.session, &deliver, 42, 0), 0);
		smpp_peer_forget(&p);
		ck_assert_int_eq(smpp_session_input(p.session, (const uint8_t *)rows[i].octets,
						    rows[i].len, 1),
				 -EPROTO);
		assert_sent(&p, rows[i].name, rows[i].sent);
		snprintf(text, sizeof(text), "%s%s%s", i == 2 ? "REFUSED#0" : "REFUSED#9",
			 "(bad_command_length) ",
			 "EXPIRED@42(command_length out of bounds: framing lost) "
			 "CLOSED(command_length out of bounds: framing lost) ");
		assert_log(&p, rows[i].name, text);
		ck_assert_int_eq(smpp_session_input(p.session, NULL, 0, 2), -EPROTO);
		ck_assert_int_eq(smpp_session_next_tick(p.session), INT64_MAX);
		smpp_peer_end(&p);
	}
}
END_TEST

static void answer_at_once(struct smpp_peer *p, const struct smpp_session_event *e)
{
	if (e->kind == SMPP_EVENT_BIND || e->kind == SMPP_EVENT_REQUEST)
		ck_assert_int_eq(smpp_session_respond(p->session, e->sequence, SMPP_ROK, NULL), 0);
}

static size_t sample_stream(uint8_t *out, size_t cap)
{
	static const uint32_t commands[] = { SMPP_BIND_TRANSCEIVER, SMPP_SUBMIT_SM,
					     SMPP_ENQUIRE_LINK,	    SMPP_DELIVER_SM,
					     SMPP_DATA_SM,	    SMPP_UNBIND };
	size_t len = 0;

	for (uint32_t i = 0; i < COUNT(commands); i++) {
		struct smpp_pdu pdu = { .command_id = commands[i], .sequence_number = i + 1 };
		ssize_t rc = smpp_pdu_encode(&pdu, out + len, cap - len);

		ck_assert_int_gt(rc, 0);
		len += (size_t)rc;
	}
	return len;
}

/* Octets arrive up to `first`, then `step` at a time; what was not used is fed again. */
static void feed_split(const uint8_t *stream, size_t len, size_t first, size_t step)
{
	struct smpp_session_config config = smpp_peer_config(SMSC);
	size_t have = first, pos = 0;
	struct smpp_peer p;

	smpp_peer_open(&p, &config);
	p.react = answer_at_once;
	while (smpp_session_state(p.session) != SMPP_STATE_CLOSED) {
		ssize_t used = smpp_session_input(p.session, stream + pos, have - pos, 1);

		ck_assert_int_ge(used, 0);
		pos += (size_t)used;
		have = len - have < step ? len : have + step;
	}
	ck_assert_uint_eq(pos, len);
	assert_sent(&p, "split",
		    "bind_transceiver_resp#1=ESME_ROK submit_sm_resp#2=ESME_ROK "
		    "enquire_link_resp#3=ESME_ROK deliver_sm_resp#4=ESME_RINVBNDSTS "
		    "data_sm_resp#5=ESME_ROK unbind_resp#6=ESME_ROK ");
	assert_log(&p, "split",
		   "BIND#1:bind_transceiver BOUND#1:bind_transceiver_resp=ESME_ROK "
		   "REQUEST#2:submit_sm REFUSED#4(bind_state) REQUEST#5:data_sm "
		   "CLOSED(the peer unbound) ");
	smpp_peer_end(&p);
}

struct tapped {
	uint8_t in[1024];
	size_t in_len;
	uint8_t out[1024];
	size_t out_len;
	unsigned pdus;
};

static void on_tap(void *user, bool sent, const uint8_t *data, size_t len)
{
	struct tapped *t = user;
	uint8_t *to = sent ? t->out : t->in;
	size_t *used = sent ? &t->out_len : &t->in_len;

	ck_assert_uint_le(*used + len, sizeof(t->in));
	memcpy(to + *used, data, len);
	*used += len;
	t->pdus++;
}

/* All that came and all that went, no octet more or less, even where framing is lost. */
START_TEST(test_tap_when_somebody_listens_then_told_every_pdu_once)
{
	static const uint8_t octets[] = {
		0, 0, 0, 16, 0,	   0,	 0,    0x15, 0, 0, 0, 0, 0, 0, 0, 1, /* enquire_link */
		0, 0, 0, 16, 0,	   0,	 0,    4,    0, 0, 0, 0, 0, 0, 0, 2, /* submit_sm */
		0, 0, 0, 16, 0x80, 0,	 0,    4,    0, 0, 0, 0, 0, 0, 0, 9, /* its answer */
		0, 0, 0, 3,  0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 3, /* rubbish */
	};
	struct tapped tapped = { .pdus = 0 };
	struct smpp_session_config config = smpp_peer_config(SMPP_SIDE_SMSC);
	struct smpp_peer peer;
	const uint8_t *out;
	size_t len;

	config.tap = on_tap;
	config.tap_user = &tapped;
	smpp_peer_open(&peer, &config);
	ck_assert_int_eq(smpp_session_input(peer.session, octets, 16, 0), 16);
	smpp_session_set_tap(peer.session, NULL, NULL);
	ck_assert_int_eq(smpp_session_input(peer.session, octets, 16, 0), 16);
	ck_assert_uint_eq(tapped.pdus, 2);
	out = smpp_session_output(peer.session, &len);
	ck_assert_uint_eq(len, 32);
	smpp_session_output_taken(peer.session, len);
	smpp_session_set_tap(peer.session, on_tap, &tapped);
	tapped = (struct tapped){ .pdus = 0 };
	ck_assert_int_eq(smpp_session_input(peer.session, octets, sizeof(octets), 0), -EPROTO);
	ck_assert_uint_eq(tapped.in_len, sizeof(octets));
	ck_assert_mem_eq(tapped.in, octets, sizeof(octets));
	out = smpp_session_output(peer.session, &len);
	ck_assert_uint_eq(tapped.out_len, len);
	ck_assert_mem_eq(tapped.out, out, len);
	ck_assert_uint_eq(tapped.pdus, 4 + len / 16);
	talloc_free(peer.session);
}
END_TEST

START_TEST(test_input_when_split_anywhere_then_the_same_session)
{
	uint8_t stream[1024];
	size_t len = sample_stream(stream, sizeof(stream));

	feed_split(stream, len, len, len);
	feed_split(stream, len, 0, 1);
	for (size_t at = 0; at <= len; at++)
		feed_split(stream, len, at, len);
}
END_TEST

static Suite *session_suite(void)
{
	Suite *suite = suite_create("smpp_session");
	TCase *tc = tcase_create("states and windows");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_table_when_walked_then_every_pair_is_sound);
	tcase_add_test(tc, test_request_when_in_any_state_then_as_the_table_says);
	tcase_add_test(tc, test_own_request_when_in_any_state_then_sent_or_not_connected);
	tcase_add_test(tc, test_bind_when_granted_then_answered_as_the_version_allows);
	tcase_add_test(tc, test_bind_when_denied_then_the_peer_may_try_again);
	tcase_add_test(tc, test_own_bind_when_answered_then_bound_or_closed);
	tcase_add_test(tc, test_own_bind_when_it_has_all_fields_then_they_are_sent);
	tcase_add_test(tc, test_outbind_when_allowed_then_the_session_turns_and_binds);
	tcase_add_test(tc, test_outbind_when_not_allowed_then_refused);
	tcase_add_test(tc, test_turn_when_the_session_has_gone_on_then_too_late);
	tcase_add_test(tc, test_request_when_over_the_window_then_throttled);
	tcase_add_test(tc, test_request_when_its_number_waits_then_refused_once);
	tcase_add_test(tc, test_response_when_it_comes_then_paired_by_number);
	tcase_add_test(tc, test_own_request_when_numbers_wrap_then_waiting_ones_are_left_out);
	tcase_add_test(tc, test_answer_when_it_is_an_error_then_with_the_body_that_belongs);
	tcase_add_test(tc, test_answer_when_it_cannot_be_said_then_the_request_waits_still);
	tcase_add_test(tc, test_body_when_broken_then_answered_and_the_session_goes_on);
	tcase_add_test(tc, test_framing_when_lost_then_nack_and_closed);
	tcase_add_test(tc, test_tap_when_somebody_listens_then_told_every_pdu_once);
	tcase_add_test(tc, test_input_when_split_anywhere_then_the_same_session);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(session_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
