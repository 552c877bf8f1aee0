/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The reference of a number that somebody typed: it goes on in addresses, the number does not. */
#include <jansson.h>

#include "gateway/commands_number.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"

void command_reference(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct named_number number;
	json_t *ref;

	if (!command_number(gateway, request, args, "number", &number))
		return;
	ref = command_ref(gateway, number.number.text);
	if (!ref)
		control_fail_code(request, CONTROL_UNAVAILABLE, "out of memory");
	else if (json_is_null(ref))
		control_fail(request, "number: is a name, and has no reference");
	else
		control_answer(request, json_pack("{sO so}", "ref", ref, "number",
						  query_masked(number.number.text)));
	json_decref(ref);
}
