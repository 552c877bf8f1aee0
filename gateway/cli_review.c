/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao review`: the queue as a table, one report, a decision; and, at a terminal, one report
 * after the other, each decided with a key. */
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "gateway/cli.h"

static const char usage[] =
	"usage: mianrao review [--as NAME]\n"
	"       mianrao review list [--limit N]\n"
	"       mianrao review next | show ID | take ID | release ID [--as NAME]\n"
	"       mianrao review decide ID verified|rejected|unproved --reason TEXT [--as NAME]\n";

/* ---- arguments ---- */

static bool take_option(json_t *request, int argc, char **argv, int *i)
{
	const char *name = argv[*i] + 2;
	const char *value = ++*i < argc ? argv[*i] : NULL;
	char *end;
	long long number;

	if (!value)
		return false;
	if (strcmp(name, "limit") == 0) {
		number = strtoll(value, &end, 10);
		return *value && !*end &&
		       json_object_set_new(request, name, json_integer(number)) == 0;
	}
	if (strcmp(name, "as") != 0 && strcmp(name, "reason") != 0)
		return false;
	return json_object_set_new(request, name, json_string(value)) == 0;
}

/* The request of the arguments; NULL: they are none. The operation comes first, if there is one. */
static json_t *read_arguments(int argc, char **argv)
{
	static const char *const names[] = { "op", "id", "verdict" };
	json_t *request = json_pack("{s:s}", "command", "review");
	size_t given = 0;
	bool good = true;

	for (int i = 1; good && i < argc; i++) {
		if (strncmp(argv[i], "--", 2) == 0)
			good = take_option(request, argc, argv, &i);
		else
			good = given < 3 && json_object_set_new(request, names[given++],
								json_string(argv[i])) == 0;
	}
	if (good)
		return request;
	json_decref(request);
	return NULL;
}

/* ---- at a terminal ---- */

static const struct key {
	char key;
	const char *verdict; /* NULL: none is given */
	const char *reason;
} keys[] = {
	{ 'v', "verified", "the evidence shows selling" },
	{ 'r', "rejected", "the evidence does not show selling" },
	{ 'u', "unproved", "the evidence does not tell" },
	{ 's', NULL, NULL },
	{ 'q', NULL, NULL },
};

static int read_key(void)
{
	struct termios before, raw;
	unsigned char key;
	ssize_t n;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return EOF;
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	n = read(STDIN_FILENO, &key, 1);
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	return n == 1 && key != 4 ? key : EOF; /* 4: Ctrl-D */
}

/* An own reason is asked for with a capital letter. False at the end of the input. */
static bool read_reason(FILE *out, char *line, size_t cap)
{
	size_t len = 0;
	char c;

	fputs("reason: ", out);
	fflush(out);
	while (read(STDIN_FILENO, &c, 1) == 1) {
		if (c == '\n') {
			line[len] = '\0';
			return len > 0;
		}
		if (len + 1 < cap)
			line[len++] = c;
	}
	return false;
}

struct session {
	const struct cli *cli;
	json_t *as;	 /* or NULL */
	json_t *skipped; /* ids that are still ours */
};

static json_t *make_request(const struct session *session, const char *op, json_t *id)
{
	json_t *request = json_pack("{s:s,s:s}", "command", "review", "op", op);

	if (session->as)
		json_object_set(request, "as", session->as);
	if (id)
		json_object_set(request, "id", id);
	return request;
}

static void ask_and_forget(const struct session *session, const char *op, json_t *id)
{
	json_t *result = NULL;

	if (cli_ask(session->cli, make_request(session, op, id), &result) == CLI_OK)
		json_decref(result);
}

/* True when it was decided; else the daemon has said why not. */
static bool decide(const struct session *session, json_t *id, const struct key *key,
		   const char *reason)
{
	json_t *request = make_request(session, "decide", id);
	json_t *result;

	json_object_set_new(request, "verdict", json_string(key->verdict));
	json_object_set_new(request, "reason", json_string(reason));
	if (cli_ask(session->cli, request, &result) != CLI_OK)
		return false;
	fprintf(session->cli->out, "%s, %" JSON_INTEGER_FORMAT " more wait\n", key->verdict,
		json_integer_value(json_object_get(result, "waiting")));
	json_decref(result);
	return true;
}

/* The key that was pressed; NULL at the end of the input. */
static const struct key *wait_for_key(FILE *out, bool *own_reason)
{
	for (;;) {
		fputs("[v]erified [r]ejected [u]nproved [s]kip [q]uit; V R U: with a reason > ",
		      out);
		fflush(out);
		int c = read_key();

		fputc('\n', out);
		if (c == EOF)
			return NULL;
		*own_reason = c == 'V' || c == 'R' || c == 'U';
		for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
			if (keys[i].key == (*own_reason ? c + ('a' - 'A') : c))
				return &keys[i];
	}
}

/* False: enough for today. */
static bool work_one(struct session *session, const json_t *result)
{
	json_t *id = json_object_get(json_object_get(result, "report"), "id");
	char line[256];
	bool own_reason;

	cli_show_review(session->cli->out, result);
	for (;;) {
		const struct key *key = wait_for_key(session->cli->out, &own_reason);
		const char *reason = key ? key->reason : NULL;

		if (!key || key->key == 'q') {
			ask_and_forget(session, "release", id);
			return false;
		}
		if (!key->verdict) {
			json_array_append(session->skipped, id);
			return true;
		}
		if (own_reason && !read_reason(session->cli->out, line, sizeof line))
			continue;
		/* What was refused is somebody else's or decided by now: on to the next. */
		decide(session, id, key, own_reason ? line : reason);
		return true;
	}
}

static enum cli_exit work_queue(const struct cli *cli, json_t *as)
{
	struct session session = { cli, as, json_array() };
	enum cli_exit code = CLI_OK;
	json_t *id;
	size_t i;

	for (bool more = true; more && code == CLI_OK;) {
		json_t *request = make_request(&session, "next", NULL);
		json_t *result;

		/* Those that were skipped are not given again. */
		if (json_array_size(session.skipped) > 0)
			json_object_set_new(request, "fresh", json_true());
		code = cli_ask(cli, request, &result);
		if (code != CLI_OK)
			break;
		more = json_is_object(json_object_get(result, "report"));
		if (!more)
			cli_show_review(cli->out, result);
		else
			more = work_one(&session, result);
		json_decref(result);
	}
	json_array_foreach(session.skipped, i, id) ask_and_forget(&session, "release", id);
	json_decref(session.skipped);
	return code;
}

/* A verdict with its reason is what `decide` has, and nothing else has a verdict. */
static bool is_whole(const json_t *request, const char *op)
{
	if (op && strcmp(op, "decide") == 0)
		return json_object_get(request, "verdict") && json_object_get(request, "reason");
	return !json_object_get(request, "verdict");
}

enum cli_exit cli_review(const struct cli *cli, int argc, char **argv)
{
	json_t *request = read_arguments(argc, argv);
	const char *op = json_string_value(json_object_get(request, "op"));
	enum cli_exit code;

	if (!request || !is_whole(request, op)) {
		json_decref(request);
		fputs(usage, cli->errors);
		return CLI_USAGE;
	}
	if (!op && !cli->json && isatty(STDIN_FILENO)) {
		code = work_queue(cli, json_object_get(request, "as"));
		json_decref(request);
		return code;
	}
	bool one = op &&
		   (strcmp(op, "next") == 0 || strcmp(op, "show") == 0 || strcmp(op, "take") == 0);
	return cli_ask_and_show(cli, request, one ? cli_show_review : cli_show);
}
