/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_lockout.c - who guessed too often, and for how long nothing is taken from him. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/lockout.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { SECOND = 1000 };

static const struct lockout_policy policy = { 3, 60 * SECOND, 600 * SECOND };

static void *root;

static void setup(void)
{
	root = talloc_new(NULL);
}

static void teardown(void)
{
	ck_assert_uint_eq(talloc_total_blocks(root), 1);
	talloc_free(root);
}

static const struct sockaddr *address_of(const char *text)
{
	static struct sockaddr_storage out;
	struct sockaddr_in *in = (struct sockaddr_in *)&out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out;

	memset(&out, 0, sizeof(out));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
	} else {
		ck_assert_int_eq(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
		in6->sin6_family = AF_INET6;
	}
	return (const struct sockaddr *)&out;
}

static const struct sockaddr *numbered(uint32_t number)
{
	char text[INET_ADDRSTRLEN];

	snprintf(text, sizeof(text), "10.%u.%u.%u", number >> 16 & 255, number >> 8 & 255,
		 number & 255);
	return address_of(text);
}

static int64_t guess(struct lockout *lockout, const char *address, unsigned times, int64_t now_ms)
{
	int64_t ms = 0;

	for (unsigned i = 0; i < times; i++)
		ms = lockout_failed(lockout, &policy, address_of(address), now_ms);
	return ms;
}

static bool holds(const struct lockout *lockout, const char *address, int64_t now_ms)
{
	return lockout_holds(lockout, address_of(address), now_ms);
}

START_TEST(test_failed_when_too_often_within_the_window_then_the_source_is_locked)
{
	static const struct {
		const char *name;
		int64_t at_ms[4];
		unsigned count;
		bool locked;
	} rows[] = {
		{ "one", { 0 }, 1, false },
		{ "two", { 0, 1 }, 2, false },
		{ "three at once", { 5, 5, 5 }, 3, true },
		{ "three just within the window", { 0, 30000, 59999 }, 3, true },
		{ "the third too late", { 0, 30000, 60000 }, 3, false },
		{ "a window of its own after that", { 0, 60000, 60001, 60002 }, 4, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct lockout *lockout = lockout_create(root, 8);
		int64_t last = rows[i].at_ms[rows[i].count - 1];

		for (unsigned n = 0; n < rows[i].count; n++)
			guess(lockout, "10.0.0.1", 1, rows[i].at_ms[n]);
		ck_assert_msg(holds(lockout, "10.0.0.1", last) == rows[i].locked, "%s",
			      rows[i].name);
		ck_assert_msg(!holds(lockout, "10.0.0.2", last), "%s: another", rows[i].name);
		ck_assert_msg(lockout_locked(lockout, last) == rows[i].locked, "%s: count",
			      rows[i].name);
		talloc_free(lockout);
	}
}
END_TEST

START_TEST(test_failed_when_after_is_zero_then_nobody_is_locked)
{
	const struct lockout_policy off = { 0, 60 * SECOND, 600 * SECOND };
	struct lockout *lockout = lockout_create(root, 8);

	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(lockout_failed(lockout, &off, address_of("10.0.0.1"), i), 0);
	ck_assert(!holds(lockout, "10.0.0.1", 1000));
	ck_assert_uint_eq(lockout_count(lockout), 0);
	talloc_free(lockout);
}
END_TEST

START_TEST(test_failed_when_locked_again_then_for_twice_as_long_up_to_the_most)
{
	static const int64_t wanted_s[] = { 60, 120, 240, 480, 600, 600, 600 };
	struct lockout *lockout = lockout_create(root, 8);
	int64_t now_ms = 1000;

	for (size_t i = 0; i < COUNT(wanted_s); i++) {
		ck_assert_int_eq(guess(lockout, "10.0.0.1", 3, now_ms), wanted_s[i] * SECOND);
		/* What comes while it is locked neither counts nor makes it longer. */
		ck_assert_int_eq(guess(lockout, "10.0.0.1", 9, now_ms + 1), 0);
		now_ms += wanted_s[i] * SECOND;
		ck_assert(holds(lockout, "10.0.0.1", now_ms - 1));
		ck_assert(!holds(lockout, "10.0.0.1", now_ms));
	}
	talloc_free(lockout);
}
END_TEST

START_TEST(test_failed_when_it_was_quiet_for_long_then_it_begins_anew)
{
	struct lockout *lockout = lockout_create(root, 8);

	ck_assert_int_eq(guess(lockout, "10.0.0.1", 3, 0), 60 * SECOND);
	ck_assert_int_eq(guess(lockout, "10.0.0.1", 3, 660 * SECOND - 1), 120 * SECOND);
	ck_assert_int_eq(guess(lockout, "10.0.0.1", 3, (660 + 120 + 600) * SECOND), 60 * SECOND);
	talloc_free(lockout);
}
END_TEST

START_TEST(test_failed_when_addresses_are_one_source_then_they_are_counted_together)
{
	static const struct {
		const char *one, *other;
		bool same;
	} rows[] = {
		{ "10.0.0.1", "10.0.0.1", true },
		{ "10.0.0.1", "::ffff:10.0.0.1", true },
		{ "10.0.0.1", "10.0.0.2", false },
		{ "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true },
		{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
		{ "::ffff:10.0.0.1", "::ffff:10.0.0.2", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct lockout *lockout = lockout_create(root, 8);

		guess(lockout, rows[i].one, 2, 0);
		guess(lockout, rows[i].other, 1, 0);
		ck_assert_msg(holds(lockout, rows[i].one, 0) == rows[i].same, "%s and %s",
			      rows[i].one, rows[i].other);
		talloc_free(lockout);
	}
}
END_TEST

START_TEST(test_failed_when_the_table_is_full_then_nobody_is_unlocked)
{
	struct lockout *lockout = lockout_create(root, 4);

	guess(lockout, "192.0.2.1", 3, 0);
	for (uint32_t i = 0; i < 100000; i++)
		lockout_failed(lockout, &policy, numbered(i), 1);
	ck_assert(holds(lockout, "192.0.2.1", 1));
	ck_assert_uint_eq(lockout_count(lockout), 4);
	ck_assert_uint_eq(lockout_locked(lockout, 1), 1);
	talloc_free(lockout);
}
END_TEST

START_TEST(test_failed_when_all_are_locked_then_a_new_one_is_neither_counted_nor_locked)
{
	struct lockout *lockout = lockout_create(root, 4);

	for (uint32_t i = 0; i < 4; i++)
		for (int n = 0; n < 3; n++)
			lockout_failed(lockout, &policy, numbered(i), 0);
	ck_assert_int_eq(guess(lockout, "192.0.2.1", 1000, 1), 0);
	ck_assert(!holds(lockout, "192.0.2.1", 1));
	for (uint32_t i = 0; i < 4; i++)
		ck_assert(lockout_holds(lockout, numbered(i), 1));
	/* A lock that has ended makes room. */
	ck_assert_int_eq(guess(lockout, "192.0.2.1", 3, 60 * SECOND), 60 * SECOND);
	ck_assert(holds(lockout, "192.0.2.1", 60 * SECOND));
	ck_assert_uint_eq(lockout_count(lockout), 4);
	talloc_free(lockout);
}
END_TEST

/* 0 was locked before, 1 failed twice, 2 once, 3 once and long ago: they go from behind. */
START_TEST(test_failed_when_room_is_made_then_who_has_least_to_remember_goes)
{
	struct lockout *lockout = lockout_create(root, 4);
	const int64_t now_ms = 100 * SECOND;

	for (int i = 0; i < 3; i++)
		lockout_failed(lockout, &policy, numbered(0), 0);
	lockout_failed(lockout, &policy, numbered(3), 0);
	lockout_failed(lockout, &policy, numbered(1), now_ms);
	lockout_failed(lockout, &policy, numbered(1), now_ms);
	lockout_failed(lockout, &policy, numbered(2), now_ms);
	guess(lockout, "192.0.2.1", 2, now_ms);
	guess(lockout, "192.0.2.2", 1, now_ms);
	/* One more failure each shows who is remembered: 1 and 192.0.2.1, and 0 for its lock. */
	ck_assert_int_eq(lockout_failed(lockout, &policy, numbered(1), now_ms), 60 * SECOND);
	ck_assert_int_eq(guess(lockout, "192.0.2.1", 1, now_ms), 60 * SECOND);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(lockout_failed(lockout, &policy, numbered(0), now_ms), 0);
	ck_assert_int_eq(lockout_failed(lockout, &policy, numbered(0), now_ms), 120 * SECOND);
	ck_assert_uint_eq(lockout_count(lockout), 4);
	talloc_free(lockout);
}
END_TEST

START_TEST(test_holds_when_there_are_many_then_each_is_found)
{
	enum { MANY = 5000 };
	struct lockout *lockout = lockout_create(root, MANY);

	for (uint32_t i = 0; i < MANY; i++)
		for (int n = 0; n < (i % 2 ? 3 : 2); n++)
			lockout_failed(lockout, &policy, numbered(i), 0);
	for (uint32_t i = 0; i < MANY; i++)
		ck_assert(lockout_holds(lockout, numbered(i), 1) == (i % 2 == 1));
	ck_assert_uint_eq(lockout_locked(lockout, 1), MANY / 2);
	lockout_clear(lockout);
	ck_assert_uint_eq(lockout_count(lockout), 0);
	for (uint32_t i = 0; i < MANY; i++)
		ck_assert(!lockout_holds(lockout, numbered(i), 1));
	talloc_free(lockout);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lockout");
	TCase *tcase = tcase_create("lockout");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase,
		       test_failed_when_too_often_within_the_window_then_the_source_is_locked);
	tcase_add_test(tcase, test_failed_when_after_is_zero_then_nobody_is_locked);
	tcase_add_test(tcase, test_failed_when_locked_again_then_for_twice_as_long_up_to_the_most);
	tcase_add_test(tcase, test_failed_when_it_was_quiet_for_long_then_it_begins_anew);
	tcase_add_test(tcase,
		       test_failed_when_addresses_are_one_source_then_they_are_counted_together);
	tcase_add_test(tcase, test_failed_when_the_table_is_full_then_nobody_is_unlocked);
	tcase_add_test(
		tcase,
		test_failed_when_all_are_locked_then_a_new_one_is_neither_counted_nor_locked);
	tcase_add_test(tcase, test_failed_when_room_is_made_then_who_has_least_to_remember_goes);
	tcase_add_test(tcase, test_holds_when_there_are_many_then_each_is_found);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
