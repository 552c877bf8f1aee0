/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/cli.h"
#include "gateway/control.h"

static const struct {
	const char *name;
	const char *json;
	const char *shown;
} shows[] = {
	{ "members", "{\"a\":1,\"bcd\":\"x\",\"e\":true,\"f\":null,\"g\":1.5}",
	  "a    1\nbcd  x\ne    yes\nf    -\ng    1.5\n" },
	{ "section after members", "{\"in_it\":{\"k\":\"v\"},\"z\":2}", "z  2\nin it:\n  k  v\n" },
	{ "list alone", "{\"rows\":[{\"a\":1,\"bb\":\"x\"},{\"a\":22,\"c\":null}]}",
	  "a   bb  c\n1   x   -\n22  -   -\n" },
	{ "list in a section", "{\"n\":1,\"rows\":[{\"a\":1}]}", "n  1\nrows:\n  a\n  1\n" },
	{ "empty list", "{\"rows\":[]}", "none\n" },
	{ "list of texts", "{\"x\":[\"a\",\"b\"]}", "a\nb\n" },
	{ "list in a cell", "[{\"r\":[\"a\",\"b\"],\"o\":{\"from\":1,\"to\":2}}]",
	  "r     o\na, b  from 1, to 2\n" },
	{ "wide characters", "[{\"k\":\"宽带\",\"n\":1},{\"k\":\"ab\",\"n\":2}]",
	  "k     n\n宽带  1\nab    2\n" },
	{ "seconds", "{\"up_s\":59,\"b_s\":75,\"c_s\":11100,\"d_s\":98765,\"calls\":70}",
	  "up     59 s\nb      1 min 15 s\nc      3 h 05 min\nd      1 d 03 h\ncalls  70\n" },
	{ "controls in nested names", "{\"r\":[{\"o\":{\"a\\u001b\":1}}]}", "o\na? 1\n" },
	{ "controls", "{\"t\":\"a\\u001b[2J\\nb\\u202ec\\u0085\"}", "t  a?[2J b?c?\n" },
	{ "controls in keys", "{\"a\\u0007\":1}", "a?  1\n" },
	{ "scalar", "7", "7\n" },
	{ "empty object", "{\"a\":1,\"o\":{}}", "a  1\no:\n  none\n" },
};

START_TEST(test_show_when_any_shape_then_aligned)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	json_t *value = json_loads(shows[_i].json, JSON_DECODE_ANY, NULL);
	ck_assert_ptr_nonnull(value);
	cli_show(out, value);
	fclose(out);
	ck_assert_msg(strcmp(text, shows[_i].shown) == 0, "%s: got\n%s", shows[_i].name, text);
	json_decref(value);
	free(text);
}
END_TEST

static const struct {
	const char *columns;
	const char *json;
	const char *shown;
} fits[] = {
	{ "24", "[{\"at\":\"12:00\",\"text\":\"0123456789abcdefghij\",\"n\":1}]",
	  "at     text            n\n12:00  0123456789abc…  1\n" },
	/* The widest gives way first, and a character of two columns is not cut in half. */
	{ "30", "[{\"one\":\"0123456789abcdefghij\",\"two\":\"宽宽宽宽宽宽宽宽\"}]",
	  "one             two\n0123456789abc…  宽宽宽宽宽宽…\n" },
	/* No heading is cut, nor a column below its least width: the line is longer then. */
	{ "5", "[{\"long_heading\":\"0123456789abcdef\",\"b\":\"0123456789\"}]",
	  "long heading  b\n0123456789a…  0123456…\n" },
	{ "80", "[{\"a\":\"0123456789\"}]", "a\n0123456789\n" },
	{ "none", "[{\"a\":\"0123456789\"}]", "a\n0123456789\n" },
};

START_TEST(test_show_when_terminal_is_narrow_then_table_fits)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	json_t *value = json_loads(fits[_i].json, 0, NULL);
	setenv("COLUMNS", fits[_i].columns, 1);
	cli_show(out, value);
	fclose(out);
	ck_assert_str_eq(text, fits[_i].shown);
	json_decref(value);
	free(text);
}
END_TEST

/* Of a gateway that took 30 texts in two seconds, and was then started anew. */
START_TEST(test_watch_when_counters_move_then_rates)
{
	static const char form[] = "{\"version\":\"1\",\"instance\":\"a\\u001b\",\"ready\":true,"
				   "\"redis\":{\"connected\":false},\"reports\":{\"open\":7},"
				   "\"outbox\":{\"sms\":2,\"events\":3},"
				   "\"counters\":{\"messages_in_total\":%d}}";
	static const int counts[] = { 100, 130, 8 };
	struct cli_watch *watch = cli_watch_create();
	json_t *links =
		json_loads("{\"links\":[{\"link\":\"centre\",\"side\":\"server\"}]}", 0, NULL);
	char *text = NULL;
	size_t len;

	unsetenv("COLUMNS");
	for (int i = 0; i < 3; i++) {
		static const char *const rate[] = { "texts     in 0/s", "texts     in 15/s",
						    "texts     in 4/s" };
		FILE *out = open_memstream(&text, &len);
		char status[512];

		snprintf(status, sizeof(status), form, counts[i]);
		json_t *value = json_loads(status, 0, NULL);
		cli_watch_show(watch, out, value, links, 10 + 2 * i);
		fclose(out);
		ck_assert_msg(strstr(text, rate[i]) != NULL, "%s", text);
		ck_assert_ptr_nonnull(strstr(text, "mianrao 1  a?  ready  redis AWAY\n"));
		ck_assert_ptr_nonnull(strstr(text, "outbox 5 "));
		ck_assert_ptr_nonnull(strstr(text, "INCOMPLETE"));
		ck_assert_ptr_nonnull(strstr(text, "centre"));
		/* The highest of the minute fills its line. */
		ck_assert_int_eq(strstr(text, "█") != NULL, i > 0);
		json_decref(value);
		free(text);
	}
	json_decref(links);
	cli_watch_free(watch);
}
END_TEST

START_TEST(test_width_when_wide_or_combining_then_columns)
{
	ck_assert_int_eq(cli_width(""), 0);
	ck_assert_int_eq(cli_width("abc"), 3);
	ck_assert_int_eq(cli_width("免扰"), 4);
	ck_assert_int_eq(cli_width("e\xcc\x81"), 1);
}
END_TEST

/* A daemon of one command, in a process of its own. */
static void answer(void *user, struct control_request *request, json_t *args)
{
	(void)user;
	if (strcmp(control_command(request), "echo") == 0)
		control_answer(request, json_incref(args));
	else
		control_fail(request, "no command \x1b[1m");
}

static char directory[64];
static char path[96];

static pid_t start_daemon(void)
{
	strcpy(directory, "/tmp/mianrao-cli-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/sock", directory);
	int ready[2];
	ck_assert_int_eq(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct event_base *base = event_base_new();
		struct control *control = control_create(NULL, base, path, answer, NULL);
		close(ready[0]);
		close(ready[1]);
		if (!control)
			_exit(1);
		event_base_dispatch(base);
		_exit(0);
	}
	char octet;
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &octet, 1), 0); /* its end is closed: it listens */
	close(ready[0]);
	return pid;
}

static enum cli_exit ask(const char *command, bool json, char *out, char *errors, size_t size)
{
	struct cli cli = { .socket = path, .json = json };
	memset(out, 0, size);
	memset(errors, 0, size);
	cli.out = fmemopen(out, size, "w");
	cli.errors = fmemopen(errors, size, "w");
	json_t *request = json_pack("{s:s,s:i}", "command", command, "n", 5);
	enum cli_exit code = cli_ask_and_show(&cli, request, cli_show);
	fclose(cli.out);
	fclose(cli.errors);
	return code;
}

START_TEST(test_ask_when_daemon_answers_then_shown)
{
	char out[512], errors[512];
	pid_t pid = start_daemon();
	ck_assert_int_eq(ask("echo", false, out, errors, sizeof out), CLI_OK);
	ck_assert_str_eq(out, "command  echo\nn        5\n");
	ck_assert_int_eq(ask("echo", true, out, errors, sizeof out), CLI_OK);
	ck_assert_str_eq(out, "{\"command\":\"echo\",\"n\":5}\n");
	ck_assert_int_eq(ask("x", true, out, errors, sizeof out), CLI_REFUSED);
	ck_assert_str_eq(out, "");
	ck_assert_str_eq(errors, "mianrao: no command ?[1m\n");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(ask("echo", false, out, errors, sizeof out), CLI_UNREACHABLE);
	ck_assert_ptr_nonnull(strstr(errors, "cannot reach the daemon at /tmp/mianrao-cli-"));
	unlink(path);
	rmdir(directory);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cli");
	TCase *tc = tcase_create("all");
	tcase_add_loop_test(tc, test_show_when_any_shape_then_aligned, 0,
			    sizeof shows / sizeof shows[0]);
	tcase_add_loop_test(tc, test_show_when_terminal_is_narrow_then_table_fits, 0,
			    sizeof fits / sizeof fits[0]);
	tcase_add_test(tc, test_watch_when_counters_move_then_rates);
	tcase_add_test(tc, test_width_when_wide_or_combining_then_columns);
	tcase_add_test(tc, test_ask_when_daemon_answers_then_shown);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
