/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_block_opening.c - rules changed by place and time, as texts before and after. */
#include "blocklist/block_opening.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "tests/unit/tables.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SHIELD "block call,sms from international\n"
#define DAY(d) "2025-11-" d "T00:00+08:00"

/* 2025-11-22T10:30:00+08:00 */
static const int64_t now_ms = INT64_C(1763778600000);

static const struct {
	const char *name, *before, *rule, *after, *held;
} puts_rows[] = {
	{ "the first", "", "allow call,sms from +81", "allow call,sms from +81\n", "" },
	{ "beside the shield", SHIELD, "allow call from +81", SHIELD "allow call from +81\n", "" },
	{ "the other way", "block call,sms from +81\nblock sms from 106\n", "allow call from +81",
	  "block sms from +81\nblock sms from 106\nallow call from +81\n", "" },
	{ "one with hours stays", "block call from hmt at 22:00-07:00\n", "allow call,sms from hmt",
	  "block call from hmt at 22:00-07:00\nallow call,sms from hmt\n", "" },
	{ "what is over goes", "allow call,sms from +81 until " DAY("22") "\n" SHIELD,
	  "block call,sms from hmt", SHIELD "block call,sms from hmt\n", "" },
	{ "a trip beside another",
	  "allow call,sms from +81 since " DAY("24") " until " DAY("25") "\n",
	  "allow call,sms from +81 since " DAY("26") " until " DAY("27"),
	  "allow call,sms from +81 since " DAY("24") " until " DAY(
		  "25") "\nallow call,sms from +81 since " DAY("26") " until " DAY("27") "\n",
	  "" },
	{ "a longer one", "allow call,sms from international until 2025-11-22T12:00+08:00\n",
	  "allow call,sms from international until 2025-11-22T13:00+08:00",
	  "allow call,sms from international until 2025-11-22T13:00+08:00\n", "" },
	{ "a shorter one", "allow call,sms from international until 2025-11-22T13:00+08:00\n",
	  "allow call from international until 2025-11-22T12:00+08:00",
	  "allow call,sms from international until 2025-11-22T13:00+08:00\n",
	  "allow call,sms from international until 2025-11-22T13:00+08:00" },
	{ "fewer channels before", "allow sms from international until 2025-11-22T13:00+08:00\n",
	  "allow call,sms from international until 2025-11-22T12:00+08:00",
	  "allow sms from international until 2025-11-22T13:00+08:00\n"
	  "allow call,sms from international until 2025-11-22T12:00+08:00\n",
	  "" },
	{ "another action", "block call from hmt until " DAY("25") "\n",
	  "allow call from hmt until " DAY("24"),
	  "block call from hmt until " DAY("25") "\nallow call from hmt until " DAY("24") "\n",
	  "" },
};

static struct block_rule rule_of(const char *text)
{
	struct block_rule rule;

	ck_assert_int_eq(block_rule_parse(test_plan(), text, strlen(text), &rule, NULL), 1);
	return rule;
}

static struct block_set *set_of(void *ctx, const char *text)
{
	struct block_set *set;

	ck_assert_int_eq(block_set_compile(ctx, test_plan(), text, strlen(text), &set, NULL, NULL),
			 0);
	return set;
}

START_TEST(test_put_when_rule_is_new_then_text)
{
	void *ctx = talloc_new(NULL);
	struct block_rule rule = rule_of(puts_rows[_i].rule), held = { 0 };
	char *text =
		block_opening_put(ctx, set_of(ctx, puts_rows[_i].before), &rule, now_ms, &held);
	char held_text[BLOCK_RULE_TEXT_MAX] = "";

	ck_assert_str_eq(text, puts_rows[_i].after);
	if (held.channels)
		block_rule_format(&held, held_text);
	ck_assert_str_eq(held_text, puts_rows[_i].held);
	/* Once more changes nothing more. */
	ck_assert_str_eq(block_opening_put(ctx, set_of(ctx, text), &rule, now_ms, &held), text);
	talloc_free(ctx);
}
END_TEST

START_TEST(test_drop_and_end_when_done_then_others_stay)
{
	static const char before[] =
		SHIELD "allow call,sms from +81\n"
		       "allow call from +81 since " DAY("24") " until " DAY(
			       "26") "\n"
				     "allow sms from international until " DAY(
					     "23") "\n"
						   "allow sms from =+85298765432 until " DAY(
							   "23") "\n"
								 "block sms from hmt until " DAY(
									 "23") "\n";
	void *ctx = talloc_new(NULL);
	struct block_set *set = set_of(ctx, before);
	struct block_rule sms = rule_of("allow sms from +81");

	ck_assert_str_eq(block_opening_drop(ctx, set, &sms, now_ms), SHIELD
			 "allow call from +81\n"
			 "allow call from +81 since " DAY("24") " until " DAY(
				 "26") "\n"
				       "allow sms from international until " DAY(
					       "23") "\n"
						     "allow sms from =+85298765432 until " DAY(
							     "23") "\n"
								   "block sms from hmt until " DAY(
									   "23") "\n");
	ck_assert_str_eq(block_opening_end(ctx, set, now_ms),
			 SHIELD "allow call,sms from +81\n"
				"allow sms from =+85298765432 until " DAY(
					"23") "\n"
					      "block sms from hmt until " DAY("23") "\n");
	ck_assert_str_eq(block_opening_end(ctx, NULL, now_ms), "");
	talloc_free(ctx);
}
END_TEST

START_TEST(test_list_when_many_then_what_ends_first_is_told_first)
{
	static const char text[] =
		SHIELD "block call from =+8613912345678\n"
		       "allow call,sms from +81\n"
		       "allow sms from +82 until " DAY(
			       "22") "\n"
				     "allow sms from +82 until " DAY(
					     "25") "\n"
						   "allow call from hmt at 08:00-20:00\n"
						   "block call from withheld\n"
						   "allow sms from international until " DAY(
							   "23") "\n"
								 "block sms from hmt\n";
	static const char *const told[] = { "allow sms from international until " DAY("23"),
					    "allow sms from +82 until " DAY("25"),
					    "allow call,sms from +81", "block sms from hmt",
					    "block call from =+8613912345678" };
	void *ctx = talloc_new(NULL);
	struct block_set *set = set_of(ctx, text);

	ck_assert_uint_eq(block_opening_list(set, now_ms, false, NULL, 0), COUNT_OF(told) - 1);
	for (size_t max = 1; max <= COUNT_OF(told) + 1; max++) {
		const struct block_rule *rules[COUNT_OF(told) + 1];

		ck_assert_uint_eq(block_opening_list(set, now_ms, true, rules, max),
				  COUNT_OF(told));
		for (size_t i = 0; i < max && i < COUNT_OF(told); i++) {
			char line[BLOCK_RULE_TEXT_MAX];

			block_rule_format(rules[i], line);
			ck_assert_str_eq(line, told[i]);
		}
	}
	talloc_free(ctx);
}
END_TEST

static Suite *block_opening_suite(void)
{
	Suite *suite = suite_create("block_opening");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, test_put_when_rule_is_new_then_text, 0, COUNT_OF(puts_rows));
	tcase_add_test(tc, test_drop_and_end_when_done_then_others_stay);
	tcase_add_test(tc, test_list_when_many_then_what_ends_first_is_told_first);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(block_opening_suite());

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
