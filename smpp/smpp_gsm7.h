/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_gsm7.h - the GSM 7-bit default alphabet and its extension, both ways.
 *
 * Does:    one septet an octet, as SMPP carries it; no packing.
 * Bounds:  never reads past `len`.
 * Threads: pure. Memory: allocates nothing.
 * Source:  3GPP TS 23.038 sec. 6.2.1 and 6.2.1.1.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SMPP_GSM7_ESCAPE = 0x1b };

/* Octets used, 1 or 2 (0 for len 0). *cp is SMPP_CHAR_BAD for an octet over 0x7f and for an escape
 * at the end. A code that the extension lacks is read from the main table, as the standard says. */
size_t smpp_gsm7_read(const uint8_t *in, size_t len, uint32_t *cp);
/* Septets written, 1 or 2; 0 when the alphabet lacks the character. */
size_t smpp_gsm7_write(uint32_t cp, uint8_t out[2]);
