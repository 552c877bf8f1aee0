/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cli.h - the parts of the `mianrao` command.
 *
 * Does:    asks the daemon over its control socket and shows the answer, as tables for people or as
 *          the JSON itself. What is shown follows the answer's keys: a new key needs no change
 *          here.
 * Errors:  told on stderr, in one line; the exit code tells which kind.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum cli_exit {
	CLI_OK = 0,
	CLI_REFUSED = 1, /* the daemon said no, or there is no such thing */
	CLI_USAGE = 2,
	CLI_UNREACHABLE = 3, /* no daemon, or no answer */
};

struct cli {
	const char *socket; /* NULL: the usual places */
	bool json;
	bool watch;
	FILE *out;
	FILE *errors;
};

/* Sends the request (stolen) and waits for the reply. CLI_OK and a result for the caller to free,
 * or an exit code with the error told. */
enum cli_exit cli_ask(const struct cli *cli, json_t *request, json_t **result);

/* The same for a command that tells events before it answers; waits as long as it takes. `event` is
 * borrowed; false ends it early, with CLI_REFUSED: the callback has told why. */
typedef bool cli_event_fn(void *user, const json_t *event);
enum cli_exit cli_ask_stream(const struct cli *cli, json_t *request, cli_event_fn *on_event,
			     void *user, json_t **result);

/* Several requests over one connection, under way at the same time; answers come in their order.
 * NULL: the error was told, and *code says which kind. */
struct cli_link;
struct cli_link *cli_link_open(const struct cli *cli, enum cli_exit *code);
/* The request is stolen. CLI_UNREACHABLE with the error told. */
enum cli_exit cli_link_send(struct cli_link *link, json_t *request);
enum cli_exit cli_link_receive(struct cli_link *link, json_t **result);
void cli_link_close(struct cli_link *link);

/* Prints a result: as JSON when that is wanted, else through `show`. */
typedef void cli_show_fn(FILE *out, const json_t *result);
void cli_print(const struct cli *cli, const json_t *result, cli_show_fn *show);
/* cli_ask and cli_print; an answer that is no good news to a script is CLI_REFUSED. */
enum cli_exit cli_ask_and_show(const struct cli *cli, json_t *request, cli_show_fn *show);

/* The whole file, or stdin for "-", as a JSON text; NULL with the error told. At most what the
 * control socket takes. */
json_t *cli_read_file(const struct cli *cli, const char *path);

/* Shows an answer of any shape: members first, then each object in it under its name, then lists as
 * tables. Texts are made harmless for a terminal. */
void cli_show(FILE *out, const json_t *result);
/* Rules as the lines that `set -` takes, with the rest, and those that are over, as comments. */
void cli_show_rules(FILE *out, const json_t *result);
/* What `mianrao review next` answers. */
void cli_show_review(FILE *out, const json_t *result);
void cli_show_at(FILE *out, const json_t *value, int indent);

/* The columns that a text takes on a terminal, and the text with what would steer one replaced.
 * cli_clean gives malloc'ed memory, NULL when out of it. */
int cli_width(const char *text);
/* The octets at the head of the text that are no wider than `width`. */
size_t cli_fitting(const char *text, int width);
/* Of the terminal, or of $COLUMNS; 0: any number. */
int cli_columns(FILE *out);
char *cli_clean(const char *text);

/* The gateway on one screen, out of the answers to `status` and `links`, with the rates since the
 * time before; `at_s` is of a clock that only goes on. */
struct cli_watch;
struct cli_watch *cli_watch_create(void); /* NULL: out of memory */
void cli_watch_show(struct cli_watch *watch, FILE *out, const json_t *status, const json_t *links,
		    double at_s);
void cli_watch_free(struct cli_watch *watch);

/* Commands with sub-commands of their own; argv[0] is the command. */
enum cli_exit cli_rules(const struct cli *cli, int argc, char **argv);
enum cli_exit cli_rules_import(const struct cli *cli, int argc, char **argv);
enum cli_exit cli_rules_export(const struct cli *cli, int argc, char **argv);
enum cli_exit cli_rules_operator(const struct cli *cli, int argc, char **argv);
enum cli_exit cli_watch(const struct cli *cli, int argc, char **argv);
enum cli_exit cli_accounts(const struct cli *cli, int argc, char **argv);
enum cli_exit cli_rewards(const struct cli *cli, int argc, char **argv);
enum cli_exit cli_audit(const struct cli *cli, int argc, char **argv);
/* `day` NULL: the file says it. */
enum cli_exit cli_reconcile(const struct cli *cli, const char *path, const char *day);
enum cli_exit cli_feeds(const struct cli *cli, int argc, char **argv);
enum cli_exit cli_trace(const struct cli *cli, int argc, char **argv);
enum cli_exit cli_review(const struct cli *cli, int argc, char **argv);
enum cli_exit cli_policy(const struct cli *cli, int argc, char **argv);
enum cli_exit cli_erase_calls(const struct cli *cli, int argc, char **argv);
enum cli_exit cli_users(const struct cli *cli, int argc, char **argv);
enum cli_exit cli_tokens(const struct cli *cli, int argc, char **argv);
enum cli_exit cli_privacy(const struct cli *cli, int argc, char **argv);
enum cli_exit cli_pcap(const struct cli *cli, int argc, char **argv);
/* Reads a password from `in` and prints its hash. A terminal is asked without echo. */
enum cli_exit cli_hash(const struct cli *cli, FILE *in);
