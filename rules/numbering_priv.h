/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* numbering_priv.h - a numbering plan compiled for look-ups; shared by numbering.c, which reads by
 * it, and numbering_load.c, which makes it. */
#pragma once

#include <stdint.h>

#include "rules/numbering.h"

enum {
	DIAL_PREFIX_MAX = 7,
	DIAL_HEADS = 100,	/* the first two digits of a prefix */
	NUMBERING_HEADS = 1000, /* the first three digits of a number */
};

/* A prefix of dialled numbers, and what follows from it. */
struct dial_prefix {
	char digits[DIAL_PREFIX_MAX + 1];
	uint8_t len;
	bool bare86;	  /* of a code: 86 without a plus may stand before it */
	bool area;	  /* an area code may */
	uint8_t class;	  /* enum number_class, of a code */
	uint32_t lengths; /* bit n: a whole number may have n digits */
};

/* Prefixes sorted by their first two digits; of those that share them the longest first, so that
 * the first that fits decides. */
struct dial_table {
	const struct dial_prefix *list;
	size_t count;
	uint16_t first[DIAL_HEADS + 1]; /* of those with these two digits; the end behind them */
};

struct area_code {
	uint8_t len; /* 0: no area code begins so */
	bool local7, local8;
};

struct country_code {
	bool known;
	uint8_t min, max; /* national digits; 0: not known */
	uint16_t begins;  /* bit d: a national number may begin with d; 0: with any */
};

struct known_number {
	char text[NUMBER_MAX];
	enum numbering_known known;
};

struct numbering {
	struct dial_table mobile, codes, carriers;
	struct area_code areas[NUMBERING_HEADS];	/* by the first three digits */
	struct country_code countries[NUMBERING_HEADS]; /* by the code's value */
	const struct known_number *known;		/* sorted by text */
	size_t known_count;
	/* Those of these two roles; NULL behind the last. */
	const char *official[NUMBERING_OFFICIAL_MAX + 1];
	const char *service[NUMBERING_OFFICIAL_MAX + 1];
};
