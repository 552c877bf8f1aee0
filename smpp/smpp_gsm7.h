/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_gsm7.h - the GSM 7-bit default alphabet and its extension, both ways, and the national
 * language tables, read.
 *
 * Does:    one septet an octet, as SMPP carries it; no packing (SMPP 3.4 sec. 5.2.19: one
 *          character an octet; the SMSC packs them for the radio). A user data header keeps its
 *          octets, so that no fill bits stand behind it either.
 * Bounds:  never reads past `len`.
 * Threads: pure. Memory: allocates nothing.
 * Source:  3GPP TS 23.038 sec. 6.2.1, 6.2.1.1, 6.2.1.2 and annex A; TS 23.040 sec. 9.2.3.24.15.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SMPP_GSM7_ESCAPE = 0x1b,
	SMPP_GSM7_LANGUAGES = 14, /* identifiers 0, the default, to 13, Urdu */
};

/* What a user data header chooses: National Language Identifiers. One that is reserved, and the
 * locking table that Spanish has not, mean the default. */
struct smpp_gsm7_shift {
	uint8_t locking; /* instead of the main table */
	uint8_t single;	 /* instead of the extension, behind an escape */
};

/* Octets used, 1 or 2 (0 for len 0). *cp is SMPP_CHAR_BAD for an octet over 0x7f and for an escape
 * at the end. A code that the extension lacks is read from the main table, as the standard says. */
size_t smpp_gsm7_read(const uint8_t *in, size_t len, uint32_t *cp);
/* The extension's character for a septet behind an escape; 0 when it has none. */
uint32_t smpp_gsm7_extension(uint8_t septet);
/* The same as smpp_gsm7_read() with the tables of a header. What a single shift table lacks is read
 * from the locking table. */
size_t smpp_gsm7_read_shifted(const struct smpp_gsm7_shift *shift, const uint8_t *in, size_t len,
			      uint32_t *cp);
const char *smpp_gsm7_language_name(uint8_t identifier); /* "turkish", "reserved" */
/* Septets written, 1 or 2; 0 when the alphabet lacks the character. */
size_t smpp_gsm7_write(uint32_t cp, uint8_t out[2]);
