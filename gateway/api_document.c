/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/api_document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

enum { DEPTH_MAX = 32 };

struct api_document {
	json_t *whole;	 /* as served */
	json_t *inline_; /* the same with its references put in */
	struct api_operation *operations;
	size_t count;
};

static int fail(char error[API_FAULT_MAX], const char *what, const char *where)
{
	snprintf(error, API_FAULT_MAX, "%.100s: %.100s", where, what);
	return -EINVAL;
}

/* ---- references ---- */

static json_t *target_of(json_t *root, const char *pointer)
{
	json_t *node = root;

	if (strncmp(pointer, "#/", 2) != 0)
		return NULL;
	for (pointer += 2; node && *pointer;) {
		size_t len = strcspn(pointer, "/");
		char name[64];

		if (len >= sizeof(name))
			return NULL;
		memcpy(name, pointer, len);
		name[len] = '\0';
		node = json_object_get(node, name);
		pointer += len + (pointer[len] == '/');
	}
	return node;
}

static int resolve(json_t *root, json_t *node, unsigned depth, char error[API_FAULT_MAX]);

/* What stands in the place of `value`: itself, or what it refers to. Borrowed. */
static json_t *follow(json_t *root, json_t *value, char error[API_FAULT_MAX])
{
	for (unsigned i = 0; i < DEPTH_MAX; i++) {
		const char *ref = json_string_value(json_object_get(value, "$ref"));

		if (!ref)
			return value;
		value = target_of(root, ref);
		if (!value) {
			fail(error, "refers to nothing", ref);
			return NULL;
		}
	}
	fail(error, "refers to itself", "$ref");
	return NULL;
}

static int resolve_object(json_t *root, json_t *node, unsigned depth, char error[API_FAULT_MAX])
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(node, next, name, value)
	{
		json_t *to = follow(root, value, error);

		if (!to || (to != value && json_object_set(node, name, to) < 0))
			return -EINVAL;
		if (resolve(root, to, depth + 1, error) < 0)
			return -EINVAL;
	}
	return 0;
}

static int resolve(json_t *root, json_t *node, unsigned depth, char error[API_FAULT_MAX])
{
	size_t i;
	json_t *value;

	if (depth > DEPTH_MAX)
		return fail(error, "is deeper than can be", "the document");
	if (json_is_object(node))
		return resolve_object(root, node, depth, error);
	json_array_foreach(node, i, value)
	{
		json_t *to = follow(root, value, error);

		if (!to || (to != value && json_array_set(node, i, to) < 0))
			return -EINVAL;
		if (resolve(root, to, depth + 1, error) < 0)
			return -EINVAL;
	}
	return 0;
}

/* ---- operations ---- */

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static int read_param(const json_t *json, struct api_param *out, char error[API_FAULT_MAX])
{
	const char *in = text_of(json, "in");

	out->name = text_of(json, "name");
	out->argument = text_of(json, "x-argument");
	out->required = json_is_true(json_object_get(json, "required"));
	out->schema = json_object_get(json, "schema");
	if (!out->name || !in || !out->schema)
		return fail(error, "wants name, in and schema", "a parameter");
	if (!out->argument)
		out->argument = out->name;
	if (strcmp(in, "path") == 0)
		out->place = API_IN_PATH;
	else if (strcmp(in, "query") == 0)
		out->place = API_IN_QUERY;
	else if (strcmp(in, "header") == 0)
		out->place = API_IN_HEADER;
	else
		return fail(error, "is none of path, query, header", in);
	return api_schema_supported(out->schema, error) < 0 ? -EINVAL : 0;
}

/* Those of the path come before those of the operation. */
static int read_params(void *ctx, const json_t *shared, const json_t *own,
		       struct api_operation *out, char error[API_FAULT_MAX])
{
	size_t first = json_array_size(shared);
	size_t count = first + json_array_size(own);
	struct api_param *params = talloc_zero_array(ctx, struct api_param, count + 1);

	if (!params)
		return fail(error, "out of memory", "the document");
	for (size_t i = 0; i < count; i++)
		if (read_param(i < first ? json_array_get(shared, i)
					 : json_array_get(own, i - first),
			       &params[i], error) < 0)
			return -EINVAL;
	out->params = params;
	out->param_count = count;
	return 0;
}

static int read_body(const json_t *json, struct api_operation *out, char error[API_FAULT_MAX])
{
	const json_t *body = json_object_get(json, "requestBody");
	const json_t *media = json_object_get(json_object_get(body, "content"), "application/json");

	/* What has a reader of its own is read by that. */
	if (!media || (out->handler && strcmp(out->handler, "elsewhere") == 0))
		return 0;
	out->body = json_object_get(media, "schema");
	out->body_required = json_is_true(json_object_get(body, "required"));
	return api_schema_supported(out->body, error) < 0 ? -EINVAL : 0;
}

static int read_status(const json_t *responses)
{
	const char *code;
	json_t *response;

	json_object_foreach((json_t *)responses, code,
			    response) if (code[0] == '2') return (int)strtol(code, NULL, 10);
	return 0;
}

static int read_operation(void *ctx, const json_t *json, const json_t *shared,
			  struct api_operation *out, char error[API_FAULT_MAX])
{
	const json_t *security = json_object_get(json, "security");

	out->id = text_of(json, "operationId");
	out->command = json_object_get(json, "x-command");
	out->op_of = json_object_get(json, "x-op-of");
	out->handler = text_of(json, "x-handler");
	out->etag = text_of(json, "x-etag");
	out->location = text_of(json, "x-location");
	out->status = read_status(json_object_get(json, "responses"));
	out->is_public = json_is_array(security) && json_array_size(security) == 0;
	if (!out->id || out->status == 0 || !out->command == !out->handler)
		return fail(error, "wants operationId, a 2xx, and x-command or x-handler",
			    out->path);
	if (out->command && !text_of(out->command, "command"))
		return fail(error, "x-command names no command", out->id);
	if (read_params(ctx, shared, json_object_get(json, "parameters"), out, error) < 0)
		return -EINVAL;
	return read_body(json, out, error);
}

static int add_operation(struct api_document *document, const char *path, const char *method,
			 const json_t *item, char error[API_FAULT_MAX])
{
	struct api_operation *grown = talloc_realloc(document, document->operations,
						     struct api_operation, document->count + 1);
	struct api_operation *out = grown ? &grown[document->count] : NULL;
	char lower[16] = "";

	if (!grown)
		return fail(error, "out of memory", "the document");
	document->operations = grown;
	*out = (struct api_operation){ .path = path, .method = method };
	for (size_t i = 0; method[i]; i++)
		lower[i] = (char)(method[i] | 0x20);
	if (api_path_parse(path, &out->template) < 0)
		return fail(error, "is no path", path);
	document->count++;
	return read_operation(document, json_object_get(item, lower),
			      json_object_get(item, "parameters"), out, error);
}

static int add_path(struct api_document *document, const char *path, const json_t *item,
		    char error[API_FAULT_MAX])
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
	static const char *const keys[] = { "get", "post", "put", "patch", "delete" };

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (json_object_get(item, keys[i]) &&
		    add_operation(document, path, methods[i], item, error) < 0)
			return -EINVAL;
	return 0;
}

static int document_destroy(struct api_document *document)
{
	json_decref(document->inline_);
	json_decref(document->whole);
	return 0;
}

static int read_document(struct api_document *document, const char *text, size_t len,
			 char error[API_FAULT_MAX])
{
	json_error_t fault;
	const char *path;
	json_t *item;

	document->whole = json_loadb(text, len, JSON_REJECT_DUPLICATES, &fault);
	if (!document->whole) {
		snprintf(error, API_FAULT_MAX, "line %d: %.160s", fault.line, fault.text);
		return -EINVAL;
	}
	document->inline_ = json_deep_copy(document->whole);
	if (!document->inline_)
		return fail(error, "out of memory", "the document");
	if (resolve(document->inline_, document->inline_, 0, error) < 0)
		return -EINVAL;
	json_object_foreach(json_object_get(document->inline_, "paths"), path,
			    item) if (add_path(document, path, item, error) < 0) return -EINVAL;
	return document->count > 0 ? 0 : fail(error, "has no paths", "the document");
}

struct api_document *api_document_load(void *ctx, const char *text, size_t len,
				       char error[API_FAULT_MAX])
{
	struct api_document *document = talloc_zero(ctx, struct api_document);

	if (!document) {
		fail(error, "out of memory", "the document");
		return NULL;
	}
	talloc_set_destructor(document, document_destroy);
	if (read_document(document, text, len, error) == 0)
		return document;
	talloc_free(document);
	return NULL;
}

/* ---- finding ---- */

static bool is_variable(const char *segment)
{
	return segment[0] == '{';
}

/* How many segments are as they stand; -1: it does not fit. */
static int fits(const struct api_path *template, const struct api_path *parts)
{
	int literal = 0;

	if (template->count != parts->count)
		return -1;
	for (size_t i = 0; i < parts->count; i++) {
		if (is_variable(template->segments[i]))
			continue;
		if (strcmp(template->segments[i], parts->segments[i]) != 0)
			return -1;
		literal++;
	}
	return literal;
}

/* The path that fits best: with as few variables as can be. */
static const char *find_path(const struct api_document *document, const struct api_path *parts)
{
	const char *best = NULL;
	int most = -1;

	for (size_t i = 0; i < document->count; i++) {
		int literal = fits(&document->operations[i].template, parts);

		if (literal <= most)
			continue;
		most = literal;
		best = document->operations[i].path;
	}
	return best;
}

const struct api_operation *api_document_find(const struct api_document *document,
					      const char *method, const char *path,
					      struct api_path *parts, bool *known)
{
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	const char *found = api_path_parse(path, parts) == 0 ? find_path(document, parts) : NULL;

	*known = found != NULL;
	for (size_t i = 0; found && i < document->count; i++)
		if (document->operations[i].path == found &&
		    strcmp(document->operations[i].method, wanted) == 0)
			return &document->operations[i];
	return NULL;
}

const char *api_operation_segment(const struct api_operation *operation,
				  const struct api_path *parts, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < parts->count; i++) {
		const char *segment = operation->template.segments[i];

		if (is_variable(segment) && strncmp(segment + 1, name, len) == 0 &&
		    strcmp(segment + 1 + len, "}") == 0)
			return parts->segments[i];
	}
	return NULL;
}

char *api_document_allow(const struct api_document *document, void *ctx, const char *path)
{
	struct api_path parts;
	const char *found = api_path_parse(path, &parts) == 0 ? find_path(document, &parts) : NULL;
	char *list = talloc_strdup(ctx, "OPTIONS");

	for (size_t i = 0; found && list && i < document->count; i++)
		if (document->operations[i].path == found)
			list = talloc_asprintf_append(
				list, ", %s%s", document->operations[i].method,
				strcmp(document->operations[i].method, "GET") == 0 ? ", HEAD" : "");
	return list;
}

size_t api_document_count(const struct api_document *document)
{
	return document->count;
}

const struct api_operation *api_document_get(const struct api_document *document, size_t index)
{
	return &document->operations[index];
}

json_t *api_document_json(const struct api_document *document)
{
	return document->whole;
}
