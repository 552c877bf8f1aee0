/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao watch`: the gateway on one screen, again each second, with what it does a second and the
 * last minute of it as bars. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/cli.h"

enum { NAME_WIDTH = 10, BARS = 60, SCREEN_OCTETS = 65536 };

/* What of `counters` is shown as a rate, in groups; a bar of the first of each group. */
struct rate {
	const char *group;
	const char *label;
	const char *counter;
};
static const struct rate rates[] = {
	{ "texts", "in", "messages_in_total" },
	{ "texts", "out", "messages_out_total" },
	{ "texts", "delivered", "texts_delivered_total" },
	{ "texts", "refused", "messages_failed_total" },
	{ "reports", "opened", "reports_total" },
	{ "reports", "verified", "reports_verified_total" },
	{ "reports", "rejected", "reports_rejected_total" },
	{ "reports", "to review", "reports_review_total" },
	{ "records", "taken", "cdrs_total" },
	{ "records", "bad", "cdrs_bad_total" },
	{ "rewards", "due", "rewards_due_total" },
	{ "rewards", "credited", "rewards_credited_total" },
	{ "rewards", "failed", "rewards_failed_total" },
	{ "blocking", "asked", "screened_total" },
	{ "blocking", "blocked", "screened_blocked_total" },
	{ "blocking", "unknown", "screened_unknown_total" },
};
enum { RATE_COUNT = sizeof rates / sizeof rates[0] };

struct cli_watch {
	double before[RATE_COUNT]; /* the counters at the last round */
	double history[RATE_COUNT][BARS];
	size_t rounds;
	double at_s;
};

struct cli_watch *cli_watch_create(void)
{
	return calloc(1, sizeof(struct cli_watch));
}

void cli_watch_free(struct cli_watch *watch)
{
	free(watch);
}

/* A daemon that was started anew counts from 0. */
static void take_rates(struct cli_watch *watch, const json_t *counters, double at_s)
{
	double passed = at_s - watch->at_s;

	for (size_t i = 0; i < RATE_COUNT; i++) {
		double now = json_number_value(json_object_get(counters, rates[i].counter));
		double more = now >= watch->before[i] ? now - watch->before[i] : now;

		if (watch->rounds > 0 && passed > 0)
			watch->history[i][watch->rounds % BARS] = more / passed;
		watch->before[i] = now;
	}
	watch->at_s = at_s;
	watch->rounds++;
}

static double latest(const struct cli_watch *watch, size_t rate)
{
	return watch->history[rate][(watch->rounds - 1) % BARS];
}

/* Oldest on the left; the highest of the minute fills its line. */
static void put_bars(FILE *out, const struct cli_watch *watch, size_t rate)
{
	static const char *const bars[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	enum { LEVELS = sizeof bars / sizeof bars[0] - 1 };
	double most = 0;

	for (size_t i = 0; i < BARS; i++)
		if (watch->history[rate][i] > most)
			most = watch->history[rate][i];
	for (size_t i = 0; i < BARS; i++) {
		double value = watch->history[rate][(watch->rounds + i) % BARS];
		size_t level = most > 0 ? (size_t)(value / most * LEVELS) : 0;

		fputs(bars[level == 0 && value > 0 ? 1 : level], out);
	}
}

static void put_rates(FILE *out, const struct cli_watch *watch)
{
	for (size_t i = 0; i < RATE_COUNT;) {
		size_t first = i;

		fprintf(out, "%-*s", NAME_WIDTH, rates[i].group);
		for (; i < RATE_COUNT && strcmp(rates[i].group, rates[first].group) == 0; i++)
			fprintf(out, "%s%s %.0f/s", i > first ? "  " : "", rates[i].label,
				latest(watch, i));
		fprintf(out, "\n%*s", NAME_WIDTH, "");
		put_bars(out, watch, first);
		fputc('\n', out);
	}
}

static json_int_t number(const json_t *object, const char *part, const char *name)
{
	return json_integer_value(json_object_get(json_object_get(object, part), name));
}

static void put_head(FILE *out, const json_t *status)
{
	const json_t *ready = json_object_get(status, "ready");
	const json_t *redis = json_object_get(json_object_get(status, "redis"), "connected");
	const char *instance = json_string_value(json_object_get(status, "instance"));
	const char *version = json_string_value(json_object_get(status, "version"));
	char *name = cli_clean(instance ? instance : "?");

	fprintf(out, "mianrao %s  %s  %s  redis %s\n\n", version ? version : "?", name ? name : "?",
		json_is_true(ready) ? "ready" : "NOT READY", json_is_true(redis) ? "yes" : "AWAY");
	free(name);
}

static void put_states(FILE *out, const json_t *status)
{
	json_int_t waiting = 0;
	const char *channel;
	json_t *count;

	json_object_foreach(json_object_get(status, "outbox"), channel, count) waiting +=
		json_integer_value(count);
	fprintf(out, "%-*sopen %lld  oldest %lld s  due soon %lld  overdue %lld\n", NAME_WIDTH,
		"promise", (long long)number(status, "reports", "open"),
		(long long)number(status, "reports", "oldest_s"),
		(long long)number(status, "reports", "due_soon"),
		(long long)number(status, "reports", "overdue"));
	fprintf(out, "%-*soutbox %lld  store %lld  rewards overdue %lld  near cache %lld%s\n\n",
		NAME_WIDTH, "waiting", (long long)waiting,
		(long long)number(status, "store", "queue"),
		(long long)json_integer_value(json_object_get(status, "rewards_overdue")),
		(long long)number(status, "near_cache", "entries"),
		json_is_true(json_object_get(json_object_get(status, "near_cache"), "complete"))
			? ""
			: " INCOMPLETE");
}

/* Some columns of a list, as a table. */
static void put_list(FILE *out, const char *name, const json_t *list, const char *const *columns)
{
	json_t *rows = json_array();
	json_t *row;
	size_t i;

	json_array_foreach(list, i, row)
	{
		json_t *shown = json_object();

		for (const char *const *column = columns; *column; column++)
			json_object_set(shown, *column, json_object_get(row, *column));
		json_array_append_new(rows, shown);
	}
	fprintf(out, "%s:\n", name);
	cli_show_at(out, rows, 2);
	json_decref(rows);
}

void cli_watch_show(struct cli_watch *watch, FILE *out, const json_t *status, const json_t *links,
		    double at_s)
{
	static const char *const link_columns[] = { "link",	 "side",       "state",
						    "window_in", "window_out", "rate_in",
						    "rate_out",	 "last_error", NULL };
	static const char *const feed_columns[] = { "source",  "records", "bad",    "lag_s",
						    "ahead_s", "missing", "alarms", NULL };

	take_rates(watch, json_object_get(status, "counters"), at_s);
	put_head(out, status);
	put_states(out, status);
	put_rates(out, watch);
	fputc('\n', out);
	put_list(out, "links", json_object_get(links, "links"), link_columns);
	put_list(out, "feeds", json_object_get(status, "watermarks"), feed_columns);
}

/* ---- the command ---- */

static double monotonic_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static enum cli_exit ask_both(const struct cli *cli, json_t **status, json_t **links)
{
	enum cli_exit code = cli_ask(cli, json_pack("{s:s}", "command", "status"), status);

	return code == CLI_OK ? cli_ask(cli, json_pack("{s:s}", "command", "links"), links) : code;
}

static enum cli_exit draw(const struct cli *cli, struct cli_watch *watch, bool terminal)
{
	json_t *status = NULL;
	json_t *links = NULL;
	enum cli_exit code = ask_both(cli, &status, &links);

	if (code == CLI_OK) {
		fputs(terminal ? "\033[H\033[J" : "", cli->out);
		cli_watch_show(watch, cli->out, status, links, monotonic_s());
		fflush(cli->out);
	}
	json_decref(status);
	json_decref(links);
	return code;
}

/* Until interrupted, or `rounds` times; a daemon that is away for a moment comes back. */
static enum cli_exit watch_rounds(const struct cli *cli, long rounds, bool terminal)
{
	static const struct timespec second = { .tv_sec = 1 };
	struct cli_watch *watch = cli_watch_create();
	enum cli_exit code = CLI_OK;
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	for (long round = 1; watch && !ferror(cli->out); round++) {
		code = draw(cli, watch, terminal);
		if (round == rounds || sigtimedwait(&ends, NULL, &second) > 0)
			break;
	}
	cli_watch_free(watch);
	return code;
}

enum cli_exit cli_watch(const struct cli *cli, int argc, char **argv)
{
	bool terminal = isatty(fileno(cli->out));
	char *end = NULL;
	long rounds = 0;
	enum cli_exit code;

	if (argc == 3 && strcmp(argv[1], "--rounds") == 0)
		rounds = strtol(argv[2], &end, 10);
	if (argc != 1 && (!end || end == argv[2] || *end || rounds < 1)) {
		fputs("usage: mianrao watch [--rounds N]\n", cli->errors);
		return CLI_USAGE;
	}
	/* In one write: a screen that is drawn bit by bit flickers. */
	setvbuf(cli->out, NULL, _IOFBF, SCREEN_OCTETS);
	/* A screen of its own, without a cursor; what was there before comes back. */
	if (terminal)
		fputs("\033[?1049h\033[?25l", cli->out);
	code = watch_rounds(cli, rounds, terminal);
	if (terminal)
		fputs("\033[?25h\033[?1049l", cli->out);
	return code;
}
