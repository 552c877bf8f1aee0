/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* number.h - telephone numbers in the one canonical form used everywhere.
 *
 * Does:    reads a number in any usual writing and gives its canonical text; classifies and masks
 *          canonical numbers.
 * Forms:   "+8613812345678" (mobile), "+861085321234" (fixed), "4001234567", "10086", "95533",
 *          "10690001" (as dialled), "+442079460111" (foreign). An alphanumeric sender is kept as
 *          written, a withheld caller is the text "withheld".
 * Returns: 0 or -EBADMSG (not a whole number); outputs are untouched on failure.
 * Memory:  allocates nothing. Threads: pure, any thread.
 * Source:  tests/data/README.md "Canonical form"; deploy numbering facts; ITU-T E.164 sec. 6.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NUMBER_MAX = 24 }; /* '+' and 15 digits, or 20 digits as dialled, and a NUL */

struct numbering; /* the plan: numbering.h */

struct number {
	char text[NUMBER_MAX];
};

enum number_class {
	NUMBER_NONE,	 /* empty text, or not a canonical number */
	NUMBER_MOBILE,	 /* +86 1[3-9] and nine digits */
	NUMBER_FIXED,	 /* +86 area code and local number */
	NUMBER_SHARED,	 /* 400 and 800 */
	NUMBER_OPERATOR, /* 100xx and longer numbers below them */
	NUMBER_SERVICE,	 /* 95, 96, 1010, 12xxx, 11x, 700 and other codes as dialled */
	NUMBER_PORT,	 /* 106...: sends SMS, places no calls */
	NUMBER_FOREIGN,	 /* + and a country code other than 86; 852, 853 and 886 are foreign */
	NUMBER_ALPHA,	 /* alphanumeric sender */
	NUMBER_WITHHELD,
	NUMBER_CLASS_COUNT
};

/* Reads `text` (ASCII, one number, separators allowed) as a subscriber or an exchange writes it. */
int number_read(const struct numbering *plan, const char *text, size_t len, struct number *out)
	__attribute__((warn_unused_result));

/* Reads an SMPP address. ton as in SMPP 3.4 sec. 5.2.5: 1 means that a '+' is implied, 5 means
 * alphanumeric. */
int number_from_address(const struct numbering *plan, uint8_t ton, const char *text, size_t len,
			struct number *out) __attribute__((warn_unused_result));

/* ASCII digits that begin as mobile numbers do. */
bool number_opens_mobile(const struct numbering *plan, const char *digits, size_t len);

enum number_class number_classify(const struct numbering *plan, const char *canonical);
const char *number_class_name(enum number_class class);

/* What a canonical number is by its writing alone. What was read and stored once stays a number,
 * whatever becomes of the plan that it was read by: keys, masks and displays rest on this. */
enum number_form {
	NUMBER_FORM_NONE,
	NUMBER_FORM_MOBILE,
	NUMBER_FORM_FIXED,
	NUMBER_FORM_CODE, /* dialled as it stands */
	NUMBER_FORM_FOREIGN,
	NUMBER_FORM_ALPHA,
	NUMBER_FORM_WITHHELD,
};

enum number_form number_form(const char *canonical);

/* A '+' number that is not of country code 86. */
bool number_is_foreign(const char *canonical);

/* One of the numbers that may sell to subscribers: 10085, 10086. */
bool number_is_official(const struct numbering *plan, const char *canonical);

/* The number as the subscriber knows it: without +86 for home numbers, with a 0 before an area
 * code. `out` holds NUMBER_MAX octets. */
void number_display(const char *canonical, char *out);

/* The number for logs: 138****8000. Short codes (under 7 digits) stay whole. */
void number_mask(const char *canonical, char *out);

/* Canonical text <-> 64 bits, one to one for numbers of up to 15 digits; 0 for anything else. The
 * key of caches and of the packed call records. number_unpack returns -EBADMSG for a key that
 * number_pack does not make. */
uint64_t number_pack(const char *canonical);
int number_unpack(uint64_t key, struct number *out) __attribute__((warn_unused_result));
