/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/traffic_sample.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

enum { CHANNELS = 2, FLAG_ROAMING = 1, FLAG_REPORTED = 2, FLAG_BLOCKED = 4, FLAGS_END = 8 };
enum { TIME_OCTETS = 8, HEAD_OCTETS = TIME_OCTETS + 2 };

struct traffic_sample {
	size_t capacity; /* of a stratum */
	int64_t slot_ms;
	struct traffic_stratum strata[TRAFFIC_SLOTS][CHANNELS];
};

_Static_assert((int)BLOCK_CALL == 1 && (int)BLOCK_SMS == 2, "a channel is a place in strata");

struct traffic_sample *traffic_sample_create(void *ctx, size_t records, int64_t window_ms)
{
	struct traffic_sample *sample = talloc_zero(ctx, struct traffic_sample);

	if (!sample)
		return NULL;
	sample->capacity = records / (TRAFFIC_SLOTS * CHANNELS);
	if (sample->capacity == 0)
		sample->capacity = 1;
	sample->slot_ms = window_ms / TRAFFIC_SLOTS > 0 ? window_ms / TRAFFIC_SLOTS : 1;
	for (int slot = 0; slot < TRAFFIC_SLOTS; slot++)
		for (int channel = 0; channel < CHANNELS; channel++)
			sample->strata[slot][channel].slot = -1;
	return sample;
}

/* The stratum of the attempt, begun anew when it was of an earlier span. */
static struct traffic_stratum *stratum_of(struct traffic_sample *sample,
					  const struct block_attempt *attempt)
{
	int64_t slot = attempt->now_ms / sample->slot_ms;
	struct traffic_stratum *stratum =
		&sample->strata[slot % TRAFFIC_SLOTS][attempt->channel - 1];

	if (!stratum->records)
		stratum->records = talloc_array(sample, struct traffic_record, sample->capacity);
	if (!stratum->records)
		return NULL;
	if (stratum->slot != slot) {
		stratum->slot = slot;
		stratum->begun_ms = attempt->now_ms;
		stratum->channel = attempt->channel;
		stratum->seen = 0;
		stratum->count = 0;
	}
	return stratum;
}

void traffic_sample_add(struct traffic_sample *sample, const struct block_attempt *attempt,
			bool blocked, uint64_t random)
{
	struct traffic_stratum *stratum;
	uint64_t place;

	if ((attempt->channel != BLOCK_CALL && attempt->channel != BLOCK_SMS) ||
	    attempt->now_ms < 0)
		return;
	stratum = stratum_of(sample, attempt);
	if (!stratum)
		return;
	place = stratum->seen++;
	stratum->changed = true;
	if (stratum->count < sample->capacity)
		place = stratum->count++;
	else
		place = random % (place + 1);
	if (place < sample->capacity)
		stratum->records[place] =
			(struct traffic_record){ .attempt = *attempt, .blocked = blocked };
}

const struct traffic_stratum *traffic_sample_changed(struct traffic_sample *sample)
{
	for (int slot = 0; slot < TRAFFIC_SLOTS; slot++) {
		for (int channel = 0; channel < CHANNELS; channel++) {
			struct traffic_stratum *stratum = &sample->strata[slot][channel];

			if (stratum->changed) {
				stratum->changed = false;
				return stratum;
			}
		}
	}
	return NULL;
}

static bool rename_one(struct number *is, const char *number, const char *name)
{
	size_t len = strnlen(name, NUMBER_MAX - 1);

	if (strcmp(is->text, number) != 0)
		return false;
	memcpy(is->text, name, len);
	is->text[len] = '\0';
	return true;
}

bool traffic_record_rename(struct traffic_record *record, const char *number, const char *name)
{
	bool caller = rename_one(&record->attempt.caller, number, name);

	return rename_one(&record->attempt.called, number, name) || caller;
}

void traffic_sample_rename(struct traffic_sample *sample, const char *number, const char *name)
{
	for (int slot = 0; slot < TRAFFIC_SLOTS; slot++) {
		for (int channel = 0; channel < CHANNELS; channel++) {
			struct traffic_stratum *stratum = &sample->strata[slot][channel];

			for (size_t i = 0; i < stratum->count; i++)
				if (traffic_record_rename(&stratum->records[i], number, name))
					stratum->changed = true;
		}
	}
}

/* ---- octets: time, flags, entry, and both numbers with a NUL ---- */

static size_t put_number(const struct number *number, uint8_t *out)
{
	size_t len = strnlen(number->text, NUMBER_MAX - 1);

	memcpy(out, number->text, len);
	out[len] = '\0';
	return len + 1;
}

size_t traffic_record_write(const struct traffic_record *record, uint8_t out[TRAFFIC_RECORD_MAX])
{
	const struct block_attempt *attempt = &record->attempt;
	size_t len = HEAD_OCTETS;

	for (int i = 0; i < TIME_OCTETS; i++)
		out[i] = (uint8_t)((uint64_t)attempt->now_ms >> (8 * i));
	out[TIME_OCTETS] = (uint8_t)((attempt->roaming_home ? FLAG_ROAMING : 0) |
				     (attempt->reported ? FLAG_REPORTED : 0) |
				     (record->blocked ? FLAG_BLOCKED : 0));
	out[TIME_OCTETS + 1] = (uint8_t)attempt->entry;
	len += put_number(&attempt->caller, out + len);
	len += put_number(&attempt->called, out + len);
	return len;
}

/* Behind the number, or NULL. */
static const uint8_t *get_number(const uint8_t *at, const uint8_t *end, struct number *out)
{
	size_t room = (size_t)(end - at);
	const uint8_t *stop = memchr(at, '\0', room < NUMBER_MAX ? room : NUMBER_MAX);

	if (!stop)
		return NULL;
	memcpy(out->text, at, (size_t)(stop - at) + 1);
	return stop + 1;
}

ssize_t traffic_record_read(const uint8_t *octets, size_t len, uint8_t channel,
			    struct traffic_record *out)
{
	const uint8_t *end = octets + len;
	struct traffic_record record = { .attempt = { .channel = channel } };
	uint64_t now_ms = 0;
	const uint8_t *at;
	uint8_t flags;

	if (len < HEAD_OCTETS || octets[TIME_OCTETS] >= FLAGS_END ||
	    octets[TIME_OCTETS + 1] > BLOCK_ENTRY_INTERNATIONAL)
		return -EINVAL;
	for (int i = 0; i < TIME_OCTETS; i++)
		now_ms |= (uint64_t)octets[i] << (8 * i);
	flags = octets[TIME_OCTETS];
	record.attempt.now_ms = (int64_t)now_ms;
	record.attempt.roaming_home = (flags & FLAG_ROAMING) != 0;
	record.attempt.reported = (flags & FLAG_REPORTED) != 0;
	record.attempt.entry = (enum block_entry)octets[TIME_OCTETS + 1];
	record.blocked = (flags & FLAG_BLOCKED) != 0;
	at = get_number(octets + HEAD_OCTETS, end, &record.attempt.caller);
	if (at)
		at = get_number(at, end, &record.attempt.called);
	if (!at || record.attempt.now_ms < 0)
		return -EINVAL;
	*out = record;
	return at - octets;
}
