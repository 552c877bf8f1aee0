/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* api_document.h - deploy/openapi.json as the API's table: which request is which operation, and
 * what each may say.
 *
 * Does:    reads the document once: paths, parameters, bodies and their schemas, with references
 *          put in. Beside OpenAPI 3.1 an operation says
 *            x-command    {"command","op", ...} of the control socket, with fixed arguments
 *            x-op-of      [{"member","is","op"}, ...]: another op when the body has that member,
 *                         and with "is" that value
 *            x-handler    in the place of x-command: who answers it (api.c)
 *            x-etag       the member of its result that tells versions apart
 *            x-location   of what was made: "/v1/reports/{id}", of members of the result
 *          and a parameter x-argument, the argument that it becomes when that has another name.
 *          `security: []` makes an operation everybody's.
 * Errors:  a document that says something that is not checked here is refused as a whole.
 * Owns:    one talloc'ed struct; operations are borrowed from it.
 * Threads: pure.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "gateway/api_query.h"

enum api_place { API_IN_PATH, API_IN_QUERY, API_IN_HEADER };

struct api_param {
	const char *name;
	const char *argument;
	enum api_place place;
	bool required;
	const json_t *schema;
};

struct api_operation {
	const char *id;
	const char *method; /* "GET" */
	const char *path;   /* as in the document */
	struct api_path template;
	const struct api_param *params;
	size_t param_count;
	const json_t *command; /* x-command; NULL: `handler` answers */
	const json_t *op_of;   /* x-op-of; NULL: none */
	const char *handler;
	const json_t *body; /* the schema of its JSON; NULL: none */
	bool body_required;
	const char *etag;     /* NULL: none */
	const char *location; /* NULL: none */
	int status;	      /* of success */
	bool is_public;
};

struct api_document;

/* NULL with `error`. */
struct api_document *api_document_load(void *ctx, const char *text, size_t len,
				       char error[API_FAULT_MAX]);

/* The operation, and the path taken apart. NULL: there is none; *known then says whether the path
 * has others. HEAD finds what GET would. */
const struct api_operation *api_document_find(const struct api_document *document,
					      const char *method, const char *path,
					      struct api_path *parts, bool *known);
/* The segment that stands for `name` in the operation's path; NULL: none. */
const char *api_operation_segment(const struct api_operation *operation,
				  const struct api_path *parts, const char *name);
/* "GET, HEAD, PUT, OPTIONS": what the path has; talloc'ed below ctx, NULL when out of memory. */
char *api_document_allow(const struct api_document *document, void *ctx, const char *path);

size_t api_document_count(const struct api_document *document);
const struct api_operation *api_document_get(const struct api_document *document, size_t index);
/* As it was read, references and all; borrowed. */
json_t *api_document_json(const struct api_document *document);
