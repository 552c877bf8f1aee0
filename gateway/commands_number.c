/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/commands_number.h"

#include <errno.h>
#include <string.h>

#include "gateway/number_ref.h"

static const char *text_of(const json_t *args, const char *name)
{
	const char *text = json_string_value(json_object_get(args, name));

	return text ? text : "";
}

int command_number_read(const struct gateway *gateway, const json_t *args, const char *name,
			struct named_number *out)
{
	const char *text = text_of(args, name);

	*out = (struct named_number){ .by_ref = number_ref_is(text) };
	if (!json_object_get(args, name))
		return -ENOENT;
	if (out->by_ref)
		return number_ref_read(gateway->refs, text, strlen(text), &out->number);
	return number_read(gateway->live->tables->numbering, text, strlen(text), &out->number);
}

void command_number_refuse(struct control_request *request, const json_t *args, const char *name)
{
	const char *text = text_of(args, name);

	if (number_ref_is(text))
		control_fail(request, "%s: is no reference that this gateway gave", name);
	else
		control_fail(request, "%s: '%s' is no number", name, text);
}

bool command_number(const struct gateway *gateway, struct control_request *request,
		    const json_t *args, const char *name, struct named_number *out)
{
	if (command_number_read(gateway, args, name, out) == 0)
		return true;
	command_number_refuse(request, args, name);
	return false;
}

bool command_number_if_any(const struct gateway *gateway, struct control_request *request,
			   const json_t *args, const char *name, struct named_number *out)
{
	if (command_number_read(gateway, args, name, out) != -EBADMSG)
		return true;
	command_number_refuse(request, args, name);
	return false;
}

json_t *command_ref(const struct gateway *gateway, const char *number)
{
	char text[NUMBER_REF_MAX];

	return number_ref_make(gateway->refs, number, text) == 0 ? json_string(text) : json_null();
}

json_t *command_shown(const char *number, bool by_ref)
{
	char mask[NUMBER_MAX];

	if (!by_ref)
		return json_string(number);
	number_mask(number, mask);
	return json_string(mask);
}
