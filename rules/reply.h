/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reply.h - the texts that subscribers read, in Chinese and English.
 *
 * Does:    fills a template with values. Every closing text names the number, the day, the verdict
 *          and the reason; every switch states the resulting state.
 * Language: REPLY_BOTH is the Chinese text, a newline, the English text: two SMS parts or more.
 * Values:  only what the template names is read, and NULL, 0 or "" leave its part of the text out;
 *          a missing number reads "the number". The enums must be in range all the same.
 * Returns: octets written without the NUL, or -EMSGSIZE, or -EINVAL for an enum out of range;
 *          after a failure out[0] = 0 and the rest of `out` holds anything.
 * Threads: pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "rules/call_list.h"
#include "rules/number.h"
#include "rules/report_parse.h"
#include "rules/reward.h"
#include "rules/verdict.h"

enum reply_language { REPLY_ZH, REPLY_EN, REPLY_BOTH, REPLY_LANGUAGE_COUNT };

enum reply_kind {
	REPLY_RECEIVED,	       /* id, number */
	REPLY_JOINED,	       /* id, number: more words to an earlier report */
	REPLY_DUPLICATE,       /* id, number: joined an earlier report, still open */
	REPLY_NEEDS_NUMBER,    /* how to send the number */
	REPLY_CHOOSE_NUMBER,   /* choices: the numbered list of callers */
	REPLY_NO_SUCH_CHOICE,  /* choices: how long the list was */
	REPLY_VERIFIED,	       /* number, day; the reward is on its way */
	REPLY_VERIFIED_CAPPED, /* and reward_outcome says why there is none */
	REPLY_REJECTED,	       /* number, day, reason; near miss when there is one */
	REPLY_UNPROVED,
	REPLY_REVIEW,
	REPLY_CREDITED, /* amount_mb, id */
	REPLY_CREDIT_FAILED,
	REPLY_REWARD_REVERSED, /* amount_mb, id, note: why */
	REPLY_STATUS,	       /* id, number, state_name */
	REPLY_STATUS_NONE,     /* no report of yours is known */
	REPLY_APPEALED,
	REPLY_APPEAL_REFUSED, /* nothing to appeal, or once already */
	REPLY_BLOCK_STATE,    /* calls_blocked, sms_blocked: the resulting state */
	REPLY_HELP,
	REPLY_CHAT,
	REPLY_EMPTY,
	REPLY_UNSUBSCRIBED, /* no more texts from us but answers to yours */
	REPLY_KIND_COUNT
};

/* States of a report as stored and shown; see design "The store". */
enum report_state {
	REPORT_STATE_RECEIVED,
	REPORT_STATE_NEEDS_NUMBER,
	REPORT_STATE_PENDING,
	REPORT_STATE_VERIFIED,
	REPORT_STATE_REJECTED,
	REPORT_STATE_UNPROVED,
	REPORT_STATE_REVIEW,
	REPORT_STATE_APPEALED,
	REPORT_STATE_COUNT
};

struct reply_values {
	const char *id;	    /* receipt number, or NULL */
	const char *number; /* canonical, or NULL */
	int64_t day_ms;	    /* in the call's day, or in that of the report's receipt; 0: unnamed */
	const char *near;   /* canonical near miss, or NULL */
	enum verdict_reason reason;
	enum reward_outcome outcome;
	uint32_t amount_mb;
	const char *note; /* somebody's own words, or NULL */
	enum report_state state;
	bool calls_blocked;
	bool sms_blocked;
	const struct call_list *choices; /* numbers shown so far that their owner knows them */
	int64_t now_ms;			 /* which days are today and yesterday in the list */
};

enum { REPLY_MAX = 1024 }; /* enough for every template at its longest values, in both languages */

ssize_t reply_format(enum reply_kind kind, enum reply_language language,
		     const struct reply_values *values, char *out, size_t cap)
	__attribute__((warn_unused_result));

const char *report_state_name(enum report_state state); /* "pending" */
int report_state_parse(const char *name, enum report_state *out)
	__attribute__((warn_unused_result)); /* 0 or -EINVAL */
