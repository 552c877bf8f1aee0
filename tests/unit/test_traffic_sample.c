/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/traffic_sample.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS, EACH = 10, MANY = 100000 };

static const int64_t day_ms = INT64_C(20000) * DAY_MS;

static uint64_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 16;
}

static struct block_attempt attempt_at(int64_t now_ms, uint8_t channel)
{
	return (struct block_attempt){ .channel = channel,
				       .caller = { "+85298765432" },
				       .called = { "+8613800138000" },
				       .entry = BLOCK_ENTRY_INTERNATIONAL,
				       .now_ms = now_ms };
}

START_TEST(test_few_are_all_kept)
{
	struct traffic_sample *sample = traffic_sample_create(NULL, 48 * EACH, DAY_MS);
	const struct traffic_stratum *stratum;

	ck_assert_ptr_null(traffic_sample_changed(sample));
	for (int i = 0; i < EACH; i++) {
		struct block_attempt attempt = attempt_at(day_ms + i, BLOCK_SMS);

		traffic_sample_add(sample, &attempt, i % 2, 7);
	}
	stratum = traffic_sample_changed(sample);
	ck_assert_ptr_nonnull(stratum);
	ck_assert_int_eq(stratum->channel, BLOCK_SMS);
	ck_assert_uint_eq(stratum->seen, EACH);
	ck_assert_uint_eq(stratum->count, EACH);
	ck_assert_int_eq(stratum->begun_ms, day_ms);
	for (int i = 0; i < EACH; i++) {
		ck_assert_int_eq(stratum->records[i].attempt.now_ms, day_ms + i);
		ck_assert_int_eq(stratum->records[i].blocked, i % 2);
	}
	ck_assert_ptr_null(traffic_sample_changed(sample));
	talloc_free(sample);
}
END_TEST

/* Of each tenth of the span about a tenth is kept, whatever came last. */
START_TEST(test_many_are_drawn_evenly)
{
	enum { TENTH = MANY / 10 };
	struct traffic_sample *sample = traffic_sample_create(NULL, 48 * 1000, DAY_MS);
	const struct traffic_stratum *stratum;
	unsigned tenths[10] = { 0 };
	uint64_t random = 1;

	for (int i = 0; i < MANY; i++) {
		struct block_attempt attempt = attempt_at(day_ms + i, BLOCK_CALL);

		traffic_sample_add(sample, &attempt, false, next_random(&random));
	}
	stratum = traffic_sample_changed(sample);
	ck_assert_uint_eq(stratum->seen, MANY);
	ck_assert_uint_eq(stratum->count, 1000);
	for (size_t i = 0; i < stratum->count; i++)
		tenths[(stratum->records[i].attempt.now_ms - day_ms) / TENTH]++;
	for (int i = 0; i < 10; i++)
		ck_assert_msg(tenths[i] > 60 && tenths[i] < 140, "tenth %d: %u", i, tenths[i]);
	talloc_free(sample);
}
END_TEST

START_TEST(test_spans_and_channels_are_apart_and_the_oldest_goes)
{
	struct traffic_sample *sample = traffic_sample_create(NULL, 48 * EACH, DAY_MS);
	const struct traffic_stratum *stratum;
	int strata = 0;

	for (int hour = 0; hour <= 24; hour++) {
		for (uint8_t channel = BLOCK_CALL; channel <= BLOCK_SMS; channel++) {
			struct block_attempt attempt = attempt_at(day_ms + hour * HOUR_MS, channel);

			for (int i = 0; i < 3 * EACH; i++)
				traffic_sample_add(sample, &attempt, false, (uint64_t)i);
		}
	}
	while ((stratum = traffic_sample_changed(sample))) {
		ck_assert_uint_eq(stratum->seen, 3 * EACH);
		ck_assert_uint_eq(stratum->count, EACH);
		ck_assert_int_gt(stratum->begun_ms, day_ms);
		strata++;
	}
	ck_assert_int_eq(strata, 48);
	talloc_free(sample);
}
END_TEST

START_TEST(test_records_come_back_as_they_were)
{
	struct traffic_record record = { .attempt = attempt_at(day_ms + 5, BLOCK_CALL),
					 .blocked = true };
	uint8_t octets[TRAFFIC_RECORD_MAX];
	struct traffic_record read;
	size_t len;

	record.attempt.roaming_home = true;
	memset(record.attempt.caller.text, 'x', NUMBER_MAX - 1);
	len = traffic_record_write(&record, octets);
	ck_assert_uint_le(len, sizeof(octets));
	ck_assert_int_eq(traffic_record_read(octets, len, BLOCK_CALL, &read), (int)len);
	ck_assert_int_eq(read.attempt.now_ms, record.attempt.now_ms);
	ck_assert_str_eq(read.attempt.caller.text, record.attempt.caller.text);
	ck_assert_str_eq(read.attempt.called.text, record.attempt.called.text);
	ck_assert_int_eq(read.attempt.entry, BLOCK_ENTRY_INTERNATIONAL);
	ck_assert(read.blocked && read.attempt.roaming_home && !read.attempt.reported);
	/* Cut anywhere it is none. */
	for (size_t i = 0; i < len; i++)
		ck_assert_int_lt(traffic_record_read(octets, i, BLOCK_CALL, &read), 0);
}
END_TEST

START_TEST(test_renamed_wherever_the_number_stands)
{
	struct traffic_sample *sample = traffic_sample_create(NULL, 480, 86400000);
	const struct traffic_stratum *stratum;
	struct block_attempt attempt = { .channel = BLOCK_SMS, .now_ms = 5 };

	for (int i = 0; i < 4; i++) {
		strcpy(attempt.caller.text, i % 2 ? "+8613800138000" : "+8613900139000");
		strcpy(attempt.called.text, i == 0 ? "+8613800138000" : "+8613700137000");
		traffic_sample_add(sample, &attempt, false, 0);
	}
	ck_assert_ptr_nonnull(traffic_sample_changed(sample));
	traffic_sample_rename(sample, "+8613600136000", "~0123456789abcdef");
	ck_assert_ptr_null(traffic_sample_changed(sample));
	traffic_sample_rename(sample, "+8613800138000", "~0123456789abcdef");
	stratum = traffic_sample_changed(sample);
	ck_assert_ptr_nonnull(stratum);
	ck_assert_uint_eq(stratum->count, 4);
	ck_assert_str_eq(stratum->records[0].attempt.called.text, "~0123456789abcdef");
	ck_assert_str_eq(stratum->records[0].attempt.caller.text, "+8613900139000");
	ck_assert_str_eq(stratum->records[1].attempt.caller.text, "~0123456789abcdef");
	ck_assert_str_eq(stratum->records[2].attempt.called.text, "+8613700137000");
	talloc_free(sample);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("traffic_sample");
	TCase *cases = tcase_create("all");
	int failed;

	tcase_add_test(cases, test_few_are_all_kept);
	tcase_add_test(cases, test_many_are_drawn_evenly);
	tcase_add_test(cases, test_spans_and_channels_are_apart_and_the_oldest_goes);
	tcase_add_test(cases, test_records_come_back_as_they_were);
	tcase_add_test(cases, test_renamed_wherever_the_number_stands);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
