/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/app_request.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

enum { DAY_MS = 86400000, FORGET_MAX = 20 };
_Static_assert(APP_HASH_SIZE == SHA256_DIGEST_SIZE, "a whole digest");

bool app_key_valid(const char *key)
{
	size_t len = strlen(key);

	if (len == 0 || len >= APP_KEY_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (key[i] <= ' ' || key[i] > '~')
			return false;
	return true;
}

/* The key goes in first: the same text has another hash with another key. */
void app_request_hash(struct app_request *request, const char *const texts[], size_t count)
{
	struct sha256_ctx hash;

	sha256_init(&hash);
	sha256_update(&hash, strlen(request->key) + 1, (const uint8_t *)request->key);
	for (size_t i = 0; i < count; i++) {
		const char *text = texts[i] ? texts[i] : "";
		uint8_t head = texts[i] != NULL;

		sha256_update(&hash, 1, &head);
		sha256_update(&hash, strlen(text) + 1, (const uint8_t *)text);
	}
	sha256_digest(&hash, sizeof(request->hash), request->hash);
}

int app_request_find(struct db *db, const struct app_request *request, int64_t now_ms,
		     char answer[APP_ANSWER_MAX])
{
	struct db_stmt *stmt = db_query(db, Q_APP_REQUEST_GET);
	int rc;

	db_bind_text(stmt, 1, request->owner);
	db_bind_text(stmt, 2, request->key);
	db_bind_int(stmt, 3, now_ms);
	rc = db_step(stmt);
	if (rc > 0) {
		size_t len;
		const void *hash = db_blob(stmt, 0, &len);

		if (len != APP_HASH_SIZE || memcmp(hash, request->hash, len) != 0)
			rc = -EEXIST;
		else
			snprintf(answer, APP_ANSWER_MAX, "%s", db_text(stmt, 1));
	}
	db_finish(stmt);
	return rc;
}

int app_request_put(struct db *db, const struct app_request *request, int64_t now_ms,
		    const char *answer)
{
	struct db_stmt *stmt = db_query(db, Q_APP_REQUEST_FORGET);
	int rc;

	db_bind_int(stmt, 1, now_ms);
	db_bind_int(stmt, 2, FORGET_MAX);
	rc = db_run(stmt);
	if (rc < 0)
		return rc;
	stmt = db_query(db, Q_APP_REQUEST_PUT);
	db_bind_text(stmt, 1, request->owner);
	db_bind_text(stmt, 2, request->key);
	db_bind_blob(stmt, 3, request->hash, APP_HASH_SIZE);
	db_bind_text(stmt, 4, answer);
	db_bind_int(stmt, 5, now_ms + (int64_t)APP_REQUEST_DAYS * DAY_MS);
	return db_run(stmt);
}
