/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reply.h - the texts that subscribers read, in Chinese and English.
 *
 * Does:    fills a template of a book (reply_book.h) with values. Every closing text names the
 *          number, the day, the verdict and the reason; every switch states the resulting state.
 * Manner:  REPLY_BOTH is the Chinese text, a newline, the English text: two SMS parts or more.
 *          REPLY_PLAIN takes the variant in short and plain words, where the book has one.
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

#include "rules/blocked_list.h"
#include "rules/call_list.h"
#include "rules/number.h"
#include "rules/report_parse.h"
#include "rules/reward.h"
#include "rules/verdict.h"

enum reply_language { REPLY_ZH, REPLY_EN, REPLY_BOTH, REPLY_LANGUAGE_COUNT };
enum reply_style { REPLY_STANDARD, REPLY_PLAIN, REPLY_STYLE_COUNT };

struct reply_book;

/* How we speak to a subscriber. Borrows the book. */
struct reply_manner {
	const struct reply_book *book;
	enum reply_language language;
	enum reply_style style;
};

enum reply_kind {
	REPLY_RECEIVED,	       /* id, number */
	REPLY_JOINED,	       /* id, number: more words to an earlier report */
	REPLY_DUPLICATE,       /* id, number: joined an earlier report, still open */
	REPLY_NEEDS_NUMBER,    /* how to send the number */
	REPLY_CHOOSE_NUMBER,   /* choices: the numbered list of callers */
	REPLY_NO_SUCH_CHOICE,  /* choices: how long the list was */
	REPLY_VERIFIED,	       /* number, day; the reward is on its way */
	REPLY_VERIFIED_CAPPED, /* and reward_outcome says why there is none */
	/* The same, and calls_blocked, sms_blocked: the number is blocked for them from now on. */
	REPLY_VERIFIED_BLOCKED,
	REPLY_VERIFIED_CAPPED_BLOCKED,
	REPLY_REJECTED, /* number, day, reason; near miss when there is one */
	REPLY_UNPROVED,
	REPLY_REVIEW,
	REPLY_CREDITED, /* amount_mb, id */
	REPLY_CREDIT_FAILED,
	REPLY_REWARD_REVERSED, /* amount_mb, id, note: why */
	REPLY_STATUS,	       /* id, number, state_name */
	REPLY_STATUS_NONE,     /* no report of yours is known */
	REPLY_APPEALED,
	REPLY_APPEAL_REFUSED,	/* nothing to appeal, or once already */
	REPLY_BLOCK_STATE,	/* calls_blocked, sms_blocked: the resulting state */
	REPLY_NUMBER_STATE,	/* the same for calls and SMS of `number` */
	REPLY_NUMBER_PROTECTED, /* number: nobody can block it */
	REPLY_NUMBER_UNREAD,	/* word: with which a whole number is wanted */
	REPLY_RULES_FULL,	/* nothing was changed, for the subscriber has too many rules */
	REPLY_NUMBER_WISH,	/* number, wish, word: nothing was changed so far */
	REPLY_DID_YOU_MEAN,	/* wish, word: nothing was changed so far */
	REPLY_UNDONE,		/* calls_blocked, sms_blocked */
	REPLY_UNDONE_NUMBER,	/* the same of `number` */
	REPLY_NOTHING_TO_UNDO,	/* calls_blocked, sms_blocked */
	REPLY_SHIELD_RULES,	/* the same, and rules: what else holds */
	REPLY_OPENED, /* place, channels, span: let through; calls_blocked, sms_blocked: then */
	REPLY_SHUT,   /* the same the other way */
	REPLY_PLACE_STATE,  /* place, calls_blocked, sms_blocked */
	REPLY_PLACE_WISH,   /* wish, place, channels, span: nothing was changed so far */
	REPLY_OPENING_OVER, /* calls_blocked, sms_blocked: nothing is let through for a time */
	REPLY_OPENING_WHEN, /* the times are wanted */
	REPLY_HELP,
	REPLY_CHAT,
	REPLY_THANKS,
	REPLY_EMPTY,
	REPLY_FLOOD,	    /* all is read, and no more of it is answered for a while */
	REPLY_UNSUBSCRIBED, /* no more texts from us but answers to yours */
	REPLY_SUBSCRIBED,   /* that was taken back */
	REPLY_STYLE_PLAIN,  /* short and plain words from now on */
	REPLY_STYLE_STANDARD,
	REPLY_BLOCKED_LIST,	/* blocked, places: what was blocked lately */
	REPLY_BLOCKED_NONE,	/* calls_blocked, sms_blocked: nothing was, and what holds */
	REPLY_NO_SUCH_PLACE,	/* blocked: how long the list was */
	REPLY_RELEASED,		/* number, count: its messages come, and others pass from now on */
	REPLY_RELEASED_ONCE,	/* number, count: its messages come, later ones are still blocked */
	REPLY_RELEASE_ALLOWED,	/* number, channels: nothing was kept; from now on all passes */
	REPLY_RELEASED_ALREADY, /* number, channels: released before */
	REPLY_RELEASE_UNKNOWN,	/* number: nothing of it was blocked */
	REPLY_RELEASE_REFUSED,	/* who hides or writes a name only cannot be let through alone */
	REPLY_DIGEST_ON,	/* hour: the daily summary comes from now on */
	REPLY_DIGEST_OFF,
	REPLY_DIGEST, /* day, call_count, sms_count, blocked */
	/* Whether verified numbers are blocked for who reported them. */
	REPLY_REPORTED_ON, /* count: of those that were taken back */
	REPLY_REPORTED_OFF,
	REPLY_REPORTED_NEVER, /* they are not, and nobody can wish it */
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

/* What somebody may have meant; see REPLY_DID_YOU_MEAN. */
enum reply_wish {
	REPLY_WISH_SHIELD_ON,
	REPLY_WISH_SHIELD_ON_CALL,
	REPLY_WISH_SHIELD_ON_SMS,
	REPLY_WISH_SHIELD_OFF,
	REPLY_WISH_SHIELD_OFF_CALL,
	REPLY_WISH_SHIELD_OFF_SMS,
	REPLY_WISH_UNDO,
	REPLY_WISH_UNSUBSCRIBE,
	REPLY_WISH_BLOCK_NUMBER,
	REPLY_WISH_ALLOW_NUMBER,
	REPLY_WISH_ALLOW_PLACE,
	REPLY_WISH_BLOCK_PLACE,
	REPLY_WISH_END_OPENING,
	REPLY_WISH_REPORTED_ON,
	REPLY_WISH_REPORTED_OFF,
	REPLY_WISH_COUNT
};

/* In the languages that have words of their own; the longest has REPLY_PLACE_MAX octets with its
 * NUL. */
enum { REPLY_PLACE_LANGUAGES = 2, REPLY_PLACE_MAX = 64, REPLY_RULES_MAX = 4 };

/* A rule about a place or number, told in a list. */
struct reply_rule {
	const char *place[REPLY_PLACE_LANGUAGES];
	bool blocks;
	uint8_t channels;
	int64_t since_ms; /* 0: now */
	int64_t until_ms; /* 0: for good */
};

struct reply_rules {
	struct reply_rule list[REPLY_RULES_MAX];
	size_t count;
	size_t total; /* with those that the list has no room for */
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
	enum reply_wish wish;
	const char *word;		 /* the keyword for it, or NULL */
	const struct call_list *choices; /* numbers shown so far that their owner knows them */
	int64_t now_ms;			 /* which days are today and yesterday in the list */
	const struct blocked_list *blocked;
	uint8_t channels; /* enum blocked_channel bits; 0: unnamed */
	uint32_t count;	  /* 0: unnamed */
	uint32_t call_count;
	uint32_t sms_count;
	int hour;				  /* of the daily summary, 1 to 24; 0: unnamed */
	const char *place[REPLY_PLACE_LANGUAGES]; /* NULL: unnamed */
	int64_t since_ms;			  /* of a span; not after now_ms: now */
	int64_t until_ms;			  /* 0: unnamed */
	const struct reply_rules *rules;
	/* Whether verified numbers are blocked for who reported them; false: unnamed. */
	bool tells_reported;
	bool reported_blocked;
};

/* Octets with the NUL: enough for every template of every book at its longest values, in both
 * languages; and for a list, a moment, a date, a word in it, a keyword. */
enum {
	REPLY_MAX = 3072,
	REPLY_CHOICES_MAX = 1100,
	REPLY_MOMENT_MAX = 48,
	REPLY_DATE_MAX = 32,
	REPLY_WORD_MAX = 16,
	REPLY_KEYWORD_MAX = 80,
	REPLY_NOTE_MAX = 128,
};

ssize_t reply_format(enum reply_kind kind, const struct reply_manner *manner,
		     const struct reply_values *values, char *out, size_t cap)
	__attribute__((warn_unused_result));

const char *report_state_name(enum report_state state); /* "pending" */
int report_state_parse(const char *name, enum report_state *out)
	__attribute__((warn_unused_result)); /* 0 or -EINVAL */
