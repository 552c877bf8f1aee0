/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_reported_wish.c - who wins when a verified number may be blocked for who reported it. */
#include "rules/reported_wish.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(test_wanted_when_policy_and_wish_then_who_wins)
{
	static const bool wanted[REPORTED_POLICY_COUNT][REPORTED_WISH_COUNT] = {
		/* not chosen, on, off */
		[REPORTED_NEVER] = { false, false, false },
		[REPORTED_IF_WISHED] = { false, true, false },
		[REPORTED_ALWAYS] = { true, true, false },
	};

	for (int policy = 0; policy < REPORTED_POLICY_COUNT; policy++)
		for (int wish = 0; wish < REPORTED_WISH_COUNT; wish++)
			ck_assert_msg(reported_is_wanted(policy, wish) == wanted[policy][wish],
				      "%s, %s", reported_policy_name(policy),
				      reported_wish_name(wish));
}
END_TEST

/* What speaks for the number wins over every policy and wish. */
START_TEST(test_due_when_anything_speaks_for_the_number_then_not)
{
	static const struct {
		const char *name;
		struct reported_case seen;
		bool due;
	} table[] = {
		{ "nothing", { .policy = REPORTED_IF_WISHED, .wish = REPORTED_ON }, true },
		{ "nothing, by policy",
		  { .policy = REPORTED_ALWAYS, .wish = REPORTED_NOT_CHOSEN },
		  true },
		{ "nobody wished it",
		  { .policy = REPORTED_IF_WISHED, .wish = REPORTED_NOT_CHOSEN },
		  false },
		{ "the subscriber does not",
		  { .policy = REPORTED_ALWAYS, .wish = REPORTED_OFF },
		  false },
		{ "policy forbids it", { .policy = REPORTED_NEVER, .wish = REPORTED_ON }, false },
		{ "forged",
		  { .policy = REPORTED_ALWAYS, .wish = REPORTED_ON, .forged = true },
		  false },
		{ "a name",
		  { .policy = REPORTED_ALWAYS, .wish = REPORTED_ON, .no_number = true },
		  false },
		{ "their own",
		  { .policy = REPORTED_ALWAYS, .wish = REPORTED_ON, .own = true },
		  false },
		{ "protected",
		  { .policy = REPORTED_ALWAYS, .wish = REPORTED_ON, .is_protected = true },
		  false },
		{ "let through",
		  { .policy = REPORTED_ALWAYS, .wish = REPORTED_ON, .allowed = true },
		  false },
		{ "blocked already",
		  { .policy = REPORTED_ALWAYS, .wish = REPORTED_ON, .blocked = true },
		  false },
		{ "taken back",
		  { .policy = REPORTED_ALWAYS, .wish = REPORTED_ON, .taken_back = true },
		  false },
	};

	for (size_t i = 0; i < COUNT_OF(table); i++)
		ck_assert_msg(reported_is_due(&table[i].seen) == table[i].due, "%s", table[i].name);
}
END_TEST

START_TEST(test_names_when_asked_then_as_configured_and_stored)
{
	ck_assert_str_eq(reported_policy_name(REPORTED_IF_WISHED), "if_wished");
	ck_assert_str_eq(reported_wish_name(REPORTED_NOT_CHOSEN), "not_chosen");
	ck_assert_int_eq(REPORTED_NOT_CHOSEN, 0);
	ck_assert_int_eq(REPORTED_ON, 1);
	ck_assert_int_eq(REPORTED_OFF, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reported_wish");
	TCase *tc = tcase_create("core");
	tcase_add_test(tc, test_wanted_when_policy_and_wish_then_who_wins);
	tcase_add_test(tc, test_due_when_anything_speaks_for_the_number_then_not);
	tcase_add_test(tc, test_names_when_asked_then_as_configured_and_stored);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
