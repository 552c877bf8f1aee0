/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_gsm7.h"

#include "smpp/smpp_utf8.h"

/* Sec. 6.2.1. The place of the escape reads as a space for a receiver that does not know it; an
 * escape after an escape is reserved and reads the same. */
static const uint16_t basic[128] = {
	'@',	0x00a3, '$',	0x00a5, 0x00e8, 0x00e9, 0x00f9, 0x00ec, /* 00 @£$¥èéùì */
	0x00f2, 0x00c7, '\n',	0x00d8, 0x00f8, '\r',	0x00c5, 0x00e5, /* 08 òÇ LF Øø CR Åå */
	0x0394, '_',	0x03a6, 0x0393, 0x039b, 0x03a9, 0x03a0, 0x03a8, /* 10 Δ_ΦΓΛΩΠΨ */
	0x03a3, 0x0398, 0x039e, ' ',	0x00c6, 0x00e6, 0x00df, 0x00c9, /* 18 ΣΘΞ ESC ÆæßÉ */
	' ',	'!',	'"',	'#',	0x00a4, '%',	'&',	'\'',	/* 20 */
	'(',	')',	'*',	'+',	',',	'-',	'.',	'/',	/* 28 */
	'0',	'1',	'2',	'3',	'4',	'5',	'6',	'7',	/* 30 */
	'8',	'9',	':',	';',	'<',	'=',	'>',	'?',	/* 38 */
	0x00a1, 'A',	'B',	'C',	'D',	'E',	'F',	'G',	/* 40 ¡ */
	'H',	'I',	'J',	'K',	'L',	'M',	'N',	'O',	/* 48 */
	'P',	'Q',	'R',	'S',	'T',	'U',	'V',	'W',	/* 50 */
	'X',	'Y',	'Z',	0x00c4, 0x00d6, 0x00d1, 0x00dc, 0x00a7, /* 58 ÄÖÑÜ§ */
	0x00bf, 'a',	'b',	'c',	'd',	'e',	'f',	'g',	/* 60 ¿ */
	'h',	'i',	'j',	'k',	'l',	'm',	'n',	'o',	/* 68 */
	'p',	'q',	'r',	's',	't',	'u',	'v',	'w',	/* 70 */
	'x',	'y',	'z',	0x00e4, 0x00f6, 0x00f1, 0x00fc, 0x00e0, /* 78 äöñüà */
};

/* Sec. 6.2.1.1. */
static const struct extension {
	uint8_t septet;
	uint16_t cp;
} extensions[] = {
	{ 0x0a, '\f' }, { 0x14, '^' }, { 0x28, '{' }, { 0x29, '}' }, { 0x2f, '\\' },
	{ 0x3c, '[' },	{ 0x3d, '~' }, { 0x3e, ']' }, { 0x40, '|' }, { 0x65, 0x20ac },
};
enum { EXTENSIONS = sizeof(extensions) / sizeof(extensions[0]) };

uint32_t smpp_gsm7_extension(uint8_t septet)
{
	for (size_t i = 0; i < EXTENSIONS; i++)
		if (extensions[i].septet == septet)
			return extensions[i].cp;
	return 0;
}

static uint32_t read_escaped(uint8_t septet)
{
	if (septet > 0x7f)
		return SMPP_CHAR_BAD;
	uint32_t cp = smpp_gsm7_extension(septet);
	return cp ? cp : basic[septet];
}

size_t smpp_gsm7_read(const uint8_t *in, size_t len, uint32_t *cp)
{
	*cp = SMPP_CHAR_BAD;
	if (len == 0)
		return 0;
	if (in[0] != SMPP_GSM7_ESCAPE) {
		if (in[0] <= 0x7f)
			*cp = basic[in[0]];
		return 1;
	}
	if (len == 1)
		return 1;
	*cp = read_escaped(in[1]);
	return 2;
}

size_t smpp_gsm7_write(uint32_t cp, uint8_t out[2])
{
	if (cp > 0x20ac) /* the highest there is: most Chinese texts end here */
		return 0;
	if (cp < 128 && basic[cp] == cp && cp != SMPP_GSM7_ESCAPE) {
		out[0] = (uint8_t)cp;
		return 1;
	}
	for (size_t i = 0; i < 128; i++)
		if (basic[i] == cp && i != SMPP_GSM7_ESCAPE) {
			out[0] = (uint8_t)i;
			return 1;
		}
	for (size_t i = 0; i < EXTENSIONS; i++)
		if (extensions[i].cp == cp) {
			out[0] = SMPP_GSM7_ESCAPE;
			out[1] = extensions[i].septet;
			return 2;
		}
	return 0;
}
