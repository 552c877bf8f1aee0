/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* ability.h - what can be asked of the daemon, and who may: the one table for the control socket,
 * the HTTP interface and the console.
 *
 * Does:    a row for each command and operation. What is in no row cannot be asked for.
 * Threads: the loop's; the table itself is constant.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "gateway/control_request.h"
#include "gateway/gateway.h"

typedef void ability_fn(struct gateway *gateway, struct control_request *request, json_t *args);

struct ability {
	const char *command;
	const char *op;	 /* NULL: without; of a command with several, the first is its preset */
	unsigned roles;	 /* ROLE_BIT() of each that may */
	bool changes;	 /* something */
	bool by_member;	 /* asked for by a member of the name `op`, not by "op" */
	ability_fn *run; /* NULL: a right without a command of its own */
};

/* Whether numbers and texts of subscribers are shown in full. */
#define ABILITY_REVEAL "reveal"

size_t ability_count(void);
const struct ability *ability_at(size_t i);
/* NULL: there is none. `op` NULL: the command's preset. */
const struct ability *ability_find(const char *command, const char *op);
/* By the request's members; NULL with *error a static text: no such command or operation, blaming
 * the member in which it stands. */
const struct ability *ability_asked(const json_t *args, const char **error);
bool ability_may(unsigned roles, const struct ability *ability);
/* May whoever has these roles see numbers in full? */
bool ability_reveals(unsigned roles);

enum { ABILITY_NAME_MAX = 48 };
/* "review decide" */
const char *ability_name(const struct ability *ability, char out[ABILITY_NAME_MAX]);
