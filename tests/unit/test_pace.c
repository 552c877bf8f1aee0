/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_pace.c - token buckets, backoff, pace: how fast, and how long to wait. */
#include <check.h>
#include <stdlib.h>

#include "gateway/backoff.h"
#include "gateway/bucket.h"
#include "gateway/pace.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- bucket ---- */

static unsigned take_all(struct bucket *bucket, uint32_t rate, int64_t now_ms, unsigned most)
{
	unsigned taken = 0;

	while (taken < most && bucket_take(bucket, rate, now_ms))
		taken++;
	return taken;
}

START_TEST(test_bucket_when_time_passes_then_it_fills_up_to_a_second)
{
	static const struct {
		const char *name;
		uint32_t rate;
		int64_t wait_ms;
		unsigned taken;
	} rows[] = {
		{ "at once", 10, 0, 0 },       { "not yet", 10, 99, 0 },
		{ "one", 10, 100, 1 },	       { "half a second", 10, 500, 5 },
		{ "a second", 10, 1000, 10 },  { "no more than a second", 10, 60000, 10 },
		{ "one a second", 1, 999, 0 }, { "one after a second", 1, 1000, 1 },
		{ "unlimited", 0, 0, 10000 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t rate = rows[i].rate;
		struct bucket bucket;

		bucket_init(&bucket, rate, 5000);
		take_all(&bucket, rate, 5000, rate);
		ck_assert_uint_eq(take_all(&bucket, rate, 5000 + rows[i].wait_ms, 10000),
				  rows[i].taken);
		ck_assert_msg(bucket_has(&bucket, rate, 5000 + rows[i].wait_ms) == (rate == 0),
			      "%s: empty", rows[i].name);
	}
}
END_TEST

START_TEST(test_bucket_when_it_is_empty_then_the_wait_is_long_enough)
{
	static const uint32_t rates[] = { 1, 3, 7, 10, 999, 1000, 5000, 1000000 };

	for (size_t i = 0; i < COUNT(rates); i++) {
		struct bucket bucket;
		int64_t wait_ms;

		bucket_init(&bucket, rates[i], 0);
		ck_assert_int_eq(bucket_wait_ms(&bucket, rates[i], 0), 0);
		ck_assert_uint_eq(take_all(&bucket, rates[i], 0, 2000000), rates[i]);
		wait_ms = bucket_wait_ms(&bucket, rates[i], 0);
		ck_assert_int_gt(wait_ms, 0);
		ck_assert_int_le(wait_ms, 1000 / rates[i] + 2);
		ck_assert_msg(bucket_has(&bucket, rates[i], wait_ms), "rate %u", rates[i]);
	}
	ck_assert_int_eq(bucket_wait_ms(&(struct bucket){ 0 }, 0, 0), 0);
}
END_TEST

/* ---- backoff ---- */

START_TEST(test_backoff_when_it_fails_again_then_twice_as_long_up_to_the_most)
{
	static const int64_t whole[] = { 100, 200, 400, 800, 1500, 1500, 1500 };
	struct backoff low = { .min_ms = 100, .max_ms = 1500 };
	struct backoff high = low;

	for (size_t i = 0; i < COUNT(whole); i++) {
		ck_assert_int_eq(backoff_next_ms(&low, 0), whole[i] / 2);
		ck_assert_int_eq(backoff_next_ms(&high, UINT32_MAX), whole[i]);
	}
	backoff_reset(&low);
	ck_assert_int_eq(backoff_next_ms(&low, 0), 50);
	backoff_exhaust(&low);
	ck_assert_int_eq(backoff_next_ms(&low, UINT32_MAX), 1500);
}
END_TEST

START_TEST(test_backoff_when_random_varies_then_waits_are_spread)
{
	int64_t last = -1;

	for (uint64_t random = 0; random <= UINT32_MAX; random += UINT32_MAX / 8) {
		struct backoff backoff = { .min_ms = 1000, .max_ms = 60000 };
		int64_t wait = backoff_next_ms(&backoff, (uint32_t)random);

		ck_assert_int_gt(wait, last);
		ck_assert(wait >= 500 && wait <= 1000);
		last = wait;
	}
}
END_TEST

START_TEST(test_backoff_when_values_are_extreme_then_within_bounds)
{
	static const struct backoff rows[] = {
		{ .min_ms = 1, .max_ms = 1 },
		{ .min_ms = 5000, .max_ms = 1000 }, /* the most wins */
		{ .min_ms = 1, .max_ms = 86400000 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct backoff backoff = rows[i];

		for (int n = 0; n < 1000; n++) {
			int64_t wait = backoff_next_ms(&backoff, (uint32_t)n * 4294967u);

			ck_assert(wait >= 0 && wait <= rows[i].max_ms);
		}
	}
}
END_TEST

/* ---- pace ---- */

START_TEST(test_pace_when_refused_then_half_as_many_after_a_pause)
{
	struct pace pace = { 0 };

	ck_assert(pace_allows(&pace, 10000, 0));
	ck_assert_int_eq(pace_refused(&pace, 31, 1000, UINT32_MAX), 250);
	ck_assert_int_eq(pace_refused(&pace, 30, 1001, UINT32_MAX), 0);
	ck_assert(!pace_allows(&pace, 0, 1249));
	ck_assert(pace_allows(&pace, 0, 1250));
	ck_assert(pace_allows(&pace, 15, 1250));
	ck_assert(!pace_allows(&pace, 16, 1250));
	ck_assert_int_eq(pace_refused(&pace, 15, 1300, UINT32_MAX), 500);
	ck_assert(!pace_allows(&pace, 0, 1799));
	ck_assert(pace_allows(&pace, 7, 1800));
	ck_assert(!pace_allows(&pace, 8, 1800));
	for (int i = 0; i < 100; i++)
		ck_assert_int_le(pace_refused(&pace, 0, 100000 * (i + 1), UINT32_MAX), 10000);
	ck_assert(pace_allows(&pace, 0, INT64_MAX));
	ck_assert(!pace_allows(&pace, 1, INT64_MAX));
}
END_TEST

START_TEST(test_pace_when_taken_then_more_until_there_is_no_limit)
{
	struct pace pace = { 0 };

	pace_taken(&pace, 4, 0);
	ck_assert(pace_allows(&pace, 4, 0));
	pace_refused(&pace, 0, 1000, UINT32_MAX);
	pace_taken(&pace, 4, 1001); /* was on its way before */
	ck_assert(!pace_allows(&pace, 0, 1001));
	ck_assert(!pace_allows(&pace, 1, 1250));
	pace_taken(&pace, 4, 1260);
	ck_assert(pace_allows(&pace, 1, 1260));
	ck_assert(!pace_allows(&pace, 2, 1260));
	pace_taken(&pace, 4, 1270);
	ck_assert(!pace_allows(&pace, 2, 1270));
	pace_taken(&pace, 4, 1280);
	ck_assert(pace_allows(&pace, 2, 1280));
	for (int i = 0; i < 3; i++)
		pace_taken(&pace, 4, 1290);
	ck_assert(pace_allows(&pace, 4, 1290));
	ck_assert_int_eq(pace_refused(&pace, 3, 2000, UINT32_MAX), 250);
}
END_TEST

/* A peer that takes ten a second and refuses the rest soon gets little more than that. */
START_TEST(test_pace_when_peer_takes_ten_a_second_then_few_are_refused)
{
	struct pace pace = { 0 };
	struct bucket peer;
	unsigned taken = 0;
	unsigned refused = 0;

	bucket_init(&peer, 10, 0);
	for (int64_t now_ms = 0; now_ms < 60000; now_ms += 10) {
		size_t flying = 0;

		while (flying < 32 && pace_allows(&pace, flying, now_ms))
			flying++;
		for (; flying > 0; flying--) {
			if (bucket_take(&peer, 10, now_ms)) {
				pace_taken(&pace, 32, now_ms);
				taken++;
			} else {
				pace_refused(&pace, flying - 1, now_ms, 0x80000000);
				refused++;
			}
		}
	}
	ck_assert_msg(taken > 400, "%u taken", taken);
	ck_assert_msg(refused < taken, "%u taken, %u refused", taken, refused);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pace");
	TCase *tc = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, test_bucket_when_time_passes_then_it_fills_up_to_a_second);
	tcase_add_test(tc, test_bucket_when_it_is_empty_then_the_wait_is_long_enough);
	tcase_add_test(tc, test_backoff_when_it_fails_again_then_twice_as_long_up_to_the_most);
	tcase_add_test(tc, test_backoff_when_random_varies_then_waits_are_spread);
	tcase_add_test(tc, test_backoff_when_values_are_extreme_then_within_bounds);
	tcase_add_test(tc, test_pace_when_refused_then_half_as_many_after_a_pause);
	tcase_add_test(tc, test_pace_when_taken_then_more_until_there_is_no_limit);
	tcase_add_test(tc, test_pace_when_peer_takes_ten_a_second_then_few_are_refused);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
