/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* lexicon.h - the words that tell what a text is about, and where they stand in it.
 *
 * Does:    finds the longest listed word at each place, left to right, without overlap. A word of
 *          Latin letters must stand free of other letters.
 * Memory:  allocates nothing. Threads: pure.
 *
 * The words are deploy/language/words.tsv, compiled: sorted pages by the first unit. A word without
 * a meaning keeps a shorter word inside it from being found (the danger in it is no insurance).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "rules/report_parse.h"
#include "rules/text_fold.h"

enum { WORD_SENSE_COUNT = 31 };

enum lexicon_sense {
	WORD_ABROAD = 1 << 0, /* international, overseas */
	WORD_BLOCK = 1 << 1,  /* block, intercept */
	WORD_ON = 1 << 2,
	WORD_OFF = 1 << 3,
	WORD_UNWANTED = 1 << 4, /* do not want to receive */
	WORD_HOW = 1 << 5,
	WORD_ASK = 1 << 6,	/* a question */
	WORD_QUERY = 1 << 7,	/* look up, state */
	WORD_REPORT = 1 << 8,	/* report, complain to */
	WORD_NUISANCE = 1 << 9, /* selling, harassment, fraud */
	WORD_GRUMBLE = 1 << 10, /* weaker signs of a complaint */
	WORD_CALL = 1 << 11,	/* somebody called */
	WORD_PHONE = 1 << 12,	/* telephone, with or without a call */
	WORD_SMS = 1 << 13,
	WORD_SENT = 1 << 14, /* sent something */
	WORD_APPEAL = 1 << 15,
	WORD_STATUS = 1 << 16,	/* how does it stand */
	WORD_OUTCOME = 1 << 17, /* result, reward: the thing a question may be about */
	WORD_EARLIER = 1 << 18, /* an earlier report */
	WORD_REWARD = 1 << 19,
	WORD_ORDER = 1 << 20,	 /* wants something for himself */
	WORD_BUSINESS = 1 << 21, /* other business with the operator */
	WORD_AD = 1 << 22,	 /* how advertisements talk */
	WORD_STRONG_AD = 1 << 23,
	WORD_OWN = 1 << 24, /* a subscriber talks of himself */
	WORD_UNSUBSCRIBE = 1 << 25,
	WORD_HELP = 1 << 26,
	WORD_NO_REPORT = 1 << 27,
	WORD_NEW_CALL = 1 << 28,  /* called again */
	WORD_GIFT = 1 << 29,	  /* as a gift */
	WORD_ANSWERING = 1 << 30, /* how the report is to be written: format, content */
};

enum lexicon_time {
	TIME_NONE,
	TIME_DAY,      /* a: days from today */
	TIME_PART,     /* a: enum day_part */
	TIME_DAY_PART, /* a: days from today, b: enum day_part */
	TIME_WEEK, /* a: weeks from this one, 1 for "the latest such day"; a weekday may follow */
	TIME_WEEKEND, /* a: 0 the latest, -1 the one of last week */
	TIME_JUST,
	TIME_HABIT,
	TIME_MONTH,	 /* a: months from this one; a day may follow */
	TIME_MONTH_NAME, /* a: 1..12 */
	TIME_WEEKDAY,	 /* a: 1 Monday .. 7 */
	TIME_LAST,	 /* "last" before a weekday */
	TIME_DATE,	 /* a: month, b: day */
	TIME_VAGUE,	 /* recently: tells nothing, but keeps its parts from being read */
	TIME_COUNT
};

enum day_part {
	PART_NONE,
	PART_DAWN,
	PART_EARLY,
	PART_FORENOON,
	PART_NOON,
	PART_AFTERNOON,
	PART_DUSK,
	PART_NIGHT,
	PART_COUNT
};

enum lexicon_weight { WEIGHT_NONE, WEIGHT_WEAK, WEIGHT_FULL };

struct lexicon_word {
	const char16_t *text;
	uint32_t senses;
	uint8_t category; /* enum report_category, when weight is not WEIGHT_NONE */
	uint8_t weight;
	uint8_t time;
	int8_t a, b;
	int8_t ad; /* how much it says that the text is an advertisement */
};

struct token {
	const struct lexicon_word *word;
	size_t from, to;
};

/* Words sorted by text, unit by unit. There is a page for each character of ASCII, so that digits
 * and letters are not searched for together, and one for each upper octet of a first unit. */
struct lexicon_page {
	const struct lexicon_word *words;
	size_t count;
};

enum { LEXICON_ASCII = 0x80, LEXICON_PAGE_COUNT = LEXICON_ASCII + 0x100 };

struct lexicon {
	struct lexicon_page pages[LEXICON_PAGE_COUNT];
};

/* The page of the words that begin with `unit`. */
static inline size_t lexicon_page_of(char16_t unit)
{
	return unit < LEXICON_ASCII ? unit : (size_t)LEXICON_ASCII + (unit >> 8);
}

/* What a word says, for those who ask: the name of one bit of `senses` ("nuisance"), of a way to
 * tell time ("day"); NULL for none. */
const char *lexicon_sense_name(unsigned bit);
const char *lexicon_time_name(enum lexicon_time time);

/* At most text->len tokens. */
size_t lexicon_read(const struct text *text, struct token *out);
