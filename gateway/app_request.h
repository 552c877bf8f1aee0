/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* app_request.h - what was asked with an idempotency key, and how it was answered.
 *
 * Does:    keeps the answer with the key, in the transaction of what it tells of, for
 *          APP_REQUEST_DAYS; whoever asks again with the key is answered the same. A key belongs
 *          to the user who sent it. Of what was asked only a hash is kept.
 * Errors:  negative errno of the database.
 * Threads: the store thread's.
 */
#pragma once

#include <stdbool.h>

#include "gateway/db.h"

enum {
	APP_KEY_MAX = 65, /* 64 printable characters and a NUL */
	APP_ANSWER_MAX = 256,
	APP_HASH_SIZE = 32,
	APP_REQUEST_DAYS = 7,
};

struct app_request {
	const char *owner;
	const char *key;
	uint8_t hash[APP_HASH_SIZE]; /* of the body: app_request_hash() */
};

/* 1 to 64 printable ASCII characters without blanks. */
bool app_key_valid(const char *key);
/* Of the texts, which may be NULL, in their order. */
void app_request_hash(struct app_request *request, const char *const texts[], size_t count);

/* 1 and the answer that was given; 0: the key is new; -EEXIST: it came with another body. */
int app_request_find(struct db *db, const struct app_request *request, int64_t now_ms,
		     char answer[APP_ANSWER_MAX]) __attribute__((warn_unused_result));
/* And forgets some that are past their time. */
int app_request_put(struct db *db, const struct app_request *request, int64_t now_ms,
		    const char *answer) __attribute__((warn_unused_result));
