/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_utf8.h"

/* What the first octet promises, and the range of the second one: it is there that overlong
 * forms, surrogates and code points over U+10FFFF show. */
struct lead {
	uint8_t first, last;
	uint8_t follow; /* octets after it */
	uint8_t second_min, second_max;
};

static const struct lead leads[] = {
	{ 0xc2, 0xdf, 1, 0x80, 0xbf }, { 0xe0, 0xe0, 2, 0xa0, 0xbf }, { 0xe1, 0xec, 2, 0x80, 0xbf },
	{ 0xed, 0xed, 2, 0x80, 0x9f }, { 0xee, 0xef, 2, 0x80, 0xbf }, { 0xf0, 0xf0, 3, 0x90, 0xbf },
	{ 0xf1, 0xf3, 3, 0x80, 0xbf }, { 0xf4, 0xf4, 3, 0x80, 0x8f },
};

static const struct lead *find_lead(uint8_t octet)
{
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		if (octet >= leads[i].first && octet <= leads[i].last)
			return &leads[i];
	return NULL;
}

size_t smpp_utf8_read(const uint8_t *in, size_t len, uint32_t *cp)
{
	*cp = SMPP_CHAR_BAD;
	if (len == 0)
		return 0;
	if (in[0] < 0x80) {
		*cp = in[0];
		return 1;
	}
	const struct lead *lead = find_lead(in[0]);
	if (!lead)
		return 1;
	uint32_t value = in[0] & (0x3fu >> lead->follow);
	for (size_t i = 1; i <= lead->follow; i++) {
		uint8_t min = i == 1 ? lead->second_min : 0x80;
		uint8_t max = i == 1 ? lead->second_max : 0xbf;
		if (i >= len || in[i] < min || in[i] > max)
			return i;
		value = value << 6 | (in[i] & 0x3f);
	}
	*cp = value;
	return lead->follow + 1u;
}

size_t smpp_utf8_write(uint32_t cp, char out[4])
{
	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		cp = SMPP_CHAR_REPLACEMENT;
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}
