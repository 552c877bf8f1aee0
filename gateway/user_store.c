/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/user_store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/identity_token.h"
#include "gateway/rule_store.h"

#define DAY_MS INT64_C(86400000)
/* How long tokens are still listed that are good no more. */
static const int64_t kept_ms[TOKEN_KIND_COUNT] = {
	[TOKEN_API] = 366 * DAY_MS,
	[TOKEN_SESSION] = 30 * DAY_MS,
	[TOKEN_FIRST] = 366 * DAY_MS,
};

enum { STATE_TEXT_MAX = 160 };

const char *token_kind_name(enum token_kind kind)
{
	static const char *const names[TOKEN_KIND_COUNT] = {
		[TOKEN_API] = "api",
		[TOKEN_SESSION] = "session",
		[TOKEN_FIRST] = "first",
	};

	return kind < TOKEN_KIND_COUNT ? names[kind] : "unknown";
}

bool user_name_ok(const char *name)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char others[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t len = strlen(name);

	return len > 0 && len < USER_NAME_MAX && strchr(first, name[0]) &&
	       name[strspn(name, others)] == '\0';
}

/* Says what was wrong and gives the code back. */
__attribute__((format(printf, 3, 4))) static int wrong(char error[USER_ERROR_MAX], int rc,
						       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, USER_ERROR_MAX, format, args);
	va_end(args);
	return rc;
}

static int count(struct db_stmt *stmt, int64_t *out)
{
	int rc = db_step(stmt);

	if (rc <= 0)
		return rc < 0 ? rc : -EIO;
	*out = db_int(stmt, 0);
	db_finish(stmt);
	return 0;
}

/* ---- users ---- */

void user_row_load(struct db_stmt *stmt, struct user_row *out)
{
	*out = (struct user_row){ .created_ms = db_int(stmt, 2), .disabled_ms = db_int(stmt, 3) };
	snprintf(out->name, sizeof(out->name), "%s", db_text(stmt, 0));
	if (roles_parse(db_text(stmt, 1), &out->roles) < 0)
		out->roles = 0; /* of a later version: no rights that this one knows */
}

int user_store_get(struct db *db, const char *name, struct user_row *out)
{
	struct db_stmt *stmt = db_query(db, Q_USER_GET);
	int rc;

	db_bind_text(stmt, 1, name);
	rc = db_step(stmt);
	if (rc > 0)
		user_row_load(stmt, out);
	db_finish(stmt);
	return rc < 0 ? rc : rc == 0 ? -ENOENT : 0;
}

/* "" for nobody. */
static void describe_user(const struct user_row *row, char out[STATE_TEXT_MAX])
{
	char roles[ROLES_TEXT_MAX];

	out[0] = '\0';
	if (row)
		snprintf(out, STATE_TEXT_MAX, "%s%s", roles_format(row->roles, roles),
			 row->disabled_ms ? " disabled" : "");
}

/* Each change ends here: audited, and every gateway sees that there was one. */
static int record(struct db *db, const struct user_change *change, const char *action,
		  const char *object, const char *before, const char *after)
{
	int rc = audit_put(db, change->now_ms, change->actor, action, object, before, after);

	return rc < 0 ? rc : db_run(db_query(db, Q_IDENTITY_BUMP));
}

static int record_user(struct db *db, const struct user_change *change, const char *action,
		       const struct user_row *before, const struct user_row *after)
{
	char was[STATE_TEXT_MAX], is[STATE_TEXT_MAX];

	describe_user(before, was);
	describe_user(after, is);
	return record(db, change, action, (after ? after : before)->name, was, is);
}

static int write_user(struct db *db, const struct user_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_USER_PUT);
	char roles[ROLES_TEXT_MAX];

	db_bind_text(stmt, 1, row->name);
	db_bind_text(stmt, 2, roles_format(row->roles, roles));
	db_bind_int(stmt, 3, row->created_ms);
	if (row->disabled_ms)
		db_bind_int(stmt, 4, row->disabled_ms);
	return db_run(stmt);
}

static int find_user(struct db *db, const char *name, struct user_row *out,
		     char error[USER_ERROR_MAX])
{
	int rc = user_store_get(db, name, out);

	return rc == -ENOENT ? wrong(error, rc, "name: there is no user '%.32s'", name) : rc;
}

static bool is_live_admin(const struct user_row *row)
{
	return row && !row->disabled_ms && (row->roles & ROLE_BIT(ROLE_ADMIN));
}

/* Whether the change would leave nobody who can undo it. */
static int keep_an_admin(struct db *db, const struct user_row *before, const struct user_row *after,
			 char error[USER_ERROR_MAX])
{
	struct db_stmt *stmt = db_query(db, Q_USER_OTHER_ADMINS);
	int64_t others;
	int rc;

	if (!is_live_admin(before) || is_live_admin(after))
		return 0;
	db_bind_text(stmt, 1, before->name);
	rc = count(stmt, &others);
	if (rc == 0 && others == 0)
		rc = wrong(error, -EBUSY,
			   "%s is the last admin that is enabled: make another first",
			   before->name);
	return rc;
}

static int change_user(struct db *db, const struct user_change *change, const char *action,
		       const struct user_row *before, const struct user_row *after,
		       char error[USER_ERROR_MAX])
{
	int rc = keep_an_admin(db, before, after, error);

	if (rc == 0)
		rc = write_user(db, after);
	return rc < 0 ? rc : record_user(db, change, action, before, after);
}

int user_store_add(struct db *db, const struct user_change *change, const char *name,
		   unsigned roles, char error[USER_ERROR_MAX])
{
	struct user_row row = { .roles = roles, .created_ms = change->now_ms };
	struct user_row other;
	int64_t users = 0;
	int rc;

	if (!user_name_ok(name))
		return wrong(error, -EINVAL,
			     "name: wants 1 to %d of a-z, 0-9, '.', '_' and '-', and a letter or "
			     "digit first",
			     USER_NAME_MAX - 1);
	rc = user_store_get(db, name, &other);
	if (rc == 0)
		return wrong(error, -EEXIST, "name: there is a user '%s' already", name);
	if (rc == -ENOENT)
		rc = count(db_query(db, Q_USER_COUNT), &users);
	if (rc < 0)
		return rc;
	if (users >= USERS_MAX)
		return wrong(error, -EBUSY, "there are %d users, which is as many as there can be",
			     USERS_MAX);
	memcpy(row.name, name, strlen(name) + 1);
	rc = write_user(db, &row);
	return rc < 0 ? rc : record_user(db, change, "user_add", NULL, &row);
}

int user_store_set_roles(struct db *db, const struct user_change *change, const char *name,
			 unsigned roles, char error[USER_ERROR_MAX])
{
	struct user_row before, after;
	int rc = find_user(db, name, &before, error);

	if (rc < 0)
		return rc;
	after = before;
	after.roles = roles;
	return change_user(db, change, "user_roles", &before, &after, error);
}

int user_store_disable(struct db *db, const struct user_change *change, const char *name,
		       bool disabled, char error[USER_ERROR_MAX])
{
	struct user_row before, after;
	int rc = find_user(db, name, &before, error);

	if (rc < 0)
		return rc;
	if (disabled == (before.disabled_ms != 0))
		return wrong(error, -EALREADY, "name: %s is %s already", name,
			     disabled ? "disabled" : "enabled");
	after = before;
	after.disabled_ms = disabled ? change->now_ms : 0;
	return change_user(db, change, disabled ? "user_disable" : "user_enable", &before, &after,
			   error);
}

int user_store_remove(struct db *db, const struct user_change *change, const char *name,
		      char error[USER_ERROR_MAX])
{
	struct user_row before;
	struct db_stmt *stmt;
	int rc = find_user(db, name, &before, error);

	if (rc == 0)
		rc = keep_an_admin(db, &before, NULL, error);
	if (rc < 0)
		return rc;
	stmt = db_query(db, Q_TOKEN_REVOKE_ALL);
	db_bind_int(stmt, 1, change->now_ms);
	db_bind_text(stmt, 2, name);
	rc = db_run(stmt);
	if (rc == 0) {
		stmt = db_query(db, Q_USER_REMOVE);
		db_bind_text(stmt, 1, name);
		rc = db_run(stmt);
	}
	return rc < 0 ? rc : record_user(db, change, "user_remove", &before, NULL);
}

/* ---- tokens ---- */

void token_row_load(struct db_stmt *stmt, struct token_row *out)
{
	*out = (struct token_row){
		.id = db_int(stmt, 0),
		.kind = (enum token_kind)db_int(stmt, 2),
		.parent = db_int(stmt, 3),
		.created_ms = db_int(stmt, 5),
		.expires_ms = db_int(stmt, 6),
		.used_day_ms = db_int(stmt, 7),
		.revoked_ms = db_int(stmt, 8),
	};
	snprintf(out->user, sizeof(out->user), "%s", db_text(stmt, 1));
	snprintf(out->label, sizeof(out->label), "%s", db_text(stmt, 4));
}

static int record_token(struct db *db, const struct user_change *change, const char *action,
			const struct token_row *row, bool good_before)
{
	char object[USER_NAME_MAX + 40];
	char state[STATE_TEXT_MAX];

	snprintf(object, sizeof(object), "%s token %lld", row->user, (long long)row->id);
	snprintf(state, sizeof(state), "%s until_ms=%lld %s", token_kind_name(row->kind),
		 (long long)row->expires_ms, row->label);
	return record(db, change, action, object, good_before ? state : "",
		      good_before ? "revoked" : state);
}

static int check_owner(struct db *db, const struct user_change *change, const struct token_row *row,
		       char error[USER_ERROR_MAX])
{
	const int64_t most = row->kind == TOKEN_SESSION ? USER_SESSIONS_MAX : USER_TOKENS_MAX;
	struct db_stmt *stmt = db_query(db, Q_TOKEN_COUNT);
	struct user_row user;
	int64_t others;
	int rc = user_store_get(db, row->user, &user);

	if (rc == -ENOENT)
		return wrong(error, rc, "user: there is no user '%.32s'", row->user);
	if (rc == 0 && user.disabled_ms)
		return wrong(error, -EBUSY, "user: %s is disabled", row->user);
	if (rc < 0)
		return rc;
	db_bind_text(stmt, 1, row->user);
	db_bind_int(stmt, 2, row->kind);
	db_bind_int(stmt, 3, change->now_ms);
	rc = count(stmt, &others);
	if (rc == 0 && others >= most)
		rc = wrong(error, -EBUSY, "user: %s has %lld of them already: revoke some",
			   row->user, (long long)others);
	return rc;
}

static int purge(struct db *db, int64_t now_ms)
{
	int rc = 0;

	for (int kind = 0; kind < TOKEN_KIND_COUNT && rc == 0; kind++) {
		struct db_stmt *stmt = db_query(db, Q_TOKEN_PURGE);

		db_bind_int(stmt, 1, kind);
		db_bind_int(stmt, 2, now_ms - kept_ms[kind]);
		rc = db_run(stmt);
	}
	return rc;
}

static int insert_token(struct db *db, struct token_row *row, const char *hash)
{
	struct db_stmt *stmt = db_query(db, Q_TOKEN_PUT);
	int rc;

	db_bind_text(stmt, 1, row->user);
	db_bind_text(stmt, 2, hash);
	db_bind_int(stmt, 3, row->kind);
	if (row->parent)
		db_bind_int(stmt, 4, row->parent);
	db_bind_text(stmt, 5, row->label);
	db_bind_int(stmt, 6, row->created_ms);
	db_bind_int(stmt, 7, row->expires_ms);
	rc = db_step(stmt);
	if (rc > 0)
		row->id = db_int(stmt, 0);
	db_finish(stmt);
	return rc < 0 ? rc : rc == 0 ? -EIO : 0;
}

int token_store_make(struct db *db, const struct user_change *change, struct token_row *row,
		     char token[FEED_TOKEN_MAX], char error[USER_ERROR_MAX])
{
	char hash[FEED_TOKEN_HASH_MAX];
	int rc = check_owner(db, change, row, error);

	if (rc == 0)
		rc = purge(db, change->now_ms);
	if (rc == 0)
		rc = identity_token_make(token);
	if (rc == 0)
		rc = feed_token_hash(token, strlen(token), hash);
	if (rc < 0)
		return rc;
	row->created_ms = change->now_ms;
	rc = insert_token(db, row, hash);
	return rc < 0 ? rc
		      : record_token(db, change,
				     row->kind == TOKEN_SESSION ? "session_begin" : "token_create",
				     row, false);
}

int token_store_revoke(struct db *db, const struct user_change *change, int64_t id,
		       char error[USER_ERROR_MAX])
{
	struct db_stmt *stmt = db_query(db, Q_TOKEN_GET);
	struct token_row row = { 0 };
	int rc;

	db_bind_int(stmt, 1, id);
	rc = db_step(stmt);
	if (rc > 0)
		token_row_load(stmt, &row);
	db_finish(stmt);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return wrong(error, -ENOENT, "id: there is no token %lld", (long long)id);
	if (row.revoked_ms)
		return wrong(error, -EALREADY, "id: token %lld is revoked already", (long long)id);
	stmt = db_query(db, Q_TOKEN_REVOKE);
	db_bind_int(stmt, 1, change->now_ms);
	db_bind_int(stmt, 2, id);
	rc = db_run(stmt);
	return rc < 0 ? rc
		      : record_token(db, change,
				     row.kind == TOKEN_SESSION ? "session_end" : "token_revoke",
				     &row, true);
}

int token_store_used(struct db *db, int64_t id, int64_t day_ms)
{
	struct db_stmt *stmt = db_query(db, Q_TOKEN_USED);

	db_bind_int(stmt, 1, day_ms);
	db_bind_int(stmt, 2, id);
	return db_run(stmt);
}

/* ---- the first of all ---- */

int user_store_first_admin(struct db *db, const struct user_change *change, int64_t expires_ms,
			   struct token_row *row, char token[FEED_TOKEN_MAX])
{
	char error[USER_ERROR_MAX];
	int64_t users;
	int rc = count(db_query(db, Q_USER_COUNT), &users);

	if (rc < 0 || users > 0)
		return rc;
	*row = (struct token_row){ .user = "admin",
				   .kind = TOKEN_FIRST,
				   .label = "first start",
				   .expires_ms = expires_ms };
	rc = user_store_add(db, change, row->user, ROLE_BIT(ROLE_ADMIN), error);
	if (rc == 0)
		rc = token_store_make(db, change, row, token, error);
	return rc < 0 ? rc : 1;
}
