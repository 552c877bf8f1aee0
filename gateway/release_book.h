/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* release_book.h - what was blocked, released: the kept messages into the outbox, and a rule that
 * lets the sender through.
 *
 * Does:    releases one sender's blocked attempts of one subscriber, in the transaction of its
 *          caller. Messages that were kept go out; what was not kept, and calls, can only be let
 *          through from now on, which takes a rule. After the commit the caller tells the near
 *          cache (`rules`) and kicks the outbox.
 * Errors:  negative errno of the database; -ENOMEM.
 * Threads: the store thread's.
 */
#pragma once

#include "blocklist/block_rule.h"
#include "gateway/rule_store.h"

struct release_request {
	const struct numbering *plan;
	const char *subscriber;
	const char *sender; /* as stored: see release_book_find_sender() */
	uint8_t channels;   /* enum block_channel bits that are meant; 0: all that was blocked */
	bool allows;	    /* messages that go out bring a rule as well */
	const char *actor;  /* for the audit of the rules */
	int64_t now_ms;
};

enum release_result {
	RELEASE_UNKNOWN, /* nothing of that sender was blocked */
	RELEASE_ALREADY, /* all of it was released before */
	RELEASE_REFUSED, /* no rule can name the sender, and nothing was kept */
	RELEASE_NO_ROOM, /* the subscriber has all the rules there may be; nothing was kept */
	RELEASE_SENT,	 /* messages are in the outbox */
	RELEASE_ALLOWED, /* nothing was kept; a rule lets the sender through */
	RELEASE_RESULT_COUNT
};

struct release_outcome {
	enum release_result result;
	uint8_t channels;	 /* that were released, or had been */
	uint32_t messages;	 /* in the outbox */
	uint8_t allowed;	 /* channels on which a rule lets the sender through */
	struct rule_state rules; /* text NULL: unchanged */
};

int release_book_run(void *ctx, struct db *db, const struct release_request *request,
		     struct release_outcome *out) __attribute__((warn_unused_result));

/* The sender as stored, whatever the case of a name: 1, or 0 for none of whom anything is known. */
int release_book_find_sender(struct db *db, const char *subscriber, const char *written,
			     struct number *out) __attribute__((warn_unused_result));

const char *release_result_name(enum release_result result);
