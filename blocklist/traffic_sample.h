/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* traffic_sample.h - a fair sample of what was screened lately, of fixed size.
 *
 * Does:    keeps, for each channel and each of TRAFFIC_SLOTS spans of the window, a number of
 *          attempts drawn with equal chances from all that came in that span, and how many came.
 *          So a share that is counted in the sample, each attempt weighing seen / count, is the
 *          share of the traffic; quiet hours and the quieter channel are not drowned by the others.
 * Bounds:  `records` attempts in all, allocated as spans are first used; what is older than the
 *          window is overwritten.
 * Errors:  -EINVAL: octets that traffic_record_write did not write. An attempt that finds no memory
 *          is not kept.
 * Threads: one. Pure: no clock; chance is an argument.
 * Source:  Vitter, "Random Sampling with a Reservoir", algorithm R.
 */
#pragma once

#include "blocklist/block_decide.h"

enum { TRAFFIC_SLOTS = 24, TRAFFIC_RECORD_MAX = 2 * NUMBER_MAX + 16 };

/* An attempt, and whether it was blocked then. */
struct traffic_record {
	struct block_attempt attempt;
	bool blocked;
};

/* One channel in one span. */
struct traffic_stratum {
	int64_t begun_ms; /* of the first attempt; no two strata of a channel have the same */
	uint8_t channel;
	uint64_t seen;
	size_t count; /* of records, all of seen or the most that fit */
	struct traffic_record *records;
	bool changed; /* since traffic_sample_changed gave it */
	int64_t slot; /* which span since the epoch; -1: never used */
};

struct traffic_sample;

struct traffic_sample *traffic_sample_create(void *ctx, size_t records, int64_t window_ms);
/* By attempt.now_ms. `random`: 64 independent bits. */
void traffic_sample_add(struct traffic_sample *sample, const struct block_attempt *attempt,
			bool blocked, uint64_t random);
/* One that has changed since it was last given, or NULL; valid until the next add. */
const struct traffic_stratum *traffic_sample_changed(struct traffic_sample *sample);

/* Another name in the place of this number, wherever it stands; true when it stood there. */
bool traffic_record_rename(struct traffic_record *record, const char *number, const char *name);
void traffic_sample_rename(struct traffic_sample *sample, const char *number, const char *name);

/* A record as octets, without the channel, which its stratum has. Octets written. */
size_t traffic_record_write(const struct traffic_record *record, uint8_t out[TRAFFIC_RECORD_MAX]);
/* Octets read, or -EINVAL. `out` has the channel. */
ssize_t traffic_record_read(const uint8_t *octets, size_t len, uint8_t channel,
			    struct traffic_record *out) __attribute__((warn_unused_result));
