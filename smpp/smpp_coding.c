/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_coding.c - what each value of data_coding says, as one table. */
#include "smpp/smpp_pdu.h"
#include "smpp/smpp_text.h"

enum flag {
	CLASS_IN_BITS = 1, /* bits 1 and 0 are the message class */
	CLASS_IF_BIT_4 = 2,
	COMPRESSED = 4,
	WAITING = 8,
	DISCARD = 16,
};

/* The first row whose bits are those of the value counts. */
static const struct coding_row {
	uint8_t mask, bits;
	enum smpp_alphabet alphabet;
	int flags;
} rows[] = {
	/* SMPP 3.4 sec. 5.2.19 */
	{ 0xff, 0x00, SMPP_ALPHABET_GSM7, 0 },	   /* SMSC default alphabet */
	{ 0xff, 0x01, SMPP_ALPHABET_ASCII, 0 },	   /* IA5, ANSI X3.4 */
	{ 0xff, 0x02, SMPP_ALPHABET_BINARY, 0 },   /* 8-bit */
	{ 0xff, 0x03, SMPP_ALPHABET_LATIN1, 0 },   /* ISO 8859-1 */
	{ 0xff, 0x04, SMPP_ALPHABET_BINARY, 0 },   /* 8-bit */
	{ 0xff, 0x05, SMPP_ALPHABET_JIS, 0 },	   /* X 0208-1990 */
	{ 0xff, 0x06, SMPP_ALPHABET_CYRILLIC, 0 }, /* ISO 8859-5 */
	{ 0xff, 0x07, SMPP_ALPHABET_HEBREW, 0 },   /* ISO 8859-8 */
	{ 0xff, 0x08, SMPP_ALPHABET_UCS2, 0 },	   /* ISO 10646 */
	{ 0xff, 0x09, SMPP_ALPHABET_NONE, 0 },	   /* pictograms */
	{ 0xff, 0x0a, SMPP_ALPHABET_JIS, 0 },	   /* ISO 2022-JP, music codes */
	{ 0xff, 0x0d, SMPP_ALPHABET_JIS, 0 },	   /* extended kanji, X 0212-1990 */
	{ 0xff, 0x0e, SMPP_ALPHABET_KSC, 0 },	   /* KS C 5601 */
	{ 0xff, 0x0f, SMPP_ALPHABET_GBK, 0 },	   /* reserved; GBK in China */
	{ 0xf0, 0x00, SMPP_ALPHABET_GSM7, 0 },	   /* reserved */
	/* TS 23.038 sec. 4: 00xx and 01xx (marked for deletion), general */
	{ 0xa0, 0x20, SMPP_ALPHABET_NONE, COMPRESSED | CLASS_IF_BIT_4 },
	{ 0x8c, 0x04, SMPP_ALPHABET_BINARY, CLASS_IF_BIT_4 },
	{ 0x8c, 0x08, SMPP_ALPHABET_UCS2, CLASS_IF_BIT_4 },
	{ 0x80, 0x00, SMPP_ALPHABET_GSM7, CLASS_IF_BIT_4 },
	/* waiting indications, data coding and message class */
	{ 0xf0, 0xc0, SMPP_ALPHABET_GSM7, WAITING | DISCARD },
	{ 0xf0, 0xd0, SMPP_ALPHABET_GSM7, WAITING },
	{ 0xf0, 0xe0, SMPP_ALPHABET_UCS2, WAITING },
	{ 0xf4, 0xf0, SMPP_ALPHABET_GSM7, CLASS_IN_BITS },
	{ 0xf4, 0xf4, SMPP_ALPHABET_BINARY, CLASS_IN_BITS },
	{ 0x00, 0x00, SMPP_ALPHABET_GSM7, 0 }, /* 10xx, reserved */
};

enum { CLASS_BITS = 0x03, CLASS_GIVEN = 0x10 };

static const char *const names[] = {
	"gsm7", "ascii",    "latin1", "ucs2", "ucs2le", "gbk",	"utf8",
	"jis",	"cyrillic", "hebrew", "ksc",  "binary", "none",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == SMPP_ALPHABET_COUNT, "a name for each");

static const struct coding_row *find_row(uint8_t data_coding)
{
	const struct coding_row *row = rows;

	while ((data_coding & row->mask) != row->bits)
		row++;
	return row;
}

struct smpp_coding smpp_text_coding(uint8_t data_coding)
{
	const struct coding_row *row = find_row(data_coding);
	bool classed = row->flags & CLASS_IN_BITS ||
		       (row->flags & CLASS_IF_BIT_4 && data_coding & CLASS_GIVEN);

	return (struct smpp_coding){
		.alphabet = row->alphabet,
		.message_class = classed ? (int8_t)(data_coding & CLASS_BITS) : SMPP_CLASS_NONE,
		.compressed = row->flags & COMPRESSED,
		.waiting = row->flags & WAITING,
		.discard = row->flags & DISCARD,
	};
}

enum smpp_alphabet smpp_text_alphabet(uint8_t data_coding)
{
	return find_row(data_coding)->alphabet;
}

const char *smpp_alphabet_name(enum smpp_alphabet alphabet)
{
	return (unsigned)alphabet < SMPP_ALPHABET_COUNT ? names[alphabet] : "unknown";
}

uint32_t smpp_text_refusal(uint32_t command_id)
{
	return command_id == SMPP_SUBMIT_SM || command_id == SMPP_SUBMIT_MULTI ? SMPP_RSUBMITFAIL
									       : SMPP_RX_P_APPN;
}
