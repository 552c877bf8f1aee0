/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_smsc_pool.c - over which link a message leaves. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/smsc_pool.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
enum { LINKS_MAX = 6 };

struct link {
	struct smsc_slot slot;
	bool full;
};

static bool takes(const struct smsc_slot *slot)
{
	return !container_of(slot, struct link, slot)->full;
}

/* Names with a '-' in front take nothing now. */
static void fill(struct smsc_pool *pool, struct link links[LINKS_MAX], const char *const *names)
{
	smsc_pool_init(pool, takes);
	memset(links, 0, sizeof(struct link) * LINKS_MAX);
	for (size_t i = 0; i < LINKS_MAX && names[i]; i++) {
		links[i].full = names[i][0] == '-';
		smsc_pool_add(pool, &links[i].slot, names[i] + links[i].full);
	}
}

START_TEST(test_pick_when_a_link_is_asked_for_then_the_nearest_that_takes)
{
	static const struct {
		const char *name;
		const char *links[LINKS_MAX];
		const char *wanted;
		const char *picked;
	} rows[] = {
		{ "none", { NULL }, "a#1", NULL },
		{ "the link itself", { "b#1", "a#1", "a#2" }, "a#2", "a#2" },
		{ "full: another of the SMSC", { "b#1", "a#1", "-a#2" }, "a#2", "a#1" },
		{ "both full: any", { "b#1", "-a#1", "-a#2" }, "a#2", "b#1" },
		{ "gone: another of the SMSC", { "b#1", "a#2" }, "a#1", "a#2" },
		{ "an account", { "b", "a" }, "a", "a" },
		{ "an account of the SMSC's name", { "b#1", "a" }, "a#1", "a" },
		{ "a link of the account's name", { "b", "a#1" }, "a", "a#1" },
		{ "half a name is another", { "b#1", "aa#1" }, "a#1", "b#1" },
		{ "any", { "b#1", "a#1" }, "", "b#1" },
		{ "any, by NULL", { "-b#1", "a#1" }, NULL, "a#1" },
		{ "only a mark", { "b#1", "#1" }, "#2", "b#1" },
		{ "all full", { "-b#1", "-a#1" }, "a#1", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct link links[LINKS_MAX];
		struct smsc_pool pool;
		struct smsc_slot *slot;

		fill(&pool, links, rows[i].links);
		slot = smsc_pool_pick(&pool, rows[i].wanted);
		ck_assert_msg(!slot == !rows[i].picked, "%s: none or one", rows[i].name);
		ck_assert_msg(!slot || strcmp(slot->name, rows[i].picked) == 0, "%s: %s",
			      rows[i].name, slot ? slot->name : "none");
	}
}
END_TEST

START_TEST(test_pick_when_links_are_equal_then_they_take_turns)
{
	static const char *const names[LINKS_MAX] = { "a#1", "a#2", "b#1" };
	static const char *const wanted[] = { "", "", "", "", "c#1", "a#3", "a#3", "a#3", "b#1" };
	static const char *const picked[] = { "a#1", "a#2", "b#1", "a#1", "a#2",
					      "a#1", "a#2", "a#1", "b#1" };
	struct link links[LINKS_MAX];
	struct smsc_pool pool;

	fill(&pool, links, names);
	for (size_t i = 0; i < COUNT(picked); i++)
		ck_assert_str_eq(smsc_pool_pick(&pool, wanted[i])->name, picked[i]);
}
END_TEST

START_TEST(test_slot_when_added_or_removed_twice_then_once)
{
	static const char *const names[LINKS_MAX] = { "a#1", "b#1" };
	struct link links[LINKS_MAX];
	struct smsc_pool pool;

	fill(&pool, links, names);
	smsc_pool_add(&pool, &links[0].slot, "other");
	ck_assert_str_eq(links[0].slot.name, "a#1");
	smsc_pool_remove(&links[0].slot);
	smsc_pool_remove(&links[0].slot);
	ck_assert_str_eq(smsc_pool_pick(&pool, "a#1")->name, "b#1");
	smsc_pool_remove(&links[1].slot);
	ck_assert_ptr_null(smsc_pool_pick(&pool, "a#1"));
	smsc_pool_add(&pool, &links[0].slot, "c#1");
	ck_assert_str_eq(smsc_pool_pick(&pool, NULL)->name, "c#1");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smsc_pool");
	TCase *tc = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, test_pick_when_a_link_is_asked_for_then_the_nearest_that_takes);
	tcase_add_test(tc, test_pick_when_links_are_equal_then_they_take_turns);
	tcase_add_test(tc, test_slot_when_added_or_removed_twice_then_once);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
