/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao users ...` and `mianrao tokens ...`: who may do what, and by what they are known. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cli.h"

static const char users_usage[] =
	"usage: mianrao users [list]\n"
	"       mianrao users add NAME ROLES | users set-role NAME ROLES\n"
	"       mianrao users disable NAME | users enable NAME | users remove NAME\n"
	"ROLES are some of viewer, reviewer, operator, admin, auditor, with commas between them\n";

static const char tokens_usage[] =
	"usage: mianrao tokens [list] [--user NAME] [--sessions] [--limit N]\n"
	"       mianrao tokens create NAME [--label TEXT] [--days N]\n"
	"       mianrao tokens revoke ID\n"
	"a token is told once, and good for 90 days unless --days says 1 to 366\n";

/* A verb with its words, as members of the request. */
struct verb {
	const char *name;
	const char *words[2];
};

static const struct verb user_verbs[] = {
	{ "list", { NULL } },
	{ "add", { "name", "roles" } },
	{ "disable", { "name", NULL } },
	{ "set-role", { "name", "roles" } },
	{ "enable", { "name", NULL } },
	{ "remove", { "name", NULL } },
};

static const struct verb token_verbs[] = {
	{ "list", { NULL } },
	{ "create", { "user", NULL } },
	{ "revoke", { "id", NULL } },
};

static enum cli_exit wrong_usage(const struct cli *cli, json_t *request, const char *usage)
{
	json_decref(request);
	fputs(usage, cli->errors);
	return CLI_USAGE;
}

static bool set_number(json_t *request, const char *name, const char *text)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && !*end && errno == 0 &&
	       json_object_set_new(request, name, json_integer(number)) == 0;
}

static bool set_word(json_t *request, const char *name, const char *word)
{
	return strcmp(name, "id") == 0 ? set_number(request, name, word)
				       : json_object_set_new(request, name, json_string(word)) == 0;
}

/* Options of the tokens' verbs; false: not one, or without its value. */
static bool take_option(json_t *request, const char *verb, int argc, char **argv, int *i)
{
	const struct {
		const char *option;
		const char *verb;
		bool number;
	} options[] = { { "--user", "list", false },
			{ "--limit", "list", true },
			{ "--label", "create", false },
			{ "--days", "create", true } };

	if (strcmp(argv[*i], "--sessions") == 0)
		return strcmp(verb, "list") == 0 &&
		       json_object_set_new(request, "sessions", json_true()) == 0;
	for (size_t k = 0; k < sizeof options / sizeof options[0]; k++) {
		const char *name = options[k].option + 2;

		if (strcmp(argv[*i], options[k].option) != 0 || *i + 1 == argc ||
		    strcmp(verb, options[k].verb) != 0)
			continue;
		++*i;
		return options[k].number ? set_number(request, name, argv[*i])
					 : set_word(request, name, argv[*i]);
	}
	return false;
}

static bool take_words(json_t *request, const struct verb *verb, int argc, char **argv)
{
	int words = 0;

	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) == 0) {
			if (!take_option(request, verb->name, argc, argv, &i))
				return false;
		} else if (words == 2 || !verb->words[words] ||
			   !set_word(request, verb->words[words++], argv[i])) {
			return false;
		}
	}
	return words == 2 || !verb->words[words];
}

/* Without a verb it is the first one, `list`, though with its options. */
static enum cli_exit run(const struct cli *cli, int argc, char **argv, const struct verb *verbs,
			 size_t count, const char *usage)
{
	bool named = argc > 1 && strncmp(argv[1], "--", 2) != 0;
	const char *name = named ? argv[1] : "list";
	int first = named ? 2 : 1;
	json_t *request = json_pack("{s:s,s:s}", "command", argv[0], "op", name);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(verbs[i].name, name) != 0)
			continue;
		if (!take_words(request, &verbs[i], argc - first, argv + first))
			break;
		return cli_ask_and_show(cli, request, cli_show);
	}
	return wrong_usage(cli, request, usage);
}

enum cli_exit cli_users(const struct cli *cli, int argc, char **argv)
{
	return run(cli, argc, argv, user_verbs, sizeof user_verbs / sizeof user_verbs[0],
		   users_usage);
}

enum cli_exit cli_tokens(const struct cli *cli, int argc, char **argv)
{
	return run(cli, argc, argv, token_verbs, sizeof token_verbs / sizeof token_verbs[0],
		   tokens_usage);
}
