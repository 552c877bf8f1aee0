/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_score.h"

#include <limits.h>
#include <string.h>

#include "smpp/smpp_gsm7.h"
#include "smpp/smpp_utf8.h"

enum {
	FAULT = 24, /* bits, and one fault */
	COMMON_HAN = 10,
	OTHER_HAN = 15,
	BINARY_OCTET = 8,
	NATIONAL_LETTER = 5, /* of an alphabet that a label names and no one uses by mistake */
	/* What it takes to doubt a label: so many bits less in all, and good text in itself. */
	MARGIN = 20,
	MARGIN_FAULTY = 8, /* the label reads characters that no one means */
	GOOD_TEXT = 6,	   /* bits an octet at most */
};

struct range {
	uint32_t last;
	uint8_t bits;
};

/* Unicode beyond ASCII in ascending order; blocks that Chinese handsets do not write are dear. */
static const struct range ranges[] = {
	{ 0x9f, FAULT },   { 0xbf, 9 },	      { 0xff, 7 },	     { 0x24f, 10 },
	{ 0x36f, 13 },	   { 0x52f, 9 },      { 0x6ff, 10 },	     { 0x1fff, 11 },
	{ 0x206f, 8 },	   { 0x245f, 13 },    { 0x27bf, 10 },	     { 0x2bff, 13 },
	{ 0x2fff, 20 },	   { 0x3020, 8 },     { 0x303f, 18 },	     { 0x30ff, 9 },
	{ 0x33ff, 20 },	   { 0x4dff, 23 },    { 0x9fff, OTHER_HAN }, { 0xabff, 18 },
	{ 0xd7a3, 13 },	   { 0xdfff, FAULT }, { 0xfaff, 18 },	     { 0xfdcf, 15 },
	{ 0xfdef, FAULT }, { 0xfefe, 15 },    { 0xfeff, 8 },	     { 0xff5e, 8 },
	{ 0xffef, 15 },	   { 0xffff, FAULT }, { 0x1efff, 20 },	     { 0x1faff, 14 },
	{ 0x1ffff, 20 },   { 0x323af, 22 },
};

/* Digits and the letters that texts are full of are cheap. */
static const uint8_t ascii_bits[128] = {
	[0x00 ... 0x08] = FAULT,
	['\t'] = 7,
	['\n'] = 7,
	[0x0b ... 0x0c] = FAULT,
	['\r'] = 7,
	[0x0e ... 0x1f] = FAULT,
	[' '] = 3,
	['!' ... '/'] = 7,
	['0' ... '9'] = 4,
	[':' ... '@'] = 7,
	['A' ... 'Z'] = 6,
	['[' ... '`'] = 7,
	['a'] = 4,
	['b'] = 6,
	['c'] = 6,
	['d'] = 4,
	['e'] = 4,
	['f'] = 6,
	['g'] = 6,
	['h'] = 4,
	['i'] = 4,
	['j'] = 6,
	['k'] = 6,
	['l'] = 4,
	['m'] = 6,
	['n'] = 4,
	['o'] = 4,
	['p'] = 6,
	['q'] = 6,
	['r'] = 4,
	['s'] = 4,
	['t'] = 4,
	['u'] = 4,
	['v'] = 6,
	['w'] = 6,
	['x'] = 6,
	['y'] = 6,
	['z'] = 6,
	['{' ... '~'] = 7,
	[0x7f] = FAULT,
};

static unsigned bits_of_ascii(uint8_t c)
{
	return c < sizeof(ascii_bits) ? ascii_bits[c] : FAULT;
}

static unsigned bits_of_char(uint32_t cp)
{
	if (cp < 0x80)
		return bits_of_ascii((uint8_t)cp);
	if (smpp_han_is_common(cp))
		return COMMON_HAN;
	size_t low = 0, high = sizeof(ranges) / sizeof(ranges[0]);
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (cp <= ranges[middle].last)
			high = middle;
		else
			low = middle + 1;
	}
	return low < sizeof(ranges) / sizeof(ranges[0]) ? ranges[low].bits : FAULT;
}

static size_t bits_of_gsm7(const uint8_t *in, size_t len, unsigned *bits)
{
	uint32_t cp;
	size_t used = smpp_gsm7_read(in, len, &cp);
	*bits = bits_of_char(cp);
	return used;
}

static size_t bits_of_ascii_octet(const uint8_t *in, size_t len, unsigned *bits)
{
	(void)len;
	*bits = bits_of_ascii(in[0]);
	return 1;
}

static size_t bits_of_latin1(const uint8_t *in, size_t len, unsigned *bits)
{
	(void)len;
	if (in[0] < 0xa0)
		*bits = bits_of_char(in[0]);
	else
		*bits = in[0] < 0xc0 ? 7 : 6;
	return 1;
}

static size_t bits_of_utf8(const uint8_t *in, size_t len, unsigned *bits)
{
	uint32_t cp;
	size_t used = smpp_utf8_read(in, len, &cp);
	*bits = bits_of_char(cp);
	return used;
}

static size_t bits_of_utf16(const uint8_t *in, size_t len, bool little, unsigned *bits)
{
	*bits = FAULT;
	if (len < 2)
		return 1;
	uint32_t unit = (uint32_t)in[little] << 8 | in[!little];
	if (unit < 0xd800 || unit > 0xdfff) {
		*bits = bits_of_char(unit);
		return 2;
	}
	uint32_t low = len < 4 ? 0 : (uint32_t)in[2 + little] << 8 | in[2 + !little];
	if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return 2;
	*bits = bits_of_char(0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff)));
	return 4;
}

static size_t bits_of_ucs2(const uint8_t *in, size_t len, unsigned *bits)
{
	return bits_of_utf16(in, len, false, bits);
}

static size_t bits_of_ucs2le(const uint8_t *in, size_t len, unsigned *bits)
{
	return bits_of_utf16(in, len, true, bits);
}

/* The rows of GB 2312, told by the first octet when the second is in 0xa1 to 0xfe; everything else
 * is what GBK added. */
static unsigned bits_of_gbk_pair(uint8_t lead, uint8_t trail)
{
	if (trail < 0xa1)
		return trail == 0x7f || trail < 0x40 ? FAULT : OTHER_HAN + 1;
	if (lead >= 0xb0 && lead <= 0xd7)
		return COMMON_HAN;
	if (lead >= 0xd8 && lead <= 0xf7)
		return OTHER_HAN;
	if (lead == 0xa1 || lead == 0xa3)
		return 8;
	return lead >= 0xa2 && lead <= 0xa9 ? 12 : OTHER_HAN + 3;
}

static size_t bits_of_gbk(const uint8_t *in, size_t len, unsigned *bits)
{
	if (in[0] < 0x80) {
		*bits = bits_of_ascii(in[0]);
		return 1;
	}
	*bits = FAULT;
	if (in[0] == 0x80 || in[0] == 0xff || len < 2)
		return 1;
	*bits = bits_of_gbk_pair(in[0], in[1]);
	return *bits == FAULT ? 1 : 2;
}

static unsigned bits_of_8859(const uint8_t *in, uint8_t first, uint8_t last)
{
	if (in[0] < 0x80)
		return bits_of_ascii(in[0]);
	return in[0] < 0xa0 ? FAULT : in[0] >= first && in[0] <= last ? NATIONAL_LETTER : 9;
}

static size_t bits_of_cyrillic(const uint8_t *in, size_t len, unsigned *bits)
{
	(void)len;
	*bits = bits_of_8859(in, 0xa1, 0xff);
	return 1;
}

static size_t bits_of_hebrew(const uint8_t *in, size_t len, unsigned *bits)
{
	(void)len;
	*bits = bits_of_8859(in, 0xe0, 0xfa);
	return 1;
}

static bool in_range(uint8_t c, uint8_t first, uint8_t last)
{
	return c >= first && c <= last;
}

/* Rows of KS C 5601: syllables, then symbols and hanja. Windows added syllables around them, whose
 * first octet ends at 0xc6. */
static unsigned bits_of_ksc_pair(uint8_t lead, uint8_t trail)
{
	if (in_range(lead, 0xa1, 0xfe) && in_range(trail, 0xa1, 0xfe))
		return in_range(lead, 0xb0, 0xc8) ? COMMON_HAN - 1 : OTHER_HAN - 3;
	return in_range(lead, 0x81, 0xc6) && in_range(trail, 0x41, 0xfe) ? OTHER_HAN - 1 : FAULT;
}

static size_t bits_of_ksc(const uint8_t *in, size_t len, unsigned *bits)
{
	if (in[0] < 0x80) {
		*bits = bits_of_ascii(in[0]);
		return 1;
	}
	*bits = len < 2 ? FAULT : bits_of_ksc_pair(in[0], in[1]);
	return *bits == FAULT ? 1 : 2;
}

/* The octets of one character of EUC-JP; 0: they are none. */
static size_t euc_jp_len(const uint8_t *in, size_t len)
{
	if (in[0] < 0x80)
		return 1;
	if (in[0] == 0x8e)
		return len >= 2 && in_range(in[1], 0xa1, 0xdf) ? 2 : 0;
	if (in[0] == 0x8f)
		return len >= 3 && in_range(in[1], 0xa1, 0xfe) && in_range(in[2], 0xa1, 0xfe) ? 3
											      : 0;
	return len >= 2 && in_range(in[0], 0xa1, 0xfe) && in_range(in[1], 0xa1, 0xfe) ? 2 : 0;
}

bool smpp_score_is_euc_jp(const uint8_t *in, size_t len)
{
	for (size_t pos = 0; pos < len;) {
		size_t used = euc_jp_len(in + pos, len - pos);
		if (used == 0)
			return false;
		pos += used;
	}
	return true;
}

/* Either form, whichever the octets can be. */
static size_t bits_of_jis(const uint8_t *in, size_t len, unsigned *bits)
{
	size_t used = euc_jp_len(in, len);
	*bits = in[0] < 0x80 ? in[0] == 0x1b ? 3 : bits_of_ascii(in[0]) : COMMON_HAN - 1;
	if (used > 0)
		return used;
	bool lead = in_range(in[0], 0x81, 0x9f) || in_range(in[0], 0xe0, 0xfc);
	if (lead && len >= 2 && in_range(in[1], 0x40, 0xfc) && in[1] != 0x7f)
		return 2;
	if (!in_range(in[0], 0xa1, 0xdf)) /* a katakana of half width */
		*bits = FAULT;
	return 1;
}

static size_t bits_of_binary(const uint8_t *in, size_t len, unsigned *bits)
{
	(void)in;
	(void)len;
	*bits = BINARY_OCTET;
	return 1;
}

typedef size_t price(const uint8_t *in, size_t len, unsigned *bits);
static price *const prices[SMPP_ALPHABET_COUNT] = {
	[SMPP_ALPHABET_GSM7] = bits_of_gsm7,	     [SMPP_ALPHABET_ASCII] = bits_of_ascii_octet,
	[SMPP_ALPHABET_LATIN1] = bits_of_latin1,     [SMPP_ALPHABET_UCS2] = bits_of_ucs2,
	[SMPP_ALPHABET_UCS2LE] = bits_of_ucs2le,     [SMPP_ALPHABET_GBK] = bits_of_gbk,
	[SMPP_ALPHABET_UTF8] = bits_of_utf8,	     [SMPP_ALPHABET_JIS] = bits_of_jis,
	[SMPP_ALPHABET_CYRILLIC] = bits_of_cyrillic, [SMPP_ALPHABET_HEBREW] = bits_of_hebrew,
	[SMPP_ALPHABET_KSC] = bits_of_ksc,	     [SMPP_ALPHABET_BINARY] = bits_of_binary,
	[SMPP_ALPHABET_NONE] = bits_of_binary,
};

/* Goes on as long as neither count is over its bound. */
static struct smpp_score score_within(enum smpp_alphabet alphabet, const uint8_t *in, size_t len,
				      struct smpp_score bound)
{
	struct smpp_score score = { 0, 0 };
	for (size_t pos = 0;
	     pos < len && score.bits <= bound.bits && score.faults <= bound.faults;) {
		unsigned bits;
		pos += prices[alphabet](in + pos, len - pos, &bits);
		score.bits += bits;
		score.faults += bits == FAULT;
	}
	return score;
}

struct smpp_score smpp_score_of(enum smpp_alphabet alphabet, const uint8_t *in, size_t len)
{
	return score_within(alphabet, in, len, (struct smpp_score){ UINT_MAX, UINT_MAX });
}

/* What a label is mistaken for in practice; at a tie the first one wins. */
static const enum smpp_alphabet candidates[] = {
	SMPP_ALPHABET_ASCII, SMPP_ALPHABET_UTF8,   SMPP_ALPHABET_GBK,
	SMPP_ALPHABET_UCS2,  SMPP_ALPHABET_UCS2LE, SMPP_ALPHABET_LATIN1,
};

/* True where no candidate could be better, which is nearly every message: octets under 0x80 read
 * alike everywhere, unless so many are zero that they are halves of UCS2 digits and letters. */
static bool label_is_plain(enum smpp_alphabet label, const uint8_t *in, size_t len)
{
	if (label == SMPP_ALPHABET_UCS2)
		return false;
	size_t zeroes = 0;
	for (size_t i = 0; i < len; i++) {
		if (in[i] > 0x7f)
			return false;
		zeroes += in[i] == 0;
	}
	return zeroes * 3 < len || len == 0;
}

enum smpp_alphabet smpp_score_choose(enum smpp_alphabet label, const uint8_t *in, size_t len)
{
	if (label_is_plain(label, in, len))
		return label;
	struct smpp_score own = smpp_score_of(label, in, len);
	if (label == SMPP_ALPHABET_UCS2 && !own.faults && own.bits <= len / 2 * COMMON_HAN)
		return label;

	/* Octets over 0x7f are beyond septets: whatever explains them best is right. */
	bool impossible =
		own.faults && (label == SMPP_ALPHABET_GSM7 || label == SMPP_ALPHABET_ASCII);
	unsigned margin = own.faults ? MARGIN_FAULTY : MARGIN;
	if (own.bits < margin)
		return label;
	/* What a better one may cost; once one is found, the next has to be better than that. */
	struct smpp_score bound = { own.bits - margin, own.faults };
	if (!impossible && GOOD_TEXT * len < bound.bits)
		bound.bits = (unsigned)(GOOD_TEXT * len);
	enum smpp_alphabet best = label;
	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		struct smpp_score score = score_within(candidates[i], in, len, bound);
		if (score.faults > bound.faults || score.bits > bound.bits)
			continue;
		best = candidates[i];
		if (score.bits == 0)
			break;
		bound.bits = score.bits - 1;
	}
	return best;
}
