/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/control.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <osmocom/core/linuxlist.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/log.h"
#include "gateway/unix_socket.h"

enum { CONNECTIONS_MAX = 64, UNDER_WAY_MAX = 32, OUTPUT_MAX = 1 << 20, BACKLOG = 128 };
enum { EVENTS_MAX = 256 * 1024 };

struct control {
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *resume; /* accepts again after the process ran out of descriptors */
	struct unix_socket socket;
	control_handler *handler;
	control_identify *identify; /* NULL: who reaches the socket is an admin */
	void *user;
	struct llist_head connections;
	unsigned connection_count;
};

struct connection {
	struct llist_head entry;
	struct control *control;
	struct bufferevent *bev;
	struct llist_head requests; /* in the order in which they came */
	unsigned under_way;
	bool ended; /* nothing more will be read; goes when all is answered and written */
};

struct waiting {
	struct control_request request; /* first */
	struct llist_head entry;
	struct connection *connection; /* NULL: the client has gone */
	char *reply;		       /* of malloc, NULL until answered */
};

int control_parse(const char *line, size_t len, json_t **out, char error[CONTROL_ERROR_MAX])
{
	json_error_t fault;
	json_t *args = json_loadb(line, len, JSON_REJECT_DUPLICATES, &fault);
	if (!args) {
		snprintf(error, CONTROL_ERROR_MAX, "octet %d: %s", fault.position, fault.text);
		return -EBADMSG;
	}
	if (json_is_object(args) && json_is_string(json_object_get(args, "command"))) {
		*out = args;
		return 0;
	}
	snprintf(error, CONTROL_ERROR_MAX, "%s",
		 json_is_object(args) ? "the request has no text \"command\""
				      : "octet 1: the request is not a JSON object");
	json_decref(args);
	return -EBADMSG;
}

static int waiting_free(struct waiting *waiting)
{
	if (waiting->connection) {
		llist_del(&waiting->entry);
		waiting->connection->under_way--;
	}
	json_decref(waiting->request.args);
	free(waiting->reply);
	return 0;
}

/* Requests outlive their connection until they are answered. */
static int connection_free(struct connection *connection)
{
	struct waiting *waiting, *next;
	llist_for_each_entry_safe(waiting, next, &connection->requests, entry) {
		if (waiting->reply) {
			talloc_free(waiting);
			continue;
		}
		llist_del(&waiting->entry);
		waiting->connection = NULL;
		talloc_steal(NULL, waiting);
	}
	llist_del(&connection->entry);
	connection->control->connection_count--;
	bufferevent_free(connection->bev);
	return 0;
}

/* Back-pressure: a client that asks faster than it is answered, or does not read, waits. */
static void adjust_reading(struct connection *connection)
{
	size_t waiting = evbuffer_get_length(bufferevent_get_output(connection->bev));
	bool full = connection->under_way >= UNDER_WAY_MAX || waiting >= OUTPUT_MAX;
	if (full || connection->ended)
		bufferevent_disable(connection->bev, EV_READ);
	else if (!(bufferevent_get_enabled(connection->bev) & EV_READ))
		bufferevent_enable(connection->bev, EV_READ);
}

/* Replies go out from the front of the queue, as far as they are there. */
static void send_replies(struct connection *connection)
{
	struct waiting *waiting, *next;
	llist_for_each_entry_safe(waiting, next, &connection->requests, entry) {
		if (!waiting->reply)
			break;
		bufferevent_write(connection->bev, waiting->reply, strlen(waiting->reply));
		bufferevent_write(connection->bev, "\n", 1);
		talloc_free(waiting);
	}
}

/* Takes the reply. What was read and waits behind a full queue is looked at on a later turn, so
 * that an answer from within a handler does not call the handler again. */
static void finish(struct control_request *request, json_t *reply)
{
	static const char fallback[] =
		"{\"ok\":false,\"error\":\"out of memory\",\"code\":\"unavailable\"}";
	struct waiting *waiting = (struct waiting *)request;
	struct connection *connection = waiting->connection;
	waiting->reply = reply ? json_dumps(reply, JSON_COMPACT) : NULL;
	json_decref(reply);
	if (!waiting->reply)
		waiting->reply = strdup(fallback);
	if (!connection) {
		talloc_free(waiting);
		return;
	}
	send_replies(connection);
	bufferevent_trigger(connection->bev, EV_READ, BEV_OPT_DEFER_CALLBACKS);
}

static bool is_wanted(const struct control_request *request)
{
	const struct waiting *waiting = (const struct waiting *)request;
	return waiting->connection && !waiting->connection->ended;
}

static int push(struct control_request *request, json_t *line)
{
	struct waiting *waiting = (struct waiting *)request;
	struct connection *connection = waiting->connection;
	char *text = NULL;
	int rc = 0;
	if (!is_wanted(request))
		rc = -EPIPE;
	else if (connection->requests.next != &waiting->entry ||
		 evbuffer_get_length(bufferevent_get_output(connection->bev)) >= EVENTS_MAX)
		rc = -EAGAIN;
	if (rc == 0) {
		text = json_dumps(line, JSON_COMPACT);
		rc = text ? 0 : -ENOMEM;
	}
	if (rc == 0) {
		bufferevent_write(connection->bev, text, strlen(text));
		bufferevent_write(connection->bev, "\n", 1);
	}
	free(text);
	json_decref(line);
	return rc;
}

static const struct control_sink sink = { .finish = finish, .push = push, .is_wanted = is_wanted };

/* As the kernel says. Root and our own user could as well take the daemon's place. */
static void fill_actor(const struct control *control, struct control_request *request, int fd)
{
	struct ucred who;
	socklen_t len = sizeof who;
	char listed[CONTROL_NAME_MAX] = "";
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0) {
		snprintf(request->actor, sizeof request->actor, "control");
		snprintf(request->name, sizeof request->name, "control");
		return;
	}
	snprintf(request->actor, sizeof request->actor, "uid %u pid %d", (unsigned)who.uid,
		 (int)who.pid);
	snprintf(request->name, sizeof request->name, "uid %u", (unsigned)who.uid);
	request->roles = ROLE_BIT(ROLE_ADMIN);
	if (!control->identify || who.uid == 0 || who.uid == geteuid())
		return;
	control->identify(control->user, who.uid, &request->roles, listed);
	if (!listed[0])
		return;
	snprintf(request->actor, sizeof request->actor, "user %.31s (uid %u pid %d)", listed,
		 (unsigned)who.uid, (int)who.pid);
	snprintf(request->name, sizeof request->name, "user %.31s", listed);
}

static struct waiting *queue_request(struct connection *connection)
{
	struct waiting *waiting = talloc_zero(connection, struct waiting);
	if (!waiting) {
		connection->ended = true; /* a reply left out would shift the others */
		return NULL;
	}
	waiting->request.sink = &sink;
	fill_actor(connection->control, &waiting->request, bufferevent_getfd(connection->bev));
	waiting->connection = connection;
	llist_add_tail(&waiting->entry, &connection->requests);
	connection->under_way++;
	talloc_set_destructor(waiting, waiting_free);
	return waiting;
}

static void take_line(struct connection *connection, const char *line, size_t len)
{
	struct waiting *waiting = queue_request(connection);
	struct control_request *request = waiting ? &waiting->request : NULL;
	char error[CONTROL_ERROR_MAX];
	if (!request)
		return;
	if (control_parse(line, len, &request->args, error))
		control_fail(request, "%s", error);
	else
		connection->control->handler(connection->control->user, request, request->args);
}

static bool is_blank(const char *line, size_t len)
{
	return strspn(line, " \t\r") == len;
}

/* A line without an end that cannot become a request: what follows it cannot be told apart. */
static void refuse_length(struct connection *connection)
{
	struct evbuffer *input = bufferevent_get_input(connection->bev);
	struct waiting *waiting = queue_request(connection);
	evbuffer_drain(input, evbuffer_get_length(input));
	connection->ended = true;
	if (waiting)
		control_fail(&waiting->request, "a line is longer than %d octets",
			     CONTROL_LINE_MAX);
}

/* The last line, when the client ended it by closing. */
static char *read_rest(struct evbuffer *input, size_t *len)
{
	*len = evbuffer_get_length(input);
	char *line = *len ? malloc(*len + 1) : NULL;
	if (!line)
		return NULL;
	evbuffer_remove(input, line, *len);
	line[*len] = 0;
	return line;
}

static void take_lines(struct connection *connection)
{
	struct evbuffer *input = bufferevent_get_input(connection->bev);
	struct evbuffer *output = bufferevent_get_output(connection->bev);
	while (connection->under_way < UNDER_WAY_MAX && evbuffer_get_length(output) < OUTPUT_MAX) {
		size_t len;
		char *line = evbuffer_readln(input, &len, EVBUFFER_EOL_LF);
		if (!line && connection->ended)
			line = read_rest(input, &len);
		if (!line)
			break;
		if (!is_blank(line, len))
			take_line(connection, line, len);
		free(line);
	}
	if (connection->under_way < UNDER_WAY_MAX &&
	    evbuffer_get_length(input) > CONTROL_LINE_MAX &&
	    evbuffer_search_eol(input, NULL, NULL, EVBUFFER_EOL_LF).pos < 0)
		refuse_length(connection);
	adjust_reading(connection);
}

/* Frees the connection when it has nothing more to do. */
static void end_if_done(struct connection *connection)
{
	if (connection->ended && llist_empty(&connection->requests) &&
	    evbuffer_get_length(bufferevent_get_output(connection->bev)) == 0)
		talloc_free(connection);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct connection *connection = arg;
	(void)bev;
	take_lines(connection);
	end_if_done(connection);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct connection *connection = arg;
	if (what & BEV_EVENT_ERROR) {
		talloc_free(connection);
		return;
	}
	if (!(what & BEV_EVENT_EOF))
		return;
	/* The client may have closed its half only: what it asked is still answered. */
	connection->ended = true;
	on_read(bev, connection);
}

static void refuse_connection(evutil_socket_t fd)
{
	static const char reply[] =
		"{\"ok\":false,\"error\":\"too many connections\",\"code\":\"busy\"}\n";
	(void)!write(fd, reply, sizeof reply - 1);
	close(fd);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer,
		      int peer_len, void *arg)
{
	struct control *control = arg;
	struct connection *connection = talloc_zero(control, struct connection);
	(void)listener;
	(void)peer;
	(void)peer_len;
	if (!connection || control->connection_count >= CONNECTIONS_MAX) {
		talloc_free(connection);
		refuse_connection(fd);
		return;
	}
	connection->bev = bufferevent_socket_new(control->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!connection->bev) {
		talloc_free(connection);
		close(fd);
		return;
	}
	connection->control = control;
	INIT_LLIST_HEAD(&connection->requests);
	llist_add(&connection->entry, &control->connections);
	control->connection_count++;
	talloc_set_destructor(connection, connection_free);
	bufferevent_setwatermark(connection->bev, EV_READ, 0, 2 * CONTROL_LINE_MAX);
	bufferevent_setcb(connection->bev, on_read, on_read, on_event, connection);
	bufferevent_enable(connection->bev, EV_READ | EV_WRITE);
}

/* Without descriptors the listener stays readable: it would turn the loop for nothing. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	const struct timeval second = { .tv_sec = 1 };
	struct control *control = arg;
	LOGP(LOG_CONTROL, LOGL_ERROR, "cannot accept a connection: %s\n", strerror(errno));
	evconnlistener_disable(listener);
	event_add(control->resume, &second);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct control *control = arg;
	(void)fd;
	(void)what;
	evconnlistener_enable(control->listener);
}

static int control_free(struct control *control)
{
	struct connection *connection, *next;
	llist_for_each_entry_safe(connection, next, &control->connections, entry)
		talloc_free(connection);
	if (control->resume)
		event_free(control->resume);
	if (control->listener)
		evconnlistener_free(control->listener); /* closes the socket */
	else if (control->socket.fd >= 0)
		close(control->socket.fd);
	unix_socket_remove(&control->socket);
	return 0;
}

int control_open_to(struct control *control, unsigned gid, control_identify *identify)
{
	if (chown(control->socket.path, (uid_t)-1, gid) < 0 ||
	    chmod(control->socket.path, 0660) < 0)
		return -errno;
	control->identify = identify;
	return 0;
}

struct control *control_create(void *ctx, struct event_base *base, const char *path,
			       control_handler *handler, void *user)
{
	struct control *control = talloc_zero(ctx, struct control);
	if (!control) {
		errno = ENOMEM;
		return NULL;
	}
	INIT_LLIST_HEAD(&control->connections);
	control->base = base;
	control->handler = handler;
	control->user = user;
	int rc = unix_socket_listen(&control->socket, path, BACKLOG);
	if (rc) {
		talloc_free(control);
		errno = -rc;
		return NULL;
	}
	talloc_set_destructor(control, control_free);
	control->resume = evtimer_new(base, on_resume, control);
	control->listener = evconnlistener_new(base, on_accept, control,
					       LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0,
					       control->socket.fd);
	if (!control->resume || !control->listener) {
		talloc_free(control);
		errno = ENOMEM;
		return NULL;
	}
	evconnlistener_set_error_cb(control->listener, on_accept_error);
	return control;
}
