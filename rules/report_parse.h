/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_parse.h - what a subscriber's text to the reporting number says.
 *
 * Does:    reads one whole message (parts already joined) on its own, with no dialogue open.
 * Input:   UTF-8 that may hold anything, NUL and broken sequences included; the keywords of the
 *          service code to which it was sent (NULL: none).
 * Units:   times are ms since the Unix epoch, UTC; the texts speak of +08:00.
 * Returns: 0 always fills `out`; -ENOMEM leaves it untouched.
 * Threads: pure, any thread.
 * Source:  tests/data/README.md is the contract, tests/data/reports-dev.jsonl its development set.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/number.h"
#include "rules/number_alike.h"

struct language; /* language.h */

enum report_intent {
	REPORT_EMPTY,
	REPORT_BLOCK_ON,
	REPORT_BLOCK_OFF,
	REPORT_BLOCK_QUERY,
	REPORT_HELP,
	REPORT_APPEAL,
	REPORT_STATUS_QUERY,
	REPORT_SMS,
	REPORT_CALL,
	REPORT_SPAM_FORWARD,
	REPORT_UNSUBSCRIBE,
	REPORT_CHAT,
	REPORT_INTENT_COUNT
};

enum report_category {
	REPORT_BROADBAND,
	REPORT_PLAN_UPGRADE,
	REPORT_DATA_PACK,
	REPORT_POINTS,
	REPORT_DEVICE,
	REPORT_INSURANCE,
	REPORT_LOAN,
	REPORT_OTHER,
	REPORT_UNKNOWN,
	REPORT_CATEGORY_COUNT
};

enum report_scope { REPORT_SCOPE_BOTH, REPORT_SCOPE_CALL, REPORT_SCOPE_SMS, REPORT_SCOPE_COUNT };

/* What a text that is one keyword of the table asks for. Senses are more than the intents: a text
 * of a sense that is no intent keeps the intent that its words have. */
enum keyword_sense {
	KEYWORD_NONE,
	KEYWORD_HELP,
	KEYWORD_STATUS,	      /* a receipt number may stand with it */
	KEYWORD_APPEAL,	      /* the same */
	KEYWORD_SHIELD_ON,    /* scope */
	KEYWORD_SHIELD_OFF,   /* scope */
	KEYWORD_SHIELD_STATE, /* scope */
	KEYWORD_ALLOW_NUMBER, /* number */
	KEYWORD_BLOCK_NUMBER, /* number */
	KEYWORD_UNDO,	      /* number, or "": the latest change */
	KEYWORD_BLOCKED_LIST, /* what was blocked lately */
	KEYWORD_RELEASE,      /* place in that list, or number; neither: none was named */
	KEYWORD_DIGEST_ON,    /* a daily summary of it */
	KEYWORD_DIGEST_OFF,
	KEYWORD_THANKS,
	KEYWORD_UNSUBSCRIBE,
	KEYWORD_PLAIN_TEXTS,
	KEYWORD_STANDARD_TEXTS,
	KEYWORD_MACHINE, /* no person wrote it */
	/* Verified numbers are blocked for who reported them: that wish, and what holds. */
	KEYWORD_REPORTED_ON,
	KEYWORD_REPORTED_OFF,
	KEYWORD_REPORTED_STATE,
	KEYWORD_SENSE_COUNT
};

enum { REPORT_NUMBERS_MAX = 8, REPORT_RECEIPT_MAX = 20 };

struct keyword_reading {
	enum keyword_sense sense;
	enum report_scope scope; /* of the shield_* senses */
	struct number
		number; /* of allow_number, block_number, release, undo; "": none that reads */
	unsigned place; /* of release, from 1 */
	bool near; /* not quite the keyword: what its sense and scope may have been meant for */
};

struct report_reading {
	enum report_intent intent;
	enum report_category category;
	enum report_scope scope;	/* of the block_* intents */
	struct keyword_reading keyword; /* sense KEYWORD_NONE: it is no keyword, nor like one */
	size_t number_count;
	struct number numbers[REPORT_NUMBERS_MAX]; /* in order of first mention, no duplicates */
	struct number_likeness alike[REPORT_NUMBERS_MAX]; /* of each, as it is written */
	struct number_likeness unread; /* of digits that are no whole number: 010085 */
	bool has_call_time;
	int64_t call_from_ms; /* half-open window */
	int64_t call_to_ms;
	bool official;	    /* numbers hold exactly 10085 or 10086 */
	bool international; /* numbers hold a foreign number */
	bool either;	    /* not all of numbers called: "A or B", which the records may tell */
	bool needs_number;  /* a report without a usable number */
	char receipt[REPORT_RECEIPT_MAX]; /* a receipt number that the text names, upper case, or ""
					   */
};

struct keyword_set; /* keyword.h */

int report_parse_text(const struct language *language, const struct keyword_set *keywords,
		      const char *text, size_t len, int64_t received_ms, struct report_reading *out)
	__attribute__((warn_unused_result));

/* Whose text it is does not report themselves: takes their number out of what was read. */
void report_forget_number(struct report_reading *reading, const char *number);

const char *report_intent_name(enum report_intent intent);	 /* "report_call" */
const char *report_category_name(enum report_category category); /* "plan_upgrade" */
const char *report_scope_name(enum report_scope scope);		 /* "both" */
