/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_id.c - row number <-> receipt number.
 *
 * Short form: a four-round Feistel network scatters the 30 bits; the check character is a weighted
 * sum over GF(32) with a different power of the generator at each place, which finds every single
 * wrong letter and every exchange of two. Long form: Damm's check digit comes last.
 */
#include "rules/report_id.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
	LETTERS = 6,
	HALF_BITS = 15,
	HALF_MASK = (1 << HALF_BITS) - 1,
	CHECK_SEED = 13, /* not 0: "R0000000" must not be valid */
	SHORT_LEN = 1 + LETTERS + 1,
	LONG_DIGITS = 14, /* 13 of the row, one check digit */
	LONG_LEN = 1 + LONG_DIGITS,
};

static const int64_t long_from = INT64_C(1) << (2 * HALF_BITS);
static const int64_t long_end = INT64_C(10000000000000);

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Odd multipliers; changing one changes every receipt number ever given. */
static const uint32_t round_keys[] = { 0x5bd1, 0x2f0b, 0x71a3, 0x3c6f };
enum { ROUNDS = sizeof(round_keys) / sizeof(round_keys[0]) };

static uint32_t round_mix(uint32_t half, uint32_t key)
{
	uint32_t x = (half + key) * (2 * key + 1);
	x ^= x >> 9;
	x *= 0x9e3779b1u;
	return (x >> 16) & HALF_MASK;
}

static uint32_t scatter(uint32_t row)
{
	uint32_t left = row >> HALF_BITS, right = row & HALF_MASK;

	for (size_t i = 0; i < ROUNDS; i++) {
		uint32_t next = left ^ round_mix(right, round_keys[i]);
		left = right;
		right = next;
	}
	return left << HALF_BITS | right;
}

static uint32_t gather(uint32_t code)
{
	uint32_t left = code >> HALF_BITS, right = code & HALF_MASK;

	for (size_t i = ROUNDS; i-- > 0;) {
		uint32_t before = right ^ round_mix(left, round_keys[i]);
		right = left;
		left = before;
	}
	return left << HALF_BITS | right;
}

/* Horner's rule over GF(32), x^5 + x^2 + 1. */
static uint32_t check_letter(const uint32_t values[LETTERS])
{
	uint32_t sum = CHECK_SEED;

	for (size_t i = 0; i < LETTERS; i++) {
		sum = (sum ^ values[i]) << 1;
		if (sum & 32)
			sum ^= 0x25;
	}
	return sum;
}

/* H. M. Damm's totally anti-symmetric quasigroup of order 10: the digit that makes the whole 0. */
static unsigned check_digit(const char *digits, size_t len)
{
	static const uint8_t next[10][10] = {
		{ 0, 3, 1, 7, 5, 9, 8, 6, 4, 2 }, { 7, 0, 9, 2, 1, 5, 4, 8, 6, 3 },
		{ 4, 2, 0, 6, 8, 7, 1, 3, 5, 9 }, { 1, 7, 5, 0, 9, 8, 3, 4, 2, 6 },
		{ 6, 1, 2, 3, 0, 4, 5, 9, 7, 8 }, { 3, 6, 7, 4, 2, 0, 9, 5, 8, 1 },
		{ 5, 8, 6, 9, 7, 2, 0, 1, 3, 4 }, { 8, 9, 4, 5, 3, 6, 2, 0, 1, 7 },
		{ 9, 4, 3, 8, 6, 1, 7, 2, 0, 5 }, { 2, 5, 8, 1, 4, 3, 6, 7, 9, 0 },
	};
	unsigned state = 0;

	for (size_t i = 0; i < len; i++)
		state = next[state][digits[i] - '0'];
	return state;
}

static void format_short(uint32_t code, char *out)
{
	uint32_t values[LETTERS];

	*out++ = 'R';
	for (size_t i = 0; i < LETTERS; i++) {
		values[i] = code >> (5 * (LETTERS - 1 - i)) & 31;
		*out++ = alphabet[values[i]];
	}
	*out++ = alphabet[check_letter(values)];
	*out = '\0';
}

void report_id_format(int64_t row, char out[REPORT_ID_MAX])
{
	if (row < 0 || row >= long_end) {
		out[0] = '\0';
	} else if (row < long_from) {
		format_short(scatter((uint32_t)row), out);
	} else {
		snprintf(out, REPORT_ID_MAX, "R%013" PRId64, row);
		out[LONG_LEN - 1] = (char)('0' + check_digit(out + 1, LONG_DIGITS - 1));
		out[LONG_LEN] = '\0';
	}
}

/* Drops the spaces and hyphens that people put in; gives capitals. -1 when it cannot be an id. */
static int tidy(const char *text, size_t len, char out[LONG_LEN])
{
	int n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (c == ' ' || c == '-')
			continue;
		if (n == LONG_LEN)
			return -1;
		out[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	return n;
}

/* 0..31, or -1. Crockford reads the look-alikes as the digits that they look like. */
static int letter_value(char c)
{
	if (c == 'O')
		return 0;
	if (c == 'I' || c == 'L')
		return 1;
	const char *at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

static int parse_short(const char *letters, int64_t *row)
{
	uint32_t values[LETTERS];
	uint32_t code = 0;

	for (size_t i = 0; i < LETTERS; i++) {
		int value = letter_value(letters[i]);
		if (value < 0)
			return -EBADMSG;
		values[i] = (uint32_t)value;
		code = code << 5 | values[i];
	}
	if (letter_value(letters[LETTERS]) != (int)check_letter(values))
		return -EBADMSG;
	*row = gather(code);
	return 0;
}

static int parse_long(char *digits, int64_t *row)
{
	int64_t value = 0;

	for (size_t i = 0; i < LONG_DIGITS; i++) {
		int digit = letter_value(digits[i]);
		if (digit < 0 || digit > 9)
			return -EBADMSG;
		digits[i] = (char)('0' + digit);
		if (i < LONG_DIGITS - 1)
			value = value * 10 + digit;
	}
	if (check_digit(digits, LONG_DIGITS) != 0 || value < long_from)
		return -EBADMSG;
	*row = value;
	return 0;
}

int report_id_parse(const char *text, size_t len, int64_t *row)
{
	char tidied[LONG_LEN];
	int n = tidy(text, len, tidied);

	if (n < 1 || tidied[0] != 'R')
		return -EBADMSG;
	if (n == SHORT_LEN)
		return parse_short(tidied + 1, row);
	if (n == LONG_LEN)
		return parse_long(tidied + 1, row);
	return -EBADMSG;
}
