/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_text.h - short message alphabets and UTF-8.
 *
 * Does:    decodes the octets of a message to UTF-8; cuts a UTF-8 text into message parts.
 * Bounds:  never reads past `len`; broken input gives U+FFFD, never an error. A NUL is broken
 *          input too, except in GSM 7-bit where it means '@': the output holds no zero octet.
 * Threads: pure. Memory: allocates nothing, but for the iconv descriptor of a Chinese, Japanese,
 *          Korean, Cyrillic or Hebrew message.
 * Source:  3GPP TS 23.038 (GSM 7-bit default alphabet and extension, data coding), TS 23.040
 *          sec. 9.2.3.24 (UDH concatenation); SMPP 3.4 sec. 5.2.19 (data_coding).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "smpp/smpp_gsm7.h"

enum smpp_alphabet {
	SMPP_ALPHABET_GSM7, /* one septet an octet, as SMPP carries data_coding 0 */
	SMPP_ALPHABET_ASCII,
	SMPP_ALPHABET_LATIN1,
	SMPP_ALPHABET_UCS2,   /* UTF-16BE, surrogate pairs read */
	SMPP_ALPHABET_UCS2LE, /* only found out: no label names it */
	SMPP_ALPHABET_GBK,    /* data_coding 15, as Chinese centres use it; GB 18030 is read */
	SMPP_ALPHABET_UTF8,   /* only found out: no label names it */
	SMPP_ALPHABET_JIS,    /* JIS X 0208 and 0212; by their octets: ISO-2022, EUC or Shift JIS */
	SMPP_ALPHABET_CYRILLIC, /* ISO 8859-5 */
	SMPP_ALPHABET_HEBREW,	/* ISO 8859-8, in logical order */
	SMPP_ALPHABET_KSC,	/* KS C 5601, with what Windows added */
	SMPP_ALPHABET_BINARY,	/* 8-bit data: its ASCII is readable, no more */
	SMPP_ALPHABET_NONE,	/* cannot be a text: compressed (TS 23.042) or pictograms */
	SMPP_ALPHABET_COUNT
};

enum { SMPP_CLASS_NONE = -1 };

/* What a data_coding value says: SMPP's values up to 0x0f, above them the groups of TS 23.038
 * (message class, waiting indications), which centres pass through. Reserved values read as the
 * default alphabet, as TS 23.038 sec. 4 wants it. */
struct smpp_coding {
	enum smpp_alphabet alphabet;
	int8_t message_class; /* 0 (flash) to 3, or SMPP_CLASS_NONE */
	bool compressed;
	bool waiting; /* a waiting indication (voice mail) */
	bool discard; /* its text need not be kept */
};
struct smpp_coding smpp_text_coding(uint8_t data_coding);
enum smpp_alphabet smpp_text_alphabet(uint8_t data_coding);
const char *smpp_alphabet_name(enum smpp_alphabet alphabet);
/* The command_status for a message whose data_coding says SMPP_ALPHABET_NONE: a lasting refusal
 * that SMPP 3.4 allows in the command's response. */
uint32_t smpp_text_refusal(uint32_t command_id);

/* Decodes; a label that cannot be right (UCS2 of odd length, GSM octets over 0x7f that are plain
 * UTF-8 or GBK) or that another alphabet beats by a wide score is corrected, and the alphabet used
 * is returned in *used (may be NULL). A byte order mark is obeyed and left out. Returns the octets
 * written without a NUL; `cap` of 3 * len + 4 always suffices, a shorter one ends the text after
 * the last whole character that fits. Parts of one message are decoded best when joined first. */
size_t smpp_text_decode(uint8_t data_coding, const uint8_t *in, size_t len, char *out, size_t cap,
			enum smpp_alphabet *used);

/* The same with the national language tables that a user data header chose; they matter only to GSM
 * 7-bit. */
size_t smpp_text_decode_shifted(uint8_t data_coding, const struct smpp_gsm7_shift *shift,
				const uint8_t *in, size_t len, char *out, size_t cap,
				enum smpp_alphabet *used);

/* Keeps the converters of the alphabets that need one loaded for as long as the object lives, which
 * hangs below ctx. Without it all reads the same, but a message in another of these alphabets than
 * the last one costs 150 us instead of 0.2: the C library loads a table when it is first asked for,
 * and unloads it when no one holds it. NULL: no memory. */
struct smpp_text_converters;
struct smpp_text_converters *smpp_text_keep_converters(void *ctx);

enum { SMPP_PARTS_MAX = 8, SMPP_PART_OCTETS = 160 };

struct smpp_part {
	uint8_t octets[SMPP_PART_OCTETS]; /* UDH first when there is more than one part */
	size_t len;
};

struct smpp_parts {
	uint8_t data_coding;
	bool udhi;
	size_t count;
	struct smpp_part part[SMPP_PARTS_MAX];
};

/* Cuts a text into parts: GSM 7-bit when every character is in it (160, or 153 a part; an escape
 * is never split), else UCS2 (70, or 67 units; a surrogate pair is never split). `reference` goes
 * into the UDH. An empty text is one empty part; broken UTF-8 becomes U+FFFD. 0, or -EMSGSIZE over
 * SMPP_PARTS_MAX parts, which leaves `out` unspecified. */
int smpp_text_segment(const char *utf8, size_t len, uint8_t reference, struct smpp_parts *out)
	__attribute__((warn_unused_result));
/* The same with a 16-bit reference, which takes one octet more: 152 septets or 66 units a part. */
int smpp_text_segment_wide(const char *utf8, size_t len, uint16_t reference, struct smpp_parts *out)
	__attribute__((warn_unused_result));
