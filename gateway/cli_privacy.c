/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao privacy`: how retention is doing; all that is held about a number; a number erased. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/cli.h"
#include "gateway/cli_progress.h"

static const char usage[] = "usage: mianrao privacy [retention]\n"
			    "       mianrao privacy export NUMBER\n"
			    "       mianrao privacy erase NUMBER [--yes] [--dry-run]\n";

static enum cli_exit wrong(const struct cli *cli)
{
	fputs(usage, cli->errors);
	return CLI_USAGE;
}

/* ---- export ---- */

typedef bool page_fn(void *user, const json_t *page);

/* A page at a time: neither side holds more than one. */
static enum cli_exit each_page(const struct cli *cli, const char *number, bool count, page_fn *take,
			       void *user)
{
	json_int_t table = 0, after = 0;
	bool more = true;

	while (more) {
		const json_t *next;
		json_t *page;
		enum cli_exit code = cli_ask(
			cli,
			json_pack("{s:s,s:s,s:s,s:b,s:I,s:I}", "command", "privacy", "op", "export",
				  "number", number, "count", count, "table", table, "after", after),
			&page);

		if (code != CLI_OK)
			return code;
		next = json_object_get(page, "next");
		more = next != NULL;
		table = json_integer_value(json_object_get(next, "table"));
		after = json_integer_value(json_object_get(next, "after"));
		if (!take(user, page))
			code = CLI_REFUSED;
		json_decref(page);
		if (code != CLI_OK)
			return code;
	}
	return CLI_OK;
}

static bool print_page(void *user, const json_t *page)
{
	const struct cli *cli = user;
	const char *text = json_string_value(json_object_get(page, "text"));

	if (!text || fputs(text, cli->out) != EOF)
		return true;
	fprintf(cli->errors, "mianrao: output: %s\n", strerror(errno));
	return false;
}

static enum cli_exit run_export(const struct cli *cli, const char *number)
{
	enum cli_exit code = each_page(cli, number, false, print_page, (void *)cli);
	json_t *calls;

	if (code == CLI_OK)
		code = cli_ask(cli,
			       json_pack("{s:s,s:s,s:s}", "command", "privacy", "op", "calls",
					 "number", number),
			       &calls);
	if (code != CLI_OK)
		return code;
	code = print_page((void *)cli, calls) ? CLI_OK : CLI_REFUSED;
	json_decref(calls);
	return code;
}

/* ---- erase ---- */

static bool add_counts(void *user, const json_t *page)
{
	json_t *sum = user;
	const char *kind;
	json_t *count;

	json_object_foreach(json_object_get(page, "counts"), kind, count)
	{
		json_int_t so_far = json_integer_value(json_object_get(sum, kind));

		json_object_set_new(sum, kind, json_integer(so_far + json_integer_value(count)));
	}
	return true;
}

static json_t *erase_request(const char *number, bool dry_run)
{
	return json_pack("{s:s,s:s,s:s,s:b}", "command", "privacy", "op", "erase", "number", number,
			 "dry-run", dry_run);
}

/* What is there, and what an erasure would wait for. */
static enum cli_exit dry_run(const struct cli *cli, const char *number)
{
	json_t *counts = json_object();
	json_t *result = NULL;
	enum cli_exit code = each_page(cli, number, true, add_counts, counts);

	if (code == CLI_OK)
		code = cli_ask(cli, erase_request(number, true), &result);
	if (code == CLI_OK) {
		json_object_set(result, "found", counts);
		cli_print(cli, result, cli_show);
	}
	json_decref(result);
	json_decref(counts);
	return code;
}

static bool confirmed(const struct cli *cli, const char *number)
{
	char line[64] = "";

	if (!isatty(STDIN_FILENO)) {
		fputs("mianrao: an erasure cannot be taken back: say --yes\n", cli->errors);
		return false;
	}
	fprintf(cli->errors,
		"All that is held about %s is erased. That cannot be taken back.\n"
		"Type the number again to go on: ",
		number);
	if (fgets(line, sizeof(line), stdin))
		line[strcspn(line, "\r\n")] = '\0';
	if (strcmp(line, number) == 0)
		return true;
	fputs("mianrao: nothing was erased\n", cli->errors);
	return false;
}

static enum cli_exit erase(const struct cli *cli, const char *number)
{
	json_t *result;
	enum cli_exit code = cli_ask_long(cli, erase_request(number, false), "erasing", &result);

	if (code != CLI_OK)
		return code;
	cli_print(cli, result, cli_show);
	if (!json_is_true(json_object_get(result, "erased"))) {
		fputs("mianrao: nothing was erased: what waits_for names has to end first\n",
		      cli->errors);
		code = CLI_REFUSED;
	}
	json_decref(result);
	return code;
}

static enum cli_exit run_erase(const struct cli *cli, int argc, char **argv)
{
	const char *number = NULL;
	bool yes = false, dry = false;

	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--yes") == 0)
			yes = true;
		else if (strcmp(argv[i], "--dry-run") == 0)
			dry = true;
		else if (!number && argv[i][0] != '-')
			number = argv[i];
		else
			return wrong(cli);
	}
	if (!number)
		return wrong(cli);
	if (dry)
		return dry_run(cli, number);
	return yes || confirmed(cli, number) ? erase(cli, number) : CLI_REFUSED;
}

enum cli_exit cli_privacy(const struct cli *cli, int argc, char **argv)
{
	if (argc == 1 || (argc == 2 && strcmp(argv[1], "retention") == 0))
		return cli_ask_and_show(
			cli, json_pack("{s:s,s:s}", "command", "privacy", "op", "retention"),
			cli_show);
	if (argc == 3 && strcmp(argv[1], "export") == 0 && argv[2][0] != '-')
		return run_export(cli, argv[2]);
	if (argc >= 3 && strcmp(argv[1], "erase") == 0)
		return run_erase(cli, argc, argv);
	return wrong(cli);
}
