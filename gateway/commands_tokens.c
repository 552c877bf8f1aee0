/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao tokens` and `mianrao whoami`, and the sessions of users. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/ability.h"
#include "gateway/clock.h"
#include "gateway/commands_query.h"
#include "gateway/commands_users.h"
#include "gateway/identity.h"

enum { DAYS_DEFAULT = 90, DAYS_MAX = 366, LIST_DEFAULT = 100, LIST_MAX = 1000 };
enum { SESSION_HOURS = 12, ALL_KINDS = -1 };
#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)

struct tokens_query {
	struct identity_query base; /* first */
	struct token_row wish;
	int64_t now_ms;
	int without; /* a kind that is not listed; ALL_KINDS: none */
};

static const char *text_of(const json_t *args, const char *name)
{
	const char *text = json_string_value(json_object_get(args, name));

	return text ? text : "";
}

static int64_t integer_of(const json_t *args, const char *name, int64_t preset)
{
	const json_t *value = json_object_get(args, name);

	return !value ? preset : json_is_integer(value) ? json_integer_value(value) : -1;
}

/* ---- the list ---- */

static const char *state_of(const struct token_row *row, int64_t now_ms)
{
	return row->revoked_ms ? "revoked" : now_ms >= row->expires_ms ? "expired" : "good";
}

static json_t *token_json(const struct token_row *row, int64_t now_ms)
{
	return json_pack("{sI ss ss ss ss so so so}", "id", (json_int_t)row->id, "user", row->user,
			 "kind", token_kind_name(row->kind), "state", state_of(row, now_ms),
			 "label", row->label, "created", query_time(row->created_ms), "expires",
			 query_time(row->expires_ms), "last_used_day",
			 query_time(row->used_day_ms));
}

static int work_list(struct db *db, struct query *query)
{
	const struct tokens_query *tokens = query->argument;
	struct db_stmt *stmt = db_query(db, Q_TOKEN_LIST);
	json_t *list = json_array();
	struct token_row row;
	int rc;

	query->result = json_pack("{so}", "tokens", list);
	db_bind_text(stmt, 1, tokens->wish.user);
	db_bind_int(stmt, 2, tokens->without);
	db_bind_int(stmt, 3, query->limit);
	while ((rc = db_step(stmt)) > 0) {
		token_row_load(stmt, &row);
		json_array_append_new(list, token_json(&row, tokens->now_ms));
	}
	return rc;
}

/* ---- changes ---- */

static int work_make(struct db *db, struct query *query)
{
	const struct tokens_query *tokens = query->argument;
	const struct user_change change = { query->actor, tokens->now_ms };
	struct token_row row = tokens->wish;
	char token[FEED_TOKEN_MAX] = "";
	int rc = token_store_make(db, &change, &row, token, query->error);

	if (rc == 0) {
		query->result = token_json(&row, tokens->now_ms);
		json_object_set_new(query->result, "token", json_string(token));
	}
	explicit_bzero(token, sizeof(token));
	return rc < 0 ? rc : identity_query_book(db, query);
}

static int work_revoke(struct db *db, struct query *query)
{
	const struct tokens_query *tokens = query->argument;
	const struct user_change change = { query->actor, tokens->now_ms };
	int rc = token_store_revoke(db, &change, query->id, query->error);

	query->result = json_pack("{sI}", "revoked", (json_int_t)query->id);
	return rc < 0 ? rc : identity_query_book(db, query);
}

/* ---- requests ---- */

static const char *read_user(const json_t *args, bool needed, struct tokens_query *out)
{
	const char *user = text_of(args, "user");

	if (!user[0])
		return needed ? "user: is missing" : NULL;
	if (!user_name_ok(user))
		return "user: is no user's name";
	memcpy(out->wish.user, user, strlen(user) + 1);
	return NULL;
}

static const char *read_label(const json_t *args, struct tokens_query *out)
{
	const char *label = text_of(args, "label");
	size_t len = strlen(label);

	if (len >= sizeof(out->wish.label))
		return "label: is longer than 63 octets";
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)label[i] < ' ' || label[i] == 0x7f)
			return "label: has a character that is not for reading";
	memcpy(out->wish.label, label, len + 1);
	return NULL;
}

static const char *read_list(const json_t *args, struct tokens_query *out, int64_t *limit)
{
	*limit = integer_of(args, "limit", LIST_DEFAULT);
	out->without = json_is_true(json_object_get(args, "sessions")) ? ALL_KINDS : TOKEN_SESSION;
	if (*limit < 1 || *limit > LIST_MAX)
		return "limit: not from 1 to 1000";
	return read_user(args, false, out);
}

static const char *read_make(const json_t *args, struct tokens_query *out)
{
	int64_t days = integer_of(args, "days", DAYS_DEFAULT);
	const char *error = read_user(args, true, out);

	if (!error)
		error = read_label(args, out);
	if (!error && (days < 1 || days > DAYS_MAX))
		error = "days: not from 1 to 366";
	out->wish.kind = TOKEN_API;
	out->wish.expires_ms = out->now_ms + days * DAY_MS;
	return error;
}

static const char *read_revoke(const json_t *args, int64_t *id)
{
	*id = integer_of(args, "id", -1);
	return *id < 1 ? "id: wants the number of a token" : NULL;
}

/* NULL: the request was answered. */
static struct query *begin(struct gateway *gateway, struct control_request *request,
			   int (*work)(struct db *db, struct query *query))
{
	struct query *query = query_create(gateway, request, work);
	struct tokens_query *tokens = query ? talloc_zero(query, struct tokens_query) : NULL;

	if (query && !tokens) {
		query_refuse(query, "out of memory");
		return NULL;
	}
	if (!query)
		return NULL;
	tokens->now_ms = clock_now_ms();
	query->argument = tokens;
	if (work != work_list)
		query->finish = identity_query_finish;
	return query;
}

static void submit(struct query *query, const char *error)
{
	struct gateway *gateway = query->gateway;

	if (error)
		query_refuse(query, error);
	else
		store_submit(query->finish ? gateway->store : gateway->reader, &query->op);
}

void command_tokens(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *op = text_of(args, "op");
	bool make = strcmp(op, "create") == 0;
	bool revoke = strcmp(op, "revoke") == 0;
	struct query *query = begin(gateway, request,
				    make     ? work_make
				    : revoke ? work_revoke
					     : work_list);

	if (!query)
		return;
	submit(query, make     ? read_make(args, query->argument)
		      : revoke ? read_revoke(args, &query->id)
			       : read_list(args, query->argument, &query->limit));
}

/* ---- sessions ---- */

/* It is of the token by which the user came, also when that is a session itself. */
static const char *read_session(const struct gateway *gateway,
				const struct control_request *request, struct tokens_query *out)
{
	struct identity_who who;

	if (!identity_token_holds(gateway->identity, request->token_id, out->now_ms, &who))
		return "only a user of the gateway has sessions, and comes with a token";
	memcpy(out->wish.user, who.user, sizeof(out->wish.user));
	out->wish.kind = TOKEN_SESSION;
	out->wish.parent = who.token_id;
	out->wish.expires_ms = out->now_ms + SESSION_HOURS * HOUR_MS;
	if (out->wish.expires_ms > who.expires_ms)
		out->wish.expires_ms = who.expires_ms;
	return who.kind == TOKEN_SESSION ? "a session begins no other: bring a token" : NULL;
}

void command_session(struct gateway *gateway, struct control_request *request, json_t *args)
{
	bool ends = strcmp(text_of(args, "op"), "end") == 0;
	struct query *query = begin(gateway, request, ends ? work_revoke : work_make);
	struct identity_who who;

	if (!query)
		return;
	if (!ends) {
		submit(query, read_session(gateway, request, query->argument));
		return;
	}
	query->id = request->token_id;
	submit(query, identity_token_holds(gateway->identity, query->id, clock_now_ms(), &who) &&
				      who.kind == TOKEN_SESSION
			      ? NULL
			      : "who asks did not come with a session");
}

/* ---- who asks ---- */

static json_t *abilities_json(unsigned roles)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ability_count(); i++) {
		char name[ABILITY_NAME_MAX];

		if (ability_may(roles, ability_at(i)))
			json_array_append_new(list, json_string(ability_name(ability_at(i), name)));
	}
	return list;
}

void command_whoami(struct gateway *gateway, struct control_request *request, json_t *args)
{
	char roles[ROLES_TEXT_MAX];
	struct identity_who who;
	json_t *result = json_pack("{ss so}", "actor", request->actor, "roles",
				   query_list(roles_format(request->roles, roles)));

	(void)args;
	if (request->user[0])
		json_object_set_new(result, "user", json_string(request->user));
	if (identity_token_holds(gateway->identity, request->token_id, clock_now_ms(), &who))
		json_object_set_new(result, "token",
				    json_pack("{sI ss so}", "id", (json_int_t)who.token_id, "kind",
					      token_kind_name(who.kind), "expires",
					      query_time(who.expires_ms)));
	json_object_set_new(result, "may", abilities_json(request->roles));
	control_answer(request, result);
}
