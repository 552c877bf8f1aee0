/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Flat objects taken apart where they lie; everything else is left to jansson. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/json_flat.h"

enum { MEMBERS_MAX = 3 };

static const struct {
	const char *text;
	int count; /* or an error */
	const char *pairs[2 * MEMBERS_MAX];
} cases[] = {
	{ "{\"a\":\"1\"}", 1, { "a", "1" } },
	{ "{\"id\":\"W90\",\"called\":\"+86138\",\"x\":\"\"}",
	  3,
	  { "id", "W90", "called", "+86138", "x", "" } },
	{ " { \"a\" : \"1\" , \"b\" : \"\xe6\x8a\xa5\" } \n",
	  2,
	  { "a", "1", "b", "\xe6\x8a\xa5" } },
	{ "{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\",\"d\":\"4\"}", -EINVAL, { NULL } },
	{ "{\"a\":\"quote\\\"d\"}", -EINVAL, { NULL } },
	{ "{\"a\\n\":\"1\"}", -EINVAL, { NULL } },
	{ "{\"a\":1}", -EINVAL, { NULL } },
	{ "{\"a\":{\"b\":\"1\"}}", -EINVAL, { NULL } },
	{ "{\"a\":\"1\"", -EINVAL, { NULL } },
	{ "{\"a\":\"1\",", -EINVAL, { NULL } },
	{ "{\"a\":\"1\",}", -EINVAL, { NULL } },
	{ "{\"a\":\"1", -EINVAL, { NULL } },
	{ "{\"a\"", -EINVAL, { NULL } },
	{ "{\"a\":\"1\n\"}", -EINVAL, { NULL } },
	{ "{\"a\":\"1\"}x", -EINVAL, { NULL } },
	{ "[\"a\"]", -EINVAL, { NULL } },
	{ "{}", -EINVAL, { NULL } },
	{ "", -EINVAL, { NULL } },
};

static void check_text(const char *text, size_t len, const char *expected)
{
	ck_assert_uint_eq(len, strlen(expected));
	ck_assert_int_eq(memcmp(text, expected, len), 0);
}

START_TEST(test_json_flat_when_read_then_its_members_or_refused)
{
	struct json_member members[MEMBERS_MAX];
	/* On the heap, so that a step past the end is seen. */
	char *text = strdup(cases[_i].text);

	ck_assert_int_eq(json_flat_read(text, members, MEMBERS_MAX), cases[_i].count);
	for (int i = 0; i < cases[_i].count; i++) {
		check_text(members[i].name, members[i].name_len, cases[_i].pairs[2 * i]);
		check_text(members[i].value, members[i].value_len, cases[_i].pairs[2 * i + 1]);
	}
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json_flat");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, test_json_flat_when_read_then_its_members_or_refused, 0,
			    sizeof(cases) / sizeof(*cases));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
