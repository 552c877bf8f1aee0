/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_text.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <talloc.h>

#include "smpp/smpp_gsm7.h"
#include "smpp/smpp_score.h"
#include "smpp/smpp_utf8.h"

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

static void decode_gsm7_shifted(const struct smpp_gsm7_shift *shift, const uint8_t *in, size_t len,
				struct writer *w)
{
	uint32_t cp;
	for (size_t pos = 0; pos < len;) {
		pos += smpp_gsm7_read_shifted(shift, in + pos, len - pos, &cp);
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

enum charset { GB18030, EUC_JP, SHIFT_JIS, ISO_2022_JP, UHC, ISO_8859_5, ISO_8859_8, CHARSETS };
static const char *const charsets[CHARSETS] = {
	"GB18030", "EUC-JP", "CP932", "ISO-2022-JP-2", "UHC", "ISO-8859-5", "ISO-8859-8",
};

struct smpp_text_converters {
	iconv_t cd[CHARSETS];
};

static int converters_free(struct smpp_text_converters *kept)
{
	for (size_t i = 0; i < CHARSETS; i++)
		if (kept->cd[i] != (iconv_t)-1)
			iconv_close(kept->cd[i]);
	return 0;
}

struct smpp_text_converters *smpp_text_keep_converters(void *ctx)
{
	struct smpp_text_converters *kept = talloc(ctx, struct smpp_text_converters);
	if (!kept)
		return NULL;
	for (size_t i = 0; i < CHARSETS; i++)
		kept->cd[i] = iconv_open("UTF-8", charsets[i]);
	talloc_set_destructor(kept, converters_free);
	return kept;
}

/* A descriptor has a state: a decoder that is to be pure opens its own. */
static void decode_iconv(enum charset charset, const uint8_t *in, size_t len, struct writer *w)
{
	iconv_t cd = iconv_open("UTF-8", charsets[charset]);
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
		/* What it could not read may be the last of all, and taken already. */
		if (left == 0)
			break;
		from++;
		left--;
	}
	iconv_close(cd);
}

/* ASCII is the same in each of these: no converter then. */
static void decode_national(enum charset charset, const uint8_t *in, size_t len, struct writer *w)
{
	if (has_high(in, len))
		decode_iconv(charset, in, len, w);
	else
		decode_ascii(in, len, w);
}

static void decode_gbk(const uint8_t *in, size_t len, struct writer *w)
{
	decode_national(GB18030, in, len, w);
}

static void decode_cyrillic(const uint8_t *in, size_t len, struct writer *w)
{
	decode_national(ISO_8859_5, in, len, w);
}

static void decode_hebrew(const uint8_t *in, size_t len, struct writer *w)
{
	decode_national(ISO_8859_8, in, len, w);
}

static void decode_ksc(const uint8_t *in, size_t len, struct writer *w)
{
	decode_national(UHC, in, len, w);
}

/* The standards name the characters, not how they lie in octets. */
static void decode_jis(const uint8_t *in, size_t len, struct writer *w)
{
	if (len > 0 && memchr(in, 0x1b, len))
		decode_iconv(ISO_2022_JP, in, len, w);
	else
		decode_national(smpp_score_is_euc_jp(in, len) ? EUC_JP : SHIFT_JIS, in, len, w);
}

typedef void decoder(const uint8_t *in, size_t len, struct writer *w);
static decoder *const decoders[SMPP_ALPHABET_COUNT] = {
	[SMPP_ALPHABET_GSM7] = decode_gsm7,	    [SMPP_ALPHABET_ASCII] = decode_ascii,
	[SMPP_ALPHABET_LATIN1] = decode_latin1,	    [SMPP_ALPHABET_UCS2] = decode_ucs2,
	[SMPP_ALPHABET_UCS2LE] = decode_ucs2le,	    [SMPP_ALPHABET_GBK] = decode_gbk,
	[SMPP_ALPHABET_UTF8] = decode_utf8,	    [SMPP_ALPHABET_JIS] = decode_jis,
	[SMPP_ALPHABET_CYRILLIC] = decode_cyrillic, [SMPP_ALPHABET_HEBREW] = decode_hebrew,
	[SMPP_ALPHABET_KSC] = decode_ksc,	    [SMPP_ALPHABET_BINARY] = decode_ascii,
	[SMPP_ALPHABET_NONE] = decode_ascii,
};

static enum smpp_alphabet find_alphabet(uint8_t data_coding, const uint8_t *in, size_t len)
{
	enum smpp_alphabet label = smpp_text_alphabet(data_coding);
	if (label == SMPP_ALPHABET_UCS2 && len >= 2 && unit_at(in, true) == 0xfeff)
		return SMPP_ALPHABET_UCS2LE;
	return smpp_score_choose(label, in, len);
}

size_t smpp_text_decode_shifted(uint8_t data_coding, const struct smpp_gsm7_shift *shift,
				const uint8_t *in, size_t len, char *out, size_t cap,
				enum smpp_alphabet *used)
{
	enum smpp_alphabet alphabet = find_alphabet(data_coding, in, len);
	struct writer w = { out, cap, 0 };
	if (alphabet == SMPP_ALPHABET_GSM7 && (shift->locking || shift->single))
		decode_gsm7_shifted(shift, in, len, &w);
	else
		decoders[alphabet](in, len, &w);
	if (used)
		*used = alphabet;
	return w.len;
}

size_t smpp_text_decode(uint8_t data_coding, const uint8_t *in, size_t len, char *out, size_t cap,
			enum smpp_alphabet *used)
{
	const struct smpp_gsm7_shift none = { 0, 0 };
	return smpp_text_decode_shifted(data_coding, &none, in, len, out, cap, used);
}
