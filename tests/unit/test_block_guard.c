/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/block_guard.h"
#include "tests/unit/tables.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct block_set *compile(void *ctx, const char *text)
{
	struct block_set *set = NULL;

	ck_assert_int_eq(block_set_compile(ctx, test_plan(), text, strlen(text), &set, NULL, NULL),
			 0);
	return set;
}

static const char guarded[] = "allow call,sms from =110\n"
			      "allow call,sms from =10086\n"
			      "allow call,sms from =+85221234567\n";

static const struct {
	const char *name;
	const char *rules;
	int hits;
	const char *first; /* the rule that is named */
} protected_rows[] = {
	{ "no rules", "", 0, NULL },
	{ "the number itself", "block call from =110", 1, "block call from =110" },
	{ "both channels", "block call,sms from =110", 2, "block call,sms from =110" },
	{ "a prefix of two", "block sms from 1", 2, "block sms from 1" },
	{ "a longer number", "block call from =10086999\nblock sms from 1008612", 0, NULL },
	{ "everything", "block call from any", 3, "block call from any" },
	{ "what comes from abroad, but for a protected number there",
	  "block call from international", 1, "block call from international" },
	{ "a number abroad by its region", "block call from hmt", 1, "block call from hmt" },
	{ "withheld, names, reported",
	  "block call,sms from withheld\nblock sms from alphanumeric\nblock call from reported", 0,
	  NULL },
	{ "an exception that always holds", "block call from 100\nallow call from =10086", 0,
	  NULL },
	{ "an exception at times", "block call from 100\nallow call from =10086 on mon", 1,
	  "block call from 100" },
	{ "an exception on the other channel", "block call from 100\nallow sms from =10086", 1,
	  "block call from 100" },
	{ "at an hour of one day", "block call from =110 at 03:00-03:01 on sun", 1,
	  "block call from =110 at 03:00-03:01 on sun" },
	{ "long over", "block call from =110 until 2001-01-01T00:00+08:00", 1,
	  "block call from =110 until 2001-01-01T00:00+08:00" },
	{ "a label is no block", "label call from 1", 0, NULL },
	{ "a shorter number allows, a class blocks",
	  "block call from any\nallow call from 1\n"
	  "allow call from +852",
	  0, NULL },
};

START_TEST(test_protected_rows)
{
	void *ctx = talloc_new(NULL);
	struct block_set *rules = compile(ctx, protected_rows[_i].rules);
	struct block_set *numbers = compile(ctx, guarded);
	const char *name = protected_rows[_i].name;
	struct block_guard_hit hits[2];
	char text[BLOCK_RULE_TEXT_MAX];
	size_t before = talloc_total_blocks(ctx);
	ssize_t count = block_guard_protected(ctx, test_plan(), rules, numbers, hits, COUNT(hits));

	ck_assert_msg(count == protected_rows[_i].hits, "%s: %zd", name, count);
	ck_assert_uint_eq(talloc_total_blocks(ctx), before);
	if (count > 0) {
		block_rule_format(hits[0].rule, text);
		ck_assert_msg(strcmp(text, protected_rows[_i].first) == 0, "%s: %s", name, text);
	}
	talloc_free(ctx);
}
END_TEST

static const struct {
	struct block_guard_traffic traffic;
	uint32_t percent;
	uint32_t least;
	enum block_guard_verdict verdict;
} share_rows[] = {
	{ { 0, 0, 0 }, 5, 1, BLOCK_GUARD_CANNOT_TELL },
	{ { 1000, 900, 19 }, 5, 20, BLOCK_GUARD_CANNOT_TELL },
	{ { 1000, 900, 20 }, 5, 20, BLOCK_GUARD_TOO_MUCH },
	{ { 1000, 50, 20 }, 5, 20, BLOCK_GUARD_PASSES },
	{ { 1000, 50.1, 20 }, 5, 20, BLOCK_GUARD_TOO_MUCH },
	{ { 1000, 0, 20 }, 0, 20, BLOCK_GUARD_PASSES },
	{ { 1000, 1, 20 }, 0, 20, BLOCK_GUARD_TOO_MUCH },
	{ { 1000, 1000, 20 }, 100, 20, BLOCK_GUARD_PASSES },
};

START_TEST(test_share_rows)
{
	ck_assert_int_eq(block_guard_share(&share_rows[_i].traffic, share_rows[_i].percent,
					   share_rows[_i].least),
			 share_rows[_i].verdict);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("block_guard");
	TCase *cases = tcase_create("all");
	int failed;

	tcase_add_loop_test(cases, test_protected_rows, 0, COUNT(protected_rows));
	tcase_add_loop_test(cases, test_share_rows, 0, COUNT(share_rows));
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
