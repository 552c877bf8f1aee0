/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* api_arguments.h - what a request says, as the arguments of its command.
 *
 * Does:    reads the variables of the path, the query, the headers that the operation names, and
 *          the body, each checked against its schema; fixed arguments come from the document.
 * Errors:  the status that the request has earned, and the part of it that is to blame: 400 what
 *          cannot be read, or a parameter that there is not; 413 a
 *          body of more than API_BODY_MAX octets; 415 a body of another type; 422 a
 *          value that cannot be; 428 a change without the version that it changes.
 * Threads: pure. Memory: the arguments are the caller's.
 */
#pragma once

#include "gateway/api_document.h"

enum { API_BODY_MAX = 512 * 1024 };

struct api_input {
	const char *query; /* NULL: none */
	const char *type;  /* Content-Type; NULL: none */
	const char *body;
	size_t len;
	const char *(*header)(const void *user, const char *name); /* NULL when it has none */
	const void *user;
};

struct api_problem {
	int status;
	struct api_fault fault;
};

/* 0 and a new object; -EBADMSG with `problem`; -ENOMEM. */
int api_arguments_read(const struct api_operation *operation, const struct api_path *path,
		       const struct api_input *input, json_t **out, struct api_problem *problem)
	__attribute__((warn_unused_result));

/* A JSON body by its schema, as the above does it: 0 and *out a new object, or NULL for none. */
int api_body_read(const json_t *schema, bool required, const struct api_input *input, json_t **out,
		  struct api_problem *problem) __attribute__((warn_unused_result));
