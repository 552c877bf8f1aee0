/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* attempt_row.h - what was blocked, as the store holds it: one row for a subscriber, day, channel
 * and sender, with a count.
 *
 * Does:    adds attempts, bounded per subscriber; lists what a subscriber may release; removes what
 *          is too old, a step at a time.
 * Errors:  negative errno of the database.
 * Threads: the store thread's; Q_ATTEMPT_RECENT also reads on a reader.
 */
#pragma once

#include "blocklist/block_decide.h"
#include "gateway/db.h"
#include "rules/blocked_list.h"

enum { ATTEMPT_ACCOUNT_MAX = 64 };

struct attempt_row {
	struct number subscriber;
	struct number sender; /* canonical, "withheld" or a name */
	uint8_t channel;      /* BLOCK_CALL or BLOCK_SMS */
	int64_t at_ms;	      /* of the last one */
	uint32_t count;	      /* 1 and more */
	enum block_tier tier;
	char rule[BLOCK_RULE_TEXT_MAX];	   /* that blocked; "": none did, see tier */
	char account[ATTEMPT_ACCOUNT_MAX]; /* by which it came */
	int64_t operator_version;	   /* of the operator's rules, where one of them blocked */
};

/* `max`: rows that the subscriber keeps, the newest, and up to a quarter more. */
int attempt_row_add(struct db *db, const struct attempt_row *row, uint32_t max)
	__attribute__((warn_unused_result));

/* What a list is made of. */
struct attempt_span {
	const char *subscriber;
	int64_t from_ms; /* of days that begin within it; half-open */
	int64_t to_ms;
	bool released; /* those that were released too */
};

/* The newest senders of the span; `counts`, which may be NULL, gets how often each channel was
 * blocked, all senders together: [BLOCK_CALL], [BLOCK_SMS]. */
int attempt_row_list(struct db *db, const struct attempt_span *span, struct blocked_list *out,
		     int64_t counts[BLOCK_SMS + 1]) __attribute__((warn_unused_result));

/* At most `limit` rows of days that began before before_ms; the number of them goes to `removed`.
 */
int attempt_row_purge(struct db *db, int64_t before_ms, int limit, int64_t *removed)
	__attribute__((warn_unused_result));
