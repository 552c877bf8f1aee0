/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/audit_text.h"

#include <errno.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

enum { SEAL_TEXT_MAX = 2 * SHA256_DIGEST_SIZE + 64 };

int audit_text_put(struct db *db, const struct audit_texts *texts, const uint8_t *salt,
		   size_t salt_len)
{
	struct db_stmt *stmt = db_query(db, Q_AUDIT_TEXT_PUT);

	db_bind_blob(stmt, 1, salt, salt_len);
	db_bind_text(stmt, 2, texts->object);
	db_bind_text(stmt, 3, texts->before);
	db_bind_text(stmt, 4, texts->after);
	return db_run(stmt);
}

/* ---- seals ---- */

struct seal {
	struct sha256_ctx hash;
	uint64_t count;
};

static void seal_text(struct seal *seal, const void *data, size_t len)
{
	uint64_t size = len;

	sha256_update(&seal->hash, sizeof(size), (const uint8_t *)&size);
	sha256_update(&seal->hash, len, data);
}

/* What stays of a row: id, time, actor, action, hash. */
static void seal_row(struct seal *seal, struct db_stmt *stmt)
{
	int64_t figures[] = { db_int(stmt, 0), db_int(stmt, 1) };
	size_t len;
	const void *hash = db_blob(stmt, 4, &len);

	sha256_update(&seal->hash, sizeof(figures), (const uint8_t *)figures);
	seal_text(seal, db_text(stmt, 2), strlen(db_text(stmt, 2)));
	seal_text(seal, db_text(stmt, 3), strlen(db_text(stmt, 3)));
	seal_text(seal, hash, len);
	seal->count++;
}

static void seal_write(struct seal *seal, char out[SEAL_TEXT_MAX])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	int at = snprintf(out, SEAL_TEXT_MAX, "rows=%" PRIu64 " seal=", seal->count);

	sha256_digest(&seal->hash, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		at += snprintf(out + at, SEAL_TEXT_MAX - (size_t)at, "%02x", digest[i]);
}

/* ---- erasing ---- */

static int seal_ids(struct db *db, const int64_t *ids, size_t count, char out[SEAL_TEXT_MAX])
{
	struct seal seal = { .count = 0 };
	int rc;

	sha256_init(&seal.hash);
	for (size_t i = 0; i < count; i++) {
		struct db_stmt *stmt = db_query(db, Q_AUDIT_STAYS);

		db_bind_int(stmt, 1, ids[i]);
		rc = db_step(stmt);
		if (rc <= 0)
			return rc < 0 ? rc : -EIO;
		seal_row(&seal, stmt);
		db_finish(stmt);
	}
	seal_write(&seal, out);
	return 0;
}

static int last_id(struct db *db, int64_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_AUDIT_MARK);
	int rc = db_step(stmt);

	if (rc <= 0)
		return rc < 0 ? rc : -EIO;
	*out = db_int(stmt, 0);
	db_finish(stmt);
	return 0;
}

int audit_text_erase(struct db *db, const int64_t *ids, size_t count, int64_t now_ms,
		     const char *actor, const char *reason)
{
	char seal[SEAL_TEXT_MAX];
	int64_t told_by;
	int rc = count > 0 ? seal_ids(db, ids, count, seal) : 0;

	if (rc < 0 || count == 0)
		return rc;
	rc = audit_put(db, now_ms, actor, AUDIT_ERASED, reason, "", seal);
	if (rc == 0)
		rc = last_id(db, &told_by);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct db_stmt *stmt = db_query(db, Q_AUDIT_TEXT_ERASE);

		db_bind_int(stmt, 1, told_by);
		db_bind_int(stmt, 2, ids[i]);
		rc = db_run(stmt);
	}
	return rc;
}

/* ---- checking ---- */

/* Columns of Q_AUDIT_ROWS. */
enum column {
	C_ID,
	C_AT,
	C_ACTOR,
	C_ACTION,
	C_OBJECT,
	C_BEFORE,
	C_AFTER,
	C_HASH,
	C_SALT,
	C_HAS_TEXT,
	C_ERASED,
	C_TOLD, /* by a later row that tells of erasures */
	C_FORM, /* 1: the hash covers the id */
};

/* That what it tells of is erased, all of it, and nothing else. */
static int check_seal(struct db *db, struct db_stmt *row)
{
	struct db_stmt *stmt = db_query(db, Q_AUDIT_SEALED);
	struct seal seal = { .count = 0 };
	char text[SEAL_TEXT_MAX];
	int rc;

	sha256_init(&seal.hash);
	db_bind_int(stmt, 1, db_int(row, C_ID));
	while ((rc = db_step(stmt)) > 0)
		seal_row(&seal, stmt);
	if (rc < 0)
		return rc;
	seal_write(&seal, text);
	return strcmp(text, db_text(row, C_AFTER)) == 0;
}

static size_t salt_of(struct db_stmt *row, const void **salt)
{
	size_t len;

	*salt = db_blob(row, C_SALT, &len);
	return len;
}

/* Octets of one field are never taken for those of the next: the salt has one length, or none in
 * rows that were written before there were any. */
static bool has_form(struct db_stmt *row)
{
	const void *salt;
	size_t len = salt_of(row, &salt);

	return db_int(row, C_FORM) == 1 ? len == AUDIT_SALT_SIZE
					: len == 0 || len == AUDIT_SALT_SIZE;
}

static void hash_row(struct db_stmt *row, uint8_t chain[AUDIT_CHAIN_SIZE])
{
	const void *salt;
	size_t salt_len = salt_of(row, &salt);

	audit_chain_next(chain, db_int(row, C_AT),
			 (const char *const[5]){ db_text(row, C_ACTOR), db_text(row, C_ACTION),
						 db_text(row, C_OBJECT), db_text(row, C_BEFORE),
						 db_text(row, C_AFTER) },
			 salt, salt_len, db_int(row, C_FORM) == 1 ? db_int(row, C_ID) : 0);
}

int audit_row_check(struct db *db, struct db_stmt *row, uint8_t chain[AUDIT_CHAIN_SIZE])
{
	bool erased = !db_is_null(row, C_ERASED);
	uint8_t stored[AUDIT_CHAIN_SIZE];
	size_t len;
	const void *hash = db_blob(row, C_HASH, &len);
	bool good;

	if (!erased)
		hash_row(row, chain);
	if (len != sizeof(stored))
		return 0;
	memcpy(stored, hash, len);
	good = erased ? db_int(row, C_TOLD) != 0
		      : db_int(row, C_HAS_TEXT) && has_form(row) && memcmp(stored, chain, len) == 0;
	memcpy(chain, stored, sizeof(stored));
	if (!good || erased || strcmp(db_text(row, C_ACTION), AUDIT_ERASED) != 0)
		return good;
	return check_seal(db, row);
}
