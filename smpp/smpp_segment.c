/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "smpp/smpp_gsm7.h"
#include "smpp/smpp_text.h"
#include "smpp/smpp_utf8.h"

enum {
	UDH_SIZE = 6, /* TS 23.040 sec. 9.2.3.24.1: length, element 0, its length, three octets */
	GSM7_ALONE = 160,
	GSM7_PART = 153,
	UCS2_ALONE = 140,
	UCS2_PART = 134,
	CODING_GSM7 = 0,
	CODING_UCS2 = 8,
	ENCODED_MAX = 4,
};

/* Octets of one character, never to be split. 0 when the alphabet lacks it. */
typedef size_t encoder(uint32_t cp, uint8_t out[ENCODED_MAX]);

struct form {
	uint8_t data_coding;
	size_t alone, part; /* octets of text in a message alone, and in one of several */
	encoder *encode;
};

static size_t encode_gsm7(uint32_t cp, uint8_t out[ENCODED_MAX])
{
	return smpp_gsm7_write(cp, out);
}

static size_t encode_ucs2(uint32_t cp, uint8_t out[ENCODED_MAX])
{
	if (cp > 0x10ffff)
		cp = SMPP_CHAR_REPLACEMENT;
	if (cp < 0x10000) {
		out[0] = (uint8_t)(cp >> 8);
		out[1] = (uint8_t)cp;
		return 2;
	}
	cp -= 0x10000;
	uint32_t high = 0xd800 | cp >> 10, low = 0xdc00 | (cp & 0x3ff);
	out[0] = (uint8_t)(high >> 8);
	out[1] = (uint8_t)high;
	out[2] = (uint8_t)(low >> 8);
	out[3] = (uint8_t)low;
	return 4;
}

static const struct form gsm7 = { CODING_GSM7, GSM7_ALONE, GSM7_PART, encode_gsm7 };
static const struct form ucs2 = { CODING_UCS2, UCS2_ALONE, UCS2_PART, encode_ucs2 };

/* The octets that the whole text takes, or 0 when the form cannot write it all. */
static size_t measure(const struct form *form, const uint8_t *text, size_t len)
{
	uint8_t octets[ENCODED_MAX];
	size_t total = 0;
	for (size_t pos = 0; pos < len;) {
		uint32_t cp;
		pos += smpp_utf8_read(text + pos, len - pos, &cp);
		size_t n = form->encode(cp, octets);
		if (n == 0)
			return 0;
		total += n;
	}
	return total;
}

static bool append(struct smpp_part *part, size_t max, const uint8_t *octets, size_t len)
{
	if (part->len + len > max)
		return false;
	memcpy(part->octets + part->len, octets, len);
	part->len += len;
	return true;
}

/* Fills one part after another with whole characters; `max` counts the UDH. */
static int fill(const struct form *form, const uint8_t *text, size_t len, size_t max,
		struct smpp_parts *out)
{
	size_t start = out->udhi ? UDH_SIZE : 0;
	out->count = 1;
	out->part[0].len = start;
	for (size_t pos = 0; pos < len;) {
		uint32_t cp;
		uint8_t octets[ENCODED_MAX];
		pos += smpp_utf8_read(text + pos, len - pos, &cp);
		size_t n = form->encode(cp, octets);
		if (append(&out->part[out->count - 1], max, octets, n))
			continue;
		if (out->count == SMPP_PARTS_MAX)
			return -EMSGSIZE;
		struct smpp_part *next = &out->part[out->count++];
		next->len = start;
		(void)append(next, max, octets, n);
	}
	return 0;
}

static void write_udh(struct smpp_parts *parts, uint8_t reference)
{
	for (size_t i = 0; i < parts->count; i++) {
		const uint8_t udh[UDH_SIZE] = {
			UDH_SIZE - 1, 0, 3, reference, (uint8_t)parts->count, (uint8_t)(i + 1)
		};
		memcpy(parts->part[i].octets, udh, UDH_SIZE);
	}
}

int smpp_text_segment(const char *utf8, size_t len, uint8_t reference, struct smpp_parts *out)
{
	const uint8_t *text = (const uint8_t *)utf8;
	const struct form *form = &gsm7;
	size_t total = measure(form, text, len);
	if (total == 0 && len > 0) {
		form = &ucs2;
		total = measure(form, text, len);
	}
	out->data_coding = form->data_coding;
	out->udhi = total > form->alone;
	if (!out->udhi)
		return fill(form, text, len, form->alone, out);
	int rc = fill(form, text, len, UDH_SIZE + form->part, out);
	if (rc == 0)
		write_udh(out, reference);
	return rc;
}
