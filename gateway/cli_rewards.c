/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao rewards ...`. */
#include <stdlib.h>
#include <string.h>

#include "gateway/cli.h"

static const char usage[] =
	"usage: mianrao rewards [--state STATE] [--overdue] [--failed] [--limit N] [--cursor C]\n"
	"       mianrao rewards ID\n"
	"       mianrao rewards repeat ID|--failed|--overdue\n"
	"       mianrao rewards reverse ID --reason TEXT\n"
	"       mianrao rewards settlement DAY\n"
	"       mianrao rewards reconcile FILE|- [--day DAY]\n";

static enum cli_exit wrong_usage(const struct cli *cli)
{
	fputs(usage, cli->errors);
	return CLI_USAGE;
}

static enum cli_exit ask_with(const struct cli *cli, const char *command, const char *name,
			      const char *value)
{
	return cli_ask_and_show(cli, json_pack("{ss ss}", "command", command, name, value),
				cli_show);
}

/* ---- the list ---- */

static bool take_limit(json_t *request, const char *text)
{
	char *end;
	long long limit = strtoll(text, &end, 10);

	return end != text && *end == '\0' &&
	       json_object_set_new(request, "limit", json_integer(limit)) == 0;
}

static bool take_option(json_t *request, int argc, char **argv, int *i)
{
	const char *name = argv[*i];

	if (strcmp(name, "--overdue") == 0 || strcmp(name, "--failed") == 0)
		return json_object_set_new(request, name + 2, json_true()) == 0;
	if (++*i >= argc)
		return false;
	if (strcmp(name, "--state") == 0)
		return json_object_set_new(request, "state", json_string(argv[*i])) == 0;
	if (strcmp(name, "--cursor") == 0)
		return json_object_set_new(request, "cursor", json_string(argv[*i])) == 0;
	return strcmp(name, "--limit") == 0 && take_limit(request, argv[*i]);
}

static enum cli_exit list(const struct cli *cli, int argc, char **argv)
{
	json_t *request = json_pack("{ss}", "command", "rewards");

	for (int i = 1; i < argc; i++) {
		if (take_option(request, argc, argv, &i))
			continue;
		json_decref(request);
		return wrong_usage(cli);
	}
	return cli_ask_and_show(cli, request, cli_show);
}

/* ---- changes ---- */

/* Some hundred at a time, until none is left. */
static enum cli_exit repeat_many(const struct cli *cli, const char *which)
{
	json_int_t repeated = 0, on_their_way = 0, without_budget = 0;
	bool more = true;

	while (more) {
		json_t *result;
		enum cli_exit code = cli_ask(
			cli, json_pack("{ss sb}", "command", "reward_repeat", which, 1), &result);

		if (code)
			return code;
		repeated += json_integer_value(json_object_get(result, "repeated"));
		on_their_way = json_integer_value(json_object_get(result, "on_their_way"));
		without_budget = json_integer_value(json_object_get(result, "without_budget"));
		more = json_is_true(json_object_get(result, "more"));
		json_decref(result);
	}
	json_t *total = json_pack("{sI sI sI}", "repeated", repeated, "on_their_way", on_their_way,
				  "without_budget", without_budget);
	if (cli->json) {
		json_dumpf(total, cli->out, JSON_COMPACT);
		fputc('\n', cli->out);
	} else {
		cli_show(cli->out, total);
	}
	json_decref(total);
	return CLI_OK;
}

static enum cli_exit repeat(const struct cli *cli, int argc, char **argv)
{
	if (argc != 3)
		return wrong_usage(cli);
	if (strcmp(argv[2], "--failed") == 0 || strcmp(argv[2], "--overdue") == 0)
		return repeat_many(cli, argv[2] + 2);
	if (argv[2][0] == '-')
		return wrong_usage(cli);
	return ask_with(cli, "reward_repeat", "id", argv[2]);
}

static enum cli_exit reverse(const struct cli *cli, int argc, char **argv)
{
	if (argc != 5 || strcmp(argv[3], "--reason") != 0)
		return wrong_usage(cli);
	return cli_ask_and_show(cli,
				json_pack("{ss ss ss}", "command", "reward_reverse", "id", argv[2],
					  "reason", argv[4]),
				cli_show);
}

static enum cli_exit settlement(const struct cli *cli, int argc, char **argv)
{
	return argc == 3 ? ask_with(cli, "settlement", "day", argv[2]) : wrong_usage(cli);
}

static enum cli_exit reconcile(const struct cli *cli, int argc, char **argv)
{
	if (argc == 3)
		return cli_reconcile(cli, argv[2], NULL);
	if (argc == 5 && strcmp(argv[3], "--day") == 0)
		return cli_reconcile(cli, argv[2], argv[4]);
	return wrong_usage(cli);
}

enum cli_exit cli_rewards(const struct cli *cli, int argc, char **argv)
{
	static const struct {
		const char *name;
		enum cli_exit (*run)(const struct cli *cli, int argc, char **argv);
	} verbs[] = { { "repeat", repeat },
		      { "reverse", reverse },
		      { "settlement", settlement },
		      { "reconcile", reconcile } };

	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(verbs[i].name, argv[1]) == 0)
			return verbs[i].run(cli, argc, argv);
	if (argc == 2 && argv[1][0] != '-')
		return ask_with(cli, "reward", "id", argv[1]);
	return list(cli, argc, argv);
}
