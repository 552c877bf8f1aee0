/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao rules NUMBER` shows a subscriber's rules in the rule language, with the rest as
 * comments: what it prints is what `mianrao rules NUMBER set -` takes. */
#include <stdlib.h>
#include <string.h>

#include "gateway/cli.h"

static const char usage[] =
	"usage: mianrao rules [show] NUMBER | NUMBER [set FILE|-] [add RULE] [remove RULE] "
	"[--if-version N]\n"
	"       mianrao rules import FILE|- [--format csv|jsonl] "
	"[--replace] [--keep-going]\n"
	"       mianrao rules export [FILE] [--format csv|jsonl]\n"
	"       mianrao rules operator ...\n";

/* Scalars on one line. */
static void show_head(FILE *out, const json_t *result)
{
	const char *key;
	json_t *value;

	fputc('#', out);
	json_object_foreach((json_t *)result, key, value)
	{
		if (json_is_array(value))
			continue;
		char *text = json_is_string(value)    ? cli_clean(json_string_value(value))
			     : json_is_boolean(value) ? strdup(json_is_true(value) ? "yes" : "no")
			     : json_is_null(value)    ? strdup("-")
						      : json_dumps(value, JSON_ENCODE_ANY);
		fprintf(out, " %s %s", key, !text ? "?" : *text ? text : "-");
		free(text);
	}
	fputc('\n', out);
}

static void show_line(FILE *out, const char *before, const json_t *value)
{
	char *text = cli_clean(json_is_string(value) ? json_string_value(value) : "?");

	fprintf(out, "%s%s\n", before, text ? text : "?");
	free(text);
}

static bool is_among(const json_t *list, const json_t *wanted)
{
	json_t *value;
	size_t i;

	json_array_foreach(list, i, value) if (json_equal(value, wanted)) return true;
	return false;
}

void cli_show_rules(FILE *out, const json_t *result)
{
	json_t *value;
	size_t i;

	show_head(out, result);
	json_array_foreach(json_object_get(result, "taken_back"), i, value)
		show_line(out, "# taken back: ", value);
	/* Left out by `set -`: they hold no more. */
	json_array_foreach(json_object_get(result, "rules"), i, value) show_line(
		out, is_among(json_object_get(result, "over"), value) ? "# over: " : "", value);
}

/* RULE may be one argument or several. */
static json_t *join_words(int argc, char **argv)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);
	if (!stream)
		return NULL;
	for (int i = 0; i < argc; i++)
		fprintf(stream, "%s%s", i ? " " : "", argv[i]);
	fclose(stream);
	json_t *value = json_string(text);
	free(text);
	return value;
}

static bool is_edit(const char *verb)
{
	return strcmp(verb, "set") == 0 || strcmp(verb, "add") == 0 || strcmp(verb, "remove") == 0;
}

/* Takes `--if-version N` out of argv: only while the rules are of that version. False: N is none.
 */
static bool take_version(json_t *request, int *argc, char **argv)
{
	for (int i = 1; i < *argc; i++) {
		char *end;

		if (strcmp(argv[i], "--if-version") != 0)
			continue;
		if (i + 1 == *argc || !*argv[i + 1])
			return false;
		json_object_set_new(request, "expected_version",
				    json_integer(strtoll(argv[i + 1], &end, 10)));
		memmove(argv + i, argv + i + 2, (size_t)(*argc - i - 2) * sizeof(*argv));
		*argc -= 2;
		return !*end;
	}
	return true;
}

/* `rules NUMBER ...` */
static enum cli_exit of_subscriber(const struct cli *cli, int argc, char **argv)
{
	json_t *request = json_pack("{s:s,s:s}", "command", "rules", "number", argv[1]);
	bool good = take_version(request, &argc, argv);
	const char *verb = argc > 2 ? argv[2] : NULL;
	bool sets = argc == 4 && strcmp(verb, "set") == 0;
	bool edits = argc >= 4 && (strcmp(verb, "add") == 0 || strcmp(verb, "remove") == 0);
	if (!good || (argc != 2 && !sets && !edits)) {
		json_decref(request);
		fputs(usage, cli->errors);
		return CLI_USAGE;
	}
	if (sets) {
		json_t *text = cli_read_file(cli, argv[3]);
		if (!text) {
			json_decref(request);
			return CLI_REFUSED;
		}
		json_object_set_new(request, "op", json_string(verb));
		json_object_set_new(request, "text", text);
	} else if (edits) {
		json_object_set_new(request, "op", json_string(verb));
		json_object_set_new(request, "rule", join_words(argc - 3, argv + 3));
	}
	return cli_ask_and_show(cli, request, cli_show_rules);
}

/* `rules show NUMBER` is `rules NUMBER`, `rules set NUMBER FILE` is `rules NUMBER set FILE`. */
static enum cli_exit verb_first(const struct cli *cli, int argc, char **argv)
{
	char *verb = argv[1];

	argv[1] = argv[2];
	argv[2] = verb;
	return of_subscriber(cli, strcmp(verb, "show") == 0 ? 2 : argc, argv);
}

enum cli_exit cli_rules(const struct cli *cli, int argc, char **argv)
{
	static const struct {
		const char *name;
		enum cli_exit (*run)(const struct cli *cli, int argc, char **argv);
	} parts[] = { { "operator", cli_rules_operator },
		      { "import", cli_rules_import },
		      { "export", cli_rules_export } };

	for (size_t i = 0; argc > 1 && i < sizeof parts / sizeof parts[0]; i++)
		if (strcmp(argv[1], parts[i].name) == 0)
			return parts[i].run(cli, argc - 1, argv + 1);
	if ((argc == 3 && strcmp(argv[1], "show") == 0) || (argc >= 4 && is_edit(argv[1])))
		return verb_first(cli, argc, argv);
	return of_subscriber(cli, argc, argv);
}
