/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/control_request.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *control_code_name(enum control_code code)
{
	static const char *const names[CONTROL_CODE_COUNT] = {
		[CONTROL_INVALID] = "invalid",
		[CONTROL_FORBIDDEN] = "forbidden",
		[CONTROL_NOT_FOUND] = "not_found",
		[CONTROL_CONFLICT] = "conflict",
		[CONTROL_STALE] = "stale",
		[CONTROL_BUSY] = "busy",
		[CONTROL_UNAVAILABLE] = "unavailable",
	};

	return code < CONTROL_CODE_COUNT ? names[code] : "invalid";
}

const char *control_command(const struct control_request *request)
{
	return json_string_value(json_object_get(request->args, "command"));
}

void control_answer(struct control_request *request, json_t *result)
{
	request->sink->finish(request,
			      result ? json_pack("{s:b,s:o}", "ok", 1, "result", result) : NULL);
}

/* "limit" of "limit: not from 1 to 1000". */
static json_t *blamed(const struct control_request *request, const char *text)
{
	size_t len = strcspn(text, ": ");
	json_t *name = len > 0 && text[len] == ':' ? json_stringn(text, len) : NULL;

	if (name && json_object_get(request->args, json_string_value(name)))
		return name;
	json_decref(name);
	return NULL;
}

static void fail(struct control_request *request, enum control_code code, const char *format,
		 va_list args)
{
	char text[CONTROL_ERROR_MAX * 2];
	json_t *reply;
	json_t *error;
	json_t *field;

	vsnprintf(text, sizeof text, format, args);
	error = json_string(text);
	if (!error) /* cut within a character, or not UTF-8 from the start */
		error = json_string("the request failed, and its error is not UTF-8");
	reply = json_pack("{s:b,s:o,s:s}", "ok", 0, "error", error, "code",
			  control_code_name(code));
	field = reply && code == CONTROL_INVALID ? blamed(request, text) : NULL;
	if (field)
		json_object_set_new(reply, "field", field);
	request->sink->finish(request, reply);
}

void control_fail(struct control_request *request, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail(request, CONTROL_INVALID, format, args);
	va_end(args);
}

void control_fail_code(struct control_request *request, enum control_code code, const char *format,
		       ...)
{
	va_list args;

	va_start(args, format);
	fail(request, code, format, args);
	va_end(args);
}

int control_push(struct control_request *request, json_t *event)
{
	json_t *line = json_pack("{s:b,s:o}", "ok", 1, "event", event);

	return line ? request->sink->push(request, line) : -ENOMEM;
}

bool control_is_wanted(const struct control_request *request)
{
	return request->sink->is_wanted(request);
}

void control_actor(const struct control_request *request, char out[CONTROL_ACTOR_MAX])
{
	snprintf(out, CONTROL_ACTOR_MAX, "%s", request->actor);
}
