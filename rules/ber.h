/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* ber.h - reads BER, one element after the other, out of octets that nobody vouches for.
 *
 * Does:    takes an element's tag and content; lengths, definite or not, are checked against what
 *          is there, and elements of indefinite length are followed BER_DEPTH_MAX deep at most.
 * Owns:    content is borrowed from the octets that were given.
 * Errors:  -EBADMSG; the reader then stands where the fault is.
 * Threads: pure. Memory: allocates nothing.
 * Source:  ITU-T X.690 sec. 8.1.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BER_DEPTH_MAX = 16, BER_TAG_MAX = 0xfffff };

enum ber_class { BER_UNIVERSAL, BER_APPLICATION, BER_CONTEXT, BER_PRIVATE };

struct ber_reader {
	const uint8_t *at;
	const uint8_t *end;
};

struct ber_item {
	enum ber_class class;
	bool constructed;
	uint32_t tag;
	const uint8_t *value; /* without the end-of-contents octets */
	size_t len;
};

/* 1: an element; 0: nothing is left. */
int ber_next(struct ber_reader *reader, struct ber_item *item) __attribute__((warn_unused_result));
/* The elements in a constructed one. */
struct ber_reader ber_inside(const struct ber_item *item);
/* An INTEGER or ENUMERATED of up to 8 octets, two's complement. */
int ber_integer(const struct ber_item *item, int64_t *out) __attribute__((warn_unused_result));
