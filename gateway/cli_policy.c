/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao policy show`, `mianrao policy try FILE`, and `mianrao erase-calls`: commands that take
 * their time and tell how far they are. */
#include <stdlib.h>
#include <string.h>

#include "gateway/cli.h"
#include "gateway/cli_progress.h"

static const char usage[] = "usage: mianrao policy [show]\n"
			    "       mianrao policy try FILE|- [--days N] [--limit N]\n";

static bool read_count(json_t *request, const char *option, const char *text)
{
	char *end;
	long long count = strtoll(text, &end, 10);

	if (strcmp(option, "--days") != 0 && strcmp(option, "--limit") != 0)
		return false;
	return *text && !*end && json_object_set_new(request, option + 2, json_integer(count)) == 0;
}

static enum cli_exit ask_long(const struct cli *cli, json_t *request, const char *doing)
{
	json_t *result;
	enum cli_exit code = cli_ask_long(cli, request, doing, &result);

	if (code)
		return code;
	cli_print(cli, result, cli_show);
	json_decref(result);
	return CLI_OK;
}

static enum cli_exit try(const struct cli *cli, int argc, char **argv)
{
	json_t *text = cli_read_file(cli, argv[2]);
	json_t *request;

	if (!text)
		return CLI_REFUSED;
	request = json_pack("{s:s,s:s,s:s,s:o}", "command", "policy", "op", "try", "name", argv[2],
			    "text", text);
	for (int i = 3; i < argc; i += 2) {
		if (i + 1 < argc && read_count(request, argv[i], argv[i + 1]))
			continue;
		json_decref(request);
		fputs(usage, cli->errors);
		return CLI_USAGE;
	}
	return ask_long(cli, request, "judging");
}

enum cli_exit cli_policy(const struct cli *cli, int argc, char **argv)
{
	if (argc >= 3 && strcmp(argv[1], "try") == 0 && strncmp(argv[2], "--", 2) != 0)
		return try(cli, argc, argv);
	if (argc == 1 || (argc == 2 && strcmp(argv[1], "show") == 0))
		return cli_ask_and_show(cli, json_pack("{s:s}", "command", "policy"), cli_show);
	fputs(usage, cli->errors);
	return CLI_USAGE;
}

enum cli_exit cli_erase_calls(const struct cli *cli, int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: mianrao erase-calls NUMBER\n", cli->errors);
		return CLI_USAGE;
	}
	return ask_long(cli, json_pack("{s:s,s:s}", "command", "erase-calls", "number", argv[1]),
			"erasing");
}
