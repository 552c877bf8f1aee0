/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/identity_book.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

struct identity_book {
	int64_t version;
	struct identity_entry *entries; /* by hash */
	size_t count;
	size_t admins; /* that are enabled */
};

int identity_book_version(struct db *db, int64_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_IDENTITY_VERSION);
	int rc = db_step(stmt);

	if (rc > 0)
		*out = db_int(stmt, 0);
	db_finish(stmt);
	return rc < 0 ? rc : rc == 0 ? -EIO : 0;
}

static void load_entry(struct db_stmt *stmt, struct identity_entry *out)
{
	*out = (struct identity_entry){
		.token_id = db_int(stmt, 3),
		.kind = (enum token_kind)db_int(stmt, 4),
		.created_ms = db_int(stmt, 5),
		.expires_ms = db_int(stmt, 6),
		.used_day_ms = db_int(stmt, 7),
	};
	snprintf(out->hash, sizeof(out->hash), "%s", db_text(stmt, 0));
	snprintf(out->user, sizeof(out->user), "%s", db_text(stmt, 1));
	if (roles_parse(db_text(stmt, 2), &out->roles) < 0)
		out->roles = 0;
}

static int load_entries(struct db *db, struct identity_book *book)
{
	struct db_stmt *stmt = db_query(db, Q_IDENTITY_TOKENS);
	size_t cap = 0;
	int rc;

	while ((rc = db_step(stmt)) > 0) {
		if (book->count == cap) {
			cap = cap ? 2 * cap : 16;
			book->entries = talloc_realloc(book, book->entries, struct identity_entry,
						       (unsigned)cap);
			if (!book->entries)
				return -ENOMEM;
		}
		load_entry(stmt, &book->entries[book->count++]);
	}
	return rc;
}

static int count_admins(struct db *db, struct identity_book *book)
{
	struct db_stmt *stmt = db_query(db, Q_IDENTITY_ADMINS);
	int rc;

	while ((rc = db_step(stmt)) > 0)
		book->admins++;
	return rc;
}

int identity_book_read(void *ctx, struct db *db, struct identity_book **out)
{
	struct identity_book *book = talloc_zero(ctx, struct identity_book);
	int rc = book ? identity_book_version(db, &book->version) : -ENOMEM;

	if (rc == 0)
		rc = load_entries(db, book);
	if (rc == 0)
		rc = count_admins(db, book);
	if (rc < 0) {
		talloc_free(book);
		return rc;
	}
	*out = book;
	return 0;
}

int64_t identity_book_is(const struct identity_book *book)
{
	return book->version;
}

size_t identity_book_count(const struct identity_book *book)
{
	return book->count;
}

static bool is_good(const struct identity_entry *entry, int64_t now_ms)
{
	return now_ms >= entry->created_ms - IDENTITY_SKEW_MS && now_ms < entry->expires_ms;
}

static int compare(const void *hash, const void *entry)
{
	return strcmp(hash, ((const struct identity_entry *)entry)->hash);
}

struct identity_entry *identity_book_find(struct identity_book *book, const char *hash,
					  int64_t now_ms)
{
	struct identity_entry *entry = book->count ? bsearch(hash, book->entries, book->count,
							     sizeof(*book->entries), compare)
						   : NULL;

	return entry && is_good(entry, now_ms) ? entry : NULL;
}

const struct identity_entry *identity_book_token(const struct identity_book *book, int64_t token_id,
						 int64_t now_ms)
{
	for (size_t i = 0; i < book->count; i++)
		if (book->entries[i].token_id == token_id)
			return is_good(&book->entries[i], now_ms) ? &book->entries[i] : NULL;
	return NULL;
}

bool identity_book_wants_secret(const struct identity_book *book, int64_t now_ms)
{
	for (size_t i = 0; i < book->count; i++)
		if (book->entries[i].kind == TOKEN_FIRST &&
		    (book->entries[i].roles & ROLE_BIT(ROLE_ADMIN)) &&
		    now_ms < book->entries[i].expires_ms)
			return book->admins <= 1;
	return false;
}
