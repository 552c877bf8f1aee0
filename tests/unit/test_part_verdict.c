/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_part_verdict.c - one decision for all parts of a message. */
#include "gateway/part_verdict.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <talloc.h>

enum { MAX = 4, WAIT_MS = 1000 };

static const struct number source = { "+85298765432" };
static const struct number destination = { "+8613800138000" };

static struct smpp_part_info part(uint16_t reference, uint8_t total, uint8_t index)
{
	return (struct smpp_part_info){
		.concatenated = true, .reference = reference, .total = total, .index = index
	};
}

static struct part_verdicts *verdicts;

static void set_up(void)
{
	verdicts = part_verdicts_create(NULL, MAX, WAIT_MS);
	ck_assert_ptr_nonnull(verdicts);
}

static void tear_down(void)
{
	ck_assert_uint_eq(talloc_total_blocks(verdicts), 1 + part_verdicts_count(verdicts));
	talloc_free(verdicts);
}

static const enum part_way *take(struct smpp_part_info info, int64_t now_ms)
{
	return part_verdicts_take(verdicts, &source, &destination, &info, now_ms);
}

static void add(struct smpp_part_info info, int64_t now_ms, enum part_way way)
{
	part_verdicts_add(verdicts, &source, &destination, &info, now_ms, way);
}

START_TEST(test_part_when_another_was_decided_then_the_same)
{
	static const enum part_way ways[] = { PART_PASSES, PART_REFUSED, PART_SWALLOWED,
					      PART_KEPT };

	for (uint16_t i = 0; i < 4; i++) {
		ck_assert_ptr_null(take(part(i, 3, 2), 0));
		add(part(i, 3, 2), 0, ways[i]);
		ck_assert_int_eq(*take(part(i, 3, 1), 500), ways[i]);
		/* A repeated one does not end the message. */
		ck_assert_int_eq(*take(part(i, 3, 1), 500), ways[i]);
		ck_assert_int_eq(*take(part(i, 3, 3), 999), ways[i]);
	}
}
END_TEST

START_TEST(test_part_when_anything_differs_then_not_known)
{
	static const struct number other = { "+8613800138001" };
	struct smpp_part_info second = part(7, 3, 2);

	add(part(7, 3, 1), 0, PART_REFUSED);
	ck_assert_ptr_null(take(part(8, 3, 2), 0));
	ck_assert_ptr_null(take(part(7, 2, 2), 0));
	ck_assert_ptr_null(part_verdicts_take(verdicts, &other, &destination, &second, 0));
	ck_assert_ptr_null(part_verdicts_take(verdicts, &source, &other, &second, 0));
	ck_assert_ptr_nonnull(take(second, 0));
}
END_TEST

START_TEST(test_part_when_all_were_seen_then_the_reference_is_new)
{
	add(part(7, 2, 1), 0, PART_REFUSED);
	ck_assert_ptr_nonnull(take(part(7, 2, 2), 0));
	ck_assert_ptr_null(take(part(7, 2, 1), 0));
	ck_assert_uint_eq(part_verdicts_count(verdicts), 0);
}
END_TEST

START_TEST(test_part_when_the_largest_message_then_all_of_it)
{
	add(part(7, 255, 255), 0, PART_KEPT);
	for (int i = 1; i < 255; i++)
		ck_assert_ptr_nonnull(take(part(7, 255, (uint8_t)i), 0));
	ck_assert_ptr_null(take(part(7, 255, 1), 0));
}
END_TEST

START_TEST(test_part_when_too_late_then_forgotten)
{
	add(part(7, 2, 1), 0, PART_REFUSED);
	add(part(8, 2, 1), 500, PART_REFUSED);
	ck_assert_ptr_null(take(part(7, 2, 2), WAIT_MS));
	ck_assert_uint_eq(part_verdicts_count(verdicts), 1);
	ck_assert_ptr_nonnull(take(part(8, 2, 2), WAIT_MS));
}
END_TEST

START_TEST(test_part_when_full_then_the_oldest_is_forgotten)
{
	for (uint16_t i = 0; i < MAX + 1; i++)
		add(part(i, 2, 1), 0, PART_REFUSED);
	ck_assert_uint_eq(part_verdicts_count(verdicts), MAX);
	ck_assert_ptr_null(take(part(0, 2, 2), 0));
	for (uint16_t i = 1; i < MAX + 1; i++)
		ck_assert_ptr_nonnull(take(part(i, 2, 2), 0));
}
END_TEST

START_TEST(test_part_when_changed_then_the_rest_follows)
{
	struct smpp_part_info second = part(7, 3, 2), unknown = part(9, 3, 2);

	add(part(7, 3, 1), 0, PART_KEPT);
	part_verdicts_change(verdicts, &source, &destination, &second, PART_REFUSED);
	part_verdicts_change(verdicts, &source, &destination, &unknown, PART_REFUSED);
	ck_assert_int_eq(*take(second, 0), PART_REFUSED);
	ck_assert_ptr_null(take(unknown, 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("part_verdict");
	TCase *tc = tcase_create("core");
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, test_part_when_another_was_decided_then_the_same);
	tcase_add_test(tc, test_part_when_anything_differs_then_not_known);
	tcase_add_test(tc, test_part_when_all_were_seen_then_the_reference_is_new);
	tcase_add_test(tc, test_part_when_the_largest_message_then_all_of_it);
	tcase_add_test(tc, test_part_when_too_late_then_forgotten);
	tcase_add_test(tc, test_part_when_full_then_the_oldest_is_forgotten);
	tcase_add_test(tc, test_part_when_changed_then_the_rest_follows);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
