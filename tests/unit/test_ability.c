/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The table of abilities: every row asked for by every role, and what its rows promise together. */
#include "gateway/ability.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/commands.h"

/* ---- a request that only remembers its answer ---- */

struct asked {
	struct control_request request; /* first */
	json_t *reply;
};

static void keep(struct control_request *request, json_t *reply)
{
	((struct asked *)request)->reply = reply;
}

static int no_push(struct control_request *request, json_t *line)
{
	(void)request;
	json_decref(line);
	return -ENOTSUP;
}

static bool wanted(const struct control_request *request)
{
	(void)request;
	return true;
}

static const struct control_sink sink = { keep, no_push, wanted };

static json_t *args_of(const struct ability *ability)
{
	json_t *args = json_pack("{ss}", "command", ability->command);

	if (ability->by_member)
		json_object_set_new(args, ability->op, json_string("x"));
	else if (ability->op)
		json_object_set_new(args, "op", json_string(ability->op));
	return args;
}

/* What is refused comes back at once; the gateway is not touched. */
static json_t *refusal(const struct ability *ability, unsigned roles)
{
	struct asked asked = { .request = { .sink = &sink, .roles = roles } };

	asked.request.args = args_of(ability);
	commands_handle(NULL, &asked.request, asked.request.args);
	json_decref(asked.request.args);
	return asked.reply;
}

START_TEST(test_every_row_for_every_role)
{
	for (size_t i = 0; i < ability_count(); i++) {
		const struct ability *ability = ability_at(i);
		char name[ABILITY_NAME_MAX], names[ROLES_TEXT_MAX], want[128];

		ability_name(ability, name);
		for (int role = 0; role < ROLE_COUNT && ability->run; role++) {
			unsigned roles = ROLE_BIT(role);
			const char *error, *text;
			json_t *args = args_of(ability), *reply;

			ck_assert_msg(ability_asked(args, &error) == ability, "%s", name);
			json_decref(args);
			if (ability_may(roles, ability))
				continue;
			reply = refusal(ability, roles);
			ck_assert_msg(reply != NULL, "%s was run for a %s", name,
				      role_name((enum role)role));
			ck_assert_str_eq(json_string_value(json_object_get(reply, "code")),
					 "forbidden");
			text = json_string_value(json_object_get(reply, "error"));
			snprintf(want, sizeof(want), "%s: is for %s", name,
				 roles_format(ability->roles, names));
			ck_assert_str_eq(text, want);
			json_decref(reply);
		}
	}
}
END_TEST

/* Nobody without a role may do anything, an admin everything. */
START_TEST(test_bounds_of_the_roles)
{
	for (size_t i = 0; i < ability_count(); i++) {
		const struct ability *ability = ability_at(i);
		char name[ABILITY_NAME_MAX];
		bool own = strcmp(ability->command, "session") == 0;

		ability_name(ability, name);
		ck_assert_msg(!ability_may(0, ability), "%s", name);
		ck_assert_msg(ability_may(ROLE_BIT(ROLE_ADMIN), ability), "%s", name);
		ck_assert_msg(!ability->changes || own ||
				      !ability_may(ROLE_BIT(ROLE_AUDITOR) | ROLE_BIT(ROLE_VIEWER),
						   ability),
			      "%s changes something", name);
		/* The others may whatever a viewer may. */
		for (int role = 0; role < ROLE_COUNT; role++)
			ck_assert_msg(!ability_may(ROLE_BIT(ROLE_VIEWER), ability) ||
					      ability_may(ROLE_BIT(role), ability),
				      "%s", name);
	}
	ck_assert(!ability_reveals(ROLE_BIT(ROLE_VIEWER)));
	ck_assert(ability_reveals(ROLE_BIT(ROLE_VIEWER) | ROLE_BIT(ROLE_AUDITOR)));
}
END_TEST

/* Who has which right that matters most, said once more by hand. */
START_TEST(test_what_the_roles_are_for)
{
	static const struct {
		const char *command, *op, *roles;
	} rows[] = {
		{ "status", NULL, "viewer,reviewer,operator,admin,auditor" },
		{ "review", "list", "reviewer,admin,auditor" },
		{ "review", "decide", "reviewer,admin" },
		{ "release", NULL, "operator,admin" },
		{ "feeds", NULL, "viewer,reviewer,operator,admin,auditor" },
		{ "feeds", "restart", "operator,admin" },
		{ "rules", NULL, "reviewer,operator,admin,auditor" },
		{ "rules", "set", "operator,admin" },
		{ "rules-operator", "set", "operator,admin" },
		{ "rules-import", "apply", "operator,admin" },
		{ "rules-export", NULL, "operator,admin,auditor" },
		{ "reward_reverse", NULL, "operator,admin" },
		{ "trace", NULL, "operator,admin" },
		{ "policy", "try", "operator,admin" },
		{ "erase-calls", NULL, "admin" },
		{ "users", "list", "admin,auditor" },
		{ "users", "add", "admin" },
		{ "users", "remove", "admin" },
		{ "tokens", "create", "admin" },
		{ "tokens", "revoke", "admin" },
		{ "reveal", NULL, "reviewer,operator,admin,auditor" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct ability *ability = ability_find(rows[i].command, rows[i].op);
		char roles[ROLES_TEXT_MAX];

		ck_assert_msg(ability != NULL, "%s %s", rows[i].command, rows[i].op);
		ck_assert_str_eq(roles_format(ability->roles, roles), rows[i].roles);
	}
}
END_TEST

START_TEST(test_what_is_in_no_row_cannot_be_asked)
{
	static const struct {
		const char *args, *error;
	} rows[] = {
		{ "{\"command\":\"nothing\"}", "command" },
		{ "{\"command\":\"reveal\"}", NULL },
		{ "{\"command\":\"review\",\"op\":\"burn\"}", "op" },
		{ "{\"command\":\"review\",\"op\":7}", "op" },
		{ "{\"command\":\"feeds\",\"op\":\"x\"}", NULL },
		{ "{\"command\":\"feeds\",\"op\":\"restart\"}", NULL }, /* only by the member */
		{ "{\"command\":\"review\"}", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_t *args = json_loads(rows[i].args, 0, NULL);
		const char *error;
		const struct ability *ability = ability_asked(args, &error);

		ck_assert_msg((ability == NULL) == (rows[i].error != NULL), "%s", rows[i].args);
		if (!ability)
			ck_assert_msg(strncmp(error, rows[i].error, strlen(rows[i].error)) == 0,
				      "%s", error);
		else
			ck_assert_msg(!ability->changes, "%s", rows[i].args);
		json_decref(args);
	}
}
END_TEST

START_TEST(test_roles_as_text)
{
	char text[ROLES_TEXT_MAX];
	unsigned roles;

	for (unsigned all = 1; all < ROLE_BIT(ROLE_COUNT); all++) {
		ck_assert_int_eq(roles_parse(roles_format(all, text), &roles), 0);
		ck_assert_uint_eq(roles, all);
	}
	ck_assert_str_eq(roles_format(0, text), "");
	ck_assert_int_eq(roles_parse("", &roles), -EINVAL);
	ck_assert_int_eq(roles_parse("admin,", &roles), -EINVAL);
	ck_assert_int_eq(roles_parse(",admin", &roles), -EINVAL);
	ck_assert_int_eq(roles_parse("Admin", &roles), -EINVAL);
	ck_assert_int_eq(roles_parse("admin viewer", &roles), -EINVAL);
	ck_assert_int_eq(roles_parse("adminadminadminadminadminadminadminadminadminadmin", &roles),
			 -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ability");
	TCase *tests = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, test_every_row_for_every_role);
	tcase_add_test(tests, test_bounds_of_the_roles);
	tcase_add_test(tests, test_what_the_roles_are_for);
	tcase_add_test(tests, test_what_is_in_no_row_cannot_be_asked);
	tcase_add_test(tests, test_roles_as_text);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
