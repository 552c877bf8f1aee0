/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_smpp_trace.c - lines as a person reads them, and what no peer can make of them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "smpp/smpp_fields.h"
#include "smpp/smpp_trace.h"
#include "smpp/smpp_utf8.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OCTETS(s)                                                                                  \
	{                                                                                          \
		(const uint8_t *)(s), sizeof(s) - 1                                                \
	}

enum { LINE = 2048 };

static const struct trace_row {
	const char *name;
	struct smpp_pdu pdu;
	const char *line;  /* masked, without texts */
	const char *shown; /* with everything; NULL: the same */
} trace_rows[] = {
	{ "enquire_link",
	  { .command_id = SMPP_ENQUIRE_LINK, .sequence_number = 7 },
	  "enquire_link seq=7",
	  NULL },
	{ "a response",
	  { .command_id = SMPP_ENQUIRE_LINK | SMPP_RESP, .sequence_number = 7 },
	  "enquire_link_resp ESME_ROK seq=7",
	  NULL },
	{ "a refusal",
	  { .command_id = SMPP_SUBMIT_SM | SMPP_RESP, .command_status = SMPP_RTHROTTLED },
	  "submit_sm_resp ESME_RTHROTTLED seq=0",
	  NULL },
	{ "a vendor's refusal",
	  { .command_id = SMPP_SUBMIT_SM | SMPP_RESP,
	    .command_status = 0x401,
	    .has_body = true,
	    .message_id = OCTETS("a\"b") },
	  "submit_sm_resp status=0x00000401 seq=0 message_id=\"a\\\"b\"",
	  NULL },
	{ "a command that nobody knows",
	  { .command_id = 0x999, .sequence_number = 1 },
	  "command_0x00000999 seq=1",
	  NULL },
	{ "bind",
	  { .command_id = SMPP_BIND_TRANSCEIVER,
	    .sequence_number = 1,
	    .system_id = OCTETS("smsc1"),
	    .password = OCTETS("secret"),
	    .system_type = OCTETS("VMA"),
	    .interface_version = 0x34 },
	  "bind_transceiver seq=1 system_id=\"smsc1\" password=*** system_type=\"VMA\" "
	  "interface_version=0x34",
	  NULL },
	{ "a message",
	  { .command_id = SMPP_SUBMIT_SM,
	    .sequence_number = 5,
	    .source_addr_ton = 1,
	    .source_addr_npi = 1,
	    .source_addr = OCTETS("13800138000"),
	    .dest_addr_npi = 1,
	    .destination_addr = OCTETS("10086999"),
	    .esm_class = 0x40,
	    .registered_delivery = 1,
	    .data_coding = 8,
	    .short_message = OCTETS("\x05\0\x03\x01\x02\x01\x4f\x60\x59\x7d") },
	  "submit_sm seq=5 source_addr=\"138****8000\"/1/1 "
	  "destination_addr=\"10***999\"/0/1 esm_class=0x40 registered_delivery=1 data_coding=8 "
	  "short_message=10",
	  "submit_sm seq=5 source_addr=\"13800138000\"/1/1 "
	  "destination_addr=\"10086999\"/0/1 esm_class=0x40 registered_delivery=1 data_coding=8 "
	  "short_message=10:\"你好\"" },
	{ "optional parameters",
	  { .command_id = SMPP_DATA_SM,
	    .tlvs = OCTETS("\x02\x0c\0\x02\x12\x34\x04\x24\0\x03"
			   "abc\0\x1e\0\x03x1\0"
			   "\x04\x23\0\x03\x03\0\x09\x14\x05\0\x02zz\x7f\x01\0\x01\xff"
			   "\x03\x81\0\x0b"
			   "13800138000\x13\x0c\0\0") },
	  "data_sm seq=0 sar_msg_ref_num=4660 message_payload=3 receipted_message_id=\"x1\" "
	  "network_error_code=0x030009 vendor_0x1405=2 octets tag_0x7f01=1 octets "
	  "callback_num=\"138****8000\" alert_on_message_delivery=0x",
	  "data_sm seq=0 sar_msg_ref_num=4660 message_payload=3:\"abc\" "
	  "receipted_message_id=\"x1\" network_error_code=0x030009 vendor_0x1405=0x7a7a "
	  "tag_0x7f01=0xff callback_num=\"13800138000\" alert_on_message_delivery=0x" },
	{ "many destinations",
	  { .command_id = SMPP_SUBMIT_MULTI,
	    .number_of_dests = 3,
	    .dests = OCTETS("\x01\x01\x01"
			    "13800138000\0\x02list\0\x01\0\0"
			    "110\0") },
	  "submit_multi seq=0 dests=3[\"138****8000\" \"list\" \"1*0\"] short_message=0",
	  "submit_multi seq=0 dests=3[\"13800138000\" \"list\" \"110\"] short_message=0" },
	{ "failures",
	  { .command_id = SMPP_SUBMIT_MULTI | SMPP_RESP,
	    .has_body = true,
	    .message_id = OCTETS("9"),
	    .no_unsuccess = 1,
	    .unsuccess = OCTETS("\x01\x01"
				"13800138000\0\0\0\0\x0b") },
	  "submit_multi_resp ESME_ROK seq=0 message_id=\"9\" "
	  "unsuccess=1[\"138****8000\":ESME_RINVDSTADR]",
	  "submit_multi_resp ESME_ROK seq=0 message_id=\"9\" "
	  "unsuccess=1[\"13800138000\":ESME_RINVDSTADR]" },
	{ "what would move a terminal",
	  { .command_id = SMPP_OUTBIND,
	    .system_id = OCTETS("a\x1b[2J\r\n\xc2\x9b\xe2\x80\xae\xff\\") },
	  "outbind seq=0 system_id=\"a\\x1b[2J\\x0d\\x0a\\u009b\\u202e\\xff\\\\\"",
	  NULL },
	{ "a text that is a text twice",
	  { .command_id = SMPP_SUBMIT_SM,
	    .short_message = OCTETS("x"),
	    .tlvs = OCTETS("\x04\x24\0\x01y") },
	  "submit_sm seq=0 short_message=1 message_payload=1",
	  "submit_sm seq=0 short_message=1:\"x\" message_payload=1:\"y\"" },
};

START_TEST(test_trace_when_pdu_then_one_readable_line)
{
	static const struct smpp_trace_options all = { .show_addresses = true, .show_text = true };
	const struct trace_row *row = &trace_rows[_i];
	char line[LINE];
	size_t len = smpp_trace_pdu(&row->pdu, NULL, line, sizeof(line));

	ck_assert_str_eq(line, row->line);
	ck_assert_uint_eq(len, strlen(line));
	smpp_trace_pdu(&row->pdu, &all, line, sizeof(line));
	ck_assert_str_eq(line, row->shown ? row->shown : row->line);
}
END_TEST

static size_t mask_all(void *user, struct smpp_octets address, char *out, size_t cap)
{
	ck_assert_uint_ge(cap, address.len);
	memset(out, *(const char *)user, address.len);
	return address.len;
}

START_TEST(test_trace_when_the_caller_masks_then_its_mask)
{
	char mark = '#', line[LINE];
	const struct smpp_trace_options options = { .mask = mask_all, .user = &mark };
	const struct smpp_pdu pdu = { .command_id = SMPP_CANCEL_SM,
				      .source_addr = OCTETS("12345") };

	smpp_trace_pdu(&pdu, &options, line, sizeof(line));
	ck_assert_str_eq(line, "cancel_sm seq=0 source_addr=\"#####\"/0/0");
}
END_TEST

START_TEST(test_trace_when_octets_are_broken_then_the_fault)
{
	static const struct {
		struct smpp_octets octets;
		const char *line;
	} rows[] = {
		{ OCTETS(""), "malformed: 0 octets" },
		{ OCTETS("\0\0\0\x10"), "malformed: 4 octets" },
		{ OCTETS("\0\0\0\x10\0\0\0\x04\0\0\0\0\0\0\0\x09"),
		  "submit_sm seq=9 length=16 malformed: service_type at 16: "
		  "unterminated_string" },
		{ OCTETS("\0\0\0\x11\0\0\0\x15\0\0\0\0\0\0\0\x09"),
		  "enquire_link seq=9 length=17 malformed: command_length at 0: incomplete" },
		{ OCTETS("\0\0\0\x10\0\0\x07\x77\0\0\0\0\0\0\0\x09"),
		  "command_0x00000777 seq=9 length=16 malformed: command_id at 4: "
		  "unknown_command" },
	};
	char line[LINE];

	for (size_t i = 0; i < COUNT(rows); i++) {
		smpp_trace_line(rows[i].octets.data, rows[i].octets.len, NULL, line, sizeof(line));
		ck_assert_str_eq(line, rows[i].line);
	}
}
END_TEST

START_TEST(test_trace_when_room_is_short_then_cut_at_a_whole_character)
{
	static const struct smpp_trace_options all = { .show_text = true };
	const struct smpp_pdu pdu = { .command_id = SMPP_SUBMIT_SM,
				      .data_coding = 8,
				      .short_message = OCTETS("\x4f\x60\x59\x7d\x4f\x60\x59\x7d") };
	char whole[LINE];
	size_t len = smpp_trace_pdu(&pdu, &all, whole, sizeof(whole));

	for (size_t cap = 0; cap <= len + 2; cap++) {
		char *line = malloc(cap ? cap : 1);
		size_t got = smpp_trace_pdu(&pdu, &all, line, cap);
		uint32_t cp;

		if (cap == 0) {
			ck_assert_uint_eq(got, 0);
		} else if (cap > len) {
			ck_assert_str_eq(line, whole);
		} else {
			ck_assert_uint_lt(got, cap);
			ck_assert_uint_eq(strlen(line), got);
			if (cap > 3)
				ck_assert_str_eq(line + got - 3, "...");
			for (size_t pos = 0; pos < got;) {
				pos += smpp_utf8_read((uint8_t *)line + pos, got - pos, &cp);
				ck_assert_msg(cp != SMPP_CHAR_BAD, "cap %zu", cap);
			}
		}
		free(line);
	}
}
END_TEST

START_TEST(test_tags_when_each_is_asked_then_named_once)
{
	size_t named = 0;

	for (unsigned tag = 0; tag < 0x1400; tag++) {
		const char *name = smpp_tag_name((uint16_t)tag);

		named += name != NULL;
		ck_assert(name || smpp_tag_kind_of((uint16_t)tag) == SMPP_TAG_OCTETS);
	}
	ck_assert_uint_eq(named, 44); /* SMPP 3.4, table 5-7 */
	ck_assert_str_eq(smpp_tag_name(0x1400), "vendor");
	ck_assert_str_eq(smpp_tag_name(0x3fff), "vendor");
	ck_assert_ptr_null(smpp_tag_name(0x4000));
	ck_assert_str_eq(smpp_tag_name(SMPP_TAG_MESSAGE_PAYLOAD), "message_payload");
	ck_assert_int_eq(smpp_tag_kind_of(SMPP_TAG_MESSAGE_PAYLOAD), SMPP_TAG_TEXT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smpp_trace");
	TCase *tc = tcase_create("trace");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, test_trace_when_pdu_then_one_readable_line, 0, COUNT(trace_rows));
	tcase_add_test(tc, test_trace_when_the_caller_masks_then_its_mask);
	tcase_add_test(tc, test_trace_when_octets_are_broken_then_the_fault);
	tcase_add_test(tc, test_trace_when_room_is_short_then_cut_at_a_whole_character);
	tcase_add_test(tc, test_tags_when_each_is_asked_then_named_once);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
