/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* ts32297.h - files of charging data records (CDRs) as 3GPP networks hand them over: the header of
 * the file, and the header before each record.
 *
 * Returns: octets used; 0 when `len` does not hold the whole header yet; -EBADMSG with `why`.
 * Threads: pure. Memory: allocates nothing.
 * Source:  3GPP TS 32.297 sec. 6.1.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	TS32297_HEADER_MIN = 50, /* up to the routeing filter's length */
	TS32297_HEADER_MAX = 50 + 2 * 65535 + 4,
	TS32297_CDR_HEADER_MAX = 5,
	TS32297_RECORD_MAX = 65535,
};

enum ts32297_encoding {
	TS32297_BER = 1,
	TS32297_UNALIGNED_PER = 2,
	TS32297_ALIGNED_PER = 3,
	TS32297_XER = 4,
};

struct ts32297_file {
	uint32_t file_len;   /* as told; UINT32_MAX: the node did not know */
	uint32_t header_len; /* octets of the header, as told */
	uint32_t records;    /* the same two */
	uint32_t sequence;
	uint8_t closure; /* trigger reason; 128 and above: abnormal */
	uint8_t lost; /* 0: nothing was lost; bit 8 with a count in the others, or 128: not known */
	unsigned release[2]; /* high and low release of the records: 99, 4, 5, ... */
};

struct ts32297_cdr {
	uint16_t len; /* of the record behind this header */
	unsigned release;
	unsigned version;
	uint8_t encoding; /* enum ts32297_encoding, or a value that the specification does not have
			   */
	uint8_t ts_number;
};

ssize_t ts32297_read_file(const uint8_t *data, size_t len, struct ts32297_file *out,
			  const char **why) __attribute__((warn_unused_result));
/* The sequence number alone, out of the first TS32297_HEADER_MIN octets. */
uint32_t ts32297_sequence(const uint8_t data[TS32297_HEADER_MIN]);
/* -EBADMSG never comes: every header has a length that says how to go on. */
ssize_t ts32297_read_cdr(const uint8_t *data, size_t len, struct ts32297_cdr *out)
	__attribute__((warn_unused_result));
