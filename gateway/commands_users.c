/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao users`: the gateway's users and their roles. */
#include "gateway/commands_users.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/commands_query.h"
#include "gateway/identity.h"

enum user_op { OP_LIST, OP_ADD, OP_SET_ROLE, OP_DISABLE, OP_ENABLE, OP_REMOVE, OP_COUNT };

static const char *const op_names[OP_COUNT] = {
	[OP_LIST] = "list",	  [OP_ADD] = "add",	  [OP_SET_ROLE] = "set-role",
	[OP_DISABLE] = "disable", [OP_ENABLE] = "enable", [OP_REMOVE] = "remove",
};

struct users_query {
	struct identity_query base; /* first */
	enum user_op op;
	char name[USER_NAME_MAX + 1]; /* one that is too long stays too long */
	unsigned roles;
	int64_t now_ms;
};

/* ---- every change of users and tokens ---- */

int identity_query_book(struct db *db, struct query *query)
{
	struct identity_query *identity = query->argument;

	return identity_book_read(query->memory, db, &identity->book);
}

void identity_query_finish(struct query *query)
{
	struct identity_query *identity = query->argument;

	identity_take(query->gateway->identity, identity->book);
}

/* ---- the list ---- */

static json_t *roles_json(unsigned roles)
{
	char text[ROLES_TEXT_MAX];

	return query_list(roles_format(roles, text));
}

static json_t *user_json(const struct user_row *row)
{
	return json_pack("{ss so so sb}", "name", row->name, "roles", roles_json(row->roles),
			 "created", query_time(row->created_ms), "disabled", row->disabled_ms != 0);
}

static int work_list(struct db *db, struct query *query)
{
	const struct users_query *users = query->argument;
	struct db_stmt *stmt = db_query(db, Q_USER_LIST);
	json_t *list = json_array();
	int rc;

	query->result = json_pack("{so}", "users", list);
	db_bind_int(stmt, 1, users->now_ms);
	while ((rc = db_step(stmt)) > 0) {
		struct user_row row;
		json_t *json;

		user_row_load(stmt, &row);
		json = user_json(&row);
		json_object_set_new(json, "tokens", json_integer(db_int(stmt, 4)));
		json_array_append_new(list, json);
	}
	return rc;
}

/* ---- changes ---- */

static int change(struct db *db, struct query *query)
{
	const struct users_query *users = query->argument;
	const struct user_change change = { query->actor, users->now_ms };
	const char *name = users->name;

	switch (users->op) {
	case OP_ADD:
		return user_store_add(db, &change, name, users->roles, query->error);
	case OP_SET_ROLE:
		return user_store_set_roles(db, &change, name, users->roles, query->error);
	case OP_DISABLE:
	case OP_ENABLE:
		return user_store_disable(db, &change, name, users->op == OP_DISABLE, query->error);
	case OP_REMOVE:
		return user_store_remove(db, &change, name, query->error);
	case OP_LIST:
	case OP_COUNT:
		break;
	}
	return -EINVAL;
}

static int work_change(struct db *db, struct query *query)
{
	const struct users_query *users = query->argument;
	struct user_row row;
	int rc = change(db, query);

	if (rc == 0 && users->op == OP_REMOVE) {
		query->result = json_pack("{ss}", "removed", users->name);
	} else if (rc == 0) {
		rc = user_store_get(db, users->name, &row);
		if (rc == 0)
			query->result = user_json(&row);
	}
	return rc < 0 ? rc : identity_query_book(db, query);
}

/* ---- the request ---- */

/* "reviewer,operator", or a list of texts. */
static const char *read_roles(const json_t *args, unsigned *out)
{
	static const char error[] = "roles: wants some of viewer, reviewer, operator, admin, "
				    "auditor";
	const json_t *value = json_object_get(args, "roles");
	unsigned roles = 0;
	size_t i;
	json_t *item;

	if (json_is_string(value))
		return roles_parse(json_string_value(value), out) == 0 ? NULL : error;
	json_array_foreach(value, i, item)
	{
		enum role role;

		if (!json_is_string(item) || role_parse(json_string_value(item), &role) < 0)
			return error;
		roles |= ROLE_BIT(role);
	}
	*out = roles;
	return roles ? NULL : error;
}

static const char *read_request(const json_t *args, struct users_query *out)
{
	const char *name = json_string_value(json_object_get(args, "name"));

	if (out->op == OP_LIST)
		return NULL;
	if (!name)
		return "name: is missing";
	snprintf(out->name, sizeof(out->name), "%s", name);
	return out->op == OP_ADD || out->op == OP_SET_ROLE ? read_roles(args, &out->roles) : NULL;
}

static enum user_op read_op(const json_t *args)
{
	const char *text = json_string_value(json_object_get(args, "op"));

	for (int i = 0; text && i < OP_COUNT; i++)
		if (strcmp(op_names[i], text) == 0)
			return (enum user_op)i;
	return OP_LIST;
}

void command_users(struct gateway *gateway, struct control_request *request, json_t *args)
{
	enum user_op op = read_op(args);
	struct query *query =
		query_create(gateway, request, op == OP_LIST ? work_list : work_change);
	struct users_query *users = query ? talloc_zero(query, struct users_query) : NULL;
	const char *error;

	if (!query)
		return;
	if (users) {
		users->op = op;
		users->now_ms = clock_now_ms();
	}
	error = users ? read_request(args, users) : "out of memory";
	if (error) {
		query_refuse(query, error);
		return;
	}
	query->argument = users;
	query->finish = op == OP_LIST ? NULL : identity_query_finish;
	store_submit(op == OP_LIST ? gateway->reader : gateway->store, &query->op);
}
