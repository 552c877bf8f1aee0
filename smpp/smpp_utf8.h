/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_utf8.h - one character of UTF-8 at a time.
 *
 * Does:    reads and writes a code point; refuses overlong forms, surrogates and over U+10FFFF.
 * Bounds:  never reads past `len`, never writes more than 4 octets.
 * Threads: pure. Memory: allocates nothing.
 * Source:  RFC 3629; Unicode ch. 3.9, "maximal subpart" for what a broken sequence covers.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	SMPP_CHAR_BAD = 0x7fffffff, /* read: these octets are no character */
	SMPP_CHAR_REPLACEMENT = 0xfffd,
};

/* Octets used (1 to 4; at least 1 for len > 0). *cp is SMPP_CHAR_BAD for a broken sequence. */
size_t smpp_utf8_read(const uint8_t *in, size_t len, uint32_t *cp);
/* Octets written (1 to 4). What is no character is written as U+FFFD. */
size_t smpp_utf8_write(uint32_t cp, char out[4]);
