/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reply_form.h - which texts a reply file holds, and what may stand in each.
 *
 * Does:    names every text by its key: "received", "received.plain" (the same in short and plain
 *          words), "reason.call_found", "state.pending", ...; and knows the placeholders that it
 * may and must hold. deploy/replies/ says how a file is written. Owns:    nothing; all of it is
 * constant. Threads: pure.
 */
#pragma once

#include "rules/reply.h"

/* {id}, {number}, ... */
enum reply_slot {
	REPLY_SLOT_ID,
	REPLY_SLOT_NUMBER,
	REPLY_SLOT_NEAR,
	REPLY_SLOT_DAY,
	REPLY_SLOT_REASON,
	REPLY_SLOT_OUTCOME,
	REPLY_SLOT_AMOUNT,
	REPLY_SLOT_STATE,
	REPLY_SLOT_CALLS,
	REPLY_SLOT_SMS,
	REPLY_SLOT_CHOICES,
	REPLY_SLOT_PLACES,
	REPLY_SLOT_WISH,
	REPLY_SLOT_WORD,
	REPLY_SLOT_BLOCKED,
	REPLY_SLOT_CHANNELS,
	REPLY_SLOT_COUNT_OF,
	REPLY_SLOT_CALL_COUNT,
	REPLY_SLOT_SMS_COUNT,
	REPLY_SLOT_HOUR,
	REPLY_SLOT_NOTE,
	REPLY_SLOT_WHERE,
	REPLY_SLOT_SPAN,
	REPLY_SLOT_RULES,
	REPLY_SLOT_REPORTED,
	/* Of the words for days and spans only. */
	REPLY_SLOT_MONTH,
	REPLY_SLOT_MDAY,
	REPLY_SLOT_DATE,
	REPLY_SLOT_TIME,
	REPLY_SLOT_FROM,
	REPLY_SLOT_TO,
	REPLY_SLOT_COUNT
};

/* Where each group of texts begins in the numbering of all of them. */
enum reply_text {
	REPLY_TEXT_STANDARD = 0,				   /* and the kind */
	REPLY_TEXT_PLAIN = REPLY_TEXT_STANDARD + REPLY_KIND_COUNT, /* and the kind */
	REPLY_TEXT_REASON = REPLY_TEXT_PLAIN + REPLY_KIND_COUNT,   /* and the reason; ... */
	REPLY_TEXT_OUTCOME = REPLY_TEXT_REASON + VERDICT_REASON_COUNT,
	REPLY_TEXT_STATE = REPLY_TEXT_OUTCOME + REWARD_OUTCOME_COUNT,
	REPLY_TEXT_WISH = REPLY_TEXT_STATE + REPORT_STATE_COUNT,
	REPLY_TEXT_SWITCH = REPLY_TEXT_WISH + REPLY_WISH_COUNT, /* off, on */
	REPLY_TEXT_TODAY = REPLY_TEXT_SWITCH + 2,
	REPLY_TEXT_YESTERDAY,
	REPLY_TEXT_DATE_LONG,  /* 22 November */
	REPLY_TEXT_DATE_SHORT, /* of the days lately: the 22nd */
	REPLY_TEXT_MOMENT,     /* a day and a time of day */
	REPLY_TEXT_NUMBER_UNKNOWN,
	REPLY_TEXT_WITHHELD,
	REPLY_TEXT_CHANNEL,			       /* calls, SMS, both */
	REPLY_TEXT_MARK_CALL = REPLY_TEXT_CHANNEL + 3, /* behind an entry of the list */
	REPLY_TEXT_MARK_SMS,
	REPLY_TEXT_TIMES, /* before a count */
	REPLY_TEXT_TOMORROW,
	REPLY_TEXT_PLACE_UNKNOWN,
	REPLY_TEXT_SPAN,	 /* from a day or moment to another */
	REPLY_TEXT_SPAN_UNTIL,	 /* the second alone */
	REPLY_TEXT_SPAN_NOW,	 /* in the place of the first */
	REPLY_TEXT_RULE_ALLOW,	 /* behind a place, in a list */
	REPLY_TEXT_RULE_BLOCK,	 /* the same */
	REPLY_TEXT_RULE_BETWEEN, /* one and another */
	REPLY_TEXT_RULE_MORE,	 /* behind a list that is cut */
	REPLY_TEXT_MONTH,	 /* and 0 to 11 */
	REPLY_TEXT_COUNT = REPLY_TEXT_MONTH + 12
};

enum { REPLY_KEY_MAX = 48 };

/* The number of the text with this key, or -1. */
int reply_text_find(const char *key, size_t len);
/* Its key. */
void reply_text_key(int text, char out[REPLY_KEY_MAX]);
/* Plain variants may be left out, all else may not. */
bool reply_text_is_optional(int text);
/* Placeholders that it may and must hold, a bit for each. */
uint32_t reply_text_may(int text);
uint32_t reply_text_must(int text);
/* Whether it may have parts that go when a value in them is empty. */
bool reply_text_has_parts(int text);

/* The placeholder of this name, or -1. */
int reply_slot_find(const char *name, size_t len);
const char *reply_slot_name(enum reply_slot slot);
