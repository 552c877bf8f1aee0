/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cue.h - short words that tell, by standing next to digits, what those digits are.
 *
 * Does:    finds a cue of one kind right before a place of the text, or right behind it. Unlike the
 *          words of the lexicon, cues may overlap and stand inside other words.
 * Memory:  allocates nothing. Threads: pure. Time: a binary search, and a look at the few cues that
 *          share a unit.
 *
 * The cues are deploy/language/cues.tsv, time.tsv, answers.tsv and shield.tsv, compiled.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

#include "rules/text_fold.h"

enum cue_kind {
	/* before a number */
	CUE_LABEL,	  /* it is a code, an account, a price ... */
	CUE_AMOUNT_LABEL, /* the labels behind which a telephone number may stand all the same */
	CUE_SAME_NUMBER,  /* no labels, though they end like one */
	CUE_OWNER,
	CUE_THING, /* what an owner has: telephone, number */
	CUE_OWN_BEFORE,
	CUE_CLAIM, /* somebody passes for the number */
	CUE_DENIAL,
	CUE_CALLED_FOR, /* the subscriber dialled it */
	CUE_NOT_CALLED, /* no words for dialling, though they end like one */
	CUE_SUFFERED,
	CUE_EARLIER,
	CUE_CONTACT,
	/* behind a number */
	CUE_UNIT,
	CUE_LATIN_UNIT,
	CUE_STRONG_UNIT,
	CUE_OFFICIAL,	    /* the code is somebody's to speak of, and no caller */
	CUE_OFFICIAL_FIRST, /* the same, when the text begins with the code */
	CUE_OWN_AFTER,
	CUE_AUTHORITY_CALLS,
	CUE_CORRECTION,
	CUE_CALLS_AFTER,
	CUE_EITHER, /* this number or the next one, the sender does not know which */
	CUE_EXTENSION,
	CUE_COUNTED, /* a numeral before it counts, and is no digit */
	/* before a number, too */
	CUE_NO_DENIAL, /* no denials, though they end like one */
	CUE_DIALLING,  /* before an owner: the number behind may be the caller all the same */
	CUE_CURRENCY,
	CUE_ORDINAL,
	/* elsewhere, found where they begin */
	CUE_DOMAIN, /* ends of web addresses */
	CUE_QUOTE,
	CUE_AD_OPENING,
	/* clock times */
	CUE_HOUR_SIGN,
	CUE_NO_HOUR,
	CUE_MINUTE_SIGN,
	CUE_SECOND_SIGN,
	CUE_OCLOCK,
	CUE_EXACT,
	CUE_QUARTER, /* a: minutes */
	CUE_QUARTER_SIGN,
	CUE_WANTING,
	CUE_PASSED,
	CUE_AND_ZERO,
	CUE_HALF_DAY,	 /* a: enum day_part */
	CUE_HALF_BEFORE, /* a: enum day_part */
	CUE_ABOUT_BEFORE,
	CUE_ABOUT_AFTER,
	CUE_NOT_YET_BEFORE,
	CUE_NOT_YET_AFTER,
	CUE_PAST_BEFORE,
	CUE_PAST_AFTER,
	CUE_MORE_AFTER,
	CUE_NO_CLOCK_BEFORE,
	CUE_NO_CLOCK_AFTER,
	CUE_RANGE_SIGN,
	CUE_RANGE_PART,
	CUE_BETWEEN,
	/* dates */
	CUE_YEAR_SIGN,
	CUE_MONTH_SIGN,
	CUE_DAY_SIGN,
	CUE_NO_DAY,
	CUE_SPOILS_DATE,
	CUE_WEEKDAY, /* a: 1 Monday .. 7 */
	/* so long ago */
	CUE_SPAN, /* a: enum cue_span, b: how many of it */
	CUE_MORE,
	CUE_ODD,
	CUE_AND_HALF,
	CUE_AND_MORE,
	CUE_HALF,
	CUE_AGO,
	CUE_AGO_FILL,
	CUE_AGO_PHRASE, /* a: enum cue_span SPAN_MINUTE, b: how many, c: reach; or SPAN_DAY, b */
	/* what a time is of */
	CUE_PLAN,
	CUE_NO_PLAN,
	CUE_OF_THIS_TEXT,
	/* answers to questions of ours */
	CUE_CHOICE_BEFORE,
	CUE_CHOICE_AFTER,
	CUE_CHOICE_UNIT,
	CUE_CHOICE_GOES_ON,
	CUE_CONSENT,
	CUE_ANOTHER, /* begins another complaint */
	/* what is let through or blocked, where and how long: shield.tsv says what each is */
	CUE_SHIELD_ALLOW,
	CUE_SHIELD_BLOCK,
	CUE_SHIELD_DROP,
	CUE_SHIELD_TRIP,
	CUE_SHIELD_GOING,
	CUE_SHIELD_END,
	CUE_SHIELD_HOME,
	CUE_SHIELD_UNTIL,
	CUE_SHIELD_CALL,
	CUE_SHIELD_SMS,
	CUE_SHIELD_FILL,
	CUE_SHIELD_ME,
	CUE_SHIELD_NOT,
	CUE_KIND_COUNT
};

enum cue_side { CUE_STANDS_BEFORE, CUE_STANDS_BEHIND };

enum cue_span { SPAN_MINUTE, SPAN_HOUR, SPAN_DAY };

struct cue {
	const char16_t *text;
	uint16_t len;
	char16_t key;	 /* the unit that touches the place */
	int16_t a, b, c; /* what the kind says; else 0 */
};

struct cue_list {
	enum cue_side side;
	/* Sorted by the unit that touches the place; of those that share it, the longest first. */
	const struct cue *cue;
	size_t count;
	uint64_t units; /* a bit for each such unit, by its lowest six: most looks end here */
};

/* The longest cue of a kind that ends at `at` (begins there, when its kind stands behind); NULL
 * when there is none. */
const struct cue *cue_find(const struct text *text, size_t at, enum cue_kind kind);

/* The next shorter one that stands at the same place. */
const struct cue *cue_find_next(const struct text *text, size_t at, enum cue_kind kind,
				const struct cue *cue);

/* Units of the longest cue of a kind that stands at `at`; 0 for none. */
static inline size_t cue_len(const struct text *text, size_t at, enum cue_kind kind)
{
	const struct cue *cue = cue_find(text, at, kind);
	return cue ? cue->len : 0;
}
