/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* commands_users.h - commands about who may do what; see commands.h and ability.h.
 *
 * Does:    what is answered holds from then on: a token that was revoked is nobody's, one that was
 *          told is good. Of a command with operations, `args` has passed the table of abilities.
 */
#pragma once

#include "gateway/commands.h"

void command_users(struct gateway *gateway, struct control_request *request, json_t *args);
/* commands_tokens.c */
void command_tokens(struct gateway *gateway, struct control_request *request, json_t *args);
/* A session of the user who asks, ended before or with the token by which they came. */
void command_session(struct gateway *gateway, struct control_request *request, json_t *args);
void command_whoami(struct gateway *gateway, struct control_request *request, json_t *args);

/* Private to the two: a change of users or tokens. */
struct query;
struct identity_book;
struct identity_query {
	struct identity_book *book; /* as the change left it; set by identity_query_book() */
	void *detail;		    /* of one command alone */
};
struct db;
/* The end of the work of each change: reads the book in its transaction. */
int identity_query_book(struct db *db, struct query *query);
/* query->finish of each change. */
void identity_query_finish(struct query *query);
