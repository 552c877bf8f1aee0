/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_smpp_mask.c - what is private in a PDU does not outlive the mask, and all the rest does. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "smpp/smpp_mask.h"
#include "smpp/smpp_pdu.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define OCTETS(text)                                                                               \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

START_TEST(test_address_when_masked_then_its_ends_stay)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },
		{ "1", "*" },
		{ "10086", "1**86" },
		{ "13800138000", "138****8000" },
		{ "8613800138000", "861******8000" },
		{ "SHIPPING", "SH***ING" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[32];

		strcpy(text, rows[i].in);
		smpp_mask_address((uint8_t *)text, strlen(text));
		ck_assert_str_eq(text, rows[i].out);
	}
}
END_TEST

static bool holds(const uint8_t *data, size_t len, const char *secret)
{
	return memmem(data, len, secret, strlen(secret)) != NULL;
}

START_TEST(test_mask_when_a_pdu_holds_secrets_then_none_is_left_and_it_decodes_alike)
{
	static const struct {
		const char *name;
		struct smpp_pdu pdu;
		const char *secrets[3];
		const char *kept;
	} rows[] = {
		{ "bind",
		  { .command_id = SMPP_BIND_TRANSCEIVER,
		    .system_id = OCTETS("centre"),
		    .password = OCTETS("linjiang") },
		  { "linjiang" },
		  "centre" },
		{ "submit_sm",
		  { .command_id = SMPP_SUBMIT_SM,
		    .source_addr = OCTETS("13800138000"),
		    .destination_addr = OCTETS("13900001111"),
		    .short_message = OCTETS("the secret text") },
		  { "secret", "00138", "0000111" },
		  "8000" },
		{ "a part",
		  { .command_id = SMPP_DELIVER_SM,
		    .esm_class = SMPP_ESM_UDHI,
		    .short_message = OCTETS("\5\0\3\7\2\1secret") },
		  { "secret" },
		  "\5" },
		{ "header longer than the text",
		  { .command_id = SMPP_SUBMIT_SM,
		    .esm_class = SMPP_ESM_UDHI,
		    .short_message = OCTETS("\377abc") },
		  { "nothing" },
		  "\377" },
		{ "message_payload, callback_num, vendor",
		  { .command_id = SMPP_DATA_SM,
		    .tlvs = OCTETS("\x04\x24\0\6secret\x03\x81\0\x0e\1\1\1"
				   "13800138000"
				   "\x14\x01\0\6vendor\0\x1e\0\3id7") },
		  { "secret", "00138", "vendor" },
		  "id7" },
		{ "submit_multi",
		  { .command_id = SMPP_SUBMIT_MULTI,
		    .number_of_dests = 3,
		    .dests = OCTETS("\1\1\1"
				    "13800138000\0"
				    "\2friendslist\0"
				    "\1\0\0"
				    "13900001111\0"),
		    .short_message = OCTETS("secret") },
		  { "secret", "00138", "endsl" },
		  "138****8000" },
		{ "submit_multi_resp",
		  { .command_id = SMPP_SUBMIT_MULTI | SMPP_RESP,
		    .has_body = true,
		    .message_id = OCTETS("id7"),
		    .no_unsuccess = 1,
		    .unsuccess = OCTETS("\1\1"
					"13800138000\0\0\0\0\x0b") },
		  { "00138" },
		  "id7" },
		{ "query_sm",
		  { .command_id = SMPP_QUERY_SM,
		    .message_id = OCTETS("id7"),
		    .source_addr = OCTETS("13800138000") },
		  { "00138" },
		  "id7" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct smpp_pdu before, after;
		uint8_t data[512], plain[512];
		ssize_t len = smpp_pdu_encode(&rows[i].pdu, data, sizeof(data));

		ck_assert_msg(len > 0, "%s does not encode", rows[i].name);
		memcpy(plain, data, (size_t)len);
		ck_assert_int_eq(smpp_pdu_decode(plain, (size_t)len, &before, NULL), 0);
		smpp_mask(data, (size_t)len);
		for (size_t n = 0; n < COUNT(rows[i].secrets) && rows[i].secrets[n]; n++)
			ck_assert_msg(!holds(data, (size_t)len, rows[i].secrets[n]), "%s: %s",
				      rows[i].name, rows[i].secrets[n]);
		ck_assert_msg(holds(data, (size_t)len, rows[i].kept), "%s: %s", rows[i].name,
			      rows[i].kept);
		ck_assert_int_eq(smpp_pdu_decode(data, (size_t)len, &after, NULL), 0);
		ck_assert_uint_eq(before.short_message.len, after.short_message.len);
		ck_assert_uint_eq(before.tlvs.len, after.tlvs.len);
		ck_assert_uint_eq(before.source_addr.len, after.source_addr.len);
		ck_assert_mem_eq(data, plain, SMPP_HEADER_SIZE);
	}
}
END_TEST

START_TEST(test_mask_when_it_does_not_decode_then_only_its_header_is_left)
{
	uint8_t data[40] = { 0, 0, 0, 40, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 9 };

	memset(data + SMPP_HEADER_SIZE, 'S', sizeof(data) - SMPP_HEADER_SIZE);
	smpp_mask(data, sizeof(data));
	ck_assert_uint_eq(data[15], 9);
	for (size_t i = SMPP_HEADER_SIZE; i < sizeof(data); i++)
		ck_assert_uint_eq(data[i], 0);
	smpp_mask(data, 3);
	smpp_mask(data, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smpp_mask");
	TCase *tcase = tcase_create("smpp_mask");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, test_address_when_masked_then_its_ends_stay);
	tcase_add_test(tcase,
		       test_mask_when_a_pdu_holds_secrets_then_none_is_left_and_it_decodes_alike);
	tcase_add_test(tcase, test_mask_when_it_does_not_decode_then_only_its_header_is_left);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
