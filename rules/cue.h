/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cue.h - short words that tell, by standing next to digits, what those digits are.
 *
 * Does:    finds a cue of one kind right before a place of the text, or right behind it. Unlike the
 *          words of the lexicon, cues may overlap and stand inside other words.
 * Memory:  allocates nothing. Threads: pure. Time: a binary search, and a look at the few cues that
 *          share a unit.
 *
 * cue_words.c holds a sorted list for each kind; a new cue is a new row.
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
	CUE_KIND_COUNT
};

enum cue_side { CUE_STANDS_BEFORE, CUE_STANDS_BEHIND };

struct cue {
	const char16_t *text;
	size_t len;
};

struct cue_list {
	enum cue_side side;
	const struct cue *cue;
	size_t count;
};

extern const struct cue_list cue_lists[CUE_KIND_COUNT];

/* The first listed cue of a kind that ends at `at` (begins there, when its kind stands behind);
 * NULL when there is none. */
const struct cue *cue_find(const struct text *text, size_t at, enum cue_kind kind);

/* The next one that stands at the same place. */
const struct cue *cue_find_next(const struct text *text, size_t at, enum cue_kind kind,
				const struct cue *cue);
