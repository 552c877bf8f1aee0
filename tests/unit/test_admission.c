/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_admission.c - what a peer may send. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/admission.h"
#include "tests/unit/tables.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SUBSCRIBER "+8613800138000"
#define SERVICE "10086999"

static void *root;
static struct config *config;

static void setup(void)
{
	char error[CONFIG_ERROR_MAX];

	root = talloc_new(NULL);
	ck_assert_msg(config_load(root, NULL, &config, error) == 0, "%s", error);
}

static void teardown(void)
{
	talloc_free(config);
	ck_assert_uint_eq(talloc_total_blocks(root), 1);
	talloc_free(root);
}

/* Addresses are read as the gateway does: a disguise that the reading takes off is no disguise. */
static const char *canonical(const char *address, uint8_t ton, struct number *out)
{
	ck_assert_int_eq(number_from_address(test_plan(), ton, address, strlen(address), out), 0);
	return out->text;
}

START_TEST(test_check_when_role_and_ranges_forbid_then_it_is_refused)
{
	static char *home[] = { "+8613", "+8615" };
	static char *own[] = { "10086", "+44" };
	static char *short_own[] = { "1008" };
	static char *name[] = { "BANK" };
	static const struct {
		const char *what;
		enum account_role role;
		char **sources;
		unsigned source_count;
		char **destinations;
		unsigned destination_count;
		const char *source;
		uint8_t ton;
		const char *destination;
		uint8_t esm_class;
		uint32_t status;
	} rows[] = {
		{ "a report", ACCOUNT_SMSC, NULL, 0, NULL, 0, "13800138000", 2, SERVICE, 0, 0 },
		{ "a receipt of an SMSC", ACCOUNT_SMSC, NULL, 0, NULL, 0, "13800138000", 2, SERVICE,
		  0x04, 0 },
		{ "in range", ACCOUNT_SMSC, home, 2, NULL, 0, "8615900001111", 1, SERVICE, 0, 0 },
		{ "in the other range", ACCOUNT_SMSC, home, 2, NULL, 0, "13800138000", 2, SERVICE,
		  0, 0 },
		{ "another range", ACCOUNT_SMSC, home, 2, NULL, 0, "17700001111", 2, SERVICE, 0,
		  SMPP_RINVSRCADR },
		{ "from abroad", ACCOUNT_SMSC, home, 2, NULL, 0, "442079460111", 1, SERVICE, 0,
		  SMPP_RINVSRCADR },
		{ "as the service", ACCOUNT_SMSC, NULL, 0, NULL, 0, SERVICE, 3, SERVICE, 0,
		  SMPP_RINVSRCADR },
		{ "hub as the service", ACCOUNT_HUB, NULL, 0, NULL, 0, SERVICE, 3, SUBSCRIBER, 0,
		  SMPP_RINVSRCADR },
		{ "the service named alphanumeric", ACCOUNT_HUB, NULL, 0, NULL, 0, SERVICE, 5,
		  SUBSCRIBER, 0, SMPP_RINVSRCADR },
		{ "hub as 10086", ACCOUNT_HUB, NULL, 0, NULL, 0, "10086", 0, SUBSCRIBER, 0,
		  SMPP_RINVSRCADR },
		{ "10086, international", ACCOUNT_HUB, NULL, 0, NULL, 0, "8610086", 1, SUBSCRIBER,
		  0, SMPP_RINVSRCADR },
		{ "10085, international short", ACCOUNT_HUB, NULL, 0, NULL, 0, "10085", 1,
		  SUBSCRIBER, 0, SMPP_RINVSRCADR },
		{ "10086 within a prefix", ACCOUNT_HUB, short_own, 1, NULL, 0, "10086", 0,
		  SUBSCRIBER, 0, SMPP_RINVSRCADR },
		{ "10086 named whole", ACCOUNT_HUB, own, 2, NULL, 0, "10086", 0, SUBSCRIBER, 0, 0 },
		{ "the other one then", ACCOUNT_HUB, own, 2, NULL, 0, "10085", 0, SUBSCRIBER, 0,
		  SMPP_RINVSRCADR },
		{ "a name", ACCOUNT_HUB, name, 1, NULL, 0, "BANK", 5, SUBSCRIBER, 0, 0 },
		{ "another name", ACCOUNT_HUB, name, 1, NULL, 0, "SHOP", 5, SUBSCRIBER, 0,
		  SMPP_RINVSRCADR },
		{ "hub to a subscriber", ACCOUNT_HUB, NULL, 0, home, 2, "442079460111", 1,
		  SUBSCRIBER, 0, 0 },
		{ "hub to another network", ACCOUNT_HUB, NULL, 0, home, 2, "442079460111", 1,
		  "+8617700001111", 0, SMPP_RINVDSTADR },
		{ "hub to the service", ACCOUNT_HUB, NULL, 0, NULL, 0, "442079460111", 1, SERVICE,
		  0, SMPP_RINVDSTADR },
		{ "hub with a receipt", ACCOUNT_HUB, NULL, 0, NULL, 0, "442079460111", 1,
		  SUBSCRIBER, 0x04, SMPP_RINVESMCLASS },
		{ "hub with an intermediate one", ACCOUNT_HUB, NULL, 0, NULL, 0, "442079460111", 1,
		  SUBSCRIBER, 0x20, SMPP_RINVESMCLASS },
		{ "hub with both", ACCOUNT_HUB, NULL, 0, NULL, 0, "442079460111", 1, SUBSCRIBER,
		  0x24, SMPP_RINVESMCLASS },
		{ "hub with a type without a name", ACCOUNT_HUB, NULL, 0, NULL, 0, "442079460111",
		  1, SUBSCRIBER, 0x0c, SMPP_RINVESMCLASS },
		{ "hub with an acknowledgement", ACCOUNT_HUB, NULL, 0, NULL, 0, "442079460111", 1,
		  SUBSCRIBER, 0x08, 0 },
		{ "hub with a header and a mode", ACCOUNT_HUB, NULL, 0, NULL, 0, "442079460111", 1,
		  SUBSCRIBER, 0x43, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct config_account account = {
			.sources = rows[i].sources,
			.sources_count = rows[i].source_count,
			.destinations = rows[i].destinations,
			.destinations_count = rows[i].destination_count,
		};
		struct admission *admission = admission_create(root, rows[i].role, &account);
		struct smpp_pdu pdu = { .command_id = SMPP_SUBMIT_SM,
					.esm_class = rows[i].esm_class };
		struct number source;
		const char *why = "";
		uint32_t status = admission_check(admission, config, &pdu,
						  canonical(rows[i].source, rows[i].ton, &source),
						  rows[i].destination, &why);

		ck_assert_msg(status == rows[i].status, "%s: 0x%x (%s)", rows[i].what, status, why);
		ck_assert_msg((why[0] != '\0') == (status != SMPP_ROK), "%s: %s", rows[i].what,
			      why);
		talloc_free(admission);
	}
}
END_TEST

START_TEST(test_check_when_a_hub_brings_the_tlvs_of_a_receipt_then_it_is_refused)
{
	static const struct {
		const char *what;
		uint8_t tlvs[8];
		size_t len;
		uint32_t status;
	} rows[] = {
		{ "receipted_message_id", { 0x00, 0x1e, 0, 2, '7', 0 }, 6, SMPP_ROPTPARNOTALLWD },
		{ "message_state", { 0x04, 0x27, 0, 1, 2 }, 5, SMPP_ROPTPARNOTALLWD },
		{ "user_message_reference", { 0x02, 0x04, 0, 2, 0, 1 }, 6, SMPP_ROK },
		{ "none", { 0 }, 0, SMPP_ROK },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		for (int role = 0; role < ACCOUNT_ROLE_COUNT; role++) {
			struct admission *admission = admission_create(root, role, NULL);
			struct smpp_pdu pdu = { .command_id = SMPP_DATA_SM,
						.tlvs = { rows[i].tlvs, rows[i].len } };
			const char *why = "";
			uint32_t status = admission_check(admission, config, &pdu, "+442079460111",
							  SUBSCRIBER, &why);

			ck_assert_msg(status == (role == ACCOUNT_HUB ? rows[i].status : SMPP_ROK),
				      "%s: 0x%x", rows[i].what, status);
			talloc_free(admission);
		}
}
END_TEST

START_TEST(test_check_when_memory_ran_out_then_nothing_is_admitted)
{
	struct smpp_pdu pdu = { .command_id = SMPP_SUBMIT_SM };
	const char *why = "";

	ck_assert_uint_eq(admission_check(NULL, config, &pdu, SUBSCRIBER, SERVICE, &why),
			  SMPP_RSYSERR);
}
END_TEST

START_TEST(test_check_when_the_configuration_has_gone_then_the_lists_are_still_there)
{
	char *list[] = { talloc_strdup(root, "+8613") };
	struct config_account account = { .sources = list, .sources_count = 1 };
	struct admission *admission = admission_create(root, ACCOUNT_SMSC, &account);
	struct smpp_pdu pdu = { .command_id = SMPP_SUBMIT_SM };
	const char *why = "";

	talloc_free(list[0]);
	ck_assert_uint_eq(admission_check(admission, config, &pdu, SUBSCRIBER, SERVICE, &why),
			  SMPP_ROK);
	talloc_free(admission);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("admission");
	TCase *tcase = tcase_create("admission");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_check_when_role_and_ranges_forbid_then_it_is_refused);
	tcase_add_test(tcase,
		       test_check_when_a_hub_brings_the_tlvs_of_a_receipt_then_it_is_refused);
	tcase_add_test(tcase, test_check_when_memory_ran_out_then_nothing_is_admitted);
	tcase_add_test(tcase,
		       test_check_when_the_configuration_has_gone_then_the_lists_are_still_there);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
