/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "smpp/smpp_gsm7.h"
#include "smpp/smpp_text.h"
#include "smpp/smpp_utf8.h"

enum {
	GSM7_ALONE = 160,
	UCS2_ALONE = 140,
	OCTETS_ALONE = 140, /* the same on the radio, septets packed */
	UDH_MAX = 7,
	CODING_GSM7 = 0,
	CODING_UCS2 = 8,
	ENCODED_MAX = 4,
};

/* Octets of one character, never to be split. 0 when the alphabet lacks it. */
typedef size_t encoder(uint32_t cp, uint8_t out[ENCODED_MAX]);

struct form {
	uint8_t data_coding;
	uint8_t bits; /* of an octet of ours, on the radio */
	uint8_t unit; /* octets are filled in multiples of it */
	size_t alone; /* octets of text in a message without a header */
	encoder *encode;
};

/* TS 23.040 sec. 9.2.3.24.1 and .8: the header's length, the element, its length, the reference,
 * the number of parts, the part's number. */
struct header {
	size_t len;
	uint8_t octets[UDH_MAX - 2];
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

static const struct form gsm7 = { CODING_GSM7, 7, 1, GSM7_ALONE, encode_gsm7 };
static const struct form ucs2 = { CODING_UCS2, 8, 2, UCS2_ALONE, encode_ucs2 };

/* Octets of text beside a header. */
static size_t room_beside(const struct form *form, size_t header)
{
	size_t room = (OCTETS_ALONE - header) * 8 / form->bits;
	return room - room % form->unit;
}

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

/* Fills one part after another with whole characters; `max` counts the `start` octets that are left
 * free for a header. */
static int fill(const struct form *form, const uint8_t *text, size_t len, size_t start, size_t max,
		struct smpp_parts *out)
{
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

static void write_headers(struct smpp_parts *parts, const struct header *header)
{
	for (size_t i = 0; i < parts->count; i++) {
		uint8_t *octets = parts->part[i].octets;
		memcpy(octets, header->octets, header->len - 2);
		octets[header->len - 2] = (uint8_t)parts->count;
		octets[header->len - 1] = (uint8_t)(i + 1);
	}
}

static int segment(const char *utf8, size_t len, const struct header *header,
		   struct smpp_parts *out)
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
		return fill(form, text, len, 0, form->alone, out);
	size_t room = room_beside(form, header->len);
	int rc = fill(form, text, len, header->len, header->len + room, out);
	if (rc == 0)
		write_headers(out, header);
	return rc;
}

int smpp_text_segment(const char *utf8, size_t len, uint8_t reference, struct smpp_parts *out)
{
	const struct header header = { 6, { 5, 0x00, 3, reference } };
	return segment(utf8, len, &header, out);
}

int smpp_text_segment_wide(const char *utf8, size_t len, uint16_t reference, struct smpp_parts *out)
{
	const struct header header = {
		7, { 6, 0x08, 4, (uint8_t)(reference >> 8), (uint8_t)reference }
	};
	return segment(utf8, len, &header, out);
}
