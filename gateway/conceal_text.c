/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/conceal_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { ALONE_LEAST = 7, GROUPED_LEAST = 9, GROUP_LEAST = 3, LONG_LEAST = 11, HEAD = 3 };

/* Octets of the digit at `at`, 0: none. U+FF10 to U+FF19 are full-width. */
static size_t digit_len(const char *at)
{
	const unsigned char *c = (const unsigned char *)at;

	if (c[0] >= '0' && c[0] <= '9')
		return 1;
	return c[0] == 0xef && c[1] == 0xbc && c[2] >= 0x90 && c[2] <= 0x99 ? 3 : 0;
}

static size_t group_len(const char *at, size_t *digits)
{
	size_t len = 0;
	size_t one;

	for (*digits = 0; (one = digit_len(at + len)) > 0; len += one)
		++*digits;
	return len;
}

static bool divides(char c)
{
	return c == ' ' || c == '-' || c == '.';
}

/* Octets of the number at `at` with its digits counted, 0: none. */
static size_t number_len(const char *at, size_t *digits)
{
	size_t len = group_len(at, digits);
	bool grouped = false;

	while (len > 0 && *digits >= GROUP_LEAST && divides(at[len])) {
		size_t more;
		size_t next = group_len(at + len + 1, &more);

		if (more < GROUP_LEAST)
			break;
		len += 1 + next;
		*digits += more;
		grouped = true;
	}
	return *digits >= (grouped ? GROUPED_LEAST : ALONE_LEAST) ? len : 0;
}

/* Copies `len` octets, the digits in the middle as '*'; never more than they were. */
static char *put(char *out, const char *at, size_t len, size_t digits)
{
	size_t tail = digits >= LONG_LEAST ? 4 : 2;
	size_t seen = 0;

	for (const char *end = at + len; at < end;) {
		size_t one = digit_len(at);

		if (one > 0 && seen >= HEAD && seen + tail < digits)
			*out++ = '*';
		else
			for (size_t i = 0; i < (one ? one : 1); i++)
				*out++ = at[i];
		seen += one > 0;
		at += one ? one : 1;
	}
	return out;
}

char *conceal_text(const char *text)
{
	char *masked = malloc(strlen(text) + 1);
	char *out = masked;

	while (masked && *text) {
		size_t digits;
		size_t len = number_len(text, &digits);

		if (len > 0) {
			out = put(out, text, len, digits);
		} else {
			len = group_len(text, &digits);
			len = len ? len : 1;
			memcpy(out, text, len);
			out += len;
		}
		text += len;
	}
	if (masked)
		*out = '\0';
	return masked;
}
