/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* numbering.h - the grammar of telephone numbers, on plain digits.
 *
 * Does:    tells what a run of digits is as a whole; drops prefixes; gives the canonical text.
 * Input:   ASCII digits only, no separators, no '+' (the flag `plus` stands for it).
 * Returns: 0 or -EBADMSG; outputs are untouched on failure. Nothing is guessed, completed or cut.
 * Memory:  allocates nothing. Threads: pure, any thread.
 * Source:  tests/data/numbering.md, deploy/country-codes.tsv.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/number.h"

int numbering_read(bool plus, const char *digits, size_t len, struct number *out)
	__attribute__((warn_unused_result));

/* Without prefixes: 11 digits 1[3-9]...; area code without 0 and a local number. */
bool numbering_is_mobile(const char *digits, size_t len);
bool numbering_is_fixed(const char *digits, size_t len);

/* Country code (not 86) and a national number of a length that can be. */
bool numbering_is_foreign(const char *digits, size_t len);

/* Length of the country code that `digits` begins with, and the code; 0 when there is none. */
size_t numbering_country(const char *digits, size_t len, unsigned *code);

/* NUMBER_SHARED, _OPERATOR, _SERVICE or _PORT for a code that is dialled as it stands, else
 * NUMBER_NONE. */
enum number_class numbering_code_class(const char *digits, size_t len);

/* A prefix that is dialled before a number, and nothing else. */
bool numbering_is_dialled_before(const char *digits, size_t len);
