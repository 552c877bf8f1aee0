/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* user_store.h - the gateway's users and their tokens in the store; every change audited with what
 * was before and after.
 *
 * Does:    a change is checked where it is made, in the transaction: the last enabled admin stays.
 *          Of a token only the hash is kept; the token itself is given once. A token of somebody
 *          who is disabled is as none, and good again when they are enabled; one of somebody who
 *          is removed is revoked. Sessions end with the token by which they were begun.
 * Errors:  negative errno. With a text in `error` it is what the asker did wrong: -EINVAL, -ENOENT,
 *          -EEXIST, -EBUSY, -EALREADY; without, the database's.
 * Threads: the store thread's.
 */
#pragma once

#include <stdbool.h>

#include "gateway/control_request.h"
#include "gateway/db.h"
#include "gateway/feed_token.h"
#include "gateway/role.h"

enum { USER_ERROR_MAX = 160, USERS_MAX = 1000, TOKEN_LABEL_MAX = 64 };
enum { USER_TOKENS_MAX = 100, USER_SESSIONS_MAX = 20 }; /* good ones of a user */

/* Who makes a change, and when. */
struct user_change {
	const char *actor;
	int64_t now_ms;
};

struct user_row {
	char name[USER_NAME_MAX];
	unsigned roles;
	int64_t created_ms;
	int64_t disabled_ms; /* 0: is not */
};

/* In the database: append only. */
enum token_kind {
	TOKEN_API,
	TOKEN_SESSION,
	TOKEN_FIRST, /* made at the first start, so that somebody can make the others */
	TOKEN_KIND_COUNT,
};

struct token_row {
	int64_t id;
	char user[USER_NAME_MAX];
	enum token_kind kind;
	int64_t parent; /* 0: none */
	char label[TOKEN_LABEL_MAX];
	int64_t created_ms;
	int64_t expires_ms;  /* first ms at which it is good no more */
	int64_t used_day_ms; /* 0: never */
	int64_t revoked_ms;  /* 0: is not */
};

const char *token_kind_name(enum token_kind kind);
/* 1 to 31 of a-z, 0-9, '.', '_' and '-'; the first is a letter or a digit. */
bool user_name_ok(const char *name);
/* Columns as USER_COLUMNS and TOKEN_COLUMNS. */
void user_row_load(struct db_stmt *stmt, struct user_row *out);
void token_row_load(struct db_stmt *stmt, struct token_row *out);

/* -ENOENT without a text. */
int user_store_get(struct db *db, const char *name, struct user_row *out)
	__attribute__((warn_unused_result));
int user_store_add(struct db *db, const struct user_change *change, const char *name,
		   unsigned roles, char error[USER_ERROR_MAX]) __attribute__((warn_unused_result));
int user_store_set_roles(struct db *db, const struct user_change *change, const char *name,
			 unsigned roles, char error[USER_ERROR_MAX])
	__attribute__((warn_unused_result));
int user_store_disable(struct db *db, const struct user_change *change, const char *name,
		       bool disabled, char error[USER_ERROR_MAX])
	__attribute__((warn_unused_result));
int user_store_remove(struct db *db, const struct user_change *change, const char *name,
		      char error[USER_ERROR_MAX]) __attribute__((warn_unused_result));

/* `row`: user, kind, parent, label, expires_ms; the rest is set. `token` is the only copy: wipe it
 * when it was told. */
int token_store_make(struct db *db, const struct user_change *change, struct token_row *row,
		     char token[FEED_TOKEN_MAX], char error[USER_ERROR_MAX])
	__attribute__((warn_unused_result));
int token_store_revoke(struct db *db, const struct user_change *change, int64_t id,
		       char error[USER_ERROR_MAX]) __attribute__((warn_unused_result));
/* That it was used on the day that began at `day_ms`; not audited. */
int token_store_used(struct db *db, int64_t id, int64_t day_ms) __attribute__((warn_unused_result));

/* When there is no user: one, an admin, with a token until expires_ms. 1: made, `row` and `token`
 * are set; 0: there are users. */
int user_store_first_admin(struct db *db, const struct user_change *change, int64_t expires_ms,
			   struct token_row *row, char token[FEED_TOKEN_MAX])
	__attribute__((warn_unused_result));
