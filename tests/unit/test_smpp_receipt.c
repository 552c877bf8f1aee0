/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_smpp_receipt.c - receipts as peers write them, as we write them, and ids that match. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smpp/smpp_receipt.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OCTETS(s)                                                                                  \
	{                                                                                          \
		(const uint8_t *)(s), sizeof(s) - 1                                                \
	}
#define ID_TLV(id, n) "\0\x1e\0" n id
#define STATE_TLV(state) "\x04\x27\0\x01" state
#define ERROR_TLV(octets) "\x04\x23\0\x03" octets

static bool same(struct smpp_octets got, const char *want)
{
	return got.len == strlen(want) && (got.len == 0 || !memcmp(got.data, want, got.len));
}

/* ---- another id ---- */

#define TAIL " sub:001 dlvrd:001 submit date:2611241905 done date:2611241906 stat:DELIVRD err:000"
#define PAYLOAD(n, octets) "\x04\x24\0" n octets

static const struct rename_row {
	const char *name;
	uint8_t esm_class;
	uint8_t data_coding;
	struct smpp_octets text, tlvs;
	int rc;
	struct smpp_octets new_text, new_tlvs;
} rename_rows[] = {
	{ "Appendix B", 4, 0, OCTETS("id:m1" TAIL " text:id:m1 hello"), OCTETS(""), 0,
	  OCTETS("id:Q1234567" TAIL " text:id:m1 hello"), OCTETS("") },
	{ "text and TLVs", 4, 0, OCTETS("id:ab-0001" TAIL " text:"),
	  OCTETS("\x02\x04\0\x02\0\x01" ID_TLV("m1\0", "\x03") STATE_TLV("\x02")), 0,
	  OCTETS("id:Q1234567" TAIL " text:"),
	  OCTETS("\x02\x04\0\x02\0\x01" ID_TLV("Q1234567\0", "\x09") STATE_TLV("\x02")) },
	{ "TLVs alone, without a NUL", 0, 0, OCTETS(""),
	  OCTETS(ID_TLV("m1", "\x02") STATE_TLV("\x02")), 0, OCTETS(""),
	  OCTETS(ID_TLV("Q1234567", "\x08") STATE_TLV("\x02")) },
	{ "another order, in quotes", 4, 0, OCTETS("stat:DELIVRD message_id:\"m1\", err:1"),
	  OCTETS(""), 0, OCTETS("stat:DELIVRD message_id:\"Q1234567\", err:1"), OCTETS("") },
	{ "text before the fields", 4, 0, OCTETS("text:id:m2 stat:X id:m1 stat:DELIVRD"),
	  OCTETS(""), 0, OCTETS("text:id:m2 stat:X id:Q1234567 stat:DELIVRD"), OCTETS("") },
	{ "intermediate", 0x20, 0, OCTETS("id:m1 stat:ENROUTE"), OCTETS(""), 0,
	  OCTETS("id:Q1234567 stat:ENROUTE"), OCTETS("") },
	{ "behind a header", 0x44, 0, OCTETS("\5\0\3\7\2\1id:m1 stat:DELIVRD"), OCTETS(""), 0,
	  OCTETS("\5\0\3\7\2\1id:Q1234567 stat:DELIVRD"), OCTETS("") },
	{ "two octets a character", 4, 8,
	  OCTETS("\0i\0d\0:\0m\0"
		 "1\0 \0s\0t\0a\0t\0:\0"
		 "2"),
	  OCTETS(""), 0,
	  OCTETS("\0i\0d\0:\0Q\0"
		 "1\0"
		 "2\0"
		 "3\0"
		 "4\0"
		 "5\0"
		 "6\0"
		 "7\0 \0s\0t\0a\0t\0:\0"
		 "2"),
	  OCTETS("") },
	{ "message_payload", 4, 0, OCTETS(""), OCTETS(PAYLOAD("\x0b", "id:m1 err:0") "\0\5\0\0"), 0,
	  OCTETS(""), OCTETS(PAYLOAD("\x11", "id:Q1234567 err:0") "\0\5\0\0") },
	{ "a person's answer with the TLV", 0x10, 0, OCTETS("id:m1 yes"),
	  OCTETS(ID_TLV("m1\0", "\x03")), 0, OCTETS("id:m1 yes"),
	  OCTETS(ID_TLV("Q1234567\0", "\x09")) },
	{ "a handset's without", 8, 0, OCTETS("id:m1 yes"), OCTETS(""), 0,
	  OCTETS("id:Q1234567 yes"), OCTETS("") },
	{ "no id", 4, 0, OCTETS("stat:DELIVRD"), OCTETS(STATE_TLV("\x02")), -EINVAL, OCTETS(""),
	  OCTETS("") },
	{ "a message", 0, 0, OCTETS("id:m1 stat:DELIVRD"), OCTETS(""), -EINVAL, OCTETS(""),
	  OCTETS("") },
};

static bool same_octets(struct smpp_octets a, struct smpp_octets b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

START_TEST(test_rename_when_an_id_is_there_then_it_alone_changes)
{
	const struct rename_row *row = &rename_rows[_i];
	const struct smpp_pdu in = { .command_id = SMPP_DELIVER_SM,
				     .esm_class = row->esm_class,
				     .data_coding = row->data_coding,
				     .short_message = row->text,
				     .tlvs = row->tlvs };
	uint8_t buffer[600];
	struct smpp_pdu out;

	ck_assert_msg(smpp_receipt_rename(&in, smpp_octets_of("Q1234567"), buffer, &out) == row->rc,
		      "%s", row->name);
	if (row->rc < 0)
		return;
	ck_assert_msg(same_octets(out.short_message, row->new_text), "%s: %.*s", row->name,
		      (int)out.short_message.len, (const char *)out.short_message.data);
	ck_assert_msg(same_octets(out.tlvs, row->new_tlvs), "%s", row->name);
}
END_TEST

START_TEST(test_rename_when_there_is_no_room_then_the_quote_is_cut_or_nothing)
{
	struct smpp_pdu in = { .command_id = SMPP_DELIVER_SM, .esm_class = 4 };
	uint8_t buffer[600], text[255];
	struct smpp_pdu out;

	memset(text, 'x', sizeof(text));
	memcpy(text, "id:m1 stat:DELIVRD text:", 24);
	in.short_message = (struct smpp_octets){ text, 254 };
	ck_assert_int_eq(smpp_receipt_rename(&in, smpp_octets_of("Q1234567"), buffer, &out), 0);
	ck_assert_uint_eq(out.short_message.len, 254);
	ck_assert_int_eq(memcmp(out.short_message.data, "id:Q1234567 stat:DELIVRD text:xxx", 33),
			 0);
	/* 250 octets and no quote: six more are too many. */
	text[18] = 'x';
	in.short_message.len = 248;
	ck_assert_int_eq(smpp_receipt_rename(&in, smpp_octets_of("Q1234567"), buffer, &out), 0);
	in.short_message.len = 249;
	ck_assert_int_eq(smpp_receipt_rename(&in, smpp_octets_of("Q1234567"), buffer, &out),
			 -EMSGSIZE);
	ck_assert_int_eq(smpp_receipt_rename(&in, smpp_octets_of("Q 1"), buffer, &out), -EINVAL);
	ck_assert_int_eq(smpp_receipt_rename(&in, smpp_octets_of(""), buffer, &out), -EINVAL);
}
END_TEST

/* ---- what is a receipt ---- */

static const struct kind_row {
	const char *name;
	uint32_t command;
	uint8_t esm_class;
	struct smpp_octets tlvs;
	enum smpp_receipt_kind kind;
} kind_rows[] = {
	{ "message", SMPP_DELIVER_SM, 0x00, OCTETS(""), SMPP_RECEIPT_NONE },
	{ "message with a header", SMPP_DELIVER_SM, 0x40, OCTETS(""), SMPP_RECEIPT_NONE },
	{ "receipt", SMPP_DELIVER_SM, 0x04, OCTETS(""), SMPP_RECEIPT_DELIVERY },
	{ "receipt, other bits set", SMPP_DELIVER_SM, 0xc7, OCTETS(""), SMPP_RECEIPT_DELIVERY },
	{ "receipt by data_sm", SMPP_DATA_SM, 0x04, OCTETS(""), SMPP_RECEIPT_DELIVERY },
	{ "handset's acknowledgement", SMPP_DELIVER_SM, 0x08, OCTETS(""), SMPP_RECEIPT_ACK },
	{ "person's acknowledgement", SMPP_DELIVER_SM, 0x10, OCTETS(""), SMPP_RECEIPT_ACK },
	{ "conversation abort", SMPP_DELIVER_SM, 0x18, OCTETS(""), SMPP_RECEIPT_NONE },
	{ "intermediate", SMPP_DELIVER_SM, 0x20, OCTETS(""), SMPP_RECEIPT_INTERMEDIATE },
	{ "reserved type", SMPP_DELIVER_SM, 0x24, OCTETS(""), SMPP_RECEIPT_NONE },
	{ "submit_sm", SMPP_SUBMIT_SM, 0x04, OCTETS(""), SMPP_RECEIPT_NONE },
	{ "both TLVs and no type", SMPP_DELIVER_SM, 0,
	  OCTETS(ID_TLV("a\0", "\x02") STATE_TLV("\x02")), SMPP_RECEIPT_DELIVERY },
	{ "one TLV and no type", SMPP_DELIVER_SM, 0, OCTETS(ID_TLV("a\0", "\x02")),
	  SMPP_RECEIPT_NONE },
	{ "empty id and no type", SMPP_DELIVER_SM, 0,
	  OCTETS(ID_TLV("\0", "\x01") STATE_TLV("\x02")), SMPP_RECEIPT_NONE },
	{ "state out of range and no type", SMPP_DELIVER_SM, 0,
	  OCTETS(ID_TLV("a\0", "\x02") STATE_TLV("\x09")), SMPP_RECEIPT_NONE },
};

START_TEST(test_kind_when_esm_class_says_then_told_apart)
{
	const struct kind_row *row = &kind_rows[_i];
	const struct smpp_pdu pdu = { .command_id = row->command,
				      .esm_class = row->esm_class,
				      .tlvs = row->tlvs };

	ck_assert_msg(smpp_receipt_kind_of(&pdu) == row->kind, "%s: %d", row->name,
		      smpp_receipt_kind_of(&pdu));
}
END_TEST

/* ---- reading ---- */

#define STANDARD                                                                                   \
	"id:0123456789 sub:001 dlvrd:001 submit date:2611241905 done date:2611241906 "             \
	"stat:DELIVRD err:000 text:hello"

static const struct parse_row {
	const char *name;
	struct smpp_octets text;
	struct smpp_octets tlvs;
	uint8_t data_coding;
	bool read;
	const char *id;
	enum smpp_message_state state;
	int32_t error;
	const char *done; /* YYYYMMDDhhmmss */
	const char *quote;
} parse_rows[] = {
	{ "as in the standard", OCTETS(STANDARD), OCTETS(""), 0, true, "0123456789",
	  SMPP_MESSAGE_DELIVERED, 0, "20261124190600", "hello" },
	{ "capitals",
	  OCTETS("ID:7 SUB:001 DLVRD:000 SUBMIT DATE:2611241905 DONE DATE:2611241906 "
		 "STAT:UNDELIV ERR:012 TEXT:x"),
	  OCTETS(""), 0, true, "7", SMPP_MESSAGE_UNDELIVERABLE, 12, "20261124190600", "x" },
	{ "another order", OCTETS("stat:expired err:5 done date:2611241906 id:ab-9"), OCTETS(""), 0,
	  true, "ab-9", SMPP_MESSAGE_EXPIRED, 5, "20261124190600", "" },
	{ "id and state alone", OCTETS("id:42 stat:REJECTD"), OCTETS(""), 0, true, "42",
	  SMPP_MESSAGE_REJECTED, -1, "", "" },
	{ "underscores and spaces",
	  OCTETS("id : 42 submit_date:261124190501 "
		 "done_date:261124190602 stat : ACCEPTD"),
	  OCTETS(""), 0, true, "42", SMPP_MESSAGE_ACCEPTED, -1, "20261124190602", "" },
	{ "words without a gap", OCTETS("id:42 donedate:20261124190602 stat:DELETED"), OCTETS(""),
	  0, true, "42", SMPP_MESSAGE_DELETED, -1, "20261124190602", "" },
	{ "commas", OCTETS("id:42,stat:ENROUTE,err:001"), OCTETS(""), 0, true, "42",
	  SMPP_MESSAGE_ENROUTE, 1, "", "" },
	{ "lines", OCTETS("id:42\r\nstat:UNKNOWN\r\nerr:001\r\n"), OCTETS(""), 0, true, "42",
	  SMPP_MESSAGE_UNKNOWN, 1, "", "" },
	{ "quotation marks", OCTETS("id:\"42\" stat:DELIVRD"), OCTETS(""), 0, true, "42",
	  SMPP_MESSAGE_DELIVERED, -1, "", "" },
	{ "date with signs", OCTETS("id:1 done date:2026-11-24 19:06:02 stat:DELIVRD"), OCTETS(""),
	  0, true, "1", SMPP_MESSAGE_DELIVERED, -1, "20261124190602", "" },
	{ "year in full, no seconds", OCTETS("id:1 done date:202611241906 stat:DELIVRD"),
	  OCTETS(""), 0, true, "1", SMPP_MESSAGE_DELIVERED, -1, "20261124190600", "" },
	{ "no such day", OCTETS("id:1 done date:2613451906 stat:DELIVRD"), OCTETS(""), 0, true, "1",
	  SMPP_MESSAGE_DELIVERED, -1, "", "" },
	{ "state by number", OCTETS("id:1 stat:5"), OCTETS(""), 0, true, "1",
	  SMPP_MESSAGE_UNDELIVERABLE, -1, "", "" },
	{ "state in full", OCTETS("id:1 state:Undeliverable error:77"), OCTETS(""), 0, true, "1",
	  SMPP_MESSAGE_UNDELIVERABLE, 77, "", "" },
	{ "a word that nobody defined", OCTETS("id:1 stat:MK:0012"), OCTETS(""), 0, true, "1",
	  SMPP_MESSAGE_UNKNOWN, -1, "", "" },
	{ "err that is no number", OCTETS("id:1 stat:EXPIRED err:0F1"), OCTETS(""), 0, true, "1",
	  SMPP_MESSAGE_EXPIRED, -1, "", "" },
	{ "fields that nobody defined", OCTETS("id:1 imsi:460001234 stat:DELIVRD cell:9 err:003"),
	  OCTETS(""), 0, true, "1", SMPP_MESSAGE_DELIVERED, 3, "", "" },
	{ "empty id", OCTETS("id: sub:001 stat:DELIVRD"), OCTETS(""), 0, true, "",
	  SMPP_MESSAGE_DELIVERED, -1, "", "" },
	{ "the message quotes fields", OCTETS("id:1 stat:UNDELIV err:001 text:id:2 stat:DELIVRD"),
	  OCTETS(""), 0, true, "1", SMPP_MESSAGE_UNDELIVERABLE, 1, "", "id:2 stat:DELIVRD" },
	{ "the message comes first",
	  OCTETS("text:id:2 stat:DELIVRD text:3 id:1 stat:UNDELIV err:001"), OCTETS(""), 0, true,
	  "1", SMPP_MESSAGE_UNDELIVERABLE, 1, "", "id:2" },
	{ "a word that ends like a key", OCTETS("paid:9 id:1 restat:9 stat:DELIVRD"), OCTETS(""), 0,
	  true, "1", SMPP_MESSAGE_DELIVERED, -1, "", "" },
	{ "TLVs alone", OCTETS(""),
	  OCTETS(ID_TLV("x1\0", "\x03") STATE_TLV("\x02") ERROR_TLV("\x03\x01\x02")), 0, true, "x1",
	  SMPP_MESSAGE_DELIVERED, 0x102, "", "" },
	{ "TLVs win", OCTETS(STANDARD),
	  OCTETS(ID_TLV("x1\0", "\x03") STATE_TLV("\x03") ERROR_TLV("\x03\0\x09")), 0, true, "x1",
	  SMPP_MESSAGE_EXPIRED, 9, "20261124190600", "hello" },
	{ "id TLV without its NUL", OCTETS(""), OCTETS(ID_TLV("x1", "\x02")), 0, true, "x1",
	  SMPP_MESSAGE_NONE, -1, "", "" },
	{ "TLVs of wrong lengths", OCTETS("id:1 stat:DELIVRD err:004"),
	  OCTETS(ID_TLV("\0", "\x01") "\x04\x27\0\x02\0\x03\x04\x23\0\x02\0\x09"), 0, true, "1",
	  SMPP_MESSAGE_DELIVERED, 4, "", "" },
	{ "UCS2",
	  OCTETS("\0i\0d\0:\0\x31\0 \0s\0t\0a\0t\0:\0D\0E\0L\0I\0V\0R\0D\0 "
		 "\0t\0e\0x\0t\0:\x4f\x60"),
	  OCTETS(""), 8, true, "1", SMPP_MESSAGE_DELIVERED, -1, "", "?" },
	{ "payload", OCTETS(""), OCTETS("\x04\x24\0\x11id:1 stat:DELIVRD"), 0, true, "1",
	  SMPP_MESSAGE_DELIVERED, -1, "", "" },
	{ "nothing", OCTETS(""), OCTETS(""), 0, false, "", SMPP_MESSAGE_NONE, -1, "", "" },
	{ "a message under a wrong label", OCTETS("hello, call me"), OCTETS(""), 0, false, "",
	  SMPP_MESSAGE_NONE, -1, "", "" },
	{ "keys alone", OCTETS("id: sub: dlvrd: submit date: done date: stat: err: text:"),
	  OCTETS(""), 0, false, "", SMPP_MESSAGE_NONE, -1, "", "" },
	{ "numbers that overflow", OCTETS("id:1 sub:99999999999 err:99999999999 stat:777777777777"),
	  OCTETS(""), 0, true, "1", SMPP_MESSAGE_UNKNOWN, -1, "", "" },
};

static void put_time(char *out, size_t cap, const struct smpp_receipt_time *t)
{
	out[0] = '\0';
	if (t->year != 0)
		snprintf(out, cap, "%04u%02u%02u%02u%02u%02u", t->year, t->month, t->day, t->hour,
			 t->minute, t->second);
}

START_TEST(test_parse_when_peers_write_it_their_way_then_the_same_fields)
{
	const struct parse_row *row = &parse_rows[_i];
	uint8_t *copy = malloc(row->text.len + 1);
	struct smpp_receipt r;
	char done[32];
	bool read;

	memcpy(copy, row->text.data, row->text.len);
	copy = realloc(copy, row->text.len ? row->text.len : 1);
	read = smpp_receipt_parse(&(struct smpp_pdu){ .command_id = SMPP_DELIVER_SM,
						      .esm_class = 0x04,
						      .data_coding = row->data_coding,
						      .short_message = { copy, row->text.len },
						      .tlvs = row->tlvs },
				  &r);
	put_time(done, sizeof(done), &r.done_date);
	ck_assert_msg(read == row->read, "%s: read %d", row->name, read);
	ck_assert_msg(same(r.id, row->id), "%s: id \"%.*s\"", row->name, (int)r.id.len, r.id.data);
	ck_assert_msg(r.state == row->state, "%s: state %d", row->name, r.state);
	ck_assert_msg(r.error == row->error, "%s: error %d", row->name, r.error);
	ck_assert_msg(strcmp(done, row->done) == 0, "%s: done %s", row->name, done);
	ck_assert_msg(same(r.text, row->quote), "%s: text \"%.*s\"", row->name, (int)r.text.len,
		      r.text.data);
	free(copy);
}
END_TEST

START_TEST(test_parse_when_standard_then_the_rest_of_the_fields_too)
{
	const struct smpp_pdu pdu = { .command_id = SMPP_DATA_SM,
				      .esm_class = 0x20,
				      .short_message = OCTETS(STANDARD),
				      .tlvs = OCTETS(ERROR_TLV("\x03\x01\x02")) };
	struct smpp_receipt r;

	ck_assert(smpp_receipt_parse(&pdu, &r));
	ck_assert_int_eq(r.kind, SMPP_RECEIPT_INTERMEDIATE);
	ck_assert_int_eq(r.submitted, 1);
	ck_assert_int_eq(r.delivered, 1);
	ck_assert(same(r.stat, "DELIVRD") && same(r.err, "000"));
	ck_assert_int_eq(r.network_type, 3);
	ck_assert_int_eq(r.submit_date.minute, 5);
}
END_TEST

START_TEST(test_state_when_each_is_asked_then_its_word_reads_back)
{
	static const bool final[SMPP_MESSAGE_STATE_COUNT] = { false, false, true, true, true,
							      true,  false, true, true };

	for (int state = SMPP_MESSAGE_NONE; state < SMPP_MESSAGE_STATE_COUNT; state++) {
		char text[64];
		struct smpp_receipt r;
		int len = snprintf(text, sizeof(text), "id:1 stat:%s",
				   smpp_message_state_name((enum smpp_message_state)state));

		ck_assert(smpp_receipt_parse(
			&(struct smpp_pdu){ .command_id = SMPP_DELIVER_SM,
					    .esm_class = 0x04,
					    .short_message = { (uint8_t *)text, (size_t)len } },
			&r));
		ck_assert_int_eq(r.state, state);
		ck_assert(smpp_message_state_is_final((enum smpp_message_state)state) ==
			  final[state]);
	}
	ck_assert_str_eq(smpp_message_state_name((enum smpp_message_state)99), "");
	ck_assert(!smpp_message_state_is_final((enum smpp_message_state)99));
}
END_TEST

/* ---- writing ---- */

START_TEST(test_write_when_read_again_then_the_same)
{
	static const uint32_t commands[] = { SMPP_DELIVER_SM, SMPP_DATA_SM };

	for (int i = 0; i < 2 * SMPP_MESSAGE_STATE_COUNT * 3; i++) {
		const struct smpp_receipt in = {
			.kind = (enum smpp_receipt_kind)(1 + i % 3),
			.id = OCTETS("0A-f:9"),
			.state = (enum smpp_message_state)(1 + i % (SMPP_MESSAGE_STATE_COUNT - 1)),
			.error = i % 2 ? 300 + i : -1,
			.network_type = i % 2 ? 3 : 0,
			.submitted = 1,
			.delivered = (int16_t)(i % 2),
			.submit_date = { 2026, 11, 24, 19, 5, 0 },
			.done_date = { 2026, 12, 31, 23, 59, 0 },
			.text = OCTETS("stat:REJECTD id:6"),
		};
		struct smpp_receipt_buffer buffer;
		struct smpp_pdu pdu = { .command_id = commands[i % 2 ? 0 : i % 4 == 2] };
		struct smpp_pdu back;
		struct smpp_receipt out;
		uint8_t wire[1024];
		ssize_t len;

		ck_assert_int_eq(smpp_receipt_write(&in, &buffer, &pdu), 0);
		len = smpp_pdu_encode(&pdu, wire, sizeof(wire));
		ck_assert_int_gt(len, 0);
		ck_assert_int_eq(smpp_pdu_decode(wire, (size_t)len, &back, NULL), 0);
		ck_assert(smpp_receipt_parse(&back, &out));
		ck_assert(same(out.id, "0A-f:9"));
		ck_assert_int_eq(out.state, in.state);
		ck_assert_int_eq(out.kind, in.kind);
		ck_assert_int_eq(out.network_type, in.network_type);
		if (in.network_type)
			ck_assert_int_eq(out.error, in.error);
		if (pdu.command_id == SMPP_DATA_SM)
			continue;
		ck_assert_mem_eq(&out.done_date, &in.done_date, sizeof(in.done_date));
		ck_assert_mem_eq(&out.submit_date, &in.submit_date, sizeof(in.submit_date));
		ck_assert(same(out.text, "stat:REJECTD id:6"));
		ck_assert_int_eq(out.delivered, in.delivered);
	}
}
END_TEST

START_TEST(test_write_when_it_is_as_long_as_can_be_then_it_fits)
{
	struct smpp_receipt in = { .id = OCTETS("0123456789012345678901234567890123456789"
						"012345678901234567890123"),
				   .state = SMPP_MESSAGE_DELIVERED,
				   .err = OCTETS("X-1"),
				   .error = INT32_MAX,
				   .submitted = INT16_MAX,
				   .delivered = INT16_MAX,
				   .submit_date = { 65535, 255, 255, 255, 255, 255 },
				   .done_date = { 65535, 255, 255, 255, 255, 255 },
				   .text = OCTETS("a text that is longer than twenty characters") };
	struct smpp_receipt_buffer buffer;
	struct smpp_pdu pdu = { .command_id = SMPP_DELIVER_SM };

	ck_assert_int_eq(smpp_receipt_write(&in, &buffer, &pdu), 0);
	ck_assert_uint_lt(pdu.short_message.len, SMPP_RECEIPT_TEXT_MAX);
	ck_assert_mem_eq(pdu.short_message.data + pdu.short_message.len - 29,
			 "X-1 text:a text that is longe", 29);
}
END_TEST

START_TEST(test_write_when_it_cannot_be_read_back_then_einval)
{
	static const struct {
		const char *name;
		struct smpp_octets id;
		enum smpp_receipt_kind kind;
		enum smpp_message_state state;
	} rows[] = {
		{ "no id", OCTETS(""), SMPP_RECEIPT_NONE, SMPP_MESSAGE_DELIVERED },
		{ "blank", OCTETS("a b"), SMPP_RECEIPT_NONE, SMPP_MESSAGE_DELIVERED },
		{ "NUL", OCTETS("a\0b"), SMPP_RECEIPT_NONE, SMPP_MESSAGE_DELIVERED },
		{ "65 octets",
		  OCTETS("01234567890123456789012345678901234567890123456789012345678901234"),
		  SMPP_RECEIPT_NONE, SMPP_MESSAGE_DELIVERED },
		{ "no state", OCTETS("a"), SMPP_RECEIPT_NONE, SMPP_MESSAGE_NONE },
		{ "no such state", OCTETS("a"), SMPP_RECEIPT_NONE, SMPP_MESSAGE_STATE_COUNT },
		{ "no such kind", OCTETS("a"), SMPP_RECEIPT_KIND_COUNT, SMPP_MESSAGE_DELIVERED },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct smpp_receipt in = { .kind = rows[i].kind,
						 .id = rows[i].id,
						 .state = rows[i].state };
		struct smpp_receipt_buffer buffer;
		struct smpp_pdu pdu = { .command_id = SMPP_DELIVER_SM };

		ck_assert_msg(smpp_receipt_write(&in, &buffer, &pdu) == -EINVAL, "%s",
			      rows[i].name);
	}
}
END_TEST

/* ---- ids ---- */

static const struct id_row {
	const char *name;
	enum smpp_id_form response;
	const char *in_response;
	enum smpp_id_form receipt;
	const char *in_receipt;
	bool equal;
} id_rows[] = {
	{ "exact", SMPP_ID_AS_IS, "00Ab", SMPP_ID_AS_IS, "00Ab", true },
	{ "exact, another case", SMPP_ID_AS_IS, "00Ab", SMPP_ID_AS_IS, "00AB", false },
	{ "exact, zeros", SMPP_ID_AS_IS, "0012", SMPP_ID_AS_IS, "12", false },
	{ "zeros in the receipt", SMPP_ID_NO_ZEROS, "12", SMPP_ID_NO_ZEROS, "0000000012", true },
	{ "zeros in the response", SMPP_ID_NO_ZEROS, "0012ab", SMPP_ID_NO_ZEROS, "12ab", true },
	{ "nothing but zeros", SMPP_ID_NO_ZEROS, "0", SMPP_ID_NO_ZEROS, "000", true },
	{ "zeros inside count", SMPP_ID_NO_ZEROS, "102", SMPP_ID_NO_ZEROS, "12", false },
	{ "hex, then decimal", SMPP_ID_HEX, "5DC", SMPP_ID_DECIMAL, "1500", true },
	{ "hex, then decimal with zeros", SMPP_ID_HEX, "000005dc", SMPP_ID_DECIMAL, "0000001500",
	  true },
	{ "decimal, then hex", SMPP_ID_DECIMAL, "4294967296", SMPP_ID_HEX, "0x100000000", true },
	{ "decimal, then other hex", SMPP_ID_DECIMAL, "4294967296", SMPP_ID_HEX, "100000001",
	  false },
	{ "both hex, either case", SMPP_ID_HEX, "AbCdEf", SMPP_ID_HEX, "0XABCDEF", true },
	{ "nought", SMPP_ID_HEX, "0", SMPP_ID_DECIMAL, "00", true },
	{ "64 bits", SMPP_ID_HEX, "FFFFFFFFFFFFFFFF", SMPP_ID_DECIMAL, "18446744073709551615",
	  true },
	{ "160 bits", SMPP_ID_HEX, "ffffffffffffffffffffffffffffffffffffffff", SMPP_ID_DECIMAL,
	  "1461501637330902918203684832716283019655932542975", true },
	{ "no number stays what it is", SMPP_ID_HEX, "MSG-1", SMPP_ID_DECIMAL, "MSG-1", true },
	{ "a name is no number", SMPP_ID_AS_IS, "5dc", SMPP_ID_HEX, "5dc", false },
	{ "over 256 bits", SMPP_ID_HEX,
	  "1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", SMPP_ID_HEX,
	  "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0", false },
};

START_TEST(test_id_key_when_links_write_ids_their_way_then_equal_keys)
{
	const struct id_row *row = &id_rows[_i];
	struct smpp_id_key a, b;

	ck_assert_int_eq(smpp_receipt_id_key(row->response, smpp_octets_of(row->in_response), &a),
			 0);
	ck_assert_int_eq(smpp_receipt_id_key(row->receipt, smpp_octets_of(row->in_receipt), &b), 0);
	ck_assert_uint_eq(strlen(a.octets), a.len);
	ck_assert_msg((strcmp(a.octets, b.octets) == 0) == row->equal, "%s: %s and %s", row->name,
		      a.octets, b.octets);
}
END_TEST

START_TEST(test_id_key_when_numbers_are_drawn_then_both_bases_agree)
{
	uint64_t state = 7;

	for (int round = 0; round < 2000; round++) {
		char decimal[32], hex[32];
		struct smpp_id_key a, b;

		state = state * 6364136223846793005u + 1442695040888963407u;
		snprintf(decimal, sizeof(decimal), "%llu", (unsigned long long)state >> round % 64);
		snprintf(hex, sizeof(hex), "%llX", (unsigned long long)state >> round % 64);
		ck_assert_int_eq(smpp_receipt_id_key(SMPP_ID_DECIMAL, smpp_octets_of(decimal), &a),
				 0);
		ck_assert_int_eq(smpp_receipt_id_key(SMPP_ID_HEX, smpp_octets_of(hex), &b), 0);
		ck_assert_str_eq(a.octets, b.octets);
	}
}
END_TEST

START_TEST(test_id_key_when_it_is_no_id_then_einval)
{
	static const uint8_t letters[SMPP_STRING_MAX] = { [0 ... SMPP_STRING_MAX - 1] = '9' };
	struct smpp_id_key key;

	for (int form = 0; form < SMPP_ID_FORM_COUNT; form++) {
		enum smpp_id_form f = (enum smpp_id_form)form;
		const struct smpp_octets nul = OCTETS("1\0"
						      "2");

		ck_assert_int_eq(smpp_receipt_id_key(f, smpp_octets_of(""), &key), -EINVAL);
		ck_assert_int_eq(smpp_receipt_id_key(f, nul, &key), -EINVAL);
		ck_assert_int_eq(smpp_receipt_id_key(
					 f, (struct smpp_octets){ letters, sizeof(letters) }, &key),
				 -EINVAL);
		ck_assert_int_eq(
			smpp_receipt_id_key(f, (struct smpp_octets){ letters, sizeof(letters) - 1 },
					    &key),
			0);
		ck_assert_uint_eq(key.len, SMPP_STRING_MAX);
	}
	ck_assert_str_eq(smpp_id_form_name(SMPP_ID_HEX), "hex");
	ck_assert_str_eq(smpp_id_form_name(SMPP_ID_FORM_COUNT), "unknown");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smpp_receipt");
	TCase *tc = tcase_create("receipts");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, test_rename_when_an_id_is_there_then_it_alone_changes, 0,
			    COUNT(rename_rows));
	tcase_add_test(tc, test_rename_when_there_is_no_room_then_the_quote_is_cut_or_nothing);
	tcase_add_loop_test(tc, test_kind_when_esm_class_says_then_told_apart, 0, COUNT(kind_rows));
	tcase_add_loop_test(tc, test_parse_when_peers_write_it_their_way_then_the_same_fields, 0,
			    COUNT(parse_rows));
	tcase_add_test(tc, test_parse_when_standard_then_the_rest_of_the_fields_too);
	tcase_add_test(tc, test_state_when_each_is_asked_then_its_word_reads_back);
	tcase_add_test(tc, test_write_when_read_again_then_the_same);
	tcase_add_test(tc, test_write_when_it_is_as_long_as_can_be_then_it_fits);
	tcase_add_test(tc, test_write_when_it_cannot_be_read_back_then_einval);
	tcase_add_loop_test(tc, test_id_key_when_links_write_ids_their_way_then_equal_keys, 0,
			    COUNT(id_rows));
	tcase_add_test(tc, test_id_key_when_numbers_are_drawn_then_both_bases_agree);
	tcase_add_test(tc, test_id_key_when_it_is_no_id_then_einval);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
