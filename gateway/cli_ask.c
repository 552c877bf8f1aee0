/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "gateway/cli.h"
#include "gateway/control.h"
#include "gateway/unix_socket.h"

enum { ANSWER_S = 30 };

/* The first place where a daemon answers; -errno and `path` of the last one tried. */
static int connect_daemon(const struct cli *cli, const char **path)
{
	const char *given = cli->socket ? cli->socket : getenv("MIANRAO_SOCKET");
	const char *const places[] = { "/run/mianrao/control.sock",
				       "/var/lib/mianrao/control.sock" };
	*path = given;
	if (given)
		return unix_socket_connect(given);
	int rc = -ENOENT;
	for (size_t i = 0; rc < 0 && i < sizeof places / sizeof places[0]; i++) {
		*path = places[i];
		rc = unix_socket_connect(places[i]);
		if (rc == -EACCES)
			break;
	}
	return rc;
}

static int send_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return -errno;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* One line, without its end; malloc'ed. */
static int receive_line(int fd, char **line)
{
	FILE *stream = fdopen(dup(fd), "r");
	size_t cap = 0;
	*line = NULL;
	if (!stream)
		return -errno;
	errno = 0;
	ssize_t len = getline(line, &cap, stream);
	int rc = len > 0 && (*line)[len - 1] == '\n' ? 0 : errno ? -errno : -ECONNRESET;
	fclose(stream);
	return rc == -EAGAIN ? -ETIMEDOUT : rc;
}

static int exchange(int fd, const json_t *request, json_t **reply)
{
	const struct timeval patience = { .tv_sec = ANSWER_S };
	char *text = json_dumps(request, JSON_COMPACT);
	char *line = NULL;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	int rc = text ? send_all(fd, text, strlen(text)) : -ENOMEM;
	if (rc == 0)
		rc = send_all(fd, "\n", 1);
	if (rc == 0)
		rc = receive_line(fd, &line);
	if (rc == 0) {
		*reply = json_loads(line, 0, NULL);
		rc = *reply ? 0 : -EBADMSG;
	}
	free(text);
	free(line);
	return rc;
}

static enum cli_exit take_reply(const struct cli *cli, json_t *reply, json_t **result)
{
	enum cli_exit code = CLI_REFUSED;
	json_t *value = json_object_get(reply, "result");
	const char *error = json_string_value(json_object_get(reply, "error"));
	if (json_is_true(json_object_get(reply, "ok")) && value) {
		*result = json_incref(value);
		code = CLI_OK;
	} else {
		char *clean = cli_clean(error ? error : "refused without a reason");
		fprintf(cli->errors, "mianrao: %s\n", clean ? clean : "out of memory");
		free(clean);
	}
	json_decref(reply);
	return code;
}

enum cli_exit cli_ask(const struct cli *cli, json_t *request, json_t **result)
{
	const char *path;
	json_t *reply = NULL;
	if (!request) {
		fprintf(cli->errors, "mianrao: an argument is not UTF-8\n");
		return CLI_USAGE;
	}
	int fd = connect_daemon(cli, &path);
	int rc = fd < 0 ? fd : exchange(fd, request, &reply);
	if (fd >= 0)
		close(fd);
	json_decref(request);
	if (rc == 0)
		return take_reply(cli, reply, result);
	fprintf(cli->errors, "mianrao: %s %s: %s\n",
		fd < 0 ? "cannot reach the daemon at" : "no answer from the daemon at", path,
		strerror(-rc));
	return CLI_UNREACHABLE;
}

static int send_request(int fd, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	int rc = text ? send_all(fd, text, strlen(text)) : -ENOMEM;
	free(text);
	return rc ? rc : send_all(fd, "\n", 1);
}

/* Lines up to the one that is no event, which is the reply. 1: `on_event` had enough. */
static int receive_stream(FILE *stream, cli_event_fn *on_event, void *user, json_t **reply)
{
	char *line = NULL;
	size_t cap = 0;
	int rc = -EAGAIN;
	while (rc == -EAGAIN) {
		json_t *object = NULL;
		const json_t *event;
		errno = 0;
		if (getline(&line, &cap, stream) <= 0)
			rc = errno ? -errno : -ECONNRESET;
		else if (!(object = json_loads(line, 0, NULL)))
			rc = -EBADMSG;
		else if (!(event = json_object_get(object, "event")))
			rc = 0;
		else if (!on_event(user, event))
			rc = 1;
		if (rc == 0)
			*reply = object;
		else
			json_decref(object);
	}
	free(line);
	return rc;
}

enum cli_exit cli_ask_stream(const struct cli *cli, json_t *request, cli_event_fn *on_event,
			     void *user, json_t **result)
{
	const char *path;
	json_t *reply = NULL;
	if (!request) {
		fprintf(cli->errors, "mianrao: an argument is not UTF-8\n");
		return CLI_USAGE;
	}
	int fd = connect_daemon(cli, &path);
	int rc = fd < 0 ? fd : send_request(fd, request);
	FILE *stream = rc == 0 ? fdopen(fd, "r") : NULL;
	if (rc == 0)
		rc = stream ? receive_stream(stream, on_event, user, &reply) : -errno;
	if (stream)
		fclose(stream);
	else if (fd >= 0)
		close(fd);
	json_decref(request);
	if (rc == 0)
		return take_reply(cli, reply, result);
	if (rc < 0)
		fprintf(cli->errors, "mianrao: %s %s: %s\n",
			fd < 0 ? "cannot reach the daemon at" : "no answer from the daemon at",
			path, strerror(-rc));
	return rc < 0 ? CLI_UNREACHABLE : CLI_REFUSED;
}

struct cli_link {
	const struct cli *cli;
	const char *path;
	int fd;
	char *buffer; /* what came and was not taken yet */
	size_t len;
	size_t cap;
};

static enum cli_exit link_lost(const struct cli_link *link, int rc)
{
	fprintf(link->cli->errors, "mianrao: no answer from the daemon at %s: %s\n", link->path,
		strerror(rc == -EAGAIN ? ETIMEDOUT : -rc));
	return CLI_UNREACHABLE;
}

struct cli_link *cli_link_open(const struct cli *cli, enum cli_exit *code)
{
	const struct timeval patience = { .tv_sec = ANSWER_S };
	const char *path;
	int fd = connect_daemon(cli, &path);
	struct cli_link *link = fd < 0 ? NULL : calloc(1, sizeof *link);

	if (!link) {
		fprintf(cli->errors, "mianrao: cannot reach the daemon at %s: %s\n", path,
			strerror(fd < 0 ? -fd : ENOMEM));
		if (fd >= 0)
			close(fd);
		*code = CLI_UNREACHABLE;
		return NULL;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	link->cli = cli;
	link->path = path;
	link->fd = fd;
	return link;
}

enum cli_exit cli_link_send(struct cli_link *link, json_t *request)
{
	int rc = request ? send_request(link->fd, request) : -ENOMEM;

	json_decref(request);
	return rc < 0 ? link_lost(link, rc) : CLI_OK;
}

/* The length of the next line in the buffer, its end included, or -errno. A signal does not lose
 * what has come, which it would with a stream. */
static ssize_t await_line(struct cli_link *link)
{
	char *end = NULL;

	while (link->len == 0 || !(end = memchr(link->buffer, '\n', link->len))) {
		if (link->len == link->cap) {
			size_t cap = 2 * link->cap + CONTROL_LINE_MAX;
			char *bigger = realloc(link->buffer, cap);

			if (!bigger)
				return -ENOMEM;
			link->buffer = bigger;
			link->cap = cap;
		}
		ssize_t n = recv(link->fd, link->buffer + link->len, link->cap - link->len, 0);

		if (n == 0)
			return -ECONNRESET;
		if (n < 0 && errno != EINTR)
			return -errno;
		link->len += n > 0 ? (size_t)n : 0;
	}
	return end + 1 - link->buffer;
}

enum cli_exit cli_link_receive(struct cli_link *link, json_t **result)
{
	ssize_t len = await_line(link);

	if (len < 0)
		return link_lost(link, (int)len);
	json_t *reply = json_loadb(link->buffer, (size_t)len, 0, NULL);

	link->len -= (size_t)len;
	memmove(link->buffer, link->buffer + len, link->len);
	return reply ? take_reply(link->cli, reply, result) : link_lost(link, -EBADMSG);
}

void cli_link_close(struct cli_link *link)
{
	close(link->fd);
	free(link->buffer);
	free(link);
}

json_t *cli_read_file(const struct cli *cli, const char *path)
{
	static char text[CONTROL_LINE_MAX];
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");

	if (!file) {
		fprintf(cli->errors, "mianrao: %s: %s\n", path, strerror(errno));
		return NULL;
	}
	size_t len = fread(text, 1, sizeof text, file);
	bool broken = ferror(file);

	if (file != stdin)
		fclose(file);
	json_t *value = broken || len == sizeof text ? NULL : json_stringn(text, len);
	if (!value)
		fprintf(cli->errors, "mianrao: %s: is not readable, not UTF-8 or too long\n", path);
	return value;
}

void cli_print(const struct cli *cli, const json_t *result, cli_show_fn *show)
{
	if (!cli->json) {
		show(cli->out, result);
		return;
	}
	json_dumpf(result, cli->out, JSON_COMPACT | JSON_ENCODE_ANY);
	fputc('\n', cli->out);
}

enum cli_exit cli_ask_and_show(const struct cli *cli, json_t *request, cli_show_fn *show)
{
	json_t *result;
	enum cli_exit code = cli_ask(cli, request, &result);
	if (code)
		return code;
	cli_print(cli, result, show);
	/* An audit that does not balance is an answer, and no good news to a script; nor is a
	 * verdict that cannot be derived again. */
	if (json_is_false(json_object_get(result, "balanced")) ||
	    json_is_false(json_object_get(result, "same")))
		code = CLI_REFUSED;
	json_decref(result);
	return code;
}
