/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/redis_encode.h"

static char long_argument[12345];

static const struct {
	const char *name;
	size_t argc;
	const char *argv[4];
	size_t len[4]; /* all 0: as strlen tells */
} rows[] = {
	{ "one word", 1, { "PING" }, { 0 } },
	{ "several", 3, { "HGET", "mr:calls:{+86138001380}:20261122", "07" }, { 0 } },
	{ "an empty one", 4, { "XADD", "", "*", "" }, { 0 } },
	{ "octets with NUL", 3, { "SET", "k", "a\0b\r\nc" }, { 3, 1, 6 } },
	{ "less than the string", 2, { "GET", "keys" }, { 3, 3 } },
	{ "a long one", 2, { "ECHO", long_argument }, { 0 } },
};

/* hiredis' own formatting is the oracle. */
START_TEST(test_redis_encode_when_arguments_then_as_hiredis)
{
	const size_t *len = rows[_i].len[0] ? rows[_i].len : NULL;
	const char **argv = (const char **)rows[_i].argv;
	size_t bound = redis_encode_bound(rows[_i].argc, argv, len);
	char *out = malloc(bound);
	char *want = NULL;
	size_t octets = redis_encode(out, rows[_i].argc, argv, len);
	int want_octets = redisFormatCommandArgv(&want, (int)rows[_i].argc, argv, len);

	ck_assert_msg(octets < bound, "%s: more than the bound", rows[_i].name);
	ck_assert_msg(out[octets] == '\0', "%s: no NUL behind it", rows[_i].name);
	ck_assert_msg(want_octets >= 0 && octets == (size_t)want_octets &&
			      memcmp(out, want, octets) == 0,
		      "%s: '%.*s'", rows[_i].name, (int)octets, out);
	redisFreeCommand(want);
	free(out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("redis_encode");
	TCase *tc = tcase_create("redis_encode");
	SRunner *runner;
	int failed;

	memset(long_argument, 'x', sizeof(long_argument) - 1);
	tcase_add_loop_test(tc, test_redis_encode_when_arguments_then_as_hiredis, 0,
			    (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
