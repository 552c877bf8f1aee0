/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao rules export [FILE]`: all subscribers' rules, in the order of their numbers. A file is
 * there when it is whole: it is written beside its place first. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/cli.h"
#include "gateway/cli_progress.h"
#include "gateway/rule_line.h"

static const char usage[] = "usage: mianrao rules export [FILE] [--format csv|jsonl]\n";

struct export
{
	const struct cli *cli;
	const char *path; /* NULL: standard output */
	FILE *file;
	enum rule_format format;
	json_int_t subscribers;
	json_int_t whole; /* subscribers that there were at the beginning */
	json_int_t rules;
	struct cli_progress progress;
};

static enum cli_exit cannot_write(struct export *export)
{
	cli_progress_clear(&export->progress);
	fprintf(export->cli->errors, "mianrao: %s: %s\n", export->path ? export->path : "output",
		strerror(errno));
	return CLI_REFUSED;
}

/* A page at a time: the gateway has other things to do, and neither side holds more than one. */
static enum cli_exit write_pages(struct export *export)
{
	char after[NUMBER_MAX] = "";
	bool more = true;

	while (more) {
		json_t *page;
		const char *text, *next;
		enum cli_exit code =
			cli_ask(export->cli,
				json_pack("{ss ss ss sb}", "command", "rules-export", "format",
					  rule_format_name(export->format), "after", after, "count",
					  !after[0] && export->progress.out),
				&page);

		if (code != CLI_OK)
			return code;
		text = json_string_value(json_object_get(page, "text"));
		next = json_string_value(json_object_get(page, "next"));
		export->subscribers += json_integer_value(json_object_get(page, "subscribers"));
		export->rules += json_integer_value(json_object_get(page, "rules"));
		if (text && fputs(text, export->file) == EOF)
			code = cannot_write(export);
		if (json_object_get(page, "whole"))
			export->whole = json_integer_value(json_object_get(page, "whole"));
		cli_progress_show(&export->progress, (uint64_t) export->subscribers,
				  (uint64_t) export->whole, (uint64_t) export->subscribers,
				  "subscribers");
		more = next != NULL;
		snprintf(after, sizeof after, "%s", next ? next : "");
		json_decref(page);
		if (code != CLI_OK)
			return code;
	}
	return fflush(export->file) == 0 ? CLI_OK : cannot_write(export);
}

static enum cli_exit write_all(struct export *export)
{
	if (export->format == RULE_FORMAT_CSV && fputs("subscriber,rule\n", export->file) == EOF)
		return cannot_write(export);
	return write_pages(export);
}

static enum cli_exit write_file(struct export *export)
{
	size_t room = strlen(export->path) + sizeof ".part";
	char *part = malloc(room);
	enum cli_exit code;

	if (!part)
		return CLI_REFUSED;
	snprintf(part, room, "%s.part", export->path);
	export->file = fopen(part, "w");
	code = export->file ? write_all(export) : cannot_write(export);
	if (code == CLI_OK && fsync(fileno(export->file)) < 0)
		code = cannot_write(export);
	if (export->file && fclose(export->file) != 0 && code == CLI_OK)
		code = cannot_write(export);
	if (code == CLI_OK && rename(part, export->path) < 0)
		code = cannot_write(export);
	if (code != CLI_OK && export->file)
		unlink(part);
	free(part);
	return code;
}

static bool read_arguments(struct export *export, int argc, char **argv)
{
	const char *format = NULL;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--format") == 0 && i + 1 < argc)
			format = argv[++i];
		else if (!export->path && argv[i][0] != '-')
			export->path = argv[i];
		else
			return false;
	}
	export->format = rule_format_of(export->path ? export->path : "");
	return !format || rule_format_read(format, &export->format) == 0;
}

enum cli_exit cli_rules_export(const struct cli *cli, int argc, char **argv)
{
	struct export export = { .cli = cli, .file = cli->out };
	json_t *result;
	enum cli_exit code;

	if (!read_arguments(&export, argc, argv)) {
		fputs(usage, cli->errors);
		return CLI_USAGE;
	}
	if (!export.path)
		return write_all(&export);
	cli_progress_begin(&export.progress, cli, "writing");
	code = write_file(&export);
	cli_progress_clear(&export.progress);
	if (code != CLI_OK)
		return code;
	result = json_pack("{ss sI sI}", "file", export.path, "subscribers", export.subscribers,
			   "rules", export.rules);
	cli_print(cli, result, cli_show);
	json_decref(result);
	return CLI_OK;
}
