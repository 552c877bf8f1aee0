/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* subscriber_row.h - what the store keeps of a subscriber beside reports and rules: how to speak to
 * them, what was asked of them, how often small talk was answered, what they changed last.
 *
 * Does:    one row a subscriber who ever needed one, and one for the change that can be taken back.
 * Errors:  negative errno of the database; -ENOMEM.
 * Threads: the store thread's, inside the transaction of what it goes with.
 */
#pragma once

#include "gateway/db.h"
#include "rules/reply.h"
#include "rules/reported_wish.h"
#include "rules/report_parse.h"
#include "rules/shield_read.h"

enum { SUBSCRIBER_STYLE_UNSET = -1 };

struct subscriber_row {
	int style;		 /* enum reply_style, or SUBSCRIBER_STYLE_UNSET */
	int64_t unsubscribed_ms; /* 0: never, or taken back */
	/* "Do you want to ...?", as long as it is open. */
	enum keyword_sense asked_sense; /* KEYWORD_NONE: nothing was asked */
	enum report_scope asked_scope;
	/* Or the text that was asked about, of shield_read.h; "": none. */
	char asked_text[SHIELD_TEXT_MAX + 1];
	int64_t asked_ms;
	/* Texts that want nothing of us, of the day that begins at chat_day_ms. */
	int64_t chat_day_ms;
	int64_t chat_answered;
	int64_t chat_unanswered;
	enum reported_wish reported_wish; /* that verified numbers are blocked for them */
};

/* 1, or 0 with a row as of somebody who never needed one. */
int subscriber_row_get(struct db *db, const char *subscriber, struct subscriber_row *out)
	__attribute__((warn_unused_result));
int subscriber_row_put(struct db *db, const char *subscriber, const struct subscriber_row *row)
	__attribute__((warn_unused_result));
/* The question is open no more. */
int subscriber_row_close(struct db *db, const char *subscriber) __attribute__((warn_unused_result));
/* The style that they chose; `style` stays as it is when they did not. */
int subscriber_row_style(struct db *db, const char *subscriber, enum reply_style *style)
	__attribute__((warn_unused_result));

/* As stored: never renumber. */
enum change_kind {
	CHANGE_RULES,
	CHANGE_STYLE,
	CHANGE_UNSUBSCRIBED,
	CHANGE_DIGEST,
	CHANGE_REPORTED,      /* rules: a report of theirs blocked `number` */
	CHANGE_REPORTED_WISH, /* enum reported_wish */
	CHANGE_KIND_COUNT
};

/* The latest change of a subscriber's own. */
struct change_row {
	enum change_kind kind;
	struct number number; /* that the rules were about, or "" */
	const char *before;   /* rules, or a number: a style, a wish, since when unsubscribed */
	const char *after;
	int64_t at_ms;
};

/* 1 with texts below ctx, or 0 when there is none. */
int change_row_get(void *ctx, struct db *db, const char *subscriber, struct change_row *out)
	__attribute__((warn_unused_result));
/* In the place of an earlier one. */
int change_row_put(struct db *db, const char *subscriber, const struct change_row *row)
	__attribute__((warn_unused_result));
int change_row_drop(struct db *db, const char *subscriber) __attribute__((warn_unused_result));
