/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_text.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "smpp/smpp_gsm7.h"
#include "smpp/smpp_score.h"
#include "smpp/smpp_utf8.h"

/* SMPP 3.4 sec. 5.2.19. 5 to 7, 9, 10, 13 and 14 name alphabets of other countries. */
static const enum smpp_alphabet smpp_codings[16] = {
	SMPP_ALPHABET_GSM7,   SMPP_ALPHABET_ASCII,  SMPP_ALPHABET_BINARY, SMPP_ALPHABET_LATIN1,
	SMPP_ALPHABET_BINARY, SMPP_ALPHABET_BINARY, SMPP_ALPHABET_BINARY, SMPP_ALPHABET_BINARY,
	SMPP_ALPHABET_UCS2,   SMPP_ALPHABET_BINARY, SMPP_ALPHABET_BINARY, SMPP_ALPHABET_GSM7,
	SMPP_ALPHABET_GSM7,   SMPP_ALPHABET_BINARY, SMPP_ALPHABET_BINARY, SMPP_ALPHABET_GBK,
};

/* TS 23.038 sec. 4: bits 3 and 2 of the general groups; reserved reads as the default alphabet. */
static const enum smpp_alphabet general_alphabets[4] = {
	SMPP_ALPHABET_GSM7,
	SMPP_ALPHABET_BINARY,
	SMPP_ALPHABET_UCS2,
	SMPP_ALPHABET_GSM7,
};

enum { GENERAL_LAST = 0x7f, GENERAL_COMPRESSED = 0x20, CLASS_8BIT = 0x04 };

static const char *const names[] = {
	"gsm7", "ascii", "latin1", "ucs2", "ucs2le", "gbk", "utf8", "binary",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == SMPP_ALPHABET_COUNT, "a name for each");

enum smpp_alphabet smpp_text_alphabet(uint8_t data_coding)
{
	if (data_coding < 0x10)
		return smpp_codings[data_coding];
	if (data_coding <= GENERAL_LAST)
		return data_coding & GENERAL_COMPRESSED ? SMPP_ALPHABET_BINARY
							: general_alphabets[data_coding >> 2 & 3];
	if (data_coding >> 4 == 0xe) /* message waiting, stored, in UCS2 */
		return SMPP_ALPHABET_UCS2;
	if (data_coding >> 4 == 0xf && data_coding & CLASS_8BIT)
		return SMPP_ALPHABET_BINARY;
	return SMPP_ALPHABET_GSM7;
}

const char *smpp_alphabet_name(enum smpp_alphabet alphabet)
{
	return (unsigned)alphabet < SMPP_ALPHABET_COUNT ? names[alphabet] : "unknown";
}

struct writer {
	char *out;
	size_t cap;
	size_t len;
};

static void put(struct writer *w, uint32_t cp)
{
	char octets[4];
	size_t len = smpp_utf8_write(cp ? cp : SMPP_CHAR_REPLACEMENT, octets);
	if (len > w->cap - w->len) {
		w->cap = w->len; /* nothing follows a character that did not fit */
		return;
	}
	memcpy(w->out + w->len, octets, len);
	w->len += len;
}

static void decode_gsm7(const uint8_t *in, size_t len, struct writer *w)
{
	uint32_t cp;
	for (size_t pos = 0; pos < len;) {
		pos += smpp_gsm7_read(in + pos, len - pos, &cp);
		put(w, cp);
	}
}

static void decode_ascii(const uint8_t *in, size_t len, struct writer *w)
{
	for (size_t i = 0; i < len; i++)
		put(w, in[i] < 0x80 ? in[i] : SMPP_CHAR_REPLACEMENT);
}

static void decode_latin1(const uint8_t *in, size_t len, struct writer *w)
{
	for (size_t i = 0; i < len; i++)
		put(w, in[i]);
}

static uint32_t unit_at(const uint8_t *in, bool little)
{
	return (uint32_t)in[little] << 8 | in[!little];
}

static void decode_utf16(const uint8_t *in, size_t len, bool little, struct writer *w)
{
	size_t pos = 0;
	if (len >= 2 && unit_at(in, little) == 0xfeff)
		pos = 2;
	while (len - pos >= 2) {
		uint32_t cp = unit_at(in + pos, little);
		pos += 2;
		if (cp >= 0xd800 && cp <= 0xdbff && len - pos >= 2) {
			uint32_t low = unit_at(in + pos, little);
			if (low >= 0xdc00 && low <= 0xdfff) {
				cp = 0x10000 + ((cp & 0x3ff) << 10 | (low & 0x3ff));
				pos += 2;
			}
		}
		put(w, cp); /* a surrogate alone comes out as U+FFFD */
	}
	if (pos < len)
		put(w, SMPP_CHAR_REPLACEMENT);
}

static void decode_ucs2(const uint8_t *in, size_t len, struct writer *w)
{
	decode_utf16(in, len, false, w);
}

static void decode_ucs2le(const uint8_t *in, size_t len, struct writer *w)
{
	decode_utf16(in, len, true, w);
}

static void decode_utf8(const uint8_t *in, size_t len, struct writer *w)
{
	uint32_t cp;
	for (size_t pos = 0; pos < len;) {
		pos += smpp_utf8_read(in + pos, len - pos, &cp);
		if (cp != 0xfeff || pos != 3)
			put(w, cp);
	}
}

static bool has_high(const uint8_t *in, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (in[i] > 0x7f)
			return true;
	return false;
}

/* Opening a converter costs a few microseconds; keeping one would make this file stateful. */
static void decode_gbk(const uint8_t *in, size_t len, struct writer *w)
{
	iconv_t cd = has_high(in, len) ? iconv_open("UTF-8", "GB18030") : (iconv_t)-1;
	if (cd == (iconv_t)-1) {
		decode_ascii(in, len, w);
		return;
	}
	char *from = (char *)(uintptr_t)in; /* iconv only reads there; its prototype is older */
	size_t left = len;
	while (left > 0) {
		char chunk[256];
		char *to = chunk;
		size_t room = sizeof(chunk);
		size_t rc = iconv(cd, &from, &left, &to, &room);
		int error = errno;
		decode_utf8((const uint8_t *)chunk, (size_t)(to - chunk), w);
		if (rc != (size_t)-1 || error == E2BIG)
			continue;
		put(w, SMPP_CHAR_REPLACEMENT);
		from++;
		left--;
	}
	iconv_close(cd);
}

typedef void decoder(const uint8_t *in, size_t len, struct writer *w);
static decoder *const decoders[SMPP_ALPHABET_COUNT] = {
	[SMPP_ALPHABET_GSM7] = decode_gsm7,	[SMPP_ALPHABET_ASCII] = decode_ascii,
	[SMPP_ALPHABET_LATIN1] = decode_latin1, [SMPP_ALPHABET_UCS2] = decode_ucs2,
	[SMPP_ALPHABET_UCS2LE] = decode_ucs2le, [SMPP_ALPHABET_GBK] = decode_gbk,
	[SMPP_ALPHABET_UTF8] = decode_utf8,	[SMPP_ALPHABET_BINARY] = decode_ascii,
};

static enum smpp_alphabet find_alphabet(uint8_t data_coding, const uint8_t *in, size_t len)
{
	enum smpp_alphabet label = smpp_text_alphabet(data_coding);
	if (label == SMPP_ALPHABET_UCS2 && len >= 2 && unit_at(in, true) == 0xfeff)
		return SMPP_ALPHABET_UCS2LE;
	return smpp_score_choose(label, in, len);
}

size_t smpp_text_decode(uint8_t data_coding, const uint8_t *in, size_t len, char *out, size_t cap,
			enum smpp_alphabet *used)
{
	enum smpp_alphabet alphabet = find_alphabet(data_coding, in, len);
	struct writer w = { out, cap, 0 };
	decoders[alphabet](in, len, &w);
	if (used)
		*used = alphabet;
	return w.len;
}
