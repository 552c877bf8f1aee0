/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* control.h - the Unix socket on which `mianrao` talks to the daemon: JSON, one object a line.
 *
 *   request   {"command":"status", ...arguments}
 *   reply     {"ok":true,"result":...}   or   {"ok":false,"error":"..."}
 *   before it, for some commands:   {"ok":true,"event":...}, any number of them
 *
 * Does:    hands each request to the handler, which answers at once or later, exactly once. Several
 *          requests of a connection may be under way; their replies go out in the order of the
 *          requests. A line that is no request gets an error, and the connection goes on.
 * Owns:    the socket file (mode 0600; removed with the struct control). A request belongs to
 *          control; its pointer is good until it is answered, also when the client has gone, and
 *          also after the struct control is freed: the answer is then dropped.
 * Bounds:  64 connections, 64 KiB a line, 32 requests under way on a connection and 1 MiB of
 *          replies that the client does not read; past those it is not read from. Of events, 256
 *          KiB wait for a client that does not read; past those they are lost.
 * Rules:   the process ignores SIGPIPE. The handler must not free the struct control.
 * Threads: the loop's.
 */
#pragma once

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { CONTROL_LINE_MAX = 65536, CONTROL_ERROR_MAX = 256, CONTROL_ACTOR_MAX = 48 };

struct control;
struct control_request;

/* args is the whole request, "command" included; borrowed until the request is answered. */
typedef void control_handler(void *user, struct control_request *request, json_t *args);

/* NULL with errno: EADDRINUSE when somebody answers on that path, EEXIST when the path is no
 * socket, ENAMETOOLONG, or what socket, bind and listen say. A socket file on which nobody answers
 * is taken over. */
struct control *control_create(void *ctx, struct event_base *base, const char *path,
			       control_handler *handler, void *user);

const char *control_command(const struct control_request *request);

/* Steals result; NULL says that memory ran out. */
void control_answer(struct control_request *request, json_t *result);
void control_fail(struct control_request *request, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A line before the answer, {"ok":true,"event":...}; steals event. 0; -EAGAIN: lost, since an
 * earlier request waits for its answer, or the client does not read; -EPIPE: the client has gone,
 * or will send nothing more; -ENOMEM. */
int control_push(struct control_request *request, json_t *event);
/* Whether anybody still waits for the answer: the client has not gone, nor said that it will. */
bool control_is_wanted(const struct control_request *request);
/* Who asks, as the kernel says: "uid 1000 pid 4711". */
void control_actor(const struct control_request *request, char out[CONTROL_ACTOR_MAX]);

/* One line without its end, as a client sent it. 0 and an object with a text "command" that the
 * caller frees (json_decref), or -EBADMSG and `error` naming the octet and what was wrong. Pure. */
int control_parse(const char *line, size_t len, json_t **out, char error[CONTROL_ERROR_MAX])
	__attribute__((warn_unused_result));
