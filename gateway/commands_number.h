/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* commands_number.h - numbers in what commands are asked and answer (private to the commands).
 *
 * Does:    reads every argument that is a number: in any usual writing, or as a reference
 *          (number_ref.h); makes the references that stand beside masked numbers. Who asked by a
 *          reference does not know the number, and is not told it.
 * Threads: reading on the loop; the rest anywhere.
 */
#pragma once

#include <jansson.h>

#include "gateway/control_request.h"
#include "gateway/gateway.h"

struct named_number {
	struct number number;
	bool by_ref;
};

/* 0; -ENOENT: there is no such argument, `out` is empty; -EBADMSG: it is neither. */
int command_number_read(const struct gateway *gateway, const json_t *args, const char *name,
			struct named_number *out) __attribute__((warn_unused_result));
/* The same; false: the request was refused. */
bool command_number(const struct gateway *gateway, struct control_request *request,
		    const json_t *args, const char *name, struct named_number *out)
	__attribute__((warn_unused_result));
/* "" when there is none. */
bool command_number_if_any(const struct gateway *gateway, struct control_request *request,
			   const json_t *args, const char *name, struct named_number *out)
	__attribute__((warn_unused_result));
/* -EBADMSG was returned for that argument. */
void command_number_refuse(struct control_request *request, const json_t *args, const char *name);

/* New references. null for what has no reference: a name, a withheld number. */
json_t *command_ref(const struct gateway *gateway, const char *number);
/* The number to those who know it, else masked. */
json_t *command_shown(const char *number, bool by_ref);
