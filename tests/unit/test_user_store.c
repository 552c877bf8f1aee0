/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Users and tokens in the store, and the book of those that are good. */
#include "gateway/user_store.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/identity_book.h"
#include "gateway/identity_token.h"

enum { ADMIN = ROLE_BIT(ROLE_ADMIN), VIEWER = ROLE_BIT(ROLE_VIEWER) };

static const int64_t now = INT64_C(1763778600000);
static const struct user_change change = { "uid 0 pid 1", INT64_C(1763778600000) };

static char folder[64];
static void *ctx;
static struct db *db;
static char error[USER_ERROR_MAX];

static void set_up(void)
{
	char path[96];

	strcpy(folder, "/tmp/mianrao-users-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t.db", folder);
	ctx = talloc_new(NULL);
	ck_assert_msg(db_open(ctx, path, DB_WRITER, &db) == 0, "%s", db_open_error());
	ck_assert_int_eq(db_begin(db), 0);
}

static void tear_down(void)
{
	char command[128];

	talloc_free(ctx);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static int add(const char *name, unsigned roles)
{
	error[0] = '\0';
	return user_store_add(db, &change, name, roles, error);
}

static int64_t make(const char *user, enum token_kind kind, int64_t parent, int64_t ttl_ms,
		    char token[FEED_TOKEN_MAX])
{
	struct token_row row = { .kind = kind, .parent = parent, .expires_ms = now + ttl_ms };
	int rc;

	snprintf(row.user, sizeof(row.user), "%s", user);
	error[0] = '\0';
	rc = token_store_make(db, &change, &row, token, error);
	return rc < 0 ? rc : row.id;
}

static struct identity_book *book(void)
{
	struct identity_book *out = NULL;

	ck_assert_int_eq(identity_book_read(ctx, db, &out), 0);
	return out;
}

/* NULL: nobody. */
static const char *whose(const char *token, int64_t at)
{
	char hash[FEED_TOKEN_HASH_MAX];
	const struct identity_entry *entry;

	ck_assert_int_eq(feed_token_hash(token, strlen(token), hash), 0);
	entry = identity_book_find(book(), hash, at);
	return entry ? entry->user : NULL;
}

/* ---- tokens ---- */

START_TEST(test_a_token_is_random_and_never_stored)
{
	char first[FEED_TOKEN_MAX], second[FEED_TOKEN_MAX], command[512];

	ck_assert_int_eq(add("li", ADMIN), 0);
	ck_assert_int_gt(make("li", TOKEN_API, 0, 1000, first), 0);
	ck_assert_int_gt(make("li", TOKEN_API, 0, 1000, second), 0);
	ck_assert(identity_token_ok(first) && identity_token_ok(second));
	ck_assert_uint_eq(strlen(first), 47);
	ck_assert_str_ne(first, second);
	ck_assert_int_eq(db_commit(db), 0);
	snprintf(command, sizeof(command), "! grep -rqF -e %s -e %s %s", first + 4, second + 4,
		 folder);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(test_what_is_no_token)
{
	char token[FEED_TOKEN_MAX];

	ck_assert_int_eq(identity_token_make(token), 0);
	token[46] = '\0';
	ck_assert(!identity_token_ok(token));
	strcpy(token + 46, "AA");
	ck_assert(!identity_token_ok(token));
	strcpy(token + 46, "=");
	ck_assert(!identity_token_ok(token));
	ck_assert(!identity_token_ok("") && !identity_token_ok("mrt_"));
}
END_TEST

/* To the ms, and with a clock that was set back or forth. */
START_TEST(test_a_token_is_good_between_its_times)
{
	char token[FEED_TOKEN_MAX];
	const struct {
		int64_t at;
		bool good;
	} rows[] = {
		{ now, true },
		{ now + 999, true },
		{ now + 1000, false },
		{ now + 1001, false },
		{ now + INT64_C(400) * 86400000, false },
		{ now, true }, /* the clock was put right again */
		{ now - IDENTITY_SKEW_MS, true },
		{ now - IDENTITY_SKEW_MS - 1, false },
		{ 0, false },
		{ INT64_MAX, false },
	};

	ck_assert_int_eq(add("li", ADMIN), 0);
	ck_assert_int_gt(make("li", TOKEN_API, 0, 1000, token), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_msg((whose(token, rows[i].at) != NULL) == rows[i].good, "%zu", i);
}
END_TEST

START_TEST(test_revoked_is_over_with_its_sessions)
{
	char token[FEED_TOKEN_MAX], session[FEED_TOKEN_MAX], other[FEED_TOKEN_MAX];
	int64_t id, of_session;

	ck_assert_int_eq(add("li", ADMIN), 0);
	id = make("li", TOKEN_API, 0, 1000, token);
	of_session = make("li", TOKEN_SESSION, id, 1000, session);
	ck_assert_int_gt(make("li", TOKEN_API, 0, 1000, other), of_session);
	ck_assert_str_eq(whose(session, now), "li");
	ck_assert_int_eq(token_store_revoke(db, &change, id, error), 0);
	ck_assert_ptr_null(whose(token, now));
	ck_assert_ptr_null(whose(session, now));
	ck_assert_str_eq(whose(other, now), "li");
	ck_assert_int_eq(token_store_revoke(db, &change, id, error), -EALREADY);
	ck_assert_int_eq(token_store_revoke(db, &change, 999, error), -ENOENT);
	ck_assert_ptr_null(identity_book_token(book(), id, now));
	ck_assert_ptr_null(identity_book_token(book(), of_session, now));
}
END_TEST

START_TEST(test_a_user_has_only_so_many)
{
	char token[FEED_TOKEN_MAX];

	ck_assert_int_eq(add("li", ADMIN), 0);
	for (int i = 0; i < USER_TOKENS_MAX; i++)
		ck_assert_int_gt(make("li", TOKEN_API, 0, 1000, token), 0);
	ck_assert_int_eq(make("li", TOKEN_API, 0, 1000, token), -EBUSY);
	ck_assert_ptr_nonnull(strstr(error, "revoke some"));
	ck_assert_int_eq(token_store_revoke(db, &change, 1, error), 0);
	ck_assert_int_gt(make("li", TOKEN_API, 0, 1000, token), 0);
	ck_assert_int_eq(make("wang", TOKEN_API, 0, 1000, token), -ENOENT);
}
END_TEST

START_TEST(test_the_day_of_use_only_goes_on)
{
	char token[FEED_TOKEN_MAX];
	int64_t id;

	ck_assert_int_eq(add("li", ADMIN), 0);
	id = make("li", TOKEN_API, 0, 1000, token);
	ck_assert_int_eq(token_store_used(db, id, 2000), 0);
	ck_assert_int_eq(token_store_used(db, id, 1000), 0);
	ck_assert_int_eq(identity_book_token(book(), id, now)->used_day_ms, 2000);
}
END_TEST

/* ---- users ---- */

START_TEST(test_names)
{
	static const char *const good[] = { "a", "li.wei", "0-9_",
					    "abcdefghijklmnopqrstuvwxyz01234" };
	static const char *const bad[] = {
		"", "Li", ".li", "-li", "li wei", "李伟", "li\n", "abcdefghijklmnopqrstuvwxyz012345"
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ck_assert_msg(add(good[i], VIEWER) == 0, "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert_msg(add(bad[i], VIEWER) == -EINVAL, "%s", bad[i]);
		ck_assert(strncmp(error, "name: ", 6) == 0);
	}
	ck_assert_int_eq(add("a", VIEWER), -EEXIST);
}
END_TEST

START_TEST(test_the_last_admin_stays)
{
	ck_assert_int_eq(add("li", ADMIN), 0);
	ck_assert_int_eq(add("wang", ADMIN | VIEWER), 0);
	ck_assert_int_eq(add("zhao", VIEWER), 0);
	ck_assert_int_eq(user_store_disable(db, &change, "wang", true, error), 0);
	ck_assert_int_eq(user_store_disable(db, &change, "wang", true, error), -EALREADY);
	ck_assert_int_eq(user_store_remove(db, &change, "li", error), -EBUSY);
	ck_assert_ptr_nonnull(strstr(error, "last admin"));
	ck_assert_int_eq(user_store_disable(db, &change, "li", true, error), -EBUSY);
	ck_assert_int_eq(user_store_set_roles(db, &change, "li", VIEWER, error), -EBUSY);
	ck_assert_int_eq(user_store_set_roles(db, &change, "li", ADMIN | VIEWER, error), 0);
	ck_assert_int_eq(user_store_disable(db, &change, "wang", false, error), 0);
	ck_assert_int_eq(user_store_remove(db, &change, "li", error), 0);
	ck_assert_int_eq(user_store_remove(db, &change, "wang", error), -EBUSY);
	ck_assert_int_eq(user_store_remove(db, &change, "zhao", error), 0);
	ck_assert_int_eq(user_store_remove(db, &change, "zhao", error), -ENOENT);
}
END_TEST

START_TEST(test_disabled_rests_and_removed_is_over)
{
	char token[FEED_TOKEN_MAX], none[FEED_TOKEN_MAX];
	struct user_row row;

	ck_assert_int_eq(add("li", ADMIN), 0);
	ck_assert_int_eq(add("wang", VIEWER), 0);
	ck_assert_int_gt(make("wang", TOKEN_API, 0, 1000, token), 0);
	ck_assert_int_eq(user_store_disable(db, &change, "wang", true, error), 0);
	ck_assert_ptr_null(whose(token, now));
	ck_assert_int_eq(make("wang", TOKEN_API, 0, 1000, none), -EBUSY);
	ck_assert_int_eq(user_store_disable(db, &change, "wang", false, error), 0);
	ck_assert_str_eq(whose(token, now), "wang");
	ck_assert_int_eq(user_store_remove(db, &change, "wang", error), 0);
	ck_assert_int_eq(add("wang", ADMIN), 0); /* another of that name */
	ck_assert_ptr_null(whose(token, now));
	ck_assert_int_eq(user_store_get(db, "wang", &row), 0);
	ck_assert_uint_eq(row.roles, ADMIN);
}
END_TEST

/* What a later version of the program may have written gives no rights in this one. */
START_TEST(test_roles_that_are_not_known_are_none)
{
	struct user_row row;

	ck_assert_int_eq(add("li", ADMIN), 0);
	ck_assert_int_eq(db_commit(db), 0);
	char command[160];

	snprintf(command, sizeof(command),
		 "sqlite3 %s/t.db \"UPDATE user SET roles='admin,emperor'\"", folder);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(user_store_get(db, "li", &row), 0);
	ck_assert_uint_eq(row.roles, 0);
}
END_TEST

/* ---- the first ---- */

START_TEST(test_the_first_admin_is_made_once)
{
	char token[FEED_TOKEN_MAX], other[FEED_TOKEN_MAX];
	struct token_row row;

	ck_assert(!identity_book_wants_secret(book(), now));
	ck_assert_int_eq(user_store_first_admin(db, &change, now + 1000, &row, token), 1);
	ck_assert_str_eq(whose(token, now), "admin");
	ck_assert(identity_book_wants_secret(book(), now));
	ck_assert(!identity_book_wants_secret(book(), now + 1000));
	ck_assert_int_eq(user_store_first_admin(db, &change, now + 1000, &row, other), 0);
	ck_assert_int_eq(add("zhao", VIEWER), 0);
	ck_assert(identity_book_wants_secret(book(), now));
	ck_assert_int_eq(add("li", ADMIN), 0);
	ck_assert(!identity_book_wants_secret(book(), now));
	ck_assert_str_eq(whose(token, now), "admin");
	ck_assert_int_eq(user_store_remove(db, &change, "li", error), 0);
	ck_assert(identity_book_wants_secret(book(), now));
	ck_assert_int_eq(token_store_revoke(db, &change, row.id, error), 0);
	ck_assert(!identity_book_wants_secret(book(), now));
}
END_TEST

START_TEST(test_every_change_is_another_version)
{
	char token[FEED_TOKEN_MAX];
	int64_t before = identity_book_is(book());

	ck_assert_int_eq(add("li", ADMIN), 0);
	ck_assert_int_eq(identity_book_is(book()), before + 1);
	ck_assert_int_eq(token_store_revoke(db, &change, make("li", TOKEN_API, 0, 1, token), error),
			 0);
	ck_assert_int_eq(identity_book_is(book()), before + 3);
	ck_assert_int_eq(add("li", ADMIN), -EEXIST);
	ck_assert_int_eq(identity_book_is(book()), before + 3);
}
END_TEST

/* Who, what, before and after. */
START_TEST(test_every_change_is_audited)
{
	static const char want[] =
		"user_add|li||admin\nuser_add|wang||viewer\nuser_roles|wang|viewer|viewer,auditor\n"
		"user_disable|wang|viewer,auditor|viewer,auditor disabled\n"
		"user_enable|wang|viewer,auditor disabled|viewer,auditor\n"
		"token_create|wang token 1||api until_ms=1763778601000 \n"
		"session_begin|wang token 2||session until_ms=1763778601000 \n"
		"session_end|wang token 2|session until_ms=1763778601000 |revoked\n"
		"token_revoke|wang token 1|api until_ms=1763778601000 |revoked\n"
		"user_remove|wang|viewer,auditor|\n";
	char token[FEED_TOKEN_MAX], command[256], got[2048] = "";
	FILE *pipe;

	ck_assert_int_eq(add("li", ADMIN), 0);
	ck_assert_int_eq(add("wang", VIEWER), 0);
	ck_assert_int_eq(
		user_store_set_roles(db, &change, "wang", VIEWER | ROLE_BIT(ROLE_AUDITOR), error),
		0);
	ck_assert_int_eq(user_store_disable(db, &change, "wang", true, error), 0);
	ck_assert_int_eq(user_store_disable(db, &change, "wang", false, error), 0);
	ck_assert_int_eq(make("wang", TOKEN_API, 0, 1000, token), 1);
	ck_assert_int_eq(make("wang", TOKEN_SESSION, 1, 1000, token), 2);
	ck_assert_int_eq(token_store_revoke(db, &change, 2, error), 0);
	ck_assert_int_eq(token_store_revoke(db, &change, 1, error), 0);
	ck_assert_int_eq(user_store_remove(db, &change, "wang", error), 0);
	ck_assert_int_eq(db_commit(db), 0);
	snprintf(command, sizeof(command),
		 "sqlite3 %s/t.db \"SELECT action,object,before,after FROM audit_log ORDER BY id\"",
		 folder);
	pipe = popen(command, "r");
	got[fread(got, 1, sizeof(got) - 1, pipe)] = '\0';
	ck_assert_int_eq(pclose(pipe), 0);
	ck_assert_str_eq(got, want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("user_store");
	TCase *tests = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_a_token_is_random_and_never_stored);
	tcase_add_test(tests, test_what_is_no_token);
	tcase_add_test(tests, test_a_token_is_good_between_its_times);
	tcase_add_test(tests, test_revoked_is_over_with_its_sessions);
	tcase_add_test(tests, test_a_user_has_only_so_many);
	tcase_add_test(tests, test_the_day_of_use_only_goes_on);
	tcase_add_test(tests, test_names);
	tcase_add_test(tests, test_the_last_admin_stays);
	tcase_add_test(tests, test_disabled_rests_and_removed_is_over);
	tcase_add_test(tests, test_roles_that_are_not_known_are_none);
	tcase_add_test(tests, test_the_first_admin_is_made_once);
	tcase_add_test(tests, test_every_change_is_another_version);
	tcase_add_test(tests, test_every_change_is_audited);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
