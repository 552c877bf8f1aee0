/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* control.h - the Unix socket on which `mianrao` talks to the daemon: JSON, one object a line.
 *
 *   request   {"command":"status", ...arguments}
 *   reply     {"ok":true,"result":...}   or
 *             {"ok":false,"error":"...","code":"invalid","field":"limit"}   (control_request.h)
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
#include <stddef.h>

#include "gateway/control_request.h"

enum { CONTROL_LINE_MAX = 65536 };

struct control;

/* Who asks, and as what, of a Unix user that is neither root nor the daemon's: `roles` bits, and a
 * name of at most CONTROL_NAME_MAX with its end, "" when nobody knows it. */
typedef void control_identify(void *user, unsigned uid, unsigned *roles,
			      char name[CONTROL_NAME_MAX]);

/* NULL with errno: EADDRINUSE when somebody answers on that path, EEXIST when the path is no
 * socket, ENAMETOOLONG, or what socket, bind and listen say. A socket file on which nobody answers
 * is taken over. */
struct control *control_create(void *ctx, struct event_base *base, const char *path,
			       control_handler *handler, void *user);
/* Members of the group reach the socket from now on; who they are, `identify` says. Before it, and
 * for root and the daemon's own user at any time: an admin. 0, or negative errno. */
int control_open_to(struct control *control, unsigned gid, control_identify *identify)
	__attribute__((warn_unused_result));

/* One line without its end, as a client sent it. 0 and an object with a text "command" that the
 * caller frees (json_decref), or -EBADMSG and `error` naming the octet and what was wrong. Pure. */
int control_parse(const char *line, size_t len, json_t **out, char error[CONTROL_ERROR_MAX])
	__attribute__((warn_unused_result));
