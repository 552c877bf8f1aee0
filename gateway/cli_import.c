/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao rules import FILE`.
 *
 * Without --keep-going the whole file is checked first, and nothing is changed when a line of it is
 * in error. Then it goes in, a chunk after the other; what an interruption leaves is whole chunks,
 * and the same command again takes in the rest. */
#include <errno.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/cli.h"
#include "gateway/cli_progress.h"
#include "gateway/line_source.h"
#include "gateway/rule_line.h"

/* Chunks under way. With --replace the next one has to know how the one before ended. */
enum { WINDOW = 4, SHOWN_MAX = 100 };

static const char usage[] =
	"usage: mianrao rules import FILE|- [--format csv|jsonl] [--replace] [--keep-going]\n";

struct import {
	const struct cli *cli;
	struct cli_link *link;
	struct line_source source;
	FILE *file;
	const char *name;
	enum rule_format format;
	bool replaces;
	bool keeps_going;
	bool applies; /* of the two passes, the second one */
	json_int_t id;
	off_t size;
	struct cli_progress progress;
	unsigned under_way;
	char after[NUMBER_MAX];
	/* What came of the pass so far. */
	size_t lines;
	size_t rules;
	size_t changed;
	size_t bad;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

/* ---- what is told ---- */

static void tell_bad(void *user, size_t line, const char *what)
{
	struct import *import = user;

	if (import->bad++ < SHOWN_MAX) {
		char *clean = cli_clean(what);

		cli_progress_clear(&import->progress);
		fprintf(import->cli->errors, "%s:%zu: %s\n", import->name, line,
			clean ? clean : "?");
		free(clean);
	}
}

static void tell_bad_line(void *user, size_t line, const char *what)
{
	char text[64];

	snprintf(text, sizeof text, "the line %s", what);
	tell_bad(user, line, text);
}

static void show_progress(struct import *import)
{
	off_t at = ftello(import->file);

	cli_progress_show(&import->progress, (uint64_t)(at > 0 ? at : 0), (uint64_t)import->size,
			  import->lines, "lines");
}

/* ---- one pass over the file ---- */

static size_t number_of(const json_t *result, const char *name)
{
	return (size_t)json_integer_value(json_object_get(result, name));
}

static void take_answer(struct import *import, const json_t *result)
{
	const char *last = json_string_value(json_object_get(result, "last"));
	json_t *fault;
	size_t told = json_array_size(json_object_get(result, "errors"));
	size_t i;

	import->lines += number_of(result, "lines");
	import->rules += number_of(result, "rules");
	import->changed += number_of(result, "changed");
	json_array_foreach(json_object_get(result, "errors"), i, fault)
	{
		const char *text = json_string_value(json_object_get(fault, "error"));

		tell_bad(import, number_of(fault, "line"), text ? text : "?");
	}
	import->bad += number_of(result, "bad") - told;
	snprintf(import->after, sizeof import->after, "%s", last ? last : "");
	show_progress(import);
}

static enum cli_exit receive_one(struct import *import)
{
	json_t *result;
	enum cli_exit code = cli_link_receive(import->link, &result);

	import->under_way--;
	if (code == CLI_OK) {
		take_answer(import, result);
		json_decref(result);
	}
	return code;
}

static enum cli_exit send_chunk(struct import *import, const struct line_chunk *chunk)
{
	json_t *request = json_pack("{ss ss ss sI sb ss sI ss%}", "command", "rules-import", "op",
				    import->applies ? "apply" : "check", "format",
				    rule_format_name(import->format), "line",
				    (json_int_t)chunk->first_line, "replace", import->replaces,
				    "after", import->replaces ? import->after : "", "import",
				    import->id, "text", chunk->text, chunk->len);

	import->under_way++;
	return cli_link_send(import->link, request);
}

static enum cli_exit fail_reading(const struct import *import, int rc)
{
	fprintf(import->cli->errors, "mianrao: %s: %s\n", import->name, strerror(-rc));
	return CLI_REFUSED;
}

/* Answers of what was sent are waited for also after an error. */
static enum cli_exit pass(struct import *import)
{
	const unsigned window = import->replaces ? 1 : WINDOW;
	static struct line_chunk chunk; /* 32 KiB that are no stack */
	enum cli_exit code = CLI_OK;
	int more = 1;

	while (code == CLI_OK && more > 0 && !interrupted) {
		more = line_source_next(&import->source, &chunk);
		if (more < 0)
			code = fail_reading(import, more);
		else if (more > 0)
			code = send_chunk(import, &chunk);
		while (code == CLI_OK && import->under_way >= window)
			code = receive_one(import);
	}
	while (import->under_way > 0 && code != CLI_UNREACHABLE) {
		enum cli_exit last = receive_one(import);

		code = code == CLI_OK || last == CLI_UNREACHABLE ? last : code;
	}
	cli_progress_clear(&import->progress);
	return code;
}

static void begin_pass(struct import *import, bool applies)
{
	rewind(import->file);
	line_source_begin(&import->source, import->file);
	import->applies = applies;
	import->lines = import->rules = import->changed = import->bad = 0;
	import->after[0] = '\0';
	cli_progress_begin(&import->progress, import->cli, applies ? "taking in" : "checking ");
}

/* ---- the whole ---- */

enum { HEX_MAX = BASE16_ENCODE_LENGTH(SHA256_DIGEST_SIZE) + 1 };

/* Of the file as it is, whatever became of its lines: what sha256sum says. */
static void hash_file(FILE *file, char hex[HEX_MAX])
{
	uint8_t piece[65536];
	struct sha256_ctx hash;
	size_t n;

	rewind(file);
	sha256_init(&hash);
	while ((n = fread(piece, 1, sizeof piece, file)) > 0)
		sha256_update(&hash, n, piece);
	sha256_digest(&hash, SHA256_DIGEST_SIZE, piece);
	base16_encode_update(hex, SHA256_DIGEST_SIZE, piece);
	hex[HEX_MAX - 1] = '\0';
}

static json_t *outcome(struct import *import, bool whole)
{
	json_int_t took_ms = cli_progress_ms(&import->progress);
	char hex[HEX_MAX];

	hash_file(import->file, hex);
	return json_pack("{sb sI sI sI sI sI ss}", "complete", whole, "lines",
			 (json_int_t)import->lines, "rules", (json_int_t)import->rules,
			 "subscribers_changed", (json_int_t)import->changed, "errors",
			 (json_int_t)import->bad, "ms", took_ms, "sha256", hex);
}

static enum cli_exit mark(struct import *import, const char *op, json_t *detail)
{
	json_t *result;
	enum cli_exit code =
		cli_link_send(import->link, json_pack("{ss ss ss sI so}", "command", "rules-import",
						      "op", op, "name", import->name, "import",
						      import->id, "detail", detail));

	if (code == CLI_OK)
		code = cli_link_receive(import->link, &result);
	if (code != CLI_OK)
		return code;
	import->id = (json_int_t)number_of(result, "import");
	json_decref(result);
	return CLI_OK;
}

static enum cli_exit stopped(const struct import *import)
{
	fprintf(import->cli->errors,
		"mianrao: %s: stopped behind line %zu, up to which it is taken in; the same "
		"command again takes in the rest\n",
		import->name, import->lines);
	return CLI_REFUSED;
}

static enum cli_exit apply(struct import *import)
{
	enum cli_exit code = mark(import, "begin",
				  json_pack("{ss sb}", "format", rule_format_name(import->format),
					    "replace", import->replaces));
	json_t *result;
	bool whole;

	if (code != CLI_OK)
		return code;
	begin_pass(import, true);
	code = pass(import);
	whole = code == CLI_OK && !interrupted;
	result = outcome(import, whole);
	if (code != CLI_UNREACHABLE) {
		enum cli_exit ended = mark(import, "end", json_incref(result));

		code = code == CLI_OK ? ended : code;
	}
	if (whole)
		cli_print(import->cli, result, cli_show);
	json_decref(result);
	if (!whole)
		return code == CLI_UNREACHABLE ? (stopped(import), code) : stopped(import);
	return code == CLI_OK && import->bad > 0 ? CLI_REFUSED : code;
}

static enum cli_exit check(struct import *import)
{
	enum cli_exit code;

	begin_pass(import, false);
	code = pass(import);
	if (code == CLI_OK && import->bad > 0) {
		fprintf(import->cli->errors,
			"mianrao: %s: %zu lines in error, nothing was changed (--keep-going takes "
			"the others)\n",
			import->name, import->bad);
		return CLI_REFUSED;
	}
	if (code == CLI_OK && interrupted) {
		fprintf(import->cli->errors, "mianrao: %s: stopped, nothing was changed\n",
			import->name);
		return CLI_REFUSED;
	}
	return code;
}

static enum cli_exit run(struct import *import)
{
	const struct sigaction action = { .sa_handler = on_signal,
					  .sa_flags = SA_RESETHAND }; /* the second ends it */
	enum cli_exit code = CLI_OK;

	import->link = cli_link_open(import->cli, &code);
	if (!import->link)
		return code;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (!import->keeps_going)
		code = check(import);
	if (code == CLI_OK)
		code = apply(import);
	cli_link_close(import->link);
	return code;
}

/* What can be read once only is copied to where it can be read twice. */
static FILE *open_file(struct import *import, const char *path)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	FILE *out = in && fseeko(in, 0, SEEK_SET) < 0 ? tmpfile() : in;
	char piece[65536];
	struct stat status;
	size_t n;

	if (!in || !out) {
		fprintf(import->cli->errors, "mianrao: %s: %s\n", path, strerror(errno));
		return NULL;
	}
	while (out != in && (n = fread(piece, 1, sizeof piece, in)) > 0) {
		if (fwrite(piece, 1, n, out) == n)
			continue;
		fprintf(import->cli->errors, "mianrao: %s: not copied: %s\n", path,
			strerror(errno));
		fclose(out);
		return NULL;
	}
	if (fflush(out) == 0 && fstat(fileno(out), &status) == 0)
		import->size = status.st_size;
	return out;
}

static bool read_arguments(struct import *import, int argc, char **argv)
{
	bool formatted = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--replace") == 0)
			import->replaces = true;
		else if (strcmp(argv[i], "--keep-going") == 0)
			import->keeps_going = true;
		else if (strcmp(argv[i], "--format") == 0 && i + 1 < argc &&
			 rule_format_read(argv[i + 1], &import->format) == 0)
			formatted = ++i > 0;
		else if (!import->name && (argv[i][0] != '-' || !argv[i][1]))
			import->name = argv[i];
		else
			return false;
	}
	if (import->name && !formatted)
		import->format = rule_format_of(import->name);
	return import->name != NULL;
}

enum cli_exit cli_rules_import(const struct cli *cli, int argc, char **argv)
{
	struct import *import = calloc(1, sizeof *import);
	enum cli_exit code = CLI_REFUSED;

	if (!import)
		return code;
	import->cli = cli;
	import->source.bad = tell_bad_line;
	import->source.user = import;
	if (!read_arguments(import, argc, argv)) {
		fputs(usage, cli->errors);
		code = CLI_USAGE;
	} else if ((import->file = open_file(import, import->name))) {
		code = run(import);
		if (import->file != stdin)
			fclose(import->file);
	}
	free(import);
	return code;
}
