/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/ability.h"

#include <stdio.h>
#include <string.h>

#include "gateway/commands_store.h"
#include "gateway/commands_users.h"

enum {
	VIEWER = ROLE_BIT(ROLE_VIEWER),
	REVIEWER = ROLE_BIT(ROLE_REVIEWER),
	OPERATOR = ROLE_BIT(ROLE_OPERATOR),
	ADMIN = ROLE_BIT(ROLE_ADMIN),
	AUDITOR = ROLE_BIT(ROLE_AUDITOR),

	EVERYBODY = VIEWER | REVIEWER | OPERATOR | ADMIN | AUDITOR,
	/* Who may see numbers in full. What cannot be shown without them is theirs alone. */
	TRUSTED = REVIEWER | OPERATOR | ADMIN | AUDITOR,
	JUDGES = REVIEWER | ADMIN,
	QUEUE = REVIEWER | ADMIN | AUDITOR,
	RUNNING = OPERATOR | ADMIN,
	BOOKS = OPERATOR | ADMIN | AUDITOR, /* all of it, in files */
	RECORDS = ADMIN | AUDITOR,	    /* who did what */
};

/* A command's rows stand together, its preset first. */
static const struct ability table[] = {
	{ "accounts", NULL, EVERYBODY, false, false, command_accounts },
	{ "audit", NULL, BOOKS, false, false, command_audit },
	{ "audit-list", NULL, RECORDS, false, false, command_audit_list },
	{ "audit-verify", NULL, BOOKS, false, false, command_audit_verify },
	{ "blocked", NULL, EVERYBODY, false, false, command_blocked },
	{ "caller", NULL, EVERYBODY, false, false, command_caller },
	{ "callers", NULL, EVERYBODY, false, false, command_callers },
	{ "erase-calls", NULL, ADMIN, true, false, command_erase_calls },
	{ "feeds", NULL, EVERYBODY, false, false, command_feeds },
	{ "feeds", "restart", RUNNING, true, true, command_feeds },
	{ "links", NULL, EVERYBODY, false, false, command_links },
	{ "policy", "show", EVERYBODY, false, false, command_policy },
	{ "policy", "try", RUNNING, false, false, command_policy },
	{ "privacy", "retention", EVERYBODY, false, false, command_privacy },
	{ "privacy", "export", RECORDS, false, false, command_privacy },
	{ "privacy", "calls", RECORDS, false, false, command_privacy },
	{ "privacy", "erase", ADMIN, true, false, command_privacy },
	{ "release", NULL, RUNNING, true, false, command_release },
	{ "reference", NULL, EVERYBODY, false, false, command_reference },
	{ "report", NULL, EVERYBODY, false, false, command_report },
	{ "report-appeal", NULL, REVIEWER | RUNNING, true, false, command_report_appeal },
	{ "report-day", NULL, EVERYBODY, false, false, command_report_day },
	{ "report-intake", NULL, RUNNING, true, false, command_report_intake },
	{ "report-similar", NULL, EVERYBODY, false, false, command_report_similar },
	{ "reports", NULL, EVERYBODY, false, false, command_reports },
	{ ABILITY_REVEAL, NULL, TRUSTED, false, false, command_reveal },
	{ "review", "list", QUEUE, false, false, command_review },
	{ "review", "show", QUEUE, false, false, command_review },
	{ "review", "next", JUDGES, true, false, command_review },
	{ "review", "take", JUDGES, true, false, command_review },
	{ "review", "release", JUDGES, true, false, command_review },
	{ "review", "decide", JUDGES, true, false, command_review },
	{ "reward", NULL, EVERYBODY, false, false, command_reward },
	{ "reward_ledger", NULL, EVERYBODY, false, false, command_reward_ledger },
	{ "reward_lookup", NULL, EVERYBODY, false, false, command_reward_lookup },
	{ "reward_repeat", NULL, RUNNING, true, false, command_reward_repeat },
	{ "reward_reverse", NULL, RUNNING, true, false, command_reward_reverse },
	{ "rewards", NULL, EVERYBODY, false, false, command_rewards },
	{ "rules", "show", TRUSTED, false, false, command_rules },
	{ "rules", "set", RUNNING, true, false, command_rules },
	{ "rules", "add", RUNNING, true, false, command_rules },
	{ "rules", "remove", RUNNING, true, false, command_rules },
	{ "rules-export", NULL, BOOKS, false, false, command_rules_export },
	{ "rules-import", "begin", RUNNING, true, false, command_rules_import },
	{ "rules-import", "check", RUNNING, false, false, command_rules_import },
	{ "rules-import", "apply", RUNNING, true, false, command_rules_import },
	{ "rules-import", "end", RUNNING, true, false, command_rules_import },
	{ "rules-operator", "show", EVERYBODY, false, false, command_rules_operator },
	{ "rules-operator", "history", EVERYBODY, false, false, command_rules_operator },
	{ "rules-operator", "diff", EVERYBODY, false, false, command_rules_operator },
	{ "rules-operator", "try", RUNNING, false, false, command_rules_operator },
	{ "rules-operator", "set", RUNNING, true, false, command_rules_operator },
	{ "rules-operator", "rollback", RUNNING, true, false, command_rules_operator },
	{ "screen", NULL, TRUSTED, false, false, command_screen },
	{ "session", "begin", EVERYBODY, true, false, command_session },
	{ "session", "end", EVERYBODY, true, false, command_session },
	{ "settlement", NULL, BOOKS, false, false, command_settlement },
	{ "status", NULL, EVERYBODY, false, false, command_status },
	{ "statistics", NULL, EVERYBODY, false, false, command_statistics },
	{ "subscriber", NULL, EVERYBODY, false, false, command_subscriber },
	{ "tokens", "list", RECORDS, false, false, command_tokens },
	{ "tokens", "create", ADMIN, true, false, command_tokens },
	{ "tokens", "revoke", ADMIN, true, false, command_tokens },
	{ "trace", NULL, RUNNING, false, false, command_trace },
	{ "users", "list", RECORDS, false, false, command_users },
	{ "users", "add", ADMIN, true, false, command_users },
	{ "users", "set-role", ADMIN, true, false, command_users },
	{ "users", "disable", ADMIN, true, false, command_users },
	{ "users", "enable", ADMIN, true, false, command_users },
	{ "users", "remove", ADMIN, true, false, command_users },
	{ "whoami", NULL, EVERYBODY, false, false, command_whoami },
};
enum { TABLE_COUNT = sizeof(table) / sizeof(*table) };

size_t ability_count(void)
{
	return TABLE_COUNT;
}

const struct ability *ability_at(size_t i)
{
	return &table[i];
}

const struct ability *ability_find(const char *command, const char *op)
{
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (strcmp(table[i].command, command) == 0 &&
		    (!op || (table[i].op && strcmp(table[i].op, op) == 0)))
			return &table[i];
	return NULL;
}

static const struct ability *by_member(const struct ability *first, const json_t *args)
{
	for (const struct ability *row = first;
	     row < table + TABLE_COUNT && strcmp(row->command, first->command) == 0; row++)
		if (row->by_member && json_object_get(args, row->op))
			return row;
	return NULL;
}

const struct ability *ability_asked(const json_t *args, const char **error)
{
	const char *command = json_string_value(json_object_get(args, "command"));
	const json_t *op = json_object_get(args, "op");
	const struct ability *first = command ? ability_find(command, NULL) : NULL;
	const struct ability *row;

	*error = "command: not known";
	if (!first || !first->run)
		return NULL;
	row = by_member(first, args);
	if (row || !first->op || !op)
		return row ? row : first;
	*error = "op: not known";
	return json_is_string(op) ? ability_find(command, json_string_value(op)) : NULL;
}

bool ability_may(unsigned roles, const struct ability *ability)
{
	return (roles & ability->roles) != 0;
}

bool ability_reveals(unsigned roles)
{
	return (roles & TRUSTED) != 0;
}

const char *ability_name(const struct ability *ability, char out[ABILITY_NAME_MAX])
{
	snprintf(out, ABILITY_NAME_MAX, "%s%s%s", ability->command, ability->op ? " " : "",
		 ability->op ? ability->op : "");
	return out;
}
