/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_password.c - a wrong name costs what a wrong password costs. crypt(5) is stood in for, so
 * that its work can be counted rather than timed. */
#include <check.h>
#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/password.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RIGHT "right"
#define HASH "$y$j9T$salt$right"

static unsigned made;
static char setting_used[PASSWORD_HASH_MAX];

/* "$y$j9T$salt$" and the password itself. */
char *crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
	char *out = data;
	const char *end = strrchr(setting, '$');

	made++;
	snprintf(setting_used, sizeof(setting_used), "%s", setting);
	snprintf(out, (size_t)size, "%.*s%s", (int)(end + 1 - setting), setting, phrase);
	return out;
}

START_TEST(test_matches_when_name_or_password_is_wrong_then_one_hash_is_made_like_the_right_one)
{
	static const struct {
		const char *name, *password, *hash;
		bool known, right;
	} rows[] = {
		{ "right", RIGHT, HASH, true, true },
		{ "wrong password", "wrong", HASH, true, false },
		{ "wrong name", "wrong", HASH, false, false },
		{ "wrong name, and by chance the decoy's password", RIGHT, HASH, false, false },
		{ "the beginning", "righ", HASH, true, false },
		{ "more than it", "right ", HASH, true, false },
		{ "no password", "", HASH, true, false },
		{ "no account at all", "", "", false, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		made = 0;
		ck_assert_msg(password_matches(rows[i].password, rows[i].hash, rows[i].known) ==
				      rows[i].right,
			      "%s", rows[i].name);
		ck_assert_msg(made == 1, "%s: %u hashes", rows[i].name, made);
		ck_assert_msg(strncmp(setting_used, "$y$j9T$", 7) == 0, "%s: %s", rows[i].name,
			      setting_used);
	}
}
END_TEST

START_TEST(test_decoy_when_accounts_have_different_methods_then_names_meet_all_of_them)
{
	struct config_account accounts[] = { { .password_hash = (char *)"$y$cheap$x" },
					     { .password_hash = (char *)"$y$dear$x" },
					     { .password_hash = (char *)"$6$other$x" } };
	struct config config = { .accounts = accounts, .accounts_count = COUNT(accounts) };
	unsigned met[COUNT(accounts)] = { 0 };

	for (unsigned i = 0; i < 300; i++) {
		char name[16];
		const char *decoy;

		snprintf(name, sizeof(name), "nobody%u", i);
		decoy = password_decoy(&config, name);
		ck_assert_ptr_eq(decoy, password_decoy(&config, name));
		for (size_t n = 0; n < COUNT(accounts); n++)
			met[n] += decoy == accounts[n].password_hash;
	}
	for (size_t n = 0; n < COUNT(accounts); n++)
		ck_assert_uint_ge(met[n], 50);
	config.accounts_count = 0;
	ck_assert_str_eq(password_decoy(&config, "nobody"), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("password");
	TCase *tcase = tcase_create("password");
	SRunner *runner;
	int failed;

	tcase_add_test(
		tcase,
		test_matches_when_name_or_password_is_wrong_then_one_hash_is_made_like_the_right_one);
	tcase_add_test(tcase,
		       test_decoy_when_accounts_have_different_methods_then_names_meet_all_of_them);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
