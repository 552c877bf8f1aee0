/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao audit ...`: whether all adds up, whether the audit is whole, and what is in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cli.h"
#include "gateway/cli_progress.h"

static const char usage[] =
	"usage: mianrao audit\n"
	"       mianrao audit verify\n"
	"       mianrao audit list [--limit N] [--actor TEXT] [--action NAME] [--since TIME]\n"
	"                          [--until TIME] [--cursor N] [--reveal]\n";

static enum cli_exit wrong_usage(const struct cli *cli, json_t *request)
{
	json_decref(request);
	fputs(usage, cli->errors);
	return CLI_USAGE;
}

/* ---- walks ---- */

/* `good`: the member of the answer that is true when all is well. */
static enum cli_exit walk(const struct cli *cli, const char *command, const char *good)
{
	json_t *result;
	enum cli_exit code =
		cli_ask_long(cli, json_pack("{ss}", "command", command), "checking", &result);

	if (code)
		return code;
	cli_print(cli, result, cli_show);
	if (!json_is_true(json_object_get(result, good)))
		code = CLI_REFUSED;
	json_decref(result);
	return code;
}

/* ---- list ---- */

static bool take_option(json_t *request, int argc, char **argv, int *i)
{
	static const struct {
		const char *name;
		bool number;
	} options[] = { { "limit", true },   { "cursor", true }, { "actor", false },
			{ "action", false }, { "since", false }, { "until", false } };

	if (strcmp(argv[*i], "--reveal") == 0)
		return json_object_set_new(request, "reveal", json_true()) == 0;
	for (size_t k = 0; k < sizeof options / sizeof options[0]; k++) {
		char *end = NULL;
		json_t *value;

		if (strncmp(argv[*i], "--", 2) != 0 || strcmp(argv[*i] + 2, options[k].name) != 0 ||
		    *i + 1 == argc)
			continue;
		++*i;
		errno = 0;
		value = options[k].number ? json_integer(strtoll(argv[*i], &end, 10))
					  : json_string(argv[*i]);
		if (end && (end == argv[*i] || *end || errno)) {
			json_decref(value);
			return false;
		}
		return json_object_set_new(request, options[k].name, value) == 0;
	}
	return false;
}

static enum cli_exit list(const struct cli *cli, int argc, char **argv)
{
	json_t *request = json_pack("{ss}", "command", "audit-list");

	for (int i = 0; i < argc; i++)
		if (!take_option(request, argc, argv, &i))
			return wrong_usage(cli, request);
	return cli_ask_and_show(cli, request, cli_show);
}

enum cli_exit cli_audit(const struct cli *cli, int argc, char **argv)
{
	if (argc == 1)
		return walk(cli, "audit", "balanced");
	if (argc == 2 && strcmp(argv[1], "verify") == 0)
		return walk(cli, "audit-verify", "whole");
	if (strcmp(argv[1], "list") == 0)
		return list(cli, argc - 2, argv + 2);
	return wrong_usage(cli, NULL);
}
