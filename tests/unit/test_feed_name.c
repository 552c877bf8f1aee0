/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_feed_name.c - file names with sequence numbers, and the tokens of sources. */
#include "gateway/feed_name.h"

#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/feed_token.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(test_pattern_when_checked_then_one_number_at_most)
{
	static const struct {
		const char *pattern;
		bool want;
	} table[] = {
		{ "cdr-{seq}.csv", true }, { "*.csv", true },	    { "{seq}", true },
		{ "a*b{seq}*", true },	   { "", false },	    { "../{seq}", false },
		{ "done/{seq}", false },   { "{seq}{seq}", false }, { ".{seq}", false },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++)
		ck_assert_msg(feed_pattern_ok(table[i].pattern) == table[i].want, "%s",
			      table[i].pattern);
}
END_TEST

START_TEST(test_name_when_it_fits_then_number)
{
	static const struct {
		const char *pattern, *name,
			*want; /* want: "number/modulus", "-": none, "": no fit */
	} table[] = {
		{ "cdr-{seq}.csv", "cdr-0042.csv", "42/10000" },
		{ "cdr-{seq}.csv", "cdr-7.csv", "7/10000" },
		{ "cdr-{seq}.csv", "cdr-000001.csv", "1/1000000" },
		{ "cdr-{seq}.csv", "cdr-.csv", "" },
		{ "cdr-{seq}.csv", "cdr-1.csv.tmp", "" },
		{ "cdr-{seq}.csv", "cdr-1a.csv", "" },
		{ "cdr-{seq}.csv", "xcdr-1.csv", "" },
		{ "cdr-{seq}.csv", "cdr-1234567890123456789.csv", "" },
		{ "cdr-{seq}.csv", "cdr-123456789012345678.csv",
		  "123456789012345678/1000000000000000000" },
		{ "MSC1_-_{seq}.*.cdr", "MSC1_-_000317.20251122_-_1030+0800.cdr", "317/1000000" },
		{ "*_{seq}.cdr", "MSC_1_2.cdr", "2/10000" },
		{ "{seq}1.csv", "1231.csv", "123/10000" },
		{ "*.csv", "x.csv", "-" },
		{ "*.csv", ".csv", "-" },
		{ "*.csv", "x.csv.tmp", "" },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct feed_sequence got = { 0 };
		char shown[64] = "";

		if (feed_name_fits(table[i].pattern, table[i].name, &got))
			snprintf(shown, sizeof(shown), got.known ? "%" PRId64 "/%" PRId64 : "-",
				 got.number, got.modulus);
		ck_assert_msg(strcmp(shown, table[i].want) == 0, "%s %s: %s", table[i].pattern,
			      table[i].name, shown);
	}
}
END_TEST

START_TEST(test_position_when_counter_turns_over_then_line_goes_on)
{
	static const struct {
		int64_t number, modulus, next, want;
	} table[] = {
		{ 5, 10000, 5, 5 },
		{ 7, 10000, 5, 7 },
		{ 4, 10000, 5, 4 },
		{ 0, 10000, 9999, 10000 },
		{ 0, 10000, 10000, 10000 },
		{ 9999, 10000, 10001, 9999 },
		{ 3, 10000, 20001, 20003 },
		{ 9998, 10000, 20001, 19998 },
		{ 10000, 100000, 10000, 10000 },
		{ 4999, 10000, 0, 4999 },
		{ 5001, 10000, 0, -4999 },
		{ 0, INT64_C(1) << 32, (INT64_C(1) << 32) - 1, INT64_C(1) << 32 },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct feed_sequence sequence = { true, table[i].number, table[i].modulus };
		int64_t got = feed_sequence_position(&sequence, table[i].next);

		ck_assert_msg(got == table[i].want, "%zu: %" PRId64, i, got);
	}
}
END_TEST

START_TEST(test_token_when_made_then_its_hash_alone_is_the_same)
{
	char token[FEED_TOKEN_MAX], other[FEED_TOKEN_MAX];
	char hash[FEED_TOKEN_HASH_MAX], again[FEED_TOKEN_HASH_MAX];

	ck_assert_int_eq(feed_token_make(token), 0);
	ck_assert_int_eq(feed_token_make(other), 0);
	ck_assert_str_ne(token, other);
	ck_assert_int_eq(feed_token_hash(token, strlen(token), hash), 0);
	ck_assert(feed_token_hash_ok(hash));
	ck_assert(feed_token_same(hash, hash));
	ck_assert_int_eq(feed_token_hash(other, strlen(other), again), 0);
	ck_assert(!feed_token_same(hash, again));
	for (char *c = hash + 7; *c; c++)
		*c = *c >= 'a' ? (char)(*c - 32) : *c;
	ck_assert_int_eq(feed_token_hash(token, strlen(token), again), 0);
	ck_assert(feed_token_same(hash, again)); /* however the digits are written */
}
END_TEST

START_TEST(test_hash_when_compared_with_another_tool_then_equal)
{
	char hash[FEED_TOKEN_HASH_MAX];

	ck_assert(!feed_token_hash_ok("sha256:3eb1e9c7ea2a7d3bf0c9b8b9c1c1b3f9d0a1"));
	ck_assert(!feed_token_hash_ok("sha256:"));
	ck_assert(!feed_token_hash_ok(""));
	ck_assert_int_eq(feed_token_hash("short", 5, hash), -EINVAL);
	ck_assert_int_eq(feed_token_hash("with a blank in it, and long", 28, hash), -EINVAL);
	ck_assert_int_eq(feed_token_hash("abcdefghijklmnopqrstuvwxyz", 26, hash), 0);
	/* printf %s abcdefghijklmnopqrstuvwxyz | sha256sum */
	ck_assert_str_eq(hash, "sha256:71c480df93d6ae2f1efad1447c66c9525e316218cf51fc8d9ed832f2daf"
			       "18b73");
}
END_TEST

static Suite *feed_name_suite(void)
{
	Suite *suite = suite_create("feed_name");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, test_pattern_when_checked_then_one_number_at_most);
	tcase_add_test(tc, test_name_when_it_fits_then_number);
	tcase_add_test(tc, test_position_when_counter_turns_over_then_line_goes_on);
	tcase_add_test(tc, test_token_when_made_then_its_hash_alone_is_the_same);
	tcase_add_test(tc, test_hash_when_compared_with_another_tool_then_equal);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(feed_name_suite());

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
