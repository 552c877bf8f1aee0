/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* control_request.h - one thing that somebody asks of the daemon, whichever way it came.
 *
 * Does:    carries who asks and what, and takes the answer to where it is waited for: the control
 *          socket, or an HTTP exchange. A handler answers at once or later, exactly once, with
 *          control_answer() or control_fail(), and need not know which way that goes.
 * Owns:    a request belongs to its sink. Its pointer is good until it is answered, also when the
 *          one who asked has gone: the answer is then dropped.
 * Threads: the loop's.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/role.h"

enum { CONTROL_ERROR_MAX = 256, CONTROL_ACTOR_MAX = 80, CONTROL_NAME_MAX = 48, USER_NAME_MAX = 32 };

struct control_request;

/* What became of a request that was not done. */
enum control_code {
	CONTROL_INVALID,     /* an argument says something that cannot be */
	CONTROL_FORBIDDEN,   /* whoever asks has no right to it */
	CONTROL_NOT_FOUND,   /* what it speaks of is not there */
	CONTROL_CONFLICT,    /* what it speaks of is in a state in which this cannot be done */
	CONTROL_STALE,	     /* it was changed since whoever asks looked at it */
	CONTROL_BUSY,	     /* too much of this is under way: later */
	CONTROL_UNAVAILABLE, /* memory, disk or a part of the system is missing: later */
	CONTROL_CODE_COUNT,
};

/* "not_found" */
const char *control_code_name(enum control_code code);

/* Where answers go. */
struct control_sink {
	/* Steals reply, {"ok":...}; NULL: memory ran out. The request is gone afterwards. */
	void (*finish)(struct control_request *request, json_t *reply);
	/* Steals line, {"ok":true,"event":...}. 0 or as control_push(). */
	int (*push)(struct control_request *request, json_t *line);
	bool (*is_wanted)(const struct control_request *request);
};

/* Whoever makes one embeds it, fills it in, and frees it in finish(). */
struct control_request {
	const struct control_sink *sink;
	json_t *args;		       /* the whole request, "command" included */
	char actor[CONTROL_ACTOR_MAX]; /* who asks, for the audit: "uid 1000 pid 4711" */
	char name[CONTROL_NAME_MAX];   /* the same person in each request: "uid 1000", "user li" */
	unsigned roles;		       /* of whoever asks: ROLE_BIT() of each */
	char user[USER_NAME_MAX]; /* of the gateway's users; "": the operating system's alone */
	int64_t token_id;	  /* with which the user came; 0: none */
};

/* args: of the request; borrowed until it is answered. */
typedef void control_handler(void *user, struct control_request *request, json_t *args);

const char *control_command(const struct control_request *request);

/* Steals result; NULL says that memory ran out. */
void control_answer(struct control_request *request, json_t *result);
/* CONTROL_INVALID. A text that begins with an argument's name and a colon blames that one. */
void control_fail(struct control_request *request, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void control_fail_code(struct control_request *request, enum control_code code, const char *format,
		       ...) __attribute__((format(printf, 3, 4)));

/* A line before the answer, {"ok":true,"event":...}; steals event. 0; -EAGAIN: lost, since an
 * earlier request waits for its answer, or the client does not read; -EPIPE: the client has gone,
 * or will send nothing more; -ENOMEM; -ENOTSUP: there are none that way. */
int control_push(struct control_request *request, json_t *event);
/* Whether anybody still waits for the answer: the client has not gone, nor said that it will. */
bool control_is_wanted(const struct control_request *request);
void control_actor(const struct control_request *request, char out[CONTROL_ACTOR_MAX]);
