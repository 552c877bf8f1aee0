/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/control.h"
#include "gateway/unix_socket.h"

enum { HELD_MAX = 64, REPLY_MAX = 1 << 20 };

static struct event_base *base;
static void *root;
static struct control *control;
static char directory[64];
static char path[96];
static struct control_request *held[HELD_MAX];
static unsigned held_count;
static unsigned handled;
static char reply[REPLY_MAX];

/* echo answers at once, fail refuses at once, hold waits for the test to answer. */
static void handle(void *user, struct control_request *request, json_t *args)
{
	ck_assert_ptr_eq(user, &handled);
	handled++;
	if (strcmp(control_command(request), "echo") == 0)
		control_answer(request, json_incref(json_object_get(args, "value")));
	else if (strcmp(control_command(request), "hold") == 0)
		held[held_count++] = request;
	else
		control_fail(request, "no command '%s'", control_command(request));
}

static void setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	root = talloc_new(NULL);
	base = event_base_new();
	strcpy(directory, "/tmp/mianrao-control-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/sock", directory);
	held_count = handled = 0;
	control = control_create(root, base, path, handle, &handled);
	ck_assert_ptr_nonnull(control);
}

static void teardown(void)
{
	talloc_free(control);
	ck_assert_uint_eq(talloc_total_blocks(root), 1);
	talloc_free(root);
	event_base_free(base);
	ck_assert_int_eq(access(path, F_OK), -1);
	ck_assert_int_eq(rmdir(directory), 0);
}

static int client(void)
{
	int fd = unix_socket_connect(path);
	ck_assert_int_ge(fd, 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static void send_text(int fd, const char *text, size_t len)
{
	for (size_t done = 0; done < len; turn()) {
		ssize_t n = write(fd, text + done, len - done);
		if (n > 0)
			done += (size_t)n;
		else if (errno != EAGAIN)
			return; /* refused meanwhile; the reply says why */
	}
	for (int i = 0; i < 8; i++)
		turn();
}

/* What has come so far; true when the connection is at its end. */
static bool receive(int fd)
{
	size_t len = 0;
	ssize_t n = -1;
	for (int idle = 0; idle < 8; turn()) {
		n = read(fd, reply + len, sizeof reply - 1 - len);
		if (n > 0)
			len += (size_t)n;
		else if (n == 0)
			break;
		else
			idle++;
	}
	reply[len] = 0;
	return n == 0;
}

static const struct {
	const char *name;
	const char *request;
	const char *reply; /* whole, or the beginning when it ends with "..." */
} exchanges[] = {
	{ "answer", "{\"command\":\"echo\",\"value\":[1,\"免扰\"]}\n",
	  "{\"ok\":true,\"result\":[1,\"免扰\"]}\n" },
	{ "refusal", "{\"command\":\"x\"}\n",
	  "{\"ok\":false,\"error\":\"no command 'x'\",\"code\":\"invalid\"}\n" },
	{ "nothing to answer", "{\"command\":\"echo\"}\n",
	  "{\"ok\":false,\"error\":\"out of memory\",\"code\":\"unavailable\"}\n" },
	{ "two in one write", "{\"command\":\"x\"}\r\n\n  \n{\"command\":\"y\"}\n",
	  "{\"ok\":false,\"error\":\"no command 'x'\",\"code\":\"invalid\"}\n"
	  "{\"ok\":false,\"error\":\"no command 'y'\",\"code\":\"invalid\"}\n" },
	{ "broken, then whole", "{\"command\":}\n{\"command\":\"x\"}\n",
	  "{\"ok\":false,\"error\":\"octet 12: unexpected token near '}'\",\"code\":\"invalid\"}\n"
	  "{\"ok\":false,\"error\":\"no command 'x'\",\"code\":\"invalid\"}\n" },
	{ "no object", "[1]\n",
	  "{\"ok\":false,\"error\":\"octet 1: the request is not a JSON "
	  "object\",\"code\":\"invalid\"}\n" },
	{ "no command", "{\"a\":1}\n",
	  "{\"ok\":false,\"error\":\"the request has no text "
	  "\\\"command\\\"\",\"code\":\"invalid\"}\n" },
	{ "command is a number", "{\"command\":1}\n",
	  "{\"ok\":false,\"error\":\"the request has no text "
	  "\\\"command\\\"\",\"code\":\"invalid\"}\n" },
	{ "key twice", "{\"command\":\"a\",\"command\":\"b\"}\n",
	  "{\"ok\":false,\"error\":\"octet..." },
	{ "not UTF-8", "{\"command\":\"\xff\"}\n", "{\"ok\":false,\"error\":\"octet..." },
	{ "behind the object", "{\"command\":\"echo\"} x\n", "{\"ok\":false,\"error\":\"octet..." },
	{ "no line end yet", "{\"command\":\"echo\",\"value\":1}", "" },
};

static void check_reply(const char *name, const char *want)
{
	size_t len = strlen(want);
	bool whole = len < 3 || strcmp(want + len - 3, "...") != 0;
	bool same = whole ? strcmp(want, reply) == 0 : strncmp(want, reply, len - 3) == 0;
	ck_assert_msg(same, "%s: got '%s'", name, reply);
}

START_TEST(test_exchange_when_sent_whole_then_replied)
{
	int fd = client();
	send_text(fd, exchanges[_i].request, strlen(exchanges[_i].request));
	ck_assert(!receive(fd));
	check_reply(exchanges[_i].name, exchanges[_i].reply);
	close(fd);
	turn();
}
END_TEST

START_TEST(test_exchange_when_sent_octet_by_octet_then_same)
{
	int fd = client();
	for (const char *c = exchanges[_i].request; *c; c++)
		send_text(fd, c, 1);
	receive(fd);
	check_reply(exchanges[_i].name, exchanges[_i].reply);
	close(fd);
	turn();
}
END_TEST

START_TEST(test_exchange_when_half_closed_then_last_line_answered)
{
	int fd = client();
	static const char text[] = "{\"command\":\"hold\"}\n{\"command\":\"echo\",\"value\":2}";
	send_text(fd, text, sizeof text - 1);
	shutdown(fd, SHUT_WR);
	ck_assert(!receive(fd));
	ck_assert_str_eq(reply, "");
	control_answer(held[0], json_integer(1));
	ck_assert(receive(fd));
	ck_assert_str_eq(reply, "{\"ok\":true,\"result\":1}\n{\"ok\":true,\"result\":2}\n");
	close(fd);
}
END_TEST

START_TEST(test_push_when_first_in_the_queue_then_goes_before_the_answer)
{
	int fd = client();
	static const char text[] = "{\"command\":\"hold\"}\n{\"command\":\"hold\"}\n";
	send_text(fd, text, sizeof text - 1);
	ck_assert_uint_eq(held_count, 2);
	ck_assert_int_eq(control_push(held[0], json_integer(1)), 0);
	ck_assert_int_eq(control_push(held[1], json_integer(2)), -EAGAIN);
	ck_assert_int_eq(control_push(held[0], NULL), -ENOMEM);
	control_answer(held[0], json_integer(3));
	ck_assert_int_eq(control_push(held[1], json_integer(4)), 0);
	control_answer(held[1], json_integer(5));
	receive(fd);
	ck_assert_str_eq(reply, "{\"ok\":true,\"event\":1}\n{\"ok\":true,\"result\":3}\n"
				"{\"ok\":true,\"event\":4}\n{\"ok\":true,\"result\":5}\n");
	close(fd);
	turn();
}
END_TEST

START_TEST(test_push_when_nobody_reads_then_lost_until_somebody_does)
{
	int fd = client();
	char *large = talloc_zero_array(root, char, 32768);
	int pushed = 0;
	memset(large, 'x', 32767);
	send_text(fd, "{\"command\":\"hold\"}\n", 19);
	while (pushed < 1000 && control_push(held[0], json_string(large)) == 0)
		pushed++;
	ck_assert_int_ge(pushed, 8);
	ck_assert_int_lt(pushed, 100);
	ck_assert_int_eq(control_push(held[0], json_integer(1)), -EAGAIN);
	receive(fd);
	ck_assert_int_eq(control_push(held[0], json_integer(1)), 0);
	control_answer(held[0], json_integer(2));
	receive(fd);
	ck_assert_str_eq(reply, "{\"ok\":true,\"event\":1}\n{\"ok\":true,\"result\":2}\n");
	talloc_free(large);
	close(fd);
	turn();
}
END_TEST

START_TEST(test_push_when_the_client_ends_then_nothing_more_is_wanted)
{
	int fd = client();
	char actor[CONTROL_ACTOR_MAX], mine[CONTROL_ACTOR_MAX];
	send_text(fd, "{\"command\":\"hold\"}\n", 19);
	snprintf(mine, sizeof mine, "uid %u pid %d", (unsigned)getuid(), (int)getpid());
	control_actor(held[0], actor);
	ck_assert_str_eq(actor, mine);
	ck_assert(control_is_wanted(held[0]));
	shutdown(fd, SHUT_WR);
	receive(fd);
	ck_assert(!control_is_wanted(held[0]));
	ck_assert_int_eq(control_push(held[0], json_integer(1)), -EPIPE);
	control_answer(held[0], json_integer(2));
	ck_assert(receive(fd));
	ck_assert_str_eq(reply, "{\"ok\":true,\"result\":2}\n");
	close(fd);
}
END_TEST

START_TEST(test_answer_when_later_and_reversed_then_replies_in_order)
{
	int fd = client();
	static const char text[] = "{\"command\":\"hold\"}\n{\"command\":\"hold\"}\n"
				   "{\"command\":\"x\"}\n{\"command\":\"hold\"}\n";
	send_text(fd, text, sizeof text - 1);
	ck_assert_uint_eq(held_count, 3);
	control_answer(held[2], json_integer(3));
	control_answer(held[1], json_integer(2));
	receive(fd);
	ck_assert_str_eq(reply, "");
	control_fail(held[0], "%d%%", 1);
	receive(fd);
	ck_assert_str_eq(
		reply,
		"{\"ok\":false,\"error\":\"1%\",\"code\":\"invalid\"}\n{\"ok\":true,\"result\":2}\n"
		"{\"ok\":false,\"error\":\"no command 'x'\",\"code\":\"invalid\"}\n"
		"{\"ok\":true,\"result\":3}\n");
	close(fd);
	turn();
}
END_TEST

START_TEST(test_answer_when_client_gone_then_dropped)
{
	int fd = client();
	static const char text[] = "{\"command\":\"hold\",\"a\":7}\n{\"command\":\"hold\"}\n";
	send_text(fd, text, sizeof text - 1);
	close(fd);
	for (int i = 0; i < 4; i++)
		turn();
	ck_assert_str_eq(control_command(held[0]), "hold");
	control_answer(held[0], json_integer(1));
	control_answer(held[1], json_integer(1));
	for (int i = 0; i < 4; i++)
		turn();
}
END_TEST

START_TEST(test_answer_when_client_reset_then_dropped)
{
	int fd = client();
	static const char text[] = "{\"command\":\"hold\"}\n{\"command\":\"x\"}\n";
	send_text(fd, text, sizeof text - 1);
	close(fd); /* with nothing read */
	control_answer(held[0], json_integer(1));
	for (int i = 0; i < 4; i++)
		turn();
}
END_TEST

START_TEST(test_answer_when_control_freed_then_dropped)
{
	int fd = client();
	send_text(fd, "{\"command\":\"hold\"}\n", 19);
	talloc_free(control);
	ck_assert(receive(fd));
	control_fail(held[0], "late");
	close(fd);
	control = control_create(root, base, path, handle, &handled);
	ck_assert_ptr_nonnull(control);
}
END_TEST

START_TEST(test_request_when_many_under_way_then_rest_waits)
{
	int fd = client();
	for (int i = 0; i < 40; i++)
		send_text(fd, "{\"command\":\"hold\"}\n", 19);
	ck_assert_uint_eq(held_count, 32);
	for (unsigned i = 0; i < held_count && i < 40; i++) {
		control_answer(held[i], json_integer(i));
		turn();
		turn();
	}
	ck_assert_uint_eq(held_count, 40);
	receive(fd);
	ck_assert_ptr_nonnull(strstr(reply, "39}"));
	close(fd);
	turn();
}
END_TEST

START_TEST(test_request_when_replies_not_read_then_memory_stays_bounded)
{
	int fd = client();
	static char text[60100] = "{\"command\":\"echo\",\"value\":\"";
	memset(text + strlen(text), 'x', 60000);
	strcat(text, "\"}\n");
	/* 12 MB of requests are offered; the connection stops taking them. */
	size_t len = strlen(text), sent = 0;
	for (int i = 0; i < 2000; i++) {
		ssize_t n = write(fd, text + sent % len, len - sent % len);
		sent += n > 0 ? (size_t)n : 0;
		turn();
	}
	ck_assert_uint_lt(handled, 40);
	unsigned before = handled;
	while (!receive(fd) && handled < 60 && reply[0])
		;
	ck_assert_uint_gt(handled, 0);
	ck_assert_uint_ge(handled, before);
	close(fd);
	turn();
}
END_TEST

START_TEST(test_line_when_too_long_then_error_and_end)
{
	int fd = client();
	static char text[3 * CONTROL_LINE_MAX];
	memset(text, 'x', sizeof text);
	send_text(fd, text, sizeof text);
	bool end = receive(fd);
	ck_assert_str_eq(reply, "{\"ok\":false,\"error\":\"a line is longer than 65536 "
				"octets\",\"code\":\"invalid\"}\n");
	ck_assert(end);
	close(fd);
}
END_TEST

START_TEST(test_connection_when_too_many_then_refused)
{
	int fd[65];
	for (int i = 0; i < 65; i++) {
		fd[i] = client();
		turn();
	}
	ck_assert(receive(fd[64]));
	ck_assert_str_eq(reply,
			 "{\"ok\":false,\"error\":\"too many connections\",\"code\":\"busy\"}\n");
	close(fd[0]);
	turn();
	turn();
	close(fd[64]);
	fd[64] = client();
	send_text(fd[64], "{\"command\":\"x\"}\n", 16);
	receive(fd[64]);
	ck_assert_str_eq(reply,
			 "{\"ok\":false,\"error\":\"no command 'x'\",\"code\":\"invalid\"}\n");
	for (int i = 1; i < 65; i++)
		close(fd[i]);
	for (int i = 0; i < 4; i++)
		turn();
}
END_TEST

START_TEST(test_socket_when_made_then_private)
{
	struct stat st;
	mode_t mask = umask(0);
	talloc_free(control);
	control = control_create(root, base, path, handle, &handled);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq(umask(mask), 0);
}
END_TEST

START_TEST(test_create_when_somebody_answers_then_eaddrinuse)
{
	ck_assert_ptr_null(control_create(root, base, path, handle, NULL));
	ck_assert_int_eq(errno, EADDRINUSE);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(test_create_when_stale_then_taken_over)
{
	struct unix_socket old;
	char stale[128];
	snprintf(stale, sizeof stale, "%s/stale", directory);
	ck_assert_int_eq(unix_socket_listen(&old, stale, 1), 0);
	close(old.fd); /* as a killed process leaves it */
	struct control *taken = control_create(root, base, stale, handle, &handled);
	ck_assert_ptr_nonnull(taken);
	talloc_free(taken);
	ck_assert_int_eq(access(stale, F_OK), -1);
}
END_TEST

START_TEST(test_create_when_path_is_unfit_then_errno)
{
	char file[128], longer[256];
	snprintf(file, sizeof file, "%s/file", directory);
	close(open(file, O_CREAT | O_WRONLY, 0600));
	ck_assert_ptr_null(control_create(root, base, file, handle, NULL));
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(access(file, F_OK), 0);
	unlink(file);
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = 0;
	ck_assert_ptr_null(control_create(root, base, longer, handle, NULL));
	ck_assert_int_eq(errno, ENAMETOOLONG);
	ck_assert_ptr_null(control_create(root, base, "/nonexistent/sock", handle, NULL));
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(test_free_when_file_replaced_then_left_alone)
{
	unlink(path);
	int fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	talloc_free(control);
	ck_assert_int_eq(access(path, F_OK), 0);
	unlink(path);
	control = control_create(root, base, path, handle, &handled);
	ck_assert_ptr_nonnull(control);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control");
	TCase *tc = tcase_create("all");
	const int rows = sizeof exchanges / sizeof exchanges[0];
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, test_exchange_when_sent_whole_then_replied, 0, rows);
	tcase_add_loop_test(tc, test_exchange_when_sent_octet_by_octet_then_same, 0, rows);
	tcase_add_test(tc, test_exchange_when_half_closed_then_last_line_answered);
	tcase_add_test(tc, test_answer_when_later_and_reversed_then_replies_in_order);
	tcase_add_test(tc, test_push_when_first_in_the_queue_then_goes_before_the_answer);
	tcase_add_test(tc, test_push_when_nobody_reads_then_lost_until_somebody_does);
	tcase_add_test(tc, test_push_when_the_client_ends_then_nothing_more_is_wanted);
	tcase_add_test(tc, test_answer_when_client_gone_then_dropped);
	tcase_add_test(tc, test_answer_when_client_reset_then_dropped);
	tcase_add_test(tc, test_answer_when_control_freed_then_dropped);
	tcase_add_test(tc, test_request_when_many_under_way_then_rest_waits);
	tcase_add_test(tc, test_request_when_replies_not_read_then_memory_stays_bounded);
	tcase_add_test(tc, test_line_when_too_long_then_error_and_end);
	tcase_add_test(tc, test_connection_when_too_many_then_refused);
	tcase_add_test(tc, test_socket_when_made_then_private);
	tcase_add_test(tc, test_create_when_somebody_answers_then_eaddrinuse);
	tcase_add_test(tc, test_create_when_stale_then_taken_over);
	tcase_add_test(tc, test_create_when_path_is_unfit_then_errno);
	tcase_add_test(tc, test_free_when_file_replaced_then_left_alone);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
