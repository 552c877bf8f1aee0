/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* numbering.h - the grammar of telephone numbers, on plain digits.
 *
 * Does:    tells what a run of digits is as a whole; drops prefixes; gives the canonical text.
 * Input:   ASCII digits only, no separators, no '+' (the flag `plus` stands for it).
 * Returns: 0 or -EBADMSG; outputs are untouched on failure. Nothing is guessed, completed or cut.
 * Memory:  allocates nothing. Threads: pure, any thread.
 * Source:  tests/data/numbering.md; the tables are deploy/numbering/, see numbering_load.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/number.h"

struct numbering; /* read-only once made; shared by any threads */

int numbering_read(const struct numbering *plan, bool plus, const char *digits, size_t len,
		   struct number *out) __attribute__((warn_unused_result));

/* Without prefixes: 11 digits 1[3-9]...; area code without 0 and a local number. */
bool numbering_is_mobile(const struct numbering *plan, const char *digits, size_t len);
bool numbering_is_fixed(const struct numbering *plan, const char *digits, size_t len);

/* Country code (not 86) and a national number of a length that can be. */
bool numbering_is_foreign(const struct numbering *plan, const char *digits, size_t len);

/* Length of the country code that `digits` begins with, and the code; 0 when there is none. */
size_t numbering_country(const struct numbering *plan, const char *digits, size_t len,
			 unsigned *code);

/* NUMBER_SHARED, _OPERATOR, _SERVICE or _PORT for a code that is dialled as it stands, else
 * NUMBER_NONE. */
enum number_class numbering_code_class(const struct numbering *plan, const char *digits,
				       size_t len);

/* A prefix that is dialled before a number, and nothing else. */
bool numbering_is_dialled_before(const struct numbering *plan, const char *digits, size_t len);

/* Begins as mobile numbers do. */
bool numbering_opens_mobile(const struct numbering *plan, const char *digits, size_t len);

enum { NUMBERING_OFFICIAL_MAX = 16, OFFICIAL_DIGITS_MAX = 11 };

/* What a canonical number is to this service. */
enum numbering_known {
	NUMBERING_UNKNOWN,
	NUMBERING_OFFICIAL,	/* may sell to subscribers; look-alikes imitate these */
	NUMBERING_OWN,		/* the operator's own beside them: no look-alikes */
	NUMBERING_SERVICE_CODE, /* where reports are sent; also the operator's own */
	NUMBERING_AUTHORITY,	/* called for help, seldom complained of */
	NUMBERING_KNOWN_COUNT
};

enum numbering_known numbering_known(const struct numbering *plan, const char *canonical);

/* The official numbers one by one; NULL behind the last. */
const char *numbering_official(const struct numbering *plan, size_t i);
/* The same for those to which reports are sent. */
const char *numbering_service(const struct numbering *plan, size_t i);
