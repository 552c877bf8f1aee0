/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao rules operator ...`: the operator's own rules in versions. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cli.h"

static const char usage[] =
	"usage: mianrao rules operator [show [VERSION]]\n"
	"       mianrao rules operator history [--limit N] [--cursor C]\n"
	"       mianrao rules operator diff FILE|- | diff FROM [TO]\n"
	"       mianrao rules operator try FILE|- | try VERSION   [--limit N]\n"
	"       mianrao rules operator set FILE|- --note TEXT [--force] [--if-version N]\n"
	"       mianrao rules operator rollback VERSION --note TEXT [--force] [--if-version N]\n"
	"version 0 is the configuration\n";

enum { WORDS_MAX = 2 };

/* Arguments behind the verb, taken apart. */
struct given {
	const char *words[WORDS_MAX];
	int count;
};

static enum cli_exit wrong_usage(const struct cli *cli, json_t *request)
{
	json_decref(request);
	fputs(usage, cli->errors);
	return CLI_USAGE;
}

static bool is_count(const char *text, json_int_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && !*end && errno == 0;
}

static bool take_option(json_t *request, int argc, char **argv, int *i)
{
	json_int_t count;

	if (strcmp(argv[*i], "--force") == 0)
		return json_object_set_new(request, "force", json_true()) == 0;
	if (*i + 1 == argc)
		return false;
	if (strcmp(argv[*i], "--note") == 0)
		return json_object_set_new(request, "note", json_string(argv[++*i])) == 0;
	if (strcmp(argv[*i], "--if-version") == 0)
		return is_count(argv[++*i], &count) &&
		       json_object_set_new(request, "expected_version", json_integer(count)) == 0;
	if (strcmp(argv[*i], "--cursor") == 0)
		return json_object_set_new(request, "cursor", json_string(argv[++*i])) == 0;
	return strcmp(argv[*i], "--limit") == 0 && is_count(argv[++*i], &count) &&
	       json_object_set_new(request, "limit", json_integer(count)) == 0;
}

static bool take_words(json_t *request, int argc, char **argv, struct given *given)
{
	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) == 0) {
			if (!take_option(request, argc, argv, &i))
				return false;
		} else if (given->count < WORDS_MAX) {
			given->words[given->count++] = argv[i];
		} else {
			return false;
		}
	}
	return true;
}

static bool set_version(json_t *request, const char *name, const char *word)
{
	json_int_t version;

	return is_count(word, &version) &&
	       json_object_set_new(request, name, json_integer(version)) == 0;
}

static bool set_file(const struct cli *cli, json_t *request, const char *path)
{
	json_t *text = cli_read_file(cli, path);

	return text && json_object_set_new(request, "text", text) == 0;
}

static void show_changes(FILE *out, const json_t *result)
{
	json_t *change;
	size_t i;

	json_array_foreach(json_object_get(result, "changes"), i, change)
	{
		char *text = cli_clean(json_is_string(change) ? json_string_value(change) : "?");

		fprintf(out, "%s\n", text ? text : "?");
		free(text);
	}
}

/* A word that is a number is a version, any other a file. */
static enum cli_exit ask_about(const struct cli *cli, json_t *request, const struct given *given,
			       const char *version_name, cli_show_fn *show)
{
	if (set_version(request, version_name, given->words[0]))
		return cli_ask_and_show(cli, request, show);
	if (set_file(cli, request, given->words[0]))
		return cli_ask_and_show(cli, request, show);
	json_decref(request);
	return CLI_REFUSED;
}

static enum cli_exit diff(const struct cli *cli, json_t *request, const struct given *given)
{
	if (given->count == 1)
		return ask_about(cli, request, given, "from", show_changes);
	if (given->count == 2 && set_version(request, "from", given->words[0]) &&
	    set_version(request, "to", given->words[1]))
		return cli_ask_and_show(cli, request, show_changes);
	return wrong_usage(cli, request);
}

static enum cli_exit change(const struct cli *cli, json_t *request, const struct given *given,
			    bool rollback)
{
	if (given->count != 1 || !json_object_get(request, "note"))
		return wrong_usage(cli, request);
	if (rollback)
		return set_version(request, "version", given->words[0])
			       ? cli_ask_and_show(cli, request, cli_show)
			       : wrong_usage(cli, request);
	if (set_file(cli, request, given->words[0]))
		return cli_ask_and_show(cli, request, cli_show);
	json_decref(request);
	return CLI_REFUSED;
}

enum cli_exit cli_rules_operator(const struct cli *cli, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "show";
	json_t *request = json_pack("{s:s,s:s}", "command", "rules-operator", "op", verb);
	struct given given = { .count = 0 };

	if (!request || (argc > 2 && !take_words(request, argc - 2, argv + 2, &given)))
		return wrong_usage(cli, request);
	if (strcmp(verb, "show") == 0 && given.count == 0)
		return cli_ask_and_show(cli, request, cli_show_rules);
	if (strcmp(verb, "show") == 0 && given.count == 1 &&
	    set_version(request, "version", given.words[0]))
		return cli_ask_and_show(cli, request, cli_show_rules);
	if (strcmp(verb, "history") == 0 && given.count == 0)
		return cli_ask_and_show(cli, request, cli_show);
	if (strcmp(verb, "diff") == 0 && given.count > 0)
		return diff(cli, request, &given);
	if (strcmp(verb, "try") == 0 && given.count == 1)
		return ask_about(cli, request, &given, "version", cli_show);
	if (strcmp(verb, "set") == 0 || strcmp(verb, "rollback") == 0)
		return change(cli, request, &given, strcmp(verb, "rollback") == 0);
	return wrong_usage(cli, request);
}
