/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_key.h - the names under which the call index keeps things in Redis.
 *
 * Does:    <prefix>calls:{bucket}:YYYYMMDD     hash, calls to a hundred numbers
 *          <prefix>callers:{bucket}:YYYYMMDD   hash, how a hundred numbers called others
 *          <prefix>caller:{bucket}NN:YYYYMMDD  HyperLogLog, the people called by one number that
 *          called many; NN are its last two digits, so that the name holds the number, and the
 *          slot of a cluster is its bucket's
 * Memory:  allocates nothing. Threads: pure.
 */
#pragma once

#include <stddef.h>

#include "rules/call_record.h"

enum { CALL_KEY_MAX = 128, CALL_EXPIRY_MAX = 16, CALL_PERSON_SIZE = 4 };

/* Numbers that can be a subscriber's. */
bool call_key_subscriber(const struct number *number);

/* Where a number has its place among how numbers call: those too short to have a bucket are one
 * each, with the field "". */
struct caller_place {
	struct number bucket;
	char field[3];
};

void call_key_caller(const char *number, struct caller_place *out);

/* Writes "<prefix><kind>:{bucket}<tail>:" and returns its length; a date has room behind it.
 * config_check.c allows a prefix of 32 octets. */
size_t call_key_stem(char key[CALL_KEY_MAX], const char *prefix, const char *kind,
		     const char *bucket, const char *tail);

/* Where a record goes, and as what. */
struct call_place {
	char calls[CALL_KEY_MAX];
	char callers[CALL_KEY_MAX];
	char people[CALL_KEY_MAX];
	char field[sizeof("o00")];
	uint8_t packed[CALL_PACKED_SIZE];
	char expiry[CALL_EXPIRY_MAX];
	struct caller_place caller;
	uint8_t person[CALL_PERSON_SIZE];
	unsigned hour; /* of its day */
	bool counted;  /* for its caller */
};

/* -EINVAL: the index has no place for it, since it is of no subscriber. */
int call_place_record(const char *prefix, uint32_t retention_days, const struct call_record *record,
		      struct call_place *out) __attribute__((warn_unused_result));

void call_person_write(uint32_t person, uint8_t out[CALL_PERSON_SIZE]);
