/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_api_request.c - requests to the API: "METHOD path?query\nbody". What is found in the
 * document and read is an object with the command; what is refused has a status and a text. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/api_arguments.h"
#include "rules/embedded.h"

EMBEDDED(openapi_json);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *header(const void *user, const char *name)
{
	return strcmp(name, "If-Match") == 0 ? "\"v1\"" : user;
}

static void check(const struct api_operation *operation, const struct api_path *path,
		  const struct api_input *input)
{
	struct api_problem problem;
	json_t *args;
	int rc = api_arguments_read(operation, path, input, &args, &problem);

	if (rc == -EBADMSG) {
		if (problem.status < 400 || problem.status > 499 || !problem.fault.text[0] ||
		    strnlen(problem.fault.text, API_FAULT_MAX) == API_FAULT_MAX ||
		    strnlen(problem.fault.field, API_FIELD_MAX) == API_FIELD_MAX)
			abort();
		return;
	}
	if (rc < 0)
		return;
	/* Nobody puts another command in its place. */
	if (operation->command &&
	    json_object_get(args, "command") != json_object_get(operation->command, "command"))
		abort();
	json_decref(args);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct api_document *document;
	char error[API_FAULT_MAX];
	const struct api_operation *operation;
	struct api_path path;
	bool known;

	if (!document)
		document = api_document_load(NULL, embedded_openapi_json,
					     EMBEDDED_LEN(openapi_json), error);
	if (!document)
		abort();
	char *text = strndup((const char *)data, size);
	char *body = strchr(text, '\n');
	char *target = strchr(text, ' ');
	char *query = NULL;

	if (body)
		*body++ = '\0';
	if (target && (!body || target < body)) {
		*target++ = '\0';
		query = strchr(target, '?');
		if (query)
			*query++ = '\0';
		operation = api_document_find(document, text, target, &path, &known);
		const struct api_input input = { .query = query,
						 .type = "application/json",
						 .body = body ? body : "",
						 .len = body ? strlen(body) : 0,
						 .header = header,
						 .user = "key-1" };
		if (operation)
			check(operation, &path, &input);
		else
			talloc_free(api_document_allow(document, document, target));
	}
	free(text);
	return 0;
}
