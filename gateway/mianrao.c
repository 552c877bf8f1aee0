/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The command line: `mianrao [--socket PATH] [--json] [--watch] COMMAND ...`. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/cli.h"
#include "gateway/config.h"
#include "gateway/parse_cmd.h"
#include "gateway/version.h"

enum { NAMES_MAX = 3, OPTIONS_MAX = 8, WATCH_S = 1 };

/* OPTION_COMMAND: the request is another one, COMMAND-name. */
enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER, OPTION_COMMAND };

/* A member of the request: --name, or --name VALUE. */
struct option_row {
	const char *name;
	enum option_kind kind;
};

typedef enum cli_exit run_fn(const struct cli *cli, int argc, char **argv);

/* A command without `run` is its arguments as a request, and its answer shown. */
struct command {
	const char *name;
	const char *request; /* its request, if it has another name */
	const char *arguments;
	const char *help;
	run_fn *run;
	bool plain;		      /* without arguments it is as if there were no `run` */
	const char *names[NAMES_MAX]; /* members that the arguments fill, in order; all needed, */
	bool optional;		      /* but for these, of which all may be left out */
	struct option_row options[OPTIONS_MAX + 1]; /* up to one without a name */
};

static run_fn run_parse, run_help, run_version;

static const struct command commands[] = {
	{ .name = "status", .arguments = "", .help = "state of the gateway and its parts" },
	{ .name = "links", .arguments = "", .help = "SMPP links; with --watch a live table" },
	{ .name = "watch",
	  .arguments = "[--rounds N]",
	  .help = "the gateway on one screen: rates, links, feeds, what waits; until interrupted",
	  .run = cli_watch },
	{ .name = "feeds",
	  .arguments = "[token] [hash] [restart SOURCE]",
	  .help = "sources of call records and how they are; `token` makes a token for HTTP with "
		  "its "
		  "hash, `hash` reads one; `restart`: a source's file numbers begin anew",
	  .run = cli_feeds,
	  .plain = true },
	{ .name = "erase-calls",
	  .arguments = "NUMBER",
	  .help = "remove the call records to and from a number from the index",
	  .run = cli_erase_calls },
	{ .name = "privacy",
	  .arguments = "[retention]",
	  .help = "how long things are kept, and how far the removal of what is older is\n"
		  "        privacy export NUMBER                  all that is held about a number "
		  "(JSON Lines)\n"
		  "        privacy erase NUMBER [--yes] [--dry-run]   all of it erased; sums stay, "
		  "under a pseudonym",
	  .run = cli_privacy },
	{ .name = "reports",
	  .arguments = "[--state STATE] [--number NUMBER] [--subscriber NUMBER] [--category NAME] "
		       "[--since TIME] [--until TIME] [--limit N] [--cursor C]",
	  .help = "the latest reports, or those that fit; `--cursor`: on from where a list ended",
	  .options = { { "state", OPTION_TEXT },
		       { "number", OPTION_TEXT },
		       { "subscriber", OPTION_TEXT },
		       { "category", OPTION_TEXT },
		       { "since", OPTION_TEXT },
		       { "until", OPTION_TEXT },
		       { "limit", OPTION_NUMBER },
		       { "cursor", OPTION_TEXT } } },
	{ .name = "report",
	  .arguments = "ID [--why] [--trace] [--day] [--similar [--limit N] [--cursor C]]",
	  .help = "all that is known of one report; --why: its verdict derived again, rule by "
		  "rule; --trace: its way from the text to the credit; --day: how the number "
		  "called others on that day, and the subscriber; --similar: other reports of the "
		  "number, and those in the same words",
	  .names = { "id" },
	  .options = { { "why", OPTION_FLAG },
		       { "trace", OPTION_FLAG },
		       { "day", OPTION_COMMAND },
		       { "similar", OPTION_COMMAND },
		       { "limit", OPTION_NUMBER },
		       { "cursor", OPTION_TEXT } } },
	{ .name = "callers",
	  .arguments = "[--days N] [--order reports|people] [--limit N] [--cursor C]",
	  .help = "the numbers that were reported most, and how many people each calls",
	  .options = { { "days", OPTION_NUMBER },
		       { "order", OPTION_TEXT },
		       { "limit", OPTION_NUMBER },
		       { "cursor", OPTION_TEXT } } },
	{ .name = "caller",
	  .arguments = "NUMBER [--days N]",
	  .help = "what is known of a number that was reported, day by day",
	  .names = { "caller" },
	  .options = { { "days", OPTION_NUMBER } } },
	{ .name = "subscriber",
	  .arguments = "NUMBER",
	  .help = "a subscriber's switches, reports, rewards and wishes",
	  .names = { "subscriber" } },
	{ .name = "statistics",
	  .arguments = "[--days N]",
	  .help = "reports day by day, answered in time or late; the open ones by age",
	  .options = { { "days", OPTION_NUMBER } } },
	{ .name = "appeal",
	  .request = "report-appeal",
	  .arguments = "ID TEXT",
	  .help = "an appeal that a subscriber made by other means than a text; it is told by SMS",
	  .names = { "id", "text" } },
	{ .name = "reveal",
	  .arguments = "REF --reason TEXT",
	  .help = "the number behind a reference; who asked and why is audited",
	  .names = { "ref" },
	  .options = { { "reason", OPTION_TEXT } } },
	{ .name = "policy",
	  .arguments = "[show] | try FILE [--days N] [--limit N]",
	  .help = "the policies in force; what those of FILE would have made of the stored reports",
	  .run = cli_policy },
	{ .name = "review",
	  .arguments = "[list | next | show ID | take ID | release ID | decide ID VERDICT --reason "
		       "TEXT] [--as NAME]",
	  .help = "what policy could not decide; at a terminal one report after the other",
	  .run = cli_review },
	{ .name = "rules",
	  .arguments = "NUMBER [set FILE|-] [add RULE] [remove RULE]",
	  .help = "show or change a subscriber's blocking rules\n"
		  "        rules import FILE [--replace] [--keep-going]   many subscribers' (CSV, "
		  "JSON Lines)\n"
		  "        rules export [FILE] [--format csv|jsonl]       all subscribers'\n"
		  "        rules operator [show|history|diff|try|set|rollback]   the operator's "
		  "own, "
		  "in versions",
	  .run = cli_rules },
	{ .name = "blocked",
	  .arguments = "[NUMBER] [--since TIME] [--limit N] [--cursor C]",
	  .help = "what was blocked lately, for one subscriber or for all",
	  .names = { "number" },
	  .optional = true,
	  .options = { { "since", OPTION_TEXT },
		       { "limit", OPTION_NUMBER },
		       { "cursor", OPTION_TEXT } } },
	{ .name = "release",
	  .arguments = "ID",
	  .help = "let what was blocked through: kept messages go out, and a rule allows the "
		  "sender",
	  .names = { "id" } },
	{ .name = "screen",
	  .arguments = "CALLER CALLED [--sms] [--international] [--at TIME] [--why]",
	  .help = "what would become of a call or message, and by which rule; --why: the canonical "
		  "numbers, the versions of the rules, and every step of the decision",
	  .names = { "caller", "called" },
	  .options = { { "sms", OPTION_FLAG },
		       { "international", OPTION_FLAG },
		       { "at", OPTION_TEXT },
		       { "why", OPTION_FLAG } } },
	{ .name = "accounts",
	  .arguments = "[hash]",
	  .help = "SMPP accounts; `hash` reads a password and prints its hash",
	  .run = cli_accounts },
	{ .name = "trace",
	  .arguments = "LINK [--seconds N] [--text]",
	  .help = "the PDUs of a link as they pass, until interrupted; LINK is a name or address",
	  .run = cli_trace },
	{ .name = "pcap",
	  .arguments = "LINK FILE [--seconds N] [--full]",
	  .help = "the same as a capture file for Wireshark and tshark",
	  .run = cli_pcap },
	{ .name = "rewards",
	  .arguments = "[ID] [--state STATE] [--overdue] [--failed] [--limit N] [--cursor C]",
	  .help = "the ledger: entries by state, or one with its history\n"
		  "        rewards repeat ID|--failed|--overdue   ask again, under the same id\n"
		  "        rewards reverse ID --reason TEXT       take a credit back\n"
		  "        rewards settlement DAY                 the file of a day\n"
		  "        rewards reconcile FILE [--day DAY]     compare with the rewards "
		  "system's",
	  .run = cli_rewards },
	{ .name = "audit",
	  .arguments = "[verify]",
	  .help = "whether messages, reports and rewards add up, and histories are as written; "
		  "`verify`: only whether the audit is whole\n"
		  "        audit list [--limit N] [--actor TEXT] [--action NAME] [--since TIME]\n"
		  "                   [--until TIME] [--cursor N] [--reveal]   who did what",
	  .run = cli_audit },
	{ .name = "users",
	  .arguments = "[list] [add NAME ROLES] [set-role NAME ROLES] [disable|enable|remove NAME]",
	  .help = "who may operate the gateway; roles: viewer, reviewer, operator, admin, auditor",
	  .run = cli_users },
	{ .name = "tokens",
	  .arguments = "[list] [create NAME] [revoke ID] [--label TEXT] [--days N] [--user NAME] "
		       "[--sessions]",
	  .help = "the users' tokens; a new one is told once",
	  .run = cli_tokens },
	{ .name = "whoami",
	  .arguments = "",
	  .help = "as whom this command is known to the daemon, and what it may" },
	{ .name = "parse",
	  .arguments = "[--explain] [--config FILE] [--to CODE] [--language DIR] [--numbering DIR] "
		       "[FILE]",
	  .help = "read texts (JSON Lines) as the gateway would, and tell why; needs no daemon",
	  .run = run_parse },
	{ .name = "help", .arguments = "", .help = "this text", .run = run_help },
	{ .name = "version",
	  .arguments = "",
	  .help = "the version of this command",
	  .run = run_version },
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(FILE *out)
{
	fputs("usage: mianrao [--socket PATH] [--json] [--watch] COMMAND\n\n", out);
	for (int i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %s%s%s\n        %s\n", commands[i].name,
			*commands[i].arguments ? " " : "", commands[i].arguments, commands[i].help);
	fputs("\n  --socket PATH  the daemon's control socket; else $MIANRAO_SOCKET, else\n"
	      "                 /run/mianrao/control.sock, else /var/lib/mianrao/control.sock\n"
	      "  --json         the answer as one line of JSON\n"
	      "  --watch        of a command that shows something: again each second\n\n"
	      "exit status: 0 done, 1 refused or not found, 2 usage, 3 no daemon answers\n",
	      out);
}

static enum cli_exit run_help(const struct cli *cli, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	print_help(cli->out);
	return CLI_OK;
}

static enum cli_exit run_version(const struct cli *cli, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fprintf(cli->out, "mianrao %s\n", MIANRAO_VERSION);
	return CLI_OK;
}

/* What `mianrao parse` was told. */
struct parse_options {
	const char *file;
	const char *config;	  /* NULL: the embedded defaults */
	const char *to;		  /* service code */
	const char *language_dir; /* NULL: as the configuration says */
	const char *numbering_dir;
	bool explain;
};

static enum cli_exit parse_file(const struct cli *cli, const struct parse_options *options,
				const struct config *config, const struct language *language,
				enum parse_form form)
{
	const char *file = options->file;
	bool named = file && strcmp(file, "-") != 0;
	int fd = named ? open(file, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (fd < 0) {
		fprintf(cli->errors, "mianrao: %s: %s\n", file, strerror(errno));
		return CLI_REFUSED;
	}
	int failed = parse_run(language, keyword_table_set(config->keyword_table, options->to), fd,
			       form, cli->out, cli->errors);
	if (named)
		close(fd);
	return failed ? CLI_REFUSED : CLI_OK;
}

static bool parse_option(struct parse_options *options, int argc, char **argv, int *i)
{
	const struct {
		const char *name;
		const char **value;
	} named[] = { { "--config", &options->config },
		      { "--to", &options->to },
		      { "--language", &options->language_dir },
		      { "--numbering", &options->numbering_dir } };

	for (size_t k = 0; k < sizeof named / sizeof named[0]; k++) {
		if (strcmp(argv[*i], named[k].name) != 0)
			continue;
		if (*i + 1 == argc)
			return false;
		*named[k].value = argv[++*i];
		return true;
	}
	if (strcmp(argv[*i], "--explain") == 0)
		return options->explain = true;
	if (options->file || strncmp(argv[*i], "--", 2) == 0)
		return false;
	options->file = argv[*i];
	return true;
}

/* Those of the directories that were named rather than the configuration's; NULL when none was. */
static int load_other_tables(const struct cli *cli, const struct config *config,
			     const struct parse_options *options, struct tables **out)
{
	const char *language = options->language_dir;
	const char *numbering = options->numbering_dir;
	char error[TABLES_ERROR_MAX];
	int rc;

	if (!language && !numbering)
		return 0;
	rc = tables_load(language ? language : config->language_dir,
			 numbering ? numbering : config->numbering_dir, out, error, sizeof(error));
	if (rc < 0)
		fprintf(cli->errors, "%s\n", error[0] ? error : strerror(-rc));
	return rc;
}

static enum cli_exit run_parse(const struct cli *cli, int argc, char **argv)
{
	struct parse_options options = { .to = "10086999" };
	struct tables *tables = NULL;
	struct config *config;
	char error[CONFIG_ERROR_MAX];

	for (int i = 1; i < argc; i++) {
		if (!parse_option(&options, argc, argv, &i)) {
			fputs("usage: mianrao [--json] parse [--explain] [--config FILE] "
			      "[--to CODE] [--language DIR] [--numbering DIR] [FILE]\n",
			      cli->errors);
			return CLI_USAGE;
		}
	}
	if (config_load(NULL, options.config, &config, error) < 0) {
		fprintf(cli->errors, "mianrao: %s\n", error);
		return CLI_REFUSED;
	}
	if (load_other_tables(cli, config, &options, &tables) < 0) {
		talloc_free(config);
		return CLI_REFUSED;
	}
	enum parse_form form = !options.explain ? PARSE_READING
			       : cli->json	? PARSE_EXPLAINED_JSON
						: PARSE_EXPLAINED;
	const struct language *language = (tables ? tables : config->tables)->language;
	enum cli_exit code = parse_file(cli, &options, config, language, form);
	tables_release(tables);
	talloc_free(config);
	return code;
}

static enum cli_exit usage_error(const struct cli *cli, const struct command *command)
{
	fprintf(cli->errors, "usage: mianrao %s%s%s\n", command->name,
		*command->arguments ? " " : "", command->arguments);
	return CLI_USAGE;
}

static bool read_number(const char *text, json_t **out)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (errno || end == text || *end || value < 0)
		return false;
	*out = json_integer(value);
	return true;
}

/* One option at argv[*i]; *i moves on to its value. */
static bool take_option(const struct command *command, json_t *request, int argc, char **argv,
			int *i)
{
	const struct option_row *option = command->options;
	json_t *value = NULL;
	while (option->name && strcmp(option->name, argv[*i] + 2) != 0)
		option++;
	if (!option->name)
		return false;
	if (option->kind == OPTION_COMMAND)
		return json_object_set_new(request, "command",
					   json_sprintf("%s-%s", command->name, option->name)) == 0;
	if (option->kind == OPTION_FLAG)
		value = json_true();
	else if (++*i >= argc)
		return false;
	else if (option->kind == OPTION_TEXT)
		value = json_string(argv[*i]);
	else if (!read_number(argv[*i], &value))
		return false;
	return json_object_set_new(request, option->name, value) == 0;
}

static bool fill_request(const struct command *command, json_t *request, int argc, char **argv)
{
	size_t given = 0;
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) == 0) {
			if (!take_option(command, request, argc, argv, &i))
				return false;
		} else if (given == NAMES_MAX || !command->names[given] ||
			   json_object_set_new(request, command->names[given++],
					       json_string(argv[i]))) {
			return false;
		}
	}
	return given == NAMES_MAX || !command->names[given] || (given == 0 && command->optional);
}

/* Again and again, until interrupted; a daemon that is away for a moment comes back. */
static enum cli_exit watch(const struct cli *cli, const json_t *request)
{
	bool terminal = isatty(fileno(cli->out));
	enum cli_exit code = CLI_OK;

	while (code != CLI_USAGE && !ferror(cli->out)) {
		if (terminal && !cli->json)
			fputs("\033[H\033[J", cli->out);
		code = cli_ask_and_show(cli, json_deep_copy(request), cli_show);
		fflush(cli->out);
		sleep(WATCH_S);
	}
	return code;
}

static enum cli_exit run_command(const struct cli *cli, const struct command *command, int argc,
				 char **argv)
{
	if (command->run && (argc > 1 || !command->plain))
		return command->run(cli, argc, argv);
	json_t *request =
		json_pack("{s:s}", "command", command->request ? command->request : command->name);
	if (!fill_request(command, request, argc, argv)) {
		json_decref(request);
		return usage_error(cli, command);
	}
	if (!cli->watch)
		return cli_ask_and_show(cli, request, cli_show);
	enum cli_exit code = watch(cli, request);
	json_decref(request);
	return code;
}

/* Takes --json, --watch and --socket PATH out of argv, wherever they are. -1: PATH is missing. */
static int take_globals(struct cli *cli, int argc, char **argv)
{
	int kept = 1;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			cli->json = true;
		else if (strcmp(argv[i], "--watch") == 0)
			cli->watch = true;
		else if (strcmp(argv[i], "--socket") == 0 && i + 1 < argc)
			cli->socket = argv[++i];
		else if (strcmp(argv[i], "--socket") == 0)
			return -1;
		else
			argv[kept++] = argv[i];
	}
	return kept;
}

int main(int argc, char **argv)
{
	struct cli cli = { .out = stdout, .errors = stderr };
	argc = take_globals(&cli, argc, argv);
	if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		argv[1] = "help";
	if (argc >= 2 && strcmp(argv[1], "--version") == 0)
		argv[1] = "version";
	for (int i = 0; argc >= 2 && i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, argv[1]) != 0)
			continue;
		enum cli_exit code = run_command(&cli, &commands[i], argc - 1, argv + 1);
		if (fflush(stdout) || ferror(stdout)) {
			fprintf(stderr, "mianrao: cannot write: %s\n", strerror(errno));
			return CLI_REFUSED;
		}
		return code;
	}
	if (argc >= 2)
		fprintf(stderr, "mianrao: no command '%s'\n\n", argv[1]);
	print_help(stderr);
	return CLI_USAGE;
}
