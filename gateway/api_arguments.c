/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/api_arguments.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TEXT_MAX = 1024 };

__attribute__((format(printf, 4, 5))) static int refuse(struct api_problem *problem, int status,
							const char *field, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(problem->fault.text, sizeof(problem->fault.text), format, args);
	va_end(args);
	snprintf(problem->fault.field, sizeof(problem->fault.field), "%s", field);
	problem->status = status;
	return -EBADMSG;
}

/* ---- parameters ---- */

/* The version in "v12". A weak or another tag is one that never was, and `*` says nothing. */
static int read_version(const char *text, char out[TEXT_MAX], struct api_problem *problem)
{
	size_t len = strlen(text);

	if (strcmp(text, "*") == 0)
		return refuse(problem, 428, "If-Match",
			      "wants the version that was seen, not every one");
	if (len < 4 || len >= 24 || strncmp(text, "\"v", 2) != 0 || text[len - 1] != '"' ||
	    strspn(text + 2, "0123456789") != len - 3)
		return refuse(problem, 400, "If-Match", "is no ETag of ours, as \"v12\"");
	snprintf(out, TEXT_MAX, "%.*s", (int)(len - 3), text + 2);
	return 0;
}

static const char *text_of(const struct api_operation *operation, const struct api_path *path,
			   const struct api_input *input, const json_t *query,
			   const struct api_param *param)
{
	switch (param->place) {
	case API_IN_PATH:
		return api_operation_segment(operation, path, param->name);
	case API_IN_QUERY:
		return json_string_value(json_object_get(query, param->name));
	case API_IN_HEADER:
		break;
	}
	return input->header(input->user, param->name);
}

static int take_text(const struct api_param *param, const char *text, json_t *args,
		     struct api_problem *problem)
{
	bool version = param->place == API_IN_HEADER && strcasecmp(param->name, "If-Match") == 0;
	char number[TEXT_MAX];
	json_t *value;
	int rc;

	if (version) {
		rc = read_version(text, number, problem);
		if (rc < 0)
			return rc;
		text = number;
	}
	rc = api_schema_value(param->schema, text, &value);
	if (rc == -EBADMSG) {
		const char *type = json_string_value(json_object_get(param->schema, "type"));

		return refuse(problem, 422, param->name, "wants %s %s",
			      type && type[0] == 'i' ? "an" : "a", type ? type : "value");
	}
	if (rc < 0)
		return rc;
	problem->status = 422;
	rc = api_schema_check(param->schema, value, param->name, &problem->fault);
	if (rc < 0)
		json_decref(value);
	else if (json_object_set_new(args, param->argument, value) < 0)
		rc = -ENOMEM;
	return rc;
}

static int missing(const struct api_param *param, struct api_problem *problem)
{
	if (param->place == API_IN_HEADER && strcasecmp(param->name, "If-Match") == 0)
		return refuse(problem, 428, param->name,
			      "is missing: the ETag of the version that is to be changed");
	return refuse(problem, 422, param->name, "is missing");
}

static int read_params(const struct api_operation *operation, const struct api_path *path,
		       const struct api_input *input, const json_t *query, json_t *args,
		       struct api_problem *problem)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < operation->param_count; i++) {
		const struct api_param *param = &operation->params[i];
		const char *text = text_of(operation, path, input, query, param);

		if (text)
			rc = take_text(param, text, args, problem);
		else if (param->required)
			rc = missing(param, problem);
	}
	return rc;
}

static bool has_query(const struct api_operation *operation, const char *name)
{
	for (size_t i = 0; i < operation->param_count; i++)
		if (operation->params[i].place == API_IN_QUERY &&
		    strcmp(operation->params[i].name, name) == 0)
			return true;
	return false;
}

static int refuse_strangers(const struct api_operation *operation, json_t *query,
			    struct api_problem *problem)
{
	const char *name;
	json_t *value;

	json_object_foreach(query, name, value)
	{
		(void)value;
		if (!has_query(operation, name))
			return refuse(problem, 400, name, "is not known here");
	}
	return 0;
}

/* ---- the body ---- */

static bool is_json(const char *type)
{
	static const char wanted[] = "application/json";
	size_t len = sizeof(wanted) - 1;

	return type && strncasecmp(type, wanted, len) == 0 &&
	       (type[len] == '\0' || strchr("; \t", type[len]));
}

int api_body_read(const json_t *schema, bool required, const struct api_input *input, json_t **out,
		  struct api_problem *problem)
{
	json_error_t fault;

	*out = NULL;
	if (input->len == 0)
		return required ? refuse(problem, 400, "", "the body is missing") : 0;
	if (!schema)
		return refuse(problem, 400, "", "there is a body where none is read");
	if (input->len > API_BODY_MAX)
		return refuse(problem, 413, "", "the body is longer than %d octets", API_BODY_MAX);
	if (!is_json(input->type))
		return refuse(problem, 415, "Content-Type", "is not application/json");
	*out = json_loadb(input->body, input->len, JSON_REJECT_DUPLICATES, &fault);
	if (!*out)
		return refuse(problem, 400, "", "the body, octet %d: %.160s", fault.position,
			      fault.text);
	problem->status = 422;
	if (api_schema_check(schema, *out, "", &problem->fault) == 0)
		return 0;
	json_decref(*out);
	*out = NULL;
	return -EBADMSG;
}

/* ---- all of it ---- */

static int add_fixed(const struct api_operation *operation, json_t *args)
{
	int rc = json_object_update(args, (json_t *)operation->command);
	size_t i;
	json_t *row;

	json_array_foreach(operation->op_of, i, row)
	{
		const char *name = json_string_value(json_object_get(row, "member"));
		const json_t *member = name ? json_object_get(args, name) : NULL;
		const json_t *is = json_object_get(row, "is");

		if (rc == 0 && member && (!is || json_equal(is, member)))
			rc = json_object_set(args, "op", json_object_get(row, "op"));
	}
	return rc;
}

int api_arguments_read(const struct api_operation *operation, const struct api_path *path,
		       const struct api_input *input, json_t **out, struct api_problem *problem)
{
	json_t *query = NULL;
	json_t *body = NULL;
	json_t *args = json_object();
	int rc;

	*problem = (struct api_problem){ .status = 400 };
	rc = api_query_parse(input->query, &query, &problem->fault);
	if (rc == 0)
		rc = refuse_strangers(operation, query, problem);
	if (rc == 0)
		rc = api_body_read(operation->body, operation->body_required, input, &body,
				   problem);
	/* What has more weight is written later. */
	if (rc == 0 && body)
		rc = json_object_update(args, body) < 0 ? -ENOMEM : 0;
	if (rc == 0)
		rc = read_params(operation, path, input, query, args, problem);
	if (rc == 0 && operation->command)
		rc = add_fixed(operation, args) < 0 ? -ENOMEM : 0;
	json_decref(query);
	json_decref(body);
	if (rc < 0)
		json_decref(args);
	else
		*out = args;
	return rc;
}
