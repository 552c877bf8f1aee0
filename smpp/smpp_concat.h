/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_concat.h - long messages put together from their parts.
 *
 * Does:    reads where a PDU says that it is a part (UDH 8- and 16-bit, SAR TLVs), and collects
 *          parts in any order, with duplicates, over any links. A set is known by source,
 *          destination, reference and total. References are used again: a part that differs from
 *          the one that is there belongs to a new message, so the old set is given to `done` as
 *          far as it goes and a new one starts. What was given to `done` is remembered for
 *          wait_ms, so that a part sent again after that is a duplicate and not a new message.
 * Owns:    copies the parts' octets below the collector.
 * Bounds:  sets and octets, in total and per sender; -ENOSPC when full: refuse the part for now.
 *          Octets count the tables of a set too. Memory of finished sets makes room first.
 * Threads: one. now_ms is passed in; it may go back for parts that came earlier.
 * Source:  3GPP TS 23.040 sec. 9.2.3.24.1, .8, .15 and .16; SMPP 3.4 sec. 5.3.2.22 to 24.
 */
#pragma once

#include "smpp/smpp_gsm7.h"
#include "smpp/smpp_pdu.h"

struct smpp_part_info {
	bool concatenated;
	uint16_t reference;
	uint8_t total;
	uint8_t index;		      /* from 1 */
	struct smpp_octets text;      /* the message without its UDH; borrowed from the PDU */
	struct smpp_gsm7_shift shift; /* national language tables of a GSM 7-bit text */
	bool udh_broken; /* a UDH was announced but does not parse: text is all of it */
};

/* Always fills `out`. A part with total 0 or 1, or index 0 or over total, counts as whole. The UDH
 * goes before the TLVs where both are there. */
void smpp_part_read(const struct smpp_pdu *pdu, struct smpp_part_info *out);

struct smpp_concat_limits {
	size_t max_sets;
	size_t max_sets_per_sender;
	size_t max_octets;
	size_t max_octets_per_sender; /* 0: no bound of its own */
	int64_t wait_ms;	      /* for missing parts, from the first one */
};

struct smpp_concat_part {
	bool present;
	uint64_t cookie; /* the caller's: its row in the store */
	uint8_t data_coding;
	struct smpp_gsm7_shift shift; /* of this part: each names its own */
	const uint8_t *data;
	size_t len;
};

/* A set that is complete, or has waited long enough. Valid only during the callback. */
struct smpp_concat_set {
	const char *source;
	const char *destination;
	uint16_t reference;
	uint8_t total;
	size_t present;
	int64_t first_ms;
	const struct smpp_concat_part *parts; /* `total` of them */
};

struct smpp_concat;
typedef void smpp_concat_cb(void *user, const struct smpp_concat_set *set);

enum smpp_concat_result { SMPP_CONCAT_WAITING, SMPP_CONCAT_COMPLETE, SMPP_CONCAT_DUPLICATE };

struct smpp_concat *smpp_concat_create(void *ctx, const struct smpp_concat_limits *limits,
				       smpp_concat_cb *done, void *user);
/* enum smpp_concat_result, -ENOSPC, -ENOMEM, or -EINVAL for what is not a part. `done` is called
 * before it returns COMPLETE, and may not call the collector. */
int smpp_concat_add(struct smpp_concat *concat, const char *source, const char *destination,
		    const struct smpp_part_info *part, uint8_t data_coding, uint64_t cookie,
		    int64_t now_ms) __attribute__((warn_unused_result));
/* Gives sets that waited too long to `done`, as far as they go. */
void smpp_concat_expire(struct smpp_concat *concat, int64_t now_ms);
size_t smpp_concat_pending(const struct smpp_concat *concat); /* sets that wait for parts */
